#!/bin/sh
# Builds and runs the example: `sh examples/svd_compression/run.sh`. On Debian 12 it installs what is missing, from Debian's packages
# only; the photograph is one of them. Arguments go to the program.
set -eu
cd "$(dirname "$0")/../.."
sh cmake/debian_packages.sh cmake ninja-build g++ libxsimd-dev libtbb-dev zlib1g-dev libjpeg-dev python-matplotlib-data
cmake --preset native -DTENON_BUILD_TESTS=OFF
cmake --build --preset native --target svd_compression
exec build/native/examples/bin/svd_compression "$@"

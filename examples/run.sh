#!/bin/sh
# Builds and runs the Fashion-MNIST example: `sh examples/run.sh`. On Debian 12 it installs what is missing, from Debian's
# packages only. Arguments go to the program.
set -eu
cd "$(dirname "$0")/.."
sh cmake/debian_packages.sh cmake ninja-build g++ libxsimd-dev libtbb-dev zlib1g-dev dataset-fashion-mnist
cmake --preset native -DTENON_BUILD_TESTS=OFF
cmake --build --preset native --target fashion_mnist
exec build/native/examples/bin/fashion_mnist "$@"

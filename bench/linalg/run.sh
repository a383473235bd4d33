#!/bin/sh
# Linear algebra beside LAPACK through OpenBLAS, MKL and Eigen: `sh bench/linalg/run.sh`. On Debian 12 it installs what is missing from
# Debian's packages, and MKL into build/peers_linalg (a PyPI wheel, 220 MB to fetch). About 5 minutes once all is there; leave
# the machine alone meanwhile. Arguments go to bench_linalg, e.g. --rows eig,svd.
#
# Leaves the times in build/linalg.csv and the table in build/linalg.md.
set -eu
cd "$(dirname "$0")/../.."
sh cmake/debian_packages.sh cmake ninja-build g++ libxsimd-dev libtbb-dev libbenchmark-dev libeigen3-dev libopenblas-dev python3-venv
peers=build/peers_linalg
[ -f $peers/lib/libmkl_rt.so.3 ] || { python3 -m venv $peers && $peers/bin/pip install --quiet mkl==2026.2.0; } || echo "MKL is missing: its column will say so"
cmake --preset native -DTENON_BUILD_TESTS=OFF -DTENON_BUILD_EXAMPLES=OFF
cmake --build --preset native --target bench_linalg
bench=build/native/bench/linalg/bench_linalg
export LD_LIBRARY_PATH="$PWD/$peers/lib" TENON_PEER_MKL="$PWD/$peers/lib/libmkl_rt.so.3"

# OpenBLAS asks the processor for its name and may not know it, or choose kernels that are not the fastest here. The fastest at
# a Cholesky decomposition is the rival. A set that this processor cannot run ends the program; it is not chosen.
best= core=
for name in '' Haswell Zen SkylakeX Cooperlake; do
  rm -f build/linalg_core.csv
  env ${name:+OPENBLAS_CORETYPE=$name} "$bench" --rows 'cholesky 1000' --csv build/linalg_core.csv > /dev/null 2>&1 || continue
  time=$(cut -d, -f4 build/linalg_core.csv)
  echo "OpenBLAS ${name:-as found}: Cholesky 1000 in $time s"
  if awk "BEGIN { exit !($time > 0 && (\"$best\" == \"\" || 1.03 * $time < \"$best\" + 0)) }"; then best=$time core=$name; fi
done
rm -f build/linalg_core.csv
[ -z "$core" ] || export OPENBLAS_CORETYPE="$core"

rm -f build/linalg.csv
for threads in 1 2; do "$bench" --threads "$threads" --csv build/linalg.csv "$@"; done
python3 bench/linalg/table.py build/linalg.csv > build/linalg.md

#!/bin/sh
# The comparison with Eigen, OpenBLAS, oneDNN and PyTorch: `sh bench/run.sh`. On Debian 12 it installs what is missing from
# Debian's packages, and PyTorch into build/peers (bench/peers.py: about 650 MB to fetch). About 10 minutes once all is there;
# leave the machine alone meanwhile. Arguments go to bench_compare, e.g. --rows gemm,softmax.
#
# Leaves the times in build/performance.csv, the table in build/performance.md and a plot of it in build/performance.svg.
set -eu
cd "$(dirname "$0")/.."
sh cmake/debian_packages.sh cmake ninja-build g++ libxsimd-dev libtbb-dev libbenchmark-dev libeigen3-dev libopenblas-dev libdnnl-dev \
  python3-venv
[ -f build/peers/peers.cmake ] || python3 bench/peers.py || echo "PyTorch is missing: its rows will say so"
peers=
[ ! -f build/peers/peers.cmake ] || peers='-C build/peers/peers.cmake'
cmake $peers --preset native -DTENON_BUILD_TESTS=OFF -DTENON_BUILD_EXAMPLES=OFF
cmake --build --preset native --target bench_compare
bench=build/native/bench/compare/bench_compare

# OpenBLAS asks the processor for its name and may not know it, or know it and choose kernels that are not the fastest here. The
# fastest with a right result is the rival. A set that this processor cannot run ends the program; it is not chosen.
best=0 core=
for name in '' Haswell Zen SkylakeX Cooperlake; do
  speed=$(env ${name:+OPENBLAS_CORETYPE=$name} "$bench" --openblas 2>/dev/null) || continue
  echo "OpenBLAS ${name:-as found}: $speed GFLOP/s"
  faster=$(awk "BEGIN { print (${speed%% *} > 1.03 * $best) }")           # 3 %: no change for noise
  [ "$faster" = 0 ] || best=${speed%% *} core=$name
done
[ -z "$core" ] || export OPENBLAS_CORETYPE="$core"
# Its threads look for work for 2^26 cycles after their last, on the processors that the next contender needs; 2^22 is a millisecond.
export OPENBLAS_THREAD_TIMEOUT=22

rm -f build/performance.csv
for threads in 1 2; do "$bench" --threads "$threads" --csv build/performance.csv "$@"; done
python3 bench/table.py build/performance.csv build/performance

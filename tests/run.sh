#!/bin/sh
# Builds and runs the tests: `sh tests/run.sh`. On Debian 12 it installs what is missing, from Debian's packages only.
#
#   sh tests/run.sh                 these parts
#
#   native     everything, with this machine's instruction set: the ops, the kernels for each instruction set, headers, link
#              and symbol checks, consumer projects, examples
#   asan       reduced tables under AddressSanitizer and UndefinedBehaviorSanitizer, built without exceptions and RTTI; the
#              CUDA kernels as well, run on the CPU
#   tsan       the tests of shared handles under ThreadSanitizer
#   cuda       where there is nvcc: the CUDA library compiles without a warning, links, and keeps to its kernels' registers
#
# or `sh tests/run.sh native clang`: only these presets of CMakePresets.json, of which there are also
#
#   clang      as native, by clang++
#   lapack     the tests of linear algebra with decompositions by LAPACK (OpenBLAS's)
#
# Every part runs to its end whatever fails before it. The last line sums up.
set -u
cd "$(dirname "$0")/.." || exit 1
# clang: each header alone, and misuse, as clang says it; gdb: how values are printed; the rest from zlib on: the examples.
sh cmake/debian_packages.sh cmake ninja-build g++ clang gdb libxsimd-dev libtbb-dev catch2 libeigen3-dev \
  zlib1g-dev libjpeg-dev dataset-fashion-mnist python-matplotlib-data || exit 1

# With ccache, another clone finds what this one has compiled.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

jobs=$(nproc)
passed=0 failed=0 table=
row() { # PRESET STEP SECONDS RESULT
  table="$table$(printf '%-10s %-7s %6d s   %s' "$@")
"
}

presets=${*:-native asan tsan cuda}
case " $presets " in *" lapack "*) sh cmake/debian_packages.sh libopenblas-dev || exit 1 ;; esac
PATH=$PATH:/usr/local/cuda/bin
if [ $# = 0 ] && ! command -v nvcc >/dev/null; then
  echo "There is no nvcc: the part cuda is left out."
  presets="native asan tsan"
fi
for preset in $presets; do
  printf '\n== %s\n' "$preset"
  log=build/$preset/tests.log
  mkdir -p "build/$preset"
  start=$(date +%s)
  built=complete
  cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" -- -k 0 || built=FAILED
  middle=$(date +%s)
  ctest --preset "$preset" -j "$jobs" | tee "$log"
  end=$(date +%s)

  # CTest: "97% tests passed, 2 tests failed out of 80". Skipped tests are listed apart and counted as passed there.
  all=$(sed -n 's/.* tests failed out of \([0-9]*\)$/\1/p' "$log")
  bad=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$log")
  all=${all:-0} bad=${bad:-0}
  skipped=$(grep -c ' (Skipped)$' "$log")
  good=$((all - bad - skipped))
  row "$preset" build $((middle - start)) "$built"
  row "$preset" tests $((end - middle)) "$good passed, $bad failed, $skipped skipped"
  [ "$built" = complete ] && [ "$all" -gt 0 ] || bad=$((bad + 1))     # a build that fails is a failure of its own
  passed=$((passed + good)) failed=$((failed + bad))
done

printf '\n%s\n' "$table"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

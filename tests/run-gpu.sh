#!/bin/sh
# run-gpu.sh: everything that needs a GPU, in one command. Run it in the project's root, on a machine with a GPU and nvcc.
#
#   build      the CUDA library and the tests that link it, with the dependencies of the system or of .deps/usr
#   tests      tests/cuda/gpu.cpp on every device, then the same under compute-sanitizer's memcheck and racecheck
#   bench      bench/gpu: GB/s of kernels beside a device copy on the same machine, in the same run; products by cuBLASLt and
#              convolutions by cuDNN beside our own
#
# cuDNN 9 is used if the loader finds libcudnn.so.9 (LD_LIBRARY_PATH, where it comes from a Python wheel); else the report says that it is missing.
#
# A short table comes last; the whole output is in build/gpu/report.txt. Each step has a share of the time (SECONDS_ALL, 480 s); what
# did not fit is named, and what there is by then is printed.
set -u
cd "$(dirname "$0")/.." || exit 1
build=build/gpu report=build/gpu/report.txt
all=${SECONDS_ALL:-480} start=$(date +%s) failed=0
left() { echo $((all - ($(date +%s) - start))); }
mkdir -p "$build"
: >"$report"

# step NAME SHARE COMMAND...: at most SHARE percent of the whole time, and never more than is left.
step() {
  name=$1 limit=$((all * $2 / 100))
  shift 2
  [ "$(left)" -gt "$limit" ] || limit=$(left)
  if [ "$limit" -lt 5 ]; then
    echo "not run   $name: no time was left" | tee -a "$report.table"
    return 1
  fi
  echo "==== $name" >>"$report"
  begun=$(date +%s)
  timeout "$limit" "$@" >>"$report" 2>&1
  status=$?
  took=$(($(date +%s) - begun))
  if [ $status -eq 0 ]; then outcome=passed; elif [ $status -eq 124 ]; then outcome="timed out"; else outcome="FAILED ($status)"; fi
  [ $status -eq 0 ] || failed=1
  printf '%-10s %s, %s s\n' "$outcome" "$name" "$took" >>"$report.table"
  return $status
}

: >"$report.table"
[ -d .deps/usr ] && export LD_LIBRARY_PATH="$PWD/.deps/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}"
step configure 10 cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DTENON_WITH_CUDA=ON -DTENON_BUILD_EXAMPLES=OFF \
  ${PWD:+-DCMAKE_PREFIX_PATH="$PWD/.deps/usr"} &&
  step build 60 cmake --build "$build" -j "$(nproc)" --target test_cuda_gpu bench_gpu &&
  {
    step "tests on the GPU" 20 "$build/tests/test_cuda_gpu"
    if command -v compute-sanitizer >/dev/null; then
      step memcheck 20 compute-sanitizer --tool memcheck --error-exitcode 1 "$build/tests/test_cuda_gpu" '[reduced]'
      step racecheck 20 compute-sanitizer --tool racecheck --error-exitcode 1 "$build/tests/test_cuda_gpu" '[reduced]'
    else
      echo "not run    memcheck, racecheck: there is no compute-sanitizer" >>"$report.table"
    fi
    step bench 20 "$build/bench/gpu/bench_gpu" && sed -n '/^==== bench/,$p' "$report" | tail -n +2 >>"$report.table"
  }
[ $failed -eq 0 ] || tail -n 40 "$report"
cat "$report.table"
exit $failed

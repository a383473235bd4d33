#!/bin/sh
# run-gpu.sh: everything that needs a GPU, in one command. Run it in the project's root, on a machine with a GPU and nvcc.
#
#   build      the CUDA library and the programs that link it, with the dependencies of the system or of .deps/usr; what is built in its time is run
#   tests      the ops' own tables (tests/ops/, what says `device`), reduced, on the GPU and on the CPU; tests/cuda/gpu.cpp on every device, then
#              its reduced cases under compute-sanitizer's memcheck and racecheck
#   bench      bench/gpu: kernels beside a device copy, products by cuBLASLt beside our own and cuBLAS, convolutions by cuDNN beside our own;
#              then PyTorch on the same rows, if python3 has it
#
# cuDNN 9 is used if the loader finds libcudnn.so.9 (LD_LIBRARY_PATH, where it comes from a Python wheel); else the report says that it is missing.
#
# A short table comes last; the whole output is in build/gpu/report.txt. Each step has a share of the time (SECONDS_ALL, 470 s), and leaves what
# the benchmark needs; what did not fit is named, and what there is by then is printed.
set -u
cd "$(dirname "$0")/.." || exit 1
build=build/gpu report=build/gpu/report.txt table=build/gpu/table.txt
all=${SECONDS_ALL:-470} start=$(date +%s) failed=0
mkdir -p "$build"
: >"$report"
: >"$table"
PATH=$PATH:/usr/local/cuda/bin

# step NAME SHARE KEPT COMMAND...: at most SHARE percent of the whole time, of which KEPT percent are kept for what follows.
step() {
  name=$1 limit=$((all * $2 / 100)) left=$((all - all * $3 / 100 - ($(date +%s) - start)))
  shift 3
  : >"$build/step.txt"
  [ "$left" -gt "$limit" ] || limit=$left
  if [ "$limit" -lt 5 ]; then
    echo "not run    $name: no time was left" >>"$table"
    failed=1
    return 1
  fi
  echo "==== $name" >>"$report"
  begun=$(date +%s)
  timeout -k 5 "$limit" "$@" >"$build/step.txt" 2>&1
  status=$?
  cat "$build/step.txt" >>"$report"
  took=$(($(date +%s) - begun))
  if [ $status -eq 0 ]; then outcome=passed; elif [ $status -eq 124 ] || [ $status -eq 137 ]; then outcome="timed out"; else outcome="FAILED ($status)"; fi
  [ $status -eq 0 ] || failed=1
  printf '%-10s %s, %s s\n' "$outcome" "$name" "$took" >>"$table"
  return $status
}

[ -d .deps/usr ] && export LD_LIBRARY_PATH="$PWD/.deps/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}"
step configure 10 20 cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DTENON_WITH_CUDA=ON -DTENON_BUILD_EXAMPLES=OFF \
  -DTENON_TEST_ON_GPU=ON -DTENON_TEST_SET=reduced -DTENON_TEST_BATCH=1 "-DTENON_TEST_FOLDERS=ops;cuda" -DCMAKE_PREFIX_PATH="$PWD/.deps/usr" &&
  {
    step build 60 20 cmake --build "$build" -j "$(nproc)" --target bench_gpu test_cuda_gpu tenon_gpu_tests
    step "the GPU" 5 20 "$build/bench/gpu/bench_gpu" --device
    sed 's/^/           /' "$build/step.txt" >>"$table"
    step "ops on the GPU and on the CPU" 20 20 ctest --test-dir "$build" -j 4 -R '^gpu/' --output-on-failure
    step "tests on the GPU" 20 20 "$build/tests/test_cuda_gpu"
    if command -v compute-sanitizer >/dev/null; then
      for tool in memcheck racecheck; do
        step $tool 20 20 compute-sanitizer --tool $tool --error-exitcode 1 "$build/tests/test_cuda_gpu" '[reduced]'
      done
    else
      echo "not run    memcheck, racecheck: there is no compute-sanitizer" >>"$table"
    fi
    step bench 20 5 "$build/bench/gpu/bench_gpu"
    cp "$build/step.txt" "$build/bench.txt"
    if python3 -c 'import torch' 2>/dev/null; then
      step PyTorch 20 0 python3 bench/gpu/pytorch.py "$build/bench.txt"
      cat "$build/step.txt" >>"$build/bench.txt"
    else
      echo "not run    PyTorch: python3 has none" >>"$table"
    fi
    cat "$build/bench.txt" >>"$table"
  }
[ $failed -eq 0 ] || tail -n 40 "$report"
cat "$table"
exit $failed

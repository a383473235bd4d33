#!/bin/sh
# check.sh PRINTERS PROGRAM: gdb prints Tenon's types as they read. Skipped without gdb, its Python, or leave to trace.
set -u
printers=$1
program=$2
[ -x "$program" ] || { echo "$program: no such program"; exit 1; }
probe=$(gdb -nx -batch -ex 'python print("has", "python")' -ex 'break stop' -ex run "$program" 2>&1) || true
case $probe in
  *"has python"*"Breakpoint 1, stop"*) ;;
  *) echo "skipped: no gdb with Python that can run a program here"; exit 77 ;;
esac

names="matrix turned reversed bytes scalar halves brains flags pairs untyped undefined extents good bad done bare half brain"
set --
for name in $names; do set -- "$@" -ex "output $name" -ex 'echo \n'; done
got=$(gdb -nx -batch -ex "source $printers" -ex 'break stop' -ex run -ex up "$@" "$program" 2>&1 | tail -n 18)
want='tensor([[-1, 0.5, 2], [3.5, 5, 6.5]], dtype=float32, shape=[2, 3])
tensor([[-1, 3.5], [0.5, 5], [2, 6.5]], dtype=float32, shape=[3, 2])
tensor([[2, -1], [6.5, 3.5]], dtype=float32, shape=[2, 2])
tensor([-1, 0, 2, ..., 9, 11, 12], dtype=int8, shape=[10])
tensor(-1, dtype=float64, shape=[])
tensor([-1, 0.5], dtype=float16, shape=[2])
tensor([-1, 0.5], dtype=bfloat16, shape=[2])
tensor([true, true, true], dtype=bool, shape=[3])
tensor([-1+0j, 0.5+0j], dtype=complex64, shape=[2])
tensor([[], []], dtype=int64, shape=[2, 0])
tensor(undefined)
[4, 5]
tensor([[-1, 0.5, 2], [3.5, 5, 6.5]], dtype=float32, shape=[2, 3])
error(shape_mismatch, "view: shape [2, 3] has 6 elements, but [7] has 7")
result(done)
error(out_of_memory)
0.5
3'
if [ "$got" = "$want" ]; then
  echo "gdb prints 18 values as expected"
else
  echo "gdb printed:"
  echo "$got"
  echo "expected:"
  echo "$want"
  exit 1
fi

#!/bin/sh
# check_cost.sh COMPILER INCLUDE_DIR [FLAGS...]
#
# A program of one op compiles within 2.5 seconds, from the headers alone and with tenon::dispatch, and reaches no Eigen header.
#
# The seconds are those of the machine of docs/compile-time.md, left alone. What another one takes, or that one while it does something
# else, is measured by cost/standard.cpp, which is the standard library alone, and takes `reference` seconds there: 1.69 measured while
# softmax(x, -1), 2.14 in that table, took 2.51 to 2.62. The budget is thus 1.77 times that file; the dearest program, matmul, is at 1.63.
# Each round compiles it and every program, in turn; of each the least CPU time counts. A program within its budget after two rounds is
# done, the others have three more.
set -eu
compiler=$1 include=$2
shift 2
goal=2.5 reference=1.41
cd "$(dirname "$0")/cost"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# CPU seconds of the compiler on FILE: `times` tells those of a shell's children, and a subshell has had none.
seconds() { # FILE FLAGS...
  (
    "$compiler" -std=c++20 -O2 "-I$include" "$@" -c -o "$work/object"
    times
  ) >"$work/times" || return 1
  awk 'NR == 2 { split($1 "m" $2, t, "[ms]+"); printf "%.2f\n", 60 * (t[1] + t[3]) + t[2] + t[4] }' "$work/times"
}
# The least of the numbers in a file.
least() { sort -n "$1" | head -n 1; }

failed=0
for program in softmax matmul relu; do
  reached=$("$compiler" -std=c++20 "-I$include" "$@" -M $program.cpp)
  case $reached in *softmax.hpp* | *matmul.hpp* | *activation.hpp*) ;; *) echo "$program.cpp: no list of headers"; failed=1 ;; esac
  case $reached in */Eigen/*) echo "$program.cpp reaches an Eigen header"; failed=1 ;; esac
done

programs="softmax matmul relu softmax-dispatch matmul-dispatch relu-dispatch"
over=$programs
for round in 1 2 3 4 5; do
  seconds standard.cpp >>"$work/standard"
  late=
  for program in $over; do
    name=${program%-dispatch} flag=
    [ "$program" = "$name" ] || flag=-DTENON_DISPATCH
    seconds "$name.cpp" $flag "$@" >>"$work/$program"
    awk -v p="$(least "$work/$program")" -v s="$(least "$work/standard")" -v reference=$reference -v goal=$goal \
      'BEGIN { exit !(p * reference <= goal * s) }' || late="$late $program"
  done
  [ $round = 1 ] || over=$late
  [ -n "$over" ] || break
done

table=
for program in $programs; do table="$table $program $(least "$work/$program"),"; done
echo "CPU seconds:$table the standard library's file $(least "$work/standard")"
if [ -n "$over" ]; then
  echo "over the budget of $goal s where that file takes $reference s:" $over
  failed=1
fi
exit $failed

#!/bin/sh
# check_cost.sh COMPILER INCLUDE_DIR [FLAGS...]
#
# A program of one op compiles within 2.5 seconds, from the headers alone and with tenon::dispatch, and reaches no Eigen header.
#
# The seconds are those of a machine like the two that docs/compile-time.md has been written on. What another one takes, or these while they
# do something else, is measured by cost/standard.cpp, which is the standard library alone: it took 1.69 and 1.83 seconds there, and counts as
# `reference`. Each round compiles it, and then every program; a program is within its budget if it is in one of five rounds, and is done with that.
set -eu
compiler=$1 include=$2
shift 2
goal=2.5 reference=1.6
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
failed=0
for program in softmax matmul relu; do
  reached=$("$compiler" -std=c++20 "-I$include" "$@" -M $program.cpp)
  case $reached in *softmax.hpp* | *matmul.hpp* | *activation.hpp*) ;; *) echo "$program.cpp: no list of headers"; failed=1 ;; esac
  case $reached in */Eigen/*) echo "$program.cpp reaches an Eigen header"; failed=1 ;; esac
done

over="softmax matmul relu softmax-dispatch matmul-dispatch relu-dispatch"
for round in 1 2 3 4 5; do
  standard=$(seconds standard.cpp)
  echo "round $round: the standard library's file $standard s"
  late=
  for program in $over; do
    name=${program%-dispatch} flag=
    [ "$program" = "$name" ] || flag=-DTENON_DISPATCH
    took=$(seconds "$name.cpp" $flag "$@")
    echo "  $program $took s"
    awk -v p="$took" -v s="$standard" -v reference=$reference -v goal=$goal 'BEGIN { exit !(p * reference <= goal * s) }' || late="$late $program"
  done
  over=$late
  [ -n "$over" ] || break
done
if [ -n "$over" ]; then
  echo "over the budget, $goal s where the standard library's file takes $reference s:$over"
  failed=1
fi
exit $failed

#!/bin/sh
# nvcc_report.sh COMPILER... -o OBJECT: compiles, and keeps what ptxas says of each kernel in OBJECT.ptxas
# (tests/cuda/check_ptxas.py reads it); everything else is printed as ever.
set -u
object= last=
for argument; do
  [ "$last" = -o ] && object=$argument
  last=$argument
done
report=$object.ptxas
"$@" >"$report.new" 2>&1
status=$?
grep -v -e '^ptxas info' -e 'bytes stack frame' -e '^$' "$report.new" >&2
mv -f "$report.new" "$report"
exit $status

#!/bin/sh
# check_includes.sh INCLUDE_DIR [FLAGS...]: which headers reach which, by their #include lines.
#
#   tenon.hpp   reaches no Eigen (its allocation follows the compiler's flags, its symbols do not) and no <execution>
#               (which asks for a further library); it never prints, so no <iostream>. So does no header under ops/, a
#               program of one op, and this is asked of the compiler, which also follows the headers of others
#   core/       is free of xsimd and oneTBB, and knows nothing of kernels and ops
#   kernels/    is free of oneTBB, and whatever of ours it reaches holds no container: an object compiled for AVX-512 would
#               export the container's members to the whole program
set -eu
include=$1
shift
cd "$include"
failed=0

found=$(echo '#include <tenon/tenon.hpp>' | g++ -std=c++20 -I. "$@" -M -x c++ - | tr ' ' '\n' | grep -E '/(Eigen/|execution$|iostream$)' || true)
[ -z "$found" ] || { echo "tenon/tenon.hpp reaches" $found; failed=1; }
for header in tenon/ops/*.hpp tenon/linalg.hpp; do
  grep -q "<$header>" tenon/tenon.hpp || { echo "tenon/tenon.hpp does not include $header"; failed=1; }
done

find tenon -name '*.hpp' | LC_ALL=C sort | xargs awk '
  FNR == 1 { headers[++count] = FILENAME }
  /^ *# *include *</ {
    name = $0; sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
    direct[FILENAME] = direct[FILENAME] " " name
  }
  function visit(name,    list, n, i) {          # all that `name` includes, into reached[], with the file that does
    n = split(direct[name], list, " ")
    for (i = 1; i <= n; i++)
      if (!(list[i] in reached)) { reached[list[i]] = name; visit(list[i]) }
  }
  END {
    containers = "^(string|vector|memory|algorithm|functional|iostream|sstream|map)$"
    for (h = 1; h <= count; h++) {
      name = headers[h]
      if (name ~ /^tenon\/kernels\/cpu\/(parallel|parallel_loop|onetbb)[.]hpp$/) continue         # the parallel loop itself, above the kernels
      if (name ~ /^tenon\/core\//) bad = "^(xsimd|tbb|oneapi)/|^tenon/(kernels|ops|linalg|io)/"
      else if (name ~ /^tenon\/kernels\//) bad = "^(tbb|oneapi)/|^tenon/(ops|linalg|io)/|" containers
      else continue
      split("", reached)
      visit(name)
      for (r in reached) if (r ~ bad) { print name " reaches <" r "> in " reached[r]; failed = 1 }
    }
    print count " headers"
    exit failed
  }' || failed=1
[ $failed = 0 ] && echo "layers are clean"
exit $failed

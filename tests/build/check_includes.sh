#!/bin/sh
# check_includes.sh INCLUDE_DIR [FLAGS...]: which headers reach which.
#
#   tenon.hpp   reaches no Eigen (its allocation follows the compiler's flags, its symbols do not) and no <execution>
#               (which asks for a further library); it never prints, so no <iostream>
#   core/       is free of xsimd and oneTBB, and knows nothing of kernels and ops
#   kernels/    is free of oneTBB, and whatever of ours it reaches holds no container: an object compiled for AVX-512 would
#               export the container's members to the whole program
set -eu
include=$1
shift
cd "$include"
failed=0
complain() { echo "$*"; failed=1; }
reaches() { echo "#include <$1>" | g++ -std=c++20 -I. $flags -M -x c++ - | tr ' ' '\n' | grep '/'; }   # every file
ours() { reaches "$1" | sed -n 's|^\./||; /^tenon\//p'; }
flags=$*

for header in $(find tenon -name '*.hpp' | LC_ALL=C sort); do
  case $header in
    tenon/tenon.hpp)
      found=$(reaches $header | grep -E '/(Eigen/|execution$|iostream$)' || true)
      [ -z "$found" ] || complain "$header reaches" $found ;;
    tenon/core/*)
      found=$(reaches $header | grep -E '/(xsimd|tbb|oneapi)/|tenon/(kernels|ops|linalg|io)/' || true)
      [ -z "$found" ] || complain "$header reaches" $found ;;
    tenon/kernels/cpu/parallel.hpp) ;;                       # the parallel loop itself, above the kernels
    tenon/kernels/*)
      found=$(reaches $header | grep -E '/(tbb|oneapi)/|tenon/(ops|linalg|io)/' || true)
      [ -z "$found" ] || complain "$header reaches" $found
      for file in $(ours $header); do
        held=$(grep -nE '^ *#include <(string|vector|memory|algorithm|functional|iostream|sstream|map)>' $file || true)
        [ -z "$held" ] || complain "$header reaches $file, which holds" $held
      done ;;
  esac
done
[ $failed = 0 ] && echo "layers are clean"
exit $failed

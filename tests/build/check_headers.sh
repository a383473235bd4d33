#!/bin/sh
# check_headers.sh COMPILER INCLUDE_DIR [FLAGS...]
#
# Every header under INCLUDE_DIR compiles alone, included twice, without a warning.
#
# A header that another one includes before anything else stands alone there, too: nothing precedes it. So only headers that
# are nobody's first include need a file of their own, two of three, and no less is proved.
#
# g++, clang++   all headers alone; and all of them together, in two files with opposite order and one without exceptions,
#                link into one program
# nvcc           the public headers alone, as nvcc reads them for the GPU. (All of them as nvcc and its g++ read them for
#                the CPU: mixed_flags/part.cpp, compiled as a .cu.)
set -eu
compiler=$1 include=$2
shift 2
jobs=$(nproc 2>/dev/null || echo 2)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

warnings='-Wall -Wextra -Wconversion -Wshadow -Werror'
flags="-std=c++20 -I$include $*"
headers=$(cd "$include" && find . -name '*.hpp' | sed 's|^\./||' | LC_ALL=C sort)
case $compiler in
  *nvcc)
    flags="$flags -x cu -Werror all-warnings -fatbin -o /dev/null"
    checked=$(echo "$headers" | grep -vE '/(kernels|calls)/|io/eigen.hpp') ;;  # what users include; Eigen 3.4 is not for nvcc
  *)
    flags="$flags $warnings -x c++ -fsyntax-only"
    checked=$headers ;;
esac
# The first include of each, if it is one of ours and checked; those that are left when these are taken away.
firsts=$(cd "$include" && echo "$checked" | xargs awk '
  FNR == 1 { seen = 0 }
  /^ *# *include/ && !seen { seen = 1; if ($0 ~ /<tenon\//) { sub(/.*</, ""); sub(/>.*/, ""); print } }')
alone=$({ echo "$checked"; echo "$checked"; echo "$firsts" | LC_ALL=C sort -u | sed 'p;p'; } | LC_ALL=C sort | uniq -c | awk '$1 == 2 { print $2 }')

echo "$alone" | xargs -P "$jobs" -I{} sh -c '
  file=$1/$(echo {} | tr / _).cpp
  printf "#include <%s>\n#include <%s>\n" {} {} >"$file"
  if $2 "$file" >"$file.log" 2>&1; then echo "ok      {}"; else echo "FAILED  {}"; head -n 20 "$file.log"; exit 1; fi
' sh "$work" "$compiler $flags" || { echo "some headers do not compile alone"; exit 1; }
echo "$(echo "$checked" | wc -l) headers, proved by $(echo "$alone" | wc -l) files"

case $compiler in *nvcc) exit 0 ;; esac
flags="-std=c++20 -I$include $* $warnings"
{ echo "$headers" | sed 's/.*/#include <&>/'; echo 'int two(); int main() { return two() - 2; }'; } >"$work/main.cpp"
{
  echo "$headers" | LC_ALL=C sort -r | sed 's/.*/#include <&>/'
  echo '#include <math.h>
#include <strings.h>
using namespace std;                   // users do this; no name of ours may become ambiguous by it
using namespace tenon;
int two() { index_t n = max_rank - 6; return static_cast<int>(n); }'
} >"$work/two.cpp"
grep -v main "$work/main.cpp" >"$work/plain.cpp"
printf '%s\n' main two 'plain -fno-exceptions -fno-rtti' | xargs -P "$jobs" -I{} sh -c '
  set -- {}
  name=$1; shift
  '"$compiler $flags"' "$@" -c "'"$work"'/$name.cpp" -o "'"$work"'/$name.o"'
$compiler "$work/main.o" "$work/two.o" "$work/plain.o" -ltbb -o "$work/all"
"$work/all"
echo "all together: linked and run"

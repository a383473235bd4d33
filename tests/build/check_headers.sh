#!/bin/sh
# check_headers.sh COMPILER INCLUDE_DIR [FLAGS...]
#
# Every header under INCLUDE_DIR compiles alone, included twice, without a warning; and all of them together, in two files
# with opposite order and one without exceptions, link into one program.
# For nvcc: each header that does not reach the CPU's SIMD kernels, alone.
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
    alone="$compiler $flags -Xcompiler $(echo $warnings | tr ' ' ,) -x cu -c -o /dev/null"
    headers=$(for header in $headers; do
      echo "#include <$header>" | g++ $flags -MM -x c++ - | grep -q kernels/cpu/ || echo "$header"
    done) ;;
  *) alone="$compiler $flags $warnings -x c++ -fsyntax-only" ;;
esac

echo "$headers" | xargs -P "$jobs" -I{} sh -c '
  file=$1/$(echo {} | tr / _).cpp
  printf "#include <%s>\n#include <%s>\n" {} {} >"$file"
  if $2 "$file" >"$file.log" 2>&1; then echo "ok      {}"; else echo "FAILED  {}"; head -n 20 "$file.log"; exit 1; fi
' sh "$work" "$alone" || { echo "some headers do not compile alone"; exit 1; }

case $compiler in *nvcc) exit 0 ;; esac
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
for part in "main" "two" "plain -fno-exceptions -fno-rtti"; do
  set -- $part
  echo "$compiler $flags $warnings $* -c $work/$1.cpp -o $work/$1.o" | sed "s| $1 | |"
done | xargs -P "$jobs" -I{} sh -c '{}'
$compiler "$work/main.o" "$work/two.o" "$work/plain.o" -ltbb -o "$work/all"
"$work/all"
echo "all together: linked and run"

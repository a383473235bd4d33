#!/bin/sh
# check_headers.sh COMPILER INCLUDE_DIR [FLAGS...]
#
# Every header under INCLUDE_DIR compiles alone, included twice, without a warning.
#
# One file proves several of them. A header that stands behind others is alone there, too, if it reaches each of those itself before its
# first line of code: nothing else precedes that line. So files hold chains, each header reached by the next, and no less is proved.
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
# The chains, a line each. The headers that reach most come first; each joins the chain that ends in the smallest header reaching it.
chains=$(cd "$include" && echo "$headers" | xargs awk -v checked="$(echo "$checked" | tr '\n' ' ')" '
  FNR == 1 { code = 0 }
  /^[^#\/ ]/ { code = 1 }
  /^ *# *include <tenon\// && !code { sub(/.*</, ""); sub(/>.*/, ""); direct[FILENAME] = direct[FILENAME] " " $0 }
  function reach(from, h,    next_, n, i) {
    if ((from, h) in reaches) return
    reaches[from, h]
    size[from]++
    n = split(direct[h], next_, " ")
    for (i = 1; i <= n; ++i) reach(from, next_[i])
  }
  END {
    n = split(checked, header, " ")
    for (i = 1; i <= n; ++i) reach(header[i], header[i])
    for (i = 2; i <= n; ++i)
      for (j = i; j > 1 && size[header[j]] > size[header[j - 1]]; --j) { h = header[j]; header[j] = header[j - 1]; header[j - 1] = h }
    for (i = 1; i <= n; ++i) {
      best = 0
      for (c = 1; c <= count; ++c)
        if ((first[c], header[i]) in reaches && (!best || size[first[c]] < size[first[best]])) best = c
      if (!best) best = ++count
      first[best] = header[i]
      chain[best] = header[i] " " chain[best]
    }
    for (c = 1; c <= count; ++c) print chain[c]
  }')

echo "$chains" | xargs -P "$jobs" -I{} sh -c '
  work=$1 compile=$2
  set -- {}
  eval last=\${$#}
  file=$work/$(echo "$last" | tr / _).cpp
  printf "#include <%s>\n" "$@" "$@" >"$file"
  if $compile "$file" >"$file.log" 2>&1; then echo "ok      $*"; else echo "FAILED  $*"; head -n 20 "$file.log"; exit 1; fi
' sh "$work" "$compiler $flags" || { echo "some headers do not compile alone"; exit 1; }
echo "$(echo "$checked" | wc -l) headers, proved by $(echo "$chains" | wc -l) files"

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

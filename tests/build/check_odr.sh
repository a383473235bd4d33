#!/bin/sh
# check_odr.sh COMPILER INCLUDE_DIR [FLAGS...]
#
# Files for baseline x86-64, with and without exceptions, and for AVX-512 are linked with -flto -Wodr: the compiler then sees
# all of them at once and tells of every type that is not the same in all. The first link, of two files that disagree on a
# type, shows that it would.
set -eu
compiler=$1 include=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
flags="-std=c++20 -O0 -flto -Wodr -Wlto-type-mismatch -Werror"

echo 'struct both { int x; }; int f(both b) { return b.x; }' >one.cpp
echo 'struct both { double x; }; int f(both); int main() { both b{1}; return f(b); }' >other.cpp
if "$compiler" $flags one.cpp other.cpp -o disagree >log 2>&1 || ! grep -q 'Werror=\(odr\|lto-type-mismatch\)' log; then
  echo "this compiler does not see types that differ:"
  cat log
  exit 1
fi

part() { # NAME FLAGS...
  name=$1
  shift
  "$compiler" $flags "-I$include" "-DPART=$name" "-DPART_NAME=\"$name\"" -DPART_NEEDS=nullptr "$@" -c "$here/mixed_flags/part.cpp" -o "$name.o"
}
part baseline -march=x86-64 "$@"
part noexcept_ -march=x86-64 -fno-exceptions -fno-rtti "$@"
part avx512 -O1 -march=x86-64 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c -mbmi2 "$@"   # xsimd: not at -O0
echo 'int main() { return 0; }' >main.cpp
"$compiler" $flags main.cpp baseline.o noexcept_.o avx512.o -ltbb -o all
echo "three files with unlike flags agree on every type"

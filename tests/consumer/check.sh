#!/bin/sh
# check.sh HOW TENON_SOURCE TENON_BUILD WORK_FOLDER COMPILER
#                                   HOW: subdirectory, fetch, package (TENON_BUILD installed), or include (no CMake at all)
#
# Builds the project beside this file with Tenon, got in the given way, and runs it. Then nothing of the parent project may
# have changed: its targets, its list of tests, what it installs, its cache, its flags.
set -eu
how=$1 tenon=$2 build=$3 work=$4 compiler=$5
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$work"
mkdir -p "$work"

if [ "$how" = include ]; then
  "$compiler" -std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror -I"$tenon/include" "$here/main.cpp" -ltbb -o "$work/app"
  exec "$work/app"
fi

configure() { # BUILD_FOLDER FLAGS...
  folder=$1
  shift
  cmake -G Ninja -S "$here" -B "$folder" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" >"$folder.log" 2>&1 ||
    { cat "$folder.log"; exit 1; }
}
case $how in
  subdirectory) source=$tenon ;;
  fetch)                                                     # from an archive of the files that a user needs, and no others
    source=file://$work/tenon.tar.gz
    (cd "$tenon" && tar czf "$work/tenon.tar.gz" --transform 's|^|tenon/|' CMakeLists.txt LICENSE cmake include src) ;;
  package)
    cmake --install "$build" --prefix "$work/installed" >/dev/null
    mv "$work/installed" "$work/moved"                       # a package may lie anywhere, and knows no other place
    if grep -rlE "$work|$tenon|$build" "$work/moved/lib"*/cmake; then echo "the package knows where it was built"; exit 1; fi
    source= ;;
esac
configure "$work/without"
configure "$work/with" -DHOW="$how" -DTENON="$source" -DCMAKE_PREFIX_PATH="$work/moved"
cmake --build "$work/with" -j2
"$work/with/app"
if [ -e "$work/with/host" ]; then
  "$work/with/host"
  if nm -D --defined-only -C "$work/with/libplugin.so" | grep -E '::(sse4_2|avx2|avx512)::.*kernels|kernels.*::(sse4_2|avx2|avx512)::'; then
    echo "the plugin exports compiled kernels"
    exit 1
  fi
fi

# Lines of WITH that WITHOUT has not, or the other way round, but for those that match ALLOWED.
same() { # WHAT ALLOWED
  if diff "$work/without.$1" "$work/with.$1" | grep '^[<>]' | grep -vE "$2"; then
    echo "$how: Tenon changed the parent's $1"
    exit 1
  fi
}
for side in without with; do
  folder=$work/$side
  cp "$folder/targets.txt" "$work/$side.targets"
  (cd "$folder" && ctest -N) | grep 'Test *#' >"$work/$side.tests" || true
  cmake --build "$folder" --target bystander >/dev/null
  DESTDIR=$work/$side.root cmake --install "$folder" >/dev/null
  (cd "$work/$side.root" && find . -type f | LC_ALL=C sort) >"$work/$side.files"
  grep -E '^[A-Za-z].*=' "$folder/CMakeCache.txt" | sed "s|$folder|BUILD|g" | LC_ALL=C sort >"$work/$side.cache"
  grep '"command"' "$folder/compile_commands.json" | grep bystander | sed "s|$folder|BUILD|g" >"$work/$side.flags"
done
same targets '^> tenon(_[a-z0-9_]*)?$'
same tests '^$'
same files '^$'
same flags '^$'
same cache '^. (TENON|Tenon|FETCHCONTENT|HOW:|CMAKE_PREFIX_PATH:|CMAKE_NUMBER_OF_MAKEFILES:)'  # ours, this file's, CMake's own

# Flags: an include path and the language level reach the user, and nothing else.
leaked=$(grep '"command"' "$work/with/compile_commands.json" | grep main.cpp | tr ' ' '\n' |
  sed -n '/^-isystem$/d; /^-[^IWoc]/p' | grep -vE '^-(isystem|std=.*)$' || true)
if [ -n "$leaked" ]; then echo "$how: flags reach the user:" $leaked; exit 1; fi
echo "$how: built, run, and the parent is as it was"

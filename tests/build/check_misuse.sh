#!/bin/sh
# check_misuse.sh COMPILER INCLUDE_DIR [FLAGS...]
#
# Each file in misuse/ is wrong in one way and does not compile. What the compiler says first, up to its second error, points
# into the user's file (or, by clang, at the include there) and matches the words after `// expect:`: the requirement that is broken, not the
# machinery behind it. And all that it says fits on a screen: what has been refused is not compiled further.
#
# Their headers are read once, into a precompiled one, which both compilers find beside the file that it is of.
set -eu
screen=30
compiler=$1 include=$2
shift 2
cd "$(dirname "$0")/misuse"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
flags="-std=c++20 -Wall -Wextra -Werror -I$include $*"
grep -h '^#include' *.cpp | LC_ALL=C sort -u >"$work/all.hpp"
$compiler $flags -x c++-header "$work/all.hpp" -o "$work/all.hpp.gch"
failed=0
for file in *.cpp; do
  expected=$(sed -n 's|^// expect: ||p' "$file")
  if said=$($compiler $flags -include "$work/all.hpp" -fsyntax-only "$file" 2>&1); then
    echo "$file compiles"
    failed=1
    continue
  fi
  first=$(echo "$said" | awk '/ error: /{ if (++n == 2) exit } { print }')
  if ! echo "$first" | grep -qE "^(In file included from )?$file:" || ! echo "$first" | grep -qE "$expected"; then
    echo "$file: expected /$expected/ and a line of the file; the compiler says"
    echo "$first" | head -n $screen
    failed=1
  fi
  lines=$(echo "$said" | wc -l)
  if [ "$lines" -gt $screen ]; then
    echo "$file: the compiler says $lines lines, more than $screen:"
    echo "$said" | grep -E ' (error|note): '
    failed=1
  fi
done
[ $failed = 0 ] && echo "$(ls | wc -l) ways to misuse, and each is told"
exit $failed

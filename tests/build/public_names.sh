#!/bin/sh
# Prints the public functions of the ops, one a line: HEADER NAME. With a file as argument, compares: every name must stand in
# that page between backquotes, followed by ` or (, and every `name(` of the page must exist.
#   sh tests/build/public_names.sh                      the list
#   sh tests/build/public_names.sh docs/from-pytorch.md the check
set -eu
cd "$(dirname "$0")/../.."

list() {
  for header in $(find include/tenon/ops -name '*.hpp' -not -path '*/calls/*' | sort); do
    awk -v header="${header#include/tenon/}" '
      /^namespace (.*::)?(op|calls|detail) \{/ { hidden = 1 }
      /^}  \/\/ namespace (.*::)?(op|calls|detail)$/ { hidden = 0 }
      !hidden && /^(\[\[nodiscard\]\] )?(inline |constexpr )*(auto|result<[^(]*>|result<void>|void) [a-z_0-9]+\(/ {
        line = $0
        sub(/\(.*/, "", line)
        n = split(line, words, " ")
        print header, words[n]
      }' "$header"
  done | sort -u
}

if [ $# -eq 0 ]; then
  list
  exit 0
fi

missing=0
for name in $(list | awk '{ print $2 }' | sed 's/_into$//; s/_$//' | sort -u); do
  grep -qE "\`$name(\`|\()" "$1" || { echo "$1 does not name $name"; missing=$((missing + 1)); }
done
[ "$missing" -eq 0 ] && echo "every public op is named in $1"
[ "$missing" -eq 0 ]

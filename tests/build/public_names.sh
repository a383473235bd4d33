#!/bin/sh
# Prints the public functions of ops/, linalg/ and io/, one a line: HEADER NAME. With a file as argument, compares: every name must
# stand in that page between backquotes, in the line that begins with its header.
#   sh tests/build/public_names.sh                      the list
#   sh tests/build/public_names.sh docs/from-pytorch.md the check
set -eu
cd "$(dirname "$0")/../.."

list() {
  for header in $(find include/tenon/ops include/tenon/linalg include/tenon/io -name '*.hpp' -not -path '*/calls/*' | sort); do
    awk -v header="${header#include/tenon/}" '
      /^namespace (.*::)?(op|calls|detail)(::[a-z_]+)? \{/ { hidden = 1 }
      /^}  \/\/ namespace (.*::)?(op|calls|detail)(::[a-z_]+)?$/ { hidden = 0 }
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

missing=$(list | sed 's/_into$//; s/_$//; s|^ops/||' | sort -u | while read -r header name; do
  grep -F "**\`$header\`**" "$1" | grep -qF "\`$name\`" || echo "$1 does not name $name beside $header"
done)
[ -z "$missing" ] || { echo "$missing"; exit 1; }
echo "every public function is named in $1"

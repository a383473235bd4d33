#!/bin/sh
# check.sh TABLE ROOT COMPILER FLAGS...
#
# TABLE is the compiled table.cpp. docs/support.md is what it prints; every cell that is set compiles; every cell that is not
# is refused by the compiler; and every public op has a row.
set -eu
table=$1 root=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

"$table" >"$work/support.md"
diff -u "$root/docs/support.md" "$work/support.md" || {
  echo "docs/support.md is not what the code says; write it anew: $table > docs/support.md"
  exit 1
}

"$table" yes >"$work/yes.cpp"
"$@" -std=c++20 -fsyntax-only "$work/yes.cpp" >"$work/log" 2>&1 || {
  echo "these calls do not compile, though the table says that they do:"
  grep -o 'yes.cpp:[0-9]*' "$work/log" | sort -u | sed 's/.*://' | while read -r line; do sed -n "${line}p" "$work/yes.cpp"; done
  grep -m 5 error "$work/log"
  exit 1
}
echo "$(grep -c cell_ "$work/yes.cpp") calls compile"

# The compiler refuses a template once, however many lines ask for it, so what was not refused is asked for again by itself.
"$table" no >"$work/no.cpp"
count=$(grep -c cell_ "$work/no.cpp")
while grep -q cell_ "$work/no.cpp"; do
  "$@" -std=c++20 -fsyntax-only -w -fmax-errors=0 "$work/no.cpp" >"$work/log" 2>&1 || true
  grep -o 'no.cpp:[0-9]*' "$work/log" | sed 's/.*://' | sort -un >"$work/refused"
  awk 'NR == FNR { refused[$1]; next } !(FNR in refused)' "$work/refused" "$work/no.cpp" >"$work/left.cpp"
  if cmp -s "$work/left.cpp" "$work/no.cpp"; then
    echo "these calls compile, though the table says that they do not:"
    grep cell_ "$work/left.cpp"
    exit 1
  fi
  mv "$work/left.cpp" "$work/no.cpp"
done
echo "$count calls are refused"

# Ops without a row: views, copies, and what works on all dtypes by construction. (Linear algebra has four dtypes, and files have all.)
missing=0
for name in $(sh "$root/tests/build/public_names.sh" | grep '^ops/' | grep -vE '^ops/(view|copy|cast|lazy|factory|meshgrid|operators)\.hpp ' | awk '{ print $2 }' |
  sed 's/_into$//; s/_$//' | sort -u); do
  grep -qE "\`$name( \(|\`|_\`)" "$root/docs/support.md" || case $name in
    *_like | *_algorithm) ;;
    *) echo "docs/support.md has no row for $name"; missing=1 ;;
  esac
done
exit $missing

#!/bin/sh
# check_readme.sh README COMPILER INCLUDE_DIR [FLAGS...]
#
# The README's C++ compiles, without a warning, and runs. A snippet with an #include is a file of its own, and the functions that it
# defines are called below; another is a function's body, with the variables below. Where comments follow a line that writes to
# std::cerr, they are what it must write; how that is broken into lines is the page's own.
#
# Libraries are the FLAGS that do not begin with a hyphen, and -l...; the rest are the compiler's.
set -eu
readme=$1 compiler=$2 include=$3
shift 3
libraries= flags=
for flag in "$@"; do
  case $flag in -l* | *.so* | *.a | *.dylib) libraries="$libraries $flag" ;; *) flags="$flags $flag" ;; esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

count=$(awk -v work="$work" '
  /^```cpp$/ { inside = 1; ++n; next }
  /^```$/ { inside = 0; printing = 0 }
  inside { print > (work "/" n ".txt") }
  inside && printing && /^\/\/ / { sub(/^\/\/ +/, ""); print > (work "/" n ".expected"); next }
  inside { printing = /std::cerr/ }
  END { print n + 0 }' "$readme")
[ "$count" -ge 3 ] || { echo "$readme has $count snippets between \`\`\`cpp and \`\`\`; it had three"; exit 1; }

failed=0
for i in $(seq "$count"); do
  {
    echo '#include <tenon/tenon.hpp>'
    echo '#include <iostream>'
    if grep -q '^#include' "$work/$i.txt"; then
      echo "#line 1 \"snippet $i\""
      cat "$work/$i.txt"
      echo '#line 1 "what calls it"
int main() {
  const auto x = tn::unwrap(tn::randn<float>({5, 8})), w = tn::unwrap(tn::randn<float>({8, 8}));
  const auto y = attend(x, w, w, w);
  return y && y->shape() == x.shape() ? 0 : 1;
}'
    else
      echo 'namespace tn = tenon;
template <class T> tn::result<void> snippet(T x, T a, T b, T c, T image, T kernel, T bias) {
  [[maybe_unused]] auto out = tn::unwrap(tn::empty_like(x));'
      echo "#line 1 \"snippet $i\""
      cat "$work/$i.txt"
      echo '#line 1 "what calls it"
  return {};
}
int main() {
  const auto some = [](const tn::shape& s) { return tn::unwrap(tn::randn<float>(s)); };
  return snippet(some({3, 4}), some({3, 4}), some({3, 4}), some({3, 4}), some({8, 3, 32, 32}), some({16, 4, 3, 3}), some({16})) ? 0 : 1;
}'
    fi
  } >"$work/$i.cpp"
  # Not every snippet uses every variable.
  if ! $compiler -std=c++20 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-variable -Wno-unused-but-set-variable "-I$include" $flags "$work/$i.cpp" $libraries -o "$work/$i" 2>"$work/$i.log"; then
    echo "$readme, snippet $i does not compile:"; head -n 20 "$work/$i.log"; failed=1
    continue
  fi
  if ! "$work/$i" >"$work/$i.said" 2>&1; then
    echo "$readme, snippet $i fails:"; cat "$work/$i.said"; failed=1
  elif [ -f "$work/$i.expected" ] && [ "$(xargs <"$work/$i.expected")" != "$(xargs <"$work/$i.said")" ]; then
    echo "$readme, snippet $i says"; cat "$work/$i.said"; echo; echo "but the page"; cat "$work/$i.expected"; failed=1
  fi
done
[ $failed = 0 ] && echo "$count snippets compile, run, and say what the page does"
exit $failed

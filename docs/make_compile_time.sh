#!/usr/bin/env bash
# Measures what including each header costs, and prints docs/compile-time.md.
#   bash docs/make_compile_time.sh [COMPILER] > docs/compile-time.md
set -eu
cd "$(dirname "$0")/.."
compiler=${1:-g++}
flags="-std=c++20 -O2 -march=native -I include"
TIMEFORMAT=%U
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seconds() { # of processor time, the least of three
  for _ in 1 2 3; do { time "$compiler" $flags -c "$1" -o "$work/out.o"; } 2>&1; done | sort -n | head -n 1
}

cat <<END
# Compile time

Processor seconds of \`$compiler $flags\` on a file that includes one header and does nothing, and the lines that the
preprocessor hands on. \`bash docs/make_compile_time.sh\` printed this page ($("$compiler" --version | head -n 1)).

| header | seconds | lines |
|---|---:|---:|
END
row() { # NAME FILE
  printf '| %s | %s | %s |\n' "$1" "$(seconds "$2")" "$("$compiler" $flags -E -P "$2" | wc -l)"
}
for header in core/error.hpp core/tensor.hpp core/expression.hpp kernels/cpu/simd.hpp ops/lazy.hpp $(cd include/tenon && ls ops/*.hpp | grep -v lazy) io/npy.hpp io/safetensors.hpp tenon.hpp; do
  echo "#include <tenon/$header>" > "$work/file.cpp"
  row "\`$header\`" "$work/file.cpp"
done
cat > "$work/softmax.cpp" <<'END'
#include <tenon/ops/softmax.hpp>
bool f(const tenon::tensor<float>& x) { return tenon::softmax(x, -1).has_value(); }
END
cat > "$work/add.cpp" <<'END'
#include <tenon/ops/operators.hpp>
bool f(const tenon::tensor<float>& x) { return (x + x).has_value(); }
END
cat > "$work/chain.cpp" <<'END'
#include <tenon/ops/activation.hpp>
#include <tenon/ops/operators.hpp>
bool f(const tenon::tensor<float>& a, const tenon::tensor<float>& b) { return eval(relu(lazy(a) * b + 1.0F) * sigmoid(lazy(a))).has_value(); }
END
cat <<END

Programs of one op:

| program | seconds | lines |
|---|---:|---:|
END
row 'softmax of a float tensor' "$work/softmax.cpp"
row 'x + x' "$work/add.cpp"
row 'a lazy chain, relu(a * b + 1) * sigmoid(a)' "$work/chain.cpp"

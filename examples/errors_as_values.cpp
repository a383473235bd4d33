// Errors are values: a chain is written without unwrapping, and the first error arrives at its end.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/softmax.hpp>

#include <cstdio>

namespace tn = tenon;

// TENON_TRY returns early with the error, as Rust's `?` does.
tn::result<tn::tensor<float>> scores(const tn::tensor<float>& x, const tn::tensor<float>& w) {
  TENON_TRY(const auto h, tn::relu(tn::matmul(x, w)));
  return tn::softmax(h / 2.0F, -1);
}

int main() {
  const auto x = tn::unwrap(tn::ones<float>({2, 3}));            // unwrap: for scripts, where an error ends the program
  const auto w = tn::unwrap(tn::ones<float>({3, 4})), wrong = tn::unwrap(tn::ones<float>({4, 3}));

  const auto good = scores(x, w);
  std::printf("good: %d, first weight %.2f\n", static_cast<int>(good.has_value()), static_cast<double>(*good->at(0, 0)));

  // A result is a valid argument. Here matmul fails, and softmax hands its error on.
  const auto bad = tn::softmax(tn::matmul(x, wrong) + 1.0F, -1);
  if (bad || !(bad.error() == tn::error_code::shape_mismatch)) return 1;
  std::printf("%s\n", bad.error().message().data());

  // The code tells a program what to do; value_or gives a fallback.
  const auto fallback = tn::softmax(x, 7).value_or(x);
  std::printf("%s\nfallback has %lld elements\n", tn::softmax(x, 7).error().message().data(), static_cast<long long>(fallback.numel()));
}

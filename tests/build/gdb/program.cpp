// Values for gdb to print; see check.sh.
#include <tenon/core/tensor.hpp>

namespace tn = tenon;

void stop() { asm volatile(""); }

template <class T>
tn::tensor<T> make(const tn::shape& s) {
  auto x = *tn::as<T>(*tn::allocate_tensor("make", s, tn::dtype_of<T>));
  for (tn::index_t i = 0; i < x.numel(); ++i) x.data()[i] = T(static_cast<float>(i) * 1.5f - 1);
  return x;
}

int main() {
  const auto matrix = make<float>({2, 3});
  const auto turned = *matrix.transpose(0, 1);
  const auto reversed = *matrix.slice(1, {.step = -2});
  const auto bytes = make<std::int8_t>({10});
  const auto scalar = make<double>({});
  const auto halves = make<tn::half>({2});
  const auto brains = make<tn::bfloat16>({2});
  const auto flags = make<bool>({3});
  const auto pairs = make<std::complex<float>>({2});
  const tn::any_tensor untyped = make<std::int64_t>({2, 0});
  const tn::tensor<float> undefined;
  const tn::shape extents{4, 5};
  const tn::result<tn::tensor<float>> good = matrix, bad = matrix.view({7});
  const tn::result<void> done;
  const tn::error bare(tn::error_code::out_of_memory);
  const tn::half half(0.5f);
  const tn::bfloat16 brain(3.0f);
  stop();
  return static_cast<int>(turned.rank() + reversed.rank() + bytes.rank() + scalar.rank() + halves.rank() + brains.rank() + flags.rank() + pairs.rank() +
                          untyped.rank() + undefined.rank() + extents.rank() + good.has_value() + bad.has_value() + done.has_value()) +
         static_cast<int>(bare.code()) + half.bits + brain.bits;
}

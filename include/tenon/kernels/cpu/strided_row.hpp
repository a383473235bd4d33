#pragma once
// Elements that lie a constant distance apart, copied to lie side by side; and the other way round.
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

template <class W>
TENON_INLINE W load_word(const std::byte* p) {
  W w;
  __builtin_memcpy(&w, p, sizeof(W));
  return w;
}
// Words of 1, 2, 4 or 8 bytes; strides in bytes.
template <class W>
void copy_words(std::byte* to, index_t to_stride, const std::byte* from, index_t from_stride, index_t n) {
  for (; n >= 4; n -= 4) {                                 // four loads before the first store, which they might depend on
    const W a = load_word<W>(from), b = load_word<W>(from + from_stride);
    from += 2 * from_stride;
    const W c = load_word<W>(from), d = load_word<W>(from + from_stride);
    from += 2 * from_stride;
    __builtin_memcpy(to, &a, sizeof(W));
    __builtin_memcpy(to + to_stride, &b, sizeof(W));
    to += 2 * to_stride;
    __builtin_memcpy(to, &c, sizeof(W));
    __builtin_memcpy(to + to_stride, &d, sizeof(W));
    to += 2 * to_stride;
  }
  for (; n > 0; --n, from += from_stride, to += to_stride) __builtin_memcpy(to, from, sizeof(W));
}

// Every second word of 2n - 1: by one shuffle of two registers.
template <class W>
void copy_every_second(std::byte* to, const std::byte* from, index_t n) {
  constexpr int N = lanes<W>;
  const W* x = reinterpret_cast<const W*>(from);
  W* y = reinterpret_cast<W*>(to);
  index_t i = 0;
  for (; i + N < n; i += N) {                              // (the last one read is word 2(i + N) - 1, which exists)
    const auto a = vec<W>::load(x + 2 * i).lanes_array(), b = vec<W>::load(x + 2 * i + N).lanes_array();
    [&]<int... K>(std::integer_sequence<int, K...>) TENON_INLINE_LAMBDA {
      vec<W>::from_array(shuffle<W, N, (2 * K)...>(a, b)).store(y + i);
    }(std::make_integer_sequence<int, N>{});
  }
  copy_words<W>(to + i * index_t{sizeof(W)}, sizeof(W), from + 2 * i * index_t{sizeof(W)}, 2 * sizeof(W), n - i);
}

// to[i] = from[i * step]
template <class C, class T>
void copy_strided(C* to, const T* from, index_t step, index_t n) {
  if constexpr (std::is_same_v<C, T> && sizeof(T) <= 8) {
    using W = word<static_cast<int>(sizeof(T))>;
    const auto words = reinterpret_cast<const std::byte*>(from);
    if (step == 2)
      copy_every_second<W>(reinterpret_cast<std::byte*>(to), words, n);
    else
      copy_words<W>(reinterpret_cast<std::byte*>(to), sizeof(W), words, step * index_t{sizeof(W)}, n);
  } else {
    for (index_t i = 0; i < n; ++i) to[i] = static_cast<C>(from[i * step]);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail

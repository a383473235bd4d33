#pragma once
// x = k pi/2 + r with |r| <= pi/4: the reduction behind sin, cos and tan.
//
// Method     |x| below 10^5 (float), 10^6 (double): k times pi/2 is subtracted in parts, each exact (Cody & Waite 1980).
//            Beyond, lane by lane, x / (pi/2) modulo 4 in integers from as many bits of 2/pi as matter (Payne & Hanek 1983).
// Precision  r keeps its relative precision also where x is next to a multiple of pi/2; double r has two words.
#include <tenon/kernels/cpu/math/two_words.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

template <class T, int N>
struct reduced_angle {
  vec<T, N> high, low;                 // r = high + low
  vec<T, N> k;                         // an integer; only k mod 4 is meaningful
};

// One number: r in two words, k in 0 .. 3.
struct reduced_number {
  double high, low, k;
};

// 2 / pi in words of 64 bits, after one word of zeros: bit 64 (counted from the front) is its first.
inline constexpr std::uint64_t two_over_pi[] = {
    0,                  0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

[[gnu::noinline]] inline reduced_number reduce_large(double x) {
  __extension__ using wide = unsigned __int128;
  const auto bits = __builtin_bit_cast(std::uint64_t, x);
  const int exponent = static_cast<int>((bits >> 52) & 0x7ff) - 1075;          // |x| = m 2^exponent
  if (exponent == 0x7ff - 1075) return {x - x, 0, 0};                          // infinity or NaN: NaN
  const std::uint64_t m = (bits & 0xfffffffffffff) | 0x10000000000000;

  // The 192 bits of 2/pi that follow those which, times m 2^exponent, are multiples of 4.
  const int first = exponent - 2 + 64, word = first / 64, shift = first % 64;
  const auto window = [&](int i) {
    const std::uint64_t a = two_over_pi[word + i], b = two_over_pi[word + i + 1];
    return shift == 0 ? a : (a << shift) | (b >> (64 - shift));
  };
  // Their product with m, modulo 1: a fraction of 192 bits of the full turn.
  const wide low = static_cast<wide>(m) * window(2);
  const wide middle = static_cast<wide>(m) * window(1) + (low >> 64);
  std::uint64_t turn = m * window(0) + static_cast<std::uint64_t>(middle >> 64);
  wide fraction = (static_cast<wide>(static_cast<std::uint64_t>(middle)) << 64) | static_cast<std::uint64_t>(low);

  // Quarter turns, rounded to nearest; what is left, in units of 2^-190, is |f| <= 1/2 with its sign apart.
  std::uint64_t k = turn >> 62;
  turn <<= 2;
  turn |= static_cast<std::uint64_t>(fraction >> 126);
  fraction <<= 2;
  bool negative = false;
  if ((turn >> 63) != 0) {
    k = (k + 1) & 3;
    negative = true;
    turn = ~turn;
    fraction = ~fraction;              // off by one unit of 2^-192
  }
  int scale = -64;
  wide f = (static_cast<wide>(turn) << 64) | static_cast<std::uint64_t>(fraction >> 64);
  if (turn == 0) {
    f = fraction;
    scale -= 64;
  }
  while ((f >> 127) == 0) {            // at most 63 times: no double is that close to a multiple of pi/2
    f <<= 1;
    --scale;
  }
  // Times pi/2 = 1.57..., as 128 bits of which the first counts 1; the upper half of the product.
  const std::uint64_t p1 = 0xc90fdaa22168c234, p0 = 0xc4c6628b80dc1cd1;
  const auto f1 = static_cast<std::uint64_t>(f >> 64), f0 = static_cast<std::uint64_t>(f);
  const wide cross = static_cast<wide>(f1) * p0 + static_cast<std::uint64_t>((static_cast<wide>(f0) * p1) >> 64);
  const wide r = static_cast<wide>(f1) * p1 + (cross >> 64);                   // r 2^(scale - 63) is the angle

  const auto power = [](int e) { return __builtin_bit_cast(double, static_cast<std::uint64_t>(e + 1023) << 52); };
  const auto high = static_cast<std::uint64_t>(r >> 75), rest = static_cast<std::uint64_t>(r >> 22) & 0x1fffffffffffff;
  const double a = static_cast<double>(high) * power(scale + 12), b = static_cast<double>(rest) * power(scale - 41);
  const double sum = a + b;
  const bool flip = negative != ((bits >> 63) != 0);
  const auto k_signed = static_cast<double>((bits >> 63) != 0 ? (4 - k) & 3 : k);
  return flip ? reduced_number{-sum, -(b - (sum - a)), k_signed} : reduced_number{sum, b - (sum - a), k_signed};
}

// Lanes that are too large for the vector reduction.
template <class T, int N>
[[gnu::noinline]] inline void reduce_large_lanes(const T* x, std::uint64_t lanes_wanted, T* high, T* low, T* k) {
  for (int i = 0; i < N; ++i) {
    if (((lanes_wanted >> i) & 1) == 0) continue;
    const reduced_number r = reduce_large(static_cast<double>(x[i]));
    high[i] = static_cast<T>(r.high);
    low[i] = static_cast<T>((r.high - static_cast<double>(high[i])) + r.low);
    k[i] = static_cast<T>(r.k);
  }
}

template <int N>
TENON_INLINE reduced_angle<double, N> reduce_small(vec<double, N> x) {
  const vec<double, N> k = nearest(x, 0x1.45f306dc9c883p-1);
  // Parts of 33 bits: k, at most 20 bits, times each of them is exact.
  const vec<double, N> a = x - k * 0x1.921fb544p0;
  const auto b = two_sum(a, -(k * 0x1.0b4611a6p-34));
  const auto c = two_sum(b.high, -(k * 0x1.3198a2ep-69));
  const vec<double, N> low = (b.low + c.low) - k * 0x1.b839a252049c1p-104;
  const auto r = fast_two_sum(c.high, low);
  return {r.high, r.low, k};
}

template <int N>
TENON_INLINE reduced_angle<float, N> reduce_small(vec<float, N> x) {
  if constexpr (has_fma) {
    const vec<float, N> k = nearest(x, 0x1.45f306p-1f);
    const vec<float, N> a = fnma(k, 0x1.921fb4p0f, x), b = fnma(k, 0x1.4442dp-24f, a);
    return {fnma(k, 0x1.84698ap-48f, b), vec<float, N>(0.0f), k};
  } else if constexpr (N > lanes<double>) {
    const auto lower = reduce_small(lower_half(x)), upper = reduce_small(upper_half(x));
    return {join(lower.high, upper.high), join(lower.low, upper.low), join(lower.k, upper.k)};
  } else {
    const vec<double, N> d = convert<double>(x), k = nearest(d, 0x1.45f306dc9c883p-1);
    const vec<double, N> r = (d - k * 0x1.921fb544p0) - k * 0x1.0b4611a626331p-34;
    return {convert<float>(r), vec<float, N>(0.0f), convert<float>(k)};
  }
}

template <class T, int N>
TENON_INLINE reduced_angle<T, N> reduce_angle(vec<T, N> x) {
  constexpr T limit = is_float<T> ? T(1e5) : T(1e6);
  auto r = reduce_small(x);
  const std::uint64_t large = to_bits(~(abs(x) <= vec<T, N>(limit)));
  if (large != 0) [[unlikely]] {       // the other lanes keep what they have
    alignas(64) T values[N], high[N], low[N], k[N];
    x.store(values), r.high.store(high), r.low.store(low), r.k.store(k);
    reduce_large_lanes<T, N>(values, large, high, low, k);
    r = {vec<T, N>::load(high), vec<T, N>::load(low), vec<T, N>::load(k)};
  }
  return r;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail

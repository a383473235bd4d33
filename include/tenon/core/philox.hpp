#pragma once
// philox: random numbers as a function of (seed, position). No state, so element i of a tensor takes the number at
// position offset + i whatever the layout, dtype, number of threads or device, and any of them can be computed alone.
//
// Method     Philox4x32-10: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3". A 64-bit key
//            (the seed) and a 128-bit counter (the position; its upper half numbers the draws where one element needs
//            more than one block) go through ten rounds of two 32x32 -> 64-bit multiplications and give 128 random bits.
// Numbers    Each distribution reads one block of its own position: words v0 v1 v2 v3.
//   uniform    the top digits of 0.v0v1: 24 for float, 53 for double, 11 for half, 8 for bfloat16. All of them are the
//              same number cut to what the type holds exactly; so 0 <= u < 1 in every type.
//   normal     Box & Muller 1958: sqrt(-2 ln u) cos(2 pi w), u from v0v1 with half a unit added, so that it is never 0,
//              w from v2v3. Float takes 31 bits of u and 32 of w, double 52 and 54 bits of the same u and w; the
//              largest magnitudes are 6.7 and 8.5. Half types round float's number.
//   exponential  -ln u, with the u of `normal`; where float rounds that u to 1, the middle of what became 1, so never 0.
//   integer    lo + floor(v0v1 * (hi - lo) / 2^64): Lemire 2019 without the rejection; bias below (hi - lo) / 2^64.
//   bernoulli  uniform<double> < p.
// Precision  `normal` uses + - * / and square root only, each rounded by itself (no fused multiply-add), so that every
//            machine, CPU or GPU, vector or not, gives the same bits. It is within 2 eps r of the exact value for its u
//            and w, r = sqrt(-2 ln u). A vector kernel that follows it operation by operation keeps the bits.
// Cost       A block is 20 widening multiplications and 40 exclusive ors.
#include <tenon/core/build.hpp>
#include <tenon/core/half.hpp>

#include <concepts>
#include <type_traits>

namespace tenon::inline v0 {

namespace detail::random {

// a * b, rounded: compilers would fuse it with a following addition, each where it sees fit.
template <class T>
TENON_ALWAYS_INLINE TENON_HD T product(T a, T b) {
#if defined(__CUDA_ARCH__)
  if constexpr (sizeof(T) == 4) return __fmul_rn(a, b);
  else return __dmul_rn(a, b);
#else
  T r = a * b;
#if defined(__x86_64__) && defined(__GNUC__)
  asm("" : "+x"(r));
#elif defined(__aarch64__) && defined(__GNUC__)
  asm("" : "+w"(r));
#elif defined(__GNUC__)
  asm("" : "+m"(r));
#endif
  return r;
#endif
}

TENON_ALWAYS_INLINE TENON_HD float square_root(float x) { return __builtin_sqrtf(x); }
TENON_ALWAYS_INLINE TENON_HD double square_root(double x) { return __builtin_sqrt(x); }

// c[0] + c[1] z + ... by Horner. V is T, or a vector of T that brings a `product` of its own.
template <class T, int N, class V>
TENON_ALWAYS_INLINE TENON_HD V polynomial(const T (&c)[N], V z) {
  V p(c[N - 1]);
  for (int k = N - 2; k >= 0; --k) p = product(p, z) + V(c[k]);
  return p;
}

// What differs between float and double: the layout, and how many terms of each series are needed.
template <class T>
struct format;

template <>
struct format<float> {
  using bits = std::uint32_t;
  using integer = std::int32_t;
  static constexpr int mantissa = 23;
  static constexpr bits root_half = 0x3f3504f3;            // sqrt(1/2)
  template <class V>
  TENON_ALWAYS_INLINE TENON_HD static V logarithm_series(V z) {
    constexpr float c[] = {1.0f, 1.0f / 3, 1.0f / 5, 1.0f / 7, 1.0f / 9};
    return polynomial(c, z);
  }
  template <class V>
  TENON_ALWAYS_INLINE TENON_HD static V sine_series(V z) {
    constexpr float c[] = {1.0f, -1.0f / 6, 1.0f / 120, -1.0f / 5040, 1.0f / 362880};
    return polynomial(c, z);
  }
  template <class V>
  TENON_ALWAYS_INLINE TENON_HD static V cosine_series(V z) {
    constexpr float c[] = {1.0f, -1.0f / 2, 1.0f / 24, -1.0f / 720, 1.0f / 40320};
    return polynomial(c, z);
  }
};

template <>
struct format<double> {
  using bits = std::uint64_t;
  using integer = std::int64_t;
  static constexpr int mantissa = 52;
  static constexpr bits root_half = 0x3fe6a09e667f3bcd;    // sqrt(1/2)
  template <class V>
  TENON_ALWAYS_INLINE TENON_HD static V logarithm_series(V z) {
    constexpr double c[] = {1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9, 1.0 / 11,
                            1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
    return polynomial(c, z);
  }
  template <class V>
  TENON_ALWAYS_INLINE TENON_HD static V sine_series(V z) {
    constexpr double c[] = {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
                            1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000};
    return polynomial(c, z);
  }
  template <class V>
  TENON_ALWAYS_INLINE TENON_HD static V cosine_series(V z) {
    constexpr double c[] = {1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800,
                            1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000};
    return polynomial(c, z);
  }
};

// ln x for a normal x > 0:  x = 2^e m,  sqrt(1/2) <= m < sqrt(2),  ln m = 2 artanh(s) with s = (m - 1) / (m + 1).
template <class T>
TENON_ALWAYS_INLINE TENON_HD T logarithm(T x) {
  using f = format<T>;
  using bits = typename f::bits;
  using integer = typename f::integer;
  const bits b = __builtin_bit_cast(bits, x);
  const integer e = static_cast<integer>(b - f::root_half) >> f::mantissa;
  const T m = __builtin_bit_cast(T, b - (static_cast<bits>(e) << f::mantissa));
  const T s = (m - 1) / (m + 1);
  const T series = f::logarithm_series(product(s, s));
  return product(static_cast<T>(e), static_cast<T>(0.69314718055994530942)) + product(s + s, series);
}

// cos(pi / 2 * (quadrant + t)) for |t| <= 1/2.
template <class T>
TENON_ALWAYS_INLINE TENON_HD T cosine(unsigned quadrant, T t) {
  using f = format<T>;
  const T x = product(t, static_cast<T>(1.57079632679489661923));
  const T z = product(x, x);
  const T c = f::cosine_series(z), s = product(x, f::sine_series(z));
  const T r = (quadrant & 1) != 0 ? s : c;
  return ((quadrant + 1) & 2) != 0 ? -r : r;               // quadrants 0..3: cos, -sin, -cos, sin
}

// The upper half of a 128-bit product, from 32-bit pieces.
TENON_ALWAYS_INLINE TENON_HD constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t al = a & 0xffffffffu, ah = a >> 32, bl = b & 0xffffffffu, bh = b >> 32;
  const std::uint64_t m = ah * bl + (al * bl >> 32), n = al * bh + (m & 0xffffffffu);
  return ah * bh + (m >> 32) + (n >> 32);
}

}  // namespace detail::random

struct philox {
  std::uint64_t seed = 0;

  struct block_type {
    std::uint32_t v[4];
    TENON_ALWAYS_INLINE TENON_HD constexpr std::uint64_t low() const { return std::uint64_t{v[0]} << 32 | v[1]; }    // v0v1
    TENON_ALWAYS_INLINE TENON_HD constexpr std::uint64_t high() const { return std::uint64_t{v[2]} << 32 | v[3]; }   // v2v3
  };

  // 128 random bits. `draw` numbers further blocks for the same position.
  TENON_ALWAYS_INLINE TENON_HD constexpr block_type block(std::uint64_t position, std::uint64_t draw = 0) const {
    std::uint32_t c0 = static_cast<std::uint32_t>(position), c1 = static_cast<std::uint32_t>(position >> 32);
    std::uint32_t c2 = static_cast<std::uint32_t>(draw), c3 = static_cast<std::uint32_t>(draw >> 32);
    std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p = std::uint64_t{0xD2511F53u} * c0, q = std::uint64_t{0xCD9E8D57u} * c2;
      c0 = static_cast<std::uint32_t>(q >> 32) ^ c1 ^ k0;
      c1 = static_cast<std::uint32_t>(q);
      c2 = static_cast<std::uint32_t>(p >> 32) ^ c3 ^ k1;
      c3 = static_cast<std::uint32_t>(p);
      k0 += 0x9E3779B9u;                                   // golden ratio
      k1 += 0xBB67AE85u;                                   // sqrt(3) - 1
    }
    return {{c0, c1, c2, c3}};
  }

  // In [0, 1).   T: float, double, half, bfloat16.
  template <class T>
  TENON_ALWAYS_INLINE TENON_HD constexpr T uniform(std::uint64_t position) const {
    const block_type b = block(position);
    if constexpr (std::is_same_v<T, double>) return static_cast<double>(b.low() >> 11) * 0x1p-53;
    else if constexpr (std::is_same_v<T, half>) return T(static_cast<float>(b.v[0] >> 21) * 0x1p-11f);
    else if constexpr (std::is_same_v<T, bfloat16>) return T(static_cast<float>(b.v[0] >> 24) * 0x1p-8f);
    else {
      static_assert(std::is_same_v<T, float>, "uniform<T> is for float, double, half and bfloat16");
      return static_cast<float>(b.v[0] >> 8) * 0x1p-24f;
    }
  }

  // Mean 0, variance 1.   T: float, double, half, bfloat16.
  template <class T>
  TENON_ALWAYS_INLINE TENON_HD T normal(std::uint64_t position) const {
    namespace r = detail::random;
    const block_type b = block(position);
    if constexpr (std::is_same_v<T, double>) {
      const double u = static_cast<double>(static_cast<std::int64_t>(b.low() >> 12)) * 0x1p-52 + 0x1p-53;
      const std::uint64_t turned = b.high() + (std::uint64_t{1} << 61);                // + half a quadrant
      const std::int64_t rest = static_cast<std::int64_t>(turned & 0x3fffffffffffffff) - (std::int64_t{1} << 61);
      const double t = static_cast<double>(rest >> 10) * 0x1p-52;
      return r::product(r::square_root(r::product(-2.0, r::logarithm(u))),
                        r::cosine(static_cast<unsigned>(turned >> 62), t));
    } else if constexpr (std::is_same_v<T, float>) {
      const float u = static_cast<float>(static_cast<std::int32_t>(b.v[0] >> 1)) * 0x1p-31f + 0x1p-32f;
      const std::uint32_t turned = b.v[2] + (std::uint32_t{1} << 29);
      const std::int32_t rest = static_cast<std::int32_t>(turned & 0x3fffffff) - (std::int32_t{1} << 29);
      const float t = static_cast<float>(rest) * 0x1p-30f;
      return r::product(r::square_root(r::product(-2.0f, r::logarithm(u))), r::cosine(turned >> 30, t));
    } else {
      static_assert(std::is_same_v<T, half> || std::is_same_v<T, bfloat16>,
                    "normal<T> is for float, double, half and bfloat16");
      return T(normal<float>(position));
    }
  }

  // Mean 1, above 0.   T: float, double, half, bfloat16.
  template <class T>
  TENON_ALWAYS_INLINE TENON_HD T exponential(std::uint64_t position) const {
    namespace r = detail::random;
    const block_type b = block(position);
    if constexpr (std::is_same_v<T, double>) {
      return -r::logarithm(static_cast<double>(static_cast<std::int64_t>(b.low() >> 12)) * 0x1p-52 + 0x1p-53);
    } else if constexpr (std::is_same_v<T, float>) {
      const float u = static_cast<float>(static_cast<std::int32_t>(b.v[0] >> 1)) * 0x1p-31f + 0x1p-32f;
      return u < 1.0f ? -r::logarithm(u) : 0x1p-26f;
    } else {
      static_assert(std::is_same_v<T, half> || std::is_same_v<T, bfloat16>, "exponential<T> is for float, double, half and bfloat16");
      return T(exponential<float>(position));
    }
  }

  // In [lo, hi); lo where hi <= lo.
  template <std::integral I>
    requires(!std::same_as<I, bool> && sizeof(I) <= 8)
  TENON_ALWAYS_INLINE TENON_HD constexpr I integer(std::uint64_t position, I lo, I hi) const {
    if (hi <= lo) return lo;
    const std::uint64_t first = static_cast<std::uint64_t>(lo), count = static_cast<std::uint64_t>(hi) - first;
    return static_cast<I>(first + detail::random::multiply_high(block(position).low(), count));
  }

  // True with probability p: never for p <= 0 or NaN, always for p >= 1.
  TENON_ALWAYS_INLINE TENON_HD constexpr bool bernoulli(std::uint64_t position, double p) const {
    return uniform<double>(position) < p;
  }
};

}  // namespace tenon::inline v0

#pragma once
// Random numbers on the CPU: kernels/random.hpp in vectors, with the same bits as philox itself.
//
// Method     One position per 64-bit lane; of each word only the low 32 bits count, since that is all the widening
//            multiplication reads. So a round is two multiplications, two shifts and four exclusive ors, and nothing
//            moves between lanes. Four blocks go side by side. The words then become float (half a register) or double.
// Precision  + - * / and square root one by one, as in core/philox.hpp; `*` of a vec is never fused.
// Cost       ns each on one server core: uniform 0.7 (AVX-512), 2.0 (AVX2), 4 (SSE4.2); normal float 1.9, 4.7, 9;
//            normal double 2.9, 7, 14. bench/random.cpp.
// Tried      32-bit lanes, even and odd products merged again: 17 instructions a round for twice the lanes, against 12.
//            One block at a time: 1.2 instead of 0.7 ns, because a round waits for its multiplications.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/cpu/simd/widen.hpp>
#include <tenon/kernels/random.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

// The vectors' part in the formulas that core/philox.hpp shares (found by argument type).
template <class T, int N>
TENON_INLINE vec<T, N> product(vec<T, N> a, vec<T, N> b) {
  return a * b;
}

namespace rng {

inline constexpr int width = lanes<std::uint64_t>;
inline constexpr index_t elements_at_once = 8 * 1024;

using word = vec<std::uint64_t>;

// The words of philox::block at N positions, each in the low half of a lane. What is above must not be looked at.
struct words {
  word v[4];
  TENON_INLINE word low() const { return (v[0] << 32) | (v[1] & word(std::uint64_t{0xffffffff})); }
  TENON_INLINE word high() const { return (v[2] << 32) | (v[3] & word(std::uint64_t{0xffffffff})); }
};

// The keys of the ten rounds.
struct key_schedule {
  std::uint64_t k0[10], k1[10];
  explicit key_schedule(std::uint64_t seed) {
    for (std::uint32_t round = 0; round < 10; ++round) {
      k0[round] = static_cast<std::uint32_t>(seed) + round * 0x9E3779B9u;
      k1[round] = static_cast<std::uint32_t>(seed >> 32) + round * 0xBB67AE85u;
    }
  }
};

TENON_INLINE words counters(word position) {
  const word zero(std::uint64_t{0});
  return {{position, position >> 32, zero, zero}};
}

TENON_INLINE void one_round(words& c, std::uint64_t k0, std::uint64_t k1) {
  const word p = multiply_low(word(std::uint64_t{0xD2511F53}), c.v[0]),
             q = multiply_low(word(std::uint64_t{0xCD9E8D57}), c.v[2]);
  c = {{(q >> 32) ^ c.v[1] ^ word(k0), q, (p >> 32) ^ c.v[3] ^ word(k1), p}};
}

// Counters into numbers. Several blocks side by side: each waits for its multiplications, and the others fill the time.
// (As an array they would live in memory: g++ unrolls loops after it has given variables their registers.)
template <class... Words>
TENON_INLINE void ten_rounds(const key_schedule& key, Words&... c) {
  [&]<int... Round>(std::integer_sequence<int, Round...>) TENON_INLINE_LAMBDA {
    const auto all = [&](int round) TENON_INLINE_LAMBDA {
      (one_round(c, key.k0[round], key.k1[round]), ...);
    };
    (all(Round), ...);
  }
  (std::make_integer_sequence<int, 10>{});
}

// floor(a * b / 2^64).
TENON_INLINE word multiply_high(word a, word b) {
  const word ah = a >> 32, bh = b >> 32;
  const word m = multiply_low(ah, b) + (multiply_low(a, b) >> 32);
  const word n = multiply_low(a, bh) + (m & word(std::uint64_t{0xffffffff}));
  return multiply_low(ah, bh) + (m >> 32) + (n >> 32);
}

template <int N>
TENON_INLINE vec<float, N> to_float(vec<std::uint32_t, N> v) {  // v < 2^31
  return convert<float>(bitcast<std::int32_t>(v));
}

// The types' uniform numbers, as the compute type.
template <class T>
TENON_INLINE auto uniform_lanes(const words& b) {
  if constexpr (std::is_same_v<T, double>) {
    return convert<double>(bitcast<std::int64_t>(b.low() >> 11)) * 0x1p-53;
  } else {
    constexpr int digits = std::is_same_v<T, float> ? 24 : std::is_same_v<T, half> ? 11 : 8;
    constexpr float unit = 1.0f / (1 << digits);
    return to_float(convert<std::uint32_t>(b.v[0]) >> (32 - digits)) * unit;
  }
}

// ln x, x > 0 and normal; cos(pi / 2 (quadrant + t)). Step for step as in core/philox.hpp.
template <class T, int N>
TENON_INLINE vec<T, N> logarithm(vec<T, N> x) {
  using f = tenon::detail::random::format<T>;
  using bits = typename f::bits;
  using integer = typename f::integer;
  const auto b = bitcast<bits>(x);
  const auto e = bitcast<integer>(b - vec<bits, N>(f::root_half)) >> f::mantissa;
  const auto m = bitcast<T>(b - (bitcast<bits>(e) << f::mantissa));
  const auto s = (m - T{1}) / (m + T{1});
  return convert<T>(e) * static_cast<T>(0.69314718055994530942) + (s + s) * f::logarithm_series(s * s);
}
template <class T, int N, class Bits>
TENON_INLINE vec<T, N> cosine(vec<Bits, N> quadrant, vec<T, N> t) {
  using f = tenon::detail::random::format<T>;
  const vec<Bits, N> one(Bits{1}), two(Bits{2});
  const auto x = t * static_cast<T>(1.57079632679489661923), z = x * x;
  const auto r = select((quadrant & one) != Bits{0}, x * f::sine_series(z), f::cosine_series(z));
  return select(((quadrant + one) & two) != Bits{0}, -r, r);
}

template <class T>
TENON_INLINE auto normal_lanes(const words& b) {
  if constexpr (std::is_same_v<T, double>) {
    const auto u = convert<double>(bitcast<std::int64_t>(b.low() >> 12)) * 0x1p-52 + 0x1p-53;
    const word turned = b.high() + word(std::uint64_t{1} << 61);
    const auto rest =
        bitcast<std::int64_t>((turned & word(std::uint64_t{0x3fffffffffffffff})) - word(std::uint64_t{1} << 61));
    return sqrt(logarithm(u) * -2.0) * cosine(turned >> 62, convert<double>(rest >> 10) * 0x1p-52);
  } else {
    using word32 = vec<std::uint32_t, width>;
    const auto u = to_float(convert<std::uint32_t>(b.v[0]) >> 1) * 0x1p-31f + 0x1p-32f;
    const word32 turned = convert<std::uint32_t>(b.v[2]) + word32(std::uint32_t{1} << 29);
    const auto rest = bitcast<std::int32_t>((turned & word32(0x3fffffffu)) - word32(std::uint32_t{1} << 29));
    return sqrt(logarithm(u) * -2.0f) * cosine(turned >> 30, convert<float>(rest) * 0x1p-30f);
  }
}

template <class T>
TENON_INLINE auto exponential_lanes(const words& b) {
  if constexpr (std::is_same_v<T, double>) {
    return -logarithm(convert<double>(bitcast<std::int64_t>(b.low() >> 12)) * 0x1p-52 + 0x1p-53);
  } else {
    const auto u = to_float(convert<std::uint32_t>(b.v[0]) >> 1) * 0x1p-31f + 0x1p-32f;
    return select(u < 1.0f, -logarithm(u), decltype(u)(0x1p-26f));
  }
}

// out[i] = make(words at position first + i), stored as T. The tail is the same vector, partly stored.
template <class T, class Make>
void fill(const context& ctx, const random_plan& p, T* out, Make make) {
  const key_schedule key(p.numbers.seed);
  ctx.parallel((p.n + elements_at_once - 1) / elements_at_once, [&](index_t piece) {
    const index_t begin = piece * elements_at_once;
    const index_t end = begin + elements_at_once < p.n ? begin + elements_at_once : p.n;
    const auto at = [&](index_t i) TENON_INLINE_LAMBDA {
      return counters(word(p.first + static_cast<std::uint64_t>(i)) + word::iota());
    };
    index_t i = begin;
    for (; i + 4 * width <= end; i += 4 * width) {
      words a = at(i), b = at(i + width), c = at(i + 2 * width), d = at(i + 3 * width);
      ten_rounds(key, a, b, c, d);
      store_as<T>(out + i, make(a));
      store_as<T>(out + i + width, make(b));
      store_as<T>(out + i + 2 * width, make(c));
      store_as<T>(out + i + 3 * width, make(d));
    }
    for (; i < end; i += width) {
      words a = at(i);
      ten_rounds(key, a);
      if (i + width <= end)
        store_as<T>(out + i, make(a));
      else
        store_as<T>(out + i, make(a), end - i);
    }
  });
}

// y -> offset + y * factor, or y itself.
template <class C>
struct affine {
  C factor, offset;
  bool identity;
  TENON_INLINE affine(double f, double o)
      : factor(static_cast<C>(f)), offset(static_cast<C>(o)), identity(f == 1 && o == 0) {}
  template <int N>
  TENON_INLINE vec<C, N> operator()(vec<C, N> y) const {
    return identity ? y : y * vec<C, N>(factor) + vec<C, N>(offset);
  }
};
template <class T>
using compute = std::conditional_t<std::is_same_v<T, double>, double, float>;

}  // namespace rng

// T: float, double, half, bfloat16.
template <class T>
void random_uniform(const context& ctx, const random_plan& p, double low, double high, T* out) {
  using C = rng::compute<T>;
  const rng::affine<C> f(static_cast<C>(high) - static_cast<C>(low), low);
  rng::fill(ctx, p, out, [f](const rng::words& b) { return f(rng::uniform_lanes<T>(b)); });
}
template <class T>
void random_normal(const context& ctx, const random_plan& p, double mean, double deviation, T* out) {
  const rng::affine<rng::compute<T>> f(deviation, mean);
  rng::fill(ctx, p, out, [f](const rng::words& b) { return f(rng::normal_lanes<T>(b)); });
}

// e / rate, which must not be 0.
template <class T>
void random_exponential(const context& ctx, const random_plan& p, double rate, T* out) {
  using C = rng::compute<T>;
  rng::fill(ctx, p, out, [rate = static_cast<C>(rate)](const rng::words& b) {
    const auto e = rng::exponential_lanes<T>(b);
    return rate == C{1} ? e : e / decltype(e)(rate);
  });
}

// T: the integers. low in all elements where high <= low.
template <class T>
void random_integer(const context& ctx, const random_plan& p, std::int64_t low, std::int64_t high, T* out) {
  const std::uint64_t count = high > low ? static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) : 0;
  rng::fill(ctx, p, out, [low, count](const rng::words& b) {
    return bitcast<std::int64_t>(rng::multiply_high(b.low(), rng::word(count)) +
                                 rng::word(static_cast<std::uint64_t>(low)));
  });
}

// T: any element type that numbers can be stored as.
template <class T>
void random_bernoulli(const context& ctx, const random_plan& p, double probability, T* out) {
  if constexpr (std::is_integral_v<T>) {                   // k / 2^53 < p where k < ceil(p 2^53); both sides are exact
    const double scaled = probability * 0x1p53;
    const auto below = !(scaled > 0) ? 0 : scaled >= 0x1p53 ? std::int64_t{1} << 53 : static_cast<std::int64_t>(scaled);
    const std::int64_t threshold = below + (static_cast<double>(below) < scaled && scaled < 0x1p53 ? 1 : 0);
    rng::fill(ctx, p, out, [threshold](const rng::words& b) {
      using V = vec<std::int64_t>;
      return V::one_where(bitcast<std::int64_t>(b.low() >> 11) < V(threshold));
    });
  } else {
    rng::fill(ctx, p, out, [probability](const rng::words& b) {
      return vec<double>::one_where(rng::uniform_lanes<double>(b) < vec<double>(probability));
    });
  }
}

// out[i] = 1 with probability p[i], else 0. P: a floating type; p is dense.
template <class T, class P>
void random_bernoulli(const context& ctx, const random_plan& plan, const P* p, T* out) {
  using V = vec<double>;
  constexpr int N = V::size;
  const rng::key_schedule key(plan.numbers.seed);
  ctx.parallel((plan.n + rng::elements_at_once - 1) / rng::elements_at_once, [&](index_t piece) {
    const index_t begin = piece * rng::elements_at_once;
    const index_t end = begin + rng::elements_at_once < plan.n ? begin + rng::elements_at_once : plan.n;
    for (index_t i = begin; i < end; i += N) {
      const index_t n = end - i < N ? end - i : N;
      rng::words w = rng::counters(rng::word(plan.first + static_cast<std::uint64_t>(i)) + rng::word::iota());
      rng::ten_rounds(key, w);
      store_as<T>(out + i, V::one_where(rng::uniform_lanes<double>(w) < load_as<double>(p + i, n)), n);
    }
  });
}

// ---- the distributions by name -----------------------------------------------------------------------------------------
template <class T, class Numbers>
status run_random(const context& ctx, const random_plan& p, const Numbers& what, T* out) {
  if constexpr (std::is_same_v<Numbers, uniform_numbers>) random_uniform(ctx, p, what.low, what.high, out);
  else if constexpr (std::is_same_v<Numbers, normal_numbers>) random_normal(ctx, p, what.mean, what.deviation, out);
  else if constexpr (std::is_same_v<Numbers, exponential_numbers>) random_exponential(ctx, p, what.rate, out);
  else if constexpr (std::is_same_v<Numbers, integer_numbers>) random_integer(ctx, p, what.low, what.high, out);
  else random_bernoulli(ctx, p, what.p, out);
  return {};
}

template <class T, class Numbers>
constexpr typename random_kernel<T, Numbers>::function function_of(random_kernel<T, Numbers>, this_arch) {
  return &run_random<T, Numbers>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

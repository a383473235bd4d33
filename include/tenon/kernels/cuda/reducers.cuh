#pragma once
// What is folded by a reduction on a GPU: for each kind a state, the element that it takes, the merging of two, and the results.
//
//   nothing()   add(options, state, x, position)   merged(options, a, b), which does not mind the order   finish(options, state)
//   words_at_once   where `add` is long and no position matters: how many words of elements are added in straight code
//
// Precision  sums in two words (block.cuh), so that their error does not grow with the length; moments in double, by Welford's
//            recurrence with a mean of two words, merged as on the CPU (Chan, Golub & LeVeque 1979); norms in double.
#include <tenon/kernels/cuda/block.cuh>
#include <tenon/kernels/reduction.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM::reduction {

template <class T>
using sum_of = std::conditional_t<std::is_integral_v<T>, index_t, compute_t<T>>;
template <class T>
using ordered = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, compute_t<T>>;
// States travel between lanes in words of 4 bytes.
template <class C>
inline constexpr std::size_t word_aligned = alignof(C) < 4 ? 4 : alignof(C);
template <class T>
TENON_INLINE __device__ ordered<T> magnitude(ordered<T> x) {
  return abs(lane<ordered<T>>(x)).v;
}

template <class T, bool Magnitudes>
struct sum {
  using C = sum_of<T>;
  using state = std::conditional_t<std::is_integral_v<C>, lane<index_t>, two_words<C>>;
  __device__ static state nothing() { return state{}; }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    C v = convert_element<C>(x);
    if constexpr (Magnitudes) v = abs(lane<C>(v)).v;
    if constexpr (std::is_integral_v<C>) s = s + lane<index_t>(v);
    else s.add(v);
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    if constexpr (std::is_integral_v<C>) return a + b;
    else return merge(a, b);
  }
  __device__ static pack<C> finish(const reduction_options& o, state s) {
    if constexpr (std::is_integral_v<C>) return make_pack(s.v);
    else return make_pack(s.value() / static_cast<C>(o.divisor) + C(0));
  }
};

template <class T>
struct product {
  using C = sum_of<T>;
  using state = lane<C>;
  __device__ static state nothing() { return state(1); }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) { s = s * state(convert_element<C>(x)); }
  __device__ static state merged(const reduction_options&, state a, state b) { return a * b; }
  __device__ static pack<C> finish(const reduction_options&, state s) { return make_pack(s.v); }
};

template <class T>
struct nonzero {
  using state = lane<index_t>;
  __device__ static state nothing() { return state(0); }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) { s = state(s.v + (convert_element<bool>(x) ? 1 : 0)); }
  __device__ static state merged(const reduction_options&, state a, state b) { return a + b; }
  __device__ static pack<index_t> finish(const reduction_options& o, state s) {
    if (o.result == reduction_result::any) return make_pack(index_t{s.v != 0});
    if (o.result == reduction_result::all) return make_pack(index_t{s.v == o.count});
    return make_pack(s.v);
  }
};

// NaN wins. Largest: whether the larger one is wanted.
template <class T, bool Largest, bool Magnitudes>
struct extremum {
  using C = ordered<T>;
  using limits = std::numeric_limits<C>;
  struct alignas(word_aligned<C>) state {
    C v;
  };
  __device__ static state nothing() {
    if constexpr (limits::has_infinity) return {static_cast<C>(Largest ? -__builtin_huge_val() : __builtin_huge_val())};
    else return {Largest ? limits::lowest() : limits::max()};
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    return {Largest ? maximum(lane<C>(a.v), lane<C>(b.v)).v : minimum(lane<C>(a.v), lane<C>(b.v)).v};
  }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    C v = convert_element<C>(x);
    if constexpr (Magnitudes) v = magnitude<T>(v);
    s = merged({}, s, state{v});
  }
  __device__ static pack<C> finish(const reduction_options&, state s) { return make_pack(s.v); }
};

template <class T>
struct extremes {
  using low = extremum<T, false, false>;
  using high = extremum<T, true, false>;
  struct state {
    typename low::state least;
    typename high::state greatest;
  };
  __device__ static state nothing() { return {low::nothing(), high::nothing()}; }
  __device__ static state merged(const reduction_options& o, state a, state b) {
    return {low::merged(o, a.least, b.least), high::merged(o, a.greatest, b.greatest)};
  }
  __device__ static void add(const reduction_options& o, state& s, T x, index_t at) {
    low::add(o, s.least, x, at);
    high::add(o, s.greatest, x, at);
  }
  __device__ static pack<typename low::C, typename high::C> finish(const reduction_options&, state s) { return make_pack(s.least.v, s.greatest.v); }
};

// The first position of the extremum; of NaN, if there is one.
template <class T, bool Largest>
struct position {
  using C = ordered<T>;
  struct state {
    index_t at;                                           // below 0: nothing yet
    alignas(word_aligned<C>) C v;
  };
  __device__ static state nothing() { return {-1, C(0)}; }
  // Whether b goes before a.
  __device__ static bool before(const state& a, const state& b) {
    if (b.at < 0 || a.at < 0) return a.at < 0;
    const bool a_nan = a.v != a.v, b_nan = b.v != b.v;
    if (a_nan || b_nan) return a_nan && b_nan ? b.at < a.at : b_nan;
    if (a.v == b.v) return b.at < a.at;
    return Largest ? b.v > a.v : b.v < a.v;
  }
  __device__ static state merged(const reduction_options&, state a, state b) { return before(a, b) ? b : a; }
  __device__ static void add(const reduction_options&, state& s, T x, index_t at) { s = merged({}, s, state{at, convert_element<C>(x)}); }
  __device__ static pack<C, index_t> finish(const reduction_options&, state s) { return make_pack(s.v, s.at < 0 ? index_t{0} : s.at); }
};

template <class T>
struct moments {
  static constexpr int words_at_once = 1;
  struct state {
    double n;
    two_words<double> mean;
    double squares;                                       // of the distances from the mean
  };
  __device__ static state nothing() { return {0, {0, 0}, 0}; }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    const double v = convert_element<double>(x), d = (v - s.mean.high) - s.mean.low, before = s.n, undefined = d - d;       // 0, or NaN
    s.n += 1;
    if (undefined == 0) s.mean.add(d / s.n);
    else s.mean = {s.mean.high + v, 0};                   // infinite values have no distance, but a sum
    // Not d (v - mean): of two elements that are nearly equal, d is exact and the rounded mean is not.
    s.squares += d * d * (before / s.n) + undefined;
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    if (a.n == 0) return b;
    if (b.n == 0) return a;
    // From the side of the smaller count (or mean), so that the order of a and b does not matter to a bit.
    const auto &p = a.mean, &q = b.mean;
    if (b.n < a.n || (b.n == a.n && (q.high < p.high || (q.high == p.high && q.low < p.low)))) {
      const state c = a;
      a = b;
      b = c;
    }
    const double n = a.n + b.n, share = b.n / n, d = (b.mean.high - a.mean.high) + (b.mean.low - a.mean.low);
    if (d == d) a.mean.add(rounded_product(d, share));
    else a.mean = {a.mean.high + b.mean.high, 0};
    return {n, a.mean, a.squares + b.squares + d * d * (a.n * share)};
  }
  __device__ static pack<double, double> finish(const reduction_options& o, state s) {
    const double nan = __builtin_nan("");
    const double variance = (s.n == 0 ? nan : s.squares < 0 ? 0.0 : s.squares) / o.divisor;
    return make_pack(o.result == reduction_result::root ? sqrt(lane<double>(variance)).v : variance, s.n == 0 ? nan : s.mean.value());
  }
};

// The sum of squares in units of scale^2, so that nothing overflows or vanishes (LAPACK's lassq); in double for all types.
template <class T>
struct sum_of_squares {
  static constexpr int words_at_once = 1;
  struct state {
    double scale, sum;
  };
  __device__ static state nothing() { return {0, 0}; }
  __device__ static state rescaled(state s, double to) {
    if (s.scale == to || s.scale == 0) return {to, s.sum};
    const double ratio = s.scale / to;
    return {to, s.sum * (ratio * ratio)};
  }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    const double v = abs(lane<double>(convert_element<double>(x))).v;
    if (!(v <= s.scale)) s = rescaled(s, v);              // NaN, too
    if (v != 0) {
      const double ratio = v == s.scale ? 1 : v / s.scale;
      s.sum += ratio * ratio;
    }
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    const double to = a.scale != a.scale || a.scale >= b.scale ? a.scale : b.scale;
    return {to, rescaled(a, to).sum + rescaled(b, to).sum};
  }
  __device__ static pack<double> finish(const reduction_options&, state s) {
    if (s.scale == 0) return make_pack(0.0);
    return make_pack(s.scale - s.scale == 0 ? s.scale * sqrt(lane<double>(s.sum)).v : s.scale);       // infinity, NaN
  }
};

// m: the largest magnitude (p < 0: the smallest); the sum of (|x| / m)^p, of which each term is at most 1, in two words.
// norm = m q^(1/p). q is 0 for nothing alone: m's own term is 1.
template <class T>
struct sum_of_powers {
  static constexpr int words_at_once = 1;
  struct state {
    double m;
    two_words<double> q;
  };
  // Where the ratio itself would leave the normal range, its p-th power need not: there the logarithms are subtracted.
  __device__ static double power(double x, double m, double p) {
    if (x == m) return 1;
    const double r = x / m;
    const double l = r < 0x1p-1000 || r > 0x1p1000 ? log(lane<double>(x)).v - log(lane<double>(m)).v : log(lane<double>(r)).v;
    return exp(lane<double>(p * l)).v;
  }
  __device__ static state nothing() { return {0, {0, 0}}; }
  __device__ static state merged(const reduction_options& o, state a, state b) {
    if (b.q.high == 0) return a;
    if (a.q.high == 0) return b;
    if (b.m != b.m || (o.power > 0 ? b.m > a.m : b.m < a.m)) {        // NaN wins, too
      const state c = a;
      a = b;
      b = c;
    }
    a.q = merge(a.q, two_words<double>{rounded_product(b.q.value(), power(b.m, a.m, o.power)), 0});
    return a;
  }
  __device__ static void add(const reduction_options& o, state& s, T x, index_t) {
    s = merged(o, s, {abs(lane<double>(convert_element<double>(x))).v, {1, 0}});
  }
  __device__ static pack<double> finish(const reduction_options& o, state s) {
    return make_pack(s.m == 0 ? 0.0 : s.m * exp(lane<double>(log(lane<double>(s.q.value())).v / o.power)).v);
  }
};

// m: the largest number; the sum of exp(x - m) in two words. Integers in double.
template <class T>
struct logsumexp {
  static constexpr int words_at_once = 2;
  using C = std::conditional_t<std::is_integral_v<T>, double, compute_t<T>>;
  struct state {
    C m;
    two_words<C> l;
  };
  __device__ static C finite_or_zero(C m) { return m - m == C(0) ? m : C(0); }
  __device__ static C power(C x) { return exp(lane<C>(x)).v; }
  __device__ static state nothing() { return {static_cast<C>(-__builtin_huge_val()), {C(0), C(0)}}; }
  __device__ static state scaled(state s, C to) {
    if (s.m == to) return s;
    const C by = power(s.m - finite_or_zero(to));
    s.l = {s.l.value() * by, C(0)};
    return s;
  }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    const C v = convert_element<C>(x);
    if (v > s.m) s = state{v, scaled(s, v).l};
    s.l.add(power(v - finite_or_zero(s.m)));
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    const C m = a.m < b.m ? b.m : a.m;
    return {m, merge(scaled(a, m).l, scaled(b, m).l)};
  }
  __device__ static pack<C> finish(const reduction_options&, state s) {
    return make_pack(finite_or_zero(s.m) + log(lane<C>(s.l.value())).v);
  }
};

// ---- the kinds by name -------------------------------------------------------------------------------------------------
template <reduction_kind Kind, class T>
struct kind_of;
template <class T>
struct kind_of<reduction_kind::sum, T> { using type = sum<T, false>; };
template <class T>
struct kind_of<reduction_kind::sum_of_magnitudes, T> { using type = sum<T, true>; };
template <class T>
struct kind_of<reduction_kind::product, T> { using type = product<T>; };
template <class T>
struct kind_of<reduction_kind::nonzero, T> { using type = nonzero<T>; };
template <class T>
struct kind_of<reduction_kind::minimum, T> { using type = extremum<T, false, false>; };
template <class T>
struct kind_of<reduction_kind::maximum, T> { using type = extremum<T, true, false>; };
template <class T>
struct kind_of<reduction_kind::least_magnitude, T> { using type = extremum<T, false, true>; };
template <class T>
struct kind_of<reduction_kind::greatest_magnitude, T> { using type = extremum<T, true, true>; };
template <class T>
struct kind_of<reduction_kind::extremes, T> { using type = extremes<T>; };
template <class T>
struct kind_of<reduction_kind::argmin, T> { using type = position<T, false>; };
template <class T>
struct kind_of<reduction_kind::argmax, T> { using type = position<T, true>; };
template <class T>
struct kind_of<reduction_kind::sum_of_squares, T> { using type = sum_of_squares<T>; };
template <class T>
struct kind_of<reduction_kind::sum_of_powers, T> { using type = sum_of_powers<T>; };
template <class T>
struct kind_of<reduction_kind::moments, T> { using type = moments<T>; };
template <class T>
struct kind_of<reduction_kind::logsumexp, T> { using type = logsumexp<T>; };

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM::reduction

#pragma once
// fold: a sequence of elements to one value, by an associative operation, as a balanced tree of vectors.
//
//   fold_run      a dense run:  combine(term(x_0), ..., term(x_{n-1})), left as N lanes for the caller to combine
//   fold_column   N neighbouring columns of a few rows: each lane its own column
//
// A run is walked as a matrix of one cache line a row. Four rows at a time go to four accumulators, eight times; these are
// combined pairwise, and the results of such blocks (2 KiB) merged like the digits of a binary counter. So a sum of n terms has at
// most log2 n + 8 roundings on any path, and, the rows being as long for every instruction set, the same bits on all of
// them. The loads of a block are one small loop in the order of memory, which the prefetcher follows. (Tried on Zen 4, 64 MiB: the
// counter after every eight loads, in the order that the compiler chose for them, took 1.4 times as long; the same in eight
// streams at once 1.15 times.)
//
// A fold's value is a vec, or a struct of vecs (`both`). The operation comes with its neutral element:
//   struct plus { combine(a, b); identity<V>(); }
// The missing lanes of the last vector, loaded as 0, are set to it; not in a sum whose term says that it `keeps_zero`.
#include <tenon/core/dtype.hpp>
#include <tenon/core/pack.hpp>
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

// Two folds in one pass.
template <class A, class B = A>
struct both {
  A a;
  B b;
};

struct plus {
  template <class V>
  TENON_INLINE static V identity() { return V(typename V::value_type(0)); }
  template <class V>
  TENON_INLINE static V combine(V a, V b) { return a + b; }
};
struct times {
  template <class V>
  TENON_INLINE static V identity() { return V(typename V::value_type(1)); }
  template <class V>
  TENON_INLINE static V combine(V a, V b) { return a * b; }
};

// What is below and above everything. (Variables, so that no function of the standard library is left to be called.)
template <class T>
inline constexpr T lowest_of = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
template <class T>
inline constexpr T highest_of = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
// NaN if any is.
struct greatest {
  template <class V>
  TENON_INLINE static V identity() { return V(lowest_of<typename V::value_type>); }
  template <class V>
  TENON_INLINE static V combine(V a, V b) { return maximum(a, b); }
};
struct least {
  template <class V>
  TENON_INLINE static V identity() { return V(highest_of<typename V::value_type>); }
  template <class V>
  TENON_INLINE static V combine(V a, V b) { return minimum(a, b); }
};
// The greatest where NaN need not survive: two instructions instead of six.
struct greatest_number {
  template <class V>
  TENON_INLINE static V identity() { return greatest::identity<V>(); }
  template <class V>
  TENON_INLINE static V combine(V a, V b) { return select(a < b, b, a); }
};

template <class F, class G>
struct both_of {
  template <class S>
  TENON_INLINE static S identity() {
    return {F::template identity<decltype(S::a)>(), G::template identity<decltype(S::b)>()};
  }
  template <class A, class B>
  TENON_INLINE static both<A, B> combine(both<A, B> x, both<A, B> y) {
    return {F::combine(x.a, y.a), G::combine(x.b, y.b)};
  }
};

// The first n lanes of s, the rest from `other`.
template <class T, int N>
TENON_INLINE vec<T, N> first_lanes_of(vec<T, N> s, index_t n, vec<T, N> other) {
  return select(mask<T, N>::first(n), s, other);
}
template <class A, class B>
TENON_INLINE both<A, B> first_lanes_of(both<A, B> s, index_t n, both<A, B> other) {
  return {first_lanes_of(s.a, n, other.a), first_lanes_of(s.b, n, other.b)};
}

struct itself {
  static constexpr bool keeps_zero = true;
  template <class V>
  TENON_INLINE V operator()(V v) const { return v; }
};

struct magnitude {
  static constexpr bool keeps_zero = true;
  template <class V>
  TENON_INLINE V operator()(V v) const { return abs(v); }
};

template <class F, class At>
TENON_INLINE auto combine_eight(At at) {
  const auto v0 = at(0), v1 = at(1), v2 = at(2), v3 = at(3), v4 = at(4), v5 = at(5), v6 = at(6), v7 = at(7);    // in order
  return F::combine(F::combine(F::combine(v0, v1), F::combine(v2, v3)), F::combine(F::combine(v4, v5), F::combine(v6, v7)));
}

template <class C, int N>
inline constexpr int fold_ways = 64 / (N * static_cast<int>(sizeof(C)));
inline constexpr index_t fold_block = 8;                   // groups of four rows
inline constexpr int fold_depth = 12;                      // 2^11 blocks of 2 KiB: more than a unit has
// One line of each block is asked for so many bytes before its turn, which looks up its page (Zen 4, 64 MiB in pages of 4 KiB: 1.03 to 1.17
// times as fast; in huge pages the same).
inline constexpr index_t fold_ahead = 32 * 1024;

// x is loaded as C; N lanes at a time.
template <class F, class C, int N, class T, class Term = itself>
TENON_INLINE auto fold_run(const T* x, index_t n, Term term = {}) {
  using S = decltype(term(vec<C, N>()));
  constexpr int ways = fold_ways<C, N>;
  constexpr index_t step = index_t{N} * ways;
  const S nothing = F::template identity<S>();
  S waiting[fold_depth + 1][ways];
  int top = 0;
  const index_t groups = n / (4 * step);
  for (index_t group = 0, blocks = 1; group < groups; group += fold_block, ++blocks) {
    const T* at = x + group * 4 * step;
    const T* const end = x + (groups - group < fold_block ? groups : group + fold_block) * 4 * step;
    __builtin_prefetch(reinterpret_cast<const std::byte*>(at) + fold_ahead, 0, 2);
    S s[4][ways];
    for (int r = 0; r < 4; ++r)
      for (int w = 0; w < ways; ++w) s[r][w] = term(load_as<C, N>(at + r * step + w * N));
    for (at += 4 * step; at < end; at += 4 * step)
      for (int r = 0; r < 4; ++r)
        for (int w = 0; w < ways; ++w) s[r][w] = F::combine(s[r][w], term(load_as<C, N>(at + r * step + w * N)));
    for (int w = 0; w < ways; ++w) waiting[top][w] = F::combine(F::combine(s[0][w], s[1][w]), F::combine(s[2][w], s[3][w]));
    ++top;
    for (index_t k = blocks; (k & 1) == 0; k >>= 1) {
      --top;
      for (int w = 0; w < ways; ++w) waiting[top - 1][w] = F::combine(waiting[top - 1][w], waiting[top][w]);
    }
  }
  S s[ways];
  for (int w = 0; w < ways; ++w) s[w] = nothing;
  index_t i = 4 * groups * step;
  for (; i + step <= n; i += step)
    for (int w = 0; w < ways; ++w) s[w] = F::combine(s[w], term(load_as<C, N>(x + i + w * N)));
  for (int w = 0; i < n; ++w, i += N) {
    const index_t left = n - i;
    const S v = term(load_as<C, N>(x + i, left));
    if constexpr (std::is_same_v<F, plus> && requires { Term::keeps_zero; })
      s[w] = F::combine(s[w], v);
    else
      s[w] = F::combine(s[w], left >= N ? v : first_lanes_of(v, left, nothing));
  }
  for (; top > 0; --top)
    for (int w = 0; w < ways; ++w) s[w] = F::combine(waiting[top - 1][w], s[w]);
  for (int half = ways / 2; half > 0; half /= 2)
    for (int w = 0; w < half; ++w) s[w] = F::combine(s[w], s[w + half]);
  return s[0];
}

// rows >= 1. `count`: nothing, or the number of columns that exist.
template <class F, class C, int N, class T, class Term, class... Count>
TENON_INLINE auto fold_column(const T* x, index_t row_stride, index_t rows, Term term, Count... count) {
  const auto at = [&](index_t r) TENON_INLINE_LAMBDA {
    return term(load_as<C, N>(reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(x) + r * row_stride), count...));
  };
  auto s = F::template identity<decltype(at(0))>();
  index_t r = 0;
  for (; r + 8 <= rows; r += 8) s = F::combine(s, combine_eight<F>([&](index_t k) TENON_INLINE_LAMBDA { return at(r + k); }));
  for (; r < rows; ++r) s = F::combine(s, at(r));
  return s;
}

// All lanes of v combined, in the order of simd/reduce.hpp.
template <class F, class T, int N>
TENON_INLINE T combine_lanes(vec<T, N> v) {
  return reduce([](auto a, auto b) TENON_INLINE_LAMBDA { return F::combine(a, b); }, v);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction

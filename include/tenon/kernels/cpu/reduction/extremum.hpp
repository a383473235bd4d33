#pragma once
// The smallest and the largest element (or magnitude), both at once, and where they are.
//
// NaN        Counts as smaller and as larger than everything: it is the result if it occurs. Of several, the first.
// Ties       The lowest position wins; +0 and -0 are equal. Positions are compared when states meet, so that a unit may be
//            read in whatever order suits the memory. Within a run: first the extremum of all, then the first element
//            that equals it; both passes run at the speed of the first cache.
#include <tenon/kernels/cpu/reduction/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

// The type that elements are compared in.
template <class T>
using ordered_t = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, compute_t<T>>;

template <class Tx, class F, class Term>
struct extremum_reducer {
  using element = Tx;
  using C = ordered_t<Tx>;
  using states = type_list<C>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr index_t run_bytes = one_pass;
  static constexpr index_t group = 8;
  static constexpr double nanoseconds = 0.05;
  static constexpr bool indexed = false;
  using V = vec<C>;

  [[gnu::flatten]] static pack<C> run(const reduction_options&, const Tx* x, index_t n, reduction_place) {
    return together(combine_lanes<F>(fold_run<F, C, lanes>(x, n, Term{})));
  }
  template <class... Count>
  TENON_INLINE static pack<V> columns(const reduction_options&, const Tx* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    return together(fold_column<F, C, lanes>(x, row_stride, rows, Term{}, count...));
  }
  TENON_INLINE static pack<V> merge(const reduction_options&, const pack<V>& a, const pack<V>& b) { return together(F::combine(get<0>(a), get<0>(b))); }
  static pack<C> identity(const reduction_options&) { return together(F::template identity<V>()[0]); }
  TENON_INLINE static pack<V> finish(const reduction_options&, const pack<V>& s) { return s; }
};

// Whether b is the better one: strictly, or the first NaN.
struct smaller {
  using fold = least;
  template <class V>
  TENON_INLINE static auto better(V a, V b) { return ~(b >= a) & (a == a); }
};
struct larger {
  using fold = greatest;
  template <class V>
  TENON_INLINE static auto better(V a, V b) { return ~(b <= a) & (a == a); }
};

template <class Tx, class Order>
struct position_reducer {
  using element = Tx;
  using C = ordered_t<Tx>;
  using states = type_list<C, index_t>;
  static constexpr int lanes = cpu::lanes<index_t>;
  static constexpr index_t run_bytes = two_passes;
  static constexpr index_t group = 32;
  static constexpr double nanoseconds = 0.08;
  static constexpr bool indexed = true;
  using V = vec<C, lanes>;
  using I = vec<index_t>;
  using F = typename Order::fold;

  [[gnu::flatten]] static pack<C, index_t> run(const reduction_options&, const Tx* x, index_t n, reduction_place at) {
    constexpr int N = cpu::lanes<C>;
    const C best = combine_lanes<F>(fold_run<F, C, N>(x, n));
    const vec<C> wanted(best);
    const auto found = [&](vec<C> v) TENON_INLINE_LAMBDA { return best == best ? v == wanted : v != v; };
    for (index_t i = 0; i < n; i += N) {
      const index_t left = n - i;
      const auto hit = left >= N ? found(load_as<C, N>(x + i)) : found(load_as<C, N>(x + i, left)) & mask<C, N>::first(left);
      if (any(hit)) {
        const index_t k = i + __builtin_ctzll(to_bits(hit));
        return together(load_as<C, N>(x + k, 1)[0], at.index + k * at.step);
      }
    }
    return together(best, at.index);                       // not reached: the best one is among them
  }
  template <class... Count>
  TENON_INLINE static pack<V, I> columns(const reduction_options&, const Tx* x, index_t row_stride, index_t rows, reduction_place at, Count... count) {
    using W = signed_word<static_cast<int>(sizeof(C))>;    // the row's number, in lanes as wide as the values'
    V best = load_as<C, lanes>(x, count...);
    vec<W, lanes> row(W{0});
    for (index_t r = 1; r < rows; ++r) {
      const V v = load_as<C, lanes>(reinterpret_cast<const Tx*>(reinterpret_cast<const std::byte*>(x) + r * row_stride), count...);
      const auto better = Order::better(best, v);
      best = select(better, v, best);
      row = select(better, vec<W, lanes>(static_cast<W>(r)), row);
    }
    return together(best, convert<index_t>(row) * I(at.row) + I(at.index));
  }
  TENON_INLINE static pack<V, I> merge(const reduction_options&, const pack<V, I>& a, const pack<V, I>& b) {
    const V u = get<0>(a), v = get<0>(b);
    const I i = get<1>(a), k = get<1>(b);
    const auto win = Order::better(u, v), lose = Order::better(v, u);
    const auto take = convert<index_t>(win) | (convert<index_t>(~lose) & (k < i));
    return together(select(take, v, u), select(take, k, i));
  }
  static pack<C, index_t> identity(const reduction_options&) { return together(C{0}, index_t{0}); }
  TENON_INLINE static pack<V, I> finish(const reduction_options&, const pack<V, I>& s) { return s; }
};

template <class T>
struct reducer<reduction_kind::minimum, T> : extremum_reducer<T, least, itself> {};
template <class T>
struct reducer<reduction_kind::maximum, T> : extremum_reducer<T, greatest, itself> {};
template <class T>
struct reducer<reduction_kind::least_magnitude, T> : extremum_reducer<T, least, magnitude> {};
template <class T>
struct reducer<reduction_kind::greatest_magnitude, T> : extremum_reducer<T, greatest, magnitude> {};
template <class T>
struct reducer<reduction_kind::argmin, T> : position_reducer<T, smaller> {};
template <class T>
struct reducer<reduction_kind::argmax, T> : position_reducer<T, larger> {};

// Minimum and maximum in one pass.
template <class T>
struct reducer<reduction_kind::extremes, T> {
  using element = T;
  using C = ordered_t<T>;
  using states = type_list<C, C>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr index_t run_bytes = one_pass;
  static constexpr index_t group = 8;
  static constexpr double nanoseconds = 0.08;
  static constexpr bool indexed = false;
  using V = vec<C>;
  using F = both_of<least, greatest>;

  struct twice {
    TENON_INLINE both<V> operator()(V v) const { return {v, v}; }
  };
  [[gnu::flatten]] static pack<C, C> run(const reduction_options&, const T* x, index_t n, reduction_place) {
    const auto s = fold_run<F, C, lanes>(x, n, twice{});
    return together(combine_lanes<least>(s.a), combine_lanes<greatest>(s.b));
  }
  template <class... Count>
  TENON_INLINE static pack<V, V> columns(const reduction_options&, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    const auto s = fold_column<F, C, lanes>(x, row_stride, rows, twice{}, count...);
    return together(s.a, s.b);
  }
  TENON_INLINE static pack<V, V> merge(const reduction_options&, const pack<V, V>& a, const pack<V, V>& b) {
    return together(minimum(get<0>(a), get<0>(b)), maximum(get<1>(a), get<1>(b)));
  }
  static pack<C, C> identity(const reduction_options&) { return together(C{0}, C{0}); }
  TENON_INLINE static pack<V, V> finish(const reduction_options&, const pack<V, V>& s) { return s; }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction

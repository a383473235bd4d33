#pragma once
// Sums (of elements or of their magnitudes), products, and counts of what is not zero.
//
// Precision  Floating-point sums are trees (kernels/reduction.hpp): |error| <= (log2 n + 8) u sum |x_i|, with u the unit
//            roundoff of the type that is summed in, which is float for the 16-bit types. A product of n factors has n - 1
//            roundings in any order. A sum of nothing, and of negative zeros, is +0.
// Integers   Results are int64 and wrap. The narrow types are summed in 32 bits within a unit of 16 KiB, where they fit.
#include <tenon/kernels/cpu/reduction/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

// What a sum of T is kept in; and within a unit.
template <class T>
using sum_t = std::conditional_t<std::is_integral_v<T>, index_t, compute_t<T>>;
template <class T>
using unit_sum_t = std::conditional_t<std::is_integral_v<T> && sizeof(T) <= 2, std::int32_t, sum_t<T>>;

template <class Tx, class Term>
struct sum_reducer {
  using element = Tx;
  using C = sum_t<Tx>;
  using U = unit_sum_t<Tx>;
  using states = type_list<C>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr index_t group = 8;
  static constexpr double nanoseconds = 0.03;
  static constexpr bool indexed = false;
  using V = vec<C>;

  [[gnu::flatten]] static pack<C> run(const reduction_options&, const Tx* x, index_t n, reduction_place) {
    return together(static_cast<C>(combine_lanes<plus>(fold_run<plus, U, cpu::lanes<U>>(x, n, Term{}))));
  }
  template <class... Count>
  TENON_INLINE static pack<V> columns(const reduction_options&, const Tx* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    return together(convert<C>(fold_column<plus, U, lanes>(x, row_stride, rows, Term{}, count...)));
  }
  TENON_INLINE static pack<V> merge(const reduction_options&, const pack<V>& a, const pack<V>& b) { return together(get<0>(a) + get<0>(b)); }
  static pack<C> identity(const reduction_options&) { return together(C{0}); }
  TENON_INLINE static pack<V> finish(const reduction_options& o, const pack<V>& s) {
    if constexpr (std::is_integral_v<C>) return s;
    else return together(get<0>(s) / V(static_cast<C>(o.divisor)) + V(C{0}));
  }
};

template <class T>
struct reducer<reduction_kind::sum, T> : sum_reducer<T, itself> {};
template <class T>
struct reducer<reduction_kind::sum_of_magnitudes, T> : sum_reducer<T, magnitude> {};

template <class T>
struct reducer<reduction_kind::product, T> {
  using element = T;
  using C = sum_t<T>;
  using states = type_list<C>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr index_t group = 8;
  static constexpr double nanoseconds = 0.05;
  static constexpr bool indexed = false;
  using V = vec<C>;

  [[gnu::flatten]] static pack<C> run(const reduction_options&, const T* x, index_t n, reduction_place) {
    return together(combine_lanes<times>(fold_run<times, C, lanes>(x, n)));
  }
  template <class... Count>
  TENON_INLINE static pack<V> columns(const reduction_options&, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    return together(fold_column<times, C, lanes>(x, row_stride, rows, itself{}, count...));
  }
  TENON_INLINE static pack<V> merge(const reduction_options&, const pack<V>& a, const pack<V>& b) { return together(get<0>(a) * get<0>(b)); }
  static pack<C> identity(const reduction_options&) { return together(C{1}); }
  TENON_INLINE static pack<V> finish(const reduction_options&, const pack<V>& s) { return s; }
};

// NaN is not zero.
template <class T>
struct reducer<reduction_kind::nonzero, T> {
  using element = T;
  using C = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, compute_t<T>>;
  using U = std::int32_t;
  using states = type_list<index_t>;
  static constexpr int lanes = cpu::lanes<index_t>;
  static constexpr index_t group = 32;
  static constexpr double nanoseconds = 0.04;
  static constexpr bool indexed = false;
  using V = vec<index_t>;

  struct count_one {
    template <class W>
    TENON_INLINE auto operator()(W v) const {
      using counts = vec<U, W::size>;
      return counts::one_where(convert<U>(v != W(C{0})));
    }
  };
  [[gnu::flatten]] static pack<index_t> run(const reduction_options&, const T* x, index_t n, reduction_place) {
    constexpr int N = cpu::lanes<C> < cpu::lanes<U> ? cpu::lanes<C> : cpu::lanes<U>;
    return together(static_cast<index_t>(combine_lanes<plus>(fold_run<plus, C, N>(x, n, count_one{}))));
  }
  template <class... Count>
  TENON_INLINE static pack<V> columns(const reduction_options&, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    return together(convert<index_t>(fold_column<plus, C, lanes>(x, row_stride, rows, count_one{}, count...)));
  }
  TENON_INLINE static pack<V> merge(const reduction_options&, const pack<V>& a, const pack<V>& b) { return together(get<0>(a) + get<0>(b)); }
  static pack<index_t> identity(const reduction_options&) { return together(index_t{0}); }
  // The number; or 1 if it is not zero; or 1 if it is the number of all elements.
  TENON_INLINE static pack<V> finish(const reduction_options& o, const pack<V>& s) {
    if (o.result == reduction_result::any) return together(V::one_where(get<0>(s) != V(index_t{0})));
    if (o.result == reduction_result::all) return together(V::one_where(get<0>(s) == V(o.count)));
    return s;
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction

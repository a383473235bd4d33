#pragma once
// log sum exp(x_i), in one pass over memory.     state (m, l):  l = sum exp(x_i - m)
//
// Method     Within a unit, which is in the first cache: m = max x, then l. Units are merged by the online normaliser of
//            Milakov & Gimelshein (arXiv:1805.02867):  m' = max(m_a, m_b),  l' = l_a exp(m_a - m') + l_b exp(m_b - m').
//            One exp per element, and two per unit of thousands.
// Precision  float for the 16-bit types and for integers; double for int64. l carries the error of exp and of a tree sum; the result's error is at most 3 units
//            in the last place of max(|m|, log n).
// Special    Wherever m is infinite or NaN, exp(x - 0) is summed instead: all -inf gives l = 0 and -inf; a +inf gives inf.
//            A NaN among the x makes l NaN by itself, so the maximum need not carry it.
#include <tenon/kernels/cpu/math.hpp>
#include <tenon/kernels/cpu/reduction/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

template <class T>
struct reducer<reduction_kind::logsumexp, T> {
  using element = T;
  using C = std::conditional_t<!std::is_integral_v<T>, compute_t<T>, std::conditional_t<sizeof(T) == 8, double, float>>;
  using states = type_list<C, C>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr index_t run_bytes = two_passes;
  static constexpr index_t group = 32;
  static constexpr double nanoseconds = 0.4;
  static constexpr bool indexed = false;
  using V = vec<C>;
  using F = greatest_number;

  TENON_INLINE static V finite_or_zero(V m) { return select(m - m == V(C{0}), m, V(C{0})); }
  struct power {
    V shift;
    TENON_INLINE V operator()(V x) const { return exp(x - shift); }
  };

  [[gnu::flatten]] static pack<C, C> run(const reduction_options&, const T* x, index_t n, reduction_place) {
    const C m = combine_lanes<F>(fold_run<F, C, lanes>(x, n));
    const V l = fold_run<plus, C, lanes>(x, n, power{finite_or_zero(V(m))});
    return together(m, combine_lanes<plus>(l));
  }
  template <class... Count>
  TENON_INLINE static pack<V, V> columns(const reduction_options&, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    const V m = fold_column<F, C, lanes>(x, row_stride, rows, itself{}, count...);
    return together(m, fold_column<plus, C, lanes>(x, row_stride, rows, power{finite_or_zero(m)}, count...));
  }
  TENON_INLINE static pack<V, V> merge(const reduction_options&, const pack<V, V>& a, const pack<V, V>& b) {
    const V m = F::combine(get<0>(a), get<0>(b)), shift = finite_or_zero(m);
    return together(m, get<1>(a) * exp(get<0>(a) - shift) + get<1>(b) * exp(get<0>(b) - shift));
  }
  static pack<C, C> identity(const reduction_options&) { return together(lowest_of<C>, C{0}); }
  TENON_INLINE static pack<V> finish(const reduction_options&, const pack<V, V>& s) {
    return together(finite_or_zero(get<0>(s)) + log(get<1>(s)));
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction

#pragma once
// Mean and sum of squared deviations, in one pass over memory:   M2 = sum (x_i - mean)^2
//
// Method     Within a unit, which is in the first cache, two passes: the mean first, then the deviations from it, corrected
//            for the mean's own rounding:  M2 = sum d^2 - (sum d)^2 / n  (Chan, Golub & LeVeque 1983, eq. 1.7). States of
//            n_a and n_b elements are merged by their eq. 2.1:  M2 = M2_a + M2_b + (mean_b - mean_a)^2 n_a n_b / n.
//            Neither step cancels, however large the mean is beside the deviations.
// Precision  In double, for every element type: float squares neither overflow nor lose digits. Relative error of M2 at most
//            (log2 n + 12) u (1 + kappa u log2 n), kappa = sqrt(1 + mean^2 / variance) being the condition number.
// Special    A NaN or infinite element makes M2 NaN; the mean is what a plain sum would give.
#include <tenon/kernels/cpu/reduction/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

template <class T>
struct reducer<reduction_kind::moments, T> {
  using element = T;
  using states = type_list<double, double, double>;        // n, mean, M2
  static constexpr int lanes = cpu::lanes<double>;
  static constexpr index_t run_bytes = two_passes;
  static constexpr index_t group = 32;
  static constexpr double nanoseconds = 0.25;
  static constexpr bool indexed = false;
  using V = vec<double>;
  using pair = both<V>;
  using F = both_of<plus, plus>;

  struct deviations {
    V mean;
    TENON_INLINE pair operator()(V x) const {
      const V d = x - mean;
      return {d, d * d};
    }
  };
  // sums: of d and of d^2, d being the distance from `mean`.
  TENON_INLINE static pack<V, V, V> corrected(V n, V mean, pair sums) {
    const V shift = sums.a / n, refined = mean + shift;
    return together(n, select(refined - refined == V(0.0), refined, mean), sums.b - sums.a * shift);
  }
  [[gnu::flatten]] static pack<double, double, double> run(const reduction_options&, const T* x, index_t count, reduction_place) {
    const V n(static_cast<double>(count));
    const V mean = V(combine_lanes<plus>(fold_run<plus, double, lanes>(x, count))) / n;
    const pair s = fold_run<F, double, lanes>(x, count, deviations{mean});
    const auto state = corrected(n, mean, {V(combine_lanes<plus>(s.a)), V(combine_lanes<plus>(s.b))});
    return together(get<0>(state)[0], get<1>(state)[0], get<2>(state)[0]);
  }
  template <class... Count>
  TENON_INLINE static pack<V, V, V> columns(const reduction_options&, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    const V n(static_cast<double>(rows));
    const V mean = fold_column<plus, double, lanes>(x, row_stride, rows, itself{}, count...) / n;
    return corrected(n, mean, fold_column<F, double, lanes>(x, row_stride, rows, deviations{mean}, count...));
  }
  TENON_INLINE static pack<V, V, V> merge(const reduction_options&, const pack<V, V, V>& a, const pack<V, V, V>& b) {
    const V na = get<0>(a), nb = get<0>(b), n = na + nb, share = nb / n;
    const V distance = get<1>(b) - get<1>(a);
    // Infinite means have no distance, but a sum.
    const V mean = select(is_nan(distance), get<1>(a) + get<1>(b), fma(distance, share, get<1>(a)));
    return together(n, mean, get<2>(a) + get<2>(b) + distance * distance * (na * share));
  }
  static pack<double, double, double> identity(const reduction_options&) { return together(0.0, __builtin_nan(""), __builtin_nan("")); }
  // variance or deviation, mean
  TENON_INLINE static pack<V, V> finish(const reduction_options& o, const pack<V, V, V>& s) {
    V variance = get<2>(s);
    variance = select(variance < V(0.0), V(0.0), variance) / V(o.divisor);
    return together(o.result == reduction_result::root ? sqrt(variance) : variance, get<1>(s));
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction

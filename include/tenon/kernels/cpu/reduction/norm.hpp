#pragma once
// Norms that need scaling: p = 2, and any p but 0, 1, 2 and the infinities (those are counts, sums and extrema).
//
// p = 2      float and the 16-bit types: squares in double can neither overflow nor vanish. double: squares are summed as
//            they are; where that leaves the safe range, the unit is summed again, scaled by 2^-600 or 2^600. A state is
//            (sum, class) with class -1, 0 or 1 for tiny, plain and huge: the accumulators of Blue (1978, "A portable Fortran
//            program to find the Euclidean norm"), one at a time.
// other p    state (m, q):  q = sum (|x_i| / m)^p,  m = max |x_i|, or min |x_i| if p < 0, so that every term is at most 1.
//            norm = m q^(1/p). In double for every element type; r^p = exp(p log r).
// Precision  p = 2: as a tree sum, halved by the root. Other p: (log2 n + 12) u of the state's type times (1 + 1/|p|).
#include <tenon/kernels/cpu/math.hpp>
#include <tenon/kernels/cpu/reduction/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

template <class T>
struct reducer<reduction_kind::sum_of_squares, T> {
  using element = T;
  using states = type_list<double, double>;
  static constexpr int lanes = cpu::lanes<double>;
  static constexpr index_t run_bytes = one_pass;
  static constexpr index_t group = 8;
  static constexpr double nanoseconds = 0.08;
  static constexpr bool indexed = false;
  using V = vec<double>;
  static constexpr double scale = 0x1p-600, high = 0x1p960, low = 0x1p-900;
  static constexpr bool may_leave = std::is_same_v<T, double>;

  struct squares {
    static constexpr bool keeps_zero = true;
    V by;
    TENON_INLINE V operator()(V x) const {
      const V y = x * by;
      return y * y;
    }
  };
  [[gnu::flatten]] static pack<double, double> run(const reduction_options&, const T* x, index_t n, reduction_place) {
    const auto sum = [&](double by) __attribute__((noinline)) {
      return combine_lanes<plus>(fold_run<plus, double, lanes>(x, n, squares{V(by)}));
    };
    const double q = sum(1.0);
    if (!may_leave || (q >= low && q <= high) || q != q) return together(q, 0.0);
    return q > high ? together(sum(scale), 1.0) : together(sum(1 / scale), -1.0);
  }
  template <class... Count>
  TENON_INLINE static pack<V, V> columns(const reduction_options&, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    const auto sum = [&](V by) TENON_INLINE_LAMBDA { return fold_column<plus, double, lanes>(x, row_stride, rows, squares{by}, count...); };
    const V q = sum(V(1.0));
    if constexpr (!may_leave) {
      return together(q, V(0.0));
    } else {
      const auto huge = q > V(high), tiny = q < V(low);
      if (!any(huge | tiny)) return together(q, V(0.0));
      const V by = select(huge, V(scale), select(tiny, V(1 / scale), V(1.0)));
      return together(sum(by), select(huge, V(1.0), select(tiny, V(-1.0), V(0.0))));
    }
  }
  TENON_INLINE static pack<V, V> merge(const reduction_options&, const pack<V, V>& a, const pack<V, V>& b) {
    if constexpr (!may_leave) {
      return together(get<0>(a) + get<0>(b), V(0.0));
    } else {
      const V to = maximum(get<1>(a), get<1>(b));
      return together(as_class(a, to) + as_class(b, to), to);
    }
  }
  static pack<double, double> identity(const reduction_options&) { return together(0.0, 0.0); }
  TENON_INLINE static pack<V> finish(const reduction_options&, const pack<V, V>& s) {
    const V c = get<1>(s), back = select(c > V(0.0), V(1 / scale), select(c < V(0.0), V(scale), V(1.0)));
    return together(sqrt(get<0>(s)) * back);
  }

 private:
  // A sum seen from a class one or two higher: what vanishes there would not have been seen in the sum.
  TENON_INLINE static V as_class(const pack<V, V>& s, V to) {
    const V steps = to - get<1>(s);
    const V one = select(steps > V(0.0), V(scale), V(1.0)), two = select(steps > V(1.0), V(scale), V(1.0));
    return get<0>(s) * one * one * two * two;
  }
};

template <class T>
struct reducer<reduction_kind::sum_of_powers, T> {
  using element = T;
  using states = type_list<double, double>;
  static constexpr int lanes = cpu::lanes<double>;
  static constexpr index_t run_bytes = two_passes;
  static constexpr index_t group = 32;
  static constexpr double nanoseconds = 2.0;
  static constexpr bool indexed = false;
  using V = vec<double>;

  // (x / m)^p, at most 1. m = 0 and m = inf are met by elements that equal them. Where the ratio itself would leave the
  // normal range, its p-th power need not: there the logarithms are subtracted. (Not inlined: it is long, and called for
  // many elements at once.)
  struct ratio {
    V m, p;
    TENON_INLINE V operator()(V x) const {
      const V r = x / m;
      V l = log(r);
      const auto extreme = (r < V(0x1p-1000)) | (r > V(0x1p1000));
      if (any(extreme)) l = select(extreme, log(x) - log(m), l);
      return select(x == m, V(1.0), exp(p * l));
    }
  };
  static constexpr index_t block = 512;
  [[gnu::noinline, gnu::flatten]] static void raise(double* to, const T* x, index_t n, ratio r) {
    index_t i = 0;
    for (; i + lanes <= n; i += lanes) r(abs(load_as<double, lanes>(x + i))).store(to + i);
    if (i < n) r(abs(load_as<double, lanes>(x + i, n - i))).store(to + i, n - i);
  }

  [[gnu::flatten]] static pack<double, double> run(const reduction_options& o, const T* x, index_t n, reduction_place) {
    const double m = o.power > 0 ? combine_lanes<greatest>(fold_run<greatest, double, lanes>(x, n, magnitude{}))
                                 : combine_lanes<least>(fold_run<least, double, lanes>(x, n, magnitude{}));
    alignas(64) double powers[block];
    double q = 0;
    for (index_t i = 0; i < n; i += block) {
      const index_t count = n - i < block ? n - i : block;
      raise(powers, x + i, count, {V(m), V(o.power)});
      q += combine_lanes<plus>(fold_run<plus, double, lanes>(powers, count));
    }
    return together(m, q);
  }
  template <class... Count>
  TENON_INLINE static pack<V, V> columns(const reduction_options& o, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    const V m = o.power > 0 ? fold_column<greatest, double, lanes>(x, row_stride, rows, magnitude{}, count...)
                            : fold_column<least, double, lanes>(x, row_stride, rows, magnitude{}, count...);
    const ratio power{m, V(o.power)};
    V q(0.0);
    for (index_t r = 0; r < rows; ++r)
      q += power(abs(load_as<double, lanes>(reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(x) + r * row_stride), count...)));
    return together(m, q);
  }
  TENON_INLINE static pack<V, V> merge(const reduction_options& o, const pack<V, V>& a, const pack<V, V>& b) {
    const V p(o.power), m = o.power > 0 ? maximum(get<0>(a), get<0>(b)) : minimum(get<0>(a), get<0>(b));
    return together(m, get<1>(a) * ratio{m, p}(get<0>(a)) + get<1>(b) * ratio{m, p}(get<0>(b)));
  }
  static pack<double, double> identity(const reduction_options&) { return together(0.0, 0.0); }
  TENON_INLINE static pack<V> finish(const reduction_options& o, const pack<V, V>& s) {
    const V m = get<0>(s), q = exp(log(get<1>(s)) / V(o.power));
    return together(select(m == V(0.0), V(0.0), m * q));
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction

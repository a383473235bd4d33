#pragma once
// Closeness of complex numbers. (Of real ones: functions::isclose.)
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

// |a - b| <= atol + rtol |b|, or equal.
struct isclose_complex : comparison {
  static constexpr const char* name = "isclose";
  static constexpr dtype_set dtypes = complex_dtypes;
  double rtol, atol;
  bool equal_nan;
  isclose_complex(double r, double a, bool n) : rtol(r), atol(a), equal_nan(n) {}

  TENON_HD auto operator()(auto a, auto b) const {
    const auto d = a - b;
    using R = decltype(d.re);
    const auto distance = magnitude(d.re, d.im), allowed = number<R>(atol) + number<R>(rtol) * magnitude(b.re, b.im);
    const auto close = (a == b) | ((distance <= allowed) & (distance < number<R>(__builtin_huge_val())));
    return equal_nan ? close | ((a != a) & (b != b)) : close;
  }

 private:
  // |re + i im| without squaring what is large or small; NaN where a part is NaN or both are infinite.
  template <class R>
  TENON_HD static R magnitude(R re, R im) {
    const R x = math::abs(re), y = math::abs(im), larger = select(x > y, x, y), smaller = select(x > y, y, x);
    const R ratio = smaller / larger;
    return select(larger == number<R>(0), larger, larger * math::sqrt(number<R>(1) + ratio * ratio));
  }
};

}  // namespace tenon::inline v0::functions

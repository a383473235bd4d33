#pragma once
// Whether two views share memory. Ops ask before they write where they read; a wrong "yes" costs a temporary, a wrong "no" a result.
#include <tenon/core/any_tensor.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// The bytes of a view, from its lowest to behind its highest.
struct byte_range {
  const std::byte *low, *high;
};
inline byte_range span_of(const any_tensor& x) {
  byte_range r{x.bytes(), x.bytes() + size_of(x.dtype())};
  for (int d = 0; d < x.rank(); ++d) {
    const index_t reach = (x.size(d) - 1) * x.stride(d) * size_of(x.dtype());
    (reach < 0 ? r.low : r.high) += reach;
  }
  return r;
}

constexpr index_t greatest_common_divisor(index_t a, index_t b) {
  while (b != 0) {
    const index_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Whether the elements of two views lie in different places though their ranges cross, as x[::2] and x[1::2] do, or x[:, :3] and x[:, 3:].
//
// Take a stride m of either view. Its steps of m and more are multiples of their greatest common divisor g, so that, modulo g, each view
// lies within the span of its smaller steps, from its lowest byte on. The two are apart if those spans are, for any m.
inline bool interleaved(const any_tensor& a, const std::byte* a_low, const any_tensor& b, const std::byte* b_low) {
  const auto step = [](const any_tensor& x, int d) -> index_t {
    const index_t s = x.size(d) == 1 ? 0 : x.stride(d) * size_of(x.dtype());
    return s < 0 ? -s : s;
  };
  const auto apart_modulo_steps_from = [&](index_t m) {
    index_t g = 0;
    const auto span_below = [&](const any_tensor& x) {
      index_t span = size_of(x.dtype());
      for (int d = 0; d < x.rank(); ++d) {
        if (step(x, d) >= m) g = greatest_common_divisor(g, step(x, d));
        else span += (x.size(d) - 1) * step(x, d);
      }
      return span;
    };
    const index_t a_span = span_below(a), b_span = span_below(b);
    const index_t between = ((b_low - a_low) % g + g) % g;         // from where a begins to where b does
    return a_span <= between && b_span <= g - between;
  };
  for (const any_tensor* x : {&a, &b})
    for (int d = 0; d < x->rank(); ++d)
      if (step(*x, d) > 0 && apart_modulo_steps_from(step(*x, d))) return true;
  return false;
}

// Whether two views can share a byte. "No" is always true; "yes" is for dense views, and may be wrong for strides that have little in common.
inline bool may_overlap(const any_tensor& a, const any_tensor& b) {
  if (a.memory().get() != b.memory().get() && (a.memory()->owned || b.memory()->owned)) return false;
  if (a.numel() == 0 || b.numel() == 0) return false;
  const byte_range x = span_of(a), y = span_of(b);
  if (!(x.low < y.high && y.low < x.high)) return false;
  if (a.contiguous() && b.contiguous()) return true;
  return !interleaved(a, x.low, b, y.low);
}

// The same elements in the same places: then element i is read before it is written, and no temporary is needed.
inline bool same_view(const any_tensor& a, const any_tensor& b) {
  if (a.bytes() != b.bytes() || a.shape() != b.shape() || size_of(a.dtype()) != size_of(b.dtype())) return false;
  for (int d = 0; d < a.rank(); ++d)
    if (a.size(d) != 1 && a.stride(d) != b.stride(d)) return false;
  return true;
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

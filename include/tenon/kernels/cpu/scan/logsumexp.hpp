#pragma once
// Running log sum exp.      carry (m, l, e):  l + e = sum exp(x_j - m),  out = m + log(l + e)
//
// Method     m follows the running maximum only when that has left it 32 behind: exp(32) is far from overflow, and a sum
//            that is rescaled rarely keeps its digits. Along a line, a vector that does not move m takes one exp, its prefix
//            sums and one log; one that does goes element by element.
// Precision  In double for every element type, the rounding errors of l kept in e: at most 3 units in the last place of
//            max(|m|, |out|); for float and the 16-bit types that is one rounding.
// Special    -inf as long as nothing else was seen; +inf from the first +inf on; NaN from the first NaN on.
#include <tenon/kernels/cpu/math.hpp>
#include <tenon/kernels/cpu/scan/sum.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::scan {

template <class Tx>
struct scanner<scan_kind::logsumexp, Tx> {
  using element = Tx;
  using carries = type_list<double, double, double>;
  static constexpr int lanes = cpu::lanes<double>;
  static constexpr double nanoseconds = 2.0;
  using V = vec<double>;
  using state = pack<V, V, V>;
  static constexpr double reach = 32, infinity = std::numeric_limits<double>::infinity();

  static pack<double, double, double> begin() { return together(-infinity, 0.0, 0.0); }
  template <class... Count>
  TENON_INLINE static V load(const Tx* x, Count... count) { return load_as<double, lanes>(x, count...); }
  TENON_INLINE static V shift_of(V m) { return select(m == V(-infinity), V(0.0), m); }
  // x is finite and too far above m; and the sum has not become infinite, which it would stay.
  TENON_INLINE static auto too_far(V x, V m, V l) { return (x > m + V(reach)) & (x < V(infinity)) & (l < V(infinity)); }

  TENON_INLINE static state next(const state& carry, V x, index_t) {
    V m = get<0>(carry), l = get<1>(carry), e = get<2>(carry);
    const auto raise = too_far(x, m, l);
    if (any(raise)) {
      const V scale = select(raise, exp(m - x), V(1.0));           // (before the first number: 0 * 0)
      l *= scale;
      e *= scale;
      m = select(raise, x, m);
    }
    add_exactly(l, e, exp(x - shift_of(m)));
    return together(m, l, e);
  }
  TENON_INLINE static pack<V> value(const state& carry) { return together(shift_of(get<0>(carry)) + log(get<1>(carry) + get<2>(carry))); }

  template <class Out>
  [[gnu::flatten]] static void along(void* const* out, const Tx* x, index_t n, index_t position, scan_carries c) {
    double* const memory = reinterpret_cast<double*>(c.data);
    state carry = together(V(memory[0]), V(memory[c.capacity]), V(memory[2 * c.capacity]));
    for (index_t i = 0; i < n; i += lanes) {
      const index_t left = n - i, count = left < lanes ? left : lanes;
      const V v = left >= lanes ? load(x + i) : select(mask<double, lanes>::first(left), load(x + i, left), V(-infinity));
      if (!any(too_far(v, get<0>(carry), get<1>(carry)))) {
        const V shift = shift_of(get<0>(carry)), p = prefix_sums(exp(v - shift));
        V l = get<1>(carry), e = get<2>(carry);
        put<Out>(out[0], i, shift + log(l + (e + p)), count);
        add_exactly(l, e, V(last_of(p)));
        carry = together(get<0>(carry), l, e);
        continue;
      }
      auto values = v.lanes_array();
      for (int k = 0; k < count; ++k) {
        carry = next(carry, V(v[k]), position + i + k);
        values[k] = get<0>(value(carry))[0];
      }
      put<Out>(out[0], i, V::from_array(values), count);
    }
    memory[0] = get<0>(carry)[0];
    memory[c.capacity] = get<1>(carry)[0];
    memory[2 * c.capacity] = get<2>(carry)[0];
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::scan

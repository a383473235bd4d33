#pragma once
// Running sums and products.
//
// Precision  float and the 16-bit types accumulate in double, so that each result is one rounding away from a sum with error
//            n 2^-53. double carries the rounding error of its running sum along (Knuth's two-sum): |error| <= 4 u sum |x_i|,
//            however long the line. Products of double have a rounding a factor. Integers are int64 and wrap.
// Method     Along a line, a vector's own prefix sums in log2 N shifted additions, plus the carry. Products one by one: the
//            product of a vector's elements may overflow where the running product does not.
#include <tenon/kernels/cpu/scan/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::scan {

template <class T>
using running_t = std::conditional_t<std::is_integral_v<T>, index_t, double>;

// v_0, v_0 + v_1, ...
template <int Shift = 1, class T, int N>
TENON_INLINE vec<T, N> prefix_sums(vec<T, N> v) {
  if constexpr (Shift >= N) {
    return v;
  } else {
    const auto a = v.lanes_array(), zero = vec<T, N>(T{0}).lanes_array();
    const auto shifted = [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
      return vec<T, N>::from_array(shuffle<T, N, (I < Shift ? N + I : I - Shift)...>(a, zero));
    }(std::make_integer_sequence<int, N>{});
    return prefix_sums<2 * Shift>(v + shifted);
  }
}
template <class T, int N>
TENON_INLINE T last_of(vec<T, N> v) {
  return v.lanes_array()[N - 1];
}

// a + x with its rounding error added to `error`. An infinite sum has none.
template <class V>
TENON_INLINE void add_exactly(V& sum, V& error, V x) {
  const V s = sum + x, b = s - sum, lost = (sum - (s - b)) + (x - b);
  error += select(lost - lost == V(0.0), lost, V(0.0));
  sum = s;
}

template <class Tx>
struct scanner<scan_kind::sum, Tx> {
  using element = Tx;
  using C = running_t<Tx>;
  static constexpr bool exact = std::is_same_v<Tx, double>;
  using carries = std::conditional_t<exact, type_list<C, C>, type_list<C>>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr double nanoseconds = exact ? 0.8 : 0.3;
  using V = vec<C>;

  static auto begin() {
    if constexpr (exact) return together(C{0}, C{0});
    else return together(C{0});
  }
  template <class... Count>
  TENON_INLINE static V load(const Tx* x, Count... count) { return load_as<C, lanes>(x, count...); }
  template <class Carry>
  TENON_INLINE static Carry next(const Carry& carry, V x, index_t) {
    V s = get<0>(carry);
    if constexpr (exact) {
      V e = get<1>(carry);
      add_exactly(s, e, x);
      return together(s, e);
    } else {
      return together(s + x);
    }
  }
  template <class Carry>
  TENON_INLINE static pack<V> value(const Carry& carry) {
    if constexpr (exact) return together(get<0>(carry) + get<1>(carry));
    else return together(get<0>(carry));
  }

  template <class Out>
  [[gnu::flatten]] static void along(void* const* out, const Tx* x, index_t n, index_t, scan_carries c) {
    C* const memory = reinterpret_cast<C*>(c.data);
    V s(memory[0]), e(C{0});
    if constexpr (exact) e = V(memory[c.capacity]);
    for (index_t i = 0; i < n; i += lanes) {
      const index_t left = n - i;
      const V p = prefix_sums(left >= lanes ? load(x + i) : load(x + i, left));
      if constexpr (exact) {
        put<Out>(out[0], i, s + (e + p), left);
        add_exactly(s, e, V(last_of(p)));
      } else {
        const V y = s + p;
        put<Out>(out[0], i, y, left);
        s = V(last_of(y));
      }
    }
    memory[0] = s[0];
    if constexpr (exact) memory[c.capacity] = e[0];
  }
};

template <class Tx>
struct scanner<scan_kind::product, Tx> {
  using element = Tx;
  using C = running_t<Tx>;
  using carries = type_list<C>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr double nanoseconds = 1.0;
  using V = vec<C>;

  static pack<C> begin() { return together(C{1}); }
  template <class... Count>
  TENON_INLINE static V load(const Tx* x, Count... count) { return load_as<C, lanes>(x, count...); }
  TENON_INLINE static pack<V> next(const pack<V>& carry, V x, index_t) { return together(get<0>(carry) * x); }
  TENON_INLINE static pack<V> value(const pack<V>& carry) { return carry; }

  template <class Out>
  static void along(void* const* out, const Tx* x, index_t n, index_t, scan_carries c) {
    C& p = *reinterpret_cast<C*>(c.data);
    for (index_t i = 0; i < n; ++i) {
      if constexpr (std::is_integral_v<C>)                 // unsigned: wraps
        p = static_cast<C>(static_cast<std::uint64_t>(p) * static_cast<std::uint64_t>(x[i]));
      else
        p *= static_cast<C>(x[i]);
      static_cast<Out*>(out[0])[i] = static_cast<Out>(p);
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::scan

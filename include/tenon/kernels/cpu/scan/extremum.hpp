#pragma once
// Running minima and maxima, and where they are.
//
// NaN        From the first NaN on, every value is NaN; its position is that of the last NaN so far.
// Ties       The last position wins, as in PyTorch: a running maximum moves on to an equal element.
// Method     Along a line, a vector in which nothing beats the carry is answered as a whole; only the others are looked at one
//            by one. A line of random numbers has about log n of them.
#include <tenon/kernels/cpu/reduction/extremum.hpp>
#include <tenon/kernels/cpu/scan/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::scan {

// Whether x takes over from `best`: it is NaN, or `best` is not and x is at least as good.
struct falling {
  template <class V>
  TENON_INLINE static auto takes_over(V x, V best) { return (x != x) | (x <= best); }
};
struct rising {
  template <class V>
  TENON_INLINE static auto takes_over(V x, V best) { return (x != x) | (x >= best); }
};

template <class Tx, class Order>
struct extremum_scanner {
  using element = Tx;
  using C = reduction::ordered_t<Tx>;
  using carries = type_list<C, index_t>;
  static constexpr int lanes = cpu::lanes<index_t>;
  static constexpr double nanoseconds = 0.8;
  using V = vec<C, lanes>;
  using I = vec<index_t>;
  using state = pack<V, I>;

  // Position -1: nothing has been seen, and anything takes over.
  static pack<C, index_t> begin() { return together(C{0}, index_t{-1}); }
  template <class... Count>
  TENON_INLINE static V load(const Tx* x, Count... count) { return load_as<C, lanes>(x, count...); }
  TENON_INLINE static state next(const state& carry, V x, index_t position) {
    const V best = get<0>(carry);
    const I index = get<1>(carry);
    const auto take = convert<index_t>(Order::takes_over(x, best)) | (index < I(index_t{0}));
    return together(select(take, x, best), select(take, I(position), index));
  }
  TENON_INLINE static state value(const state& carry) { return carry; }

  template <class Out, class Index>
  [[gnu::flatten]] static void along(void* const* out, const Tx* x, index_t n, index_t position, scan_carries c) {
    C& best = *reinterpret_cast<C*>(c.data);
    index_t& index = *reinterpret_cast<index_t*>(c.data + c.capacity * static_cast<index_t>(sizeof(C)));
    for (index_t i = 0; i < n; i += lanes) {
      const index_t left = n - i, count = left < lanes ? left : lanes;
      const V v = left >= lanes ? load(x + i) : load(x + i, left);
      if (index >= 0 && !any(Order::takes_over(v, V(best)) & mask<C, lanes>::first(count))) {
        put<Out>(out[0], i, V(best), count);
        put<Index>(out[1], i, I(index), count);
        continue;
      }
      V values(best);
      I indices(index);
      auto value_lanes = values.lanes_array();
      auto index_lanes = indices.lanes_array();
      for (int k = 0; k < count; ++k) {
        const state s = next(together(V(best), I(index)), V(v[k]), position + i + k);
        best = get<0>(s)[0];
        index = get<1>(s)[0];
        value_lanes[k] = best;
        index_lanes[k] = index;
      }
      put<Out>(out[0], i, V::from_array(value_lanes), count);
      put<Index>(out[1], i, I::from_array(index_lanes), count);
    }
  }
};

template <class T>
struct scanner<scan_kind::minimum, T> : extremum_scanner<T, falling> {};
template <class T>
struct scanner<scan_kind::maximum, T> : extremum_scanner<T, rising> {};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::scan

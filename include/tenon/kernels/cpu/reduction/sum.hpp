#pragma once
// Sums (of elements or of their magnitudes), products, and counts of what is not zero.
//
// Precision  Floating-point sums are trees (kernels/reduction.hpp): |error| <= (log2 n + 8) u sum |x_i|, with u the unit
//            roundoff of the type that is summed in, which is float for the 16-bit types. A product of n factors has n - 1
//            roundings in any order. A sum of nothing, and of negative zeros, is +0.
// Integers   Results are int64 and wrap. Within a unit the narrow types are summed in 32 bits, where they fit.
#include <tenon/kernels/cpu/reduction/table.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

// What a sum of T is kept in, and as what its elements are loaded.
template <class T>
using sum_t = std::conditional_t<std::is_integral_v<T>, index_t, compute_t<T>>;
template <class T>
using loaded_t = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, compute_t<T>>;

// Lanes of 8 and 16 bits: the four, or two, that share 32 bits are added there, each shifted to the top and back.
struct in_words {
  static constexpr bool keeps_zero = true;
  template <class T, int N>
  TENON_INLINE auto operator()(vec<T, N> v) const {
    constexpr int bits = static_cast<int>(sizeof(T)) * 8;
    using W = std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>;
    const auto w = bitcast<W>(v);
    auto s = w >> (32 - bits);
    for (int top = bits; top < 32; top += bits) s += (w << (32 - top)) >> (32 - bits);
    return bitcast<std::int32_t>(s);
  }
};

// A cache line of elements is read by two loads, also where one could: from memory (64 MiB) that is a tenth faster on Zen 4.
// Elements that are half as wide as what they are summed in fill no more than half a line anyway.
template <class C, class Tx>
inline constexpr int half_line = register_bytes == 64 && sizeof(Tx) == sizeof(C) ? cpu::lanes<C> / 2 : cpu::lanes<C>;

template <class Tx, class Term>
struct sum_reducer {
  using element = Tx;
  using C = sum_t<Tx>;
  using L = loaded_t<Tx>;
  using states = type_list<C>;
  static constexpr int lanes = cpu::lanes<C>;
  static constexpr index_t run_bytes = one_pass;
  static constexpr index_t group = 8;
  static constexpr double nanoseconds = 0.03;
  static constexpr bool indexed = false;
  using V = vec<C>;

  [[gnu::flatten]] static pack<C> run(const reduction_options&, const Tx* x, index_t n, reduction_place) {
    if constexpr (std::is_integral_v<L> && sizeof(L) <= 2)
      return together(C{combine_lanes<plus>(fold_run<plus, L, vec<L>::size>(x, n, in_words{}))});
    else
      return together(combine_lanes<plus>(fold_run<plus, C, half_line<C, Tx>>(x, n, Term{})));
  }
  template <class... Count>
  TENON_INLINE static pack<V> columns(const reduction_options&, const Tx* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    using U = std::conditional_t<std::is_integral_v<L> && sizeof(L) <= 2, std::int32_t, C>;
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
  static constexpr index_t run_bytes = one_pass;
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
  using L = loaded_t<T>;
  using states = type_list<index_t>;
  static constexpr int lanes = cpu::lanes<index_t>;
  static constexpr index_t run_bytes = one_pass;
  static constexpr index_t group = 32;
  static constexpr double nanoseconds = 0.04;
  static constexpr bool indexed = false;
  using V = vec<index_t>;

  // 1 for each, in lanes of 32 bits; of bytes and 16-bit lanes, the sums of those that share 32 bits.
  struct count_packed {
    static constexpr bool keeps_zero = true;
    template <int N>
    TENON_INLINE auto operator()(vec<L, N> v) const { return in_words{}(vec<L, N>::one_where(v != vec<L, N>(L{0}))); }
  };
  struct count_one {
    static constexpr bool keeps_zero = true;
    template <int N>
    TENON_INLINE auto operator()(vec<L, N> v) const { return vec<std::int32_t, N>::one_where(convert<std::int32_t>(v != vec<L, N>(L{0}))); }
  };
  [[gnu::flatten]] static pack<index_t> run(const reduction_options&, const T* x, index_t n, reduction_place) {
    using count = std::conditional_t<sizeof(L) <= 2, count_packed, count_one>;
    return together(index_t{combine_lanes<plus>(fold_run<plus, L, vec<L>::size>(x, n, count{}))});
  }
  template <class... Count>
  TENON_INLINE static pack<V> columns(const reduction_options&, const T* x, index_t row_stride, index_t rows, reduction_place, Count... count) {
    return together(convert<index_t>(fold_column<plus, L, lanes>(x, row_stride, rows, count_one{}, count...)));
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

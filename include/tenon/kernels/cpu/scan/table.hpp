#pragma once
// From a scanner, which speaks of vectors, to the table of plain functions that the loop runs (kernels/scan.hpp).
//
//   struct scanner {
//     using element = T;
//     using carries = type_list<A, B, ...>;         the components of a carry
//     static constexpr int lanes;                   lines at a time: no more than any component's lanes
//     static constexpr double nanoseconds;          per element, roughly
//     static pack<A, B> begin();
//     static vec<C, lanes> load(const T*, count...);
//     static pack<vec<A>, vec<B>> next(pack carry, vec x, index_t position);
//     static pack<vec<...>...> value(pack carry);                                one vec for each output
//     static void along<Out...>(out, x, n, position, pack<A, B>& carry);         optional; else one element after the other
//   };
#include <tenon/kernels/cpu/reduction/table.hpp>
#include <tenon/kernels/scan.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail::scan {

using reduction::together;

template <scan_kind Kind, class T>
struct scanner;

template <class Out, class V, class... Count>
TENON_INLINE void put(void* out, index_t i, V v, Count... count) {
  if (out) store_as(static_cast<Out*>(out) + i, v, count...);
}

template <class S, class... Out>
struct table {
  using T = typename S::element;
  static constexpr int N = S::lanes;
  using arrays = typename reduction::arrays_of<N, typename S::carries>::type;

  static reduction_block block(scan_carries c) { return {c.data, c.capacity, 0}; }

  static void begin(scan_carries c, index_t lines) {
    for (index_t i = 0; i < lines; ++i) arrays::store_one(block(c), i, S::begin());
  }
  static void across(void* const* out, const index_t* out_stride, const void* x, index_t x_stride, index_t n, index_t lines, index_t position, scan_carries c) {
    const std::byte* row = static_cast<const std::byte*>(x);
    std::byte* to[2] = {static_cast<std::byte*>(out[0]), static_cast<std::byte*>(out[1])};
    for (index_t r = 0; r < n; ++r, row += x_stride) {
      reduction::for_columns<N>(lines, [&](index_t i, auto... count) TENON_INLINE_LAMBDA {
        const auto carry = S::next(arrays::load(block(c), i, count...), S::load(reinterpret_cast<const T*>(row) + i, count...), position + r);
        arrays::store(block(c), i, carry, count...);
        write(to, i, S::value(carry), std::index_sequence_for<Out...>{}, count...);
      });
      for (int k = 0; k < 2; ++k)
        if (to[k]) to[k] += out_stride[k];
    }
  }
  static void along(void* const* out, const void* x, index_t n, index_t position, scan_carries c) {
    const T* p = static_cast<const T*>(x);
    if constexpr (requires { S::template along<Out...>(out, p, n, position, c); }) {
      S::template along<Out...>(out, p, n, position, c);
    } else {
      auto carry = arrays::load(block(c), 0, index_t{1});
      for (index_t i = 0; i < n; ++i) {
        carry = S::next(carry, S::load(p + i, index_t{1}), position + i);
        write(out, i, S::value(carry), std::index_sequence_for<Out...>{}, index_t{1});
      }
      arrays::store(block(c), 0, carry, index_t{1});
    }
  }
  template <class To, class V, std::size_t... K, class... Count>
  TENON_INLINE static void write(To* const* out, index_t i, const V& values, std::index_sequence<K...>, Count... count) {
    (put<Out>(out[K], i, get<K>(values), count...), ...);
  }

  static constexpr index_t out_item(std::size_t k) {
    constexpr index_t sizes[] = {static_cast<index_t>(sizeof(Out))..., 0, 0};
    return k < sizeof...(Out) ? sizes[k] : 0;
  }
  static constexpr scan_functions functions = {.item = sizeof(T), .out_item = {out_item(0), out_item(1)}, .carry_bytes = arrays::bytes,
                                               .nanoseconds = S::nanoseconds, .begin = &begin, .along = &along, .across = &across};
};

}  // namespace detail::scan

template <scan_kind Kind, class T, class... Out>
constexpr const scan_functions* function_of(scan_kernel<Kind, T, Out...>, this_arch) {
  return &detail::scan::table<detail::scan::scanner<Kind, T>, Out...>::functions;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// From a reducer, which speaks of vectors, to the table of plain functions that the loop runs (kernels/reduction.hpp).
//
//   struct reducer {
//     using element = T;                            of x
//     using states = type_list<A, B, ...>;          the components of a state
//     static constexpr int lanes;                   columns at a time: no more than any component's lanes
//     static constexpr index_t run_bytes;           of a unit by rows: one_pass or two_passes
//     static constexpr index_t group;               rows of a unit by columns
//     static constexpr double nanoseconds;          per element, roughly
//     static constexpr bool indexed;
//     static pack<A, B> run(options, const T* x, index_t n, place);                                   n >= 1
//     static pack<vec<A>, vec<B>> columns(options, const T* x, row_stride, rows, place, count...);    rows >= 1
//     static pack<vec<A>, vec<B>> merge(options, pack a, pack b);        b follows a in the order of the tree
//     static pack<A, B> identity(options);
//     static pack<vec<...>...> finish(options, pack);                    one vec for each output
//   };
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/reduction/fold.hpp>
#include <tenon/kernels/reduction.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail::reduction {

// The reducer of a kind and an element type: specialised in the headers beside this one.
template <reduction_kind Kind, class T>
struct reducer;

// A unit that is read twice stays in the second cache. (16-bit integers of one_pass bytes add up in 32 bits, just.)
inline constexpr index_t one_pass = 128 * 1024, two_passes = 64 * 1024;

template <class... Ts>
TENON_INLINE pack<Ts...> together(Ts... values) {
  return {{{values}...}};
}

// Reading and writing entry i of a block's arrays.
template <int N, class... Ts>
struct state_arrays {
  using lanes_type = pack<vec<Ts, N>...>;

  template <class... Count>
  TENON_INLINE static lanes_type load(reduction_block b, index_t i, Count... count) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) TENON_INLINE_LAMBDA {
      return together(vec<Ts, N>::load(array<K, Ts>(b) + i, count...)...);
    }(std::index_sequence_for<Ts...>{});
  }
  template <class... Count>
  TENON_INLINE static void store(reduction_block b, index_t i, const lanes_type& s, Count... count) {
    [&]<std::size_t... K>(std::index_sequence<K...>) TENON_INLINE_LAMBDA {
      (get<K>(s).store(array<K, Ts>(b) + i, count...), ...);
    }(std::index_sequence_for<Ts...>{});
  }
  TENON_INLINE static void store_one(reduction_block b, index_t i, const pack<Ts...>& s) {
    [&]<std::size_t... K>(std::index_sequence<K...>) TENON_INLINE_LAMBDA {
      ((array<K, Ts>(b)[i] = get<K>(s)), ...);
    }(std::index_sequence_for<Ts...>{});
  }
  static constexpr index_t bytes = (static_cast<index_t>(sizeof(Ts)) + ...);

 private:
  static constexpr index_t bytes_before(std::size_t k) {
    constexpr index_t sizes[] = {static_cast<index_t>(sizeof(Ts))...};
    index_t sum = 0;
    for (std::size_t i = 0; i < k; ++i) sum += sizes[i];
    return sum;
  }
  template <std::size_t K, class T>
  TENON_INLINE static T* array(reduction_block b) {
    return reinterpret_cast<T*>(b.data + bytes_before(K) * b.capacity) + b.first;
  }
};

template <int N, class List>
struct arrays_of;
template <int N, class... Ts>
struct arrays_of<N, type_list<Ts...>> { using type = state_arrays<N, Ts...>; };

// f(i) for every full vector of columns, then f(i, count) for the rest.
template <int N, class F>
TENON_INLINE void for_columns(index_t columns, F f) {
  index_t i = 0;
  for (; i + N <= columns; i += N) f(i);
  if (i < columns) f(i, columns - i);
}

template <class R, class... Out>
struct table {
  using T = typename R::element;
  static constexpr int N = R::lanes;
  using arrays = typename arrays_of<N, typename R::states>::type;

  static void fold_rows(const reduction_options& o, reduction_block to, const void* x, index_t row_stride, index_t rows, index_t n, reduction_place at) {
    const std::byte* row = static_cast<const std::byte*>(x);
    for (index_t i = 0; i < rows; ++i, row += row_stride, at.index += at.row)
      arrays::store_one(to, i, R::run(o, reinterpret_cast<const T*>(row), n, at));
  }
  static void fold_columns(const reduction_options& o, reduction_block to, const void* x, index_t row_stride, index_t rows, index_t columns, reduction_place at) {
    for_columns<N>(columns, [&](index_t i, auto... count) TENON_INLINE_LAMBDA {
      arrays::store(to, i, R::columns(o, static_cast<const T*>(x) + i, row_stride, rows, at, count...), count...);
    });
  }
  static void merge(const reduction_options& o, reduction_block a, reduction_block b, index_t columns) {
    for_columns<N>(columns, [&](index_t i, auto... count) TENON_INLINE_LAMBDA {
      arrays::store(a, i, R::merge(o, arrays::load(a, i, count...), arrays::load(b, i, count...)), count...);
    });
  }
  static void identity(const reduction_options& o, reduction_block to, index_t columns) {
    for (index_t i = 0; i < columns; ++i) arrays::store_one(to, i, R::identity(o));
  }
  static void finish(const reduction_options& o, void* const* out, reduction_block from, index_t columns) {
    for_columns<N>(columns, [&](index_t i, auto... count) TENON_INLINE_LAMBDA {
      const auto results = R::finish(o, arrays::load(from, i, count...));
      [&]<std::size_t... K>(std::index_sequence<K...>) TENON_INLINE_LAMBDA {
        (write<Out>(out[K], i, get<K>(results), count...), ...);
      }(std::index_sequence_for<Out...>{});
    });
  }
  template <class U, class V, class... Count>
  TENON_INLINE static void write(void* out, index_t i, V v, Count... count) {
    if (out) store_as(static_cast<U*>(out) + i, v, count...);
  }

  static constexpr index_t out_item(std::size_t k) {
    constexpr index_t sizes[] = {static_cast<index_t>(sizeof(Out))..., 0, 0};
    return k < sizeof...(Out) ? sizes[k] : 0;
  }
  static constexpr reduction_functions functions = {
      .item = sizeof(T), .state_bytes = arrays::bytes, .run = R::run_bytes / static_cast<index_t>(sizeof(T)), .group = R::group,
      .nanoseconds = R::nanoseconds, .indexed = R::indexed, .out_item = {out_item(0), out_item(1)}, .fold_rows = &fold_rows,
      .fold_columns = &fold_columns, .merge = &merge, .identity = &identity, .finish = &finish};
};

}  // namespace detail::reduction

template <reduction_kind Kind, class T, class... Out>
constexpr const reduction_functions* function_of(reduction_kernel<Kind, T, Out...>, this_arch) {
  return &detail::reduction::table<detail::reduction::reducer<Kind, T>, Out...>::functions;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

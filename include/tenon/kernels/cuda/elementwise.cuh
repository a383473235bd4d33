#pragma once
// Elementwise functions on a GPU.                      out, in_0 .. in_k (any shape that broadcasts to out's)
//
// One kernel for each function F and each type C that it computes in (kernels/elementwise_device.hpp says why), in two forms:
//
//   dense    all tensors lie dense, hold the same type S and are aligned to 16 bytes. A thread computes one vector of 16 bytes (of types of one byte
//            8 elements, which is what fits its registers); the elements behind the last whole vector are computed one by one by the first
//            threads. S is C, for float also half and bfloat16, for int32 also the narrow integers. Conditions are bool, and what is real
//            beside complex numbers is of their parts' type.
//   strided  everything else: broadcasting, strides, mixed types. A thread computes one element at a time, neighbours in
//            the innermost dimension side by side. Each operand is converted from its own type.
//
// uint8, int8 and int16 have no kernels of their own: they are computed in int32, and a result wraps to their width before it is
// stored. Sums, products, bits, comparisons, quotients, powers and shifts by any count come out the same that way. Functions that
// look at a result on the way, or at the limits of their type, have a kernel for each type (enroll_each_type).
//
// Launch     256 threads; as many blocks as there is work, at most 32 waves: the rest by a loop. No shared memory.
// Indexing   in 32 bits, by multiplication, where out has less than 2^31 elements; byte offsets always in 64.
// Both forms call F on one element at a time, so that an element's bits depend on nothing else.
#include <tenon/kernels/cuda/complex.cuh>
#include <tenon/kernels/cuda/convert.cuh>
#include <tenon/kernels/cuda/special.cuh>
#include <tenon/kernels/elementwise_device.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace elementwise {

inline constexpr int threads = 256;

// An argument: where its elements are, or the scalar that it is.
template <class A>
struct argument {
  const std::byte* data;                         // null: a scalar
  A scalar;
  dtype type;
};

template <class T>
inline constexpr bool is_narrow = std::is_integral_v<T> && !std::is_same_v<T, bool> && sizeof(T) < 4;
template <class T>
using in_int32 = std::conditional_t<is_narrow<T>, std::int32_t, T>;

// The integer type that a kernel of int32 computes for.
struct wrapping {
  int spare_bits = 0;                            // of 32
  bool is_unsigned = false;

  template <class R>
  TENON_INLINE __device__ R operator()(R x) const {
    if constexpr (std::is_same_v<R, std::int32_t>) {
      const std::uint32_t raised = static_cast<std::uint32_t>(x) << spare_bits;
      return is_unsigned ? static_cast<R>(raised >> spare_bits) : static_cast<R>(raised) >> spare_bits;
    } else {
      return x;
    }
  }
};
template <class T>
constexpr wrapping wrapping_to() {
  if constexpr (is_narrow<T>) return {32 - 8 * static_cast<int>(sizeof(T)), std::is_unsigned_v<T>};
  else return {};
}

template <class F, class... A>
struct call {
  F f;
  pack<argument<A>...> arguments;
  std::byte* out;
  dtype out_type;
  wrapping wrap;
  index_t numel;
};

// Where element i of out lies, and of each argument: dimensions from the innermost, strides in bytes.
template <int N>
struct layout {
  int rank;
  bool narrow;                                   // numel < 2^31
  index_t extent[max_rank];
  fast_divider divider[max_rank];
  index_t stride[max_rank][1 + N];
};

// Dimensions of these extents, from the innermost; their strides are still 0.
template <int N, int Rank>
layout<N> make_layout(const index_t (&extent)[Rank]) {
  layout<N> l{};
  index_t numel = 1;
  for (const index_t n : extent) numel *= n;
  l.rank = Rank;
  l.narrow = numel <= INT32_MAX;
  for (int d = 0; d < Rank; ++d) {
    l.extent[d] = extent[d];
    if (l.narrow && numel > 0) l.divider[d] = fast_divider(static_cast<std::uint32_t>(extent[d]));
  }
  return l;
}

template <int N>
TENON_INLINE __device__ void locate(const layout<N>& l, index_t i, index_t (&offset)[1 + N]) {
  for (int k = 0; k <= N; ++k) offset[k] = 0;
  const auto add = [&](int d, index_t position) {
    for (int k = 0; k <= N; ++k) offset[k] += position * l.stride[d][k];
  };
  if (l.narrow) {
    auto rest = static_cast<std::uint32_t>(i);
    for (int d = 0; d < l.rank; ++d) {
      const std::uint32_t next = l.divider[d].quotient(rest);
      add(d, rest - next * l.divider[d].d);
      rest = next;
    }
  } else {
    for (int d = 0; d < l.rank; ++d) {
      const index_t next = i / l.extent[d];
      add(d, i - next * l.extent[d]);
      i = next;
    }
  }
}

template <class F, class... A>
using result_of = typename lane_value<decltype(std::declval<const F&>()(make_lane(A{})...))>::type;

// A function of many instructions is called, not repeated for each element of a vector: a third of the time to compile, and no
// registers spilled. The call is lost in the work.
template <class F>
inline constexpr bool is_long = false;
template <class F>
  requires requires { F::nanoseconds; }
inline constexpr bool is_long<F> = F::nanoseconds >= 0.5;
template <class F, class... A>
__device__ __noinline__ auto call_long(const F f, A... a) -> result_of<F, A...> {
  return value_of(f(make_lane(a)...));
}
template <class F, class... A>
TENON_INLINE __device__ auto apply_to(const F& f, A... a) -> result_of<F, A...> {
  if constexpr (is_long<F>) return call_long(f, a...);
  else return value_of(f(make_lane(a)...));
}

// The type that is stored for an argument or a result computed as A, where the others are stored as S.
template <class A, class S>
using stored = std::conditional_t<std::is_same_v<A, bool>, bool, std::conditional_t<complex_type<A>, S, real_t<S>>>;

// `elements` of one argument, as they are computed with.
template <class S, int V, class A>
TENON_INLINE __device__ void load(const argument<A>& a, index_t first, A (&to)[V]) {
  if (a.data == nullptr) {
    for (int j = 0; j < V; ++j) to[j] = a.scalar;
  } else {
    using vector = vector_of<stored<A, S>, V>;
    const vector v = reinterpret_cast<const vector*>(a.data)[first / V];
    for (int j = 0; j < V; ++j) to[j] = convert_element<A>(v.at[j]);
  }
}

template <class S>
inline constexpr int per_thread = sizeof(S) == 1 ? 8 : 16 / static_cast<int>(sizeof(S));

// Four blocks at least: left to itself, ptxas spills to fit eight.
template <class S, class F, class... A>
__global__ void __launch_bounds__(threads, 4) dense(const call<F, A...> c) {
  using R = result_of<F, A...>;
  using T = stored<R, S>;
  constexpr int V = per_thread<S>;
  const index_t vectors = c.numel / V, step = static_cast<index_t>(gridDim.x) * threads;
  const index_t first = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    for (index_t i = first; i < vectors; i += step) {
      vector_of<T, V> r;
      [&](auto&&... x) {
        (load<S>(get<I>(c.arguments), i * V, x.at), ...);
        TENON_CUDA_UNROLL
        for (int j = 0; j < V; ++j) r.at[j] = convert_element<T>(apply_to(c.f, x.at[j]...));
      }(vector_of<A, V>()...);
      reinterpret_cast<vector_of<T, V>*>(c.out)[i] = r;
    }
    if (const index_t i = vectors * V + first; i < c.numel) {
      const auto one = [i](const auto& a) {
        using X = std::remove_cvref_t<decltype(a.scalar)>;
        return a.data == nullptr ? a.scalar : convert_element<X>(reinterpret_cast<const stored<X, S>*>(a.data)[i]);
      };
      reinterpret_cast<T*>(c.out)[i] = convert_element<T>(apply_to(c.f, one(get<I>(c.arguments))...));
    }
  }(std::index_sequence_for<A...>{});
}

template <class F, class... A>
__global__ void __launch_bounds__(threads) strided(const call<F, A...> c, const layout<sizeof...(A)> l) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < c.numel; i += step) {
    index_t offset[1 + sizeof...(A)];
    locate(l, i, offset);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto one = [](const auto& a, index_t at) {
        using X = std::remove_cvref_t<decltype(a.scalar)>;
        return a.data == nullptr ? a.scalar : load_as<X>(a.data + at, a.type);
      };
      store_as(c.out + offset[0], c.out_type, c.wrap(apply_to(c.f, one(get<I>(c.arguments), offset[1 + I])...)));
    }(std::index_sequence_for<A...>{});
  }
}

// ---- on the host -------------------------------------------------------------------------------------------------------
template <class C, class F, class... A>
struct runner {
  static constexpr int N = sizeof...(A);
  using R = result_of<F, A...>;

  template <std::size_t I, class X>
  static argument<X> make_argument(const elementwise_plan& p, const elementwise_arguments& a) {
    argument<X> r{nullptr, X{}, a.type[1 + I]};
    if (a.tensor[I] > 0)
      r.data = p.operand[a.tensor[I]].data;
    else
      r.scalar = visit(a.type[1 + I], [&]<class T>(type_tag<T>) { return convert_value<X>(*static_cast<const T*>(a.scalar[I])); });
    return r;
  }

  // Whether all tensors hold what is stored beside S, and may be read 16 bytes at a time.
  template <class S>
  static bool is_dense(const elementwise_plan& p, const elementwise_arguments& a) {
    constexpr dtype wanted[] = {dtype_of<stored<R, S>>, dtype_of<stored<A, S>>...};
    for (int i = 0; i < p.operands; ++i)
      if (!p.dense(i) || reinterpret_cast<std::uintptr_t>(p.operand[i].data) % 16 != 0) return false;
    for (int k = 0; k <= N; ++k)
      if ((k == 0 || a.tensor[k - 1] > 0) && a.type[k] != wanted[k]) return false;
    return true;
  }

  // For the type T, which is C or a narrow integer. Its operands, scalars as well, are of no wider type: they need not wrap.
  template <class T>
  static status run_for(const context& ctx, const elementwise_plan& p, const elementwise_arguments& a) {
    return run(ctx, p, a, wrapping_to<T>());
  }
  static status run(const context& ctx, const elementwise_plan& p, const elementwise_arguments& a, wrapping wrap) {
    if (p.numel == 0) return {};
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const call<F, A...> c{*static_cast<const F*>(a.function), {{{make_argument<I, A>(p, a)}...}}, p.operand[0].data, a.type[0], wrap, p.numel};
      if (is_dense<C>(p, a)) return run_dense<C>(ctx, c);
      if constexpr (std::is_same_v<C, float>) {
        if (is_dense<half>(p, a)) return run_dense<half>(ctx, c);
        if (is_dense<bfloat16>(p, a)) return run_dense<bfloat16>(ctx, c);
      }
      if constexpr (std::is_same_v<C, std::int32_t>) {                     // stored modulo 2^8 or 2^16: the same as `wrapping`
        if (is_dense<std::uint8_t>(p, a)) return run_dense<std::uint8_t>(ctx, c);
        if (is_dense<std::int8_t>(p, a)) return run_dense<std::int8_t>(ctx, c);
        if (is_dense<std::int16_t>(p, a)) return run_dense<std::int16_t>(ctx, c);
      }
      return run_strided(ctx, c, p, a);
    }(std::index_sequence_for<A...>{});
  }

  template <class S>
  static status run_dense(const context& ctx, const call<F, A...>& c) {
    constexpr index_t each = threads * per_thread<S>;
    return launch(ctx, &dense<S, F, A...>, blocks_for(ctx, c.numel, each), threads, 0, c);
  }
  static status run_strided(const context& ctx, const call<F, A...>& c, const elementwise_plan& p, const elementwise_arguments& a) {
    layout<N> l{};
    l.rank = p.rank;
    l.narrow = p.numel <= INT32_MAX;
    for (int d = 0; d < p.rank; ++d) {
      const int from = p.rank - 1 - d;
      l.extent[d] = p.extent[from];
      if (l.narrow) l.divider[d] = fast_divider(static_cast<std::uint32_t>(p.extent[from]));
      l.stride[d][0] = p.operand[0].stride[from];
      for (int k = 0; k < N; ++k) l.stride[d][1 + k] = a.tensor[k] > 0 ? p.operand[a.tensor[k]].stride[from] : 0;
    }
    return launch(ctx, &strided<F, A...>, blocks_for(ctx, c.numel, threads), threads, 0, c, l);
  }
};

// Puts F's kernels for the type T into device_entry. Arity is F's. Apart: a narrow integer has a kernel of its own.
template <class F, class T, bool Apart = true, class... A>
void enroll_type(type_list<A...>) {
  using C = typename kernels::on_device::arguments_compute<type_list<A...>>::type;
  if constexpr (functions::supported<F>(type_list<A...>{})) {
    // Several types T may be computed in one C: that kernel is made when T is C itself.
    if constexpr (std::is_same_v<C, T>) {
      if constexpr (Apart || !is_narrow<T>)
        device_entry<elementwise_kernel<F, C>, device::cuda> = &runner<C, F, compute_t<A>...>::template run_for<T>;
      else
        device_entry<elementwise_kernel<F, C>, device::cuda> = &runner<std::int32_t, F, in_int32<A>...>::template run_for<T>;
    }
    device_dtypes<F, device::cuda> = device_dtypes<F, device::cuda> | dtype_set(dtype_of<T>);
  }
}

template <int Arity, bool Apart, class F>
void enroll_function() {
  const auto type = []<class T, std::size_t... I>(type_tag<T>, std::index_sequence<I...>) {
    using arguments = typename functions::types_of<F, std::conditional_t<true, T, std::integral_constant<std::size_t, I>>...>::arguments;
    enroll_type<F, T, Apart>(arguments{});
  };
  const auto types = [&]<class... T>(type_list<T...>) { (type(type_tag<T>{}, std::make_index_sequence<Arity>{}), ...); };
  types(type_list<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, half, bfloat16, float, double, std::complex<float>,
                  std::complex<double>>{});
}

}  // namespace elementwise

// For all types that F has.
template <int Arity, class... F>
void enroll() {
  (elementwise::enroll_function<Arity, false, F>(), ...);
}
// The same, with kernels of their own for the narrow integers.
template <int Arity, class... F>
void enroll_each_type() {
  (elementwise::enroll_function<Arity, true, F>(), ...);
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

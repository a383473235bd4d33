#pragma once
// A whole expression as one kernel, where nvcc sees it: in a program's own .cu.     out, in_0 .. in_k (any shape that broadcasts to out's)
//
// The library's kernels were compiled before the expression was written, and compute it function by function, through memory. Here every
// tensor is read once and the result is written once; what lies between stays in registers, half types as float until the end: the
// rule of the CPU (kernels/cpu/elementwise.hpp), whose bits these are, but for the functions that differ (kernels/cuda/lane.cuh).
//
//   dense    all tensors dense and aligned to 16 bytes: a thread takes as many elements at once as 16 bytes hold of the widest type
//   strided  everything else, an element at a time
//
// Build      nvcc -std=c++20 --expt-relaxed-constexpr, and tenon::cuda is linked for memory and streams.
// Launch     256 threads, no shared memory; at most 32 waves of blocks, the rest by a loop.
// Indexing   in 32 bits, by multiplication, where out has less than 2^31 elements; byte offsets in 64.
#include <tenon/kernels/cuda/complex_functions.cuh>
#include <tenon/kernels/cuda/elementwise.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace fused {

inline constexpr int threads = 256;

// The types of an expression's tensors, in the order of their numbers.
template <class... Lists>
struct joined { using type = type_list<>; };
template <class... A>
struct joined<type_list<A...>> { using type = type_list<A...>; };
template <class... A, class... B, class... Rest>
struct joined<type_list<A...>, type_list<B...>, Rest...> : joined<type_list<A..., B...>, Rest...> {};
template <class Plan>
struct leaves { using type = type_list<>; };
template <int I, class T>
struct leaves<argument<I, T>> { using type = type_list<T>; };
template <class F, class... C>
struct leaves<apply<F, C...>> : joined<typename leaves<C>::type...> {};

// ---- one element -------------------------------------------------------------------------------------------------------
// As the type that a function asks for: a truth value for bool, else what is computed in.
template <class To, class T>
TENON_INLINE __device__ auto as_type(lane<T> x) {
  if constexpr (std::is_same_v<To, bool>) return truth_lane(x.v != T(0));
  else return lane<compute_t<To>>(convert_element<compute_t<To>>(x.v));
}
template <class To, class R>
TENON_INLINE __device__ auto as_type(lane<std::complex<R>> x) {              // never asked for as a real number
  if constexpr (std::is_same_v<To, bool>) return x != lane<std::complex<R>>(R(0));
  else return lane<To>(convert_element<To>(value_of(x)));
}
template <class To>
TENON_INLINE __device__ auto as_type(truth_lane x) {
  if constexpr (std::is_same_v<To, bool>) return x;
  else return lane<compute_t<To>>(x.v ? 1 : 0);
}

template <int I, class T, class Lanes>
TENON_INLINE __device__ auto evaluate(const argument<I, T>&, const Lanes& x) {
  return get<I>(x);
}
template <class T, class Lanes>
TENON_INLINE __device__ auto evaluate(const constant<T>& c, const Lanes&) {
  return make_lane(c.value);
}
template <class F, class... C, class Lanes>
TENON_INLINE __device__ auto evaluate(const apply<F, C...>& plan, const Lanes& x) {
  return [&]<class... To, std::size_t... J>(type_list<To...>, std::index_sequence<J...>) {
    return as_type<typename apply<F, C...>::value_type>(plan.f(as_type<To>(evaluate(get<J>(plan.operands), x))...));
  }(typename apply<F, C...>::arguments{}, std::index_sequence_for<C...>{});
}

template <class Out, class Plan, class... T>
TENON_INLINE __device__ Out element(const Plan& plan, T... x) {
  const pack<decltype(make_lane(convert_element<compute_t<T>>(x)))...> lanes{{{make_lane(convert_element<compute_t<T>>(x))}...}};
  return convert_element<Out>(value_of(as_type<Out>(evaluate(plan, lanes))));
}

// ---- the kernels -------------------------------------------------------------------------------------------------------
template <int N>
struct pointers {
  std::byte* at[1 + N];                          // out, and the tensors
};

template <class Out, int V, class Plan, class... T, std::size_t... I>
TENON_INLINE __device__ void run_dense(const Plan& plan, const pointers<sizeof...(T)>& p, index_t numel, type_list<T...>, std::index_sequence<I...>) {
  const index_t vectors = numel / V, step = static_cast<index_t>(gridDim.x) * threads;
  const index_t first = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x;
  for (index_t i = first; i < vectors; i += step) {
    vector_of<Out, V> r;
    [&](const vector_of<T, V>... x) {
      TENON_CUDA_UNROLL
      for (int j = 0; j < V; ++j) r.at[j] = element<Out>(plan, x.at[j]...);
    }(reinterpret_cast<const vector_of<T, V>*>(p.at[1 + I])[i]...);
    reinterpret_cast<vector_of<Out, V>*>(p.at[0])[i] = r;
  }
  if (const index_t i = vectors * V + first; i < numel)              // behind the last whole vector
    reinterpret_cast<Out*>(p.at[0])[i] = element<Out>(plan, reinterpret_cast<const T*>(p.at[1 + I])[i]...);
}
template <class Out, int V, int N, class Plan>
__global__ void __launch_bounds__(threads) dense(const Plan plan, const pointers<N> p, index_t numel) {
  run_dense<Out, V>(plan, p, numel, typename leaves<Plan>::type{}, std::make_index_sequence<N>{});
}

template <class Out, class Plan, class... T, std::size_t... I>
TENON_INLINE __device__ void run_strided(const Plan& plan, const pointers<sizeof...(T)>& p, const elementwise::layout<sizeof...(T)>& l, index_t numel,
                                         type_list<T...>, std::index_sequence<I...>) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < numel; i += step) {
    index_t offset[1 + sizeof...(T)];
    elementwise::locate(l, i, offset);
    *reinterpret_cast<Out*>(p.at[0] + offset[0]) = element<Out>(plan, *reinterpret_cast<const T*>(p.at[1 + I] + offset[1 + I])...);
  }
}
template <class Out, int N, class Plan>
__global__ void __launch_bounds__(threads) strided(const Plan plan, const pointers<N> p, const elementwise::layout<N> l, index_t numel) {
  run_strided<Out>(plan, p, l, numel, typename leaves<Plan>::type{}, std::make_index_sequence<N>{});
}

template <class Plan, class Out, class... T>
status run(const context& ctx, const elementwise_plan& p, const Plan& plan, type_list<T...>) {
  constexpr int N = sizeof...(T);
  pointers<N> at;
  bool vectors = true;
  for (int k = 0; k <= N; ++k) {
    at.at[k] = p.operand[k].data;
    vectors = vectors && p.dense(k) && reinterpret_cast<std::uintptr_t>(at.at[k]) % 16 == 0;
  }
  if (vectors) {
    constexpr std::size_t sizes[] = {sizeof(Out), sizeof(T)...};
    constexpr std::size_t widest = [](const auto& all) {
      std::size_t most = 1;
      for (const std::size_t size : all) most = size > most ? size : most;
      return most;
    }(sizes);
    constexpr int V = static_cast<int>(16 / widest);
    return launch(ctx, &dense<Out, V, N, Plan>, blocks_for(ctx, p.numel, threads * V), threads, 0, plan, at, p.numel);
  }
  elementwise::layout<N> l{};
  l.rank = p.rank;
  l.narrow = p.numel <= INT32_MAX;
  for (int d = 0; d < p.rank; ++d) {
    const int from = p.rank - 1 - d;
    l.extent[d] = p.extent[from];
    if (l.narrow) l.divider[d] = fast_divider(static_cast<std::uint32_t>(p.extent[from]));
    for (int k = 0; k <= N; ++k) l.stride[d][k] = p.operand[k].stride[from];
  }
  return launch(ctx, &strided<Out, N, Plan>, blocks_for(ctx, p.numel, threads), threads, 0, plan, at, l, p.numel);
}

// ---- what can be fused -------------------------------------------------------------------------------------------------
// A function of a user's own takes part if it has a rule (core/expression.hpp); nvcc wants its call operator to be __host__ __device__.
template <class F>
concept runs_on_lanes = requires { typename F::rule; };
template <class Plan>
inline constexpr bool fusible = true;
template <class F, class... C>
inline constexpr bool fusible<apply<F, C...>> = runs_on_lanes<F> && (fusible<C> && ...);

}  // namespace fused

// The plan's operands are out, of type Out, and the expression's tensors in order.
template <class Plan, class Out>
status run_expression(const context& ctx, const elementwise_plan& p, const void* plan) {
  return fused::run<Plan, Out>(ctx, p, *static_cast<const Plan*>(plan), typename fused::leaves<Plan>::type{});
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

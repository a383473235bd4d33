#pragma once
// Random numbers on a GPU: kernels/random.hpp, with the same bits as core/philox.hpp, which compiles for both.      out (n), dense
//
// A thread computes one element after the other, each from its own position: no state, and nothing to agree on between threads. The numbers
// use + - * / and square root alone, each rounded by itself, so that they are the CPU's bit for bit, normal ones too.
//
// Launch     256 threads, no shared memory; at most 32 waves of blocks, the rest by a loop.
// (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".)
#include <tenon/kernels/cuda/convert.cuh>
#include <tenon/kernels/cuda/lane.cuh>
#include <tenon/kernels/random.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace random {

inline constexpr int threads = 256;

// offset + y * factor, or y itself.
template <class C>
struct affine {
  lane<C> factor, offset;
  bool identity;
  affine(double f, double o) : factor(f), offset(o), identity(f == 1 && o == 0) {}
  TENON_INLINE __device__ C operator()(C y) const { return identity ? y : (lane<C>(y) * factor + offset).v; }
};

// What element i becomes, from position `at`.
template <class T>
struct make_uniform {
  using C = compute_t<T>;
  affine<C> f;
  explicit make_uniform(const uniform_numbers& n) : f(static_cast<C>(n.high) - static_cast<C>(n.low), n.low) {}
  TENON_INLINE __device__ T operator()(const philox& p, index_t, std::uint64_t at) const {
    return convert_element<T>(f(convert_element<C>(p.uniform<T>(at))));
  }
};
template <class T>
struct make_normal {
  using C = compute_t<T>;
  affine<C> f;
  explicit make_normal(const normal_numbers& n) : f(n.deviation, n.mean) {}
  TENON_INLINE __device__ T operator()(const philox& p, index_t, std::uint64_t at) const { return convert_element<T>(f(p.normal<C>(at))); }
};
template <class T>
struct make_exponential {
  using C = compute_t<T>;
  C rate;
  explicit make_exponential(const exponential_numbers& n) : rate(static_cast<C>(n.rate)) {}
  TENON_INLINE __device__ T operator()(const philox& p, index_t, std::uint64_t at) const {
    const C e = p.exponential<C>(at);
    return convert_element<T>(rate == C(1) ? e : e / rate);
  }
};
template <class T>
struct make_integer {
  integer_numbers n;
  explicit make_integer(const integer_numbers& what) : n(what) {}
  TENON_INLINE __device__ T operator()(const philox& p, index_t, std::uint64_t at) const {
    return convert_element<T>(p.integer<std::int64_t>(at, n.low, n.high));
  }
};
template <class T>
struct make_bernoulli {
  double probability;
  explicit make_bernoulli(const bernoulli_numbers& n) : probability(n.p) {}
  TENON_INLINE __device__ T operator()(const philox& p, index_t, std::uint64_t at) const {
    return convert_element<T>(p.bernoulli(at, probability) ? 1.0f : 0.0f);
  }
};
template <class T, class P>
struct make_bernoulli_each {
  const P* probability;
  explicit make_bernoulli_each(const bernoulli_each<P>& n) : probability(n.p) {}
  TENON_INLINE __device__ T operator()(const philox& p, index_t i, std::uint64_t at) const {
    return convert_element<T>(p.bernoulli(at, convert_element<double>(probability[i])) ? 1.0f : 0.0f);
  }
};

template <class T, class Numbers>
struct maker;
template <class T> struct maker<T, uniform_numbers> { using type = make_uniform<T>; };
template <class T> struct maker<T, normal_numbers> { using type = make_normal<T>; };
template <class T> struct maker<T, exponential_numbers> { using type = make_exponential<T>; };
template <class T> struct maker<T, integer_numbers> { using type = make_integer<T>; };
template <class T> struct maker<T, bernoulli_numbers> { using type = make_bernoulli<T>; };
template <class T, class P> struct maker<T, bernoulli_each<P>> { using type = make_bernoulli_each<T, P>; };

template <class T, class Make>
__global__ void __launch_bounds__(threads) fill(T* out, const random_plan p, const Make make) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < p.n; i += step)
    out[i] = make(p.numbers, i, p.first + static_cast<std::uint64_t>(i));
}

}  // namespace random

template <class T, class Numbers>
status run_random(const context& ctx, const random_plan& p, const Numbers& what, T* out) {
  if (p.n == 0) return {};
  using make = typename random::maker<T, Numbers>::type;
  return launch(ctx, &random::fill<T, make>, blocks_for(ctx, p.n, random::threads), random::threads, 0, out, p, make(what));
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

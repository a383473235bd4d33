#pragma once
// Reductions on a GPU.      out[k] = finish(merge over all r of x[k, r])      k: the kept dimensions, r: the reduced ones
//
//   by rows      a block, or for up to 64 elements a warp, folds the elements of one output: neighbours are read side by side
//                where a reduced dimension is dense.
//   by columns   the innermost kept dimension is dense and no reduced one is: a thread folds one output, a warp 32 neighbours.
//
// Few outputs of many elements are cut into `splits` (kernels/reduction.hpp), whose states go through the workspace and are
// merged by a second kernel. The cut depends on the shape alone and there are no atomics: the same bits each time, on
// every device. (A tree in each block: Harris 2007, "Optimizing parallel reduction in CUDA".)
//
// Launch     256 threads. Shared memory: one state for each warp.
// Types      elements are converted as they are read, and results as they are written.
// Precision  reducers.cuh, where the states are.
#include <tenon/kernels/cuda/reducers.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace reduction {

inline constexpr int threads = 256;

// Dimensions from the innermost: offsets of x and of the outputs in bytes; for reduced ones `position` instead.
struct walk {
  int rank = 0;
  bool narrow = true;
  index_t extent[reduction_rank] = {};
  fast_divider divider[reduction_rank];
  index_t x[reduction_rank] = {}, first[reduction_rank] = {}, second[reduction_rank] = {};
};
struct place {
  index_t x, first, second;
};
TENON_INLINE __device__ place locate(const walk& w, index_t i) {
  if (w.rank == 1) return {i * w.x[0], i * w.first[0], i * w.second[0]};
  place p{0, 0, 0};
  for (int d = 0; d < w.rank; ++d) {
    const index_t next = w.narrow ? static_cast<index_t>(w.divider[d].quotient(static_cast<std::uint32_t>(i))) : i / w.extent[d];
    const index_t position = i - next * w.extent[d];
    p.x += position * w.x[d];
    p.first += position * w.first[d];
    p.second += position * w.second[d];
    i = next;
  }
  return p;
}

// ---- kernels -----------------------------------------------------------------------------------------------------------
struct call {
  walk kept, reduced;
  index_t outputs, count, splits, per_split;
  const std::byte* x;
  std::byte* out[2];
  dtype type, out_type[2];
  std::byte* workspace;
};

// An element as it is computed with, and a result as its output holds it. Inlined, unlike load_as: a call in the loop would spill.
template <class C>
TENON_INLINE __device__ C element_of(const call& c, const std::byte* at) {
  const auto as = [at]<class T>(type_tag<T>) { return convert_element<C>(*reinterpret_cast<const T*>(at)); };
  if constexpr (std::is_same_v<C, double>) return as(type_tag<double>{});
  else if constexpr (std::is_same_v<C, float>)
    return c.type == dtype::float32 ? as(type_tag<float>{}) : c.type == dtype::float16 ? as(type_tag<half>{}) : as(type_tag<bfloat16>{});
  else switch (c.type) {
      case dtype::boolean: return as(type_tag<bool>{});
      case dtype::uint8: return as(type_tag<std::uint8_t>{});
      case dtype::int8: return as(type_tag<std::int8_t>{});
      case dtype::int16: return as(type_tag<std::int16_t>{});
      case dtype::int32: return as(type_tag<std::int32_t>{});
      default: return as(type_tag<std::int64_t>{});
    }
}
template <class R>
TENON_INLINE __device__ void write_one(std::byte* to, dtype t, R x) {
  visit_real(t, [to, x]<class T>(type_tag<T>) {
    if constexpr (std::is_integral_v<R> || !std::is_integral_v<T>) *reinterpret_cast<T*>(to) = convert_element<T>(x);
  });
}

template <class... Results>
TENON_INLINE __device__ void write(const call& c, const place& p, const pack<Results...>& results) {
  if (c.out[0]) write_one(c.out[0] + p.first, c.out_type[0], get<0>(results));
  if constexpr (sizeof...(Results) > 1)
    if (c.out[1]) write_one(c.out[1] + p.second, c.out_type[1], get<1>(results));
}

template <class R>
TENON_INLINE __device__ void keep_or_finish(const call& c, const reduction_options& o, index_t output, index_t split, const place& p,
                                            const typename R::state& s) {
  if (c.splits == 1) write(c, p, R::finish(o, s));
  else reinterpret_cast<typename R::state*>(c.workspace)[output * c.splits + split] = s;
}

template <class C, class R, int Threads>
__global__ void __launch_bounds__(threads, 3) by_rows(const call c, const reduction_options o) {
  using state = typename R::state;
  TENON_DYNAMIC_SHARED(state, held);
  const int t = static_cast<int>(threadIdx.x) % Threads;
  constexpr int together = threads / Threads;
  const index_t all = c.outputs * c.splits;
  for (index_t unit = static_cast<index_t>(blockIdx.x) * together + static_cast<int>(threadIdx.x) / Threads; unit < all;
       unit += static_cast<index_t>(gridDim.x) * together) {
    const index_t output = unit / c.splits, split = unit - output * c.splits;
    const place p = locate(c.kept, output);
    const index_t begin = split * c.per_split, last = begin + c.per_split, end = last < c.count ? last : c.count;
    state s = R::nothing();
    for (index_t i = begin + t; i < end; i += Threads) {
      const place r = locate(c.reduced, i);
      R::add(o, s, element_of<C>(c, c.x + p.x + r.x), r.first);
    }
    s = fold_threads<Threads>(s, held, [&](const state& a, const state& b) { return R::merged(o, a, b); });
    if (t == 0) keep_or_finish<R>(c, o, output, split, p, s);
  }
}

template <class C, class R>
__global__ void __launch_bounds__(threads, 3) by_columns(const call c, const reduction_options o) {
  using state = typename R::state;
  const index_t all = c.outputs * c.splits;
  for (index_t unit = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; unit < all; unit += static_cast<index_t>(gridDim.x) * threads) {
    const index_t split = unit / c.outputs, output = unit - split * c.outputs;       // neighbours are outputs of one split
    const place p = locate(c.kept, output);
    const index_t begin = split * c.per_split, last = begin + c.per_split, end = last < c.count ? last : c.count;
    state s = R::nothing();
    for (index_t i = begin; i < end; ++i) {
      const place r = locate(c.reduced, i);
      R::add(o, s, element_of<C>(c, c.x + p.x + r.x), r.first);
    }
    keep_or_finish<R>(c, o, output, split, p, s);
  }
}

template <class R>
__global__ void __launch_bounds__(threads) merge_splits(const call c, const reduction_options o) {
  using state = typename R::state;
  TENON_DYNAMIC_SHARED(state, held);
  const auto* const states = reinterpret_cast<const state*>(c.workspace);
  for (index_t output = blockIdx.x; output < c.outputs; output += gridDim.x) {
    state s = R::nothing();
    for (index_t i = threadIdx.x; i < c.splits; i += threads) s = R::merged(o, s, states[output * c.splits + i]);
    s = fold_threads<threads>(s, held, [&](const state& a, const state& b) { return R::merged(o, a, b); });
    if (threadIdx.x == 0) write(c, locate(c.kept, output), R::finish(o, s));
  }
}

inline walk make_walk(const reduction_dim* dims, int rank, index_t numel, bool reduced) {
  walk w;
  w.rank = rank;
  w.narrow = numel <= INT32_MAX;
  for (int d = 0; d < rank; ++d) {
    w.extent[d] = dims[d].extent;
    if (w.narrow) w.divider[d] = fast_divider(static_cast<std::uint32_t>(dims[d].extent));
    w.x[d] = dims[d].x;
    w.first[d] = reduced ? dims[d].index : dims[d].out[0];
    w.second[d] = reduced ? 0 : dims[d].out[1];
  }
  return w;
}

template <class C, class R>
status run(const context& ctx, const device_reduction& r, const reduction_options& o) {
  using state = typename R::state;
  static_assert(sizeof(state) <= device_reduction::state_bytes);
  const reduction_plan& p = r.plan;
  if (p.outputs == 0) return {};
  call c{make_walk(p.kept, p.kept_rank, p.outputs, false), make_walk(p.reduced, p.reduced_rank, p.count, true), p.outputs, p.count, r.splits,
         ceil_divide(p.count, r.splits), r.x + p.x_start, {}, r.type, {r.out_type[0], r.out_type[1]}, r.workspace};
  for (int i = 0; i < 2; ++i) c.out[i] = r.out[i] ? r.out[i] + p.out_start[i] : nullptr;
  const index_t units = p.outputs * r.splits;
  status s;
  if (r.by_columns)
    s = launch(ctx, &by_columns<C, R>, blocks_for(ctx, units, threads), threads, 0, c, o);
  else if (p.count <= 64)
    s = launch(ctx, &by_rows<C, R, warp_size>, blocks_for(ctx, units, threads / warp_size), threads, 0, c, o);
  else
    s = launch(ctx, &by_rows<C, R, threads>, blocks_for(ctx, units, 1), threads, sizeof(state) * threads / warp_size, c, o);
  if (!s || r.splits == 1) return s;
  return launch(ctx, &merge_splits<R>, blocks_for(ctx, p.outputs, 1), threads, sizeof(state) * threads / warp_size, c, o);
}

}  // namespace reduction

// Puts the kernel of a kind for elements T and outputs Out into device_entry. It computes in double, in float (half types,
// too) or in int64 (all integers and bool): the kernel is one for all these types.
template <reduction_kind Kind, class T, class... Out>
void enroll_reduction() {
  using C = std::conditional_t<std::is_integral_v<T>, index_t, compute_t<T>>;
  device_entry<device_reduction_kernel<Kind, T, Out...>, device::cuda> = &reduction::run<C, typename reduction::kind_of<Kind, C>::type>;
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

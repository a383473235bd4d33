#pragma once
// Reductions on a GPU.      out[k] = finish(merge over all r of x[k, r])      k: the kept dimensions, r: the reduced ones
//
//   by rows      a group of threads folds the elements of one output. Floating elements that lie dense are read in vectors of 16
//                bytes, four of each thread (two for kinds with a long addition) before the first is folded. The group is the
//                smallest power of two of threads that reads a row at once, a warp also for many rows of up to four times that
//                length, else a block. Other elements are read one by one, by a warp up to 64 of them, else by a block.
//   by columns   the innermost kept dimension is dense and no reduced one is: a thread folds one output, a warp 32 neighbours.
//                Floating elements are read from 8 rows (half types from 16) before the first is folded.
//
// Which thread folds which elements, and in which order, does not depend on where they lie: a row that is not aligned to 16 bytes is
// read element by element for the same vectors.
//
// Few outputs of many elements are cut into `splits` (kernels/reduction.hpp), whose states go through the workspace and are
// merged by a second kernel. The cut depends on the shape alone and there are no atomics: the same bits each time, on
// every device. (A tree in each block: Harris 2007, "Optimizing parallel reduction in CUDA".)
//
// Launch     256 threads. Shared memory: one state for each warp.
// Types      elements are converted as they are folded, and results as they are written. Kernels of dense floating elements are made for
//            each type of elements, the others for the type that is computed in.
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
  TENON_CUDA_KEEP_ROLLED
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
  int group;                                               // threads of an output: a power of two up to a warp, or all of the block
  bool aligned;                                            // dense rows: where one vector of an output is aligned, all are
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

// Where the reduced elements of a unit begin and end, and where its output is.
struct unit_place {
  index_t output, split, begin, end;
};
TENON_INLINE __device__ unit_place locate_unit(const call& c, index_t output, index_t split) {
  const index_t begin = split * c.per_split, last = begin + c.per_split;
  return {output, split, begin, last < c.count ? last : c.count};
}

// ---- elements of a known type: several are on their way before the first is folded -------------------------------------
template <class S>
inline constexpr int per_vector = 16 / static_cast<int>(sizeof(S));
template <class S>
inline constexpr int rows_at_once = sizeof(S) == 2 ? 16 : 8;
template <class S>
using word_of = std::conditional_t<sizeof(S) == 8, std::uint64_t, std::uint32_t>;

template <class R>
inline constexpr int words_at_once = 64;
template <class R>
  requires requires { R::words_at_once; }
inline constexpr int words_at_once<R> = R::words_at_once;
// Vectors of 16 bytes for each thread. The longest additions need the registers, and are not as fast as memory.
template <class R>
inline constexpr int vectors = words_at_once<R> == 1 ? 2 : 4;

// Adds the first n elements of these words, as they lie there; `position` tells that of element i. Registers have no index: where an
// addition is long, a loop takes the first words and moves the others up.
template <class C, class R, class S, class Word, int Words, class Position>
TENON_INLINE __device__ void add_words(const reduction_options& o, typename R::state& s, Word (&words)[Words], int n, Position position) {
  constexpr int each = static_cast<int>(sizeof(Word) / sizeof(S));
  const auto add = [&](const Word& word, int e, index_t at) {
    S x;
    __builtin_memcpy(&x, reinterpret_cast<const std::byte*>(&word) + e * sizeof(S), sizeof x);
    R::add(o, s, convert_element<C>(x), at);
  };
  if constexpr (words_at_once<R> >= Words) {
    if (n == Words * each) {
      TENON_CUDA_UNROLL
      for (int k = 0; k < Words; ++k) {
        TENON_CUDA_UNROLL
        for (int e = 0; e < each; ++e) add(words[k], e, position(k * each + e));
      }
    } else {
      TENON_CUDA_UNROLL
      for (int k = 0; k < Words; ++k) {
        TENON_CUDA_UNROLL
        for (int e = 0; e < each; ++e)
          if (k * each + e < n) add(words[k], e, position(k * each + e));
      }
    }
  } else {
    constexpr int now = words_at_once<R>;
    TENON_CUDA_KEEP_ROLLED
    for (int i = 0; i < n; i += now * each) {
      TENON_CUDA_UNROLL
      for (int k = 0; k < now; ++k) {
        TENON_CUDA_UNROLL
        for (int e = 0; e < each; ++e)
          if (i + k * each + e < n) add(words[k], e, 0);
      }
      TENON_CUDA_UNROLL
      for (int k = 0; k + now < Words; ++k) words[k] = words[k + now];
    }
  }
}

// Thread t of a group takes vectors t, t + group, ... of the elements begin .. end.
template <class C, class R, class S>
TENON_INLINE __device__ void add_vectors(const call& c, const reduction_options& o, typename R::state& s, const std::byte* x, index_t begin, index_t end, int t) {
  using word = word_of<S>;
  constexpr int V = per_vector<S>, words = 16 / static_cast<int>(sizeof(word)), count = vectors<R>, all = count * V;
  const bool aligned = c.aligned && reinterpret_cast<std::uintptr_t>(x) % 16 == 0;
  const index_t step = static_cast<index_t>(c.group) * V;
  for (index_t i = begin + t * V; i < end; i += count * step) {
    word held[count * words];
    place at[count];
    TENON_CUDA_UNROLL
    for (int k = 0; k < count; ++k) at[k] = locate(c.reduced, i + k * step);
    int n = all;
    if (aligned && i + (count - 1) * step + V <= end) {
      TENON_CUDA_UNROLL
      for (int k = 0; k < count; ++k) {
        const auto v = *reinterpret_cast<const vector_of<S, V>*>(x + at[k].x);
        __builtin_memcpy(held + k * words, &v, 16);
      }
    } else {
      n = 0;
      TENON_CUDA_UNROLL
      for (int k = 0; k < count; ++k) {
        const index_t rest = end - (i + k * step);
        vector_of<S, V> v{};
        if (aligned && rest >= V) {
          v = *reinterpret_cast<const vector_of<S, V>*>(x + at[k].x);
        } else {
          TENON_CUDA_UNROLL
          for (int e = 0; e < V; ++e)
            if (e < rest) v.at[e] = *reinterpret_cast<const S*>(x + at[k].x + e * sizeof(S));
        }
        n += rest >= V ? V : rest > 0 ? static_cast<int>(rest) : 0;
        __builtin_memcpy(held + k * words, &v, 16);
      }
    }
    add_words<C, R, S>(o, s, held, n, [&](int e) { return at[e / V].first + e % V * c.reduced.first[0]; });
  }
}

// The elements begin .. end of a column, by runs along the innermost reduced dimension.
template <class C, class R, class S>
TENON_INLINE __device__ void add_column(const call& c, const reduction_options& o, typename R::state& s, const std::byte* x, index_t begin, index_t end) {
  constexpr int all = rows_at_once<S>;
  const index_t extent = c.reduced.extent[0], step = c.reduced.x[0], next = c.reduced.first[0];
  for (index_t i = begin; i < end;) {
    const place r = locate(c.reduced, i);
    const index_t left = c.reduced.rank == 1 ? end - i : extent - i % extent, run = left < end - i ? left : end - i;
    const std::byte* at = x + r.x;
    for (index_t j = 0; j < run; j += all, at += all * step) {
      S held[all];
      const int n = run - j < all ? static_cast<int>(run - j) : all;
      if (n == all) {
        TENON_CUDA_UNROLL
        for (int k = 0; k < all; ++k) held[k] = *reinterpret_cast<const S*>(at + k * step);
      } else {
        TENON_CUDA_UNROLL
        for (int k = 0; k < all; ++k)
          if (k < n) held[k] = *reinterpret_cast<const S*>(at + k * step);
      }
      add_words<C, R, S>(o, s, held, n, [&](int k) { return r.first + (j + k) * next; });
    }
    i += run;
  }
}

// S: the type of dense elements; void: elements of any type that is computed in C, each where `locate` says.
template <class C, class R, class S>
__global__ void __launch_bounds__(threads, 3) by_rows(const call c, const reduction_options o) {
  using state = typename R::state;
  TENON_DYNAMIC_SHARED(state, held);
  const int t = static_cast<int>(threadIdx.x) & (c.group - 1), together = threads / c.group;
  const index_t all = c.outputs * c.splits, step = static_cast<index_t>(gridDim.x) * together;
  for (index_t first = static_cast<index_t>(blockIdx.x) * together; first < all; first += step) {
    const index_t unit = first + static_cast<int>(threadIdx.x) / c.group;
    const bool there = unit < all;                         // behind the last unit a thread still takes part in the fold
    const index_t output = there ? unit / c.splits : 0;
    const unit_place u = locate_unit(c, output, there ? unit - output * c.splits : 0);
    const place p = locate(c.kept, output);
    state s = R::nothing();
    if (there) {
      if constexpr (std::is_void_v<S>) {
        for (index_t i = u.begin + t; i < u.end; i += c.group) {
          const place r = locate(c.reduced, i);
          R::add(o, s, element_of<C>(c, c.x + p.x + r.x), r.first);
        }
      } else {
        add_vectors<C, R, S>(c, o, s, c.x + p.x, u.begin, u.end, t);
      }
    }
    s = fold_group(c.group, s, held, [&](const state& a, const state& b) { return R::merged(o, a, b); });
    if (there && t == 0) keep_or_finish<R>(c, o, u.output, u.split, p, s);
  }
}

template <class C, class R, class S>
__global__ void __launch_bounds__(threads, 3) by_columns(const call c, const reduction_options o) {
  using state = typename R::state;
  const index_t all = c.outputs * c.splits;
  for (index_t unit = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; unit < all; unit += static_cast<index_t>(gridDim.x) * threads) {
    const index_t split = unit / c.outputs;                // neighbours are outputs of one split
    const unit_place u = locate_unit(c, unit - split * c.outputs, split);
    const place p = locate(c.kept, u.output);
    state s = R::nothing();
    if constexpr (std::is_void_v<S>) {
      for (index_t i = u.begin; i < u.end; ++i) {
        const place r = locate(c.reduced, i);
        R::add(o, s, element_of<C>(c, c.x + p.x + r.x), r.first);
      }
    } else {
      add_column<C, R, S>(c, o, s, c.x + p.x, u.begin, u.end);
    }
    keep_or_finish<R>(c, o, u.output, u.split, p, s);
  }
}

template <class R>
__global__ void __launch_bounds__(threads, 3) merge_splits(const call c, const reduction_options o) {
  using state = typename R::state;
  TENON_DYNAMIC_SHARED(state, held);
  const auto* const states = reinterpret_cast<const state*>(c.workspace);
  const int t = static_cast<int>(threadIdx.x) & (c.group - 1), together = threads / c.group;
  const index_t step = static_cast<index_t>(gridDim.x) * together;
  for (index_t first = static_cast<index_t>(blockIdx.x) * together; first < c.outputs; first += step) {
    const index_t output = first + static_cast<int>(threadIdx.x) / c.group;
    const bool there = output < c.outputs;
    state s = R::nothing();
    if (there)
      for (index_t i = t; i < c.splits; i += c.group) s = R::merged(o, s, states[output * c.splits + i]);
    s = fold_group(c.group, s, held, [&](const state& a, const state& b) { return R::merged(o, a, b); });
    if (there && t == 0) write(c, locate(c.kept, output), R::finish(o, s));
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

// Threads for each output of `count` dense elements S, from the shape alone.
template <class R, class S>
int group_for(index_t count, index_t units) {
  constexpr index_t turn = vectors<R> * per_vector<S>, many = 4096;
  if (count > warp_size * turn && (units < many || count > 4 * warp_size * turn)) return threads;
  int group = 1;
  while (group < warp_size && group * turn < count) group *= 2;
  return group;
}

// Whether reduced elements S lie dense, and no vector lies across the end of a run.
template <class S>
bool is_dense(const reduction_plan& p) {
  return p.reduced[0].x == static_cast<index_t>(sizeof(S)) && (p.reduced_rank == 1 || p.reduced[0].extent % per_vector<S> == 0);
}

// T: the type of the elements.
template <class T, class C, class R>
status run(const context& ctx, const device_reduction& r, const reduction_options& o) {
  using state = typename R::state;
  static_assert(sizeof(state) <= device_reduction::state_bytes);
  constexpr bool known = !std::is_integral_v<T>;
  using S = std::conditional_t<known, T, void>;
  const reduction_plan& p = r.plan;
  if (p.outputs == 0) return {};
  call c{make_walk(p.kept, p.kept_rank, p.outputs, false), make_walk(p.reduced, p.reduced_rank, p.count, true), p.outputs, p.count, r.splits,
         ceil_divide(p.count, r.splits), threads, true, r.x + p.x_start, {}, r.type, {r.out_type[0], r.out_type[1]}, r.workspace};
  for (int i = 0; i < 2; ++i) c.out[i] = r.out[i] ? r.out[i] + p.out_start[i] : nullptr;
  const index_t units = p.outputs * r.splits;
  constexpr std::size_t shared = sizeof(state) * threads / warp_size;
  const auto rows = [&](auto kernel, int group) {
    c.group = group;
    return launch(ctx, kernel, blocks_for(ctx, units, threads / group), threads, shared, c, o);
  };
  const auto run_rows = [&] {
    if constexpr (known)
      if (is_dense<T>(p)) {
        c.per_split = ceil_divide(c.per_split, per_vector<T>) * per_vector<T>;
        for (int d = 1; d < p.reduced_rank; ++d) c.aligned = c.aligned && p.reduced[d].x % 16 == 0;
        return rows(&by_rows<C, R, S>, group_for<R, T>(c.per_split, units));
      }
    return rows(&by_rows<C, R, void>, p.count <= 64 ? warp_size : threads);
  };
  const status s = r.by_columns ? launch(ctx, &by_columns<C, R, S>, blocks_for(ctx, units, threads), threads, 0, c, o) : run_rows();
  if (!s || r.splits == 1) return s;
  c.group = r.splits <= 2 * warp_size ? warp_size : threads;
  return launch(ctx, &merge_splits<R>, blocks_for(ctx, p.outputs, threads / c.group), threads, shared, c, o);
}

}  // namespace reduction

// Puts the kernel of a kind for elements T and outputs Out into device_entry. It computes in double, in float (half types,
// too) or in int64 (all integers and bool). Where elements are read one by one, the kernel is one for all these types.
template <reduction_kind Kind, class T, class... Out>
void enroll_reduction() {
  using C = std::conditional_t<std::is_integral_v<T>, index_t, compute_t<T>>;
  device_entry<device_reduction_kernel<Kind, T, Out...>, device::cuda> = &reduction::run<T, C, typename reduction::kind_of<Kind, C>::type>;
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

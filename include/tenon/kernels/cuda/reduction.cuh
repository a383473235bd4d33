#pragma once
// Reductions on a GPU.      out[k] = finish(merge over all r of x[k, r])      k: the kept dimensions, r: the reduced ones
//
//   by rows      a block, or for up to 64 elements a warp, folds the elements of one output: neighbours are read side by side
//                where a reduced dimension is dense.
//   by columns   the innermost kept dimension is dense and no reduced one is: a thread folds one output, a warp 32 neighbours.
//
// Few outputs of many elements are cut into `splits` (kernels/reduction.hpp), whose states go through the workspace and are
// merged by a second kernel. The cut depends on the shape alone and there are no atomics: the same bits each time, on
// every device.
//
// Launch     256 threads. Shared memory: one state for each warp.
// Types      elements are converted as they are read, and results as they are written.
// Precision  sums in two words (block.cuh), so that their error does not grow with the length; moments in double, by Welford's
//            recurrence, merged as on the CPU (Chan, Golub & LeVeque 1979).
#include <tenon/kernels/cuda/block.cuh>
#include <tenon/kernels/reduction.hpp>

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

// ---- the kinds: nothing(), add(options, state, x, position), merged(options, a, b), finish(options, state) -> one value for each output ------
template <class T>
using sum_of = std::conditional_t<std::is_integral_v<T>, index_t, compute_t<T>>;
template <class T>
using ordered = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, compute_t<T>>;
// States travel between lanes in words of 4 bytes.
template <class C>
inline constexpr std::size_t word_aligned = alignof(C) < 4 ? 4 : alignof(C);
template <class T>
TENON_INLINE __device__ ordered<T> magnitude(ordered<T> x) {
  return abs(lane<ordered<T>>(x)).v;
}

template <class T, bool Magnitudes>
struct sum {
  using C = sum_of<T>;
  using state = std::conditional_t<std::is_integral_v<C>, lane<index_t>, two_words<C>>;
  __device__ static state nothing() { return state{}; }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    C v = convert_element<C>(x);
    if constexpr (Magnitudes) v = abs(lane<C>(v)).v;
    if constexpr (std::is_integral_v<C>) s = s + lane<index_t>(v);
    else s.add(v);
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    if constexpr (std::is_integral_v<C>) return a + b;
    else return merge(a, b);
  }
  __device__ static pack<C> finish(const reduction_options& o, state s) {
    if constexpr (std::is_integral_v<C>) return make_pack(s.v);
    else return make_pack(s.value() / static_cast<C>(o.divisor) + C(0));
  }
};

template <class T>
struct product {
  using C = sum_of<T>;
  using state = lane<C>;
  __device__ static state nothing() { return state(1); }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) { s = s * state(convert_element<C>(x)); }
  __device__ static state merged(const reduction_options&, state a, state b) { return a * b; }
  __device__ static pack<C> finish(const reduction_options&, state s) { return make_pack(s.v); }
};

template <class T>
struct nonzero {
  using state = lane<index_t>;
  __device__ static state nothing() { return state(0); }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) { s = state(s.v + (convert_element<bool>(x) ? 1 : 0)); }
  __device__ static state merged(const reduction_options&, state a, state b) { return a + b; }
  __device__ static pack<index_t> finish(const reduction_options& o, state s) {
    if (o.result == reduction_result::any) return make_pack(index_t{s.v != 0});
    if (o.result == reduction_result::all) return make_pack(index_t{s.v == o.count});
    return make_pack(s.v);
  }
};

// NaN wins. Largest: whether the larger one is wanted.
template <class T, bool Largest, bool Magnitudes>
struct extremum {
  using C = ordered<T>;
  using limits = std::numeric_limits<C>;
  struct alignas(word_aligned<C>) state {
    C v;
  };
  __device__ static state nothing() {
    if constexpr (limits::has_infinity) return {static_cast<C>(Largest ? -__builtin_huge_val() : __builtin_huge_val())};
    else return {Largest ? limits::lowest() : limits::max()};
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    return {Largest ? maximum(lane<C>(a.v), lane<C>(b.v)).v : minimum(lane<C>(a.v), lane<C>(b.v)).v};
  }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    C v = convert_element<C>(x);
    if constexpr (Magnitudes) v = magnitude<T>(v);
    s = merged({}, s, state{v});
  }
  __device__ static pack<C> finish(const reduction_options&, state s) { return make_pack(s.v); }
};

// The first position of the extremum; of NaN, if there is one.
template <class T, bool Largest>
struct position {
  using C = ordered<T>;
  struct state {
    index_t at;                                           // below 0: nothing yet
    alignas(word_aligned<C>) C v;
  };
  __device__ static state nothing() { return {-1, C(0)}; }
  // Whether b goes before a.
  __device__ static bool before(const state& a, const state& b) {
    if (b.at < 0 || a.at < 0) return a.at < 0;
    const bool a_nan = a.v != a.v, b_nan = b.v != b.v;
    if (a_nan || b_nan) return a_nan && b_nan ? b.at < a.at : b_nan;
    if (a.v == b.v) return b.at < a.at;
    return Largest ? b.v > a.v : b.v < a.v;
  }
  __device__ static state merged(const reduction_options&, state a, state b) { return before(a, b) ? b : a; }
  __device__ static void add(const reduction_options&, state& s, T x, index_t at) { s = merged({}, s, state{at, convert_element<C>(x)}); }
  __device__ static pack<C, index_t> finish(const reduction_options&, state s) { return make_pack(s.v, s.at < 0 ? index_t{0} : s.at); }
};

template <class T>
struct moments {
  struct state {
    double n, mean, squares;                              // squares: of the distances from the mean
  };
  __device__ static state nothing() { return {0, 0, 0}; }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    const double v = convert_element<double>(x), d = v - s.mean, before = s.n, undefined = d - d;       // 0, or NaN
    s.n += 1;
    s.mean = undefined == 0 ? s.mean + d / s.n : s.mean + v;        // infinite values have no distance, but a sum
    // Not d (v - mean): of two elements that are nearly equal, d is exact and the rounded mean is not.
    s.squares += d * d * (before / s.n) + undefined;
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    if (a.n == 0) return b;
    if (b.n == 0) return a;
    // From the side of the smaller mean (or count), so that the order of a and b does not matter to a bit.
    if (b.n < a.n || (b.n == a.n && b.mean < a.mean)) {
      const state c = a;
      a = b;
      b = c;
    }
    const double n = a.n + b.n, share = b.n / n, d = b.mean - a.mean;
    return {n, d == d ? fma(lane<double>(d), lane<double>(share), lane<double>(a.mean)).v : a.mean + b.mean,
            a.squares + b.squares + d * d * (a.n * share)};
  }
  __device__ static pack<double, double> finish(const reduction_options& o, state s) {
    const double nan = __builtin_nan("");
    const double variance = (s.n == 0 ? nan : s.squares < 0 ? 0.0 : s.squares) / o.divisor;
    return make_pack(o.result == reduction_result::root ? sqrt(lane<double>(variance)).v : variance, s.n == 0 ? nan : s.mean);
  }
};

// The sum of squares in units of scale^2, so that nothing overflows or vanishes (LAPACK's lassq); in double for all types.
template <class T>
struct sum_of_squares {
  struct state {
    double scale, sum;
  };
  __device__ static state nothing() { return {0, 0}; }
  __device__ static state rescaled(state s, double to) {
    if (s.scale == to || s.scale == 0) return {to, s.sum};
    const double ratio = s.scale / to;
    return {to, s.sum * (ratio * ratio)};
  }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    const double v = abs(lane<double>(convert_element<double>(x))).v;
    if (!(v <= s.scale)) s = rescaled(s, v);              // NaN, too
    if (v != 0) {
      const double ratio = v == s.scale ? 1 : v / s.scale;
      s.sum += ratio * ratio;
    }
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    const double to = a.scale != a.scale || a.scale >= b.scale ? a.scale : b.scale;
    return {to, rescaled(a, to).sum + rescaled(b, to).sum};
  }
  __device__ static pack<double> finish(const reduction_options&, state s) {
    if (s.scale == 0) return make_pack(0.0);
    return make_pack(s.scale - s.scale == 0 ? s.scale * sqrt(lane<double>(s.sum)).v : s.scale);       // infinity, NaN
  }
};

// m: the largest number; the sum of exp(x - m) in two words.
template <class T>
struct logsumexp {
  using C = compute_t<T>;
  struct state {
    C m;
    two_words<C> l;
  };
  __device__ static C finite_or_zero(C m) { return m - m == C(0) ? m : C(0); }
  __device__ static C power(C x) { return exp(lane<C>(x)).v; }
  __device__ static state nothing() { return {static_cast<C>(-__builtin_huge_val()), {C(0), C(0)}}; }
  __device__ static state scaled(state s, C to) {
    if (s.m == to) return s;
    const C by = power(s.m - finite_or_zero(to));
    s.l = {s.l.value() * by, C(0)};
    return s;
  }
  __device__ static void add(const reduction_options&, state& s, T x, index_t) {
    const C v = convert_element<C>(x);
    if (v > s.m) s = state{v, scaled(s, v).l};
    s.l.add(power(v - finite_or_zero(s.m)));
  }
  __device__ static state merged(const reduction_options&, state a, state b) {
    const C m = a.m < b.m ? b.m : a.m;
    return {m, merge(scaled(a, m).l, scaled(b, m).l)};
  }
  __device__ static pack<C> finish(const reduction_options&, state s) {
    return make_pack(finite_or_zero(s.m) + log(lane<C>(s.l.value())).v);
  }
};

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

template <reduction_kind Kind, class T>
struct kind_of;
template <class T>
struct kind_of<reduction_kind::sum, T> { using type = sum<T, false>; };
template <class T>
struct kind_of<reduction_kind::sum_of_magnitudes, T> { using type = sum<T, true>; };
template <class T>
struct kind_of<reduction_kind::product, T> { using type = product<T>; };
template <class T>
struct kind_of<reduction_kind::nonzero, T> { using type = nonzero<T>; };
template <class T>
struct kind_of<reduction_kind::minimum, T> { using type = extremum<T, false, false>; };
template <class T>
struct kind_of<reduction_kind::maximum, T> { using type = extremum<T, true, false>; };
template <class T>
struct kind_of<reduction_kind::least_magnitude, T> { using type = extremum<T, false, true>; };
template <class T>
struct kind_of<reduction_kind::greatest_magnitude, T> { using type = extremum<T, true, true>; };
template <class T>
struct kind_of<reduction_kind::argmin, T> { using type = position<T, false>; };
template <class T>
struct kind_of<reduction_kind::argmax, T> { using type = position<T, true>; };
template <class T>
struct kind_of<reduction_kind::sum_of_squares, T> { using type = sum_of_squares<T>; };
template <class T>
struct kind_of<reduction_kind::moments, T> { using type = moments<T>; };
template <class T>
struct kind_of<reduction_kind::logsumexp, T> { using type = logsumexp<T>; };

}  // namespace reduction

// Puts the kernel of a kind for elements T and outputs Out into device_entry. It computes in double, in float (half types,
// too) or in int64 (all integers and bool): the kernel is one for all these types.
template <reduction_kind Kind, class T, class... Out>
void enroll_reduction() {
  using C = std::conditional_t<std::is_integral_v<T>, index_t, compute_t<T>>;
  device_entry<device_reduction_kernel<Kind, T, Out...>, device::cuda> = &reduction::run<C, typename reduction::kind_of<Kind, C>::type>;
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

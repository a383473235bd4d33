#pragma once
// Softmax and log_softmax on the CPU.      x, out (outer, n, inner): rows along n, independent of each other
//
// Method     Three passes over a row: m = max x;  e = exp(x - m) into the workspace, l = sum e;  out = e / l. The row is read
//            from memory once: the second pass finds it in cache, and e stays there for the third. log_softmax needs no
//            e: out = (x - m) - log l.
//            (The online normaliser of Milakov & Gimelshein, arXiv:1805.02867, saves a pass and pays with a second exp
//            per element; here exp costs more than a pass over the cache.)
// Precision  half and bfloat16 are computed in float. exp(x - m) keeps the rounding error of x - m. Partial sums run over 4 vectors in blocks of `sum_block` vectors,
//            and the block sums are added with their rounding errors kept (two-sum), so that the error of l does not grow
//            with n. |error| <= softmax_ulp units in the last place, for any n.
// Special    A NaN or +inf in a row makes the whole row NaN; so does a row of -inf only: (-inf) - (-inf). As in PyTorch.
// Rows of up to 4 vectors stay in registers. Rows that are not dense along n are gathered into the workspace first; where the
// elements of neighbouring rows are, a vector of rows is done at once.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/compensated_sum.hpp>
#include <tenon/kernels/cpu/math/exponential.hpp>
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/cpu/write_run.hpp>
#include <tenon/kernels/softmax.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// exp(x - m) for m >= x, to the accuracy of exp. The rounding error e of d = x - m alone would cost |d| / 2 units in the last
// place, some 40 at the small end of float's range; it is exact to find (Knuth's two-sum), and exp(d + e) = exp(d) (1 + e).
template <class C, int N>
TENON_INLINE vec<C, N> exp_difference(vec<C, N> x, vec<C, N> m) {
  const vec<C, N> d = x - m, b = d - x, e = (x - (d - b)) - (m + b);
  const vec<C, N> y = exp(d);
  return fma(y, or_if_nan(e, C(1)), y);                          // NaN: x or m is infinite, and y is 0, infinite or NaN
}

template <class T>
struct softmax_row {
  using C = compute_t<T>;
  using V = vec<C>;
  static constexpr int N = lanes<C>;
  static constexpr index_t sum_block = 64 * N;

  // The maximum of a row may pass over NaN, by one instruction instead of three or six: exp(NaN - m) makes the row NaN.
  static C top_lane(V v) {
    return reduce([](auto a, auto b) TENON_INLINE_LAMBDA { return at_least(a, b); }, v);
  }
  static C maximum_of(const T* x, index_t n) {
    V m[4];
    for (auto& v : m) v = V(-__builtin_huge_val());
    index_t i = 0;
    for (; i + 4 * N <= n; i += 4 * N)                       // four chains: maximum has a latency of several cycles
      for (int k = 0; k < 4; ++k) m[k] = at_least(m[k], load_as<C, N>(x + i + k * N));
    for (; i + N <= n; i += N) m[0] = at_least(m[0], load_as<C, N>(x + i));
    if (i < n) m[0] = at_least(m[0], select(mask<C, N>::first(n - i), load_as<C, N>(x + i, n - i), V(-__builtin_huge_val())));
    return top_lane(at_least(at_least(m[0], m[1]), at_least(m[2], m[3])));
  }

  // e_i = exp(x_i - m), stored when e is given, and their sum.
  template <bool Store>
  static C exponentials(C* e, const T* x, index_t n, C m) {
    // Of l, only terms near 1 matter: there the plain difference is accurate enough.
    const auto power = [](V a, V b) TENON_INLINE_LAMBDA { return Store ? exp_difference(a, b) : exp(a - b); };
    compensated_sum<C> total;
    for (index_t begin = 0; begin < n; begin += sum_block) {
      const index_t end = begin + sum_block < n ? begin + sum_block : n;
      V l[4] = {V(0), V(0), V(0), V(0)};
      index_t i = begin;
      const auto step = [&](int k, index_t at) TENON_INLINE_LAMBDA {
        __builtin_prefetch(x + at + n, 0, 2);                // the row that follows, if it is there
        const V y = power(load_as<C, N>(x + at), V(m));
        if constexpr (Store) y.store(e + at);
        l[k] += y;
      };
      for (; i + 4 * N <= end; i += 4 * N)
        for (int k = 0; k < 4; ++k) step(k, i + k * N);
      for (; i + N <= end; i += N) step(0, i);
      if (i < end) {
        const V y = power(load_as<C, N>(x + i, end - i), V(m));
        if constexpr (Store) y.store(e + i, end - i);
        l[0] += select(mask<C, N>::first(end - i), y, V(0));
      }
      total.add(reduce_add((l[0] + l[1]) + (l[2] + l[3])));
    }
    return total.value();
  }

  // A dense row; `e` has room for it. out may be x.
  static void run(softmax_kind kind, T* out, const T* x, index_t n, C* e, bool stream) {
    if (n <= 4 * N) return run_short(kind, out, x, n);
    const C m = maximum_of(x, n);
    if (kind == softmax_kind::softmax) {
      const V scale(C(1) / exponentials<true>(e, x, n, m));
      write_run(out, n, stream, [&](index_t i, auto... count) TENON_INLINE_LAMBDA { return load_as<C, N>(e + i, count...) * scale; });
    } else {
      const C log_l = log(V(exponentials<false>(e, x, n, m)))[0];
      write_run(out, n, stream, [&](index_t i, auto... count) TENON_INLINE_LAMBDA {
        return (load_as<C, N>(x + i, count...) - V(m)) - V(log_l);
      });
    }
  }

  // A dense row of at most 4 vectors: in registers from end to end. e is not needed.
  template <int K>
  static void run_short(softmax_kind kind, T* out, const T* x, index_t n) {
    V v[K], d[K];
    const auto left = [n](int k) { return n - k * N; };        // for the last vector, between 1 and N
    for (int k = 0; k < K; ++k) v[k] = k + 1 < K ? load_as<C, N>(x + k * N) : load_as<C, N>(x + k * N, left(k));
    const auto real = mask<C, N>::first(left(K - 1));
    V top = select(real, v[K - 1], V(-__builtin_huge_val()));
    for (int k = 0; k + 1 < K; ++k) top = at_least(top, v[k]);
    const V m(top_lane(top));
    V l(0);
    for (int k = 0; k < K; ++k) {
      d[k] = kind == softmax_kind::softmax ? exp_difference(v[k], m) : exp(v[k] - m);
      l += k + 1 < K ? d[k] : select(real, d[k], V(0));
    }
    const C sum = reduce_add(l);
    const V scale(C(1) / sum), log_l = kind == softmax_kind::softmax ? V(0) : log(V(sum));
    for (int k = 0; k < K; ++k) {
      const V y = kind == softmax_kind::softmax ? d[k] * scale : (v[k] - m) - log_l;
      if (k + 1 < K) store_as(out + k * N, y);
      else store_as(out + k * N, y, left(k));
    }
  }
  static void run_short(softmax_kind kind, T* out, const T* x, index_t n) {
    if (n > 3 * N) return run_short<4>(kind, out, x, n);
    if (n > 2 * N) return run_short<3>(kind, out, x, n);
    if (n > N) return run_short<2>(kind, out, x, n);
    return run_short<1>(kind, out, x, n);
  }
};

// N neighbouring rows at once, for rows along a dimension that is not the innermost: lane j of every vector is row j.
// The sums are compensated at each step, so that a row's bits do not depend on which of its neighbours are done with it.
template <class T>
struct softmax_columns {
  using C = compute_t<T>;
  using V = vec<C>;
  static constexpr int N = lanes<C>;

  static void run(softmax_kind kind, T* out, index_t out_step, const T* x, index_t x_step, index_t n, index_t count) {
    V m(-__builtin_huge_val());
    for (index_t i = 0; i < n; ++i) m = at_least(m, load_as<C, N>(x + i * x_step, count));      // passes over NaN, as above
    V sum(0), error(0);
    for (index_t i = 0; i < n; ++i) {
      const V y = exp(load_as<C, N>(x + i * x_step, count) - m);
      const V s = sum + y, b = s - sum;
      error += (sum - (s - b)) + (y - b);
      sum = s;
    }
    const V l = select(is_nan(error), sum, sum + error);
    const V scale = V(1) / l, log_l = log(l);
    for (index_t i = 0; i < n; ++i) {
      const V v = load_as<C, N>(x + i * x_step, count);
      store_as(out + i * out_step, kind == softmax_kind::softmax ? exp_difference(v, m) * scale : (v - m) - log_l, count);
    }
  }
};

// Calls f(offset in out, offset in x) for the rows [begin, end): all positions outside `dim`, the last one fastest.
template <class T, class F>
void for_each_row(const strided<T>& out, const strided<const T>& x, int dim, index_t begin, index_t end, F f) {
  index_t position[max_rank] = {}, rest = begin, out_offset = 0, x_offset = 0;
  for (int d = out.rank - 1; d >= 0; --d) {
    if (d == dim) continue;
    position[d] = rest % out.extent[d];
    rest /= out.extent[d];
    out_offset += position[d] * out.stride[d];
    x_offset += position[d] * x.stride[d];
  }
  for (index_t row = begin; row < end; ++row) {
    f(out_offset, x_offset);
    for (int d = out.rank - 1; d >= 0; --d) {
      if (d == dim) continue;
      out_offset += out.stride[d];
      x_offset += x.stride[d];
      if (++position[d] < out.extent[d]) break;
      out_offset -= position[d] * out.stride[d];
      x_offset -= position[d] * x.stride[d];
      position[d] = 0;
    }
  }
}

}  // namespace detail

template <class T>
status run_softmax(const context& ctx, const softmax_plan& plan, int dim, strided<T> out, strided<const T> x, std::byte* workspace) {
  using C = compute_t<T>;
  const index_t n = plan.n, out_step = out.rank ? out.stride[dim] : 1, x_step = x.rank ? x.stride[dim] : 1;
  const bool dense = n == 1 || (out_step == 1 && x_step == 1);
  // The innermost other dimension: if it is dense in both, its neighbours make a vector of rows.
  int inner = out.rank - 1;
  if (inner == dim) --inner;
  constexpr index_t N = lanes<C>;
  const bool by_columns = !dense && inner >= 0 && out.stride[inner] == 1 && x.stride[inner] == 1 && out.extent[inner] >= N / 2;

  ctx.parallel(plan.tasks, [&](index_t task) {
    const index_t begin = task * plan.rows_per_task;
    const index_t end = begin + plan.rows_per_task < plan.rows ? begin + plan.rows_per_task : plan.rows;
    C* const e = reinterpret_cast<C*>(workspace + task * plan.row_bytes);
    if (by_columns) {
      index_t row = begin, skip = 0;
      detail::for_each_row<T>(out, x, dim, begin, end, [&](index_t to, index_t from) {
        if (skip > 0) {
          --skip;
        } else {
          const index_t left_inside = out.extent[inner] - row % out.extent[inner], left = end - row;
          index_t count = left_inside < left ? left_inside : left;
          if (count > N) count = N;
          detail::softmax_columns<T>::run(plan.kind, out.data + to, out_step, x.data + from, x_step, n, count);
          skip = count - 1;
        }
        ++row;
      });
      return;
    }
    detail::for_each_row<T>(out, x, dim, begin, end, [&](index_t to, index_t from) {
      if (dense) return detail::softmax_row<T>::run(plan.kind, out.data + to, x.data + from, n, e, plan.stream);
      // Gathered in the arithmetic's type; the result overwrites it, except for a half type, which rounds on the way out.
      C* const row = e;
      for (index_t i = 0; i < n; ++i) row[i] = static_cast<C>(x.data[from + i * x_step]);
      detail::softmax_row<C>::run(plan.kind, row, row, n, row, false);
      for (index_t i = 0; i < n; ++i) out.data[to + i * out_step] = static_cast<T>(row[i]);
    });
    if (plan.stream) stream_fence();
  });
  return {};
}

template <class T>
constexpr typename softmax_kernel<T>::function function_of(softmax_kernel<T>, this_arch) {
  return &run_softmax<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// Cholesky decomposition of small matrices, one in each lane of a vector: panels of four or eight columns, each then taken from all columns on
// its right, two at a time. What has a pivot that is not positive is decomposed again alone, which tells which pivot it was.
#include <tenon/kernels/cpu/linalg/cholesky.hpp>
#include <tenon/kernels/cpu/linalg/lane_groups.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The lower triangle of a (n, n), columns lane_ld(n) apart, becomes L. The lanes whose pivots were all positive.
template <int Panel, class R>
mask<R> factor_cholesky_lanes(index_t n, vec<R>* a) {
  using V = vec<R>;
  const index_t ld = lane_ld(n);
  mask<R> good(true);
  // L's columns k .. k + Panel taken from Columns columns, from j on.
  const auto update = [&]<int Columns>(index_t k, index_t j) __attribute__((always_inline)) {
    const V* const l = a + k * ld;
    V* const p = a + j * ld;
    V u[Panel][Columns];
    TENON_UNROLL(8)
    for (int s = 0; s < Panel; ++s)
      TENON_UNROLL(2)
      for (int c = 0; c < Columns; ++c) u[s][c] = -l[s * ld + j + c];
    for (index_t i = j; i < n; ++i) {
      V x[Columns];
      TENON_UNROLL(2)
      for (int c = 0; c < Columns; ++c) x[c] = p[c * ld + i];
      TENON_UNROLL(8)
      for (int s = 0; s < Panel; ++s) {
        const V f = l[s * ld + i];
        TENON_UNROLL(2)
        for (int c = 0; c < Columns; ++c) x[c] = fma(f, u[s][c], x[c]);
      }
      TENON_UNROLL(2)
      for (int c = 0; c < Columns; ++c) p[c * ld + i] = x[c];
    }
  };
  for (index_t k = 0; k < n; k += Panel) {
    const index_t end = smaller(k + Panel, n);
    for (index_t j = k; j < end; ++j) {
      V* const column = a + j * ld;
      // The reciprocal of the root is then a good number. What is not a number ends up in a pivot.
      const mask<R> positive = (column[j] > V(16 * smallest_normal<R>)) & (column[j] <= V(std::numeric_limits<R>::max()));
      good = good & positive;
      const V root = sqrt(select(positive, column[j], V(R(1)))), inverse = V(R(1)) / root;
      column[j] = root;
      for (index_t i = j + 1; i < n; ++i) column[i] = column[i] * inverse;
      for (index_t c = j + 1; c < end; ++c) {
        V* const p = a + c * ld;
        const V u = -column[c];
        for (index_t i = c; i < n; ++i) p[i] = fma(column[i], u, p[i]);
      }
    }
    index_t j = end;
    for (; j + 2 <= n; j += 2) update.template operator()<2>(k, j);
    for (; j < n; ++j) update.template operator()<1>(k, j);
  }
  return good;
}

template <class R>
void cholesky_group(const kernels::linalg::cholesky_plan& p, index_t first, const kernels::linalg::lane_source<R>& source, R* out, std::int32_t* info, workspace w) {
  constexpr index_t N = lanes<R>;
  const index_t n = p.n, count = smaller(N, p.count - first), ld = lane_ld(n);
  vec<R>* const a = w.template take<vec<R>>(ld * n);
  // The upper triangle, where it is the one to be read, is the lower one of A^T.
  kernels::linalg::lane_source<R> as_lower = source;
  if (p.upper) as_lower.by_rows = !source.by_rows;
  const index_t bytes = n * n * static_cast<index_t>(sizeof(R));
  const bool around = kernels::linalg::goes_around_caches(p.count * bytes);
  if (around) prefetch_group(source, first + count, smaller(N, p.count - first - count), bytes);       // the next group's
  pack_lower(as_lower, first, count, n, a, ld);
  const mask<R> good = n >= 16 ? factor_cholesky_lanes<8>(n, a) : factor_cholesky_lanes<4>(n, a);
  unpack_lower(a, ld, count, good, n, out + first * n * n, p.upper, around);
  const std::uint64_t done = to_bits(good);
  for (index_t l = 0; l < count; ++l) {
    info[first + l] = 0;
    if ((done >> l) & 1) continue;
    const R* const from = source.data + (first + l) * source.step;
    const matrix<R> alone = {out + (first + l) * n * n, n, n, n};
    if (as_lower.by_rows) transpose_into<R>({from, n, n, n}, alone);
    else copy<R>({from, n, n, n}, alone);
    if (!lower_is_finite<R>(alone)) {
      info[first + l] = -1;
      continue;
    }
    info[first + l] = static_cast<std::int32_t>(factor_cholesky(alone, w));
    clear_upper(alone);
    for (index_t j = 0; p.upper && j < n; ++j)               // L to L^T, in place
      for (index_t i = j + 1; i < n; ++i) {
        alone(j, i) = alone(i, j);
        alone(i, j) = R(0);
      }
  }
}

template <class R>
void run_cholesky_lanes(const context& ctx, const kernels::linalg::cholesky_plan& p, const kernels::linalg::lane_source<R>& a, R* l, std::int32_t* info,
                        std::byte* memory) {
  for_each_matrix(ctx, p.batch, memory, [&](index_t group, const workspace& w) { cholesky_group(p, group * lanes<R>, a, l, info, w); });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::cholesky_lanes_kernel<T>::function function_of(kernels::linalg::cholesky_lanes_kernel<T>, this_arch) {
  return &linalg::run_cholesky_lanes<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// QR decomposition of small matrices, one in each lane of a vector: Householder reflectors column by column, then Q from the last one to
// the first, in place. Each matrix is scaled by a power of two first, so that squares neither overflow nor matter where they vanish.
#include <tenon/kernels/cpu/linalg/lane_groups.hpp>
#include <tenon/kernels/cpu/linalg/qr.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// Columns of `a` (1 + m rows, ld apart) minus tau v (v^T a), v = (1, tail).
template <int Columns, class R>
TENON_INLINE void reflect_lanes(vec<R> tau, const vec<R>* tail, index_t m, vec<R>* a, index_t ld) {
  using V = vec<R>;
  V sum[Columns];
  TENON_UNROLL(4)
  for (int c = 0; c < Columns; ++c) sum[c] = a[c * ld];
  for (index_t i = 0; i < m; ++i) {
    const V v = tail[i];
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) sum[c] = fma(v, a[c * ld + 1 + i], sum[c]);
  }
  TENON_UNROLL(4)
  for (int c = 0; c < Columns; ++c) {
    sum[c] = -(tau * sum[c]);
    a[c * ld] += sum[c];
  }
  for (index_t i = 0; i < m; ++i) {
    const V v = tail[i];
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) a[c * ld + 1 + i] = fma(sum[c], v, a[c * ld + 1 + i]);
  }
}
template <class R>
void reflect_all_lanes(vec<R> tau, const vec<R>* tail, index_t m, vec<R>* a, index_t ld, index_t columns) {
  index_t j = 0;
  for (; j + 4 <= columns; j += 4) reflect_lanes<4>(tau, tail, m, a + j * ld, ld);
  for (; j < columns; ++j) reflect_lanes<1>(tau, tail, m, a + j * ld, ld);
}

template <class R>
void qr_group(const kernels::linalg::qr_plan& p, index_t first, const kernels::linalg::lane_source<R>& source, R* q, R* r, std::int32_t* info, workspace w) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const index_t m = p.m, n = p.n, count = smaller(N, p.count - first), ld = lane_ld(m);
  const bool around = kernels::linalg::goes_around_caches(p.count * m * n * static_cast<index_t>(sizeof(R)));
  V* const a = w.template take<V>(ld * n);
  V* const upper = w.template take<V>(n * n);
  V* const tau = w.template take<V>(n);
  const mask<R> finite = pack_group(source, first, count, m, n, a, ld);
  const std::uint64_t numbers = to_bits(finite);
  for (index_t l = 0; l < count; ++l) info[first + l] = (numbers >> l) & 1 ? 0 : -1;

  V most(smallest_normal<R>);
  for (index_t j = 0; j < n; ++j)
    for (index_t i = 0; i < m; ++i) most = at_least(abs(a[i + j * ld]), most);
  const V unit = powers_of_two_below(select(finite, most, V(R(1)))), inverse = V(R(1)) / unit;
  for (index_t j = 0; j < n; ++j)
    for (index_t i = 0; i < m; ++i) a[i + j * ld] *= inverse;

  for (index_t j = 0; j < n; ++j) {
    V* const tail = a + j * ld + j + 1;
    V beta;
    tau[j] = make_lane_reflector(m - j - 1, tail[-1], tail, beta);
    tail[-1] = beta;
    reflect_all_lanes(tau[j], tail, m - j - 1, tail - 1 + ld, ld, n - j - 1);
  }
  for (index_t j = 0; j < n; ++j)
    for (index_t i = 0; i < n; ++i) upper[i + j * n] = i <= j ? a[i + j * ld] * unit : V(R(0));
  unpack_group(upper, n, count, mask<R>(true), n, n, r + first * n * n, false, around);

  for (index_t j = n - 1; j >= 0; --j) {
    V* const tail = a + j * ld + j + 1;
    // Columns on the right: their row j is 0 until now.
    for (index_t c = j + 1; c < n; ++c) a[c * ld + j] = V(R(0));
    reflect_all_lanes(tau[j], tail, m - j - 1, tail - 1 + ld, ld, n - j - 1);
    for (index_t i = 0; i < m - j - 1; ++i) tail[i] = -(tau[j] * tail[i]);
    tail[-1] = V(R(1)) - tau[j];
  }
  unpack_group(a, ld, count, mask<R>(true), m, n, q + first * m * n, false, around);
}

template <class R>
void run_qr_lanes(const context& ctx, const kernels::linalg::qr_plan& p, const kernels::linalg::lane_source<R>& a, R* q, R* r, std::int32_t* info,
                  std::byte* memory) {
  for_each_matrix(ctx, p.batch, memory, [&](index_t group, const workspace& w) { qr_group(p, group * lanes<R>, a, q, r, info, w); });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::qr_lanes_kernel<T>::function function_of(kernels::linalg::qr_lanes_kernel<T>, this_arch) {
  return &linalg::run_qr_lanes<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// QR decomposition of small matrices, one in each lane of a vector: Householder reflectors column by column, then Q from the last one to
// the first, in place. Each matrix is scaled by a power of two first, so that squares neither overflow nor matter where they vanish.
#include <tenon/kernels/cpu/linalg/lane_groups.hpp>
#include <tenon/kernels/cpu/linalg/qr.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// Two reflectors that follow each other, v = (1, tail) and w = (0, 1, tail), each of them of `rows` numbers from a's first row on: columns pass
// through the registers once for both.
template <class R>
struct reflector_pair {
  using V = vec<R>;
  index_t rows;
  V v_tau, w_tau;
  const V *v, *w;                      // v[1], v[2], ... and w[2], ...: v points to where v[0] would be, and w likewise
  V product;                           // v^T w

  reflector_pair(index_t n, V tau_of_v, V tau_of_w, const V* v_from, const V* w_from) : rows(n), v_tau(tau_of_v), w_tau(tau_of_w), v(v_from), w(w_from) {
    V sum[2] = {v[1], V(R(0))};
    index_t i = 2;
    for (; i + 2 <= rows; i += 2) {
      sum[0] = fma(v[i], w[i], sum[0]);
      sum[1] = fma(v[i + 1], w[i + 1], sum[1]);
    }
    if (i < rows) sum[0] = fma(v[i], w[i], sum[0]);
    product = sum[0] + sum[1];
  }

  // v's goes first, or w's.
  template <bool VFirst>
  void apply(V* a, index_t ld, index_t columns) const {
    index_t j = 0;
    for (; j + 4 <= columns; j += 4) apply_to<VFirst, 4>(a + j * ld, ld);
    if (j + 2 <= columns) apply_to<VFirst, 2>(a + j * ld, ld), j += 2;
    if (j < columns) apply_to<VFirst, 1>(a + j * ld, ld);
  }

 private:
  template <bool VFirst, int Columns>
  TENON_INLINE void apply_to(V* a, index_t ld) const {
    V x[Columns], y[Columns];                                // v^T a and w^T a, then what is taken of v and of w
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) {
      y[c] = a[c * ld + 1];
      x[c] = fma(v[1], y[c], a[c * ld]);
    }
    for (index_t i = 2; i < rows; ++i) {
      const V p = v[i], q = w[i];
      TENON_UNROLL(4)
      for (int c = 0; c < Columns; ++c) {
        const V z = a[c * ld + i];
        x[c] = fma(p, z, x[c]);
        y[c] = fma(q, z, y[c]);
      }
    }
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) {
      if constexpr (VFirst) {
        x[c] = v_tau * x[c];
        y[c] = w_tau * fnma(x[c], product, y[c]);
      } else {
        y[c] = w_tau * y[c];
        x[c] = v_tau * fnma(y[c], product, x[c]);
      }
      a[c * ld] -= x[c];
      a[c * ld + 1] = fnma(x[c], v[1], a[c * ld + 1]) - y[c];
      x[c] = -x[c];
      y[c] = -y[c];
    }
    for (index_t i = 2; i < rows; ++i) {
      const V p = v[i], q = w[i];
      TENON_UNROLL(4)
      for (int c = 0; c < Columns; ++c) a[c * ld + i] = fma(y[c], q, fma(x[c], p, a[c * ld + i]));
    }
  }
};

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
  prefetch_group(source, first + count, smaller(N, p.count - first - count), 0, m * n);
  const std::uint64_t numbers = to_bits(finite);
  for (index_t l = 0; l < count; ++l) info[first + l] = (numbers >> l) & 1 ? 0 : -1;

  V most(smallest_normal<R>);
  for (index_t j = 0; j < n; ++j)
    for (index_t i = 0; i < m; ++i) most = at_least(abs(a[i + j * ld]), most);
  const V unit = powers_of_two_below(select(finite, most, V(R(1)))), inverse = V(R(1)) / unit;
  for (index_t j = 0; j < n; ++j)
    for (index_t i = 0; i < m; ++i) a[i + j * ld] *= inverse;

  const auto reflector = [&](index_t j) {
    V* const tail = a + j * ld + j + 1;
    V beta;
    tau[j] = make_lane_reflector(m - j - 1, tail[-1], tail, beta);
    tail[-1] = beta;
  };
  const auto pair = [&](index_t j) { return reflector_pair<R>(m - j, tau[j], tau[j + 1], a + j * ld + j, a + (j + 1) * ld + j); };
  index_t done = 0;
  for (; done + 2 <= n; done += 2) {
    V* const next = a + (done + 1) * ld + done;
    reflector(done);
    apply_lane_reflector(tau[done], next - ld + 1, m - done - 1, next, ld, 1);
    reflector(done + 1);
    if (done + 2 < n) pair(done).template apply<true>(next + ld, ld, n - done - 2);
  }
  if (done < n) reflector(done);
  for (index_t j = 0; j < n; ++j)
    for (index_t i = 0; i < n; ++i) upper[i + j * n] = i <= j ? a[i + j * ld] * unit : V(R(0));
  unpack_group(upper, n, count, mask<R>(true), n, n, r + first * n * n, false, around);

  // Column j of I, times reflector j, takes v's place. Columns on the right have zeros in row j until now.
  const auto first_column = [&](index_t j) {
    V* const tail = a + j * ld + j + 1;
    for (index_t i = 0; i < m - j - 1; ++i) tail[i] = -(tau[j] * tail[i]);
    tail[-1] = V(R(1)) - tau[j];
  };
  if (done < n) first_column(done);
  for (index_t j = done - 2; j >= 0; j -= 2) {
    V* const next = a + (j + 1) * ld + j;
    for (index_t c = j + 1; c < n; ++c) a[c * ld + j] = V(R(0));
    for (index_t c = j + 2; c < n; ++c) a[c * ld + j + 1] = V(R(0));
    if (j + 2 < n) pair(j).template apply<false>(next + ld, ld, n - j - 2);
    first_column(j + 1);
    apply_lane_reflector(tau[j], next - ld + 1, m - j - 1, next, ld, 1);
    first_column(j);
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

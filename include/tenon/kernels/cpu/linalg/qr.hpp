#pragma once
// QR decomposition by Householder reflectors, blocked.
//
//   for each panel of 32 columns      factor it, by halves (Elmroth & Gustavson, IBM J. Res. Dev. 44(4), 2000): nearly all of a
//                                     panel's work, too, is products of matrices, which is what decides for tall, thin A
//     form  Q_panel = I - V T V^H     and apply its adjoint to the columns on the right
//
// Q is formed backwards, from the last block of reflectors to the first, so that columns that are still those of the identity are
// not touched (LAPACK's xORGQR).
//
// Precision  Backward stable: A + E = Q R with an exactly orthogonal Q, ||E|| <= c m n u ||A||; the Q that is formed is orthogonal to
//            c m n u (Higham, "Accuracy and Stability", theorem 19.4; in practice some n u).
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/householder.hpp>
#include <tenon/kernels/cpu/linalg/safe_range.hpp>
#include <tenon/kernels/linalg/qr.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The next block of reflectors, from the panel they are stored in.
template <class T>
block_reflector<T> take_block_reflector(matrix<const std::type_identity_t<T>> panel, const T* tau, workspace& w) {
  const index_t m = panel.rows, k = panel.cols;
  const block_reflector<T> b = {{w.template take<T>(m * k), m, k, m}, {w.template take<T>(k * k), k, k, k}};
  copy_reflectors<T>(panel, b.v);
  form_block_reflector(b, tau, w);
  return b;
}

// min(m, n) reflectors of a (m, n), column by column. `row` has room for n elements.
template <class T>
void factor_qr_columns(matrix<T> a, T* tau, T* row) {
  for (index_t j = 0; j < smaller(a.rows, a.cols); ++j) {
    T* const tail = a.col(j) + j + 1;
    tau[j] = make_reflector(a.rows - j, a(j, j), tail);
    apply_reflector_left(conj(tau[j]), tail, a.from(j, j + 1), row);
  }
}

// The same for a panel, by halves.
template <class T>
void factor_qr_panel(matrix<T> a, T* tau, T* row, workspace w) {
  constexpr index_t narrow = 8;
  if (a.cols <= narrow || a.rows <= narrow) return factor_qr_columns(a, tau, row);
  const index_t h = smaller(a.cols / 2, a.rows);
  factor_qr_panel(a.columns(0, h), tau, row, w);
  {
    workspace rest = w;
    const auto b = take_block_reflector<T>(a.columns(0, h), tau, rest);
    apply_block_left(b, true, a.from(0, h), rest);
  }
  if (a.rows > h) factor_qr_panel(a.from(h, h), tau + h, row, w);
}

// R above and the reflectors below the diagonal of a; tau has min(m, n) elements. If there is a b, it becomes Q^H b: each block of reflectors
// is at hand once. Workspace: qr_bytes, of b's columns too.
template <class T>
void factor_qr(matrix<T> a, T* tau, workspace w, matrix<std::type_identity_t<T>> b = {}) {
  const index_t k = smaller(a.rows, a.cols);
  T* const row = w.template take<T>(a.cols);
  for (index_t j = 0; j < k; j += kernels::linalg::qr_block) {
    const index_t width = smaller(kernels::linalg::qr_block, k - j);
    const matrix<T> panel = a.block(j, j, a.rows - j, width), right = a.from(j, j + width);
    factor_qr_panel(panel, tau + j, row, w);
    if (right.cols == 0 && b.cols == 0) continue;
    workspace rest = w;
    const auto block = take_block_reflector<T>(panel, tau + j, rest);
    if (right.cols > 0) apply_block_left(block, true, right, rest);
    if (b.cols > 0) apply_block_left(block, true, b.from(j, 0), rest);
  }
}

// factor_it() leaves R and the reflectors in `a`, a matrix of any range: norms of columns may be beyond it. R overflows where it must, the
// reflectors do not.
template <class T, class Factor>
void factor_safely(matrix<T> a, Factor factor_it) {
  const real_of<T> factor = scale_to_safe_range(a);
  factor_it();
  for (index_t j = 0; factor != 1 && j < a.cols; ++j)
    for (index_t i = 0; i <= smaller(j, a.rows - 1); ++i) a(i, j) = a(i, j) / factor;
}

// The k reflectors in a's first columns become Q's first a.cols columns. Workspace: qr_bytes.
template <class T>
void form_q(matrix<T> a, index_t k, const T* tau, workspace w) {
  const index_t n = a.cols, block = kernels::linalg::qr_block;
  for (index_t j = k; j < n; ++j) {
    fill(a.columns(j, 1), T(0));
    a(j, j) = T(1);
  }
  for (index_t j = (k - 1) / block * block; k > 0 && j >= 0; j -= block) {
    const index_t width = smaller(block, k - j);
    const matrix<T> panel = a.block(j, j, a.rows - j, width);
    workspace rest = w;
    const auto b = take_block_reflector<T>(panel, tau + j, rest);
    apply_block_left(b, false, a.from(j, j + width), rest);
    // The block's own columns were the identity's: (I - V T V^H) (I 0)^T = (I 0)^T - V (T V_1^H), V_1 the top of V.
    const matrix<T> y = {rest.template take<T>(width * width), width, width, width};
    product_into(y, plain(b.t), adjoint(b.v.top(width)), rest);
    set_identity(panel);
    subtract_product(panel, plain(b.v), plain(y), rest);
    fill(a.block(0, j, j, width), T(0));
  }
}

// C = op(Q) C, for the k reflectors in the columns of `a` (op: Q, or Q^H with `adjoint_of_q`). Workspace: qr_bytes(m, C.cols, k).
template <class T>
void apply_q_left(matrix<const std::type_identity_t<T>> a, const std::type_identity_t<T>* tau, bool adjoint_of_q, matrix<T> c, workspace w) {
  const index_t k = smaller(a.rows, a.cols), block = kernels::linalg::qr_block, blocks = (k + block - 1) / block;
  for (index_t i = 0; i < blocks; ++i) {
    const index_t j = (adjoint_of_q ? i : blocks - 1 - i) * block, width = smaller(block, k - j);
    workspace rest = w;
    const auto b = take_block_reflector<T>(a.block(j, j, a.rows - j, width), tau + j, rest);
    apply_block_left(b, adjoint_of_q, c.from(j, 0), rest);
  }
}

// factor(a, tau, w) leaves R and the reflectors in a, form(q, tau, w) makes Q of plan.k reflectors.
template <class E, class Factor, class Form>
void for_each_qr(const context& ctx, const kernels::linalg::qr_plan& p, E* a_data, E* tau_data, E* q_data, E* r_data, std::byte* memory, Factor factor,
                 Form form) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, workspace w) {
    const index_t a_cols = a_data == q_data ? p.q_cols : p.n;              // the distance between matrices
    const matrix<T> a = {as_scalars(a_data) + i * p.m * a_cols, p.m, p.n, p.m};
    T* const own_tau = w.template take<T>(p.k);
    T* const tau = tau_data ? as_scalars(tau_data) + i * p.k : own_tau;
    factor(a, tau, w);
    if (r_data && r_data != a_data) {
      const matrix<T> r = {as_scalars(r_data) + i * p.r_rows * p.n, p.r_rows, p.n, p.r_rows};
      copy<T>(a.top(p.k), r.top(p.k));
      fill(r.from(p.k, 0), T(0));
      clear_lower(r);
    }
    if (q_data) {
      const matrix<T> q = {as_scalars(q_data) + i * p.m * p.q_cols, p.m, p.q_cols, p.m};
      if (q_data != a_data) copy<T>(a.columns(0, p.k), q.columns(0, p.k));
      form(q, tau, w);
    }
    if (r_data && r_data == a_data) clear_lower(a);
  });
}
template <class E>
void run_qr(const context& ctx, const kernels::linalg::qr_plan& p, E* a_data, E* tau_data, E* q_data, E* r_data, std::byte* memory) {
  for_each_qr(ctx, p, a_data, tau_data, q_data, r_data, memory, [](auto a, auto* tau, const workspace& w) { factor_safely(a, [&] { factor_qr(a, tau, w); }); },
              [&](auto q, auto* tau, const workspace& w) { form_q(q, p.k, tau, w); });
}

template <class E>
void run_householder_product(const context& ctx, const kernels::linalg::qr_plan& p, E* a_data, const E* tau, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    form_q(matrix<T>{as_scalars(a_data) + i * p.m * p.n, p.m, p.n, p.m}, p.k, as_scalars(tau) + i * p.k, w);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::qr_kernel<T>::function function_of(kernels::linalg::qr_kernel<T>, this_arch) {
  return &linalg::run_qr<T>;
}
template <class T>
constexpr typename kernels::linalg::householder_product_kernel<T>::function function_of(kernels::linalg::householder_product_kernel<T>, this_arch) {
  return &linalg::run_householder_product<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

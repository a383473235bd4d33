#pragma once
// schur, hessenberg.
#include <tenon/kernels/cpu/linalg/schur.hpp>
#include <tenon/linalg/iteration.hpp>

namespace tenon::inline v0::linalg {

template <class T>
struct schur_result {
  tensor<T> t, z;
};
template <class T>
struct hessenberg_result {
  tensor<T> h, q;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

/// schur(A): A = Z T Z^H, Z unitary, T upper triangular with the eigenvalues on its diagonal.        A (..., n, n)  ->  t, z (..., n, n)
///
/// Real A    The real Schur form: T is quasi-triangular. A complex pair is a block ( a b ; c a ) with b c < 0, eigenvalues
///           a +- i sqrt(-b c); everything else below the diagonal is exactly 0.
/// Dtypes    float, double and complex of both.
/// Method    Hessenberg form, multishift QR with aggressive early deflation (Braman, Byers & Mathias, SIAM J. Matrix Anal. Appl. 23, 2002).
/// Bound     ||A - Z T Z^H|| <= 10 n eps ||A||, ||Z^H Z - I|| <= 10 n eps (Frobenius norms).
/// Errors    shape_mismatch, non_finite_input, no_convergence (as eig), out_of_memory.        (SciPy's scipy.linalg.schur; PyTorch has none.)
template <operand X>
[[nodiscard]] auto schur(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors(
      "schur",
      [](const any_tensor& a) -> result<schur_result<T>> {
        const char* const name = "schur";
        TENON_TRY_VOID(calls::check_square(name, a));
        const index_t n = a.size(-1);
        const shape batch = calls::batch_shape(a.shape());
        TENON_TRY(any_tensor t, calls::copy_columns(name, a));
        TENON_TRY_VOID(calls::check_finite_matrices<T>(name, t));
        TENON_TRY(any_tensor z, calls::allocate_columns(name, a.shape(), a.dtype(), a.where()));
        if (t.numel() != 0) {
          const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(n) * 5);
          auto p = kernels::linalg::plan_schur<T>(batch.numel(), n, context.threads);
          p.sweeps = calls::most_sweeps();
          TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
          const auto outcome = kernels::cpu::entry<kernels::linalg::schur_kernel<T>>()(context, p, calls::data_as<T>(t), calls::data_as<T>(z),
                                                                                       calls::data_of(memory));
          if (!outcome.s)
            return calls::not_converged(name, batch, outcome.matrix, p.sweeps, "for each eigenvalue", n - outcome.s.detail, n);
        }
        return schur_result<T>{tensor<T>::unchecked(std::move(t)), tensor<T>::unchecked(std::move(z))};
      },
      x);
}

/// hessenberg(A): A = Q H Q^H, Q unitary, H exactly zero below its first subdiagonal.        A (..., n, n)  ->  h, q (..., n, n)
///
/// Method   Blocks of reflectors (Dongarra, Sorensen & Hammarling, J. Comput. Appl. Math. 27, 1989).
/// Bound    ||A - Q H Q^H|| <= 10 n eps ||A||, ||Q^H Q - I|| <= 10 n eps. Dtypes and errors as schur, but it always converges.
template <operand X>
[[nodiscard]] auto hessenberg(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors(
      "hessenberg",
      [](const any_tensor& a) -> result<hessenberg_result<T>> {
        const char* const name = "hessenberg";
        TENON_TRY_VOID(calls::check_square(name, a));
        const index_t n = a.size(-1);
        TENON_TRY(any_tensor h, calls::copy_columns(name, a));
        TENON_TRY_VOID(calls::check_finite_matrices<T>(name, h));
        TENON_TRY(any_tensor q, calls::allocate_columns(name, a.shape(), a.dtype(), a.where()));
        if (h.numel() != 0) {
          const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(n));
          const auto p = kernels::linalg::plan_hessenberg<T>(calls::batch_count(a), n, context.threads);
          TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
          kernels::cpu::entry<kernels::linalg::hessenberg_kernel<T>>()(context, p, calls::data_as<T>(h), calls::data_as<T>(q), calls::data_of(memory));
        }
        return hessenberg_result<T>{tensor<T>::unchecked(std::move(h)), tensor<T>::unchecked(std::move(q))};
      },
      x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD

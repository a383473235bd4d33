#pragma once
// Products inside a decomposition.        C (m, n) =, += or -= op(A) (m, k) op(B) (k, n),   all column-major
//
// The tiles of kernels/matmul.hpp, which think in rows: C's columns are the rows of C^T = op(B)^T op(A)^T. A plan costs a few
// dozen instructions, so each call makes its own; what is planned ahead is the workspace, for the largest product of many.
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::linalg {

enum class transposition : std::uint8_t { none, transpose, adjoint };

struct product_shape {
  index_t m, n, k;
  index_t lda, ldb, ldc;
  transposition a = transposition::none, b = transposition::none;
};

template <class T>
constexpr matmul_plan plan_product(matmul_update update, const product_shape& s, int threads) {
  matmul_plan p;
  p.m = s.n;
  p.n = s.m;
  p.k = s.k;
  p.update = update;
  p.out.row = s.ldc;
  p.out.column = 1;
  const auto place = [](matmul_strides& to, transposition op, index_t ld) {
    to.row = op == transposition::none ? ld : 1;
    to.column = op == transposition::none ? 1 : ld;
    to.conjugated = complex_type<T> && op == transposition::adjoint;
  };
  place(p.a, s.b, s.ldb);
  place(p.b, s.a, s.lda);
  constexpr auto facts = detail::matmul::facts_of<T>();
  detail::matmul::choose_packing(p, facts);
  p.pack_a = p.pack_a || p.a.conjugated;
  detail::matmul::cut(p, facts, threads);
  return p;
}

// Enough for every product of these extents or smaller ones.
template <class T>
constexpr index_t product_bytes(index_t m, index_t n, index_t k, int threads) {
  using namespace detail::matmul;
  constexpr auto f = facts_of<T>();
  const index_t depth = least(k * f.parts, f.depth), rows = least(n, 1032);
  const index_t a = rows * round_up((depth + f.line) * f.compute_item, line_bytes);
  const index_t b = round_up(depth * f.compute_item, line_bytes) * round_up(least(m * f.parts, f.width), f.line);
  return (a + b) * threads;
}

}  // namespace tenon::inline v0::kernels::linalg

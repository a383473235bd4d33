#pragma once
// norm, vector_norm, matrix_norm.
#include <tenon/linalg/svd.hpp>
#include <tenon/ops/reduction/extremum.hpp>
#include <tenon/ops/reduction/norm.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/view.hpp>

namespace tenon::inline v0::linalg {

// Which norm of a matrix: 1, -1, 2, -2, infinity or -infinity, or one of the names. Of a vector: any number.
enum class named_norm : std::uint8_t {
  number,                              // the order is a number
  fro,                                 // Frobenius: the 2-norm of the elements
  nuc,                                 // nuclear: the sum of the singular values
  none,                                // not given: the 2-norm of the elements
};
inline constexpr named_norm fro = named_norm::fro, nuc = named_norm::nuc;

struct norm_order {
  named_norm name = named_norm::none;
  double p = 2;

  constexpr norm_order() = default;
  constexpr norm_order(named_norm n) : name(n) {}
  template <class P>
    requires std::is_arithmetic_v<P>
  constexpr norm_order(P number) : name(named_norm::number), p(static_cast<double>(number)) {}
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// The magnitudes, as a tensor of the real type; norms look at nothing else.
template <class T>
result<tensor<real_t<T>>> magnitudes(const any_tensor& x) {
  if constexpr (complex_type<T>)
    return tenon::abs(tensor<T>::unchecked(x));
  else
    return tensor<T>::unchecked(x);
}

template <class T>
result<tensor<real_t<T>>> vector_norm(const any_tensor& x, double p, const dim_list& dims, reduce_options o) {
  return tenon::norm(magnitudes<T>(x), p, dims, o);
}

// One number for each matrix that the two dimensions hold, by its singular values.
template <class T>
result<tensor<real_t<T>>> spectral_norm(const char* name, const any_tensor& x, const norm_order& order, int rows, int columns) {
  dim_list to_end;
  for (int d = 0; d < x.rank(); ++d)
    if (d != rows && d != columns) to_end.push_back(d);
  to_end.push_back(rows);
  to_end.push_back(columns);
  TENON_TRY(const any_tensor matrices, x.permute(to_end));
  TENON_TRY(const auto s, detail::svdvals<T>(matrices, name));
  if (order.name == named_norm::nuc) return tenon::sum(s, -1);
  return s.select(-1, order.p > 0 ? 0 : s.size(-1) - 1);     // they descend
}

template <class T>
result<tensor<real_t<T>>> matrix_norm(const char* name, const any_tensor& x, const norm_order& order, const dim_list& dims, bool keepdim) {
  if (dims.rank() != 2) return error(error_code::invalid_argument, name, make_text("two dimensions are needed, got ", dims));
  if (x.rank() < 2) return error(error_code::shape_mismatch, name, make_text("a matrix or a batch of them is needed, got shape ", x.shape()));
  TENON_TRY(const int rows, normalize_dim(name, dims[0], x.shape()));
  TENON_TRY(const int columns, normalize_dim(name, dims[1], x.shape()));
  if (rows == columns) return error(error_code::invalid_argument, name, make_text("dim ", rows, " appears twice in ", dims));
  const dim_list both = {rows, columns};
  if (order.name == named_norm::fro || order.name == named_norm::none) return vector_norm<T>(x, 2, both, {keepdim});

  const double p = order.p, size = std::fabs(p);
  if (order.name == named_norm::number && !(size == 1 || size == 2 || std::isinf(p)))
    return error(error_code::invalid_argument, name, make_text("order ", p, " is none of a matrix (1, -1, 2, -2, inf, -inf, fro or nuc are)"));
  result<tensor<real_t<T>>> r = error();
  if (order.name == named_norm::nuc || size == 2) {
    const index_t least = x.size(rows) < x.size(columns) ? x.size(rows) : x.size(columns);
    if (least == 0 && order.name != named_norm::nuc)
      return error(error_code::shape_mismatch, name, make_text("matrices in dimensions ", both, " of shape ", x.shape(), " are empty and have no such norm"));
    r = spectral_norm<T>(name, x, order, rows, columns);
    if (!keepdim || !r) return r;
    for (const int d : {rows < columns ? rows : columns, rows < columns ? columns : rows}) {
      if (r) r = r->unsqueeze(d);
    }
    return r;
  }
  // 1: the largest column sum of magnitudes; inf: the largest row sum; negative: the smallest.
  const index_t summed = size == 1 ? rows : columns, chosen = size == 1 ? columns : rows;
  if (x.size(chosen) == 0)
    return error(error_code::shape_mismatch, name, make_text("matrices in dimensions ", both, " of shape ", x.shape(), " are empty and have no such norm"));
  const auto sums = vector_norm<T>(x, 1, summed, {.keepdim = true});
  r = p > 0 ? tenon::amax(sums, chosen, {.keepdim = true}) : tenon::amin(sums, chosen, {.keepdim = true});
  if (keepdim || !r) return r;
  for (const int d : {rows < columns ? columns : rows, rows < columns ? rows : columns}) {
    if (r) r = r->squeeze(d);
  }
  return r;
}

template <class T>
result<tensor<real_t<T>>> norm(const any_tensor& x, const norm_order& order, const dim_list& dims, bool keepdim) {
  const char* const name = "norm";
  if (order.name == named_norm::none) return vector_norm<T>(x, 2, dims, {keepdim});
  const int given = dims.rank();
  if (given > 2 || (given == 0 && (x.rank() < 1 || x.rank() > 2)))
    return error(error_code::invalid_argument, name,
                 make_text("with an order, one or two dimensions are needed: got ", dims, " for shape ", x.shape()));
  if (given == 1 || (given == 0 && x.rank() == 1)) {
    if (order.name != named_norm::number)
      return error(error_code::invalid_argument, name, make_text("fro and nuc are norms of matrices; got ", dims, " for shape ", x.shape()));
    return vector_norm<T>(x, order.p, dims, {keepdim});
  }
  return matrix_norm<T>(name, x, order, given == 0 ? dim_list(0, 1) : dims, keepdim);
}

}  // namespace detail

/// vector_norm(x, p): (sum |x_i|^p)^(1/p) over `dims` (all if empty), as tenon::norm, for complex x too.
/// x (...) -> the kept dimensions, real.   p = inf, -inf, 0 and negative ones as there. Errors as there.
template <operand X>
[[nodiscard]] auto vector_norm(X&& x, double p = 2, const dim_list& dims = {}, reduce_options options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("vector_norm", [&](const any_tensor& a) { return detail::vector_norm<T>(a, p, dims, options); }, x);
}

/// matrix_norm(A, order): of the matrices in the two dimensions `dims`.        A (...) -> the other dimensions, real
///
///   fro  sqrt(sum |a_ij|^2)      nuc  the sum of the singular values
///   1    the largest column sum of |a_ij|     inf   the largest row sum      -1, -inf   the smallest
///   2    the largest singular value           -2    the smallest
///
/// Dtypes   float, double, complex of both.
/// Special  fro, 1 and inf pass NaN on and do not overflow on the way; 2, -2 and nuc refuse it.
/// Bound    fro, 1, inf: as tenon::norm.   2, -2, nuc: as svdvals; its error is n u times the largest singular value.
/// Errors   invalid_argument (order, dimensions), shape_mismatch, dim_out_of_range, non_finite_input, no_convergence, out_of_memory.
template <operand X>
[[nodiscard]] auto matrix_norm(X&& x, const norm_order& order = fro, const dim_list& dims = {-2, -1}, reduce_options options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("matrix_norm", [&](const any_tensor& a) { return detail::matrix_norm<T>("matrix_norm", a, order, dims, options.keepdim); }, x);
}

/// norm(x): the 2-norm of all elements, or over `dims`.   norm(x, order): vector_norm where x has one dimension or one is named,
/// matrix_norm where it has two or two are named.
template <operand X>
[[nodiscard]] auto norm(X&& x, const norm_order& order = {}, const dim_list& dims = {}, reduce_options options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("norm", [&](const any_tensor& a) { return detail::norm<T>(a, order, dims, options.keepdim); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD

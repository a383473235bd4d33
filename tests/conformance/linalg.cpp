// Linear algebra. Where a case names residuals, the decomposition that its op is part of is checked by them as well.
#include <tenon/linalg.hpp>

#include "registry.hpp"

#include <cmath>
#include <limits>

namespace conformance {

namespace {

namespace linalg = tn::linalg;
using number = std::complex<long double>;

// ---- residuals, in plain loops and long double

struct dense {
  index_t rows = 0, cols = 0;
  std::vector<number> v;
  dense(index_t r, index_t c) : rows(r), cols(c), v(static_cast<std::size_t>(r * c)) {}
  explicit dense(const any_tensor& x) : rows(x.size(0)), cols(x.rank() > 1 ? x.size(1) : 1) {
    for (const auto& z : complex_numbers(x)) v.emplace_back(z.real(), z.imag());
  }
  number& operator()(index_t i, index_t j) { return v[static_cast<std::size_t>(i * cols + j)]; }
  const number& operator()(index_t i, index_t j) const { return v[static_cast<std::size_t>(i * cols + j)]; }
};
dense operator*(const dense& a, const dense& b) {
  dense c(a.rows, b.cols);
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t k = 0; k < a.cols; ++k)
      for (index_t j = 0; j < b.cols; ++j) c(i, j) += a(i, k) * b(k, j);
  return c;
}
dense operator-(dense a, const dense& b) {
  for (std::size_t i = 0; i < a.v.size(); ++i) a.v[i] -= b.v[i];
  return a;
}
dense adjoint(const dense& a) {
  dense b(a.cols, a.rows);
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t j = 0; j < a.cols; ++j) b(j, i) = std::conj(a(i, j));
  return b;
}
dense diagonal(const dense& w) {
  dense d(w.rows, w.rows);
  for (index_t i = 0; i < w.rows; ++i) d(i, i) = w(i, 0);
  return d;
}
dense identity(index_t n) {
  dense d(n, n);
  for (index_t i = 0; i < n; ++i) d(i, i) = 1;
  return d;
}
long double norm(const dense& a) {
  long double sum = 0;
  for (const number& x : a.v) sum += std::norm(x);
  return std::sqrt(sum);
}

tn::result<void> require(bool holds, const char* what) {
  if (holds) return {};
  return cannot(make_text("the property does not hold: ", what));
}
tn::result<void> require_small(const test_case& c, const dense& error, long double scale, const char* what) {
  const long double limit = static_cast<long double>(c.property_tolerance) * scale, e = norm(error);
  if (e <= limit) return {};
  return cannot(make_text("the property does not hold: ", what, ": ", static_cast<double>(e), " > ", static_cast<double>(limit)));
}
tn::result<void> require_orthonormal(const test_case& c, const dense& q, const char* what) {
  return require_small(c, adjoint(q) * q - identity(q.cols), 1, what);
}
bool is_upper(const dense& a) {
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t j = 0; j < i && j < a.cols; ++j)
      if (a(i, j) != number(0)) return false;
  return true;
}

// ---- ops: f(x) for the types that cases have, after the properties of x

template <class F>
tn::result<outputs> of_matrix(const test_case& c, F f) {
  return over<float, double, std::complex<float>, std::complex<double>>(c.dtype(), [&]<class T>(tn::type_tag<T>) -> tn::result<outputs> { return f(typed<T>(c, 0)); });
}

tn::result<outputs> eigvals(const test_case& c) {
  return of_matrix(c, [&](const auto& x) -> tn::result<outputs> {
    if (c.properties) {
      TENON_TRY(const auto e, linalg::eig(x));
      const dense a(x.any()), v(e.eigenvectors.any()), w(e.eigenvalues.any());
      TENON_TRY_VOID(require_small(c, a * v - v * diagonal(w), norm(a), "A V = V diag(w)"));
      for (index_t j = 0; j < v.cols; ++j) {
        long double square = 0;
        for (index_t i = 0; i < v.rows; ++i) square += std::norm(v(i, j));
        TENON_TRY_VOID(require(std::fabs(std::sqrt(square) - 1) <= static_cast<long double>(c.property_tolerance), "columns of V have norm 1"));
      }
    }
    return give(linalg::eigvals(x));
  });
}
tn::result<outputs> eigvalsh(const test_case& c) {
  return of_matrix(c, [&](const auto& x) -> tn::result<outputs> {
    if (c.properties) {
      TENON_TRY(const auto e, linalg::eigh(x));
      const dense a(x.any()), v(e.eigenvectors.any()), w(e.eigenvalues.any());
      for (index_t i = 1; i < w.rows; ++i) TENON_TRY_VOID(require(w(i - 1, 0).real() <= w(i, 0).real(), "w ascends"));
      TENON_TRY_VOID(require_small(c, a * v - v * diagonal(w), norm(a), "A V = V diag(w)"));
      TENON_TRY_VOID(require_orthonormal(c, v, "V^H V = I"));
    }
    return give(linalg::eigvalsh(x));
  });
}
tn::result<outputs> svdvals(const test_case& c) {
  return of_matrix(c, [&](const auto& x) -> tn::result<outputs> {
    if (c.properties) {
      TENON_TRY(const auto f, linalg::svd(x, {.full_matrices = false}));
      const dense a(x.any()), u(f.u.any()), s(f.s.any()), vh(f.vh.any());
      for (index_t i = 0; i < s.rows; ++i)
        TENON_TRY_VOID(require(s(i, 0).real() >= 0 && (i == 0 || s(i, 0).real() <= s(i - 1, 0).real()), "s descends and is not negative"));
      TENON_TRY_VOID(require_small(c, a - u * diagonal(s) * vh, norm(a), "A = U diag(s) V^H"));
      TENON_TRY_VOID(require_orthonormal(c, u, "U^H U = I"));
      TENON_TRY_VOID(require_orthonormal(c, adjoint(vh), "V^H V = I"));
    }
    return give(linalg::svdvals(x));
  });
}
tn::result<outputs> qr(const test_case& c) {
  if (c.text("mode") != "reduced") return cannot(make_text("only reduced QR is expected"));
  return of_matrix(c, [&](const auto& x) -> tn::result<outputs> {
    TENON_TRY(const auto f, linalg::qr(x));
    if (c.properties) {
      const dense a(x.any()), q(f.q.any()), r(f.r.any());
      TENON_TRY_VOID(require_small(c, a - q * r, norm(a), "A = Q R"));
      TENON_TRY_VOID(require_orthonormal(c, q, "Q^H Q = I"));
      TENON_TRY_VOID(require(is_upper(r), "R is upper triangular"));
    }
    return give(f.r);
  });
}
tn::result<outputs> cholesky(const test_case& c) {
  return of_matrix(c, [&](const auto& x) -> tn::result<outputs> {
    TENON_TRY(const auto l, linalg::cholesky(x));
    if (c.properties) {
      const dense a(x.any()), f(l.any());
      TENON_TRY_VOID(require_small(c, a - f * adjoint(f), norm(a), "A = L L^H"));
      TENON_TRY_VOID(require(is_upper(adjoint(f)), "L is lower triangular"));
      for (index_t i = 0; i < f.rows; ++i) TENON_TRY_VOID(require(f(i, i).real() > 0, "L's diagonal is positive"));
    }
    return give(l);
  });
}
tn::result<outputs> matrix_norm(const test_case& c) {
  const std::string order = c.text("ord");
  linalg::norm_order o = order == "fro" ? linalg::fro : linalg::nuc;
  if (order == "inf") o = std::numeric_limits<double>::infinity();
  else if (order == "1" || order == "2" || order == "-2") o = std::stod(order);
  else if (order != "fro" && order != "nuc") return cannot(make_text("no case was expected to have the order ", std::string_view(order)));
  return of_matrix(c, [&](const auto& x) { return give(linalg::matrix_norm(x, o)); });
}
tn::result<outputs> lstsq(const test_case& c) {
  TENON_TRY(const auto s, linalg::lstsq(typed<double>(c, 0), typed<double>(c, 1)));
  return give(s.solution);
}
tn::result<outputs> solve(const test_case& c) {
  return over<float, double>(c.dtype(), [&]<class T>(tn::type_tag<T>) -> tn::result<outputs> {
    TENON_TRY(const auto x, linalg::solve(typed<T>(c, 0), typed<T>(c, 1)));
    if (c.properties) {
      const dense a(c.input(0)), b(c.input(1)), y(x.any());
      TENON_TRY_VOID(require_small(c, a * y - b, norm(a) * norm(y), "A X = B"));
    }
    return give(x);
  });
}

}  // namespace

void add_linalg(registry& r) {
  r.add("eigvals", eigvals);
  r.add("eigvalsh", eigvalsh);
  r.add("svdvals", svdvals);
  r.add("qr", qr);
  r.add("cholesky", cholesky);
  r.add("solve", solve);
  for (const char* name : {"det", "Det"}) r.add(name, [](const test_case& c) { return of_matrix(c, [](const auto& x) { return give(linalg::det(x)); }); });
  r.add("slogdet", [](const test_case& c) {
    return of_matrix(c, [](const auto& x) -> tn::result<outputs> {
      TENON_TRY(const auto d, linalg::slogdet(x));
      return give(d.sign, d.logabsdet);
    });
  });
  r.add("inv", [](const test_case& c) { return of_matrix(c, [](const auto& x) { return give(linalg::inv(x)); }); });
  r.add("pinv", [](const test_case& c) { return of_matrix(c, [](const auto& x) { return give(linalg::pinv(x)); }); });
  r.add("matrix_exp", [](const test_case& c) { return of_matrix(c, [](const auto& x) { return give(linalg::matrix_exp(x)); }); });
  r.add("matrix_rank", [](const test_case& c) { return of_matrix(c, [](const auto& x) { return give(linalg::matrix_rank(x)); }); });
  r.add("cond", [](const test_case& c) { return of_matrix(c, [&](const auto& x) { return give(linalg::cond(x, c.number("p", 2))); }); });
  r.add("matrix_norm", matrix_norm);
  r.add("lstsq", lstsq);
}

}  // namespace conformance

// schur and hessenberg: residual, orthogonality, and structure that is exact.
#include <tenon/linalg/schur.hpp>

#include "residual.hpp"

namespace tenon_test::schur_test {
namespace linalg = tn::linalg;

namespace {

constexpr double c = 10;                                     // the stated bounds, in units of n eps

template <class W>
void check_quasi_triangular(const zoo::matrix<W>& t) {
  CHECK(is_upper(t, 1));
  for (index_t k = 0; k + 1 < t.rows; ++k) {
    if (t(k + 1, k) == W(0)) continue;
    if constexpr (requires { t.v[0].imag(); }) {
      FAIL("a complex Schur form is triangular");
    } else {
      CHECK(t(k, k) == t(k + 1, k + 1));
      CHECK((t(k, k + 1) < 0) != (t(k + 1, k) < 0));
      if (k + 2 < t.rows) CHECK(t(k + 2, k + 1) == W(0));
    }
  }
}

template <class T>
void check(const std::string& name, const tn::tensor<T>& x, index_t batch = 0) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << name);
  const auto a = read_matrix(x, batch);
  const auto s = in_time(x, [&] { return linalg::schur(x); });
  REQUIRE(s);
  const auto t = read_matrix(s->t, batch), z = read_matrix(s->z, batch);
  check_quasi_triangular(t);
  CHECK(orthogonality<T>(z) <= c);
  CHECK(product_residual<T>(a, product(z, t), adjoint(z)) <= c);
  const auto r = in_time(x, [&] { return linalg::hessenberg(x); });
  REQUIRE(r);
  const auto h = read_matrix(r->h, batch), q = read_matrix(r->q, batch);
  CHECK(is_upper(h, 1));
  CHECK(orthogonality<T>(q) <= c);
  CHECK(product_residual<T>(a, product(q, h), adjoint(q)) <= c);
}

template <class T>
void check_zoo(std::initializer_list<index_t> sizes) {
  for (const index_t n : sizes) {
    for (const auto& x : zoo::general(n))
      if (zoo::representable<T>(x.a)) check(x.name, zoo::tensor_of<T>(x));
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) check(x.name, zoo::tensor_of<T>(x));
  }
}

}  // namespace

TEST_CASE("schur and hessenberg, double zoo") { check_zoo<double>({0, 1, 2, 3, 4, 8, 21}); }
TEST_CASE("schur and hessenberg, complex double zoo") { check_zoo<std::complex<double>>({0, 1, 2, 3, 8, 21}); }
#ifndef TENON_TEST_REDUCED
TEST_CASE("schur and hessenberg, float zoo") { check_zoo<float>({0, 1, 2, 3, 4, 8, 21}); }
TEST_CASE("schur and hessenberg, complex float zoo") { check_zoo<std::complex<float>>({0, 1, 2, 3, 8, 21}); }
TEST_CASE("schur and hessenberg, double zoo beyond all crossovers") { check_zoo<double>({130}); }
#endif

TEST_CASE("schur and hessenberg, sizes around every crossover") {
  for (const index_t n : {5, 31, 75, 76, 96, 97, 98, 130, 161, 250}) {
    if (n > zoo::large && n != 130) continue;
    const auto a = zoo::random(n, n, 5);
    check("random " + std::to_string(n), zoo::tensor_of(a));
    if (n <= std::min<index_t>(zoo::large, 130)) {
      check("random " + std::to_string(n), zoo::tensor_of(zoo::convert<float>(a)));
      check("random " + std::to_string(n), zoo::tensor_of(zoo::convert<std::complex<float>>(a)));
    }
  }
}

TEST_CASE("schur and hessenberg, batches and layouts") {
  for (const auto& [name, x] : layouts<double>({2, 3, 5, 5}, uniform(2 * 3 * 25, -1, 1, 3)))
    for (index_t b = 0; b < 6; ++b) check(name, x, b);
  CHECK(linalg::schur(tenon_test::empty<float>({0, 4, 4}))->t.shape() == tn::shape{0, 4, 4});
  CHECK(linalg::hessenberg(tenon_test::empty<float>({2, 0, 0}))->q.shape() == tn::shape{2, 0, 0});
}

TEST_CASE("schur and hessenberg, refused") {
  const auto x = make<double>({2, 2}, {1, NaN, 3, 4});
  CHECK(linalg::schur(x).error().message() == "schur: the matrix holds NaN or infinity");
  CHECK(linalg::hessenberg(x).error().code() == tn::error_code::non_finite_input);
  CHECK(linalg::schur(tenon_test::empty<float>({3, 2})).error().code() == tn::error_code::shape_mismatch);
  CHECK(linalg::hessenberg(tenon_test::empty<float>({3})).error().message() == "hessenberg: a matrix or a batch of them is needed, got shape [3]");
}

}  // namespace tenon_test::schur_test

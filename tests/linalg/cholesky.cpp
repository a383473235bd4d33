#include <tenon/linalg/cholesky.hpp>

#include "residual.hpp"

namespace tenon_test::cholesky_test {
namespace linalg = tn::linalg;

namespace {

constexpr double c = 1;        // 2 n u = n eps

template <class T>
void check(const std::string& name, const tn::tensor<T>& x, index_t batch = 0) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << name);
  const auto a = read_matrix(x, batch);
  const index_t n = a.rows;
  const auto f = in_time(x, [&] { return linalg::cholesky(x); }), g = in_time(x, [&] { return linalg::cholesky(x, {.upper = true}); });
  REQUIRE(f);
  REQUIRE(g);
  const auto l = read_matrix(*f, batch), u = read_matrix(*g, batch);
  CHECK(is_upper(adjoint(l)));
  CHECK(is_upper(u));
  for (index_t i = 0; i < n; ++i) CHECK(std::real(l(i, i)) > 0);
  CHECK(product_residual<T>(a, l, adjoint(l)) <= c);
  CHECK(product_residual<T>(a, adjoint(u), u) <= c);

  const auto b = zoo::tensor_of(zoo::convert<T>(zoo::random(n, 3, 9)));
  const auto y = linalg::cholesky_solve(b, *f), z = linalg::cholesky_solve(b, *g, {.upper = true});
  REQUIRE(y);
  REQUIRE(z);
  CHECK(system_residual<T>(a, read_matrix(*y, batch), read_matrix(b)) <= 2 * c);
  CHECK(system_residual<T>(a, read_matrix(*z, batch), read_matrix(b)) <= 2 * c);
  const auto i = linalg::cholesky_inverse(*f), j = linalg::cholesky_inverse(*g, {.upper = true});
  REQUIRE(i);
  REQUIRE(j);
  const auto one = wide_identity<wider_t<T>>(n);
  CHECK(system_residual<T>(a, read_matrix(*i, batch), one) <= 2 * c);
  CHECK(system_residual<T>(a, read_matrix(*j, batch), one) <= 2 * c);
}

template <class T>
void check_zoo() {
  for (const index_t n : {0, 1, 2, 3, 7, 8, 17, 33, 70})
    for (const auto& x : zoo::symmetric(n))
      if (x.positive_definite && zoo::representable<T>(x.a) && !(sizeof(tn::real_t<T>) == 4 && x.name.starts_with("Hilbert")))
        check<T>(x.name, zoo::tensor_of<T>(x));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("cholesky of the zoo", "", zoo::types) { check_zoo<TestType>(); }

TEST_CASE("cholesky at n = 300") { check<double>("second difference", zoo::tensor_of(zoo::convert<double>(zoo::second_difference(300)))); }

TEST_CASE("cholesky of small and large scale") {
  for (const double scale : {1e300, 1e-300, 1e-310}) {
    const auto x = zoo::tensor_of(zoo::convert<double>(zoo::scaled(zoo::lehmer(5), scale)));
    const auto f = linalg::cholesky(x);
    REQUIRE(f);
    CHECK(product_residual<double>(read_matrix(x), read_matrix(*f), adjoint(read_matrix(*f))) <= c);
  }
}

TEST_CASE("cholesky of batches and of strided input; the other triangle is not read") {
  auto x = empty<std::complex<float>>({2, 1, 4, 4});
  for (index_t b = 0; b < 2; ++b) {
    const auto a = zoo::convert<std::complex<float>>(b ? zoo::lehmer(4) : zoo::min_ij(4));
    std::copy(a.v.begin(), a.v.end(), x.data() + 16 * b);
  }
  for (index_t b = 0; b < 2; ++b) {
    check<std::complex<float>>("batch", x, b);
    check<std::complex<float>>("transposed", *x.transpose(2, 3), b);
    check<std::complex<float>>("every other", *x.slice(2, {.step = 2})->slice(3, {.step = 2}), b);
  }
  CHECK(linalg::cholesky(empty<float>({0, 2, 2}))->shape() == tn::shape{0, 2, 2});
  CHECK(values(linalg::cholesky(make<double>({2, 2}, {4, 99, 2, 10}))) == std::vector<double>{2, 0, 1, 3});
  CHECK(values(linalg::cholesky(make<double>({2, 2}, {4, 2, 99, 10}), {.upper = true})) == std::vector<double>{2, 1, 0, 3});
}

// Alone (33) and in lanes: what stands in the other triangle may be anything, NaN too.
TEST_CASE("cholesky: NaN in the triangle that is not read") {
  for (const index_t n : {5, 32, 33})
    for (const bool upper : {false, true}) {
      INFO("order " << n << ", upper " << upper);
      const auto a = zoo::second_difference(n);
      auto clean = empty<double>({6, n, n}), marred = empty<double>({6, n, n});
      for (index_t b = 0; b < 6; ++b)
        for (index_t i = 0; i < n; ++i)
          for (index_t j = 0; j < n; ++j) {
            const index_t at = (b * n + i) * n + j;
            clean.data()[at] = a(i, j);
            marred.data()[at] = i != j && (i < j) != upper ? NaN : a(i, j);
          }
      const auto l = linalg::cholesky(clean, {.upper = upper}), from_half = linalg::cholesky(marred, {.upper = upper});
      REQUIRE(l);
      REQUIRE(from_half);
      CHECK(values(*from_half) == values(*l));
      marred.data()[4 * n * n + (upper ? 1 : n)] = inf;      // in the triangle that is
      CHECK(linalg::cholesky(marred, {.upper = upper}).error().message() == "cholesky: matrix [4] of the batch holds NaN or infinity");
    }
}

TEST_CASE("cholesky: errors") {
  CHECK(linalg::cholesky(make<double>({2, 2}, {1, 2, 2, 1})).error() == tn::error_code::singular_matrix);
  CHECK(linalg::cholesky(make<double>({2, 2}, {1, 2, 2, 1})).error().message() == "cholesky: the matrix is not positive definite: pivot 2 is not positive");
  CHECK(linalg::cholesky(make<double>({2, 1, 1}, {1, 0})).error().message() ==
        "cholesky: matrix [1] of the batch is not positive definite: pivot 1 is not positive");
  const auto ex = linalg::cholesky_ex(make<double>({2, 2, 2}, {1, 2, 2, 1, 4, 0, 0, 9}));
  REQUIRE(ex);
  CHECK(values(ex->info) == std::vector<double>{2, 0});
  CHECK(values(*ex->l.select(0, 1)) == std::vector<double>{2, 0, 0, 3});
  CHECK(linalg::cholesky(make<double>({1, 2}, {1, 2})).error().message() == "cholesky: square matrices are needed, got shape [1, 2]");
  CHECK(linalg::cholesky(make<double>({1, 1}, {NaN})).error() == tn::error_code::non_finite_input);
  CHECK(linalg::cholesky_solve(make<double>({2, 1}, {1, 1}), make<double>({2, 2}, {1, 0, 1, 0})).error().message() ==
        "cholesky_solve: the matrix is singular: pivot 2 is zero");
  CHECK(linalg::cholesky_inverse(make<double>({1, 1}, {0})).error() == tn::error_code::singular_matrix);
  CHECK(linalg::cholesky_solve(make<double>({3, 1}, {1, 1, 1}), make<double>({2, 2}, {1, 0, 1, 1})).error().message() ==
        "cholesky_solve: B [3, 1] and L [2, 2] do not fit (L.size(-1) must equal B.size(-2))");
}

}  // namespace tenon_test::cholesky_test

#include <tenon/linalg/qr.hpp>

#include "residual.hpp"

namespace tenon_test::qr_test {
namespace linalg = tn::linalg;

namespace {

// Stated bound, 10 n u = 5 n eps in the 2-norm, allowed once more for the Frobenius norm of the identity (sqrt n is not: its columns'
// errors are far from equal in size).
constexpr double c = 5;

template <class T>
void check(const std::string& name, const tn::tensor<T>& x, index_t batch = 0) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << name);
  const auto a = read_matrix(x, batch);
  const index_t m = a.rows, n = a.cols, k = std::min(m, n);
  for (const auto mode : {linalg::qr_mode::reduced, linalg::qr_mode::complete}) {
    const auto f = in_time(x, [&] { return linalg::qr(x, mode); });
    REQUIRE(f);
    const auto q = read_matrix(f->q, batch), r = read_matrix(f->r, batch);
    const bool reduced = mode == linalg::qr_mode::reduced;
    REQUIRE(q.rows == m);
    REQUIRE(q.cols == (reduced ? k : m));
    REQUIRE(r.rows == q.cols);
    REQUIRE(r.cols == n);
    CHECK(is_upper(r));
    CHECK(product_residual<T>(a, q, r) <= c);
    CHECK(orthogonality<T>(q) <= c);
    for (index_t i = 0; i < k; ++i) CHECK(std::imag(std::complex<long double>(r(i, i))) == 0);
    const auto only_r = in_time(x, [&] { return linalg::qr(x, linalg::qr_mode::r); });
    REQUIRE(only_r);
    CHECK(only_r->q.shape() == tn::shape{0});
    if (reduced) CHECK(frobenius(difference(read_matrix(only_r->r, batch), r)) == 0);
  }
}

template <class T>
void check_zoo() {
  for (const index_t n : {0, 1, 2, 3, 8, 17}) {
    for (const auto& x : zoo::general(n))
      if (zoo::representable<T>(x.a)) check<T>(x.name, zoo::tensor_of<T>(x));
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) check<T>(x.name, zoo::tensor_of<T>(x));
  }
  for (const auto& [m, n] : {std::pair<index_t, index_t>{0, 3}, {3, 0}, {1, 7}, {7, 1}, {5, 3}, {3, 5}, {40, 33}, {33, 70}})
    for (const auto& x : zoo::rectangular(m, n))
      if (zoo::representable<T>(x.a)) check<T>(x.name, zoo::tensor_of<T>(x));
}
template <class T>
void check_sizes() {
  for (const auto& [m, n] : {std::pair<index_t, index_t>{65, 64}, {100, 100}, {300, 40}, {40, 300}})
    check<T>("random", zoo::tensor_of(zoo::convert<T>(zoo::random(m, n))));
}

// Three matrices of 5 x 4 in a tensor (3, 1, 5, 4).
template <class T>
tn::tensor<T> batch() {
  auto x = empty<T>({3, 1, 5, 4});
  for (index_t b = 0; b < 3; ++b) {
    const auto a = zoo::convert<T>(zoo::random(5, 4, static_cast<std::uint64_t>(b + 5)));
    std::copy(a.v.begin(), a.v.end(), x.data() + b * 20);
  }
  return x;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("qr of the zoo", "", zoo::types) { check_zoo<TestType>(); }
TEMPLATE_LIST_TEST_CASE("qr of larger matrices", "", zoo::types) { check_sizes<TestType>(); }

TEST_CASE("qr of a large matrix") { check<double>("random", zoo::tensor_of(zoo::convert<double>(zoo::random(zoo::large, zoo::large)))); }

TEMPLATE_LIST_TEST_CASE("qr of batches and of strided input", "", zoo::two_types) {
  const auto x = batch<TestType>();
  for (index_t b = 0; b < 3; ++b) {
    check<TestType>("batch", x, b);
    check<TestType>("transposed", *x.transpose(2, 3), b);
    check<TestType>("reversed", *x.slice(3, {.step = 2}), b);
  }
  const auto f = linalg::qr(x);
  CHECK(f->q.shape() == tn::shape{3, 1, 5, 4});
  CHECK(f->r.shape() == tn::shape{3, 1, 4, 4});
  CHECK(linalg::qr(empty<TestType>({0, 5, 4}))->q.shape() == tn::shape{0, 5, 4});
}

// LAPACK's signs: the first reflector maps x_1 > 0 to -|x|.
TEST_CASE("qr: signs") {
  const auto f = linalg::qr(make<double>({2, 2}, {3, 1, 4, 2}));
  CHECK(f->r.data()[0] == -5);
  const auto upper = linalg::qr(make<double>({2, 2}, {3, 1, 0, -2}));
  CHECK(values(upper->q) == std::vector<double>{1, 0, 0, 1});
  CHECK(values(upper->r) == std::vector<double>{3, 1, 0, -2});
}

TEMPLATE_LIST_TEST_CASE("householder_product gives qr's q", "", zoo::types) {
  for (const auto& [m, n] : {std::pair<index_t, index_t>{6, 4}, {40, 40}, {70, 50}}) {
    const auto x = zoo::tensor_of(zoo::convert<TestType>(zoo::random(m, n)));
    const auto f = linalg::geqrf(x);
    REQUIRE(f);
    CHECK(f->tau.shape() == tn::shape{n});
    const auto q = linalg::householder_product(f->a, f->tau), want = linalg::qr(x).transform([](auto r) { return r.q; });
    REQUIRE(q);
    CHECK(frobenius(difference(read_matrix(*q), read_matrix(*want))) == 0);
    // Fewer reflectors than columns: H_1 ... H_k still.
    const auto part = linalg::householder_product(f->a, f->tau.narrow(0, 0, n / 2));
    REQUIRE(part);
    CHECK(orthogonality<TestType>(read_matrix(*part)) <= c);
    CHECK(in_units<TestType>(difference(read_matrix(*part->narrow(1, 0, n / 2)), read_matrix(*q->narrow(1, 0, n / 2))), read_matrix(*q), m) <= c);
  }
}

TEMPLATE_LIST_TEST_CASE("qr at both ends of the range", "", zoo::types) {
  using T = TestType;
  using R = tn::real_t<T>;
  const double most = static_cast<double>(std::numeric_limits<R>::max());
  for (const index_t n : {1, 2, 3, 40}) {
    // Of R what is beyond the range is infinite; Q is that of ones.
    const auto f = linalg::qr(zoo::tensor_of(zoo::convert<T>(zoo::matrix<double>(n, n, most))));
    REQUIRE(f);
    CHECK(orthogonality<T>(read_matrix(f->q)) <= c);
    // As far as R's norm is in the range, all of it is.
    for (const double s : {most / (2.0 * static_cast<double>(n)), 1 / most}) {
      const auto a = zoo::tensor_of(zoo::convert<T>(zoo::scaled(zoo::random(n, n), s)));
      const auto own = linalg::qr(a);
      const auto compact = linalg::geqrf(a);
      REQUIRE(own);
      REQUIRE(compact);
      CHECK(orthogonality<T>(read_matrix(own->q)) <= c);
      for (index_t i = 0; i < n; ++i)
        for (index_t j = i; j < n; ++j) CHECK(compact->a.at(i, j).value() == own->r.at(i, j).value());
      for (const auto& v : read_matrix(own->r).v) CHECK(std::isfinite(static_cast<double>(std::abs(v))));
    }
  }
}

TEST_CASE("qr: errors") {
  CHECK(linalg::qr(empty<double>({3})).error().message() == "qr: a matrix or a batch of them is needed, got shape [3]");
  auto x = batch<double>();
  x.data()[45] = NaN;
  CHECK(linalg::qr(x).error() == tn::error_code::non_finite_input);
  CHECK(linalg::qr(x).error().message() == "qr: matrix [2, 0] of the batch holds NaN or infinity");
  CHECK(linalg::qr(x, linalg::qr_mode::complete).error().message() == "qr: matrix [2, 0] of the batch holds NaN or infinity");
  x.data()[45] = inf;
  CHECK(linalg::geqrf(x).error().message() == "geqrf: matrix [2, 0] of the batch holds NaN or infinity");
  CHECK(linalg::householder_product(empty<double>({2, 3}), empty<double>({2})).error().message() ==
        "householder_product: input [2, 3] and tau [2] do not fit (expected (..., m, n) and (..., k) with m >= n >= k)");
}

}  // namespace tenon_test::qr_test

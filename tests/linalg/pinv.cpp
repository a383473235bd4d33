#include <tenon/linalg/low_rank.hpp>
#include <tenon/linalg/pinv.hpp>
#include <tenon/linalg/polar.hpp>

#include "residual.hpp"

namespace tenon_test::pinv_test {
namespace linalg = tn::linalg;

namespace {

// a itself: zoo::convert gives complex matrices phases, which this range has no digits for.
template <class T>
tn::tensor<T> as_it_is(const zoo::matrix<double>& a) {
  zoo::matrix<T> m(a.rows, a.cols);
  for (std::size_t i = 0; i < a.v.size(); ++i) m.v[i] = T(static_cast<tn::real_t<T>>(a.v[i]));
  return zoo::tensor_of(m);
}

template <class T>
double hermitian_error(const wide_matrix<T>& a, index_t n) {
  const auto error = frobenius(difference(a, adjoint(a)));
  return static_cast<double>(error) / (static_cast<double>(n) * epsilon_of<T>);
}

// The four identities of Moore and Penrose: A X A = A, X A X = X, A X and X A Hermitian. Rounding of size eps ||A|| in the decomposition
// grows by the condition number k = s_max / s_r of what counts.
template <class T>
void check_pinv(const zoo::animal& animal) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << animal.name);
  const auto x = zoo::tensor_of<T>(animal);
  const auto a = read_matrix(x);
  const index_t n = std::max<index_t>({a.rows, a.cols, 1});
  const auto inverse = in_time(x, [&] { return linalg::pinv(x); });
  REQUIRE(inverse);
  const auto p = read_matrix(*inverse);
  REQUIRE(p.rows == a.cols);
  REQUIRE(p.cols == a.rows);
  const auto s = in_time(x, [&] { return linalg::svdvals(x); });
  const auto rank = in_time(x, [&] { return linalg::matrix_rank(x); });
  REQUIRE(rank);
  const index_t r = rank->data()[0];
  const double condition = r == 0 ? 1 : static_cast<double>(s->data()[0]) / static_cast<double>(s->data()[r - 1]);
  const double c = 20 * condition;
  if (c * static_cast<double>(n) * epsilon_of<T> > 0.1) return;                      // no digit is promised
  const auto ap = product(a, p), pa = product(p, a);
  CHECK(in_units<T>(difference(product(ap, a), a), a, n) <= c);
  CHECK(in_units<T>(difference(product(pa, p), p), p, n) <= c);
  CHECK(hermitian_error<T>(ap, n) <= c);
  CHECK(hermitian_error<T>(pa, n) <= c);
}

template <class T>
void check_polar(const zoo::animal& animal) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << animal.name);
  const auto x = zoo::tensor_of<T>(animal);
  const auto a = read_matrix(x);
  constexpr double c = 20;
  for (const auto side : {linalg::polar_side::right, linalg::polar_side::left}) {
    const auto f = in_time(x, [&] { return linalg::polar(x, side); });
    REQUIRE(f);
    const auto u = read_matrix(f->u), p = read_matrix(f->p);
    CHECK((side == linalg::polar_side::right ? product_residual<T>(a, u, p) : product_residual<T>(a, p, u)) <= c);
    CHECK(in_units<T>(difference(p, adjoint(p)), a, std::max(a.rows, a.cols)) <= c);
    CHECK(orthogonality<T>(a.rows >= a.cols ? u : adjoint(u)) <= c);
    const auto w = linalg::eigvalsh(f->p);
    REQUIRE(w);
    if (w->numel() > 0)
      CHECK(static_cast<double>(w->data()[0]) >= -c * static_cast<double>(std::max(a.rows, a.cols)) * epsilon_of<T> * static_cast<double>(frobenius(a)));
  }
}

template <class T, class F>
void for_small_zoo(F f) {
  for (const index_t n : {0, 1, 2, 3, 8, 17})
    for (const auto& all : {zoo::general(n), zoo::symmetric(n)})
      for (const auto& x : all)
        if (zoo::representable<T>(x.a)) f(x);
  for (const auto& [m, n] : {std::pair<index_t, index_t>{0, 3}, {3, 0}, {1, 7}, {7, 1}, {9, 5}, {5, 9}})
    for (const auto& x : zoo::rectangular(m, n))
      if (zoo::representable<T>(x.a)) f(x);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("pinv of the zoo: the Moore-Penrose identities", "", zoo::some_types) {
  for_small_zoo<TestType>([](const zoo::animal& x) {
    // 1 / s leaves the range with s below it, and so do products with such an inverse.
    if (x.name.find("subnormal") == std::string::npos && x.name.find("tiny") == std::string::npos) check_pinv<TestType>(x);
  });
}

TEMPLATE_LIST_TEST_CASE("polar of the zoo", "", zoo::some_types) {
  for_small_zoo<TestType>([](const zoo::animal& x) { check_polar<TestType>(x); });
}

TEMPLATE_TEST_CASE("matrix_rank", "", float, double, std::complex<float>) {
  using T = TestType;
  const auto rank = [](const auto& x, linalg::rank_options o = {}) {
    const auto r = linalg::matrix_rank(x, o);
    REQUIRE(r);
    return r->data()[0];
  };
  for (index_t n = 0; n <= 64; ++n) {
    CHECK(rank(zoo::tensor_of(zoo::convert<T>(zoo::identity(n)))) == n);
    CHECK(rank(zoo::tensor_of(zoo::convert<T>(zoo::identity(n))), {.hermitian = true}) == n);
  }
  for (const index_t n : {1, 3, 8, 17})
    for (const auto& x : zoo::symmetric(n)) {
      // Closed forms that T can tell from a smaller rank.
      if (x.rank < 0 || x.name.find("geometric") == 0 || !zoo::representable<T>(x.a)) continue;
      INFO(x.name);
      CHECK(rank(zoo::tensor_of<T>(x)) == x.rank);
      CHECK(rank(zoo::tensor_of<T>(x), {.hermitian = true}) == x.rank);
    }
  const auto d = zoo::tensor_of(zoo::convert<T>(zoo::build(4, 4, [](index_t i, index_t j) { return i == j ? std::pow(0.1, static_cast<double>(i)) : 0.0; })));
  CHECK(rank(d) == 4);
  CHECK(rank(d, {.rtol = 0.05}) == 2);
  CHECK(rank(d, {.atol = 0.5}) == 1);
  CHECK(rank(d, {.atol = 0.05, .rtol = 0.5}) == 1);
  CHECK(rank(d, {.atol = 2}) == 0);
  auto batch = empty<T>({2, 3, 2, 5});
  std::fill_n(batch.data(), 60, T(1));
  const auto r = linalg::matrix_rank(batch);
  REQUIRE(r);
  CHECK(r->shape() == tn::shape{2, 3});
  for (index_t i = 0; i < 6; ++i) CHECK(r->data()[i] == 1);
}

TEST_CASE("pinv: options") {
  const auto x = zoo::tensor_of(zoo::convert<double>(zoo::build(3, 3, [](index_t i, index_t j) { return i == j ? (i == 0 ? 1.0 : i == 1 ? -0.01 : 1e-5) : 0.0; })));
  const auto diagonal = [](const auto& r) {
    REQUIRE(r);
    const auto a = read_matrix(*r);
    return std::vector<double>{static_cast<double>(a(0, 0)), static_cast<double>(a(1, 1)), static_cast<double>(a(2, 2))};
  };
  for (const bool hermitian : {false, true}) {
    CHECK(diagonal(linalg::pinv(x, {.hermitian = hermitian})) == std::vector<double>{1, 1 / -0.01, 1 / 1e-5});
    CHECK(diagonal(linalg::pinv(x, {.rtol = 1e-3, .hermitian = hermitian})) == std::vector<double>{1, 1 / -0.01, 0});
    CHECK(diagonal(linalg::pinv(x, {.atol = 0.1, .hermitian = hermitian})) == std::vector<double>{1, 0, 0});
  }
}

TEMPLATE_LIST_TEST_CASE("pinv and matrix_rank at both ends of the range", "", zoo::some_types) {
  using T = TestType;
  using R = tn::real_t<T>;
  const double most = static_cast<double>(std::numeric_limits<R>::max()), least = static_cast<double>(std::numeric_limits<R>::min());
  for (const bool hermitian : {false, true}) {
    for (const double s : {most, most / 3, least, static_cast<double>(std::numeric_limits<R>::denorm_min())}) {
      const auto x = as_it_is<T>(zoo::matrix<double>(3, 3, s));
      CHECK(values(linalg::matrix_rank(x, {.hermitian = hermitian}))[0] == 1);
    }
    // Ones times s: 1 / (9 s), which is subnormal here.
    const auto p = linalg::pinv(as_it_is<T>(zoo::matrix<double>(3, 3, most)), {.hermitian = hermitian});
    REQUIRE(p);
    const double want = 1 / most / 9, digits = static_cast<double>(std::numeric_limits<R>::denorm_min());
    for (const auto& v : read_matrix(*p).v) CHECK(static_cast<double>(std::abs(std::abs(v) - std::abs(want))) <= 4 * digits + 1e-5 * want);
    const auto back = linalg::pinv(as_it_is<T>(zoo::matrix<double>(3, 3, least)), {.hermitian = hermitian});
    REQUIRE(back);
    for (const auto& v : read_matrix(*back).v) CHECK(static_cast<double>(std::abs(v)) == Approx(1 / least / 9).epsilon(1e-5));
  }
  // What is above the diagonal of a Hermitian matrix is not read, and so does not count for its scale.
  const auto x = as_it_is<T>(zoo::build(2, 2, [&](index_t i, index_t j) { return i < j ? most : i == j ? least : 0.0; }));
  CHECK(values(linalg::matrix_rank(x, {.hermitian = true}))[0] == 2);
}

// A of rank r comes out exactly from q >= r random vectors.
TEMPLATE_LIST_TEST_CASE("svd_lowrank of a matrix of low rank", "", zoo::some_types) {
  using T = TestType;
  for (const auto& [m, n] : {std::pair<index_t, index_t>{60, 40}, {40, 60}}) {
    std::vector<double> s(40, 0.0);
    for (std::size_t i = 0; i < 5; ++i) s[i] = 5 - static_cast<double>(i);
    const auto x = zoo::tensor_of(zoo::convert<T>(zoo::with_singular_values(m, n, s, 3)));
    tn::generator g(1);
    const auto f = linalg::svd_lowrank(x, {.q = 6, .niter = 2}, g);
    REQUIRE(f);
    CHECK(f->u.shape() == tn::shape{m, 6});
    CHECK(f->v.shape() == tn::shape{n, 6});
    const auto a = read_matrix(x), u = read_matrix(f->u), v = read_matrix(f->v);
    constexpr double c = 20;
    CHECK(svd_residual<T>(a, u, read_vector(f->s), adjoint(v)) <= c);
    CHECK(orthogonality<T>(u) <= c);
    CHECK(orthogonality<T>(v) <= c);
    for (std::size_t i = 0; i < 5; ++i) CHECK(std::fabs(static_cast<double>(f->s.data()[i]) - s[i]) <= c * 60 * 15 * epsilon_of<T>);
    tn::generator again(1);
    const auto same = linalg::svd_lowrank(x, {.q = 6, .niter = 2}, again);
    REQUIRE(same);
    CHECK(frobenius(difference(read_matrix(same->u), u)) == 0);
  }
}

// Values that fall geometrically: the error is near the first value left out, by the bound of the contract.
TEST_CASE("svd_lowrank of a full matrix stays near the best approximation") {
  std::vector<double> s(50);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = std::pow(0.7, static_cast<double>(i));
  const auto a = zoo::with_singular_values(80, 50, s, 4);
  const auto x = zoo::tensor_of(zoo::convert<double>(a));
  double previous = inf;
  for (const index_t niter : {0, 2, 6}) {
    tn::generator g(2);
    const auto f = linalg::svd_lowrank(x, {.q = 12, .niter = niter}, g);
    REQUIRE(f);
    const auto rest = difference(product(scale_columns(read_matrix(f->u), read_vector(f->s)), adjoint(read_matrix(f->v))), read_matrix(x));
    const double error = static_cast<double>(frobenius(rest));
    double best = 0;                                               // Eckart and Young: what rank 12 leaves at the least
    for (std::size_t i = 12; i < s.size(); ++i) best += s[i] * s[i];
    CHECK(error >= std::sqrt(best) * (1 - 1e-12));
    CHECK(error <= (niter == 0 ? 10 : 1.5) * std::sqrt(best));
    CHECK(error <= previous * (1 + 1e-12));
    previous = error;
  }
}

TEST_CASE("pca_lowrank finds the directions of the rows' variance") {
  const auto r = zoo::normal(200, 3, 9);
  auto x = empty<double>({200, 3});
  for (index_t i = 0; i < 200; ++i) {
    const double t = 5 * r(i, 0);
    x.data()[i * 3] = 100 + 0.6 * t + 0.01 * r(i, 1);
    x.data()[i * 3 + 1] = -7 + 0.8 * t + 0.01 * r(i, 2);
    x.data()[i * 3 + 2] = 3;
  }
  const auto f = linalg::pca_lowrank(x);
  REQUIRE(f);
  CHECK(f->s.shape() == tn::shape{3});
  const auto v = read_matrix(f->v);
  CHECK(std::fabs(std::fabs(static_cast<double>(v(0, 0))) - 0.6) < 1e-3);
  CHECK(std::fabs(std::fabs(static_cast<double>(v(1, 0))) - 0.8) < 1e-3);
  const auto raw = linalg::pca_lowrank(x, {.center = false});
  REQUIRE(raw);
  CHECK(std::fabs(std::fabs(static_cast<double>(read_matrix(raw->v)(0, 0))) - 0.6) > 0.1);      // the mean dominates
}

TEST_CASE("low rank: refusals") {
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  const auto x = zoo::tensor_of(zoo::convert<float>(zoo::random(5, 4)));
  CHECK(message(linalg::svd_lowrank(x)) == "svd_lowrank: q = 6 is not within 0 .. min(m, n) = 4 for shape [5, 4]");
  CHECK(message(linalg::svd_lowrank(x, {.q = 2, .niter = -1})) == "svd_lowrank: niter = -1 is negative");
  CHECK(message(linalg::pca_lowrank(empty<float>({3}))) == "pca_lowrank: a matrix or a batch of them is needed, got shape [3]");
  CHECK(message(linalg::pinv(x, {.hermitian = true})) == "pinv: square matrices are needed, got shape [5, 4]");
}

}  // namespace tenon_test::pinv_test

// Small matrices in batches, which are computed one in each lane of a vector: that each is right whatever its neighbours are, and that the
// odd ones among them (singular, tiny, not finite) are dealt with alone.
#include <tenon/linalg/cholesky.hpp>
#include <tenon/linalg/qr.hpp>
#include <tenon/linalg/solve.hpp>

#include "residual.hpp"

namespace tenon_test::lanes_test {
namespace linalg = tn::linalg;

namespace {

// All of one order in one tensor, and the same with the last two dimensions exchanged in memory.
template <class T>
tn::tensor<T> stack(const std::vector<zoo::matrix<double>>& all) {
  auto x = empty<T>({static_cast<index_t>(all.size()), all[0].rows, all[0].cols});
  T* p = x.data();
  for (const auto& a : all)
    for (const double v : a.v) *p++ = static_cast<T>(v);
  return x;
}
template <class T>
tn::tensor<T> stack_columns(const std::vector<zoo::matrix<double>>& all) {
  std::vector<zoo::matrix<double>> turned;
  for (const auto& a : all) turned.push_back(zoo::transposed(a));
  return *stack<T>(turned).transpose(1, 2);
}

template <class T>
std::vector<zoo::matrix<double>> square_zoo(index_t n) {
  std::vector<zoo::matrix<double>> all;
  for (const auto& x : zoo::general(n))
    if (zoo::representable<T>(x.a)) all.push_back(x.a);
  for (const auto& x : zoo::symmetric(n))
    if (zoo::representable<T>(x.a) && x.a.rows == n) all.push_back(x.a);
  return all;
}

constexpr double growth = 8;                                 // of the zoo's elements at most

template <class T>
void check_systems(const tn::tensor<T>& x) {
  const index_t count = x.size(0), n = x.size(1);
  for (const index_t right : {1, 3, 9}) {
    const auto b = zoo::tensor_of(zoo::convert<T>(zoo::random(n, right, 3)));
    const auto s = linalg::solve_ex(x, b);
    REQUIRE(s);
    for (index_t i = 0; i < count; ++i) {
      INFO("matrix " << i << " of order " << n << ", " << right << " right-hand sides");
      const auto alone = linalg::solve_ex(*x.select(0, i), b);
      CHECK(s->info.data()[i] == alone->info.data()[0]);
      if (s->info.data()[i] != 0) continue;
      const auto solution = read_matrix(s->result, i);
      if (std::isfinite(frobenius(solution))) CHECK(system_residual<T>(read_matrix(x, i), solution, read_matrix(b)) <= 2 * growth);
    }
  }
  const auto r = linalg::inv_ex(x);
  REQUIRE(r);
  for (index_t i = 0; i < count; ++i) {
    INFO("matrix " << i << " of order " << n);
    CHECK(r->info.data()[i] == linalg::inv_ex(*x.select(0, i))->info.data()[0]);
    if (r->info.data()[i] != 0) continue;
    const auto inverse = read_matrix(r->inverse, i);
    if (!std::isfinite(frobenius(inverse))) continue;
#if defined(TENON_WITH_LAPACK)                                 // no lanes: X A - I is what is small
    CHECK(system_residual<T>(adjoint(read_matrix(x, i)), adjoint(inverse), wide_identity<wider_t<T>>(n)) <= 2 * growth);
#else
    CHECK(system_residual<T>(read_matrix(x, i), inverse, wide_identity<wider_t<T>>(n)) <= 2 * growth);         // A X - I
#endif
  }
}

template <class T>
void check_qr(const tn::tensor<T>& x) {
  const auto f = linalg::qr(x);
  REQUIRE(f);
  for (index_t i = 0; i < x.size(0); ++i) {
    INFO("matrix " << i << ", " << x.size(1) << " x " << x.size(2));
    const auto q = read_matrix(f->q, i), r = read_matrix(f->r, i);
    CHECK(is_upper(r));
    CHECK(product_residual<T>(read_matrix(x, i), q, r) <= 5);
    CHECK(orthogonality<T>(q) <= 5);
  }
}

template <class T>
void check_cholesky(const tn::tensor<T>& x, bool upper) {
  const auto f = linalg::cholesky_ex(x, {.upper = upper});
  REQUIRE(f);
  for (index_t i = 0; i < x.size(0); ++i) {
    INFO("matrix " << i << " of order " << x.size(1) << ", upper " << upper);
    CHECK(f->info.data()[i] == linalg::cholesky_ex(*x.select(0, i), {.upper = upper})->info.data()[0]);
    if (f->info.data()[i] != 0) continue;
    const auto l = upper ? adjoint(read_matrix(f->l, i)) : read_matrix(f->l, i);
    CHECK(is_upper(adjoint(l)));
    CHECK(product_residual<T>(read_matrix(x, i), l, adjoint(l)) <= 1);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("small systems in batches", "", float, double) {
  for (const index_t n : {2, 3, 4, 5, 8, 13, 16, 31, 32}) {
    const auto all = square_zoo<TestType>(n);
    check_systems(stack<TestType>(all));
    check_systems(stack_columns<TestType>(all));
  }
}
TEMPLATE_TEST_CASE("small QR decompositions in batches", "", float, double) {
  for (const index_t n : {2, 3, 4, 5, 8, 13, 32}) {
    check_qr(stack<TestType>(square_zoo<TestType>(n)));
    check_qr(stack_columns<TestType>(square_zoo<TestType>(n)));
  }
  for (const auto& [m, n] : {std::pair<index_t, index_t>{7, 2}, {32, 5}, {9, 8}}) {
    std::vector<zoo::matrix<double>> all;
    for (const auto& x : zoo::rectangular(m, n))
      if (zoo::representable<TestType>(x.a)) all.push_back(x.a);
    check_qr(stack<TestType>(all));
  }
}
TEMPLATE_TEST_CASE("small Cholesky decompositions in batches", "", float, double) {
  for (const index_t n : {2, 3, 4, 5, 8, 13, 32}) {
    std::vector<zoo::matrix<double>> all;
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<TestType>(x.a) && x.a.rows == n) all.push_back(x.a);
    for (const bool upper : {false, true}) {
      check_cholesky(stack<TestType>(all), upper);
      check_cholesky(stack_columns<TestType>(all), upper);
    }
  }
}

TEST_CASE("batches of every length, views, and two batch dimensions") {
  std::vector<zoo::matrix<double>> all;
  for (std::uint64_t i = 0; i < 21; ++i) all.push_back(zoo::random(5, 5, i + 1));
  const auto x = stack<double>(all);
  for (const index_t count : {4, 7, 8, 9, 15, 16, 17, 21}) {
    check_systems(*x.narrow(0, 0, count));
    check_qr(*x.narrow(0, 0, count));
  }
  check_systems(*x.slice(0, {.step = 2}));
  check_qr(*x.narrow(1, 0, 4)->narrow(2, 1, 3));             // gaps between rows: copied first
  const auto two = *x.narrow(0, 0, 20)->view({4, 5, 5, 5});
  const auto inverse = linalg::inv(two);
  CHECK(inverse->shape() == tn::shape{4, 5, 5, 5});
  CHECK(values(*inverse->view({20, 5, 5})) == values(linalg::inv(*x.narrow(0, 0, 20))));
  CHECK(values(linalg::inv(*two.transpose(0, 1))->transpose(0, 1).value()) == values(inverse));
  const auto wide = linalg::solve(two, make<double>({5, 5, 2}, uniform(50, -1, 1)));              // B broadcast
  CHECK(wide->shape() == tn::shape{4, 5, 5, 2});
  const auto vectors = linalg::solve(x, make<double>({21, 5}, uniform(105, -1, 1)));
  CHECK(vectors->shape() == tn::shape{21, 5});
}

// So large that results go around the caches; in pieces they do not.
TEST_CASE("a large batch is what its pieces are") {
  constexpr index_t n = 32, count = 1031, piece = 48;
  auto x = make<double>({count, n, n}, uniform(count * n * n, -1, 1)), spd = empty<double>({count, n, n});
  for (index_t b = 0; b < count; ++b)
    for (index_t i = 0; i < n; ++i)
      for (index_t j = 0; j < n; ++j)
        spd.data()[(b * n + i) * n + j] = x.data()[(b * n + (i < j ? i : j)) * n + (i < j ? j : i)] + (i == j ? n : 0.0);
  const auto inverse = linalg::inv(x), l = linalg::cholesky(spd), u = linalg::cholesky(spd, {.upper = true});
  const auto f = linalg::qr(x);
  REQUIRE((inverse && l && u && f));
  for (index_t b = 0; b < count; b += piece) {
    INFO("from matrix " << b);
    const auto part = [&](const tn::tensor<double>& t) { return *t.narrow(0, b, std::min(piece, count - b)); };
    CHECK(values(part(*inverse)) == values(linalg::inv(part(x))));
    CHECK(values(part(*l)) == values(linalg::cholesky(part(spd))));
    CHECK(values(part(*u)) == values(linalg::cholesky(part(spd), {.upper = true})));
    const auto own = linalg::qr(part(x));
    CHECK(values(part(f->q)) == values(own->q));
    CHECK(values(part(f->r)) == values(own->r));
  }
}

TEST_CASE("exactly singular matrices in a batch are found") {
  for (const index_t n : {2, 5, 8, 17, 32}) {
    std::vector<zoo::matrix<double>> all(6, zoo::second_difference(n));
    all[1] = zoo::matrix<double>(n, n, 1.0);
    all[3] = zoo::matrix<double>(n, n);
    all[4] = zoo::jordan_block(n, 0);
    CHECK(values(linalg::inv_ex(stack<double>(all))->info) == std::vector<double>{0, 2, 0, 1, 1, 0});
  }
}

TEST_CASE("errors in a batch name the matrix") {
  std::vector<zoo::matrix<double>> all(9, zoo::lehmer(3));
  all[4] = zoo::matrix<double>(3, 3, 1.0);
  CHECK(linalg::inv(stack<double>(all)).error().message() == "inv: matrix [4] of the batch is singular: pivot 2 is zero");
  CHECK(linalg::solve(stack<double>(all), make<double>({3, 1}, {1, 2, 3})).error().message() == "solve: matrix [4] of the batch is singular: pivot 2 is zero");
  CHECK(linalg::cholesky(stack<double>(all)).error().message() == "cholesky: matrix [4] of the batch is not positive definite: pivot 2 is not positive");
  all[4](1, 1) = NaN;
  CHECK(linalg::inv(stack<double>(all)).error().message() == "inv: matrix [4] of the batch holds NaN or infinity");
  CHECK(linalg::inv_ex(stack<double>(all)).error() == tn::error_code::non_finite_input);
  CHECK(linalg::solve(stack<double>(all), make<double>({3, 1}, {1, 2, 3})).error() == tn::error_code::non_finite_input);
  CHECK(linalg::cholesky(stack<double>(all)).error() == tn::error_code::non_finite_input);
  CHECK(linalg::qr(stack<double>(all)).error().message() == "qr: matrix [4] of the batch holds NaN or infinity");
  CHECK(linalg::solve(stack<double>(std::vector<zoo::matrix<double>>(9, zoo::lehmer(3))), make<double>({3, 1}, {1, inf, 3})).error() == tn::error_code::non_finite_input);
}

}  // namespace tenon_test::lanes_test

#include <tenon/linalg/lu.hpp>
#include <tenon/linalg/solve.hpp>

#include "residual.hpp"

namespace tenon_test::solve_test {
namespace linalg = tn::linalg;

namespace {

// The stated bound is 4 n u g = 2 n eps g; elements of the zoo's matrices grow at most so much.
constexpr double c = 2 * 8;

template <class T>
bool finite(const wide_matrix<T>& a) { return std::isfinite(frobenius(a)); }

template <class T>
void check(const zoo::animal& animal) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << animal.name);
  const auto x = zoo::tensor_of<T>(animal);
  const index_t n = x.size(0);
  const auto a = read_matrix(x);
  for (const index_t right : {1, 3, 9}) {
    const auto b = zoo::tensor_of(zoo::convert<T>(zoo::random(n, right, 3)));
    const auto s = in_time(x, [&] { return linalg::solve(x, b); });
    if (!s) {
      CHECK(s.error() == tn::error_code::singular_matrix);
    } else if (const auto solution = read_matrix(*s); finite<T>(solution)) {       // else it is beyond T's range
      CHECK(system_residual<T>(a, solution, read_matrix(b)) <= c);
    }
    const auto turned = linalg::solve(x, *b.transpose(0, 1), {.left = false});
    if (!turned) {
      CHECK(turned.error() == tn::error_code::singular_matrix);
    } else if (const auto solution = read_matrix(*turned); finite<T>(solution)) {
      CHECK(system_residual<T>(adjoint(a), adjoint(solution), adjoint(read_matrix(*b.transpose(0, 1)))) <= c);
    }
  }
  const auto i = in_time(x, [&] { return linalg::inv(x); });
  if (!i) {
    CHECK(i.error() == tn::error_code::singular_matrix);
  } else if (const auto inverse = read_matrix(*i); finite<T>(inverse)) {
    CHECK(system_residual<T>(adjoint(a), adjoint(inverse), wide_identity<wider_t<T>>(n)) <= c);         // X A - I
  }
}

template <class T>
void check_zoo() {
  for (const index_t n : {0, 1, 2, 3, 8, 17, 33}) {
    for (const auto& x : zoo::general(n))
      if (zoo::representable<T>(x.a)) check<T>(x);
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) check<T>(x);
  }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("solve and inv of the zoo", "", zoo::types) { check_zoo<TestType>(); }

TEST_CASE("solve and inv of larger matrices") {
  for (const index_t n : {100, 300}) {
    check<double>({.name = "random", .a = zoo::random(n, n)});
    check<double>({.name = "second difference", .a = zoo::second_difference(n)});
    check<std::complex<double>>({.name = "min(i, j)", .a = zoo::min_ij(n / 2)});
  }
}

TEST_CASE("solve: vectors, batches, and one matrix for many right-hand sides") {
  const auto eye = make<double>({2, 2}, {2, 0, 0, 4});
  CHECK(values(linalg::solve(eye, make<double>({2}, {2, 8}))) == std::vector<double>{1, 2});
  const auto two = make<double>({2, 2, 2}, {2, 0, 0, 4, 0, 1, 1, 0});
  CHECK(values(linalg::solve(two, make<double>({2, 2}, {2, 8, 3, 5}))) == std::vector<double>{1, 2, 5, 3});              // two vectors
  CHECK(linalg::solve(two, make<double>({2, 2}, {2, 8, 3, 5}))->shape() == tn::shape{2, 2});
  CHECK(values(linalg::solve(two, make<double>({1, 2, 1}, {2, 8}))) == std::vector<double>{1, 2, 8, 2});
  const auto many = make<double>({3, 2, 2}, {2, 4, 4, 8, 6, 8, 12, 16, 10, 12, 20, 24});
  const auto x = linalg::solve(eye, many);
  CHECK(x->shape() == tn::shape{3, 2, 2});
  CHECK(values(*x) == std::vector<double>{1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6});
  CHECK(values(linalg::solve(*two.slice(1, {.step = 1}), two)) == std::vector<double>{1, 0, 0, 1, 1, 0, 0, 1});
  CHECK(linalg::solve(empty<double>({0, 0}), empty<double>({0, 3}))->shape() == tn::shape{0, 3});
  CHECK(linalg::solve(empty<double>({4, 0, 0}), empty<double>({0, 3}))->shape() == tn::shape{4, 0, 3});
  CHECK(linalg::inv(empty<double>({0, 3, 3}))->shape() == tn::shape{0, 3, 3});
  CHECK(values(linalg::solve(two, make<double>({1, 2}, {2, 8}), {.left = false})) == std::vector<double>{1, 2, 8, 2});
}

TEST_CASE("solve: structure changes nothing but the time") {
  // Hermitian with a positive diagonal, but indefinite: Cholesky must give way.
  const auto indefinite = make<double>({3, 3}, {1, 2, 3, 2, 1, 4, 3, 4, 1});
  const auto b = make<double>({3, 1}, {14, 16, 14});
  const auto x = linalg::solve(indefinite, b);
  REQUIRE(x);
  CHECK(system_residual<double>(read_matrix(indefinite), read_matrix(*x), read_matrix(b)) <= c);
  const auto inverse = linalg::inv(indefinite);
  REQUIRE(inverse);
  CHECK(system_residual<double>(read_matrix(indefinite), read_matrix(*inverse), wide_identity<long double>(3)) <= c);
  CHECK(values(linalg::inv(make<double>({2, 2}, {2, 1, 0, 4}))) == std::vector<double>{0.5, -0.125, 0, 0.25});
  CHECK(values(linalg::inv(make<double>({2, 2}, {2, 0, 1, 4}))) == std::vector<double>{0.5, 0, -0.125, 0.25});
}

TEST_CASE("solve and inv: into memory that exists") {
  auto out = empty<double>({2, 2});
  CHECK(linalg::inv_into(out, make<double>({2, 2}, {0, 2, 4, 0})));
  CHECK(values(out) == std::vector<double>{0, 0.25, 0.5, 0});
  CHECK(linalg::inv_into(out, out));
  CHECK(values(out) == std::vector<double>{0, 2, 4, 0});
  CHECK(linalg::solve_into(out, out, make<double>({2, 2}, {2, 4, 4, 8})));
  CHECK(values(out) == std::vector<double>{1, 2, 1, 2});
  auto wrong = empty<double>({3});
  CHECK(linalg::inv_into(wrong, out).error() == tn::error_code::singular_matrix);
}

// Cholesky takes these for positive definite if a rounding error is taken for a pivot.
TEMPLATE_LIST_TEST_CASE("solve and inv: singular Hermitian matrices", "", zoo::types) {
  using T = TestType;
  for (const index_t n : {2, 3, 5, 8, 20, 33}) {
    const auto b = zoo::tensor_of(zoo::convert<T>(zoo::random(n, 2)));
    constexpr index_t count = 40;
    const zoo::matrix<T> good = zoo::convert<T>(zoo::second_difference(n));
    auto batch = empty<T>({2 * count, n, n});                // good ones in between
    auto right = empty<T>({2 * count, n, 2});
    for (index_t i = 0; i < 2 * count * n * 2; ++i) right.data()[i] = T(1);
    for (index_t v = 1; v <= count; ++v) {
      INFO(tn::name_of(tn::dtype_of<T>) << " " << n << " " << v);
      const zoo::matrix<T> a(n, n, T(static_cast<tn::real_t<T>>(v)));
      const auto x = zoo::tensor_of(a);
      CHECK(linalg::inv(x).error().message() == "inv: the matrix is singular: pivot 2 is zero");
      CHECK(linalg::solve(x, b).error().message() == "solve: the matrix is singular: pivot 2 is zero");
      CHECK(linalg::solve(x, *b.transpose(0, 1), {.left = false}).error() == tn::error_code::singular_matrix);
      const auto* const from = good.v.data();
      std::copy(from, from + n * n, batch.data() + (2 * v - 2) * n * n);
      std::copy(a.v.begin(), a.v.end(), batch.data() + (2 * v - 1) * n * n);
    }
    CHECK(linalg::inv(batch).error().message() == "inv: matrix [1] of the batch is singular: pivot 2 is zero");
    CHECK(linalg::solve(batch, right).error().message() == "solve: matrix [1] of the batch is singular: pivot 2 is zero");
    std::vector<double> want;
    for (index_t v = 0; v < count; ++v) want.insert(want.end(), {0, 2});
    CHECK(values(linalg::inv_ex(batch)->info) == want);
    CHECK(values(linalg::solve_ex(batch, right)->info) == want);
    CHECK(read_matrix(*linalg::inv_ex(batch)->inverse.select(0, 2)).v == read_matrix(*linalg::inv_ex(batch)->inverse.select(0, 0)).v);
  }
}

// Of whole numbers and rank n - 1: what LU says is what counts, and for small n it finds the zero often.
TEMPLATE_LIST_TEST_CASE("solve and inv: Gram matrices of short rank are as singular as LU says", "", zoo::types) {
  using T = TestType;
  index_t found = 0;
  for (const index_t n : {2, 3, 5, 8, 20}) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      INFO(tn::name_of(tn::dtype_of<T>) << " " << n << " " << seed);
      auto f = zoo::random(n, n - 1, seed);
      for (double& v : f.v) v = std::round(3 * v);
      for (const bool twice : {false, true}) {               // the last row again as the first
        for (index_t j = 0; twice && j + 1 < n; ++j) f(n - 1, j) = f(0, j);
        const auto x = zoo::tensor_of(zoo::convert<T>(zoo::build(n, n, [&](index_t i, index_t j) {
          double sum = 0;
          for (index_t k = 0; k + 1 < n; ++k) sum += f(i, k) * f(j, k);
          return sum;
        })));
        const auto pivot = values(linalg::lu_factor_ex(x)->info)[0];
        if (pivot == 0) continue;
        ++found;
        CHECK(values(linalg::inv_ex(x)->info)[0] == pivot);
        CHECK(values(linalg::solve_ex(x, zoo::tensor_of(zoo::convert<T>(zoo::random(n, 1))))->info)[0] == pivot);
      }
    }
  }
  CHECK(found >= 20);
}

TEMPLATE_LIST_TEST_CASE("solve and inv: definite matrices stay invertible", "", zoo::types) {
  using R = tn::real_t<TestType>;
  for (const index_t n : {1, 2, 3, 5, 8, 20, 33}) {
    for (const auto& a : {zoo::second_difference(n), zoo::lehmer(n), zoo::hilbert(std::min<index_t>(n, sizeof(R) == 8 ? 8 : 4))})
      for (const double s : {1.0, static_cast<double>(std::numeric_limits<R>::min()) * 64, static_cast<double>(std::numeric_limits<R>::max()) / 64}) {
        const auto x = zoo::tensor_of(zoo::convert<TestType>(zoo::scaled(a, s)));
        CHECK(linalg::inv(x));
        CHECK(linalg::solve(x, zoo::tensor_of(zoo::convert<TestType>(zoo::random(a.rows, 2)))));
      }
  }
}

TEST_CASE("solve and inv: errors") {
  const auto ones = make<double>({2, 2}, {1, 1, 1, 1});
  CHECK(linalg::inv(ones).error() == tn::error_code::singular_matrix);
  CHECK(linalg::inv(ones).error().message() == "inv: the matrix is singular: pivot 2 is zero");
  CHECK(linalg::solve(make<double>({2, 1, 2, 2}, {1, 2, 3, 4, 0, 1, 0, 1}), make<double>({2, 1}, {1, 1})).error().message() ==
        "solve: matrix [1, 0] of the batch is singular: pivot 1 is zero");
  const auto ex = linalg::inv_ex(make<double>({2, 2, 2}, {1, 1, 1, 1, 1, 0, 0, 1}));
  REQUIRE(ex);
  CHECK(values(ex->info) == std::vector<double>{2, 0});
  CHECK(values(*ex->inverse.select(0, 1)) == std::vector<double>{1, 0, 0, 1});
  const auto one = linalg::solve_ex(ones, make<double>({3, 2, 1}, {1, 2, 3, 4, 5, 6}));
  CHECK(values(one->info) == std::vector<double>{2, 2, 2});
  CHECK(linalg::solve(empty<double>({2, 3}), ones).error().message() == "solve: square matrices are needed, got shape [2, 3]");
  CHECK(linalg::solve(ones, empty<double>({3, 1})).error().message() ==
        "solve: shapes [2, 2] and [3, 1] do not fit (A.size(-2) must equal B.size(-2), leading dimensions broadcast)");
  CHECK(linalg::solve(ones, make<double>({2}, {1, 2}), {.left = false}).error().message() ==
        "solve: a vector as right-hand side needs left = true; B has shape [2]");
  CHECK(linalg::solve(ones, make<double>({2}, {1, inf})).error().message() == "solve: the matrix holds NaN or infinity");
  CHECK(linalg::inv(make<double>({2, 2}, {1, 2, inf, 4})).error() == tn::error_code::non_finite_input);
}

}  // namespace tenon_test::solve_test

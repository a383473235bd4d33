#include <tenon/linalg/ldl.hpp>

#include "residual.hpp"

namespace tenon_test::ldl_test {
namespace linalg = tn::linalg;

namespace {

constexpr double c = 10;       // 20 n u = 10 n eps

// A Hermitian matrix, or the complex symmetric one with the same lower triangle.
template <class T>
void check(const std::string& name, const zoo::matrix<double>& m, bool hermitian) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << name << " hermitian " << hermitian);
  auto a = zoo::convert<T>(m);
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t j = i + 1; j < a.cols; ++j) a(i, j) = hermitian ? conjugate(a(j, i)) : a(j, i);
  const auto x = zoo::tensor_of(a);
  const auto f = in_time(x, [&] { return linalg::ldl_factor_ex(x, {.hermitian = hermitian}); });
  REQUIRE(f);
  if (f->info.data()[0] != 0) return;
  const auto b = zoo::tensor_of(zoo::convert<T>(zoo::random(m.rows, 3, 4)));
  const auto y = linalg::ldl_solve(f->ld, f->pivots, b, {.hermitian = hermitian});
  if (!y) {
    CHECK(y.error() == tn::error_code::singular_matrix);
    return;
  }
  const auto solution = read_matrix(*y);
  if (std::isfinite(frobenius(solution))) CHECK(system_residual<T>(read_matrix(x), solution, read_matrix(b)) <= c);
}

template <class T>
void check_zoo() {
  for (const index_t n : {0, 1, 2, 3, 7, 8, 17, 40})
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) {
        check<T>(x.name, x.a, true);
        check<T>(x.name, x.a, false);
      }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("ldl of the zoo", "", zoo::types) { check_zoo<TestType>(); }
TEST_CASE("ldl at n = 300") {
  for (const auto& x : zoo::symmetric(300))
    if (x.name.starts_with("random")) check<double>(x.name, x.a, true);
}

TEST_CASE("ldl: 2 x 2 blocks, the other triangle, batches") {
  // A zero diagonal needs them.
  const auto f = linalg::ldl_factor(make<double>({2, 2}, {0, 99, 3, 0}));
  REQUIRE(f);
  CHECK(values(f->pivots) == std::vector<double>{-2, -2});
  CHECK(values(f->ld) == std::vector<double>{0, 0, 3, 0});
  CHECK(values(linalg::ldl_solve(f->ld, f->pivots, make<double>({2, 1}, {6, 9}))) == std::vector<double>{3, 2});
  const auto batch = make<double>({2, 1, 1}, {2, 4});
  const auto g = linalg::ldl_factor(batch);
  CHECK(values(linalg::ldl_solve(g->ld, g->pivots, make<double>({1, 2}, {2, 4}))) == std::vector<double>{1, 2, 0.5, 1});
}

TEST_CASE("ldl: errors") {
  CHECK(linalg::ldl_factor(make<double>({2, 2}, {0, 0, 0, 0})).error().message() == "ldl_factor: the matrix is singular: pivot 1 is zero");
  CHECK(values(linalg::ldl_factor_ex(make<double>({2, 2, 2}, {1, 0, 1, 1, 1, 0, 1, 2}))->info) == std::vector<double>{2, 0});
  CHECK(linalg::ldl_factor(make<double>({1, 2}, {1, 2})).error() == tn::error_code::shape_mismatch);
  CHECK(linalg::ldl_factor(make<double>({1, 1}, {NaN})).error() == tn::error_code::non_finite_input);
  const auto one = make<double>({2, 2}, {1, 0, 0, 1}), b = make<double>({2, 1}, {1, 1});
  CHECK(linalg::ldl_solve(one, make<std::int32_t>({2}, {1, 3}), b).error().message() ==
        "ldl_solve: pivot 3 at 1 is none of a matrix of order 2 (1 .. 2, or two equal ones -1 .. -2)");
  CHECK(linalg::ldl_solve(one, make<std::int32_t>({2}, {1, -2}), b).error() == tn::error_code::index_out_of_range);
  CHECK(linalg::ldl_solve(make<double>({2, 2}, {1, 0, 0, 0}), make<std::int32_t>({2}, {1, 2}), b).error() == tn::error_code::singular_matrix);
  CHECK(linalg::ldl_solve(one, make<std::int32_t>({1}, {1}), b).error() == tn::error_code::shape_mismatch);
}

}  // namespace tenon_test::ldl_test

// test: device
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/lazy.hpp>

#include "../support/cases.hpp"

using namespace tenon_test;

namespace {

// The naive product of dense matrices with leading dimensions already equal.
std::vector<double> product(const std::vector<double>& a, const std::vector<double>& b, index_t batch, index_t n, index_t k, index_t m) {
  std::vector<double> c(static_cast<std::size_t>(batch * n * m));
  for (index_t t = 0; t < batch; ++t)
    for (index_t i = 0; i < n; ++i)
      for (index_t j = 0; j < m; ++j) {
        long double sum = 0;
        for (index_t l = 0; l < k; ++l) sum += static_cast<long double>(a[static_cast<std::size_t>((t * n + i) * k + l)]) * b[static_cast<std::size_t>((t * k + l) * m + j)];
        c[static_cast<std::size_t>((t * n + i) * m + j)] = static_cast<double>(sum);
      }
  return c;
}

// k u sum |a| |b| with |a|, |b| <= 1, plus the rounding of the result.
template <class T>
auto bound(index_t k, const std::vector<double>& want) {
  const double u = std::numeric_limits<tn::compute_t<T>>::epsilon() / 2;
  return [k, u, &want](std::size_t i) { return static_cast<double>(k * k) * u + ulp<T>(want[i]); };
}

template <class T>
void check(index_t n, index_t k, index_t m) {
  const auto a = rounded<T>(uniform(static_cast<std::size_t>(n * k), -1, 1, 1)), b = rounded<T>(uniform(static_cast<std::size_t>(k * m), -1, 1, 2));
  const auto want = product(a, b, 1, n, k, m);
  const auto lefts = layouts<T>({n, k}, a), rights = layouts<T>({k, m}, b);
  for (std::size_t i = 0; i < lefts.size(); ++i) {
    INFO(tn::name_of(tn::dtype_of<T>) << " " << n << " x " << k << " x " << m << ", " << lefts[i].name);
    expect_within(values(tn::matmul(lefts[i].x, rights[i].x)), want, {n, m}, bound<T>(k, want));
    expect_within(values(tn::matmul(lefts[i].x, rights[0].x)), want, {n, m}, bound<T>(k, want));
  }
}

}  // namespace

TEST_CASE("matmul equals the naive product in every layout", "[device]") {
  for (const index_t n : {1, 2, 7, 33})
    for (const index_t k : {1, 3, 16, 65})
      for (const index_t m : {1, 5, 16, 50}) check<float>(n, k, m);
  for (const index_t n : {1, 9, 31}) {
    check<double>(n, 17, 2 * n);
    check<tn::half>(n, 17, 2 * n);
    check<tn::bfloat16>(n, 17, 2 * n);
  }
  check<float>(130, 700, 140);
}

TEST_CASE("matmul: PyTorch's rules for ranks", "[device]") {
  const auto a = uniform(2 * 3 * 4, -1, 1), b = uniform(4 * 5, -1, 1, 2);
  const auto left = make<double>({2, 3, 4}, a), right = make<double>({4, 5}, b);
  CHECK(tn::matmul(left, right)->shape() == tn::shape{2, 3, 5});
  CHECK(tn::matmul(left, make<double>({4}, uniform(4, -1, 1)))->shape() == tn::shape{2, 3});
  CHECK(tn::matmul(make<double>({3}, uniform(3, -1, 1)), left)->shape() == tn::shape{2, 4});
  CHECK(tn::matmul(make<double>({4}, uniform(4, -1, 1)), make<double>({4}, uniform(4, -1, 1)))->shape() == tn::shape{});
  CHECK(tn::matmul(make<double>({7, 1, 3, 4}, uniform(84, -1, 1)), make<double>({2, 4, 5}, uniform(40, -1, 1)))->shape() == tn::shape{7, 2, 3, 5});
  CHECK(tn::dot(make<double>({3}, {1, 2, 3}), make<double>({3}, {4, 5, 6}))->data()[0] == 32);
  CHECK(values(tn::outer(make<double>({2}, {1, 2}), make<double>({3}, {3, 4, 5}))) == std::vector<double>{3, 4, 5, 6, 8, 10});
  CHECK(values(tn::mv(make<double>({2, 2}, {1, 2, 3, 4}), make<double>({2}, {1, 1}))) == std::vector<double>{3, 7});
  // Shared matrices, the whole batch against one, and a batch against a shared left side.
  std::vector<double> twice = b;
  twice.insert(twice.end(), b.begin(), b.end());
  CHECK(values(tn::matmul(left, right)) == values(tn::bmm(left, make<double>({2, 4, 5}, twice))));
}

TEST_CASE("linear, addmm and baddbmm", "[device]") {
  const auto x = make<float>({2, 3}, {1, 2, 3, 4, 5, 6}), w = make<float>({2, 3}, {1, 0, 0, 0, 1, 1}), b = make<float>({2}, {10, 20});
  CHECK(values(tn::linear(x, w)) == std::vector<double>{1, 5, 4, 11});
  CHECK(values(tn::linear(x, w, b)) == std::vector<double>{11, 25, 14, 31});
  CHECK(values(tn::linear(x[0], w, b)) == std::vector<double>{11, 25});
  const auto c = make<float>({2}, {1, NaN}), eye = make<float>({2, 2}, {1, 0, 0, 1});
  CHECK(values(tn::addmm(c, eye, eye, {.beta = 0})) == std::vector<double>{1, 0, 0, 1});            // beta 0: NaN is not read
  CHECK(values(tn::addmm(make<float>({2}, {1, 2}), eye, eye, {.beta = 3, .alpha = 2})) == std::vector<double>{5, 6, 3, 8});
  const auto batch = tn::unwrap(eye.expand({3, 2, 2}));
  CHECK(values(tn::baddbmm(eye, batch, batch)) == std::vector<double>{2, 0, 0, 2, 2, 0, 0, 2, 2, 0, 0, 2});
}

TEST_CASE("matmul: integers wrap, complex numbers, empty and special values") {
  CHECK(values(tn::matmul(make<std::int8_t>({1, 2}, {100, 100}), make<std::int8_t>({2, 1}, {2, 1}))) == std::vector<double>{44});      // 300 - 256
  CHECK(values(tn::matmul(make<std::int64_t>({2, 1}, {3, 4}), make<std::int64_t>({1, 2}, {5, 6}))) == std::vector<double>{15, 18, 20, 24});
  auto i = empty<std::complex<float>>({1, 1});
  i.data()[0] = {0, 1};
  CHECK(tn::matmul(i, i)->data()[0] == std::complex<float>(-1, 0));
  CHECK(values(tn::matmul(empty<float>({2, 0}), empty<float>({0, 3}))) == std::vector<double>(6, 0.0));
  CHECK(tn::matmul(empty<float>({0, 4}), empty<float>({4, 3}))->shape() == tn::shape{0, 3});
  const auto y = values(tn::matmul(make<float>({2, 2}, {0, NaN, 0, inf}), make<float>({2, 1}, {inf, 0})));
  CHECK((std::isnan(y[0]) && std::isnan(y[1])));                                                     // 0 * inf is NaN: nothing is skipped
}

TEST_CASE("matmul: three forms, lazy operands and errors", "[device]") {
  const auto a = make<float>({3, 4}, uniform(12, -1, 1)), b = make<float>({4, 2}, uniform(8, -1, 1));
  const auto want = values(tn::matmul(a, b));
  CHECK(values(tn::matmul(tn::lazy(a), tn::result<tn::tensor<float>>(b))) == want);
  auto out = tn::unwrap(empty<float>({2, 3}).transpose(0, 1));
  REQUIRE(tn::matmul_into(out, a, b));
  CHECK(values(out) == want);
  auto square = make<float>({3, 3}, uniform(9, -1, 1));
  const auto squared = values(tn::matmul(square, square));
  REQUIRE(tn::matmul_into(square, square, square));                                                  // out is an operand
  CHECK(values(square) == squared);
  CHECK(tn::matmul(a, a).error().message() ==
        "matmul: shapes [3, 4] and [3, 4] do not fit (expected a.size(-1) == b.size(-2), leading dimensions broadcast)");
  CHECK(tn::linear(a, b).error().message() == "linear: input [3, 4] and weight [4, 2] do not fit: input.size(-1) must equal weight.size(-1)");
  CHECK(tn::mm(a, make<float>({4}, uniform(4, -1, 1))).error().code() == tn::error_code::shape_mismatch);
  CHECK(tn::bmm(a, b).error().code() == tn::error_code::shape_mismatch);
  CHECK(tn::matmul(a[9], b).error().code() == tn::error_code::index_out_of_range);
}

// test: device
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/lazy.hpp>

#include "../support/cases.hpp"

namespace tenon_test::matmul_test {

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

// The element of x at the last dimensions of `index`, where a dimension of extent 1 repeats and one that x has not is left out.
double broadcast_element(const tn::tensor<double>& x, const std::vector<index_t>& index) {
  index_t offset = 0;
  for (int d = 0; d < x.rank(); ++d)
    if (x.size(d) != 1) offset += index[index.size() - static_cast<std::size_t>(x.rank() - d)] * x.stride(d);
  return x.data()[offset];
}
// A tensor of small whole numbers, whose products and sums are exact, in the layout of its transpose.
tn::tensor<double> whole_numbers(tn::shape s, unsigned seed) {
  const auto values = uniform(static_cast<std::size_t>(s.numel()), -4, 4, seed);
  std::vector<double> rounded(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) rounded[i] = std::round(values[i]);
  tn::shape reversed;
  for (int d = s.rank() - 1; d >= 0; --d) reversed.push_back(s[d]);
  tn::dim_list order;
  for (int d = s.rank() - 1; d >= 0; --d) order.push_back(d);
  return tn::unwrap(make<double>(reversed, rounded).permute(order));
}

TEST_CASE("matmul: every element, for vectors and for leading dimensions that broadcast") {
  const std::vector<std::pair<tn::shape, tn::shape>> shapes = {
      {{7, 1, 3, 4}, {2, 4, 5}}, {{1, 3, 4}, {2, 3, 4, 5}}, {{2, 1, 3, 4}, {1, 2, 4, 1}}, {{4}, {2, 4, 5}},    {{4}, {4, 1}}, {{2, 2, 3, 4}, {4}},
      {{1, 4}, {4}},             {{4}, {4}},                {{3, 1}, {1, 5}},             {{1, 1, 1}, {6, 1, 1}}, {{2, 1, 4}, {4, 1}}};
  for (const auto& [left, right] : shapes) {
    const auto a = whole_numbers(left, 1), b = whole_numbers(right, 2);
    const auto y = tn::unwrap(tn::matmul(a, b));
    INFO(tn::make_text(left, " x ", right).view());
    const index_t rows = left.rank() > 1, columns = right.rank() > 1, leading = y.rank() - rows - columns;
    for (index_t at = 0; at < y.numel(); ++at) {
      std::vector<index_t> index(static_cast<std::size_t>(y.rank()));
      for (int d = y.rank() - 1, rest = static_cast<int>(at); d >= 0; --d) {
        index[static_cast<std::size_t>(d)] = rest % y.size(d);
        rest /= static_cast<int>(y.size(d));
      }
      double want = 0;
      for (index_t k = 0; k < left[-1]; ++k) {
        std::vector<index_t> in_a(index.begin(), index.begin() + leading + rows), in_b(index.begin(), index.begin() + leading);
        in_a.push_back(k);
        in_b.push_back(k);
        if (columns) in_b.push_back(index.back());
        want += broadcast_element(a, in_a) * broadcast_element(b, in_b);
      }
      CHECK(y.data()[at] == want);
    }
  }
}

TEST_CASE("addmm, baddbmm and linear: what is added broadcasts to the result") {
  const auto a = whole_numbers({2, 3, 4}, 1), b = whole_numbers({2, 4, 5}, 2);
  const auto check = [&](auto&& product, auto&& with, const tn::tensor<double>& c) {
    const auto y = tn::unwrap(product), z = tn::unwrap(with);
    INFO(tn::make_text(c.shape(), " added to ", y.shape()).view());
    REQUIRE(y.shape() == z.shape());
    std::vector<index_t> index(static_cast<std::size_t>(y.rank()));
    for (index_t at = 0; at < y.numel(); ++at) {
      index_t rest = at;
      for (int d = y.rank() - 1; d >= 0; --d) {
        index[static_cast<std::size_t>(d)] = rest % y.size(d);
        rest /= y.size(d);
      }
      CHECK(z.data()[at] == 2 * y.data()[at] + 3 * broadcast_element(c, index));
    }
  };
  for (const auto& s : {tn::shape{}, {1}, {5}, {3, 1}, {1, 5}, {3, 5}}) {
    const auto c = whole_numbers(s, 3);
    check(tn::mm(a[0], b[0]), tn::addmm(c, a[0], b[0], {.beta = 3, .alpha = 2}), c);
    check(tn::bmm(a, b), tn::baddbmm(c, a, b, {.beta = 3, .alpha = 2}), c);
  }
  for (const auto& s : {tn::shape{2, 1, 1}, {2, 3, 5}, {1, 3, 1}}) {
    const auto c = whole_numbers(s, 3);
    check(tn::bmm(a, b), tn::baddbmm(c, a, b, {.beta = 3, .alpha = 2}), c);
  }
  const auto w = whole_numbers({5, 4}, 4), bias = whole_numbers({5}, 5);
  const auto plain = tn::unwrap(tn::linear(a, w)), biased = tn::unwrap(tn::linear(a, w, bias));
  for (index_t at = 0; at < plain.numel(); ++at) CHECK(biased.data()[at] == plain.data()[at] + bias.data()[(at % 5) * bias.stride(0)]);
  CHECK(values(plain) == values(tn::matmul(a, w.transpose(0, 1))));
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

}  // namespace tenon_test::matmul_test

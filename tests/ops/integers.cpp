// test: full-only
// Integers and bools, in the ops where they are the exception: what PyTorch answers for them, or, where a sum outgrows the
// type, what wraps. And complex numbers where a part of them could be overlooked.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/one_hot.hpp>
#include <tenon/ops/pooling.hpp>
#include <tenon/ops/power.hpp>
#include <tenon/ops/random.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/sign.hpp>

#include "../support/cases.hpp"

namespace tenon_test::integers_test {

TEST_CASE("softsign, tanhshrink: integers become float") {
  const auto x = make<std::int32_t>({4}, {-7, 0, 1, 100});
  const auto f = make<float>({4}, {-7, 0, 1, 100});
  CHECK(values(tn::softsign(x)) == values(tn::softsign(f)));
  CHECK(values(tn::tanhshrink(x)) == values(tn::tanhshrink(f)));
  CHECK(values(tn::softsign(make<bool>({2}, {0, 1}))) == std::vector<double>{0, 0.5});
}

TEST_CASE("an integer scalar beside integers keeps its value in functions of fractions") {
  const auto x = make<std::uint8_t>({2}, {9, 0});
  CHECK(values(tn::div(x, -2)) == std::vector<double>{-4.5, 0});
  CHECK(values(tn::eval(tn::lazy(x) / 300)) == std::vector<double>{static_cast<double>(9.0F / 300.0F), 0});
  CHECK(values(tn::div(make<bool>({2}, {1, 0}), 4)) == std::vector<double>{0.25, 0});
  CHECK(values(tn::float_power(make<std::uint8_t>({1}, {4}), -1)) == std::vector<double>{0.25});
  CHECK(values(tn::isclose(x, 265)) == std::vector<double>{0, 0});
}

TEST_CASE("square, clamp of bools") {
  const auto b = make<bool>({4}, {0, 1, 0, 1}), low = make<bool>({4}, {0, 0, 1, 1}), high = make<bool>({4}, {1, 0, 1, 0});
  static_assert(std::is_same_v<std::remove_cvref_t<decltype(*tn::square(b))>, tn::tensor<std::int64_t>>);
  CHECK(values(tn::square(b)) == values(b));
  CHECK(values(tn::clamp_min(b, low)) == std::vector<double>{0, 1, 1, 1});
  CHECK(values(tn::clamp_max(b, high)) == std::vector<double>{0, 0, 0, 0});
  CHECK(values(tn::clamp(b, low, high)) == std::vector<double>{0, 0, 1, 0});
}

TEST_CASE("nan_to_num: nothing to replace in integers, each part of complex numbers") {
  CHECK(values(tn::nan_to_num(make<std::int8_t>({3}, {-128, 0, 127}))) == std::vector<double>{-128, 0, 127});
  using C = std::complex<double>;
  auto z = tenon_test::empty<C>({3});
  z.data()[0] = C(1, NaN), z.data()[1] = C(-inf, 2), z.data()[2] = C(NaN, inf);
  const auto y = tn::unwrap(tn::nan_to_num(z, {.nan = 7}));
  const double most = std::numeric_limits<double>::max();
  CHECK(y.data()[0] == C(1, 7));
  CHECK(y.data()[1] == C(-most, 2));
  CHECK(y.data()[2] == C(7, most));
}

TEST_CASE("isclose of complex numbers measures their distance") {
  using C = std::complex<float>;
  auto a = tenon_test::empty<C>({3}), b = tenon_test::empty<C>({3});
  a.data()[0] = C(3, 4), a.data()[1] = C(3, 4), a.data()[2] = C(3, static_cast<float>(NaN));
  b.data()[0] = C(3, 4.4F), b.data()[1] = C(3, 5), b.data()[2] = a.data()[2];
  CHECK(values(tn::isclose(a, b, {.rtol = 0.1, .atol = 0})) == std::vector<double>{1, 0, 0});
  CHECK(values(tn::isclose(a, b, {.rtol = 0.1, .atol = 0, .equal_nan = true})) == std::vector<double>{1, 0, 1});
}

TEMPLATE_TEST_CASE("logsumexp of integers and bools is a float", "", bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t) {
  const tn::shape s{3, 5};
  auto v = uniform(15, 0, 9);
  for (auto& x : v) x = to_double(from_double<TestType>(std::floor(x)));
  for (auto& [name, x] : layouts<TestType>(s, v)) {
    INFO(name);
    const auto y = tn::logsumexp(x, 1);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(*y)>, tn::tensor<float>>);
    expect_ulp<float>(values(y), values(tn::logsumexp(make<double>(s, v), 1)), {3}, 3);
    expect_ulp<float>(values(tn::logsumexp(x, {})), values(tn::logsumexp(make<double>(s, v), {})), {}, 3);
  }
}

TEMPLATE_TEST_CASE("convolution of integers is exact, and wraps", "", std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t) {
  const tn::shape xs{2, 4, 9, 8}, ws{6, 2, 3, 2};
  const auto whole = [](std::vector<double> v) {
    for (auto& x : v) x = std::floor(x);
    return v;
  };
  const bool is_signed = std::is_signed_v<TestType>;
  const auto xv = whole(uniform(576, is_signed ? -9 : 0, 9, 1)), wv = whole(uniform(72, is_signed ? -9 : 0, 9, 2)), bv = whole(uniform(6, 0, 9, 3));
  const auto exact = tn::unwrap(tn::conv2d(make<double>(xs, xv), make<double>(ws, wv), make<double>({6}, bv), {.stride = {2, 1}, .padding = 1, .groups = 2}));
  std::vector<double> want;
  for (const double v : values(exact)) want.push_back(static_cast<double>(static_cast<TestType>(static_cast<std::int64_t>(v))));
  for (const auto algorithm : {tn::conv_algorithm::automatic, tn::conv_algorithm::direct, tn::conv_algorithm::im2col})
    for (auto& [name, x] : layouts<TestType>(xs, xv)) {
      INFO(name);
      const auto y = tn::conv2d(x, make<TestType>(ws, wv), make<TestType>({6}, bv), {.stride = {2, 1}, .padding = 1, .groups = 2, .algorithm = algorithm});
      CHECK(values(y) == want);
    }
}

TEST_CASE("avg_pool of int64 cuts towards zero") {
  const auto x = make<std::int64_t>({1, 4}, {-3, -4, 5, 4});
  CHECK(values(tn::avg_pool1d(x, 2)) == std::vector<double>{-3, 4});
  CHECK(values(tn::avg_pool1d(x, 2, {.stride = 2, .padding = 1})) == std::vector<double>{-1, 0, 2});
}

TEST_CASE("max_pool: of several NaN in a window the last is named, as in PyTorch") {
  const auto y = tn::unwrap(tn::max_pool1d_with_indices(make<float>({1, 6}, {1, NaN, NaN, NaN, 5, NaN}), 3));
  CHECK(values(y.indices) == std::vector<double>{2, 5});
}

TEST_CASE("random integers in any real dtype") {
  tn::generator a(1), b(1), c(1), d(1);
  const auto whole = values(tn::randint<std::int64_t>(0, 2, {50}, a));
  CHECK(values(tn::randint<bool>(0, 2, {50}, b)) == whole);
  CHECK(values(tn::randint<float>(0, 2, {50}, c)) == whole);
  CHECK(values(tn::randint<tn::half>(0, 2, {50}, d)) == whole);
  CHECK(tn::randint<bool>(0, 3, {2}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::randint<tn::half>(0, 100000, {2}).error().code() == tn::error_code::invalid_argument);
  tn::generator e(4), f(4);
  CHECK(values(tn::randperm<double>(9, e)) == values(tn::randperm(9, f)));
}

TEMPLATE_TEST_CASE("indices are integers of any width", "", std::uint8_t, std::int8_t, std::int16_t, std::int32_t) {
  const auto x = make<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  const auto i = make<TestType>({2}, {2, 0});
  CHECK(values(tn::index_select(x, 0, i)) == std::vector<double>{5, 6, 1, 2});
  CHECK(values(tn::embedding(i, x)) == std::vector<double>{5, 6, 1, 2});
  CHECK(values(tn::one_hot(i)) == std::vector<double>{0, 0, 1, 1, 0, 0});
  CHECK(values(tn::bincount(i)) == std::vector<double>{1, 0, 1});
}

}  // namespace tenon_test::integers_test

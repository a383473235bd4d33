// test: device
// Copies, moves and conversions of whole tensors; reading and comparing them.
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>

#include "../support/cases.hpp"

#include <limits>
#include <tuple>

namespace tenon_test::copy_test {

namespace {

using all_types = std::tuple<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, tn::half, tn::bfloat16, float, double,
                             std::complex<float>, std::complex<double>>;

std::vector<double> counting(std::size_t n) {
  std::vector<double> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<double>(i % 2 + i / 2 % 61);
  return v;
}

// A tensor, moved to where the test's tensors live.
template <class X>
auto there(X&& x) {
  return tn::to(std::forward<X>(x), test_device);
}

// A value that no conversion leaves unnoticed, for each dtype.
std::vector<double> awkward(tn::dtype d) {
  if (d == tn::dtype::boolean) return {0, 1};
  if (tn::is_integer(d)) return {0, 1, 2, 100, 127, 255, -1, -100, 300, 70000, -70000, 0x1p31, -0x1p31, 0x1p53, -0x1p62};
  return {0, -0.0, 1, -1, 2.5, -2.5, 3.5, 0.1, 127.9, 255.5, 1e5, -1e5, 3e9, 1e19, -1e19, 1e30, inf, -inf, NaN};
}

// The rule of core/convert.hpp is the specification of every conversion.
template <class To, class From>
void check_conversion() {
  if constexpr (!tn::complex_type<From> || tn::complex_type<To> || std::is_same_v<To, bool>) {
    From source[32];
    std::size_t count = 0;
    for (const double v : awkward(tn::dtype_of<From>)) source[count++] = tn::convert_value<From>(v);
    if constexpr (tn::complex_type<From>) source[count++] = From(0, 1);
    const auto x = tn::from_span(std::span(source, count));
    const auto got = tn::to(x->any(), tn::dtype_of<To>);
    REQUIRE(got);
    const auto y = tn::unwrap(tn::as<To>(*got));
    auto out = tn::unwrap(tn::zeros<To>({x->numel()}));
    REQUIRE(tn::copy_(out, x));
    for (index_t i = 0; i < x->numel(); ++i) {
      const To want = tn::convert_value<To>(source[i]);
      CAPTURE(i, tn::name_of(tn::dtype_of<From>), tn::name_of(tn::dtype_of<To>));
      const To got_value = *y.at(i), copied = *out.at(i);
      REQUIRE((got_value == want || (got_value != got_value && want != want)));
      REQUIRE((copied == want || (copied != copied && want != want)));
    }
  } else {
    const auto x = tn::ones<From>({2});
    CHECK(tn::to(x->any(), tn::dtype_of<To>).error() == tn::error_code::dtype_mismatch);
  }
}
template <class To, class... From>
void check_conversions(std::tuple<From...>*) {
  (check_conversion<To, From>(), ...);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("clone, contiguous and copy_ in every layout", "[device]", all_types) {
  using T = TestType;
  for (const tn::shape& s : {tn::shape{}, tn::shape{7}, tn::shape{5, 9}, tn::shape{33, 40}, tn::shape{3, 4, 17}, tn::shape{2, 3, 4, 5}, tn::shape{4, 0, 3}}) {
    const auto v = rounded<T>(counting(static_cast<std::size_t>(s.numel())));
    for (const auto& [name, x] : layouts<T>(s, v)) {
      INFO(name);
      const auto copy = tn::clone(x);
      REQUIRE(values(copy) == v);
      CHECK(copy->contiguous());
      CHECK(copy->any().memory().get() != x.any().memory().get());
      const auto dense = tn::contiguous(x);
      REQUIRE(values(dense) == v);
      CHECK((dense->data() == x.data()) == x.contiguous());
      for (const auto& [target, y] : layouts<T>(s, std::vector<double>(v.size(), 1))) {
        INFO("into " << target);
        const auto version = y.version();
        auto out = y;
        REQUIRE(tn::copy_(out, x));
        REQUIRE(values(y) == v);
        CHECK((s.numel() == 0 || y.version() > version));
      }
    }
  }
}

TEST_CASE("large transposed copies, in one and in many pieces", "[device]") {
  const auto x = tn::unwrap(tn::to(tn::view(tn::arange<float>(1500 * 1203), {1500, 1203}), test_device));
  const auto y = tn::unwrap(tn::clone(tn::transpose(x, 0, 1)));
  index_t wrong = 0;
  for (index_t i = 0; i < 1203; ++i)
    for (index_t j = 0; j < 1500; ++j) wrong += y.data()[i * 1500 + j] != x.data()[j * 1203 + i];
  CHECK(wrong == 0);
  auto back = tn::unwrap(tn::empty<float>({1500, 1203}, {test_device}));
  REQUIRE(tn::copy_(*back.transpose(0, 1), y));
  CHECK(values(back) == values(x));
}

TEST_CASE("copy_ broadcasts, and copies as if apart where the two overlap") {
  auto x = tn::unwrap(tn::view(tn::arange<float>(12), {3, 4}));
  REQUIRE(tn::copy_(x, tn::from_list<float>({{7}, {8}, {9}})));
  CHECK(values(x) == std::vector<double>{7, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9, 9});
  REQUIRE(tn::copy_(*x.select(0, 1), tn::zeros<int>({})));
  CHECK(values(x) == std::vector<double>{7, 7, 7, 7, 0, 0, 0, 0, 9, 9, 9, 9});

  auto line = tn::unwrap(tn::arange<float>(10));
  REQUIRE(tn::copy_(*line.slice(0, {.start = 1}), *line.slice(0, {.stop = -1})));
  CHECK(values(line) == std::vector<double>{0, 0, 1, 2, 3, 4, 5, 6, 7, 8});
  REQUIRE(tn::copy_(line, *line.slice(0, {.step = -1})));
  CHECK(values(line) == std::vector<double>{8, 7, 6, 5, 4, 3, 2, 1, 0, 0});
  auto square = tn::unwrap(tn::view(tn::arange<float>(9), {3, 3}));
  REQUIRE(tn::copy_(square, *square.transpose(0, 1)));
  CHECK(values(square) == std::vector<double>{0, 3, 6, 1, 4, 7, 2, 5, 8});
  REQUIRE(tn::copy_(square, square));
  CHECK(values(square) == std::vector<double>{0, 3, 6, 1, 4, 7, 2, 5, 8});

  const auto before = values(x);
  CHECK(tn::copy_(x, tn::ones<float>({3})).error() == tn::error_code::shape_mismatch);
  CHECK(tn::copy_(x, tn::ones<float>({2, 3, 4})).error() == tn::error_code::shape_mismatch);
  CHECK(tn::copy_(*x.slice(0, {.stop = 1})->expand({3, 4}), x).error() == tn::error_code::overlapping_memory);
  CHECK(tn::copy_(tn::any_tensor(x), tn::ones<std::complex<float>>({4})->any()).error() == tn::error_code::dtype_mismatch);
  const std::vector<float> constant(12);
  CHECK(tn::copy_(*tn::wrap(constant), x).error() == tn::error_code::not_writable);
  CHECK(tn::copy_(tn::tensor<float>(), x).error() == tn::error_code::invalid_argument);
  CHECK(tn::copy_(x, tn::tensor<float>()).error() == tn::error_code::invalid_argument);
  CHECK(tn::copy_(x, tn::zeros<float>({-1})).error() == tn::error_code::invalid_argument);
  CHECK(values(x) == before);
  REQUIRE(tn::copy_(x, tn::map([](auto a) { return a + a; }, tn::lazy(x))));
  CHECK(values(x)[0] == 14);
}

TEST_CASE("reshape and flatten are views where they can be") {
  const auto x = tn::unwrap(tn::view(tn::arange<float>(24), {2, 3, 4}));
  CHECK(tn::reshape(x, {6, -1})->data() == x.data());
  const auto turned = tn::transpose(x, 0, 1);
  const auto copied = tn::reshape(turned, {6, 4});
  CHECK(copied->data() != x.data());
  CHECK(values(copied) == values(turned));
  CHECK(tn::reshape(turned, {3, 2, 2, 2})->data() == x.data());
  CHECK(tn::reshape(x, {5, 5}).error().message() == "reshape: shape [2, 3, 4] has 24 elements, but [5, 5] has 25");
  CHECK(tn::reshape(turned, {5, 5}).error().message() == "reshape: shape [3, 2, 4] has 24 elements, which [5, 5] cannot hold");
  CHECK(tn::reshape(turned, {-1, -1}).error() == tn::error_code::invalid_argument);
  CHECK(tn::reshape(tn::zeros<float>({0, 3}), {7, 0})->shape() == tn::shape{7, 0});

  CHECK(tn::flatten(x)->shape() == tn::shape{24});
  CHECK(tn::flatten(x, 1)->shape() == tn::shape{2, 12});
  CHECK(tn::flatten(x, 0, 1)->shape() == tn::shape{6, 4});
  CHECK(tn::flatten(x, 1, 1)->shape() == tn::shape{2, 3, 4});
  CHECK(tn::flatten(turned, 0, 1)->data() != x.data());
  CHECK(values(tn::ravel(turned)) == values(turned));
  CHECK(tn::flatten(tn::ones<float>({}))->shape() == tn::shape{1});
  CHECK(tn::flatten(x, 2, 1).error() == tn::error_code::invalid_argument);
  CHECK(tn::flatten(x, 0, 3).error() == tn::error_code::dim_out_of_range);
  CHECK(tn::flatten(tn::expand(tn::zeros<float>({1, 0}), {index_t{1} << 40, 0}))->numel() == 0);
}

TEMPLATE_LIST_TEST_CASE("conversions between all dtypes follow convert_value", "", all_types) {
  check_conversions<TestType>(static_cast<all_types*>(nullptr));
}

TEST_CASE("to another place and dtype") {
  const auto x = tn::ones<float>({3});
  CHECK(tn::to(x, tn::device::cpu)->data() == x->data());
  CHECK(tn::to(x->any(), tn::dtype::float32)->bytes() == x->any().bytes());
  CHECK(tn::to(x, {tn::device::cpu, 1}).error() == tn::error_code::device_unavailable);
  CHECK(tn::to(tn::zeros<float>({-1}), tn::device::cuda).error() == tn::error_code::invalid_argument);
  CHECK(values(tn::to<double>(x)) == std::vector<double>{1, 1, 1});
  CHECK(tn::to(tn::lazy(x), tn::device::cpu)->numel() == 3);
}

TEST_CASE("fill_ and zero_ write through views", "[device]") {
  auto x = tn::unwrap(tn::zeros<float>({3, 4}, {test_device}));
  REQUIRE(tn::fill_(*x.select(1, 2), 5));
  REQUIRE(tn::fill_(*x.slice(0, {.step = -2}), -1.5));
  CHECK(values(x) == std::vector<double>{-1.5, -1.5, -1.5, -1.5, 0, 0, 5, 0, -1.5, -1.5, -1.5, -1.5});
  tn::any_tensor any = x;
  REQUIRE(tn::zero_(any));
  CHECK(values(x) == std::vector<double>(12, 0));
  CHECK(tn::fill_(*x.slice(0, {.stop = 1})->expand({3, 4}), 1).error() == tn::error_code::overlapping_memory);
  CHECK(tn::fill_(tn::tensor<float>(), 1).error() == tn::error_code::invalid_argument);
  const std::vector<float> constant(3);
  CHECK(tn::fill_(*tn::wrap(constant), 1).error() == tn::error_code::not_writable);
}

TEST_CASE("item reads a tensor of one element") {
  CHECK(*tn::item(tn::full<double>({}, 2.5)) == 2.5);
  CHECK(*tn::item(tn::full<int>({1, 1, 1}, 7)) == 7);
  CHECK(*tn::item(tn::map([](auto x) { return x + x; }, tn::lazy(tn::full<float>({1}, 4)))) == 8);
  CHECK(*tn::item(*tn::arange<int>(5)->select(0, 3)) == 3);
  CHECK(tn::item(tn::zeros<float>({2})).error().message() == "item: shape [2] has 2 elements; item reads a tensor of one");
  CHECK(tn::item(tn::zeros<float>({0})).error() == tn::error_code::shape_mismatch);
  CHECK(tn::item(tn::zeros<float>({-1})).error() == tn::error_code::invalid_argument);
  CHECK(tn::item(tn::tensor<float>()).error() == tn::error_code::invalid_argument);
}

TEST_CASE("equal", "[device]") {
  const auto x = there(tn::arange<float>(100));
  CHECK(*tn::equal(x, tn::clone(x)));
  CHECK_FALSE(*tn::equal(x, tn::view(x, {10, 10})));
  CHECK(*tn::equal(tn::transpose(tn::view(x, {10, 10}), 0, 1), tn::clone(tn::transpose(tn::view(x, {10, 10}), 0, 1))));
  CHECK(*tn::equal(x, tn::to<double>(x)));
  CHECK(*tn::equal(there(tn::zeros<float>({0})), there(tn::zeros<float>({0}))));
  CHECK_FALSE(*tn::equal(there(tn::full<float>({2}, NaN)), there(tn::full<float>({2}, NaN))));
  CHECK(*tn::equal(there(tn::full<float>({2}, -0.0)), there(tn::zeros<float>({2}))));
  CHECK(*tn::equal(there(tn::ones<std::complex<float>>({2})), there(tn::ones<std::complex<float>>({2}))));
  CHECK_FALSE(*tn::equal(there(tn::full<std::complex<float>>({2}, std::complex<float>(1, 1))), there(tn::ones<std::complex<float>>({2}))));
  CHECK(*tn::equal(tn::lazy(x), x));
  CHECK(tn::equal(x, tn::zeros<float>({-1})).error() == tn::error_code::invalid_argument);
  // One wrong element, wherever it is.
  for (const index_t n : {1, 5, 1023, 1024, 1025, 5000, 20000})
    for (const index_t at : {index_t{0}, n / 2, n - 1}) {
      const auto a = there(tn::zeros<std::uint8_t>({n}));
      auto b = tn::unwrap(tn::zeros<std::uint8_t>({n}));
      REQUIRE(*tn::equal(a, there(b)));
      REQUIRE(b.set({at}, 1));
      REQUIRE_FALSE(*tn::equal(a, there(b)));
      REQUIRE_FALSE(*tn::equal(there(tn::zeros<std::uint8_t>({3, n})), tn::expand(there(b), {3, n})));
    }
}

TEST_CASE("allclose", "[device]") {
  const auto x = there(tn::from_list<double>({1, 2, 3}));
  CHECK(*tn::allclose(x, x));
  CHECK(*tn::allclose(x, there(tn::from_list<double>({1 + 1e-9, 2, 3}))));
  CHECK_FALSE(*tn::allclose(x, there(tn::from_list<double>({1 + 1e-4, 2, 3}))));
  CHECK(*tn::allclose(x, there(tn::from_list<double>({1 + 1e-4, 2, 3})), {.rtol = 1e-3}));
  CHECK(*tn::allclose(x, there(tn::from_list<double>({1.5, 2.5, 3.5})), {.atol = 0.5}));
  CHECK(*tn::allclose(x, 2.0, {.rtol = 0, .atol = 1}));
  CHECK_FALSE(*tn::allclose(x, 2, {.rtol = 0, .atol = 0.9}));
  CHECK(*tn::allclose(there(tn::ones<float>({3, 4})), there(tn::ones<double>({4}))));
  CHECK(tn::allclose(there(tn::ones<float>({3})), there(tn::ones<float>({4}))).error().message() ==
        "allclose: shapes [3] and [4] do not broadcast: counted from the end, dimension 1 is 3 and 4 (they must be equal, or one of them 1)");
  const auto special = there(tn::from_list<float>({inf, -inf, 0}));
  CHECK(*tn::allclose(special, special));
  CHECK_FALSE(*tn::allclose(special, there(tn::from_list<float>({-inf, -inf, 0}))));
  CHECK_FALSE(*tn::allclose(there(tn::from_list<float>({1})), there(tn::from_list<float>({inf}))));
  const auto nan = there(tn::from_list<float>({NaN}));
  CHECK_FALSE(*tn::allclose(nan, nan));
  CHECK(*tn::allclose(nan, nan, {.equal_nan = true}));
  CHECK_FALSE(*tn::allclose(nan, there(tn::ones<float>({1})), {.equal_nan = true}));
  CHECK(*tn::allclose(there(tn::arange<int>(5)), there(tn::arange<int>(5))));
  CHECK_FALSE(*tn::allclose(there(tn::arange<int>(5)), there(tn::arange<int>(1, 6))));
  CHECK(*tn::allclose(there(tn::zeros<bool>({2})), there(tn::zeros<bool>({2}))));
  CHECK(*tn::allclose(there(tn::zeros<float>({0})), there(tn::ones<float>({1}))));
  using C = std::complex<float>;
  CHECK(*tn::allclose(there(tn::full<C>({2}, C(1, 2))), there(tn::full<C>({2}, C(1, 2.00001f)))));
  CHECK_FALSE(*tn::allclose(there(tn::full<C>({2}, C(1, 2))), there(tn::full<C>({2}, C(1, 2.1f)))));
  CHECK(*tn::allclose(there(tn::full<C>({2}, C(1e30f, 1e30f))), there(tn::full<C>({2}, C(1e30f, 1.000001e30f)))));
  CHECK(*tn::allclose(tn::square(tn::lazy(x)), there(tn::from_list<double>({1, 4, 9}))));
  CHECK_FALSE(*tn::allclose(tn::mul(tn::square(tn::lazy(x)), x), there(tn::from_list<double>({1, 8, 26}))));
  CHECK(*tn::allclose(tn::square(tn::lazy(there(tn::zeros<float>({0})))), there(tn::zeros<float>({1}))));
  CHECK(tn::allclose(tn::lazy(x), there(tn::ones<double>({4}))).error() == tn::error_code::shape_mismatch);
}

}  // namespace tenon_test::copy_test

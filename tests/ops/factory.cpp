// Factories against their definitions, over all dtypes and awkward sizes; their errors; and what wrap and from_span accept.
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>

#include "../support/cases.hpp"

#include <array>
#include <memory>
#include <tuple>

namespace tenon_test::factory_test {

namespace {

using all_types = std::tuple<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, tn::half, tn::bfloat16, float, double,
                             std::complex<float>, std::complex<double>>;
using range_types = std::tuple<std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, tn::half, tn::bfloat16, float, double>;

template <class T>
std::vector<double> constant(std::size_t n, double v) {
  return std::vector<double>(n, to_double(from_double<T>(v)));
}
template <class X>
std::string message(const X& r) {
  return std::string(r.error().message());
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("zeros, ones, full, empty and eye", "", all_types) {
  using T = TestType;
  for (index_t n = 0; n < 200; ++n) {
    const auto count = static_cast<std::size_t>(n);
    REQUIRE(values(tn::zeros<T>({n})) == constant<T>(count, 0));
    REQUIRE(values(tn::ones<T>({n})) == constant<T>(count, 1));
    REQUIRE(values(tn::full<T>({n}, 3)) == constant<T>(count, 3));
    REQUIRE(tn::empty<T>({n})->shape() == tn::shape{n});
  }
  CHECK(values(tn::ones<T>({})) == constant<T>(1, 1));
  CHECK(values(tn::full<T>({2, 3, 4}, 2)) == constant<T>(24, 2));
  CHECK(tn::zeros<T>({3, 0, 2})->numel() == 0);
  CHECK(values(tn::ones<T>({1300000})) == constant<T>(1300000, 1));            // written around the caches

  CHECK(values(tn::eye<T>(3)) == std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1});
  CHECK(values(tn::eye<T>(2, 3)) == std::vector<double>{1, 0, 0, 0, 1, 0});
  CHECK(values(tn::eye<T>(3, 2)) == std::vector<double>{1, 0, 0, 1, 0, 0});
  CHECK(tn::eye<T>(0)->shape() == tn::shape{0, 0});
}

TEST_CASE("full converts its value by the one rule") {
  CHECK(values(tn::full<std::int8_t>({1}, 300)) == std::vector<double>{44});           // integers wrap
  CHECK(values(tn::full<std::int8_t>({1}, 1e30)) == std::vector<double>{127});         // floating ones saturate
  CHECK(values(tn::full<std::int64_t>({1}, -1e30)) == std::vector<double>{-0x1p63});
  CHECK(*tn::full<std::int64_t>({1}, 1e30)->at(0) == INT64_MAX);
  CHECK(values(tn::full<std::uint8_t>({1}, NaN)) == std::vector<double>{0});
  CHECK(values(tn::full<std::int32_t>({1}, -2.9)) == std::vector<double>{-2});
  CHECK(values(tn::full<bool>({1}, NaN)) == std::vector<double>{1});
  CHECK(values(tn::full<float>({1}, std::complex<double>(2, 5))) == std::vector<double>{2});
  CHECK(values(tn::full<tn::half>({1}, 1 + 0x1p-11 + 0x1p-30)) == std::vector<double>{1 + 0x1p-10});   // rounded once
  CHECK(*tn::full<std::complex<float>>({2}, std::complex<float>(1, 2))->at(1) == std::complex<float>(1, 2));
}

TEST_CASE("the dtype may be known at run time only") {
  for (int i = 0; i < tn::dtype_count; ++i) {
    const auto type = static_cast<tn::dtype>(i);
    const auto x = tn::full({2, 3}, 1, type), zero = tn::zeros({2, 3}, type), one = tn::ones({2, 3}, type);
    REQUIRE((x && zero && one));
    CHECK(x->dtype() == type);
    CHECK(tn::empty({4}, type)->shape() == tn::shape{4});
    const auto bytes = static_cast<std::size_t>(6 * tn::size_of(type));
    CHECK(std::memcmp(x->bytes(), one->bytes(), bytes) == 0);
    CHECK(std::all_of(zero->bytes(), zero->bytes() + bytes, [](std::byte b) { return b == std::byte{0}; }));
  }
}

TEST_CASE("like: shape, place and, unless given, the element type of x") {
  const auto x = tn::ones<std::int16_t>({2, 3});
  CHECK(tn::empty_like(x)->shape() == tn::shape{2, 3});
  CHECK(values(tn::zeros_like(*x)) == constant<float>(6, 0));
  CHECK(values(tn::ones_like<double>(x)) == constant<float>(6, 1));
  CHECK(values(tn::full_like<float>(x->transpose(0, 1), 0.5)) == constant<float>(6, 0.5));
  CHECK(tn::full_like(x->transpose(0, 1), 7)->shape() == tn::shape{3, 2});
  static_assert(std::is_same_v<decltype(tn::zeros_like(x)), tn::result<tn::tensor<std::int16_t>>>);
  CHECK(values(tn::ones_like(tn::lazy(x))) == constant<float>(6, 1));
  CHECK(tn::zeros_like(tn::zeros<float>({-1})).error() == tn::error_code::invalid_argument);
  CHECK(tn::zeros_like(tn::tensor<float>()).error() == tn::error_code::invalid_argument);
}

TEMPLATE_LIST_TEST_CASE("arange counts from start to before end", "", range_types) {
  using T = TestType;
  for (int n = 0; n < 140; ++n) {
    std::vector<double> up, down;
    for (int i = 0; i < n; ++i) up.push_back(i), down.push_back(std::is_unsigned_v<T> ? 130 - i % 130 : -i);
    if (n < 128) REQUIRE(values(tn::arange<T>(n)) == up);
    if (!std::is_unsigned_v<T> && n < 128) REQUIRE(values(tn::arange<T>(0, -n, -1)) == down);
  }
  CHECK(values(tn::arange<T>(3, 20, 4)) == std::vector<double>{3, 7, 11, 15, 19});
  CHECK(values(tn::arange<T>(3, 19, 4)) == std::vector<double>{3, 7, 11, 15});
  CHECK(values(tn::arange<T>(20, 3, -4)) == std::vector<double>{20, 16, 12, 8, 4});
  CHECK(tn::arange<T>(5, 5)->shape() == tn::shape{0});
  CHECK(tn::arange<T>(0, 10, 0).error() == tn::error_code::invalid_argument);
  CHECK(tn::arange<T>(0, 10, -1).error() == tn::error_code::invalid_argument);
  CHECK(tn::arange<T>(10, 0, 1).error() == tn::error_code::invalid_argument);
}

TEST_CASE("arange: long ones, fractions and limits") {
  // Elements do not depend on how the range was cut into blocks and vectors.
  const index_t n = 100003;
  const auto x = values(tn::arange<std::int64_t>(-7, -7 + 3 * n, 3));
  const auto y = values(tn::arange<double>(0.25, 0.25 + 0.1 * static_cast<double>(n) - 0.05, 0.1));
  REQUIRE(x.size() == static_cast<std::size_t>(n));
  REQUIRE(y.size() == static_cast<std::size_t>(n));
  for (index_t i = 0; i < n; ++i) {
    volatile double product = static_cast<double>(i) * 0.1;                    // rounded before the sum
    REQUIRE(x[static_cast<std::size_t>(i)] == static_cast<double>(-7 + 3 * i));
    REQUIRE(y[static_cast<std::size_t>(i)] == 0.25 + product);
  }
  CHECK(*tn::arange<std::int64_t>(INT64_MIN, INT64_MAX, INT64_MAX)->at(2) == INT64_MAX - 1);
  CHECK(*tn::arange<std::int64_t>(INT64_MAX, INT64_MIN, INT64_MIN)->at(1) == -1);
  CHECK(tn::arange<std::uint8_t>(250, 260)->numel() == 10);
  CHECK(*tn::arange<std::uint8_t>(250, 260)->at(7) == 1);                      // wraps, as PyTorch's does
  CHECK(tn::arange<std::int64_t>(INT64_MIN, INT64_MAX).error() == tn::error_code::size_overflow);
  CHECK(tn::arange<float>(0, 1e30).error() == tn::error_code::size_overflow);
  CHECK(tn::arange<float>(0, inf).error() == tn::error_code::size_overflow);
  CHECK(tn::arange<float>(0, NaN).error() == tn::error_code::invalid_argument);
  CHECK(tn::arange<float>(0, -0.5).error() == tn::error_code::invalid_argument);
  CHECK(message(tn::arange<int>(0, 10, -1)) == "arange: from 0 to 10 by -1: the step leads away from the end");
}

TEST_CASE("linspace ends exactly at its end") {
  for (index_t n = 2; n < 70; ++n) {
    const auto x = values(tn::linspace<double>(0.1, 7.3, n));
    REQUIRE(x.front() == 0.1);
    REQUIRE(x.back() == 7.3);
    for (std::size_t i = 0; i < x.size(); ++i)
      REQUIRE(std::fabs(x[i] - (0.1 + 7.2 * static_cast<double>(i) / static_cast<double>(n - 1))) <= 4 * ulp<double>(7.3));
    const auto back = values(tn::linspace<double>(7.3, 0.1, n));                // counted from the nearer end: symmetric
    for (std::size_t i = 0; i < x.size(); ++i) REQUIRE((2 * i + 1 == x.size() || back[x.size() - 1 - i] == x[i]));
  }
  CHECK(values(tn::linspace<float>(3, 9, 1)) == std::vector<double>{3});
  CHECK(tn::linspace<float>(3, 9, 0)->numel() == 0);
  CHECK(tn::linspace<float>(3, 9, -1).error() == tn::error_code::invalid_argument);
  CHECK(values(tn::linspace<int>(0, 10, 4)) == std::vector<double>{0, 3, 6, 10});
  CHECK(values(tn::linspace<double>(-1e308, 1e308, 3)) == std::vector<double>{-1e308, 0, 1e308});
  CHECK(values(tn::linspace<tn::half>(0, 1, 5)) == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
}

TEST_CASE("logspace is a power of a linspace") {
  CHECK(values(tn::logspace<double>(0, 3, 4)) == std::vector<double>{1, 10, 100, 1000});
  CHECK(values(tn::logspace<float>(-1, 1, 3, 2)) == std::vector<double>{0.5, 1, 2});
  const auto exponents = values(tn::linspace<double>(-3, 5, 1000)), x = values(tn::logspace<double>(-3, 5, 1000));
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] == std::pow(10.0, exponents[i]));
}

TEST_CASE("from_list: nested braces, up to eight deep") {
  CHECK(values(tn::from_list<double>({{0., -1.}, {1., 0.}})) == std::vector<double>{0, -1, 1, 0});
  CHECK(tn::from_list<double>({{0., -1.}, {1., 0.}})->shape() == tn::shape{2, 2});
  CHECK(tn::from_list<float>({1, 2.5, -3})->shape() == tn::shape{3});
  CHECK(tn::from_list<float>({{1}, {2}})->shape() == tn::shape{2, 1});
  CHECK(tn::from_list<float>({{1, 2}})->shape() == tn::shape{1, 2});
  CHECK(tn::from_list<float>({{{1}}})->shape() == tn::shape{1, 1, 1});
  CHECK(tn::from_list<float>({{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}})->shape() == tn::shape{1, 2, 2, 2});
  CHECK(tn::from_list<float>({{{{{{{{1}}}}}}}})->rank() == 8);
  CHECK(tn::from_list<float>({{{{{{{{{1}}}}}}}}}).error() == tn::error_code::unsupported);
  CHECK(tn::from_list<float>({})->shape() == tn::shape{0});
  CHECK(tn::from_list<float>({{}, {}})->shape() == tn::shape{2, 0});
  CHECK(tn::from_list<float>(7)->rank() == 0);
  CHECK(values(tn::from_list<bool>({true, false, true})) == std::vector<double>{1, 0, 1});
  CHECK(values(tn::from_list<tn::half>({0.5, 2})) == std::vector<double>{0.5, 2});
  CHECK(*tn::from_list<std::complex<float>>({std::complex<float>(1, 2), 3.f})->at(0) == std::complex<float>(1, 2));
  CHECK(message(tn::from_list<float>({{1, 2}, {3}})) == "from_list: the lists at depth 1 have 2 and 1 entries; they must have equally many");
  CHECK(tn::from_list<float>({{1, 2}, {3}}).error() == tn::error_code::shape_mismatch);
  CHECK(message(tn::from_list<float>({{1, 2}, 3})) ==
        "from_list: numbers and lists are mixed at depth 1; all entries of a list must have the same shape");
  CHECK_FALSE(tn::from_list<float>({1, {2}}).has_value());
  CHECK_FALSE(tn::from_list<float>({{}, {1}}).has_value());
}

TEST_CASE("from_span copies") {
  std::vector<float> v = {1, 2, 3, 4};
  const auto x = tn::from_span<float>(v, {4}), y = tn::from_span(v, {2, 2}), z = tn::from_span(v);
  v[0] = 9;
  CHECK(values(x) == std::vector<double>{1, 2, 3, 4});
  CHECK(y->shape() == tn::shape{2, 2});
  CHECK(z->shape() == tn::shape{4});
  CHECK(values(tn::from_span(std::array{1.5, 2.5})) == std::vector<double>{1.5, 2.5});
  CHECK(values(tn::from_span(std::span<const float>(v).first(2), {2, 1})) == std::vector<double>{9, 2});
  const int c[] = {1, 2, 3};
  CHECK(values(tn::from_span(c)) == std::vector<double>{1, 2, 3});
  CHECK(tn::from_span(std::vector<double>())->shape() == tn::shape{0});
  CHECK(tn::from_span(std::vector<double>{5}, {})->rank() == 0);
  CHECK(message(tn::from_span(v, {5})) == "from_span: shape [5] has 5 elements, the values are 4");
  CHECK(tn::from_span(v, {-4}).error() == tn::error_code::invalid_argument);
  CHECK(tn::from_span(v, {index_t{1} << 62, 4}).error() == tn::error_code::size_overflow);
}

namespace {
template <class R>
concept can_wrap = requires(R&& r) { tn::wrap(std::forward<R>(r)); };
template <class R>
concept has_data = requires(R&& r) { std::forward<R>(r).data(); };
template <class R>
concept has_span = requires(R&& r) { std::forward<R>(r).span(); };
}  // namespace

// Memory of a temporary would be gone.
static_assert(can_wrap<std::vector<float>&> && can_wrap<const std::vector<float>&> && !can_wrap<std::vector<float>>);
static_assert(can_wrap<std::span<float>> && can_wrap<float (&)[3]> && !can_wrap<std::array<float, 3>>);
static_assert(has_data<tn::tensor<float>&> && has_data<const tn::tensor<float>&> && !has_data<tn::tensor<float>>);
static_assert(has_span<tn::tensor<float>&> && has_span<const tn::tensor<float>&> && !has_span<tn::tensor<float>>);

TEST_CASE("wrap borrows") {
  std::vector<float> v = {1, 2, 3, 4, 5, 6};
  auto x = tn::wrap(v.data(), {2, 3});
  REQUIRE(x);
  CHECK(x->data() == v.data());
  CHECK_FALSE(x->any().memory()->owned);
  REQUIRE(x->set({0, 1}, 20));
  CHECK(v[1] == 20);
  v[1] = 2;
  CHECK(values(tn::wrap(v, {3, 2})) == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(values(tn::wrap(v.data(), {3, 2}, {1, 3})) == std::vector<double>{1, 4, 2, 5, 3, 6});
  CHECK(values(tn::wrap(v.data() + 5, {2, 3}, {-3, -1})) == std::vector<double>{6, 5, 4, 3, 2, 1});
  CHECK(values(tn::wrap(v.data(), {2, 2}, {0, 1})) == std::vector<double>{1, 2, 1, 2});
  CHECK(tn::wrap(v)->shape() == tn::shape{6});

  const auto& constant = v;
  auto read_only = tn::wrap(constant);
  REQUIRE(read_only);
  CHECK_FALSE(read_only->writable());
  CHECK(read_only->set({0}, 1).error() == tn::error_code::not_writable);
  CHECK(read_only->span().error() == tn::error_code::not_writable);
  CHECK(tn::assign(read_only, *read_only).error() == tn::error_code::not_writable);
  CHECK(v[0] == 1);
}

TEST_CASE("wrap keeps an owner alive") {
  auto owner = std::make_shared<std::vector<double>>(std::vector<double>{1, 2, 3});
  {
    auto x = tn::wrap(owner->data(), {3}, owner);
    CHECK(owner.use_count() == 2);
    auto view = x->slice(0, {.step = -1});
    x = tn::error(tn::error_code::none);
    CHECK(owner.use_count() == 2);
    CHECK(values(view) == std::vector<double>{3, 2, 1});
  }
  CHECK(owner.use_count() == 1);
  CHECK_FALSE(tn::wrap(owner->data(), {3, 1}, {1}, owner));                     // refused: the owner goes, too
  CHECK(owner.use_count() == 1);

  struct freeing {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float[], freeing> memory(static_cast<float*>(std::calloc(4, sizeof(float))));
  float* p = memory.get();
  CHECK(values(tn::wrap(p, {2, 2}, {2, 1}, std::move(memory))) == std::vector<double>(4, 0));
}

TEST_CASE("wrap refuses what cannot be a tensor") {
  float f[4] = {};
  float* null = nullptr;
  CHECK(tn::wrap(null, {2}).error() == tn::error_code::invalid_argument);
  CHECK(tn::wrap(null, {2, 0}).has_value());
  CHECK(tn::wrap(f, {-1}).error() == tn::error_code::invalid_argument);
  CHECK(tn::wrap(f, {2, 2}, {1}).error() == tn::error_code::invalid_argument);
  CHECK(tn::wrap(std::span(f), {3}).error() == tn::error_code::shape_mismatch);
  auto* misaligned = reinterpret_cast<float*>(reinterpret_cast<char*>(f) + 1);
  CHECK(tn::wrap(misaligned, {1}).error() == tn::error_code::invalid_argument);
  CHECK(tn::wrap(&f[0], {index_t{1} << 40}, {index_t{1} << 40}).error() == tn::error_code::size_overflow);
  CHECK(tn::wrap(&f[0], {2}, {INT64_MIN}).error() == tn::error_code::size_overflow);
  CHECK(tn::wrap(&f[0], {index_t{1} << 60}, {0}).has_value());
}

TEST_CASE("a device that is not there is an error value") {
  const tn::tensor_options cuda{.device = tn::device::cuda};
  CHECK(message(tn::zeros<float>({2}, {.device = tn::device::cuda})) == "zeros: this program was built without cuda support");
  CHECK(tn::ones<float>({2}, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::full<float>({2}, 1, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::empty<float>({2}, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::eye<float>(2, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::arange<float>(2, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::arange<int>(0, 2, 1, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::linspace<float>(0, 1, 2, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::logspace<float>(0, 1, 2, 10, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::from_list<float>({1, 2}, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::from_span(std::vector<float>{1, 2}, {2}, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::zeros({2}, tn::dtype::int8, cuda).error() == tn::error_code::device_unavailable);
  CHECK(tn::zeros<float>({2}, {.device = {tn::device::cpu, 1}}).error() == tn::error_code::device_unavailable);
  CHECK(tn::zeros<float>({2}, {.device = tn::device::cpu}).has_value());
}

TEST_CASE("shapes that cannot be") {
  CHECK(tn::zeros<float>({2, -1}).error() == tn::error_code::invalid_argument);
  CHECK(tn::zeros<float>({index_t{1} << 40, index_t{1} << 40}).error() == tn::error_code::size_overflow);
  CHECK(tn::zeros<double>({index_t{1} << 61}).error() == tn::error_code::size_overflow);
  CHECK(tn::zeros<float>({0, index_t{1} << 40, index_t{1} << 40}).error() == tn::error_code::size_overflow);
  CHECK(tn::zeros<float>({index_t{1} << 50}).error() == tn::error_code::out_of_memory);
  CHECK(tn::eye<float>(index_t{1} << 40).error() == tn::error_code::size_overflow);
  CHECK(tn::eye<float>(-1).error() == tn::error_code::invalid_argument);
}

}  // namespace tenon_test::factory_test

// result<T>: a value or an error, with std::expected's interface and no undefined corner; TENON_TRY, unwrap, and
// conversions from and to std::expected where the standard library has it (C++23).
// test: scopes
#include <tenon/core/list.hpp>
#include <tenon/core/tensor.hpp>

#include "support/catch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tenon_test::result_test {
namespace tn = tenon;

namespace {

tn::error refusal() { return tn::error(tn::error_code::invalid_argument, "test", tn::make_text("no")); }

tn::result<int> half_of(int x) {
  if (x % 2 != 0) return refusal();
  return x / 2;
}
tn::result<int> quarter_of(int x) {
  TENON_TRY(const int half, half_of(x));
  TENON_TRY(const int quarter, half_of(half));
  return quarter;
}
tn::result<void> even(int x) {
  TENON_TRY_VOID(half_of(x));
  return {};
}

// Counts its living copies, so that each construction meets its destruction.
struct counted {
  static inline int alive = 0;
  int value;
  explicit counted(int v) : value(v) { ++alive; }
  counted(const counted& c) : value(c.value) { ++alive; }
  counted(counted&& c) noexcept : value(std::exchange(c.value, -1)) { ++alive; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }
};

}  // namespace

static_assert(std::is_same_v<tn::result<int>::value_type, int> && std::is_same_v<tn::result<int>::error_type, tn::error>);
static_assert(!std::is_copy_constructible_v<tn::result<std::unique_ptr<int>>> && std::is_move_constructible_v<tn::result<std::unique_ptr<int>>>);
static_assert(!std::is_copy_constructible_v<tn::result<tn::list<int>>>);
static_assert(std::is_convertible_v<int, tn::result<double>> && !std::is_convertible_v<std::string, tn::result<int>>);
static_assert(!std::is_default_constructible_v<tn::result<int>> && std::is_default_constructible_v<tn::result<void>>);
static_assert(!std::is_convertible_v<tn::result<int>, bool>);                  // explicit: x + result must not become x + true

TEST_CASE("a result holds a value or an error") {
  const tn::result<int> good = 3, bad = refusal();
  CHECK(good);
  CHECK(good.has_value());
  CHECK(*good == 3);
  CHECK(good.value() == 3);
  CHECK(good.value_or(7) == 3);
  CHECK(good.error() == tn::error_code::none);
  CHECK_FALSE(bad);
  CHECK(bad.error() == tn::error_code::invalid_argument);
  CHECK(bad.error().message() == "test: no");
  CHECK(bad.value_or(7) == 7);
  CHECK(std::string_view(bad.error().op()) == "test");
  const tn::result<void> done, failed = refusal();
  CHECK(done);
  CHECK_FALSE(failed);
}

TEST_CASE("values are made and destroyed once") {
  {
    tn::result<counted> a = counted(1), b = a, c = refusal();
    CHECK(counted::alive == 2);
    c = b;
    CHECK(counted::alive == 3);
    b = refusal();
    CHECK(counted::alive == 2);
    c = std::move(a);
    CHECK(c->value == 1);
    c = *&c;
    CHECK(c->value == 1);
    CHECK(std::move(c).value_or(counted(5)).value == 1);
  }
  CHECK(counted::alive == 0);
  {
    tn::result<std::unique_ptr<int>> p = std::make_unique<int>(4);
    const std::unique_ptr<int> q = *std::move(p);
    CHECK(*q == 4);
  }
}

TEST_CASE("and_then, transform, or_else") {
  const auto length = [](const std::string& s) { return s.size(); };
  const tn::result<std::string> word = std::string("four"), none = refusal();
  CHECK(word.transform(length).value() == 4);
  CHECK(none.transform(length).error() == tn::error_code::invalid_argument);
  CHECK(*tn::result<int>(8).and_then(half_of).and_then(half_of) == 2);
  CHECK(tn::result<int>(6).and_then(half_of).and_then(half_of).error().message() == "test: no");
  int calls = 0;
  CHECK(tn::result<int>(refusal()).and_then([&](int x) { return ++calls, half_of(x); }).error() == tn::error_code::invalid_argument);
  CHECK(tn::result<int>(3).transform([&](int) { ++calls; }).has_value());
  CHECK(calls == 1);
  CHECK(*half_of(3).or_else([](const tn::error&) -> tn::result<int> { return -1; }) == -1);
  CHECK(*half_of(4).or_else([](const tn::error&) -> tn::result<int> { return -1; }) == 2);
  CHECK(even(4).and_then([] { return half_of(10); }).value() == 5);
  CHECK(even(4).transform([] { return 1; }).value() == 1);
}

TEST_CASE("TENON_TRY returns the error, and notes where it passed first") {
  CHECK(*quarter_of(12) == 3);
  const auto r = quarter_of(6);
  CHECK(r.error() == tn::error_code::invalid_argument);
  CHECK(std::string(r.error().file()).find("result.cpp") != std::string::npos);
  const int line = r.error().line();
  CHECK(line > 0);
  const auto outer = [&]() -> tn::result<int> {
    TENON_TRY(const int x, quarter_of(6));
    return x;
  }();
  CHECK(outer.error().line() == line);                       // the first place stays
  CHECK_FALSE(even(3));
  CHECK(even(4));
  CHECK(refusal().file() == nullptr);
  CHECK(refusal().line() == 0);
}

TEST_CASE("results convert where their values do") {
  const tn::result<int> three = half_of(6);
  const tn::result<double> wide = three;
  CHECK(*wide == 3.0);
  const tn::result<double> failed = tn::result<int>(refusal());
  CHECK(failed.error().message() == "test: no");
  tn::result<tn::any_tensor> any = tn::result<tn::tensor<float>>(refusal());
  CHECK_FALSE(any);
}

#if defined(__cpp_exceptions)
TEST_CASE("reading the value of an error throws its message") {
  tn::result<int> bad = refusal();
  CHECK_THROWS_AS(*bad, tn::bad_result_access);
  CHECK_THROWS_AS(bad.value(), tn::bad_result_access);
  CHECK_THROWS_WITH(tn::unwrap(bad), "test: no");
  CHECK_THROWS_AS(tn::unwrap(even(3)), tn::bad_result_access);
  CHECK_THROWS_AS(tn::result<std::string>(refusal())->size(), tn::bad_result_access);
  try {
    tn::unwrap(half_of(3));
  } catch (const tn::bad_result_access& e) {
    CHECK(e.error().line() > 0);
  }
  CHECK(tn::unwrap(half_of(4)) == 2);
  tn::unwrap(even(4));
}
#endif

#if defined(__cpp_lib_expected)
TEST_CASE("to and from std::expected") {
  std::expected<int, tn::error> e = half_of(8);
  CHECK(e.value() == 4);
  e = half_of(3);
  CHECK(e.error().message() == "test: no");
  const tn::result<int> back = e, again = std::expected<int, tn::error>(5);
  CHECK(back.error().message() == "test: no");
  CHECK(*again == 5);
  const std::expected<void, tn::error> v = even(3);
  CHECK_FALSE(v);
  CHECK_FALSE(tn::result<void>(v));
  CHECK(tn::result<void>(std::expected<void, tn::error>()));
}
#endif

}  // namespace tenon_test::result_test

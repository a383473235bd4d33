// test: links=tenon_cuda_on_host
// Elementwise functions of uint8, int8 and int16 on the device, where most of them are computed in int32: the CPU's results, for every pair of
// 8-bit values and for a sample of 16-bit ones.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/bitwise.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/division.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/logical.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/power.hpp>
#include <tenon/ops/predicates.hpp>
#include <tenon/ops/rounding.hpp>
#include <tenon/ops/sign.hpp>
#include <tenon/ops/supports.hpp>
#include <tenon/ops/where.hpp>

#include "../support/cases.hpp"
#include "cuda_runtime.h"
#include "there.hpp"

namespace tenon_test::narrow_integers_test {
using tn::device;

namespace {

// op(x...) on the device has the type and the values of op(x...) on the CPU.
template <class Op, class... T>
void same(const char* name, Op op, const tn::tensor<T>&... x) {
  INFO(name);
  const auto want = op(x...), got = op(there(x)...);
  REQUIRE(want);
  REQUIRE(got);
  REQUIRE(got->device() == device::cuda);
  expect_equal(values(*got), values(*want), want->shape());
}
#define SAME(op, ...) same(#op, [](const auto&... operands) { return tn::op(operands...); }, __VA_ARGS__)
#define SAME_WITH(op, x, ...) same(#op ", " #__VA_ARGS__, [](const auto& operand) { return tn::op(operand, __VA_ARGS__); }, x)

// Every value of an 8-bit type; of a 16-bit one the ends, what is around 0 and around the shifts' limits, and others.
template <class T>
std::vector<double> sample() {
  std::vector<double> v;
  if (sizeof(T) == 1) {
    for (int i = std::numeric_limits<T>::lowest(); i <= std::numeric_limits<T>::max(); ++i) v.push_back(i);
  } else {
    for (int i = -20; i <= 33; ++i) v.push_back(i);
    for (const int i : {-32768, -32767, 32767, 32766, 256, 255, -256, 16384, -16384, 181, 182, -182, 12345, -4321}) v.push_back(i);
  }
  return v;
}

template <class T>
void check_type() {
  const auto v = sample<T>();
  const auto n = static_cast<index_t>(v.size());
  // Columns and rows: their broadcast is every pair.
  const auto a = make<T>({n, 1}, v), b = make<T>({1, n}, v);
  SAME(add, a, b);
  SAME(sub, a, b);
  SAME(mul, a, b);
  SAME(div, a, b);
  SAME(floor_divide, a, b);
  SAME(remainder, a, b);
  SAME(fmod, a, b);
  SAME(gcd, a, b);
  SAME(lcm, a, b);
  SAME(pow, a, b);
  SAME(maximum, a, b);
  SAME(minimum, a, b);
  SAME(fmax, a, b);
  SAME(fmin, a, b);
  SAME(bitwise_and, a, b);
  SAME(bitwise_or, a, b);
  SAME(bitwise_xor, a, b);
  SAME(bitwise_left_shift, a, b);
  SAME(bitwise_right_shift, a, b);
  SAME(logical_and, a, b);
  SAME(logical_xor, a, b);
  SAME(eq, a, b);
  SAME(ne, a, b);
  SAME(lt, a, b);
  SAME(le, a, b);
  SAME(gt, a, b);
  SAME(ge, a, b);
  SAME(isclose, a, b);
  SAME(heaviside, a, b);

  const auto x = make<T>({n}, v);
  SAME(neg, x);
  SAME(positive, x);
  SAME(abs, x);
  SAME(square, x);
  SAME(reciprocal, x);
  SAME(sign, x);
  SAME(sgn, x);
  SAME(floor, x);
  SAME(ceil, x);
  SAME(trunc, x);
  SAME(round, x);
  SAME(nan_to_num, x);
  SAME(relu, x);
  SAME(relu6, x);
  SAME(bitwise_not, x);
  SAME(logical_not, x);
  SAME(isnan, x);
  SAME(isfinite, x);
  SAME(isposinf, x);
  SAME(signbit, x);
  // Numbers that the type does not hold.
  SAME_WITH(hardtanh, x, {.min_val = -1000, .max_val = 50});
  SAME_WITH(hardtanh, x, {.min_val = 200, .max_val = 100000});
  SAME_WITH(threshold, x, -1000, 3);
  SAME_WITH(threshold, x, 40, 70000);
  SAME_WITH(clamp, x, -1000, 50);
  SAME_WITH(clamp, x, 3, 100000);
  SAME_WITH(add, x, 300);
  SAME_WITH(mul, x, 1000);
  SAME_WITH(lt, x, 300);
  SAME_WITH(maximum, x, 40000);
  SAME_WITH(pow, x, 3);

  // A choice, and values of other types in it.
  const auto mask = tn::unwrap(tn::gt(x, 5));
  SAME(where, mask, x, tn::unwrap(tn::neg(x)));
  SAME(masked_fill, x, mask, make<float>({}, {300.7}));
  SAME(masked_fill, x, mask, make<std::int64_t>({}, {70000}));
  same("masked_fill, 300", [](const auto& t, const auto& m) { return tn::masked_fill(t, m, 300); }, x, mask);

  // A result wraps to its own type before it becomes another one's.
  const auto into = [&]<class Out>(tn::type_tag<Out>) {
    const auto all = [&](const auto& p, const auto& q, device where) {
      auto out = tn::unwrap(tn::empty<Out>({n, n}, {where}));
      REQUIRE(tn::mul_into(out, p, q));
      return values(out);
    };
    CHECK(all(there(a), there(b), device::cuda) == all(a, b, device::cpu));
  };
  into(tn::type_tag<std::int32_t>{});
  into(tn::type_tag<double>{});
  into(tn::type_tag<std::uint8_t>{});
  into(tn::type_tag<bool>{});
  same("lazy", [](const auto& p, const auto& q) { return tn::eval(tn::abs(tn::lazy(p) * q + p) / 2); }, a, b);

  // In place, in other layouts, beside other types.
  auto on_cpu = tn::unwrap(tn::clone(x)), on_device = there(x);
  REQUIRE(tn::sub_(on_cpu.slice(0, {.start = 1, .step = 3}), 100));
  REQUIRE(tn::sub_(on_device.slice(0, {.start = 1, .step = 3}), 100));
  CHECK(values(on_device) == values(on_cpu));
  SAME(add, x, make<std::int8_t>({}, {-100}));
  SAME(mul, x, make<std::int32_t>({}, {1000}));
  SAME(sub, x, make<std::int16_t>({}, {-300}));
  SAME(add, x, make<bool>({}, {1}));
  SAME(mul, x, make<float>({}, {0.5}));

  // Conversions both ways, fills and copies.
  const auto converts = [&]<class To>(tn::type_tag<To>) {
    same("to", [](const auto& t) { return tn::to<To>(t); }, x);
    same("to, from", [](const auto& t) { return tn::to<T>(t); }, make<To>({8}, rounded<To>({0, 1, 2, 3, 100, 127, 1, 50})));
  };
  [&]<class... To>(tn::type_list<To...>) {
    (converts(tn::type_tag<To>{}), ...);
  }(tn::type_list<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, tn::half, tn::bfloat16, float, double>{});
  same("to, from", [](const auto& t) { return tn::to<T>(t); }, make<double>({7}, {-1e9, -128.9, -0.5, 127.9, 255.5, 1e30, NaN}));
  CHECK(values(tn::full<T>({2, 3}, T(-7), {device::cuda})) == values(tn::full<T>({2, 3}, T(-7))));
  CHECK(values(tn::clone(there(a).expand({n, 3})->transpose(0, 1))) == values(tn::clone(a.expand({n, 3})->transpose(0, 1))));
}

}  // namespace

TEST_CASE("uint8 on the device") { check_type<std::uint8_t>(); }
TEST_CASE("int8 on the device") { check_type<std::int8_t>(); }
TEST_CASE("int16 on the device") { check_type<std::int16_t>(); }

TEST_CASE("supports says it of narrow integers") {
  for (const auto type : {tn::dtype::uint8, tn::dtype::int8, tn::dtype::int16}) {
    CHECK(tn::supports<tn::functions::add>(type, device::cuda));
    CHECK(tn::supports<tn::functions::lcm>(type, device::cuda));
    CHECK(tn::supports<tn::functions::where>(type, device::cuda));
    CHECK(tn::supports<tn::functions::exp>(type, device::cuda));
    CHECK_FALSE(tn::supports<tn::functions::frac>(type, device::cuda));
  }
}

#undef SAME
#undef SAME_WITH

}  // namespace tenon_test::narrow_integers_test

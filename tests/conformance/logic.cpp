// Comparison, logic, bits, and questions about numbers.
#include <tenon/ops/bitwise.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/logical.hpp>
#include <tenon/ops/predicates.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using u8 = std::uint8_t;

tn::result<outputs> all_close(const test_case& c) {
  TENON_TRY(const bool close, tn::allclose(typed<float>(c, 0), typed<float>(c, 1), {.rtol = c.number("rtol", 1e-5), .atol = c.number("atol", 1e-8)}));
  return give(tn::full<bool>({}, close));
}

tn::result<outputs> is_infinite(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const bool positive = c.flag("detect_positive", true), negative = c.flag("detect_negative", true);
  return positive && negative ? give(tn::isinf(x)) : positive ? give(tn::isposinf(x)) : give(tn::isneginf(x));
}

}  // namespace

void add_logic(registry& r) {
  r.add("And", [](const test_case& c) { return binary<bool>(c, [](const auto& x, const auto& y) { return tn::logical_and(x, y); }); });
  r.add("Or", [](const test_case& c) { return binary<bool>(c, [](const auto& x, const auto& y) { return tn::logical_or(x, y); }); });
  r.add("Xor", [](const test_case& c) { return binary<bool>(c, [](const auto& x, const auto& y) { return tn::logical_xor(x, y); }); });
  r.add("Not", [](const test_case& c) { return unary<bool>(c, [](const auto& x) { return tn::logical_not(x); }); });
  r.add("BitwiseAnd", [](const test_case& c) { return binary<i16, i32>(c, [](const auto& x, const auto& y) { return tn::bitwise_and(x, y); }); });
  r.add("BitwiseOr", [](const test_case& c) { return binary<i32>(c, [](const auto& x, const auto& y) { return tn::bitwise_or(x, y); }); });
  r.add("BitwiseXor", [](const test_case& c) { return binary<i16>(c, [](const auto& x, const auto& y) { return tn::bitwise_xor(x, y); }); });
  r.add("BitwiseNot", [](const test_case& c) { return unary<u8>(c, [](const auto& x) { return tn::bitwise_not(x); }); });
  r.add("BitShift", [](const test_case& c) {
    return over<u8, i64>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
      const auto x = typed<T>(c, 0), n = typed<T>(c, 1);
      return c.text("direction") == "LEFT" ? give(tn::bitwise_left_shift(x, n)) : give(tn::bitwise_right_shift(x, n));
    });
  });
  r.add("Equal", [](const test_case& c) { return binary<i32, i64>(c, [](const auto& x, const auto& y) { return tn::eq(x, y); }); });
  r.add("Greater", [](const test_case& c) { return binary<u8, i32>(c, [](const auto& x, const auto& y) { return tn::gt(x, y); }); });
  r.add("GreaterOrEqual", [](const test_case& c) { return binary<i32, i64>(c, [](const auto& x, const auto& y) { return tn::ge(x, y); }); });
  r.add("Less", [](const test_case& c) { return binary<float, i32, i64>(c, [](const auto& x, const auto& y) { return tn::lt(x, y); }); });
  r.add("LessOrEqual", [](const test_case& c) { return binary<i64>(c, [](const auto& x, const auto& y) { return tn::le(x, y); }); });
  r.add("IsNaN", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::isnan(x); }); });
  r.add("IsInf", is_infinite);
  r.add("isinf", [](const test_case& c) { return unary<i16, i32>(c, [](const auto& x) { return tn::isinf(x); }); });
  r.add("isfinite", [](const test_case& c) { return unary<tn::half, i32>(c, [](const auto& x) { return tn::isfinite(x); }); });
  r.add("allclose", all_close);
}

}  // namespace conformance

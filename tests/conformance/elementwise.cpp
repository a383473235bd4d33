// Arithmetic, powers, transcendental functions, rounding, extremes and casts.
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/division.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/hyperbolic.hpp>
#include <tenon/ops/power.hpp>
#include <tenon/ops/rounding.hpp>
#include <tenon/ops/sign.hpp>
#include <tenon/ops/special.hpp>
#include <tenon/ops/trigonometric.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using u8 = std::uint8_t;

template <class T>
constexpr bool whole = std::is_integral_v<T>;

// ONNX divides integers like C: towards zero.
tn::result<outputs> divide(const test_case& c) {
  return over<float, u8, i16, i32, i64>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
    const auto x = typed<T>(c, 0), y = typed<T>(c, 1);
    if constexpr (whole<T>)
      return give(tn::floor_divide(tn::sub(x, tn::fmod(x, y)), y));
    else
      return give(tn::div(x, y));
  });
}

tn::result<outputs> modulo(const test_case& c) {
  return over<i32, i64>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
    const auto x = typed<T>(c, 0), y = typed<T>(c, 1);
    return c.flag("fmod") ? give(tn::fmod(x, y)) : give(tn::remainder(x, y));
  });
}

// The result has the type of the base.
tn::result<outputs> power(const test_case& c) {
  if (c.dtype() == tn::dtype::int64) return binary<i64>(c, [](const auto& x, const auto& y) { return tn::pow(x, y); });
  return over<float, i32, i64>(c.dtype(1), [&]<class Y>(tn::type_tag<Y>) { return give(tn::pow(typed<float>(c, 0), typed<Y>(c, 1))); });
}

// f over any number of inputs, from left to right.
template <class... Ts, class F>
tn::result<outputs> fold(const test_case& c, F f) {
  return over<Ts...>(c.dtype(), [&]<class T>(tn::type_tag<T>) -> tn::result<outputs> {
    tn::result<tn::tensor<T>> all = typed<T>(c, 0);
    for (std::size_t i = 1; i < c.inputs.size(); ++i) all = f(all, typed<T>(c, i));
    return give(all);
  });
}

// ONNX names of element types, by number.
tn::result<outputs> cast_to(const any_tensor& x, tn::dtype type) {
  return tn::visit(type, [&]<class T>(tn::type_tag<T>) { return give(tn::to<T>(x)); });
}
tn::result<outputs> cast(const test_case& c) {
  switch (c.integer("to", 0)) {
    case 1: return cast_to(c.input(0), tn::dtype::float32);
    case 10: return cast_to(c.input(0), tn::dtype::float16);
    case 11: return cast_to(c.input(0), tn::dtype::float64);
    case 16: return cast_to(c.input(0), tn::dtype::bfloat16);
    default: return cannot(make_text("element type ", c.integer("to", 0), " is not known to the runner"));
  }
}

}  // namespace

void add_elementwise(registry& r) {
  r.add("Add", [](const test_case& c) { return binary<float, double, u8, i64>(c, [](const auto& x, const auto& y) { return x + y; }); });
  r.add("Sub", [](const test_case& c) { return binary<float, u8, i16>(c, [](const auto& x, const auto& y) { return x - y; }); });
  r.add("Mul", [](const test_case& c) { return binary<float, u8>(c, [](const auto& x, const auto& y) { return x * y; }); });
  r.add("Div", divide);
  r.add("Mod", modulo);
  r.add("Pow", power);
  r.add("Neg", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::neg(x); }); });
  r.add("Reciprocal", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::reciprocal(x); }); });
  r.add("Sqrt", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::sqrt(x); }); });
  r.add("Max", [](const test_case& c) { return fold<float, u8>(c, [](const auto& x, const auto& y) { return tn::maximum(x, y); }); });
  r.add("Min", [](const test_case& c) { return fold<float, u8, i64>(c, [](const auto& x, const auto& y) { return tn::minimum(x, y); }); });
  r.add("Sum", [](const test_case& c) { return fold<float>(c, [](const auto& x, const auto& y) { return x + y; }); });
  r.add("Mean", [](const test_case& c) -> tn::result<outputs> {
    TENON_TRY(const auto sum, fold<float>(c, [](const auto& x, const auto& y) { return x + y; }));
    return give(tn::tensor<float>::unchecked(sum[0]) / static_cast<float>(c.inputs.size()));
  });
  r.add("maximum", [](const test_case& c) { return binary<float>(c, [](const auto& x, const auto& y) { return tn::maximum(x, y); }); });
  r.add("fmod", [](const test_case& c) { return binary<float, double>(c, [](const auto& x, const auto& y) { return tn::fmod(x, y); }); });
  r.add("remainder", [](const test_case& c) { return binary<i32>(c, [](const auto& x, const auto& y) { return tn::remainder(x, y); }); });
  r.add("Clip", [](const test_case& c) {
    return over<float, i8>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
      const auto x = typed<T>(c, 0), low = typed<T>(c, 1), high = typed<T>(c, 2);
      return !c.has(1) ? give(tn::clamp(x, tn::none, high)) : !c.has(2) ? give(tn::clamp(x, low, tn::none)) : give(tn::clamp(x, low, high));
    });
  });

  r.add("Ceil", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::ceil(x); }); });
  r.add("Round", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::round(x); }); });
  r.add("Exp", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::exp(x); }); });
  r.add("Erf", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::erf(x); }); });
  r.add("Sin", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::sin(x); }); });
  r.add("Cos", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::cos(x); }); });
  r.add("Tan", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::tan(x); }); });
  r.add("Atan", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::atan(x); }); });
  r.add("Tanh", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::tanh(x); }); });
  r.add("Asinh", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::asinh(x); }); });
  r.add("Atanh", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::atanh(x); }); });

  r.add("acos", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::acos(x); }); });
  r.add("asinh", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::asinh(x); }); });
  r.add("atanh", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::atanh(x); }); });
  r.add("cos", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::cos(x); }); });
  r.add("cosh", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::cosh(x); }); });
  r.add("log2", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::log2(x); }); });
  r.add("log10", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::log10(x); }); });
  r.add("erf", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::erf(x); }); });
  r.add("erfc", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::erfc(x); }); });
  r.add("log_ndtr", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::log_ndtr(x); }); });

  r.add("Cast", cast);
  r.add("CastLike", [](const test_case& c) { return cast_to(c.input(0), c.dtype(1)); });
}

}  // namespace conformance

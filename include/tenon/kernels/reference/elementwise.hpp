#pragma once
// Elementwise functions in one line each: what the fast ones are measured against. R is double, or long double where the
// fast one computes in double.
//
// A function that C has (exp, fmod, hypot, erfc, nextafter ...) is specified by C; it is used by its own name and does not
// stand here.
#include <tenon/core/build.hpp>

#include <cmath>
#include <limits>
#include <type_traits>

namespace tenon::inline v0::kernels::reference {

// ---- arithmetic ----
template <class R>
R sign(R x) {
  return x > 0 ? 1 : x < 0 ? -1 : x;
}
template <class R>
R lerp(R a, R b, R w) {
  return a + w * (b - a);
}
template <class R>
R heaviside(R x, R at_zero) {
  return x > 0 ? 1 : x < 0 ? 0 : x == 0 ? at_zero : x;
}
template <class R>
R remainder(R a, R b) {
  const R r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
// floor of the exact quotient, which a - r is a whole multiple of b away from.
template <class R>
R floor_divide(R a, R b) {
  if (b == 0 || std::isnan(a) || std::isnan(b)) return a / b;
  const R r = std::fmod(a, b), q = std::round((a - r) / b);
  if (r != 0 && (r < 0) != (b < 0)) return q - 1;
  return q == 0 ? std::copysign(R(0), a / b) : q;
}
template <class R>
R maximum(R a, R b) {
  return a != a ? a : b != b ? b : a == b ? (std::signbit(a) ? b : a) : a > b ? a : b;
}
template <class R>
R minimum(R a, R b) {
  return a != a ? a : b != b ? b : a == b ? (std::signbit(a) ? a : b) : a < b ? a : b;
}
template <class R>
R fmax(R a, R b) {
  return a != a ? b : b != b ? a : maximum(a, b);
}
template <class R>
R fmin(R a, R b) {
  return a != a ? b : b != b ? a : minimum(a, b);
}
template <class R>
R clamp(R x, R low, R high) {
  return minimum(maximum(x, low), high);
}
template <class R>
R xlogy(R x, R y) {
  return x == 0 && y == y ? 0 : x * std::log(y);
}
template <class R>
R logaddexp(R a, R b) {
  return a == b ? a + std::log(R(2)) : maximum(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
}
template <class R>
R logaddexp2(R a, R b) {
  return a == b ? a + 1 : maximum(a, b) + std::log1p(std::exp2(-std::fabs(a - b))) / std::log(R(2));
}

// ---- integers: T is the tensor's type, values are held in 128 bits and wrapped at the end ----
__extension__ typedef __int128 wide;
inline wide floor_divide(wide a, wide b) { return b == 0 ? 0 : a / b - (a % b != 0 && (a < 0) != (b < 0)); }
inline wide remainder(wide a, wide b) { return b == 0 ? 0 : a - b * floor_divide(a, b); }
inline wide fmod(wide a, wide b) { return b == 0 ? 0 : a % b; }
inline wide gcd(wide a, wide b) {
  a = a < 0 ? -a : a;
  b = b < 0 ? -b : b;
  while (b != 0) {
    const wide r = a % b;
    a = b;
    b = r;
  }
  return a;
}
// Modulo 2^64: enough for every integer dtype.
inline wide pow(wide a, wide n) {
  if (n < 0) return a == 1 ? 1 : a == -1 ? (n % 2 != 0 ? -1 : 1) : 0;
  std::uint64_t r = 1, base = static_cast<std::uint64_t>(a);
  for (; n > 0; n /= 2, base *= base)
    if (n % 2 != 0) r *= base;
  return static_cast<std::int64_t>(r);
}

// ---- exponential, trigonometric ----
template <class R>
R sigmoid(R x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
template <class R>
R logit(R x) {
  return x > R(0.25) && x < R(0.75) ? std::log1p((2 * x - 1) / (1 - x)) : std::log(x / (1 - x));
}
template <class R>
R sinc(R x) {
  const R pi = 3.14159265358979323846264338327950288L, rest = std::remainder(x, R(2));
  if (x == 0) return 1;
  if (std::isinf(x)) return 0;
  // sin(pi rest), from the nearest multiple of pi/2.
  const R s = rest > R(0.5)    ? std::sin(pi * (1 - rest))
              : rest < R(-0.5) ? -std::sin(pi * (1 + rest))
                               : std::sin(pi * rest);
  return s / (pi * x);
}

// ---- error function, normal distribution, gamma ----
// The root of erf(y) = x by bisection, on the side of erf or erfc that does not cancel.
template <class R>
R erfinv(R x) {
  if (!(std::fabs(x) < 1))
    return std::fabs(x) == 1 ? x * std::numeric_limits<R>::infinity() : std::numeric_limits<R>::quiet_NaN();
  if (std::fabs(x) < R(1e-10)) return x * std::sqrt(std::atan(R(1)));  // sqrt(pi) / 2
  R low = 0, high = 8;
  for (int i = 0; i < 100; ++i) {
    const R y = (low + high) / 2;
    ((std::fabs(x) < R(0.5) ? std::erf(y) < std::fabs(x) : std::erfc(y) > 1 - std::fabs(x)) ? low : high) = y;
  }
  return std::copysign((low + high) / 2, x);
}
// Phi(-t) e^(t^2/2) for t >= 1: Laplace's continued fraction 1 / (t + 1 / (t + 2 / (t + 3 / ...))).
template <class R>
R normal_factor(R t) {
  R f = t;
  for (int k = 600; k > 0; --k) f = t + k / f;
  return 1 / (std::sqrt(8 * std::atan(R(1))) * f);
}
// e^(x^2) erfc(x). Below 0 x^2 reaches 700, and all its digits count: those of h^2 and of the small rest, h with 24 bits.
template <class R>
R erfcx(R x) {
  if (x > 2) return 2 * normal_factor(std::sqrt(R(2)) * x);
  if (x < -30) return std::numeric_limits<R>::infinity();
  const R h = static_cast<float>(x), e = std::exp(h * h) * std::exp((x - h) * (x + h));
  return x < -2 ? 2 * e - erfcx(-x) : e * std::erfc(x);
}
template <class R>
R ndtr(R x) {
  return x < -2 ? normal_factor(-x) * std::exp(-x * x / 2) : std::erfc(-x / std::sqrt(R(2))) / 2;
}
template <class R>
R log_ndtr(R x) {
  return x < -2 ? std::log(normal_factor(-x)) - x * x / 2 : x < 0 ? std::log(ndtr(x)) : std::log1p(-ndtr(-x));
}
// Downwards by psi(x + 1) = psi(x) + 1 / x, from where the asymptotic series holds; reflected for x < 0.
template <class R>
R digamma(R x) {
  const R pi = 4 * std::atan(R(1));
  if (x == 0) return std::copysign(std::numeric_limits<R>::infinity(), -x);
  if (x < 0) {
    const R rest = x - std::nearbyint(x);
    return rest == 0 ? std::numeric_limits<R>::quiet_NaN() : digamma(1 - x) - pi / std::tan(pi * rest);
  }
  R sum = 0;
  for (; x < 40; x += 1) sum -= 1 / x;
  const R z = 1 / (x * x);
  return sum + std::log(x) - 1 / (2 * x) -
         z * (R(1) / 12 -
              z * (R(1) / 120 - z * (R(1) / 252 - z * (R(1) / 240 - z * (R(1) / 132 - z * (R(691) / 32760))))));
}

// ---- activations ----
template <class R>
R relu(R x) {
  return x < 0 ? 0 : x;
}
template <class R>
R hardtanh(R x, R low, R high) {
  return x < low ? low : x > high ? high : x;
}
template <class R>
R leaky_relu(R x, R slope) {
  return x > 0 ? x : slope * x;
}
template <class R>
R elu(R x, R alpha) {
  return x > 0 ? x : alpha * std::expm1(x);
}
template <class R>
R celu(R x, R alpha) {
  return x > 0 ? x : alpha * std::expm1(x / alpha);
}
template <class R>
R selu(R x) {
  return R(1.0507009873554804934193349852946L) * elu(x, R(1.6732632423543772848170429916717L));
}
// x f(x), where f decays so fast that the limit at -inf is 0.
template <class R, class F>
R decaying(R x, F f) {
  return x == -std::numeric_limits<R>::infinity() ? R(-0.0) : x * f(x);
}
template <class R>
R gelu(R x) {
  return decaying(x, [](R y) { return std::erfc(-y / std::sqrt(R(2))) / 2; });
}
template <class R>
R gelu_tanh(R x) {
  const R pi = 3.14159265358979323846264338327950288L;
  return decaying(x, [&](R y) { return sigmoid(2 * std::sqrt(2 / pi) * (y + R(0.044715L) * y * y * y)); });
}
template <class R>
R silu(R x) {
  return decaying(x, sigmoid<R>);
}
template <class R>
R softplus(R x, R beta, R threshold) {
  const R z = beta * x;
  return z > threshold ? x : (z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z))) / beta;
}
template <class R>
R mish(R x) {
  return decaying(x, [](R y) { return std::tanh(softplus(y, R(1), R(1e9))); });
}
template <class R>
R softsign(R x) {
  return std::isinf(x) ? std::copysign(R(1), x) : x / (1 + std::fabs(x));
}
template <class R>
R logsigmoid(R x) {
  return -softplus(-x, R(1), std::numeric_limits<R>::infinity());
}
template <class R>
R hardsigmoid(R x) {
  return hardtanh(x + 3, R(0), R(6)) / 6;
}
template <class R>
R hardswish(R x) {
  return decaying(x, hardsigmoid<R>);
}
template <class R>
R hardshrink(R x, R lambda) {
  return std::fabs(x) <= lambda ? 0 : x;
}
template <class R>
R softshrink(R x, R lambda) {
  return x > lambda ? x - lambda : x < -lambda ? x + lambda : x == x ? 0 : x;
}
// x^3/3 - 2 x^5/15 + ... = (x cosh x - sinh x) / cosh x.
template <class R>
R tanhshrink(R x) {
  if (x == 0) return x;
  if (std::fabs(x) > 1) return x - std::tanh(x);
  R term = x, sum = 0;  // term = x^(2k+1) / (2k+1)!
  for (int k = 1; k < 20; ++k) {
    term *= x * x / (2 * k * (2 * k + 1));
    sum += term * (2 * k);
  }
  return sum / std::cosh(x);
}
template <class R>
R threshold(R x, R limit, R value) {
  return x <= limit ? value : x;
}

}  // namespace tenon::inline v0::kernels::reference

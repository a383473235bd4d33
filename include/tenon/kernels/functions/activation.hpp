#pragma once
// Functors of the activations. Contracts: ops/activation.hpp.
//
// Where x is -inf and the function's limit is 0, `finite_below` keeps x * f(x) from becoming -inf * 0.
#include <tenon/kernels/functions/exponential.hpp>

namespace tenon::inline v0::functions {

TENON_HD auto finite_below(auto x) {
  using X = decltype(x);
  const auto lowest = number<X>(-static_cast<double>(std::numeric_limits<typename X::value_type>::max()));
  return select(x < lowest, lowest, x);
}

struct relu : same_type {
  static constexpr const char* name = "relu";
  static constexpr dtype_set dtypes = numeric_dtypes;
  TENON_HD auto operator()(auto x) const { return select(x < decltype(x)(0), decltype(x)(0), x); }
};

// low where x < low, high where x > high: NaN passes. relu6 and hardtanh.
struct hardtanh : same_type {
  static constexpr const char* name = "hardtanh";
  static constexpr dtype_set dtypes = numeric_dtypes;
  double low, high;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    return select(x < number<X>(low), number<X>(low), select(x > number<X>(high), number<X>(high), x));
  }
};

struct relu6 : same_type {
  static constexpr const char* name = "relu6";
  static constexpr dtype_set dtypes = numeric_dtypes;
  TENON_HD auto operator()(auto x) const { return hardtanh{{}, 0, 6}(x); }
};

struct leaky_relu : same_type {
  static constexpr const char* name = "leaky_relu";
  static constexpr dtype_set dtypes = floating_dtypes;
  double slope;
  TENON_HD auto operator()(auto x) const { return select(x > decltype(x)(0), x, x * number<decltype(x)>(slope)); }
};

struct prelu : same_type {
  static constexpr const char* name = "prelu";
  static constexpr dtype_set dtypes = floating_dtypes;
  TENON_HD auto operator()(auto x, auto weight) const { return select(x > decltype(x)(0), x, x * weight); }
};

// The slopes are random.
struct rrelu : same_type {
  static constexpr const char* name = "rrelu";
  static constexpr dtype_set dtypes = floating_dtypes;
  TENON_HD auto operator()(auto x, auto slope) const { return prelu{}(x, slope); }
};

// x, and below 0: outer * expm1(inner * x). elu, celu and selu.
struct exponential_unit : same_type {
  static constexpr const char* name = "elu";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  double slope, outer, inner;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    return select(x > X(0), x * number<X>(slope), number<X>(outer) * math::expm1(x * number<X>(inner)));
  }
};

struct selu : exponential_unit {
  static constexpr const char* name = "selu";
  using kernel_function = exponential_unit;
  static constexpr double lambda = 1.0507009873554804934193349852946, alpha = 1.6732632423543772848170429916717;
  constexpr selu() : exponential_unit{{}, lambda, lambda * alpha, 1} {}
};

struct celu : same_type {
  static constexpr const char* name = "celu";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.5;
  double alpha;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    return select(x > X(0), x, number<X>(alpha) * math::expm1(x / number<X>(alpha)));
  }
};

// x Phi(x) = max(x, -0) - |x| Phi(-|x|), which needs one tail only and rounds once where x > 0; or x / 2 (1 + tanh u)
// = x / (1 + exp(-2 u)) = x sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3), which does not cancel for x < 0 either.
struct gelu : same_type {
  static constexpr const char* name = "gelu";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  bool tanh;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    if (!tanh) {
      const X zero = number<X>(-0.0);
      return select(x < zero, zero, x) - math::times_ndtr_below(math::abs(x));
    }
    const auto y = finite_below(x);
    return y * sigmoid{}(y * fma(y * y, number<X>(0.071354816272600248), number<X>(1.5957691216057308)));
  }
};

struct silu : same_type {
  static constexpr const char* name = "silu";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.35;
  TENON_HD auto operator()(auto x) const {
    const auto y = finite_below(x);
    return y * sigmoid{}(y);
  }
};

// x tanh(log(1 + e^x)) = x n / (n + 2),  n = e^x (e^x + 2). From 40 on the quotient is 1 in every type.
struct mish : same_type {
  static constexpr const char* name = "mish";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto y = finite_below(x);
    const auto e = math::exp(select(y > number<X>(40), number<X>(40), y));
    const auto n = e * (e + X(2));
    return y * (n / (n + X(2)));
  }
};

// log(1 + e^z) without overflow: max(z, 0) + log1p(e^-|z|).
TENON_HD auto log_one_plus_exp(auto z) {
  using X = decltype(z);
  return select(z < X(0), X(0), z) + math::log1p(math::exp(-math::abs(z)));
}

struct softplus : same_type {
  static constexpr const char* name = "softplus";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.8;
  double beta, threshold;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto z = x * number<X>(beta);
    return select(z > number<X>(threshold), x, log_one_plus_exp(z) / number<X>(beta));
  }
};

struct logsigmoid : same_type {
  static constexpr const char* name = "logsigmoid";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.8;
  TENON_HD auto operator()(auto x) const { return -log_one_plus_exp(-x); }
};

struct softsign : floating_type {
  static constexpr const char* name = "softsign";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.2;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto size = math::abs(x);
    return select(size == number<X>(__builtin_huge_val()), math::copysign(X(1), x), x / (X(1) + size));
  }
};

struct hardsigmoid : same_type {
  static constexpr const char* name = "hardsigmoid";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.2;
  TENON_HD auto operator()(auto x) const {
    return hardtanh{{}, 0, 6}(x + number<decltype(x)>(3)) / number<decltype(x)>(6);
  }
};

struct hardswish : same_type {
  static constexpr const char* name = "hardswish";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.2;
  TENON_HD auto operator()(auto x) const {
    const auto y = finite_below(x);
    return y * hardtanh{{}, 0, 6}(y + number<decltype(x)>(3)) / number<decltype(x)>(6);
  }
};

struct hardshrink : same_type {
  static constexpr const char* name = "hardshrink";
  static constexpr dtype_set dtypes = floating_dtypes;
  double lambda;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    return select(math::abs(x) <= number<X>(lambda), X(0), x);
  }
};

struct softshrink : same_type {
  static constexpr const char* name = "softshrink";
  static constexpr dtype_set dtypes = floating_dtypes;
  double lambda;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto l = number<X>(lambda);
    return select(x > l, x - l, select(x < -l, x + l, select(x == x, X(0), x)));
  }
};

// x - tanh x. Below 1, where the difference cancels, (x cosh x - sinh x) / cosh x: the series of the numerator,
// sum_k 2k / (2k+1)! x^(2k+1), has positive terms only. Five of them for float, nine for double, leave less than u / 4.
struct tanhshrink : floating_type {
  static constexpr const char* name = "tanhshrink";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 1.0;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    constexpr double term[] = {2.0 / 6,
                               4.0 / 120,
                               6.0 / 5040,
                               8.0 / 362880,
                               10.0 / 39916800,
                               12.0 / 6227020800,
                               14.0 / 1307674368000,
                               16.0 / 355687428096000,
                               18.0 / 121645100408832000};
    constexpr int terms = sizeof(typename X::value_type) == 4 ? 5 : 9;
    const auto size = math::abs(x), s = x * x;
    auto sum = number<X>(term[terms - 1]);
    for (int k = terms - 2; k >= 0; --k) sum = fma(sum, s, number<X>(term[k]));
    const auto e = math::exp(select(size < X(1), size, X(1)));
    const auto cosh = number<X>(0.5) * (e + X(1) / e);
    return select(size < X(1), x * s * sum / cosh, x - math::tanh(x));
  }
};

// PyTorch's order of arguments: x, then the value for x <= threshold.
struct threshold : same_type {
  static constexpr const char* name = "threshold";
  static constexpr dtype_set dtypes = numeric_dtypes;
  double limit, value;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    return select(x <= number<X>(limit), number<X>(value), x);
  }
};

struct glu : same_type {
  static constexpr const char* name = "glu";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.35;
  TENON_HD auto operator()(auto a, auto b) const { return a * sigmoid{}(b); }
};

}  // namespace tenon::inline v0::functions

#pragma once
// The elementwise part of the losses: one number for each pair of prediction x and target t.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct squared_error : same_type {
  static constexpr const char* name = "mse_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class V>
  TENON_HD V operator()(V x, V t) const {
    return (x - t) * (x - t);
  }
};

struct absolute_error : same_type {
  static constexpr const char* name = "l1_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class V>
  TENON_HD V operator()(V x, V t) const {
    return math::abs(x - t);
  }
};

// d^2 / 2 beta near zero, |d| - beta / 2 from beta on.
struct smooth_absolute_error : same_type {
  static constexpr const char* name = "smooth_l1_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  double beta;
  template <class V>
  TENON_HD V operator()(V x, V t) const {
    const V d = math::abs(x - t), b = number<V>(beta), half_unit = number<V>(0.5);
    return select(d < b, half_unit * d * d / b, d - half_unit * b);
  }
};

// d^2 / 2 up to delta, delta (|d| - delta / 2) beyond.
struct huber_error : same_type {
  static constexpr const char* name = "huber_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  double delta;
  template <class V>
  TENON_HD V operator()(V x, V t) const {
    const V d = math::abs(x - t), b = number<V>(delta), half_unit = number<V>(0.5);
    return select(d <= b, half_unit * d * d, b * (d - half_unit * b));
  }
};

// -(t log x + (1 - t) log(1 - x)), each logarithm at least -100, so that a sure and wrong answer costs 100 and not infinity.
struct binary_cross_entropy : same_type {
  static constexpr const char* name = "binary_cross_entropy";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.8;
  template <class V>
  TENON_HD V operator()(V x, V t) const {
    const V floor_value = number<V>(-100), one = number<V>(1);
    const V yes = math::log(x), no = math::log1p(-x);
    return -(t * select(yes < floor_value, floor_value, yes) + (one - t) * select(no < floor_value, floor_value, no));
  }
};

// -(w t log s(x) + (1 - t) log(1 - s(x))) with the logistic function s, w the weight of the positive class; stable for any x:
// (1 - t) x + (1 + (w - 1) t) (log(1 + exp(-|x|)) + max(-x, 0)).
struct binary_cross_entropy_with_logits : same_type {
  static constexpr const char* name = "binary_cross_entropy_with_logits";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.8;
  template <class V>
  TENON_HD V operator()(V x, V t, V positive_weight) const {
    const V one = number<V>(1), zero = number<V>(0);
    const V softplus = math::log1p(math::exp(-math::abs(x))) + select(x < zero, -x, zero);
    return (one - t) * x + (one + (positive_weight - one) * t) * softplus;
  }
};

// t (log t - x); 0 where t is 0.
struct kl_divergence : same_type {
  static constexpr const char* name = "kl_div";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.5;
  template <class V>
  TENON_HD V operator()(V x, V t) const {
    return select(t == number<V>(0), number<V>(0), t * (math::log(t) - x));
  }
};
// The same for a target that is a logarithm: exp(t) (t - x); 0 where exp(t) is 0.
struct kl_divergence_of_logs : same_type {
  static constexpr const char* name = "kl_div";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.5;
  template <class V>
  TENON_HD V operator()(V x, V t) const {
    const V p = math::exp(t);
    return select(p == number<V>(0), number<V>(0), p * (t - x));
  }
};

// x * w: a weight for each element.
struct weighted : same_type {
  static constexpr const char* name = "weight";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class V>
  TENON_HD V operator()(V x, V w) const {
    return x * w;
  }
};

}  // namespace tenon::inline v0::functions

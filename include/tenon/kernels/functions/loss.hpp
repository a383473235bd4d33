#pragma once
// The elementwise part of the losses: one number for each pair of prediction x and target t.
#include <tenon/core/expression.hpp>

namespace tenon::inline v0::functions {

// Numbers in the element type of the vector that they meet.
template <class V>
using number_of = typename V::value_type;

struct squared_error : same_type {
  static constexpr const char* name = "mse_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class V>
  V operator()(V x, V t) const {
    return (x - t) * (x - t);
  }
};

struct absolute_error : same_type {
  static constexpr const char* name = "l1_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class V>
  V operator()(V x, V t) const {
    return abs(x - t);
  }
};

// d^2 / 2 beta near zero, |d| - beta / 2 from beta on.
struct smooth_absolute_error : same_type {
  static constexpr const char* name = "smooth_l1_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  double beta;
  template <class V>
  V operator()(V x, V t) const {
    const V d = abs(x - t), b(static_cast<number_of<V>>(beta)), half_unit(static_cast<number_of<V>>(0.5));
    return select(d < b, half_unit * d * d / b, d - half_unit * b);
  }
};

// d^2 / 2 up to delta, delta (|d| - delta / 2) beyond.
struct huber_error : same_type {
  static constexpr const char* name = "huber_loss";
  static constexpr dtype_set dtypes = floating_dtypes;
  double delta;
  template <class V>
  V operator()(V x, V t) const {
    const V d = abs(x - t), b(static_cast<number_of<V>>(delta)), half_unit(static_cast<number_of<V>>(0.5));
    return select(d <= b, half_unit * d * d, b * (d - half_unit * b));
  }
};

// -(t log x + (1 - t) log(1 - x)), each logarithm at least -100, so that a sure and wrong answer costs 100 and not infinity.
struct binary_cross_entropy : same_type {
  static constexpr const char* name = "binary_cross_entropy";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.8;
  template <class V>
  V operator()(V x, V t) const {
    const V floor_value(number_of<V>(-100)), one(number_of<V>(1));
    const V yes = log(x), no = log1p(-x);
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
  V operator()(V x, V t, V positive_weight) const {
    const V one(number_of<V>(1)), zero(number_of<V>(0));
    const V softplus = log1p(exp(-abs(x))) + select(x < zero, -x, zero);
    return (one - t) * x + (one + (positive_weight - one) * t) * softplus;
  }
};

// t (log t - x); 0 where t is 0.
struct kl_divergence : same_type {
  static constexpr const char* name = "kl_div";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.5;
  template <class V>
  V operator()(V x, V t) const {
    return select(t == V(number_of<V>(0)), V(number_of<V>(0)), t * (log(t) - x));
  }
};
// The same for a target that is a logarithm: exp(t) (t - x); 0 where exp(t) is 0.
struct kl_divergence_of_logs : same_type {
  static constexpr const char* name = "kl_div";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.5;
  template <class V>
  V operator()(V x, V t) const {
    const V p = exp(t);
    return select(p == V(number_of<V>(0)), V(number_of<V>(0)), p * (t - x));
  }
};

// x * w: a weight for each element.
struct weighted : same_type {
  static constexpr const char* name = "weight";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class V>
  V operator()(V x, V w) const {
    return x * w;
  }
};

}  // namespace tenon::inline v0::functions

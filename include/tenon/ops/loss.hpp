#pragma once
// Losses: mse, l1, smooth_l1, huber, binary cross entropy, kl_div, nll, cross_entropy.
#include <tenon/kernels/cpu/loss.hpp>
#include <tenon/kernels/cpu/math/exponential.hpp>
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/functions/loss.hpp>
#include <tenon/ops/calls/view.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/softmax.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

// What becomes of one loss per element. batch_mean: the sum divided by the first extent (kl_div).
enum class loss_reduction : std::uint8_t { mean, sum, none, batch_mean };

struct loss_options {
  loss_reduction reduction = loss_reduction::mean;
};
struct smooth_l1_options {
  loss_reduction reduction = loss_reduction::mean;
  double beta = 1;                       // where the square ends; 0: l1_loss
};
struct huber_options {
  loss_reduction reduction = loss_reduction::mean;
  double delta = 1;
};
struct kl_div_options {
  loss_reduction reduction = loss_reduction::mean;
  bool log_target = false;               // the target is a log-probability, too
};
struct nll_options {
  index_t ignore_index = -100;           // positions of this class cost nothing and do not count in the mean
  loss_reduction reduction = loss_reduction::mean;
};
struct cross_entropy_options {
  index_t ignore_index = -100;
  loss_reduction reduction = loss_reduction::mean;
  double label_smoothing = 0;            // this share of the target is spread over all classes
};

namespace op {

struct nll_loss {
  static constexpr const char* name = "nll_loss";
  static constexpr dtype_set dtypes = floating_dtypes;       // of the input
};
struct cross_entropy {
  static constexpr const char* name = "cross_entropy";
  static constexpr dtype_set dtypes = floating_dtypes;
};

}  // namespace op

namespace calls {

// Whether the operands of e fit each other; what does not is said of the loss, not of a part of its expression.
template <class Node>
result<void> check_operands(const char* op, const expression<Node>& e) {
  return with_call<typename Node::value_type>(e, [op](elementwise_call call) -> result<void> {
    call.op = op;
    TENON_TRY(const shape s, elementwise_shape(call));
    static_cast<void>(s);
    return {};
  });
}

// The losses e, reduced. For half types they are computed and summed up in float, and the result is rounded once.
template <class Node>
auto reduce_operands(const expression<Node>& e, loss_reduction how) -> result<tensor<typename Node::value_type>> {
  using T = typename Node::value_type;
  if (how == loss_reduction::none) return eval(e);
  TENON_TRY(const auto each, eval(make_expression(functions::convert_to<compute_t<T>>{}, e)));
  TENON_TRY(auto total, how == loss_reduction::mean ? tenon::mean(each) : tenon::sum(each));
  if (how == loss_reduction::batch_mean && each.rank() > 0) total.data()[0] /= static_cast<compute_t<T>>(each.size(0));
  return eval(make_expression(functions::convert_to<T>{}, lazy(std::move(total))));
}

template <class Node>
auto reduce_loss(const char* op, const expression<Node>& e, loss_reduction how) -> result<tensor<typename Node::value_type>> {
  TENON_TRY_VOID(check_operands(op, e));
  return said_of(op, reduce_operands(e, how));
}

// One loss per element from two operands, which broadcast.
template <class F, class X, class Y>
auto pairwise_loss(const char* op, const F& f, const X& x, const Y& target, loss_reduction how) {
  return reduce_loss(op, make_expression(f, x, target), how);
}
template <class F, class X, class Y, class W>
auto weighted_loss(const char* op, const F& f, const X& x, const Y& target, const W& weight, loss_reduction how) {
  if constexpr (std::is_same_v<W, none_t>)
    return reduce_loss(op, make_expression(f, x, target), how);
  else
    return reduce_loss(op, make_expression(functions::weighted{}, make_expression(f, x, target), weight), how);
}

// Where a target of another shape is an error, as in PyTorch: a broadcast would most likely be a slip.
template <class X, class Y>
result<void> check_same_shape(const char* op, const X& x, const Y& target) {
  return with_tensors<true>(
      op,
      [op](const any_tensor& a, const any_tensor& b) -> result<void> {
        if (a.shape() == b.shape()) return {};
        return error(error_code::shape_mismatch, op, make_text("target ", b.shape(), " must have the shape of the input, ", a.shape()));
      },
      x, target);
}

// nll_loss and cross_entropy behind the logarithm: log_p (N, C, ...) or (C), in the type of the arithmetic.
template <class C>
result<tensor<C>> classify(const char* op, const any_tensor& log_p, const any_tensor& target, bool probabilities, const any_tensor* weight,
                           const cross_entropy_options& o) {
  TENON_TRY_VOID(check_on_cpu(op, log_p.where()));
  if (log_p.rank() == 0) return error(error_code::shape_mismatch, op, make_text("input needs a class dimension, got a tensor of rank 0"));
  const int class_dim = log_p.rank() == 1 ? 0 : 1;
  shape positions = log_p.shape();
  positions.erase(class_dim);
  const index_t classes = log_p.size(class_dim);
  if (target.shape() != (probabilities ? log_p.shape() : positions))
    return error(error_code::shape_mismatch, op,
                 make_text("target ", target.shape(), " must have shape ", probabilities ? log_p.shape() : positions, " for input ", log_p.shape()));
  if (weight && weight->shape() != shape(classes))
    return error(error_code::shape_mismatch, op, make_text("weight ", weight->shape(), " must have shape ", shape(classes), ", one for each class"));
  if (!(o.label_smoothing >= 0 && o.label_smoothing <= 1))
    return error(error_code::invalid_argument, op, make_text("label_smoothing must lie in 0 .. 1, got ", o.label_smoothing));
  TENON_TRY(const any_tensor p, dense(op, log_p));
  TENON_TRY(const any_tensor t, dense(op, target));
  any_tensor w;
  if (weight) {
    TENON_TRY(w, dense(op, *weight));
  }
  TENON_TRY(any_tensor loss, allocate_tensor(op, positions, dtype_of<C>, log_p.where()));
  TENON_TRY(any_tensor weights, allocate_tensor(op, positions, dtype_of<C>, log_p.where()));
  kernels::class_loss<C> k;
  k.log_p = reinterpret_cast<const C*>(p.bytes());
  (probabilities ? k.probabilities : k.log_p) = reinterpret_cast<const C*>((probabilities ? t : p).bytes());
  k.target = probabilities ? nullptr : reinterpret_cast<const std::int64_t*>(t.bytes());
  k.weight = w.defined() ? reinterpret_cast<const C*>(w.bytes()) : nullptr;
  k.loss = reinterpret_cast<C*>(loss.bytes());
  k.weights = reinterpret_cast<C*>(weights.bytes());
  k.batch = class_dim == 0 ? 1 : log_p.size(0);
  k.classes = classes;
  k.pixels = k.batch == 0 ? 0 : positions.numel() / k.batch;
  k.ignore_index = o.ignore_index;
  k.smoothing = o.label_smoothing;
  const auto outcome = kernels::cpu::run_class_loss(kernels::cpu::make_context(4.0 * static_cast<double>(positions.numel() * classes)), k);
  if (outcome.code == kernels::status_code::index_out_of_range)
    return error(error_code::index_out_of_range, op,
                 make_text("target ", outcome.detail, " is not a class of input ", log_p.shape(), " (expected 0 .. ", classes - 1, ", or ignore_index ",
                           o.ignore_index, ")"));
  const auto each = tensor<C>::unchecked(std::move(loss));
  if (o.reduction == loss_reduction::none) return each;
  TENON_TRY(auto total, tenon::sum(each));
  if (o.reduction == loss_reduction::sum) return total;
  TENON_TRY(const auto shares, tenon::sum(tensor<C>::unchecked(std::move(weights))));
  const C divisor = probabilities || o.reduction == loss_reduction::batch_mean
                        ? static_cast<C>(o.reduction == loss_reduction::batch_mean ? k.batch : positions.numel())
                        : shares.data()[0];
  total.data()[0] /= divisor;
  return total;
}

// An operand in the type of the arithmetic: an error that it carries as it is, others said of the loss.
template <class C, class X>
result<tensor<C>> loss_operand(const char* op, const X& x) {
  if constexpr (eager_operand<X> && std::is_same_v<value_t<X>, C>) {
    const holder_t<X> held(x);
    if (held.get() == nullptr) return held.error();
    return *held.get();
  } else {
    const auto converted = make_expression(functions::convert_to<C>{}, lazy(x));
    TENON_TRY_VOID(check_operands(op, converted));
    return said_of(op, eval(converted));
  }
}

// Converts the operands of a half type to float, and the result back.
template <class Op, class T, class X, class Y, class W>
auto class_loss(const X& input, const Y& target, const W& weight, const cross_entropy_options& o) -> result<tensor<T>> {
  constexpr bool logits = std::is_same_v<Op, op::cross_entropy>;
  using C = compute_t<T>;
  check_dtypes<Op, X>();
  constexpr bool probabilities = floating<value_t<Y>>;
  static_assert(probabilities ? std::is_same_v<value_t<Y>, T> : integer<value_t<Y>>,
                "a target is a tensor of integers, which are classes, or of probabilities in the input's element type");
  TENON_TRY(auto log_p, loss_operand<C>(Op::name, input));
  TENON_TRY(const auto t, (loss_operand<std::conditional_t<probabilities, C, std::int64_t>>(Op::name, target)));
  tensor<C> w;
  if constexpr (!std::is_same_v<W, none_t>) {
    static_assert(std::is_same_v<value_t<W>, T>, "weight must have the input's element type; convert with tenon::to<T>(x)");
    TENON_TRY(w, loss_operand<C>(Op::name, weight));
  }
  return said_of(Op::name, [&]() -> result<tensor<T>> {
    if constexpr (logits) {
      TENON_TRY(log_p, log_softmax(log_p, log_p.rank() <= 1 ? 0 : 1));
    }
    TENON_TRY(const auto loss, classify<C>(Op::name, log_p.any(), t.any(), probabilities, w.defined() ? &w.any() : nullptr, o));
    return eval(make_expression(functions::convert_to<T>{}, lazy(loss)));
  }());
}

}  // namespace calls

/// mse_loss, l1_loss(x, target, {.reduction}): the mean (or sum, or none) of (x - t)^2, of |x - t|. Operands broadcast.
///
/// Dtypes   float, double, half, bfloat16; half types are computed and summed up in float and rounded once.
/// Special  The mean of nothing is NaN, its sum 0. NaN propagates.
/// Bound    4 u per element, and the bound of mean or sum.
/// Errors   shape_mismatch, invalid_argument, out_of_memory.
template <operand X, operand T>
[[nodiscard]] auto mse_loss(X&& x, T&& target, const loss_options& options = {}) {
  return calls::pairwise_loss("mse_loss", functions::squared_error{}, x, target, options.reduction);
}
template <operand X, operand T>
[[nodiscard]] auto l1_loss(X&& x, T&& target, const loss_options& options = {}) {
  return calls::pairwise_loss("l1_loss", functions::absolute_error{}, x, target, options.reduction);
}
/// smooth_l1_loss: d^2 / (2 beta) where d = |x - t| < beta, else d - beta / 2.     huber_loss: d^2 / 2 where d <= delta, else
/// delta (d - delta / 2). beta 0 or more, delta more than 0: else invalid_argument. Otherwise as mse_loss.
template <operand X, operand T>
[[nodiscard]] auto smooth_l1_loss(X&& x, T&& target, const smooth_l1_options& options = {}) {
  using R = decltype(calls::pairwise_loss("smooth_l1_loss", functions::smooth_absolute_error{}, x, target, options.reduction));
  if (!(options.beta >= 0)) return R(error(error_code::invalid_argument, "smooth_l1_loss", make_text("beta must be 0 or more, got ", options.beta)));
  return calls::pairwise_loss("smooth_l1_loss", functions::smooth_absolute_error{{}, options.beta}, x, target, options.reduction);
}
template <operand X, operand T>
[[nodiscard]] auto huber_loss(X&& x, T&& target, const huber_options& options = {}) {
  using R = decltype(calls::pairwise_loss("huber_loss", functions::huber_error{}, x, target, options.reduction));
  if (!(options.delta > 0)) return R(error(error_code::invalid_argument, "huber_loss", make_text("delta must be more than 0, got ", options.delta)));
  return calls::pairwise_loss("huber_loss", functions::huber_error{{}, options.delta}, x, target, options.reduction);
}

/// binary_cross_entropy(x, t, weight): -w (t log x + (1 - t) log(1 - x)) for probabilities x; each logarithm at least -100.
/// x and t have one shape; weight broadcasts to it, or is `none`. Otherwise as mse_loss.
template <operand X, operand T, calls::optional_operand W = none_t>
[[nodiscard]] auto binary_cross_entropy(X&& x, T&& target, W&& weight = {}, const loss_options& options = {}) {
  if constexpr (lazy_operand<X> || lazy_operand<T>) {
    return binary_cross_entropy(eval(x), eval(target), weight, options);
  } else {
    using R = decltype(calls::weighted_loss("binary_cross_entropy", functions::binary_cross_entropy{}, x, target, std::remove_cvref_t<W>(weight), options.reduction));
    if (auto same = calls::check_same_shape("binary_cross_entropy", x, target); !same) return R(same.error());
    return calls::weighted_loss("binary_cross_entropy", functions::binary_cross_entropy{}, x, target, static_cast<const std::remove_cvref_t<W>&>(weight), options.reduction);
  }
}
/// binary_cross_entropy_with_logits(x, t, weight, pos_weight): the same for logits x, stable for any x; pos_weight multiplies
/// the term of the positive class.
template <operand X, operand T, calls::optional_operand W = none_t, calls::optional_operand P = none_t>
[[nodiscard]] auto binary_cross_entropy_with_logits(X&& x, T&& target, W&& weight = {}, P&& pos_weight = {}, const loss_options& options = {}) {
  constexpr const char* name = "binary_cross_entropy_with_logits";
  if constexpr (lazy_operand<X> || lazy_operand<T>) {
    return binary_cross_entropy_with_logits(eval(x), eval(target), weight, pos_weight, options);
  } else {
    const auto each = [&] {
      if constexpr (operand<P>)
        return make_expression(functions::binary_cross_entropy_with_logits{}, x, target, pos_weight);
      else
        return make_expression(functions::binary_cross_entropy_with_logits{}, x, target, 1);
    }();
    const auto weighted = [&] {
      if constexpr (operand<W>)
        return make_expression(functions::weighted{}, each, weight);
      else
        return each;
    }();
    using R = decltype(calls::reduce_loss(name, weighted, options.reduction));
    if (auto same = calls::check_same_shape(name, x, target); !same) return R(same.error());
    return calls::reduce_loss(name, weighted, options.reduction);
  }
}

/// kl_div(x, t): t (log t - x) for log-probabilities x and probabilities t (or their logarithms: log_target); 0 where t is 0.
/// batch_mean is the divergence's mathematical definition. Otherwise as mse_loss.
template <operand X, operand T>
[[nodiscard]] auto kl_div(X&& x, T&& target, const kl_div_options& options = {}) {
  return options.log_target ? calls::pairwise_loss("kl_div", functions::kl_divergence_of_logs{}, x, target, options.reduction)
                            : calls::pairwise_loss("kl_div", functions::kl_divergence{}, x, target, options.reduction);
}

/// nll_loss(log_p, target, weight, {.ignore_index, .reduction}): -w[c] log_p[n, c, ...] at class c = target[n, ...].
///
/// log_p (N, C, ...) or (C)   target integers (N, ...) or ()   weight (C) or none.     The mean divides by the sum of the weights
/// of the targets that count.
/// Special  Where no position counts, the mean is NaN, as in PyTorch.
/// Errors   index_out_of_range for a target that is no class, shape_mismatch, out_of_memory.
template <operand X, operand T, calls::optional_operand W = none_t>
[[nodiscard]] auto nll_loss(X&& log_p, T&& target, W&& weight = {}, const nll_options& options = {}) {
  static_assert(integer<value_t<T>>, "the target of nll_loss is a tensor of integers, which are classes");
  return calls::class_loss<op::nll_loss, value_t<X>>(log_p, target, static_cast<const std::remove_cvref_t<W>&>(weight),
                                                     {options.ignore_index, options.reduction, 0});
}

/// cross_entropy(x, target, weight, {.ignore_index, .reduction, .label_smoothing}): nll_loss of log_softmax(x) over dimension
/// 1, with classes or probabilities as target. Label smoothing e replaces the target q by (1 - e) q + e / C.
///
/// x (N, C, ...) or (C)   target integers (N, ...), or probabilities of x's shape and dtype   weight (C) or none. With
/// probabilities the mean divides by the number of positions. log_softmax is computed directly: stable for any logits.
/// Dtypes, special values and errors as nll_loss; half types are computed in float.
template <operand X, operand T, calls::optional_operand W = none_t>
[[nodiscard]] auto cross_entropy(X&& x, T&& target, W&& weight = {}, const cross_entropy_options& options = {}) {
  return calls::class_loss<op::cross_entropy, value_t<X>>(x, target, static_cast<const std::remove_cvref_t<W>&>(weight), options);
}

// The _into forms: the loss is computed apart, and copied.
template <target O, operand X, operand T>
result<void> mse_loss_into(O&& out, X&& x, T&& target, const loss_options& options = {}) {
  return calls::give("mse_loss", out, mse_loss(x, target, options));
}
template <target O, operand X, operand T>
result<void> l1_loss_into(O&& out, X&& x, T&& target, const loss_options& options = {}) {
  return calls::give("l1_loss", out, l1_loss(x, target, options));
}
template <target O, operand X, operand T>
result<void> smooth_l1_loss_into(O&& out, X&& x, T&& target, const smooth_l1_options& options = {}) {
  return calls::give("smooth_l1_loss", out, smooth_l1_loss(x, target, options));
}
template <target O, operand X, operand T>
result<void> huber_loss_into(O&& out, X&& x, T&& target, const huber_options& options = {}) {
  return calls::give("huber_loss", out, huber_loss(x, target, options));
}
template <target O, operand X, operand T, calls::optional_operand W = none_t>
result<void> binary_cross_entropy_into(O&& out, X&& x, T&& target, W&& weight = {}, const loss_options& options = {}) {
  return calls::give("binary_cross_entropy", out, binary_cross_entropy(x, target, weight, options));
}
template <target O, operand X, operand T, calls::optional_operand W = none_t, calls::optional_operand P = none_t>
result<void> binary_cross_entropy_with_logits_into(O&& out, X&& x, T&& target, W&& weight = {}, P&& pos_weight = {}, const loss_options& options = {}) {
  return calls::give("binary_cross_entropy_with_logits", out, binary_cross_entropy_with_logits(x, target, weight, pos_weight, options));
}
template <target O, operand X, operand T>
result<void> kl_div_into(O&& out, X&& x, T&& target, const kl_div_options& options = {}) {
  return calls::give("kl_div", out, kl_div(x, target, options));
}
template <target O, operand X, operand T, calls::optional_operand W = none_t>
result<void> nll_loss_into(O&& out, X&& log_p, T&& target, W&& weight = {}, const nll_options& options = {}) {
  return calls::give("nll_loss", out, nll_loss(log_p, target, weight, options));
}
template <target O, operand X, operand T, calls::optional_operand W = none_t>
result<void> cross_entropy_into(O&& out, X&& x, T&& target, W&& weight = {}, const cross_entropy_options& options = {}) {
  return calls::give("cross_entropy", out, cross_entropy(x, target, weight, options));
}

}  // namespace tenon::inline v0::inline TENON_BUILD

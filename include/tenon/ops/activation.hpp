#pragma once
// The activations of neural networks:
//   relu relu6 leaky_relu prelu rrelu elu celu selu gelu silu mish softplus softsign logsigmoid
//   hardsigmoid hardswish hardtanh hardshrink softshrink tanhshrink threshold glu          (sigmoid, tanh: their own families)
//
// Operands  One tensor, result or expression; prelu and glu evaluate an expression first. Floating dtypes unless the op says
//           otherwise; halves are computed in float and rounded once.
// In place  The _ forms write x itself: same memory, no allocation, and every view of x sees it.
// Special   NaN gives NaN. At -inf the limit: where PyTorch has -inf * 0 = NaN (gelu, silu, mish, hardswish), it is -0.
// Errors    what the operand carries; out_of_memory; _into and _ also shape_mismatch, device_mismatch, not_writable,
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/normal.hpp>
#include <tenon/kernels/functions/activation.hpp>
#include <tenon/ops/calls/elementwise.hpp>
#include <tenon/ops/calls/random.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/hyperbolic.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct leaky_relu_options {
  double negative_slope = 0.01;
};
struct rrelu_options {
  double lower = 1.0 / 8;
  double upper = 1.0 / 3;
  bool training = false;  // a slope of its own for each element; else (lower + upper) / 2
};
struct elu_options {
  double alpha = 1;
};
struct celu_options {
  double alpha = 1;  // not 0
};
enum class gelu_approximation { none, tanh };
struct gelu_options {
  gelu_approximation approximate = gelu_approximation::none;
};
struct softplus_options {
  double beta = 1;  // not 0
  double threshold = 20;  // x itself where beta x is above it
};
struct hardtanh_options {
  double min_val = -1;
  double max_val = 1;
};
struct shrink_options {
  double lambda = 0.5;  // 0 or more
};

namespace calls {

inline error check_option(const char* op, const char* option, double value, bool good, const char* wanted) {
  if (good) return {};
  return error(error_code::invalid_argument, op, make_text(option, " is ", value, "; it must be ", wanted));
}

// The weight of prelu as it broadcasts to x: a single number, or along dimension 1.
inline result<any_tensor> weight_by_channel(const any_tensor& x, const any_tensor& weight) {
  if (weight.numel() == 1) return weight.view({});
  if (weight.rank() != 1 || x.rank() < 2 || weight.size(0) != x.size(1))
    return error(error_code::shape_mismatch, "prelu",
                 make_text("input ", x.shape(), " and weight ", weight.shape(),
                           ": the weight has one element, or one for each of the ", x.rank() < 2 ? 1 : x.size(1),
                           " channels (dimension 1 of the input)"));
  any_tensor w = weight;
  for (int d = 2; d < x.rank(); ++d) {
    TENON_TRY(w, w.unsqueeze(-1));
  }
  return w;
}

template <floating T>
result<tensor<T>> random_slopes(const any_tensor& x, const rrelu_options& o, generator& numbers) {
  TENON_TRY(any_tensor slopes, allocate_tensor("rrelu", x.shape(), dtype_of<T>, x.where()));
  TENON_TRY_VOID(fill_random<T>("rrelu", slopes, numbers, kernels::uniform_numbers{o.lower, o.upper}));
  return tensor<T>::unchecked(std::move(slopes));
}

struct two_halves {
  any_tensor first, second;
};
inline result<two_halves> halves_of(const char* op, const any_tensor& x, index_t dim) {
  TENON_TRY(const int d, normalize_dim(op, dim, x.shape()));
  const index_t n = x.rank() == 0 ? 1 : x.size(d);
  if (n % 2 != 0)
    return error(error_code::shape_mismatch, op,
                 make_text("dim ", d, " of shape ", x.shape(), " has extent ", n, ", which has no two halves"));
  TENON_TRY(auto first, x.narrow(d, 0, n / 2));
  TENON_TRY(auto second, x.narrow(d, n / 2, n / 2));
  return two_halves{std::move(first), std::move(second)};
}

}  // namespace calls

/// max(x, 0). Integers, too. Exact; relu(-0) = -0.
template <operand X>
[[nodiscard]] auto relu(X&& x) {
  return calls::elementwise(functions::relu{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> relu_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::relu{}, std::forward<X>(x));
}
template <target X>
result<void> relu_(X&& x) {
  return calls::elementwise_in_place(functions::relu{}, x);
}

/// min(max(x, 0), 6). Integers, too. Exact.
template <operand X>
[[nodiscard]] auto relu6(X&& x) {
  return calls::elementwise(functions::relu6{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> relu6_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::relu6{}, std::forward<X>(x));
}
template <target X>
result<void> relu6_(X&& x) {
  return calls::elementwise_in_place(functions::relu6{}, x);
}

/// x for x > 0, else negative_slope x. One rounding.
template <operand X>
[[nodiscard]] auto leaky_relu(X&& x, const leaky_relu_options& o = {}) {
  return calls::elementwise(functions::leaky_relu{{}, o.negative_slope}, std::forward<X>(x));
}
template <target O, operand X>
result<void> leaky_relu_into(O&& out, X&& x, const leaky_relu_options& o = {}) {
  return calls::elementwise_into(out, functions::leaky_relu{{}, o.negative_slope}, std::forward<X>(x));
}
template <target X>
result<void> leaky_relu_(X&& x, const leaky_relu_options& o = {}) {
  return calls::elementwise_in_place(functions::leaky_relu{{}, o.negative_slope}, x);
}

/// x for x > 0, else alpha (e^x - 1), by expm1: no cancellation near 0.
/// Bound    1.3 ulp (double 1.5), and 1 ulp more for alpha other than 1.
template <operand X>
[[nodiscard]] auto elu(X&& x, const elu_options& o = {}) {
  return calls::elementwise(functions::exponential_unit{{}, 1, o.alpha, 1}, std::forward<X>(x));
}
template <target O, operand X>
result<void> elu_into(O&& out, X&& x, const elu_options& o = {}) {
  return calls::elementwise_into(out, functions::exponential_unit{{}, 1, o.alpha, 1}, std::forward<X>(x));
}
template <target X>
result<void> elu_(X&& x, const elu_options& o = {}) {
  return calls::elementwise_in_place(functions::exponential_unit{{}, 1, o.alpha, 1}, x);
}

/// max(x, 0) + min(0, alpha (e^(x / alpha) - 1)).
/// Bound    3.5 ulp, and |x / alpha| ulp more where the quotient is not exact.
/// Errors   invalid_argument for alpha = 0.
template <operand X>
[[nodiscard]] auto celu(X&& x, const celu_options& o = {}) {
  return calls::elementwise_unless(calls::check_option("celu", "alpha", o.alpha, o.alpha != 0, "other than 0"),
                                   functions::celu{{}, o.alpha}, std::forward<X>(x));
}
template <target O, operand X>
result<void> celu_into(O&& out, X&& x, const celu_options& o = {}) {
  if (error e = calls::check_option("celu", "alpha", o.alpha, o.alpha != 0, "other than 0"); !(e == error_code::none))
    return e;
  return calls::elementwise_into(out, functions::celu{{}, o.alpha}, std::forward<X>(x));
}
template <target X>
result<void> celu_(X&& x, const celu_options& o = {}) {
  return celu_into(x, x, o);
}

/// elu with alpha = 1.6732632423543772, times 1.0507009873554805: self-normalising (Klambauer et al. 2017, arXiv:1706.02515).
/// Bound    4 ulp
template <operand X>
[[nodiscard]] auto selu(X&& x) {
  return calls::elementwise(functions::selu{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> selu_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::selu{}, std::forward<X>(x));
}
template <target X>
result<void> selu_(X&& x) {
  return calls::elementwise_in_place(functions::selu{}, x);
}

/// x Phi(x), Phi the normal distribution (Hendrycks & Gimpel 2016, arXiv:1606.08415); or {.approximate = gelu_approximation::tanh}:
/// x / 2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), which is within 5e-4 of it. Neither cancels for negative x.
/// Bound    5 ulp exact, 4 + 2 |2 u| ulp by tanh. Where Phi(x) is subnormal, its last place counts |x| times.
template <operand X>
[[nodiscard]] auto gelu(X&& x, const gelu_options& o = {}) {
  return calls::elementwise(functions::gelu{{}, o.approximate == gelu_approximation::tanh}, std::forward<X>(x));
}
template <target O, operand X>
result<void> gelu_into(O&& out, X&& x, const gelu_options& o = {}) {
  return calls::elementwise_into(out, functions::gelu{{}, o.approximate == gelu_approximation::tanh},
                                 std::forward<X>(x));
}
template <target X>
result<void> gelu_(X&& x, const gelu_options& o = {}) {
  return calls::elementwise_in_place(functions::gelu{{}, o.approximate == gelu_approximation::tanh}, x);
}

/// x sigmoid(x), also called swish.
/// Bound    3 ulp; where sigmoid(x) is subnormal, its last place counts |x| times.
template <operand X>
[[nodiscard]] auto silu(X&& x) {
  return calls::elementwise(functions::silu{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> silu_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::silu{}, std::forward<X>(x));
}
template <target X>
result<void> silu_(X&& x) {
  return calls::elementwise_in_place(functions::silu{}, x);
}

/// x tanh(softplus(x)) (Misra 2019, arXiv:1908.08681), without cancellation.
/// Bound    4 ulp; where tanh(softplus(x)) is subnormal, its last place counts |x| times.
template <operand X>
[[nodiscard]] auto mish(X&& x) {
  return calls::elementwise(functions::mish{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> mish_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::mish{}, std::forward<X>(x));
}
template <target X>
result<void> mish_(X&& x) {
  return calls::elementwise_in_place(functions::mish{}, x);
}

/// log(1 + e^(beta x)) / beta, and x itself where beta x > threshold.
/// Bound    3 ulp for a beta that is a power of two; else |beta x| ulp more, by the rounding of beta x
/// Errors   invalid_argument for beta = 0.
template <operand X>
[[nodiscard]] auto softplus(X&& x, const softplus_options& o = {}) {
  return calls::elementwise_unless(calls::check_option("softplus", "beta", o.beta, o.beta != 0, "other than 0"),
                                   functions::softplus{{}, o.beta, o.threshold}, std::forward<X>(x));
}
template <target O, operand X>
result<void> softplus_into(O&& out, X&& x, const softplus_options& o = {}) {
  if (error e = calls::check_option("softplus", "beta", o.beta, o.beta != 0, "other than 0"); !(e == error_code::none))
    return e;
  return calls::elementwise_into(out, functions::softplus{{}, o.beta, o.threshold}, std::forward<X>(x));
}
template <target X>
result<void> softplus_(X&& x, const softplus_options& o = {}) {
  return softplus_into(x, x, o);
}

/// x / (1 + |x|); 1 and -1 at the infinities (PyTorch: NaN). Two roundings: below 1.5 ulp.
template <operand X>
[[nodiscard]] auto softsign(X&& x) {
  return calls::elementwise(functions::softsign{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> softsign_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::softsign{}, std::forward<X>(x));
}
template <target X>
result<void> softsign_(X&& x) {
  return calls::elementwise_in_place(functions::softsign{}, x);
}

/// log sigmoid(x) = -softplus(-x), without cancellation or overflow.
/// Bound    3 ulp
template <operand X>
[[nodiscard]] auto logsigmoid(X&& x) {
  return calls::elementwise(functions::logsigmoid{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> logsigmoid_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::logsigmoid{}, std::forward<X>(x));
}
template <target X>
result<void> logsigmoid_(X&& x) {
  return calls::elementwise_in_place(functions::logsigmoid{}, x);
}

/// min(max(x + 3, 0), 6) / 6.
template <operand X>
[[nodiscard]] auto hardsigmoid(X&& x) {
  return calls::elementwise(functions::hardsigmoid{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> hardsigmoid_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::hardsigmoid{}, std::forward<X>(x));
}
template <target X>
result<void> hardsigmoid_(X&& x) {
  return calls::elementwise_in_place(functions::hardsigmoid{}, x);
}

/// x min(max(x + 3, 0), 6) / 6.
template <operand X>
[[nodiscard]] auto hardswish(X&& x) {
  return calls::elementwise(functions::hardswish{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> hardswish_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::hardswish{}, std::forward<X>(x));
}
template <target X>
result<void> hardswish_(X&& x) {
  return calls::elementwise_in_place(functions::hardswish{}, x);
}

/// x between min_val and max_val, the nearer bound beyond them. Integers, too; the bounds are then cut to whole numbers. Exact.
/// Errors   invalid_argument unless min_val <= max_val.
template <operand X>
[[nodiscard]] auto hardtanh(X&& x, const hardtanh_options& o = {}) {
  return calls::elementwise_unless(
      calls::check_option("hardtanh", "min_val", o.min_val, o.min_val <= o.max_val, "at most max_val"),
      functions::hardtanh{{}, o.min_val, o.max_val}, std::forward<X>(x));
}
template <target O, operand X>
result<void> hardtanh_into(O&& out, X&& x, const hardtanh_options& o = {}) {
  if (error e = calls::check_option("hardtanh", "min_val", o.min_val, o.min_val <= o.max_val, "at most max_val");
      !(e == error_code::none))
    return e;
  return calls::elementwise_into(out, functions::hardtanh{{}, o.min_val, o.max_val}, std::forward<X>(x));
}
template <target X>
result<void> hardtanh_(X&& x, const hardtanh_options& o = {}) {
  return hardtanh_into(x, x, o);
}

/// 0 where |x| <= lambda, else x. Exact.
template <operand X>
[[nodiscard]] auto hardshrink(X&& x, const shrink_options& o = {}) {
  return calls::elementwise(functions::hardshrink{{}, o.lambda}, std::forward<X>(x));
}
template <target O, operand X>
result<void> hardshrink_into(O&& out, X&& x, const shrink_options& o = {}) {
  return calls::elementwise_into(out, functions::hardshrink{{}, o.lambda}, std::forward<X>(x));
}
template <target X>
result<void> hardshrink_(X&& x, const shrink_options& o = {}) {
  return calls::elementwise_in_place(functions::hardshrink{{}, o.lambda}, x);
}

/// x - lambda above lambda, x + lambda below -lambda, else 0. One rounding.
/// Errors   invalid_argument for lambda < 0.
template <operand X>
[[nodiscard]] auto softshrink(X&& x, const shrink_options& o = {}) {
  return calls::elementwise_unless(calls::check_option("softshrink", "lambda", o.lambda, o.lambda >= 0, "0 or more"),
                                   functions::softshrink{{}, o.lambda}, std::forward<X>(x));
}
template <target O, operand X>
result<void> softshrink_into(O&& out, X&& x, const shrink_options& o = {}) {
  if (error e = calls::check_option("softshrink", "lambda", o.lambda, o.lambda >= 0, "0 or more");
      !(e == error_code::none))
    return e;
  return calls::elementwise_into(out, functions::softshrink{{}, o.lambda}, std::forward<X>(x));
}
template <target X>
result<void> softshrink_(X&& x, const shrink_options& o = {}) {
  return softshrink_into(x, x, o);
}

/// x - tanh x, without cancellation near 0.
/// Bound    4.5 ulp
template <operand X>
[[nodiscard]] auto tanhshrink(X&& x) {
  return calls::elementwise(functions::tanhshrink{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> tanhshrink_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::tanhshrink{}, std::forward<X>(x));
}
template <target X>
result<void> tanhshrink_(X&& x) {
  return calls::elementwise_in_place(functions::tanhshrink{}, x);
}

/// x where x > threshold, else value. Integers, too; both numbers are then cut to whole ones. Exact. NaN stays NaN.
template <operand X>
[[nodiscard]] auto threshold(X&& x, double threshold, double value) {
  return calls::elementwise(functions::threshold{{}, threshold, value}, std::forward<X>(x));
}
template <target O, operand X>
result<void> threshold_into(O&& out, X&& x, double threshold, double value) {
  return calls::elementwise_into(out, functions::threshold{{}, threshold, value}, std::forward<X>(x));
}
template <target X>
result<void> threshold_(X&& x, double threshold, double value) {
  return calls::elementwise_in_place(functions::threshold{{}, threshold, value}, x);
}

/// x for x > 0, else weight x. The weight is one number for all, or one for each channel (dimension 1 of x), in a tensor of
/// rank 1. One rounding.
/// Errors   shape_mismatch if the weight has neither 1 nor x.size(1) elements.
template <operand X, operand W>
[[nodiscard]] auto prelu(X&& x, W&& weight) -> result<tensor<calls::elementwise_value<functions::prelu, X, W>>> {
  const holder_t<X> held(x);
  const holder_t<W> held_weight(weight);
  if (held.get() == nullptr) return held.error();
  if (held_weight.get() == nullptr) return held_weight.error();
  TENON_TRY(any_tensor w, calls::weight_by_channel(held.get()->any(), held_weight.get()->any()));
  return calls::elementwise(functions::prelu{}, *held.get(), tensor<value_t<W>>::unchecked(std::move(w)));
}
template <target O, operand X, operand W>
result<void> prelu_into(O&& out, X&& x, W&& weight) {
  const holder_t<X> held(x);
  const holder_t<W> held_weight(weight);
  if (held.get() == nullptr) return held.error();
  if (held_weight.get() == nullptr) return held_weight.error();
  TENON_TRY(any_tensor w, calls::weight_by_channel(held.get()->any(), held_weight.get()->any()));
  return calls::elementwise_into(out, functions::prelu{}, *held.get(), tensor<value_t<W>>::unchecked(std::move(w)));
}
template <target X, operand W>
result<void> prelu_(X&& x, W&& weight) {
  return prelu_into(x, x, std::forward<W>(weight));
}

/// leaky_relu with the slope (lower + upper) / 2, or in training one for each element, uniform in [lower, upper) (Xu et al.
/// 2015, arXiv:1505.00853). Element i, in C order, takes position offset + i of the generator. In training the slopes are
/// memory of x's size, also for rrelu_.
/// Errors   invalid_argument unless lower <= upper.
template <operand X>
[[nodiscard]] auto rrelu(X&& x, const rrelu_options& o = {}, generator& numbers = default_generator())
    -> result<tensor<value_t<X>>> {
  const holder_t<X> held(x);
  if (held.get() == nullptr) return held.error();
  if (error e = calls::check_option("rrelu", "lower", o.lower, o.lower <= o.upper, "at most upper");
      !(e == error_code::none))
    return e;
  if (!o.training) return calls::elementwise_as("rrelu", functions::leaky_relu{{}, (o.lower + o.upper) / 2}, *held.get());
  TENON_TRY(auto slopes, calls::random_slopes<value_t<X>>(held.get()->any(), o, numbers));
  return calls::elementwise(functions::rrelu{}, *held.get(), std::move(slopes));
}
template <target O, operand X>
result<void> rrelu_into(O&& out, X&& x, const rrelu_options& o = {}, generator& numbers = default_generator()) {
  const holder_t<X> held(x);
  if (held.get() == nullptr) return held.error();
  if (error e = calls::check_option("rrelu", "lower", o.lower, o.lower <= o.upper, "at most upper");
      !(e == error_code::none))
    return e;
  if (!o.training) return calls::elementwise_into_as("rrelu", out, functions::leaky_relu{{}, (o.lower + o.upper) / 2}, *held.get());
  TENON_TRY(auto slopes, calls::random_slopes<value_t<X>>(held.get()->any(), o, numbers));
  return calls::elementwise_into(out, functions::rrelu{}, *held.get(), slopes);
}
template <target X>
result<void> rrelu_(X&& x, const rrelu_options& o = {}, generator& numbers = default_generator()) {
  return rrelu_into(x, x, o, numbers);
}

/// a sigmoid(b), where a and b are the two halves of x along `dim` (Dauphin et al. 2016, arXiv:1612.08083).
/// x (..., 2 n, ...) -> (..., n, ...).          Bound    3.5 ulp
/// Errors   dim_out_of_range; shape_mismatch where the extent is odd.
template <operand X>
[[nodiscard]] auto glu(X&& x, index_t dim = -1) -> result<tensor<value_t<X>>> {
  const holder_t<X> held(x);
  if (held.get() == nullptr) return held.error();
  TENON_TRY(const auto halves, calls::halves_of("glu", held.get()->any(), dim));
  return calls::elementwise(functions::glu{}, tensor<value_t<X>>::unchecked(halves.first),
                            tensor<value_t<X>>::unchecked(halves.second));
}
template <target O, operand X>
result<void> glu_into(O&& out, X&& x, index_t dim = -1) {
  const holder_t<X> held(x);
  if (held.get() == nullptr) return held.error();
  TENON_TRY(const auto halves, calls::halves_of("glu", held.get()->any(), dim));
  return calls::elementwise_into(out, functions::glu{}, tensor<value_t<X>>::unchecked(halves.first),
                                 tensor<value_t<X>>::unchecked(halves.second));
}

}  // namespace tenon::inline v0::inline TENON_BUILD

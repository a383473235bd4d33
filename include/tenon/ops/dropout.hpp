#pragma once
// The dropout family.
#include <tenon/kernels/functions/dropout.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/random.hpp>
#include <tenon/ops/lazy.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct dropout_options {
  double p = 0.5;                // probability that an element (or channel) is dropped
  bool training = true;          // false: x comes back as it is
};

namespace op {

struct dropout {
  static constexpr const char* name = "dropout";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class>
  using kernel = kernels::random_kernel<bool, kernels::bernoulli_numbers>;       // and functions::drop
};

}  // namespace op

namespace calls {

// What shares one number: each element has its own, or all of a channel (batch, channel, ...). With one or three spatial
// dimensions the batch may be left out; with two it may not, since PyTorch takes (a, b, c) for a batch of lines.
enum class dropped : std::uint8_t { elements, channels, channels_of_lines, channels_of_volumes };

// True with probability 1 - p.
inline result<tensor<bool>> keep_mask(const char* op, const any_tensor& x, dropped what, double p, generator& numbers) {
  if (!(p >= 0 && p <= 1)) return error(error_code::invalid_argument, op, make_text("p is ", p, ", but a probability lies in 0 .. 1"));
  shape s = x.shape();
  const int rank = x.rank();
  if (what == dropped::channels_of_lines && rank != 2 && rank != 3)
    return error(error_code::shape_mismatch, op, make_text("input ", s, " must have 3 dimensions (batch, channel, length) or 2 without a batch"));
  if (what != dropped::elements && rank < 2)
    return error(error_code::shape_mismatch, op, make_text("input ", s, " needs a batch and a channel dimension"));
  const bool unbatched = (what == dropped::channels_of_lines && rank == 2) || (what == dropped::channels_of_volumes && rank == 4);
  for (int d = unbatched ? 1 : 2; what != dropped::elements && d < rank; ++d) s.set(d, 1);
  TENON_TRY(any_tensor mask, allocate_tensor(op, s, dtype::boolean, x.where()));
  TENON_TRY_VOID(fill_random<bool>(op, mask, numbers, kernels::bernoulli_numbers{1 - p}));
  return tensor<bool>::unchecked(std::move(mask));
}

inline functions::drop drop_function(double p) { return {p < 1 ? 1 / (1 - p) : 0}; }

// Klambauer et al. 2017, arXiv:1706.02515: dropped elements become -lambda alpha of selu; a and b restore mean and variance.
inline functions::drop_to_saturation alpha_function(double p) {
  constexpr double saturation = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717;
  const double a = p < 1 ? 1 / __builtin_sqrt((1 - p) * (1 + p * saturation * saturation)) : 0;
  const double b = -a * p * saturation;
  return {a, b, a * saturation + b};
}

template <class F, class X>
auto drop_out(const char* name, const F& f, dropped what, const X& x, const dropout_options& o, generator& numbers) -> result<tensor<value_t<X>>> {
  using T = value_t<X>;
  check_dtypes<op::dropout, X>();
  return with_tensors<true>(
      name,
      [&](const any_tensor& in) -> result<tensor<T>> {
        const auto typed = tensor<T>::unchecked(in);
        if (!o.training) return eval(make_expression(functions::identity{}, lazy(typed)));
        TENON_TRY(const auto mask, keep_mask(name, in, what, o.p, numbers));
        return elementwise(f, mask, typed);
      },
      x);
}
template <class F, class O, class X>
result<void> drop_out_into(const char* name, const F& f, dropped what, O&& out, const X& x, const dropout_options& o, generator& numbers) {
  check_dtypes<op::dropout, X>();
  return with_tensors<true>(
      name,
      [&](const any_tensor& in) -> result<void> {
        const auto typed = tensor<value_t<X>>::unchecked(in);
        if (!o.training) return elementwise_into(out, functions::identity{}, typed);
        TENON_TRY(const auto mask, keep_mask(name, in, what, o.p, numbers));
        return elementwise_into(out, f, mask, typed);
      },
      x);
}

}  // namespace calls

/// dropout(x, {.p, .training}): each element zero with probability p, else x / (1 - p). Without training, a copy of x.
///
/// dropout1d, 2d, 3d drop whole channels of x (N, C, ...); 1d and 3d also of (C, ...), with one dimension less. alpha_dropout drops to selu's lower limit and rescales so that mean
/// and variance stay; feature_alpha_dropout does so by channels.
/// Dtypes   float, double, half, bfloat16.
/// Special  A dropped element is zero even where x is NaN or inf. p = 1 drops all.
/// Numbers  Element i (channel i) takes position offset + i of the generator: the same for every layout, thread count and
///          dtype. The default generator, unless one is given.
/// Errors   invalid_argument, shape_mismatch, out_of_memory.
/// The mask is memory of a byte per element (channel), also for the _into and _ forms.
template <operand X>
[[nodiscard]] auto dropout(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out("dropout", calls::drop_function(options.p), calls::dropped::elements, x, options, numbers);
}
template <target O, operand X>
result<void> dropout_into(O&& out, X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out_into("dropout", calls::drop_function(options.p), calls::dropped::elements, out, x, options, numbers);
}
template <target X>
result<void> dropout_(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return dropout_into(x, x, options, numbers);
}
template <operand X>
[[nodiscard]] auto dropout1d(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out("dropout1d", calls::drop_function(options.p), calls::dropped::channels_of_lines, x, options, numbers);
}
template <target O, operand X>
result<void> dropout1d_into(O&& out, X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out_into("dropout1d", calls::drop_function(options.p), calls::dropped::channels_of_lines, out, x, options, numbers);
}
template <target X>
result<void> dropout1d_(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return dropout1d_into(x, x, options, numbers);
}
template <operand X>
[[nodiscard]] auto dropout2d(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out("dropout2d", calls::drop_function(options.p), calls::dropped::channels, x, options, numbers);
}
template <target O, operand X>
result<void> dropout2d_into(O&& out, X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out_into("dropout2d", calls::drop_function(options.p), calls::dropped::channels, out, x, options, numbers);
}
template <target X>
result<void> dropout2d_(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return dropout2d_into(x, x, options, numbers);
}
template <operand X>
[[nodiscard]] auto dropout3d(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out("dropout3d", calls::drop_function(options.p), calls::dropped::channels_of_volumes, x, options, numbers);
}
template <target O, operand X>
result<void> dropout3d_into(O&& out, X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out_into("dropout3d", calls::drop_function(options.p), calls::dropped::channels_of_volumes, out, x, options, numbers);
}
template <target X>
result<void> dropout3d_(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return dropout3d_into(x, x, options, numbers);
}
template <operand X>
[[nodiscard]] auto alpha_dropout(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out("alpha_dropout", calls::alpha_function(options.p), calls::dropped::elements, x, options, numbers);
}
template <target O, operand X>
result<void> alpha_dropout_into(O&& out, X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out_into("alpha_dropout", calls::alpha_function(options.p), calls::dropped::elements, out, x, options, numbers);
}
template <target X>
result<void> alpha_dropout_(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return alpha_dropout_into(x, x, options, numbers);
}
template <operand X>
[[nodiscard]] auto feature_alpha_dropout(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out("feature_alpha_dropout", calls::alpha_function(options.p), calls::dropped::channels, x, options, numbers);
}
template <target O, operand X>
result<void> feature_alpha_dropout_into(O&& out, X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return calls::drop_out_into("feature_alpha_dropout", calls::alpha_function(options.p), calls::dropped::channels, out, x, options, numbers);
}
template <target X>
result<void> feature_alpha_dropout_(X&& x, const dropout_options& options = {}, generator& numbers = default_generator()) {
  return feature_alpha_dropout_into(x, x, options, numbers);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

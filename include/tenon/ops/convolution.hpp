#pragma once
// conv1d, conv2d, conv3d.
#include <tenon/kernels/cpu/convolution.hpp>
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/cudnn_status.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/spatial.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

using conv_algorithm = kernels::convolution_algorithm;   // automatic, direct, im2col, cudnn

template <int D>
struct conv_options {
  spatial<D> stride = 1;
  spatial_padding<D> padding = 0;
  spatial<D> dilation = 1;
  index_t groups = 1;
  conv_algorithm algorithm = conv_algorithm::automatic;
};

namespace op {

template <int D>
struct convolution {
  static constexpr const char* name = D == 1 ? "conv1d" : D == 2 ? "conv2d" : "conv3d";
  static constexpr dtype_set dtypes = numeric_dtypes;
  static constexpr bool trusts_noalias = true;
  template <class T>
  using kernel = kernels::convolution_kernel<T>;
  conv_options<D> options;

  // The problem as the kernel wants it: three spatial dimensions, a batch.
  result<kernels::convolution_shape> problem(const any_tensor& x, const any_tensor& w, const any_tensor* bias) const {
    if (x.rank() != D + 2 && x.rank() != D + 1)
      return error(error_code::shape_mismatch, name,
                   make_text("input ", x.shape(), " must have ", D + 2, " dimensions (batch, channels, ", D, " spatial) or ", D + 1, " without a batch"));
    if (w.rank() != D + 2)
      return error(error_code::shape_mismatch, name, make_text("weight ", w.shape(), " must have ", D + 2, " dimensions (out, in / groups, ", D, " spatial)"));
    const int first = x.rank() - D;
    kernels::convolution_shape s;
    s.batch = first == 2 ? x.size(0) : 1;
    s.in_channels = x.size(first - 1);
    s.out_channels = w.size(0);
    s.groups = options.groups;
    if (s.groups < 1 || s.in_channels % s.groups != 0 || s.out_channels % s.groups != 0)
      return error(error_code::invalid_argument, name,
                   make_text("groups ", s.groups, " must divide the ", s.in_channels, " input and ", s.out_channels, " output channels"));
    if (w.size(1) != s.group_in())
      return error(error_code::shape_mismatch, name,
                   make_text("input ", x.shape(), " has ", s.in_channels, " channels, but weight ", w.shape(), " with groups ", s.groups, " expects ",
                             w.size(1) * s.groups, " (weight.size(1) must equal input.size(", first - 1, ") / groups)"));
    if (bias && (bias->rank() != 1 || bias->size(0) != s.out_channels))
      return error(error_code::shape_mismatch, name, make_text("bias ", bias->shape(), " must have shape [", s.out_channels, "], one for each output channel"));
    for (int d = 0; d < D; ++d) {
      const int to = 3 - D + d;
      const index_t stride = options.stride[d], dilation = options.dilation[d], k = w.size(2 + d), in = x.size(first + d);
      index_t pad = options.padding.amount[d], reach = 0, padded = 0;
      const auto refuse = [](const auto&... what) { return error(error_code::invalid_argument, name, make_text(what...)); };
      if (stride < 1) return refuse("stride ", options.stride, " must be 1 or more in each dimension");
      if (dilation < 1) return refuse("dilation ", options.dilation, " must be 1 or more in each dimension; 1 leaves no gaps between the taps");
      if (pad < 0) return refuse("padding ", options.padding.amount, " must be 0 or more in each dimension; to cut the input at its ends, take a narrow or slice of it");
      if (k < 1) return refuse("weight ", w.shape(), " has an empty kernel; its last ", D, D == 1 ? " extent" : " extents", " must be 1 or more");
      constexpr index_t farthest = index_t{1} << 40;             // more places than any memory has, and all products fit
      if (!checked_multiply(k - 1, dilation, reach) || pad > farthest || reach > farthest)
        return error(error_code::size_overflow, name, make_text("padding ", options.padding.amount, " or dilation ", options.dilation, " is too large"));
      if (options.padding.same && stride != 1)
        return error(error_code::invalid_argument, name, make_text("padding::same needs stride 1, got ", options.stride));
      padded = in + (options.padding.same ? reach : 2 * pad);
      if (options.padding.same) pad = reach / 2;
      if (padded < reach + 1)
        return error(error_code::shape_mismatch, name,
                     make_text("the kernel of weight ", w.shape(), " with dilation ", options.dilation, " reaches over ", reach + 1,
                               " places, but the padded input ", x.shape(), " has ", padded, " in spatial dimension ", d));
      s.in[to] = in;
      s.kernel[to] = k;
      s.pad[to] = pad;
      s.out[to] = (padded - reach - 1) / stride + 1;
      s.stride[to] = s.out[to] > 1 ? stride : 1;                 // where no step is taken its size does not matter
      s.dilation[to] = k > 1 ? dilation : 1;
    }
    return s;
  }

  result<shape> check(const any_tensor& x, const any_tensor& w, const any_tensor* bias) const {
    TENON_TRY(const auto s, problem(x, w, bias));
    if (options.algorithm == conv_algorithm::cudnn && x.device() == device::cpu)
      return error(error_code::unsupported, name, make_text("algorithm cudnn is for the GPU: move the operands with to(x, device::cuda), or choose automatic"));
    shape out;
    if (x.rank() == D + 2) out.push_back(s.batch);
    out.push_back(s.out_channels);
    for (int d = 3 - D; d < 3; ++d) out.push_back(s.out[d]);
    return out;
  }

  // What runs for these operands; of a call that fails, its error.
  result<conv_algorithm> algorithm(const any_tensor& x, const any_tensor& w) const {
    TENON_TRY_VOID(check(x, w, nullptr));
    if (x.device() != device::cpu && options.algorithm == conv_algorithm::automatic)
      return error(error_code::unsupported, name, make_text("on a GPU cuDNN is asked first, and only the call itself finds out whether it takes the operands"));
    TENON_TRY(const auto s, problem(x, w, nullptr));
    return kernels::choose_convolution(s, options.algorithm);
  }

  template <class T, class W, class B>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& w, const any_tensor* bias) const {
    static_assert(std::is_same_v<T, W> && (std::is_void_v<B> || std::is_same_v<T, B>),
                  "input, weight and bias must have one element type; convert with tenon::to<T>(x)");
    TENON_TRY(const auto s, problem(x, w, bias));
    TENON_TRY(const auto convolve, calls::kernel<kernel<T>>(name, x.where(), s.flops() / 50));
    TENON_TRY(const any_tensor weights, calls::dense(name, w));
    any_tensor biases;
    if (bias) {
      TENON_TRY(biases, calls::dense(name, *bias));
    }
    any_tensor target = out;
    if (!out.contiguous()) {
      TENON_TRY(target, allocate_tensor(name, out.shape(), out.dtype(), out.where()));
    }
    kernels::convolution_operands<T> o;
    o.out = target.template kernel_view<T>();
    o.x = calls::image_view<T>(x, D);
    o.w = reinterpret_cast<const T*>(weights.bytes());
    o.bias = bias ? reinterpret_cast<const T*>(biases.bytes()) : nullptr;
    const auto plan = convolve.context.queue ? kernels::plan_device_convolution(s, options.algorithm, o)
                                             : kernels::cpu::plan_convolution(s, options.algorithm, o, convolve.context.threads);
    TENON_TRY(const storage_ptr memory, calls::workspace(name, plan.workspace_bytes, x.where()));
    TENON_TRY_VOID(finish(convolve(plan, o, calls::data_of(memory))));
    if (!out.contiguous()) calls::copy(target, out);
    return {};
  }

 private:
  static result<void> finish(kernels::status s) {
    const char* const text = kernels::cudnn_text(s);
    if (text == nullptr) return calls::finish(name, s);
    using kernels::status_code;
    const error_code code = s.code == status_code::unsupported     ? error_code::unsupported
                            : s.code == status_code::out_of_memory ? error_code::out_of_memory
                                                                   : error_code::device_failure;
    if (s.detail < 0) return error(code, name, make_text("algorithm cudnn: ", text));
    return error(code, name, make_text("algorithm cudnn: ", text, " (cuDNN's status ", s.detail, ")"));
  }
};

}  // namespace op

/// conv2d(x, w, b)[n, o, p, q] = b[o] + sum_{c, i, j} x[n, c, p s + i d - pad, q s + j d - pad] w[o, c, i, j]
///
/// x (N, C, spatial...) or (C, spatial...)   w (O, C / groups, kernel...)   b (O) or `none`   ->   (N, O, out...) or (O, out...)
/// out = (in + 2 padding - dilation (kernel - 1) - 1) / stride + 1.     padding::same keeps the size (stride 1).
/// Options    {.stride, .padding, .dilation, .groups, .algorithm}, each spatial one a number or a list.
/// Algorithm  direct, im2col, or automatic, which takes the faster one (conv2d_algorithm says which); both are exact up to the order of summation. On a GPU automatic
///            prefers cuDNN where that is installed, but for groups of fewer than four output channels; `cudnn` asks for it, and is an error
///            where it is missing. Only such of its algorithms are taken as keep the lines below and are deterministic; float is not cut to TF32.
/// Dtypes     float, double, half, bfloat16 (computed in float, rounded once); integers, which wrap.
/// Bound      |error| <= (C / groups * kernel + 1) u sum |x| |w|, u = half an ulp of 1.
/// Special    NaN and inf propagate. Padding is zeros: an infinite weight makes NaN of it.
/// Errors     shape_mismatch, invalid_argument, size_overflow, out_of_memory.
template <operand X, operand W, calls::optional_operand B>
[[nodiscard]] auto conv1d(X&& x, W&& w, B&& b, const conv_options<1>& options = {}) {
  return calls::allocate(op::convolution<1>{options}, x, w, b);
}
template <operand X, operand W, calls::optional_operand B>
[[nodiscard]] auto conv2d(X&& x, W&& w, B&& b, const conv_options<2>& options = {}) {
  return calls::allocate(op::convolution<2>{options}, x, w, b);
}
template <operand X, operand W, calls::optional_operand B>
[[nodiscard]] auto conv3d(X&& x, W&& w, B&& b, const conv_options<3>& options = {}) {
  return calls::allocate(op::convolution<3>{options}, x, w, b);
}
template <operand X, operand W>
[[nodiscard]] auto conv1d(X&& x, W&& w, const conv_options<1>& options = {}) {
  return conv1d(x, w, none, options);
}
template <operand X, operand W>
[[nodiscard]] auto conv2d(X&& x, W&& w, const conv_options<2>& options = {}) {
  return conv2d(x, w, none, options);
}
template <operand X, operand W>
[[nodiscard]] auto conv3d(X&& x, W&& w, const conv_options<3>& options = {}) {
  return conv3d(x, w, none, options);
}
template <target O, operand X, operand W, calls::optional_operand B>
result<void> conv1d_into(O&& out, X&& x, W&& w, B&& b, const conv_options<1>& options = {}) {
  return calls::into(op::convolution<1>{options}, out, x, w, b);
}
template <target O, operand X, operand W, calls::optional_operand B>
result<void> conv2d_into(O&& out, X&& x, W&& w, B&& b, const conv_options<2>& options = {}) {
  return calls::into(op::convolution<2>{options}, out, x, w, b);
}
template <target O, operand X, operand W, calls::optional_operand B>
result<void> conv3d_into(O&& out, X&& x, W&& w, B&& b, const conv_options<3>& options = {}) {
  return calls::into(op::convolution<3>{options}, out, x, w, b);
}

/// conv2d_algorithm(x, w, options): what conv2d with these operands runs, so what {.algorithm = automatic} comes to: direct or im2col. The bias
/// has no part in that.        unsupported: automatic on a GPU. Else the errors of conv2d.
template <operand X, operand W>
[[nodiscard]] result<conv_algorithm> conv1d_algorithm(const X& x, const W& w, const conv_options<1>& options = {}) {
  return calls::with_tensors<true>(
      "conv1d_algorithm", [&](const any_tensor& a, const any_tensor& b) { return op::convolution<1>{options}.algorithm(a, b); }, x, w);
}
template <operand X, operand W>
[[nodiscard]] result<conv_algorithm> conv2d_algorithm(const X& x, const W& w, const conv_options<2>& options = {}) {
  return calls::with_tensors<true>(
      "conv2d_algorithm", [&](const any_tensor& a, const any_tensor& b) { return op::convolution<2>{options}.algorithm(a, b); }, x, w);
}
template <operand X, operand W>
[[nodiscard]] result<conv_algorithm> conv3d_algorithm(const X& x, const W& w, const conv_options<3>& options = {}) {
  return calls::with_tensors<true>(
      "conv3d_algorithm", [&](const any_tensor& a, const any_tensor& b) { return op::convolution<3>{options}.algorithm(a, b); }, x, w);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

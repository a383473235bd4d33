#pragma once
// layer_norm, rms_norm, group_norm, instance_norm, batch_norm.
#include <tenon/kernels/cpu/normalization.hpp>
#include <tenon/ops/calls/call.hpp>

#include <limits>

namespace tenon::inline v0::inline TENON_BUILD {

struct norm_options {
  double eps = 1e-5;                 // added to the variance
};
struct rms_norm_options {
  double eps = 0;                    // added to the mean of squares; 0: the dtype's epsilon, as in PyTorch
};
struct instance_norm_options {
  bool use_input_stats = true;       // false: normalize with the running statistics
  double momentum = 0.1;
  double eps = 1e-5;
};
struct batch_norm_options {
  bool training = false;             // statistics of the batch, which update the running ones
  double momentum = 0.1;             // running = (1 - momentum) * running + momentum * batch
  double eps = 1e-5;
};

namespace calls {

// One of the per-channel (or per-element) operands: of the wanted shape, dense afterwards.
inline result<any_tensor> parameter(const char* op, const char* what, const any_tensor* x, const shape& wanted) {
  if (x == nullptr) return any_tensor();
  if (x->shape() != wanted) return error(error_code::shape_mismatch, op, make_text(what, " ", x->shape(), " must have shape ", wanted));
  return dense(op, *x);
}
template <class T>
const T* data_or_null(const any_tensor& x) {
  return x.defined() ? reinterpret_cast<const T*>(x.bytes()) : nullptr;
}

// Runs f(dense out, dense x): with copies where the tensors are not dense.
template <class F>
result<void> on_dense(const char* op, any_tensor& out, const any_tensor& x, F f) {
  TENON_TRY(const any_tensor from, dense(op, x));
  any_tensor to = out;
  if (!out.contiguous()) {
    TENON_TRY(to, allocate_tensor(op, out.shape(), out.dtype(), out.where()));
  }
  TENON_TRY_VOID(f(to, from));
  if (!out.contiguous()) copy(to, out);
  return {};
}

}  // namespace calls

namespace op {

// Layer, group and root-mean-square normalization: statistics per row of a dense matrix.
struct row_norm {
  enum class kind : std::uint8_t { layer, rms, group };
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr bool in_place = true;
  static constexpr bool trusts_noalias = true;
  static constexpr const char* name = "layer_norm";
  template <class T>
  using kernel = kernels::row_normalization_kernel<T>;

  kind what = kind::layer;
  shape normalized;                 // layer, rms: the trailing dimensions that a row is made of
  index_t groups = 1;
  double eps = 1e-5;

  shape parameter_shape(const any_tensor& x) const { return what == kind::group ? shape(x.size(1)) : normalized; }

  result<shape> check(const any_tensor& x, const any_tensor* weight, const any_tensor* bias) const {
    if (what == kind::group) {
      if (x.rank() < 2)
        return error(error_code::shape_mismatch, name, make_text("input ", x.shape(), " needs a batch and a channel dimension"));
      if (groups < 1 || x.size(1) % groups != 0)
        return error(error_code::invalid_argument, name, make_text("groups ", groups, " must divide the ", x.size(1), " channels of ", x.shape()));
    } else {
      bool fits = normalized.rank() > 0 && normalized.rank() <= x.rank();
      for (int d = 1; fits && d <= normalized.rank(); ++d) fits = normalized[-d] == x.size(-d);
      if (!fits)
        return error(error_code::shape_mismatch, name,
                     make_text("normalized_shape ", normalized, " must be the last dimensions of input ", x.shape()));
    }
    if (!(eps >= 0)) return error(error_code::invalid_argument, name, make_text("eps must be 0 or more, got ", eps));
    TENON_TRY_VOID(calls::parameter(name, "weight", weight, parameter_shape(x)));
    TENON_TRY_VOID(calls::parameter(name, "bias", bias, parameter_shape(x)));
    return x.shape();
  }

  template <class T, class W = void, class B = void>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor* weight, const any_tensor* bias) const {
    static_assert((std::is_void_v<W> || std::is_same_v<W, T>) && (std::is_void_v<B> || std::is_same_v<B, T>),
                  "input, weight and bias must have one element type; convert with tenon::to<T>(x)");
    TENON_TRY(const any_tensor w, calls::parameter(name, "weight", weight, parameter_shape(x)));
    TENON_TRY(const any_tensor b, calls::parameter(name, "bias", bias, parameter_shape(x)));
    TENON_TRY(const auto normalize, calls::kernel<kernel<T>>(name, x.where(), 0.7 * static_cast<double>(x.numel())));
    return calls::on_dense(name, out, x, [&](any_tensor& to, const any_tensor& from) -> result<void> {
      kernels::row_normalization<T> p;
      p.out = reinterpret_cast<T*>(to.bytes());
      p.x = reinterpret_cast<const T*>(from.bytes());
      p.weight = calls::data_or_null<T>(w);
      p.bias = calls::data_or_null<T>(b);
      p.eps = what == kind::rms && eps == 0 ? static_cast<double>(std::numeric_limits<T>::epsilon()) : eps;
      p.subtract_mean = what != kind::rms;
      if (what == kind::group) {
        p.row_groups = groups;
        p.rows = from.size(0) * groups;
        p.n = p.rows == 0 ? 0 : from.numel() / p.rows;
        p.segment = from.size(1) == 0 || p.n == 0 ? 1 : p.n / (from.size(1) / groups);
        if (p.segment == 1 && groups > 1 && x.device() == device::cpu) return per_pixel(p);
      } else {
        p.n = normalized.numel();
        p.rows = p.n == 0 ? 0 : from.numel() / p.n;
      }
      return calls::finish(name, normalize(p));
    });
  }

 private:
  // Groups of channels without pixels: a row's weights start at its own group.
  template <class T>
  result<void> per_pixel(kernels::row_normalization<T> p) const {
    const index_t groups_per_image = p.row_groups, images = p.rows / groups_per_image;
    const auto whole = p;
    for (index_t g = 0; g < groups_per_image; ++g)
      for (index_t i = 0; i < images; ++i) {
        const index_t row = i * groups_per_image + g;
        p.rows = 1;
        p.out = whole.out + row * whole.n;
        p.x = whole.x + row * whole.n;
        p.weight = whole.weight ? whole.weight + g * whole.n : nullptr;
        p.bias = whole.bias ? whole.bias + g * whole.n : nullptr;
        TENON_TRY_VOID(calls::finish(name, kernels::cpu::normalize_rows(kernels::context{}, p)));
      }
    return {};
  }
};

// Statistics per channel, of the batch or given.
struct batch_norm {
  static constexpr const char* name = "batch_norm";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr bool in_place = true;
  template <class T>
  using kernel = kernels::channel_normalization_kernel<T>;
  batch_norm_options options;

  result<shape> check(const any_tensor& x, const any_tensor* means, const any_tensor* variances, const any_tensor* weight, const any_tensor* bias) const {
    if (x.rank() < 2)
      return error(error_code::shape_mismatch, name, make_text("input ", x.shape(), " needs a batch and a channel dimension"));
    const shape channels(x.size(1));
    TENON_TRY_VOID(calls::parameter(name, "running_mean", means, channels));
    TENON_TRY_VOID(calls::parameter(name, "running_var", variances, channels));
    TENON_TRY_VOID(calls::parameter(name, "weight", weight, channels));
    TENON_TRY_VOID(calls::parameter(name, "bias", bias, channels));
    if (!(options.eps >= 0)) return error(error_code::invalid_argument, name, make_text("eps must be 0 or more, got ", options.eps));
    if ((means == nullptr) != (variances == nullptr))
      return error(error_code::invalid_argument, name, make_text("running_mean and running_var are given together or not at all"));
    if (!options.training && means == nullptr)
      return error(error_code::invalid_argument, name, make_text("without training, running_mean and running_var are needed"));
    if (options.training && x.numel() > 0 && x.numel() / x.size(1) == 1)
      return error(error_code::invalid_argument, name, make_text("training needs more than one value per channel, got input ", x.shape()));
    for (const any_tensor* running : {means, variances})
      if (options.training && running && (!running->writable() || running->overlaps_itself()))
        return error(error_code::not_writable, name, make_text("training updates the running statistics, which are read-only or overlap themselves"));
    return x.shape();
  }

  template <class T, class M, class V, class W, class B>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor* means, const any_tensor* variances, const any_tensor* weight, const any_tensor* bias) const {
    static_assert((std::is_void_v<M> || std::is_same_v<M, T>) && (std::is_void_v<V> || std::is_same_v<V, T>) &&
                      (std::is_void_v<W> || std::is_same_v<W, T>) && (std::is_void_v<B> || std::is_same_v<B, T>),
                  "all operands of batch_norm must have one element type; convert with tenon::to<T>(x)");
    using C = compute_t<T>;
    const index_t channels = x.size(1);
    const shape per_channel(channels);
    TENON_TRY(const any_tensor w, calls::parameter(name, "weight", weight, per_channel));
    TENON_TRY(const any_tensor b, calls::parameter(name, "bias", bias, per_channel));
    TENON_TRY(const any_tensor m, calls::parameter(name, "running_mean", options.training ? nullptr : means, per_channel));
    TENON_TRY(const any_tensor v, calls::parameter(name, "running_var", options.training ? nullptr : variances, per_channel));
    TENON_TRY(const auto normalize, calls::kernel<kernel<T>>(name, x.where(), 0.7 * static_cast<double>(x.numel())));
    const bool update = options.training && means && x.numel() > 0;
    any_tensor running_mean = update ? *means : any_tensor(), running_var = update ? *variances : any_tensor();
    const device_queue* const queue = normalize.context.queue;
    const index_t parts = queue && options.training && channels > 0 ? kernels::channel_parts(channels, x.numel() / channels, queue->processors) : 0;
    TENON_TRY(const storage_ptr memory, calls::workspace(name, (2 + 4 * parts) * channels * static_cast<index_t>(sizeof(C)), x.where()));
    C* const statistics = reinterpret_cast<C*>(calls::data_of(memory));
    TENON_TRY_VOID(calls::on_dense(name, out, x, [&](any_tensor& to, const any_tensor& from) -> result<void> {
      kernels::channel_normalization<T> p;
      p.out = reinterpret_cast<T*>(to.bytes());
      p.x = reinterpret_cast<const T*>(from.bytes());
      p.weight = calls::data_or_null<T>(w);
      p.bias = calls::data_or_null<T>(b);
      p.mean = calls::data_or_null<T>(m);
      p.var = calls::data_or_null<T>(v);
      p.batch_mean = statistics;
      p.batch_var = statistics + channels;
      p.partial = statistics + 2 * channels;
      p.parts = parts;
      if (update) {
        const auto mean_view = running_mean.kernel_view<T>(), var_view = running_var.kernel_view<T>();
        p.running = {mean_view.data, var_view.data, mean_view.stride[0], var_view.stride[0], options.momentum};
      }
      p.batch = from.size(0);
      p.channels = from.numel() == 0 ? 0 : channels;
      p.pixels = from.numel() == 0 ? 0 : from.numel() / (p.batch * channels);
      p.eps = options.eps;
      return calls::finish(name, normalize(p));
    }));
    if (update) {
      running_mean.written();
      running_var.written();
    }
    return {};
  }
};

}  // namespace op

namespace calls {

// Each image takes part as a batch of its own; what that makes of the running statistics is averaged over the images.
// `scratch` (of x's shape) is overwritten.
template <class T>
result<void> update_instance_statistics(any_tensor& scratch, const any_tensor& x, const any_tensor& mean, const any_tensor& var,
                                        const instance_norm_options& options) {
  const op::batch_norm training{{true, options.momentum, options.eps}};
  TENON_TRY_VOID(training.check(x, &mean, &var, nullptr, nullptr));
  const index_t images = x.size(0);
  if (x.numel() == 0) return {};
  TENON_TRY(any_tensor means, allocate_tensor("instance_norm", {images, x.size(1)}, x.dtype(), x.where()));
  TENON_TRY(any_tensor vars, allocate_tensor("instance_norm", {images, x.size(1)}, x.dtype(), x.where()));
  TENON_TRY(const any_tensor mean_rows, mean.expand({images, x.size(1)}));
  TENON_TRY(const any_tensor var_rows, var.expand({images, x.size(1)}));
  copy(mean_rows, means);
  copy(var_rows, vars);
  for (index_t i = 0; i < images; ++i) {
    TENON_TRY(const any_tensor image, x.narrow(0, i, 1));
    TENON_TRY(any_tensor out, scratch.narrow(0, i, 1));
    TENON_TRY(const any_tensor m, means.select(0, i));
    TENON_TRY(const any_tensor v, vars.select(0, i));
    TENON_TRY_VOID((training.template run<T, T, T, void, void>(out, image, &m, &v, nullptr, nullptr)));
  }
  const auto average = [images](const any_tensor& rows, any_tensor into) {
    const auto from = rows.kernel_view<T>();
    const auto to = into.kernel_view<T>();
    for (index_t c = 0; c < from.extent[1]; ++c) {
      compute_t<T> sum = 0;
      for (index_t i = 0; i < images; ++i) sum += static_cast<compute_t<T>>(from.data[i * from.stride[0] + c]);
      to.data[c * to.stride[0]] = static_cast<T>(sum / static_cast<compute_t<T>>(images));
    }
    into.written();
  };
  average(means, mean);
  average(vars, var);
  return {};
}

}  // namespace calls

namespace op {

// Statistics per image and channel: group_norm with a group per channel, or the running statistics, as batch_norm uses them.
struct instance_norm {
  static constexpr const char* name = "instance_norm";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr bool in_place = true;
  template <class T>
  using kernel = kernels::row_normalization_kernel<T>;
  instance_norm_options options;

  batch_norm running() const { return {{false, options.momentum, options.eps}}; }
  row_norm per_channel(const any_tensor& x) const {
    return {row_norm::kind::group, {}, x.rank() < 2 || x.size(1) == 0 ? 1 : x.size(1), options.eps};
  }
  result<shape> check(const any_tensor& x, const any_tensor* means, const any_tensor* variances, const any_tensor* weight, const any_tensor* bias) const {
    if (!options.use_input_stats) return running().check(x, means, variances, weight, bias);
    TENON_TRY(const shape s, per_channel(x).check(x, weight, bias));
    index_t pixels = 1;
    for (int d = 2; d < x.rank(); ++d) pixels *= x.size(d);
    if (pixels == 1)
      return error(error_code::invalid_argument, name, make_text("statistics need more than one value per channel, got input ", x.shape()));
    return s;
  }
  template <class T, class M, class V, class W, class B>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor* means, const any_tensor* variances, const any_tensor* weight, const any_tensor* bias) const {
    static_assert((std::is_void_v<M> || std::is_same_v<M, T>) && (std::is_void_v<V> || std::is_same_v<V, T>) &&
                      (std::is_void_v<W> || std::is_same_v<W, T>) && (std::is_void_v<B> || std::is_same_v<B, T>),
                  "all operands of instance_norm must have one element type; convert with tenon::to<T>(x)");
    if (means && options.use_input_stats) TENON_TRY_VOID(calls::check_on_cpu(name, x.where()));
    if (!options.use_input_stats) return running().run<T, M, V, W, B>(out, x, means, variances, weight, bias);
    if (means && variances) {
      any_tensor scratch = out;
      if (calls::may_overlap(out, x)) {                      // in place: x is still needed
        TENON_TRY(scratch, allocate_tensor(name, x.shape(), x.dtype(), x.where()));
      }
      TENON_TRY_VOID(calls::update_instance_statistics<T>(scratch, x, *means, *variances, options));
    }
    return per_channel(x).run<T, W, B>(out, x, weight, bias);
  }
};

}  // namespace op

/// layer_norm(x, normalized_shape, weight, bias, {.eps}):   y = (x - mean) / sqrt(var + eps) * weight + bias
/// with mean and (biased) variance over the last dimensions, which must equal normalized_shape; weight and bias of that
/// shape, or `none`.
///
/// Dtypes   float, double, half, bfloat16 (computed in float, rounded once).
/// Special  A row with NaN or inf becomes NaN. Empty tensors stay empty. A constant row gives `bias`, and so does one whose variance
///          overflows.
/// Bound    8 u max(1, |mean| / sqrt(var + eps)) times |weight|, plus u |y|: the error of x - mean is what is left.
/// Errors   shape_mismatch, invalid_argument, out_of_memory.
template <operand X, calls::optional_operand W, calls::optional_operand B>
[[nodiscard]] auto layer_norm(X&& x, const shape& normalized_shape, W&& weight, B&& bias, const norm_options& options = {}) {
  return calls::allocate(op::row_norm{op::row_norm::kind::layer, normalized_shape, 1, options.eps}, x, weight, bias);
}
template <operand X>
[[nodiscard]] auto layer_norm(X&& x, const shape& normalized_shape, const norm_options& options = {}) {
  return layer_norm(x, normalized_shape, none, none, options);
}
template <target O, operand X, calls::optional_operand W, calls::optional_operand B>
result<void> layer_norm_into(O&& out, X&& x, const shape& normalized_shape, W&& weight, B&& bias, const norm_options& options = {}) {
  return calls::into(op::row_norm{op::row_norm::kind::layer, normalized_shape, 1, options.eps}, out, x, weight, bias);
}
template <target O, operand X>
result<void> layer_norm_into(O&& out, X&& x, const shape& normalized_shape, const norm_options& options = {}) {
  return layer_norm_into(out, x, normalized_shape, none, none, options);
}
template <target X, calls::optional_operand W, calls::optional_operand B>
result<void> layer_norm_(X&& x, const shape& normalized_shape, W&& weight, B&& bias, const norm_options& options = {}) {
  return layer_norm_into(x, x, normalized_shape, weight, bias, options);
}
template <target X>
result<void> layer_norm_(X&& x, const shape& normalized_shape, const norm_options& options = {}) {
  return layer_norm_into(x, x, normalized_shape, none, none, options);
}

/// rms_norm(x, normalized_shape, weight, {.eps}):   y = x / sqrt(mean(x^2) + eps) * weight.     Otherwise as layer_norm.
/// Source   Zhang & Sennrich 2019, arXiv:1910.07467.
template <operand X, calls::optional_operand W = none_t>
[[nodiscard]] auto rms_norm(X&& x, const shape& normalized_shape, W&& weight = {}, const rms_norm_options& options = {}) {
  return calls::allocate_as("rms_norm", op::row_norm{op::row_norm::kind::rms, normalized_shape, 1, options.eps}, x, weight, none);
}
template <target O, operand X, calls::optional_operand W = none_t>
result<void> rms_norm_into(O&& out, X&& x, const shape& normalized_shape, W&& weight = {}, const rms_norm_options& options = {}) {
  return calls::into_as("rms_norm", op::row_norm{op::row_norm::kind::rms, normalized_shape, 1, options.eps}, out, x, weight, none);
}
template <target X, calls::optional_operand W = none_t>
result<void> rms_norm_(X&& x, const shape& normalized_shape, W&& weight = {}, const rms_norm_options& options = {}) {
  return rms_norm_into(x, x, normalized_shape, weight, options);
}

/// group_norm(x, groups, weight, bias, {.eps}): x (N, C, ...), statistics over each of `groups` groups of channels of an
/// image; weight and bias (C) or `none`. Otherwise as layer_norm.
template <operand X, calls::optional_operand W, calls::optional_operand B>
[[nodiscard]] auto group_norm(X&& x, index_t groups, W&& weight, B&& bias, const norm_options& options = {}) {
  return calls::allocate_as("group_norm", op::row_norm{op::row_norm::kind::group, {}, groups, options.eps}, x, weight, bias);
}
template <operand X>
[[nodiscard]] auto group_norm(X&& x, index_t groups, const norm_options& options = {}) {
  return group_norm(x, groups, none, none, options);
}
template <target O, operand X, calls::optional_operand W, calls::optional_operand B>
result<void> group_norm_into(O&& out, X&& x, index_t groups, W&& weight, B&& bias, const norm_options& options = {}) {
  return calls::into_as("group_norm", op::row_norm{op::row_norm::kind::group, {}, groups, options.eps}, out, x, weight, bias);
}
template <target O, operand X>
result<void> group_norm_into(O&& out, X&& x, index_t groups, const norm_options& options = {}) {
  return group_norm_into(out, x, groups, none, none, options);
}
template <target X, calls::optional_operand W, calls::optional_operand B>
result<void> group_norm_(X&& x, index_t groups, W&& weight, B&& bias, const norm_options& options = {}) {
  return group_norm_into(x, x, groups, weight, bias, options);
}
template <target X>
result<void> group_norm_(X&& x, index_t groups, const norm_options& options = {}) {
  return group_norm_into(x, x, groups, none, none, options);
}

/// batch_norm(x, running_mean, running_var, weight, bias, {.training, .momentum, .eps}): x (N, C, ...), statistics per
/// channel: the running ones, or with training those of the batch, which then update the running ones in place (with the
/// unbiased variance). Statistics, weight and bias (C), or `none` (statistics only in training). Otherwise as layer_norm.
template <operand X, calls::optional_operand M, calls::optional_operand V, calls::optional_operand W, calls::optional_operand B>
[[nodiscard]] auto batch_norm(X&& x, M&& running_mean, V&& running_var, W&& weight, B&& bias, const batch_norm_options& options = {}) {
  return calls::allocate(op::batch_norm{options}, x, running_mean, running_var, weight, bias);
}
template <operand X, calls::optional_operand M, calls::optional_operand V>
[[nodiscard]] auto batch_norm(X&& x, M&& running_mean, V&& running_var, const batch_norm_options& options = {}) {
  return batch_norm(x, running_mean, running_var, none, none, options);
}
template <target O, operand X, calls::optional_operand M, calls::optional_operand V, calls::optional_operand W, calls::optional_operand B>
result<void> batch_norm_into(O&& out, X&& x, M&& running_mean, V&& running_var, W&& weight, B&& bias, const batch_norm_options& options = {}) {
  return calls::into(op::batch_norm{options}, out, x, running_mean, running_var, weight, bias);
}
template <target O, operand X, calls::optional_operand M, calls::optional_operand V>
result<void> batch_norm_into(O&& out, X&& x, M&& running_mean, V&& running_var, const batch_norm_options& options = {}) {
  return batch_norm_into(out, x, running_mean, running_var, none, none, options);
}
template <target X, calls::optional_operand M, calls::optional_operand V, calls::optional_operand W, calls::optional_operand B>
result<void> batch_norm_(X&& x, M&& running_mean, V&& running_var, W&& weight, B&& bias, const batch_norm_options& options = {}) {
  return batch_norm_into(x, x, running_mean, running_var, weight, bias, options);
}
template <target X, calls::optional_operand M, calls::optional_operand V>
result<void> batch_norm_(X&& x, M&& running_mean, V&& running_var, const batch_norm_options& options = {}) {
  return batch_norm_into(x, x, running_mean, running_var, none, none, options);
}

/// instance_norm(x, running_mean, running_var, weight, bias, {.use_input_stats, .momentum, .eps}): x (N, C, ...), statistics
/// per image and channel: group_norm with a group per channel. The running statistics, where given, are updated with the
/// mean over the batch; with use_input_stats = false they are used instead, as batch_norm does. Otherwise as layer_norm.
template <operand X, calls::optional_operand M, calls::optional_operand V, calls::optional_operand W, calls::optional_operand B>
[[nodiscard]] auto instance_norm(X&& x, M&& running_mean, V&& running_var, W&& weight, B&& bias, const instance_norm_options& options = {}) {
  return calls::allocate(op::instance_norm{options}, x, running_mean, running_var, weight, bias);
}
template <operand X>
[[nodiscard]] auto instance_norm(X&& x, const instance_norm_options& options = {}) {
  return instance_norm(x, none, none, none, none, options);
}
template <target O, operand X, calls::optional_operand M, calls::optional_operand V, calls::optional_operand W, calls::optional_operand B>
result<void> instance_norm_into(O&& out, X&& x, M&& running_mean, V&& running_var, W&& weight, B&& bias, const instance_norm_options& options = {}) {
  return calls::into(op::instance_norm{options}, out, x, running_mean, running_var, weight, bias);
}
template <target O, operand X>
result<void> instance_norm_into(O&& out, X&& x, const instance_norm_options& options = {}) {
  return instance_norm_into(out, x, none, none, none, none, options);
}
template <target X, calls::optional_operand M, calls::optional_operand V, calls::optional_operand W, calls::optional_operand B>
result<void> instance_norm_(X&& x, M&& running_mean, V&& running_var, W&& weight, B&& bias, const instance_norm_options& options = {}) {
  return instance_norm_into(x, x, running_mean, running_var, weight, bias, options);
}
template <target X>
result<void> instance_norm_(X&& x, const instance_norm_options& options = {}) {
  return instance_norm_into(x, x, none, none, none, none, options);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

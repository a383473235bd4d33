#pragma once
// max_pool, avg_pool and their adaptive forms, over one, two and three dimensions.
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/cpu/pooling.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/spatial.hpp>
#include <tenon/ops/calls/two_results.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

template <int D>
struct max_pool_options {
  spatial<D> stride = 0;             // 0: the kernel's size
  spatial<D> padding = 0;            // at most half the kernel
  spatial<D> dilation = 1;
  bool ceil_mode = false;            // a last window that starts inside may reach over the end
};

template <int D>
struct avg_pool_options {
  spatial<D> stride = 0;
  spatial<D> padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;     // zero padding counts for the size of a window
  index_t divisor_override = 0;      // 0: the size of the window
};

template <class T>
struct max_pool_result {
  tensor<T> values;
  tensor<std::int64_t> indices;      // into the flattened spatial dimensions of the input
};

namespace op {

template <int D, kernels::pooling_kind Kind, bool Adaptive>
struct pooling {
  static constexpr bool maximum = Kind == kernels::pooling_kind::maximum;
  static constexpr const char* names[12] = {"max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d",
                                            "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
                                            "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"};
  static constexpr const char* name = names[(Adaptive ? 6 : 0) + (maximum ? 0 : 3) + D - 1];
  static constexpr const char* names_with_indices[6] = {"max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices",
                                                        "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d_with_indices",
                                                        "adaptive_max_pool3d_with_indices"};
  static constexpr const char* name_with_indices = names_with_indices[(Adaptive ? 3 : 0) + D - 1];
  static constexpr dtype_set dtypes = maximum ? numeric_dtypes : Adaptive ? floating_dtypes : floating_dtypes | dtype_set(dtype::int64);
  template <class T>
  using kernel = kernels::pooling_kernel<T>;

  spatial<D> window = 1;             // adaptive: the size of the output
  spatial<D> stride = 0, padding = 0, dilation = 1;
  bool ceil_mode = false, count_include_pad = true;
  index_t divisor_override = 0;

  result<kernels::pooling_shape> problem(const any_tensor& x) const {
    if (x.rank() != D + 2 && x.rank() != D + 1)
      return error(error_code::shape_mismatch, name,
                   make_text("input ", x.shape(), " must have ", D + 2, " dimensions (batch, channels, ", D, " spatial) or ", D + 1, " without a batch"));
    const int first = x.rank() - D;
    kernels::pooling_shape s;
    s.batch = first == 2 ? x.size(0) : 1;
    s.channels = x.size(first - 1);
    s.adaptive = Adaptive;
    s.count_padding = count_include_pad;
    s.divisor = divisor_override;
    for (int d = 0; d < D; ++d) {
      const int to = 3 - D + d;
      const index_t in = x.size(first + d), k = window[d], step = stride[d] == 0 ? k : stride[d], pad = padding[d], spread = dilation[d];
      s.in[to] = in;
      if constexpr (Adaptive) {
        if (k < 0 || (in == 0 && k > 0) || k > (index_t{1} << 31) || in > (index_t{1} << 31))
          return error(error_code::invalid_argument, name, make_text("input ", x.shape(), " cannot be pooled to a size of ", window));
        s.out[to] = k;
      } else {
        index_t reach = 0;
        if (k < 1 || step < 1 || spread < 1 || pad < 0 || pad > k / 2)
          return error(error_code::invalid_argument, name,
                       make_text("kernel ", window, " and dilation ", dilation, " must be positive, stride ", stride,
                                 " positive or 0 (the kernel's size), and padding ", padding, " between 0 and half the kernel"));
        if (!checked_multiply(k - 1, spread, reach) || reach > (index_t{1} << 40))    // more places than any memory has
          return error(error_code::size_overflow, name, make_text("kernel ", window, " with dilation ", dilation, " is too large"));
        const index_t room = in + 2 * pad - reach - 1;
        if (room < 0 && !(ceil_mode && room > -step))
          return error(error_code::shape_mismatch, name,
                       make_text("the window of kernel ", window, " with dilation ", dilation, " is larger than the padded input ", x.shape()));
        index_t out = room < 0 ? 1 : room / step + (ceil_mode && room % step != 0) + 1;
        if (ceil_mode && (out - 1) * step >= in + pad) --out;              // a window must not start in the padding behind
        if (out < 1 || in == 0)
          return error(error_code::shape_mismatch, name, make_text("the padded input ", x.shape(), " has no place for a window of ", window));
        s.kernel[to] = k;
        s.stride[to] = out > 1 ? step : 1;                                 // where no step is taken its size does not matter
        s.pad[to] = pad;
        s.dilation[to] = k > 1 ? spread : 1;
        s.out[to] = out;
      }
    }
    return s;
  }

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const auto s, problem(x));
    shape out;
    if (x.rank() == D + 2) out.push_back(s.batch);
    out.push_back(s.channels);
    for (int d = 3 - D; d < 3; ++d) out.push_back(s.out[d]);
    if (divisor_override < 0)
      return error(error_code::invalid_argument, name, make_text("divisor_override must be positive (or 0 for none), got ", divisor_override));
    return out;
  }

  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    return run_both<T>(out, nullptr, x);
  }
  template <class T>
  result<void> run_both(any_tensor& out, any_tensor* indices, const any_tensor& x) const {
    TENON_TRY(const auto s, problem(x));
    TENON_TRY(const auto pool, calls::kernel<kernels::pooling_kernel<T>>(name, x.where(), static_cast<double>(x.numel() + out.numel())));
    any_tensor target = out;
    if (!out.contiguous()) {
      TENON_TRY(target, allocate_tensor(name, out.shape(), out.dtype(), out.where()));
    }
    kernels::pooling_operands<T> o;
    o.x = calls::image_view<T>(x, D);
    o.out = reinterpret_cast<T*>(target.bytes());
    o.indices = indices ? reinterpret_cast<std::int64_t*>(indices->bytes()) : nullptr;
    auto plan = kernels::plan_pooling(Kind, s, sizeof(compute_t<T>), pool.context.threads);
    if (pool.context.queue) plan.workspace_bytes = 0;                      // of the CPU's work
    TENON_TRY(const storage_ptr memory, calls::workspace(name, plan.workspace_bytes));
    TENON_TRY_VOID(calls::finish(name, pool(plan, o, calls::data_of(memory))));
    if (!out.contiguous()) calls::copy(target, out);
    return {};
  }
};

template <int D>
using max_pool = pooling<D, kernels::pooling_kind::maximum, false>;
template <int D>
using avg_pool = pooling<D, kernels::pooling_kind::average, false>;
template <int D>
using adaptive_max_pool = pooling<D, kernels::pooling_kind::maximum, true>;
template <int D>
using adaptive_avg_pool = pooling<D, kernels::pooling_kind::average, true>;

}  // namespace op

namespace calls {

// The pooling with a second result, as calls/two_results.hpp wants it.
template <class Op>
struct pool_with_indices {
  static constexpr const char* name = Op::name_with_indices;
  static constexpr dtype_set dtypes = Op::dtypes;
  template <class T>
  using kernel = kernels::pooling_kernel<T>;
  template <class T>
  using first_type = T;
  template <class>
  using second_type = std::int64_t;
  Op op;

  result<shape> check(const any_tensor& x) const { return op.check(x); }
  template <class T>
  result<void> run(any_tensor& values, any_tensor& indices, const any_tensor& x) const {
    if (indices.contiguous()) return op.template run_both<T>(values, &indices, x);
    TENON_TRY(any_tensor dense, allocate_tensor(name, indices.shape(), indices.dtype(), indices.where()));
    TENON_TRY_VOID(op.template run_both<T>(values, &dense, x));
    copy(dense, indices);
    return {};
  }
};
template <class Op>
pool_with_indices(Op) -> pool_with_indices<Op>;

template <int D>
op::max_pool<D> pool_of(spatial<D> kernel, const max_pool_options<D>& o) {
  return {kernel, o.stride, o.padding, o.dilation, o.ceil_mode};
}
template <int D>
op::avg_pool<D> pool_of(spatial<D> kernel, const avg_pool_options<D>& o) {
  return {kernel, o.stride, o.padding, 1, o.ceil_mode, o.count_include_pad, o.divisor_override};
}

}  // namespace calls

/// max_pool2d(x, kernel, {.stride, .padding, .dilation, .ceil_mode}): the maximum of each window.
///
/// x (N, C, spatial...) or (C, spatial...).    out = (in + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down,
/// or up with ceil_mode, where a window that would start behind the input is left out.
/// Dtypes    all but bool and complex.     Exact.
/// Special   NaN in a window makes it NaN. Padding never wins: a window of -inf gives -inf, and so does one that dilation
///           lays wholly into the padding (integers: the lowest value).
/// Indices   max_pool2d_with_indices also gives the place of each maximum (the first, or the last NaN) in the flattened
///           spatial dimensions; it is always a place inside the input.
/// Errors    shape_mismatch, invalid_argument, out_of_memory.
template <operand X>
[[nodiscard]] auto max_pool1d(X&& x, spatial<1> kernel, const max_pool_options<1>& options = {}) {
  return calls::allocate(calls::pool_of(kernel, options), x);
}
template <operand X>
[[nodiscard]] auto max_pool2d(X&& x, spatial<2> kernel, const max_pool_options<2>& options = {}) {
  return calls::allocate(calls::pool_of(kernel, options), x);
}
template <operand X>
[[nodiscard]] auto max_pool3d(X&& x, spatial<3> kernel, const max_pool_options<3>& options = {}) {
  return calls::allocate(calls::pool_of(kernel, options), x);
}
template <operand X>
[[nodiscard]] auto max_pool1d_with_indices(X&& x, spatial<1> kernel, const max_pool_options<1>& options = {}) {
  return calls::allocate_two<max_pool_result<value_t<X>>>(calls::pool_with_indices{calls::pool_of(kernel, options)}, x);
}
template <operand X>
[[nodiscard]] auto max_pool2d_with_indices(X&& x, spatial<2> kernel, const max_pool_options<2>& options = {}) {
  return calls::allocate_two<max_pool_result<value_t<X>>>(calls::pool_with_indices{calls::pool_of(kernel, options)}, x);
}
template <operand X>
[[nodiscard]] auto max_pool3d_with_indices(X&& x, spatial<3> kernel, const max_pool_options<3>& options = {}) {
  return calls::allocate_two<max_pool_result<value_t<X>>>(calls::pool_with_indices{calls::pool_of(kernel, options)}, x);
}
template <target O, operand X>
result<void> max_pool1d_into(O&& out, X&& x, spatial<1> kernel, const max_pool_options<1>& options = {}) {
  return calls::into(calls::pool_of(kernel, options), out, x);
}
template <target O, operand X>
result<void> max_pool2d_into(O&& out, X&& x, spatial<2> kernel, const max_pool_options<2>& options = {}) {
  return calls::into(calls::pool_of(kernel, options), out, x);
}
template <target O, operand X>
result<void> max_pool3d_into(O&& out, X&& x, spatial<3> kernel, const max_pool_options<3>& options = {}) {
  return calls::into(calls::pool_of(kernel, options), out, x);
}
template <target V, target I, operand X>
result<void> max_pool1d_with_indices_into(V&& values, I&& indices, X&& x, spatial<1> kernel, const max_pool_options<1>& options = {}) {
  return calls::into_two(calls::pool_with_indices{calls::pool_of(kernel, options)}, values, indices, x);
}
template <target V, target I, operand X>
result<void> max_pool2d_with_indices_into(V&& values, I&& indices, X&& x, spatial<2> kernel, const max_pool_options<2>& options = {}) {
  return calls::into_two(calls::pool_with_indices{calls::pool_of(kernel, options)}, values, indices, x);
}
template <target V, target I, operand X>
result<void> max_pool3d_with_indices_into(V&& values, I&& indices, X&& x, spatial<3> kernel, const max_pool_options<3>& options = {}) {
  return calls::into_two(calls::pool_with_indices{calls::pool_of(kernel, options)}, values, indices, x);
}

/// avg_pool2d(x, kernel, {.stride, .padding, .ceil_mode, .count_include_pad, .divisor_override}): the mean of each window.
/// Shapes as max_pool. Positions outside the padded input never count.
/// Dtypes    float, double, half, bfloat16 (summed up in float); int64, whose quotient is cut towards zero. adaptive_avg_pool: no int64.
/// Bound     |error| <= (window + 1) u sum |x| / window.     Errors as max_pool.
template <operand X>
[[nodiscard]] auto avg_pool1d(X&& x, spatial<1> kernel, const avg_pool_options<1>& options = {}) {
  return calls::allocate(calls::pool_of(kernel, options), x);
}
template <operand X>
[[nodiscard]] auto avg_pool2d(X&& x, spatial<2> kernel, const avg_pool_options<2>& options = {}) {
  return calls::allocate(calls::pool_of(kernel, options), x);
}
template <operand X>
[[nodiscard]] auto avg_pool3d(X&& x, spatial<3> kernel, const avg_pool_options<3>& options = {}) {
  return calls::allocate(calls::pool_of(kernel, options), x);
}
template <target O, operand X>
result<void> avg_pool1d_into(O&& out, X&& x, spatial<1> kernel, const avg_pool_options<1>& options = {}) {
  return calls::into(calls::pool_of(kernel, options), out, x);
}
template <target O, operand X>
result<void> avg_pool2d_into(O&& out, X&& x, spatial<2> kernel, const avg_pool_options<2>& options = {}) {
  return calls::into(calls::pool_of(kernel, options), out, x);
}
template <target O, operand X>
result<void> avg_pool3d_into(O&& out, X&& x, spatial<3> kernel, const avg_pool_options<3>& options = {}) {
  return calls::into(calls::pool_of(kernel, options), out, x);
}

/// adaptive_max_pool2d(x, size), adaptive_avg_pool2d(x, size): windows such that the output has that size; window i of a
/// dimension runs from floor(i in / out) to ceil((i + 1) in / out). Dtypes, special values and errors as above.
template <operand X>
[[nodiscard]] auto adaptive_max_pool1d(X&& x, spatial<1> size) {
  return calls::allocate(op::adaptive_max_pool<1>{size}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_max_pool2d(X&& x, spatial<2> size) {
  return calls::allocate(op::adaptive_max_pool<2>{size}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_max_pool3d(X&& x, spatial<3> size) {
  return calls::allocate(op::adaptive_max_pool<3>{size}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_max_pool1d_with_indices(X&& x, spatial<1> size) {
  return calls::allocate_two<max_pool_result<value_t<X>>>(calls::pool_with_indices{op::adaptive_max_pool<1>{size}}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_max_pool2d_with_indices(X&& x, spatial<2> size) {
  return calls::allocate_two<max_pool_result<value_t<X>>>(calls::pool_with_indices{op::adaptive_max_pool<2>{size}}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_max_pool3d_with_indices(X&& x, spatial<3> size) {
  return calls::allocate_two<max_pool_result<value_t<X>>>(calls::pool_with_indices{op::adaptive_max_pool<3>{size}}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_avg_pool1d(X&& x, spatial<1> size) {
  return calls::allocate(op::adaptive_avg_pool<1>{size}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_avg_pool2d(X&& x, spatial<2> size) {
  return calls::allocate(op::adaptive_avg_pool<2>{size}, x);
}
template <operand X>
[[nodiscard]] auto adaptive_avg_pool3d(X&& x, spatial<3> size) {
  return calls::allocate(op::adaptive_avg_pool<3>{size}, x);
}
template <target O, operand X>
result<void> adaptive_max_pool1d_into(O&& out, X&& x, spatial<1> size) {
  return calls::into(op::adaptive_max_pool<1>{size}, out, x);
}
template <target O, operand X>
result<void> adaptive_max_pool2d_into(O&& out, X&& x, spatial<2> size) {
  return calls::into(op::adaptive_max_pool<2>{size}, out, x);
}
template <target O, operand X>
result<void> adaptive_max_pool3d_into(O&& out, X&& x, spatial<3> size) {
  return calls::into(op::adaptive_max_pool<3>{size}, out, x);
}
template <target V, target I, operand X>
result<void> adaptive_max_pool1d_with_indices_into(V&& values, I&& indices, X&& x, spatial<1> size) {
  return calls::into_two(calls::pool_with_indices{op::adaptive_max_pool<1>{size}}, values, indices, x);
}
template <target V, target I, operand X>
result<void> adaptive_max_pool2d_with_indices_into(V&& values, I&& indices, X&& x, spatial<2> size) {
  return calls::into_two(calls::pool_with_indices{op::adaptive_max_pool<2>{size}}, values, indices, x);
}
template <target V, target I, operand X>
result<void> adaptive_max_pool3d_with_indices_into(V&& values, I&& indices, X&& x, spatial<3> size) {
  return calls::into_two(calls::pool_with_indices{op::adaptive_max_pool<3>{size}}, values, indices, x);
}
template <target O, operand X>
result<void> adaptive_avg_pool1d_into(O&& out, X&& x, spatial<1> size) {
  return calls::into(op::adaptive_avg_pool<1>{size}, out, x);
}
template <target O, operand X>
result<void> adaptive_avg_pool2d_into(O&& out, X&& x, spatial<2> size) {
  return calls::into(op::adaptive_avg_pool<2>{size}, out, x);
}
template <target O, operand X>
result<void> adaptive_avg_pool3d_into(O&& out, X&& x, spatial<3> size) {
  return calls::into(op::adaptive_avg_pool<3>{size}, out, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

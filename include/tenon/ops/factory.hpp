#pragma once
// Tensors from nothing: zeros, ones, full, empty, eye, arange, linspace, logspace, from_list, from_span, and the *_like forms.
// wrap, which borrows memory instead of copying it, comes along from core/wrap.hpp; random tensors are in ops/random.hpp.
//
//   zeros<float>({2, 3})                       a result<tensor<float>>, dense in C order
//   zeros<float>({2, 3}, {.device = device::cuda})
//   zeros({2, 3}, dtype::float32)              a result<any_tensor>, where the type is known at run time only
//   zeros_like(x), zeros_like<double>(x)       x's shape and place, and its element type unless another one is given
//
// Errors, all: invalid_argument (a negative extent), size_overflow, out_of_memory, device_unavailable.
#include <tenon/core/convert.hpp>
#include <tenon/core/nested_list.hpp>
#include <tenon/core/wrap.hpp>
#include <tenon/kernels/cpu/range.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/fill.hpp>

#include <cmath>
#include <span>

namespace tenon::inline v0 {

struct tensor_options {
  placement device = {};
};

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

template <element T>
result<tensor<T>> allocate_typed(const char* op, const shape& s, placement where) {
  TENON_TRY(any_tensor out, allocate_tensor(op, s, dtype_of<T>, where));
  return tensor<T>::unchecked(std::move(out));
}

// Values that come from the caller's memory, where they are wanted.
template <element T>
result<tensor<T>> placed(const char* op, tensor<T>&& x, placement where) {
  TENON_TRY(any_tensor out, move_to(op, x.any(), where));
  return tensor<T>::unchecked(std::move(out));
}

template <element T>
result<tensor<T>> filled(const char* op, const shape& s, const T& value, placement where) {
  TENON_TRY(any_tensor out, allocate_tensor(op, s, dtype_of<T>, where));
  fill(out, &value);
  return tensor<T>::unchecked(std::move(out));
}

template <class V>
result<any_tensor> filled(const char* op, const shape& s, V value, dtype type, placement where) {
  TENON_TRY(any_tensor out, allocate_tensor(op, s, type, where));
  visit(type, [&]<class T>(type_tag<T>) {
    const T converted = convert_value<T>(value);
    fill(out, &converted);
  });
  return out;
}

// make(shape, options) with x's shape and place.
template <class X, class Make>
auto like(const char* op, const X& x, Make make) -> decltype(make(shape(), tensor_options())) {
  return with_tensors<true>(
      op, [&](const any_tensor& t) -> decltype(make(shape(), tensor_options())) { return make(t.shape(), tensor_options{t.where()}); }, x);
}

template <class T, class X>
struct like_element { using type = T; };
template <class X>
struct like_element<void, X> { using type = value_t<X>; };
template <class T, class X>
using like_element_t = typename like_element<T, X>::type;

}  // namespace calls

// ---- constants ---------------------------------------------------------------------------------------------------------
/// Uninitialised memory.
template <element T>
[[nodiscard]] result<tensor<T>> empty(const shape& s, tensor_options options = {}) {
  return calls::allocate_typed<T>("empty", s, options.device);
}
template <element T>
[[nodiscard]] result<tensor<T>> zeros(const shape& s, tensor_options options = {}) {
  return calls::filled<T>("zeros", s, T{}, options.device);
}
template <element T>
[[nodiscard]] result<tensor<T>> ones(const shape& s, tensor_options options = {}) {
  return calls::filled<T>("ones", s, convert_value<T>(1), options.device);
}
/// `value` everywhere, converted by the rule of core/convert.hpp.
template <element T, scalar V>
[[nodiscard]] result<tensor<T>> full(const shape& s, V value, tensor_options options = {}) {
  return calls::filled<T>("full", s, convert_value<T>(value), options.device);
}

[[nodiscard]] inline result<any_tensor> empty(const shape& s, dtype type, tensor_options options = {}) {
  return allocate_tensor("empty", s, type, options.device);
}
template <scalar V>
[[nodiscard]] result<any_tensor> full(const shape& s, V value, dtype type, tensor_options options = {}) {
  return calls::filled("full", s, value, type, options.device);
}
[[nodiscard]] inline result<any_tensor> zeros(const shape& s, dtype type, tensor_options options = {}) {
  return calls::filled("zeros", s, 0, type, options.device);
}
[[nodiscard]] inline result<any_tensor> ones(const shape& s, dtype type, tensor_options options = {}) {
  return calls::filled("ones", s, 1, type, options.device);
}

template <class T = void, operand X>
[[nodiscard]] auto empty_like(const X& x) {
  return calls::like("empty_like", x, [](const shape& s, tensor_options o) { return empty<calls::like_element_t<T, X>>(s, o); });
}
template <class T = void, operand X>
[[nodiscard]] auto zeros_like(const X& x) {
  return calls::like("zeros_like", x, [](const shape& s, tensor_options o) { return zeros<calls::like_element_t<T, X>>(s, o); });
}
template <class T = void, operand X>
[[nodiscard]] auto ones_like(const X& x) {
  return calls::like("ones_like", x, [](const shape& s, tensor_options o) { return ones<calls::like_element_t<T, X>>(s, o); });
}
template <class T = void, operand X, scalar V>
[[nodiscard]] auto full_like(const X& x, V value) {
  return calls::like("full_like", x, [value](const shape& s, tensor_options o) { return full<calls::like_element_t<T, X>>(s, value, o); });
}

/// Ones on the main diagonal of n rows and m columns (m = n where it is left out), zeros elsewhere.
template <element T>
[[nodiscard]] result<tensor<T>> eye(index_t n, index_t m, tensor_options options = {}) {
  const T zero{}, one = convert_value<T>(1);
  TENON_TRY(any_tensor out, allocate_tensor("eye", shape(n, m), dtype_of<T>, options.device));
  calls::fill(out, &zero);
  TENON_TRY(any_tensor diagonal, out.diagonal());
  calls::fill(diagonal, &one);
  return tensor<T>::unchecked(std::move(out));
}
template <element T>
[[nodiscard]] result<tensor<T>> eye(index_t n, tensor_options options = {}) {
  return eye<T>(n, n, options);
}

// ---- ranges ------------------------------------------------------------------------------------------------------------
// What an end of a range may be: an integer for integer tensors, any number for floating ones.
template <class A, class T>
concept range_bound = (integer<T> && std::integral<A>) || (floating<T> && std::is_arithmetic_v<A>);

/// start, start + step, ... up to, but not including, end. ceil((end - start) / step) elements.
///
/// Dtypes   integers (exact) and floating types (start + i * step in double, then rounded to T).
/// Errors   also invalid_argument: step 0, a step away from end, a bound that is not finite.
template <element T, range_bound<T> A, range_bound<T> B, range_bound<T> C = int>
[[nodiscard]] result<tensor<T>> arange(A start, B end, C step = 1, tensor_options options = {}) {
  using number = std::conditional_t<integer<T>, std::int64_t, double>;
  const auto first = static_cast<number>(start), last = static_cast<number>(end), by = static_cast<number>(step);
  const auto bad = [&](error_code code, const char* why) {
    return error(code, "arange", make_text("from ", first, " to ", last, " by ", by, ": ", why));
  };
  if (by == 0) return bad(error_code::invalid_argument, "the step must not be 0");
  if (by > 0 ? first > last : first < last) return bad(error_code::invalid_argument, "the step leads away from the end");
  constexpr const char* too_many = "too many elements";
  if constexpr (integer<T>) {
    const auto from = static_cast<std::uint64_t>(first), to = static_cast<std::uint64_t>(last), stride = static_cast<std::uint64_t>(by);
    const std::uint64_t distance = by > 0 ? to - from : from - to;
    const std::uint64_t n = distance == 0 ? 0 : (distance - 1) / (by > 0 ? stride : 0 - stride) + 1;
    if (n > static_cast<std::uint64_t>(INT64_MAX)) return bad(error_code::size_overflow, too_many);
    TENON_TRY_VOID(calls::check_on_cpu("arange", options.device));
    TENON_TRY(auto out, calls::allocate_typed<T>("arange", shape(n), options.device));
    kernels::cpu::integer_range(kernels::cpu::make_context(0.1 * static_cast<double>(n)), {static_cast<index_t>(n), from, stride}, out.data());
    return out;
  } else {
    const double n = std::ceil((last - first) / by);
    if (!(n >= 0)) return bad(error_code::invalid_argument, "the bounds and the step must be numbers");
    if (!(n < 0x1p62)) return bad(error_code::size_overflow, too_many);
    const auto count = static_cast<index_t>(n);
    TENON_TRY_VOID(calls::check_on_cpu("arange", options.device));
    TENON_TRY(auto out, calls::allocate_typed<T>("arange", shape(count), options.device));
    kernels::cpu::range(kernels::cpu::make_context(0.1 * n), {count, first, by, 0, count}, out.data());
    return out;
  }
}
/// 0, 1, ... up to, but not including, end.
template <element T, range_bound<T> B>
[[nodiscard]] result<tensor<T>> arange(B end, tensor_options options = {}) {
  return arange<T>(B{0}, end, 1, options);
}

namespace calls {

inline result<kernels::range_plan> plan_linspace(const char* op, double start, double end, index_t n) {
  if (n < 0) return error(error_code::invalid_argument, op, make_text("the number of steps must be 0 or more, got ", n));
  const auto gaps = static_cast<double>(n - 1);
  double step = n > 1 ? (end - start) / gaps : 0;
  if (std::isinf(step) && std::isfinite(start) && std::isfinite(end)) step = end / gaps - start / gaps;
  return kernels::range_plan{n, start, step, end, n == 1 ? 1 : n / 2};
}

}  // namespace calls

/// n numbers from start to end, both included exactly (n = 1: start). Counted from the nearer end, in double.
template <element T>
  requires(integer<T> || floating<T>)
[[nodiscard]] result<tensor<T>> linspace(double start, double end, index_t n, tensor_options options = {}) {
  TENON_TRY(const auto plan, calls::plan_linspace("linspace", start, end, n));
  TENON_TRY_VOID(calls::check_on_cpu("linspace", options.device));
  TENON_TRY(auto out, calls::allocate_typed<T>("linspace", shape(n), options.device));
  kernels::cpu::range(kernels::cpu::make_context(0.1 * static_cast<double>(n)), plan, out.data());
  return out;
}
/// base^e for n numbers e from start to end.
template <element T>
  requires(integer<T> || floating<T>)
[[nodiscard]] result<tensor<T>> logspace(double start, double end, index_t n, double base = 10, tensor_options options = {}) {
  TENON_TRY(const auto plan, calls::plan_linspace("logspace", start, end, n));
  TENON_TRY_VOID(calls::check_on_cpu("logspace", options.device));
  TENON_TRY(auto out, calls::allocate_typed<T>("logspace", shape(n), options.device));
  kernels::cpu::power_range(kernels::cpu::make_context(20.0 * static_cast<double>(n)), plan, base, out.data());
  return out;
}

// ---- copies of what the caller has -------------------------------------------------------------------------------------
/// from_list<float>({{1, 2}, {3, 4}}): braces up to eight deep. Lists of unequal length are a shape_mismatch.
/// A complex number is written out: std::complex<float>(1, 2); in braces it would be a list of two.
template <element T>
[[nodiscard]] result<tensor<T>> from_list(nested_list<T> values, tensor_options options = {}) {
  TENON_TRY(const shape s, values.extents("from_list"));
  TENON_TRY(auto out, calls::allocate_typed<T>("from_list", s, {}));
  values.copy_to(out.data());
  return calls::placed<T>("from_list", std::move(out), options.device);
}

// Anything with consecutive elements in memory: std::span, std::vector, std::array, a C array.
template <class R>
concept contiguous_values = requires(const R& r) {
  { *std::data(r) } -> std::convertible_to<const std::remove_cvref_t<decltype(*std::data(r))>&>;
  { std::size(r) } -> std::convertible_to<std::size_t>;
  requires element<std::remove_cvref_t<decltype(*std::data(r))>>;
};

/// The elements of a container, copied, in C order; as one dimension where no shape is given.
/// from_span<float>(values, {2, 2}) says which type it expects; from_span(values, {2, 2}) takes what comes.
/// Errors   also shape_mismatch: the shape has another number of elements.
template <class T = void, contiguous_values R>
[[nodiscard]] auto from_span(const R& values, const shape& s, tensor_options options = {}) {
  using E = std::remove_cvref_t<decltype(*std::data(values))>;
  static_assert(std::is_void_v<T> || std::is_same_v<T, E>, "the container holds another type; convert the tensor with tenon::to<T>(x)");
  return [&]() -> result<tensor<E>> {
    TENON_TRY(const index_t n, checked_numel("from_span", s, sizeof(E)));
    if (static_cast<std::size_t>(n) != std::size(values))
      return error(error_code::shape_mismatch, "from_span", make_text("shape ", s, " has ", n, " elements, the values are ", std::size(values)));
    TENON_TRY(auto out, calls::allocate_typed<E>("from_span", s, {}));
    if (n > 0) std::memcpy(static_cast<void*>(out.data()), std::data(values), static_cast<std::size_t>(n) * sizeof(E));
    return calls::placed<E>("from_span", std::move(out), options.device);
  }();
}
template <class T = void, contiguous_values R>
[[nodiscard]] auto from_span(const R& values) {
  return from_span<T>(values, shape(std::size(values)));
}

}  // namespace tenon::inline v0::inline TENON_BUILD

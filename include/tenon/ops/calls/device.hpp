#pragma once
// Where an op finds its kernel, whatever the device of its operands:
//
//   TENON_TRY(const auto kernel, calls::kernel<kernels::softmax_kernel<T>>(name, x.where(), work));
//   ... plan for kernel.context, take the workspace ...
//   return calls::finish(name, kernel(plan, out, x));
//
// An op names its kernel, `template <class T> using kernel = kernels::softmax_kernel<T>`, so that `supports` can tell what
// the device has; an op that only copies, fills and calls other ops says `any_device` instead. All others are refused with
// `unsupported` before anything is touched: no op falls back to the CPU behind the caller's back.
#include <tenon/core/any_tensor.hpp>
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/cpu/parallel.hpp>
#include <tenon/kernels/elementwise_device.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

[[gnu::cold, gnu::noinline]] inline error no_kernel(const char* op, placement where) {
  const char* const on = name_of(where.kind);
  if (backend_of(where.kind) == nullptr) return not_built_in(op, where.kind);
  return error(error_code::unsupported, op, make_text("there is no ", on, " kernel for these operands; move them with to(x, device::cpu)"));
}

// For ops that run on the CPU only.
inline result<void> check_on_cpu(const char* op, placement where) {
  if (where.kind != device::cpu) [[unlikely]] return no_kernel(op, where);
  return {};
}

[[gnu::cold, gnu::noinline]] inline result<kernels::context> device_context(const char* op, placement where) {
  const backend* const b = backend_of(where.kind);
  if (b == nullptr) return not_built_in(op, where.kind);
  kernels::context c;
  TENON_TRY(c.queue, b->queue(op, where.ordinal));
  return c;
}

template <class K>
struct chosen_kernel {
  typename K::function function;
  kernels::context context;
  template <class... A>
  kernels::status operator()(A&&... a) const {
    return function(context, std::forward<A>(a)...);
  }
};

template <class K>
result<chosen_kernel<K>> device_kernel(const char* op, placement where) {
  const auto function = kernels::device_entry<K, device::cuda>;
  if (where.kind != device::cuda || function == nullptr) return no_kernel(op, where);
  TENON_TRY(const auto context, device_context(op, where));
  return chosen_kernel<K>{function, context};
}

// Kernel K on the device `where`. `work`: roughly how many nanoseconds of one CPU thread the call is.
template <class K>
result<chosen_kernel<K>> kernel(const char* op, placement where, double work) {
  if (where.kind != device::cpu) [[unlikely]] return device_kernel<K>(op, where);
  return chosen_kernel<K>{kernels::cpu::entry<K>(), kernels::cpu::make_context(work)};
}

// A kernel's outcome as an error with names.
inline result<void> finish(const char* op, kernels::status s) {
  using kernels::status_code;
  switch (s.code) {
    case status_code::ok: return {};
    case status_code::index_out_of_range:
      return error(error_code::index_out_of_range, op, make_text("index ", s.detail, " is out of range"));
    case status_code::no_convergence:
      return error(error_code::no_convergence, op, make_text("no convergence: ", s.detail, " values are missing"));
    case status_code::singular:
      return error(error_code::singular_matrix, op, make_text("the matrix is singular: pivot ", s.detail, " is zero"));
    case status_code::non_finite: return error(error_code::non_finite_input, op, make_text("the input holds NaN or infinity"));
    case status_code::out_of_memory: return error(error_code::out_of_memory, op, make_text("the device has no memory for the kernel"));
    case status_code::unsupported: return error(error_code::unsupported, op, make_text("the chosen algorithm is not there for these operands"));
    case status_code::launch_failed: break;
  }
  return error(error_code::device_failure, op, make_text("the kernel failed with device code ", s.detail));
}

// What an op says of itself.
template <class Op>
inline constexpr bool runs_anywhere = requires { requires Op::any_device; };
template <class Op>
concept names_kernel = requires { typename Op::template kernel<float>; } || requires { typename Op::template kernel<bool>; };

template <class Op>
result<void> check_device(placement where) {
  if constexpr (runs_anywhere<Op> || names_kernel<Op>)
    return {};
  else
    return check_on_cpu(Op::name, where);
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

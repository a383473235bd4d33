#pragma once
// The three forms of every elementwise call: check, allocate (or reuse), run. Nothing here depends on an element type but
// the last function, so that each further op costs one kernel and a few instructions.
//
//   evaluate(expression or eager call)   -> result<tensor<T>>
//   evaluate_into(out, ...)              writes all of out, or returns an error and leaves it unchanged
#include <tenon/core/expression.hpp>
#include <tenon/kernels/cpu/copy.hpp>
#include <tenon/kernels/cpu/element_movers.hpp>
#include <tenon/kernels/cpu/elementwise.hpp>
#include <tenon/kernels/cpu/elementwise_loop.hpp>
#include <tenon/ops/calls/device.hpp>
#include <tenon/ops/calls/overlap.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

struct elementwise_call {
  const char* op;
  const any_tensor* const* inputs;             // none is null
  int count;
  dtype out;
  kernels::elementwise_function function;
  const kernels::element_movers* movers;
  const void* plan;
  double work;                                 // nanoseconds of arithmetic per element, roughly
  const kernels::device_function* cuda = nullptr;
  kernels::device_expression fused = nullptr;  // where nvcc compiles the call
};

// The movers of a call whose elements have the sizes that add up to `Sizes`.
template <unsigned Sizes>
constexpr const kernels::element_movers* movers_for() {
  if constexpr (reading_for_gpu || kernels::cpu::comes_dispatched<kernels::elementwise_loop_kernel>) return nullptr;
  else return &kernels::cpu::movers<Sizes>;
}

inline result<shape> elementwise_shape(const elementwise_call& call) {
  shape s;
  for (int i = 0; i < call.count; ++i) {
    const any_tensor& x = *call.inputs[i];
    if (x.where() != call.inputs[0]->where())
      return error(error_code::device_mismatch, call.op,
                   make_text("operands live on ", call.inputs[0]->where(), " and ", x.where(), "; move one with to(x, device)"));
    TENON_TRY(s, i == 0 ? result<shape>(x.shape()) : broadcast_shapes(call.op, s, x.shape()));
  }
  return s;
}

// A tensor that dies with this call and can hold the result: Tenon's memory, nobody else's, dense, of the right size.
inline bool reusable(const any_tensor& x, const shape& s, dtype out) {
  return x.memory().unique() && x.memory()->owned && x.memory()->writable && x.dtype() == out && x.shape() == s && x.contiguous();
}

// The shape of all inputs, where it is the same, they lie dense in C order, and on one device; else null.
inline const shape* common_dense_shape(const elementwise_call& call) {
  if (call.count == 0) return nullptr;
  const any_tensor& first = *call.inputs[0];
  if (!first.contiguous()) return nullptr;
  for (int i = 1; i < call.count; ++i) {
    const any_tensor& x = *call.inputs[i];
    if (x.shape() != first.shape() || x.where() != first.where() || !x.contiguous()) return nullptr;
  }
  return &first.shape();
}

// Work that is done before a second thread, or a plan, would pay: operands as above, and out like them.
inline bool run_small(const elementwise_call& call, any_tensor& out, index_t numel) {
  if (static_cast<double>(numel) * (call.work + 1) > 8192) return false;
  const void* in[kernels::max_operands];
  for (int i = 0; i < call.count; ++i) in[i] = call.inputs[i]->bytes();
  if (numel != 0) call.function(call.plan, out.bytes(), in, numel);
  out.written();
  return true;
}

// The plan of out and `count` inputs that broadcast to it; `operands` has room for them. The number of bytes in all of them.
inline index_t make_plan(kernels::elementwise_plan& plan, kernels::elementwise_operand* operands, const any_tensor& out,
                         const any_tensor* const* inputs, int count) {
  const shape& s = out.shape();
  plan.rank = s.rank();
  plan.operands = count + 1;
  plan.operand = operands;
  for (int d = 0; d < s.rank(); ++d) plan.extent[d] = s[d];
  index_t bytes = 0;
  for (int i = 0; i <= count; ++i) {
    const any_tensor& x = i == 0 ? out : *inputs[i - 1];
    auto& o = operands[i];
    o.data = const_cast<std::byte*>(x.bytes());
    o.item = size_of(x.dtype());
    const int added = s.rank() - x.rank();
    for (int d = 0; d < s.rank(); ++d) o.stride[d] = d < added || x.size(d - added) == 1 ? 0 : x.stride(d - added) * o.item;
    bytes += x.numel() * o.item;
  }
  kernels::plan_elementwise(plan);
  return bytes;
}

inline void run_elementwise(const elementwise_call& call, any_tensor& out) {
  if (out.numel() == 0) return;
  kernels::elementwise_operand operands[kernels::max_operands];
  kernels::elementwise_plan plan;
  const index_t bytes = make_plan(plan, operands, out, call.inputs, call.count);
  plan.movers = call.movers;
  bool in_place = false;
  for (int i = 0; i < call.count; ++i) in_place = in_place || call.inputs[i]->bytes() == out.bytes();
  const double bytes_each = static_cast<double>(bytes) / static_cast<double>(plan.numel), each = call.work + 0.1 * bytes_each;
  const auto context = kernels::cpu::make_context(each * static_cast<double>(plan.numel));
  // Where the arithmetic takes longer than memory at 25 GB/s for all threads, a plain store is hidden behind it and a streaming one is not
  // (Zen 4, 64 MiB on one thread: tanh 6.7 ms, streaming 7.6).
  const bool waits = call.work < 0.04 * bytes_each * context.threads;
  plan.stream = !in_place && waits && bytes >= index_t{4} << 20;
  // With arithmetic of about half that time, whole pages are read ahead while it computes (exp of 64 MiB on one thread: 1.05 to 1.2 times as
  // fast; relu, which only waits, would take as much longer).
  plan.by_page = call.work > 0.02 * bytes_each * context.threads;
  kernels::cpu::entry<kernels::elementwise_loop_kernel>()(context, plan, call.function, call.plan, static_cast<index_t>(8000.0 / each));
  out.written();
}

// ---- the same on another device ----------------------------------------------------------------------------------------
[[gnu::cold, gnu::noinline]] inline result<void> run_elsewhere(const elementwise_call& call, any_tensor& out) {
  const auto* const entry = call.cuda ? call.cuda->entry : nullptr;
  const bool compiled = entry != nullptr && *entry != nullptr;
  if (!compiled && call.fused == nullptr) return no_kernel(call.op, out.where());
  TENON_TRY(const auto context, device_context(call.op, out.where()));
  if (out.numel() == 0) return {};
  kernels::elementwise_operand operands[kernels::max_operands];
  kernels::elementwise_plan plan;
  make_plan(plan, operands, out, call.inputs, call.count);
  if (!compiled) {
    out.written();
    return finish(call.op, call.fused(context, plan, call.plan));
  }
  kernels::elementwise_arguments arguments;
  call.cuda->describe(call.plan, arguments);
  arguments.type[0] = out.dtype();
  for (int i = 0; i < arguments.count; ++i)
    if (arguments.tensor[i] > 0) arguments.type[1 + i] = call.inputs[arguments.tensor[i] - 1]->dtype();
  out.written();
  return finish(call.op, (*entry)(context, plan, arguments));
}

// Copies and fills have no way to return an error. What fails is kept by the device for the next call that waits for it.
template <class K, class... A>
[[gnu::cold]] void move_elsewhere(any_tensor& out, const any_tensor* from, A... arguments) {
  if (out.numel() == 0) return;
  kernels::elementwise_operand operands[2];
  kernels::elementwise_plan plan;
  make_plan(plan, operands, out, &from, from ? 1 : 0);
  const auto kernel = device_kernel<K>("copy", out.where());
  if (!kernel) return;                           // the stream cannot be reached: the next call that takes it says so
  if (const auto s = (*kernel)(plan, arguments...); !s) backend_of(out.device())->failed(out.where().ordinal, static_cast<int>(s.detail));
  out.written();
}

// Elements of one type from one view to another of the same shape, on the same device. A template, and what calls it: see kernels/cpu/copy.hpp.
template <class = void>
void copy(const any_tensor& from, any_tensor& to) {
  const index_t item = size_of(to.dtype()), bytes = to.numel() * item;
  if (bytes == 0) return;
  if (to.device() != device::cpu) [[unlikely]] return move_elsewhere<kernels::strided_copy_kernel>(to, &from);
  kernels::elementwise_operand operands[2];
  kernels::elementwise_plan plan;
  plan.rank = to.rank();
  plan.operands = 2;
  plan.operand = operands;
  for (int d = 0; d < to.rank(); ++d) plan.extent[d] = to.size(d);
  for (int i = 0; i < 2; ++i) {
    const any_tensor& x = i == 0 ? to : from;
    operands[i].data = const_cast<std::byte*>(x.bytes());
    operands[i].item = item;
    for (int d = 0; d < to.rank(); ++d) operands[i].stride[d] = x.size(d) == 1 ? 0 : x.stride(d) * item;
  }
  kernels::plan_elementwise(plan);
  plan.stream = 2 * bytes >= index_t{4} << 20;
  kernels::cpu::entry<kernels::copy_kernel>()(kernels::cpu::make_context(0.15 * static_cast<double>(bytes)), kernels::plan_copy(plan));
  to.written();
}

inline void run_into(const elementwise_call& call, any_tensor& out, bool dense) {
  if (!dense || !run_small(call, out, out.numel())) run_elementwise(call, out);
}

// A new tensor of shape s. (Apart, so that the result is built where it stays.)
inline result<any_tensor> run_into_new(const elementwise_call& call, const shape& s, bool dense) {
  auto out = allocate_tensor(call.op, s, call.out, call.inputs[0]->where());
  if (out) run_into(call, *out, dense);
  return out;
}

[[gnu::cold, gnu::noinline]] inline result<any_tensor> allocate_elsewhere(const elementwise_call& call, any_tensor* const* dying) {
  TENON_TRY(const shape s, elementwise_shape(call));
  for (int i = 0; dying && i < call.count; ++i)
    if (dying[i] && reusable(*dying[i], s, call.out)) {
      any_tensor out = *dying[i];
      TENON_TRY_VOID(run_elsewhere(call, out));
      *dying[i] = any_tensor();
      return out;
    }
  TENON_TRY(any_tensor out, allocate_tensor(call.op, s, call.out, call.inputs[0]->where()));
  TENON_TRY_VOID(run_elsewhere(call, out));
  return out;
}

// `dying`: inputs that nobody can see after this call, or null. One of them may become the result. It is then taken from
// its handle, which lives to the end of the caller's full expression: shared, its memory could not be reused again there.
inline result<any_tensor> elementwise_allocate(const elementwise_call& call, any_tensor* const* dying) {
  if (call.inputs[0]->device() != device::cpu) [[unlikely]] return allocate_elsewhere(call, dying);
  const shape* s = common_dense_shape(call);
  const bool dense = s != nullptr;
  shape broadcast;
  if (!dense) {
    TENON_TRY(broadcast, elementwise_shape(call));
    s = &broadcast;
  }
  for (int i = 0; dying && i < call.count; ++i)
    if (dying[i] && reusable(*dying[i], *s, call.out)) {
      any_tensor out = *dying[i];
      run_into(call, out, dense);
      *dying[i] = any_tensor();
      return out;
    }
  return run_into_new(call, *s, dense);
}

inline result<void> check_target(const char* op, const any_tensor& out, const shape& s) {
  if (out.shape() != s)
    return error(error_code::shape_mismatch, op, make_text("the result has shape ", s, ", but out has ", out.shape()));
  if (!out.writable()) return error(error_code::not_writable, op, make_text("out is read-only memory; clone it first"));
  if (out.overlaps_itself())
    return error(error_code::overlapping_memory, op,
                 make_text("out of shape ", out.shape(), " reaches the same element by two indices (an expanded view?); clone it first"));
  return {};
}

// `apart`: out is promised to lie apart from the inputs (core/noalias.hpp).
template <class = void>
result<void> elementwise_into(const elementwise_call& call, any_tensor& out, bool apart = false) {
  const shape* const dense = common_dense_shape(call);
  if (dense) {
    TENON_TRY_VOID(check_target(call.op, out, *dense));
  } else {
    TENON_TRY(const shape s, elementwise_shape(call));
    TENON_TRY_VOID(check_target(call.op, out, s));
  }
  if (out.where() != call.inputs[0]->where())
    return error(error_code::device_mismatch, call.op, make_text("out is on ", out.where(), ", the operands on ", call.inputs[0]->where()));
  bool clash = false;
  for (int i = 0; i < call.count && !apart; ++i) clash = clash || (may_overlap(*call.inputs[i], out) && !same_view(*call.inputs[i], out));
  if (!clash) {
    if (out.device() != device::cpu) [[unlikely]] return run_elsewhere(call, out);
    run_into(call, out, dense && out.contiguous());
    return {};
  }
  // Some input would be read after its place was written: compute apart, then copy.
  TENON_TRY(const any_tensor computed, elementwise_allocate(call, nullptr));
  copy(computed, out);
  return {};
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

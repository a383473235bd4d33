#pragma once
// all_of(f, xs...): whether the elementwise function f is true of all elements of its broadcast operands. True of none.
#include <tenon/kernels/cpu/all_of.hpp>
#include <tenon/kernels/reduction.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// On another device: f's answers, a dense bool tensor that is not empty, are reduced there to one, which is read. That waits, as `item` does.
[[gnu::cold, gnu::noinline]] inline result<bool> are_all_true(const char* op, const any_tensor& answers) {
  using namespace kernels;
  TENON_TRY(const auto kernel, (device_kernel<device_reduction_kernel<reduction_kind::nonzero, bool, bool>>(op, answers.where())));
  reduction_dim all;
  all.extent = answers.numel();
  all.x = sizeof(bool);
  all.reduced = true;
  reduction_functions bools{};                           // of which a plan for a device asks only how many bytes an element has
  bools.item = bools.out_item[0] = sizeof(bool);
  auto r = plan_device_reduction(&all, 1, bools);
  TENON_TRY(any_tensor out, allocate_tensor(op, {}, dtype::boolean, answers.where()));
  TENON_TRY(const storage_ptr memory, workspace(op, r.workspace_bytes, answers.where()));
  r.x = answers.bytes();
  r.out[0] = out.bytes();
  r.type = r.out_type[0] = dtype::boolean;
  r.workspace = data_of(memory);
  reduction_options options;
  options.result = reduction_result::all;
  options.count = all.extent;
  TENON_TRY_VOID(finish(op, kernel(r, options)));
  bool answer = false;
  TENON_TRY_VOID(backend_of(out.device())->transfer(op, &answer, device::cpu, out.bytes(), out.where(), sizeof answer));
  return answer;
}

inline result<bool> run_all_of(const elementwise_call& call) {
  TENON_TRY(const shape s, elementwise_shape(call));
  if (s.numel() == 0) return true;
  if (call.inputs[0]->device() != device::cpu) [[unlikely]] {
    TENON_TRY(const any_tensor answers, elementwise_allocate(call, nullptr));
    return are_all_true(call.op, answers);
  }
  kernels::elementwise_operand operands[kernels::max_operands];
  operands[0] = {};                                      // the output: elements of size 0
  kernels::elementwise_plan plan;
  plan.rank = s.rank();
  plan.operands = call.count + 1;
  plan.operand = operands;
  plan.movers = call.movers;
  for (int d = 0; d < s.rank(); ++d) plan.extent[d] = s[d];
  index_t bytes = 0;
  for (int i = 1; i <= call.count; ++i) {
    const any_tensor& x = *call.inputs[i - 1];
    auto& o = operands[i];
    o.data = const_cast<std::byte*>(x.bytes());
    o.item = size_of(x.dtype());
    const int added = s.rank() - x.rank();
    for (int d = 0; d < s.rank(); ++d) o.stride[d] = d < added || x.size(d - added) == 1 ? 0 : x.stride(d - added) * o.item;
    bytes += x.numel() * o.item;
  }
  kernels::plan_elementwise(plan);
  bool failed = false;
  const kernels::cpu::all_of_plan all{call.function, call.plan, call.count, operands + 1, &failed};
  const double each = call.work + 0.1 * static_cast<double>(bytes) / static_cast<double>(plan.numel);
  kernels::cpu::entry<kernels::elementwise_loop_kernel>()(kernels::cpu::make_context(each * static_cast<double>(plan.numel)), plan,
                                                          &kernels::cpu::all_of_run, &all, static_cast<index_t>(8000.0 / each));
  return !failed;
}

// `op` names the caller in errors.
template <class F, class... Xs>
result<bool> all_of(const char* op, F f, const Xs&... xs) {
  const auto run = [op](elementwise_call call) {
    call.op = op;
    return run_all_of(call);
  };
  if constexpr ((lazy_operand<Xs> || ...)) {
    const auto e = make_expression(std::move(f), xs...);
    if (is_elsewhere(e.node())) [[unlikely]] {
      TENON_TRY(const auto answers, evaluate(e));
      return answers.numel() == 0 ? result<bool>(true) : are_all_true(op, answers.any());
    }
    return with_call<bool>(e, run);
  } else {
    return with_eager_call<bool>(
        op, std::move(f), [&](const elementwise_call& call, const any_tensor* const*) { return run(call); },
        std::index_sequence_for<Xs...>{}, xs...);
  }
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

#pragma once
// all_of(f, xs...): whether the elementwise function f is true of all elements of its broadcast operands. True of none.
#include <tenon/kernels/cpu/all_of.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

inline result<bool> run_all_of(const elementwise_call& call) {
  TENON_TRY(const shape s, elementwise_shape(call));
  if (s.numel() == 0) return true;
  TENON_TRY_VOID(check_on_cpu(call.op, call.inputs[0]->where()));
  kernels::elementwise_operand operands[kernels::max_operands];
  operands[0] = {};                                      // the output: elements of size 0
  kernels::elementwise_plan plan;
  plan.rank = s.rank();
  plan.operands = call.count + 1;
  plan.operand = operands;
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
    return with_call<bool>(make_expression(std::move(f), xs...), run);
  } else {
    return with_eager_call<bool>(
        std::move(f), [&](const elementwise_call& call, const any_tensor* const*) { return run(call); },
        std::index_sequence_for<Xs...>{}, xs...);
  }
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

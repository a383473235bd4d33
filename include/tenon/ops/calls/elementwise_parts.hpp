#pragma once
// An expression on a device other than the CPU: function by function.
//
// The device's kernels were compiled before the expression was written, one for each function. Results on the way are
// rounded to their own dtype, and their memory is used again where it fits.
#include <tenon/ops/calls/elementwise_run.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

template <class Node>
inline constexpr bool is_apply = false;
template <class F, class... C>
inline constexpr bool is_apply<apply<F, C...>> = true;
// More than one function: then a device needs the steps below.
template <class Node>
inline constexpr bool is_nested = false;
template <class F, class... C>
inline constexpr bool is_nested<apply<F, C...>> = (is_apply<C> || ...);

template <class T>
bool is_elsewhere(const leaf<T>& l) {
  return l.x.has_value() && l.x->device() != device::cpu;
}
template <class T>
bool is_elsewhere(const constant<T>&) {
  return false;
}
template <class F, class... C>
bool is_elsewhere(const apply<F, C...>& node) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (is_elsewhere(get<I>(node.operands)) || ...);
  }(std::index_sequence_for<C...>{});
}

template <class T, class F, class... C>
result<any_tensor> run_in_parts(const apply<F, C...>& node, any_tensor* into);

// An operand of one step: a tensor, which may have to be computed first, or a scalar.
template <class Node>
auto operand_of_step(const Node& node) {
  if constexpr (is_apply<Node>) {
    using T = typename Node::value_type;
    auto x = run_in_parts<T>(node, nullptr);
    return x ? leaf<T>{tensor<T>::unchecked(*std::move(x))} : leaf<T>{std::move(x).error()};
  } else {
    return node;
  }
}

// The result as T: into `into`, or new memory if that is null.
template <class T, class F, class... C>
result<any_tensor> run_in_parts(const apply<F, C...>& node, any_tensor* into) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) -> result<any_tensor> {
    using Step = apply<F, decltype(operand_of_step(get<I>(node.operands)))...>;
    Step step{node.f, make_pack(operand_of_step(get<I>(node.operands))...)};
    constexpr int count = detail::leaf_count<Step>;
    const any_tensor* inputs[count];
    any_tensor* dying[count];
    detail::leaf_collector leaves{inputs, 0, {}};
    leaves.visit(step);
    if (!(leaves.first_error == error_code::none)) return std::move(leaves.first_error);
    for (int i = 0; i < count; ++i) dying[i] = const_cast<any_tensor*>(inputs[i]);         // `step` is ours, and ends here
    const auto plan = detail::make_plan<0>(step);
    using Plan = std::remove_const_t<decltype(plan)>;
    const elementwise_call call{functions::name_of<F>(), inputs, count, dtype_of<T>, nullptr, nullptr, &plan, 0.0,
                                &kernels::device_function_of<Plan, device::cuda>};
    if (into == nullptr) return elementwise_allocate(call, dying);
    TENON_TRY_VOID(elementwise_into(call, *into));
    return *into;
  }(std::index_sequence_for<C...>{});
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

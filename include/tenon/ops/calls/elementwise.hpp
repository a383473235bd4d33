#pragma once
// From the arguments of an elementwise call to a kernel: the templated part, kept thin.
//
// With a lazy operand among them, the arguments become a larger expression. Otherwise the tensors are borrowed for the
// length of the call, and one that dies with it (`relu(a * b)`) gives its memory to the result.
#include <tenon/core/noalias.hpp>
#include <tenon/ops/calls/elementwise_parts.hpp>
#if defined(TENON_CUDA_EXPRESSIONS)
#include <tenon/kernels/cuda/expression.cuh>
#endif

namespace tenon::inline v0::inline TENON_BUILD::calls {

// What an elementwise op of several operands takes: tensors and scalars in any mixture, at least one of them a tensor.
template <class... Xs>
concept operands = ((operand<Xs> || scalar<Xs>) && ...) && (operand<Xs> || ...);
template <class Y, class... Xs>
concept beside = operands<Y, Xs...>;           // for the last parameter: Y together with the others
template <class Y>
concept tensor_or_scalar = operand<Y> || scalar<Y>;

// What a root functor costs per element; a function that is more than a few instructions says so.
template <class Plan>
inline constexpr double work_of_plan = 0.0;
template <class F, class... C>
inline constexpr double work_of_plan<apply<F, C...>> = [] {
  if constexpr (requires { F::nanoseconds; })
    return F::nanoseconds;
  else
    return 0.05;
}() + (work_of_plan<C> + ... + 0.0);

template <class Plan, class Out>
elementwise_call make_call(const char* op, const Plan& plan, const any_tensor* const* inputs, int count) {
  return {op, inputs, count, dtype_of<Out>, kernels::cpu::elementwise_function_of<Plan, Out>(),
          movers_for<kernels::cpu::detail::item_sizes<Plan> | sizeof(Out)>(), &plan, work_of_plan<Plan>, &kernels::device_function_of<Plan, device::cuda>};
}

// Whether a result of type R may be written into a tensor of type Out: never from complex to real, or floating to integer.
template <class Out, class R>
inline constexpr bool storable = complex_type<Out> || (!complex_type<R> && (floating<Out> || !floating<R>));

// ---- an expression ----------------------------------------------------------------------------------------------------
template <class Node>
inline constexpr const char* op_name = "eval";
template <class F, class... C>
inline constexpr const char* op_name<apply<F, C...>> = functions::name_of<F>();

// Whether an expression becomes one kernel of a GPU, and that kernel.
#if defined(TENON_CUDA_EXPRESSIONS)
template <class Node, class Out>
inline constexpr bool is_fused = kernels::cuda::fused::fusible<Node>;
#else
template <class, class>
inline constexpr bool is_fused = false;
#endif
template <class Plan, class Out>
constexpr kernels::device_expression fused_function_of() {
#if defined(TENON_CUDA_EXPRESSIONS)
  if constexpr (is_fused<Plan, Out>) return &kernels::cuda::run_expression<Plan, Out>;
#endif
  return nullptr;
}

// f(call), with the call that computes an expression as Out; or the first error among its leaves.
template <class Out, class Node, class Then>
auto with_call(const expression<Node>& e, Then then) -> decltype(then(std::declval<const elementwise_call&>())) {
  constexpr int count = detail::leaf_count<Node>;
  static_assert(count < kernels::max_operands, "the expression has too many tensors; evaluate a part of it with eval()");
  const any_tensor* inputs[count > 0 ? count : 1];
  detail::leaf_collector leaves{inputs, 0, {}};
  leaves.visit(e.node());
  if (!(leaves.first_error == error_code::none)) return std::move(leaves.first_error);
  const auto plan = detail::make_plan<0>(e.node());
  using Plan = std::remove_const_t<decltype(plan)>;
  auto call = make_call<Plan, Out>(op_name<Node>, plan, inputs, count);
  call.fused = fused_function_of<Plan, Out>();
  return then(std::as_const(call));
}

template <class Node>
result<tensor<typename Node::value_type>> evaluate(const expression<Node>& e) {
  using T = typename Node::value_type;
  if constexpr (is_nested<Node> && !is_fused<Node, T>)
    if (is_elsewhere(e.node())) [[unlikely]] {
      TENON_TRY(any_tensor out, run_in_parts<T>(e.node(), nullptr));
      return tensor<T>::unchecked(std::move(out));
    }
  return with_call<T>(e, [](const elementwise_call& call) -> result<tensor<T>> {
    auto out = elementwise_allocate(call, nullptr);
    if (!out) return std::move(out).error();
    return tensor<T>::unchecked(*std::move(out));
  });
}

// ---- an eager call ----------------------------------------------------------------------------------------------------
template <class X>
auto hold(const X& x) {
  if constexpr (operand<X>)
    return holder_t<X>(x);
  else
    return x;
}

template <class X>
inline constexpr int is_input = operand<X> ? 1 : 0;

template <int Index, class F, class Common, class X, class Held>
auto plan_operand(const Held& held) {
  if constexpr (operand<X>)
    return argument<Index, value_t<X>>{};
  else
    return detail::make_constant<F, Common>(held);
}

// A tensor that is passed as a temporary, or inside one.
template <class X>
any_tensor* dying_tensor(const any_tensor* x) {
  return std::is_reference_v<X> || std::is_const_v<X> ? nullptr : const_cast<any_tensor*>(x);
}

template <class Out, class F, class... Xs, class Then, std::size_t... I>
auto with_eager_call(const char* op, F f, Then then, std::index_sequence<I...>, Xs&&... xs)
    -> decltype(then(std::declval<const elementwise_call&>(), std::declval<any_tensor* const*>())) {
  constexpr auto inputs_before = [](std::size_t end) {
    constexpr int counts[] = {is_input<Xs>...};
    int n = 0;
    for (std::size_t i = 0; i < end; ++i) n += counts[i];
    return n;
  };
  constexpr int count = inputs_before(sizeof...(Xs));
  using Common = detail::tensors_type<Xs...>;
  const auto held = make_pack(hold(xs)...);
  const any_tensor* inputs[count];
  any_tensor* dying[count];
  error failed;
  const auto collect = [&]<class X, std::size_t J>(std::type_identity<X>, std::integral_constant<std::size_t, J>) {
    if constexpr (operand<X>) {
      const auto* x = get<J>(held).get();
      if (x == nullptr) {
        if (failed == error_code::none) failed = get<J>(held).error();
        return;
      }
      inputs[inputs_before(J)] = &x->any();
      dying[inputs_before(J)] = dying_tensor<X>(&x->any());
    }
  };
  (collect(std::type_identity<Xs>{}, std::integral_constant<std::size_t, I>{}), ...);
  if (!(failed == error_code::none)) return failed;

  using Plan = apply<F, decltype(plan_operand<inputs_before(I), F, Common, Xs>(get<I>(held)))...>;
  const Plan plan{f, make_pack(plan_operand<inputs_before(I), F, Common, Xs>(get<I>(held))...)};
  using T = std::conditional_t<std::is_void_v<Out>, typename Plan::value_type, Out>;
  return then(make_call<Plan, T>(op, plan, inputs, count), dying);
}

// The element type of the result, without the types of an expression.
template <class F, class Common, class X>
struct element_beside : decltype(detail::make_constant<F, Common>(std::declval<const std::remove_cvref_t<X>&>())) {};
template <class F, class Common, operand X>
struct element_beside<F, Common, X> { using value_type = value_t<X>; };
template <class F, class... Xs>
using elementwise_value = typename functions::types_of<F, typename element_beside<F, detail::tensors_type<Xs...>, Xs>::value_type...>::result;

// ---- an option that is refused ----------------------------------------------------------------------------------------
// An expression that carries e as if its first tensor did.
template <class T>
bool put_error(leaf<T>& l, const error& e) {
  l.x = e;
  return true;
}
template <class T>
bool put_error(constant<T>&, const error&) {
  return false;
}
template <class F, class... C>
bool put_error(apply<F, C...>& node, const error& e) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (put_error(const_cast<C&>(get<I>(node.operands)), e) || ...);
  }(std::index_sequence_for<C...>{});
}

// ---- the three forms --------------------------------------------------------------------------------------------------
// f(xs...): an expression if any operand is one, else a result<tensor<T>>. `op` is the name in errors of a call that is run at once.
template <class F, class... Xs>
auto elementwise_as(const char* op, F f, Xs&&... xs) {
  if constexpr ((lazy_operand<Xs> || ...)) {
    return make_expression(std::move(f), std::forward<Xs>(xs)...);
  } else {
    using T = elementwise_value<F, Xs...>;
    return with_eager_call<T>(
        op, std::move(f),
        [](const elementwise_call& call, any_tensor* const* dying) -> result<tensor<T>> {
          auto out = elementwise_allocate(call, dying);
          if (!out) return std::move(out).error();
          return tensor<T>::unchecked(*std::move(out));
        },
        std::index_sequence_for<Xs...>{}, std::forward<Xs>(xs)...);
  }
}

template <class F, class... Xs>
auto elementwise(F f, Xs&&... xs) {
  return elementwise_as(functions::name_of<F>(), std::move(f), std::forward<Xs>(xs)...);
}

// The same where an option may be wrong: e, if it is an error, is the result; of an expression, what it evaluates to.
template <class F, class... Xs>
auto elementwise_unless(const error& e, F f, Xs&&... xs) {
  if constexpr ((lazy_operand<Xs> || ...)) {
    auto node = make_expression(std::move(f), std::forward<Xs>(xs)...).node();
    if (!(e == error_code::none)) put_error(node, e);
    return expression<decltype(node)>(std::move(node));
  } else {
    using R = decltype(elementwise(std::move(f), std::forward<Xs>(xs)...));
    return e == error_code::none ? elementwise(std::move(f), std::forward<Xs>(xs)...) : R(e);
  }
}

// out = f(xs...). `out` keeps its shape and its place.
template <target O, class F, class... Xs>
result<void> elementwise_into_as(const char* op, O&& out, F f, Xs&&... xs) {
  using T = value_t<O>;
  constexpr bool fits = storable<T, elementwise_value<F, Xs...>>;
  static_assert(fits, "out cannot hold the result: a complex result needs a complex out, a floating one a floating out; convert with to<T>(x)");
  const holder_t<O> held(out);
  if (held.get() == nullptr) return held.error();
  any_tensor into = held.get()->any();
  if constexpr (!fits) {
    return error();                                         // the assertion has said it
  } else if constexpr ((lazy_operand<Xs> || ...)) {
    const auto e = make_expression(std::move(f), std::forward<Xs>(xs)...);
    using Node = std::remove_cvref_t<decltype(e.node())>;
    if constexpr (is_nested<Node> && !is_fused<Node, T>)
      if (is_elsewhere(e.node())) [[unlikely]] {
        TENON_TRY_VOID(run_in_parts<T>(e.node(), &into));
        return {};
      }
    return with_call<T>(e, [&](const elementwise_call& call) { return elementwise_into(call, into, is_noalias<std::remove_cvref_t<O>>); });
  } else {
    return with_eager_call<T>(
        op, std::move(f), [&](const elementwise_call& call, any_tensor* const*) { return elementwise_into(call, into, is_noalias<std::remove_cvref_t<O>>); },
        std::index_sequence_for<Xs...>{}, std::forward<Xs>(xs)...);
  }
}

template <target O, class F, class... Xs>
result<void> elementwise_into(O&& out, F f, Xs&&... xs) {
  return elementwise_into_as(functions::name_of<F>(), out, std::move(f), std::forward<Xs>(xs)...);
}

// x = f(x, xs...), truly in place: no allocation, and every view of x sees it.
template <class F, target X, class... Xs>
result<void> elementwise_in_place(F f, X&& x, Xs&&... xs) {
  return elementwise_into(x, std::move(f), x, std::forward<Xs>(xs)...);
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

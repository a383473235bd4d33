#pragma once
// Elementwise functions on a device other than the CPU: what such a kernel is called by, and what it is called with.
//
// The CPU compiles a kernel for each expression and each combination of element types. A device library is compiled before
// the program, so it holds one kernel for each function F and each type C that F computes in. Tensors of other types are
// converted as they are read and written (half and bfloat16 are computed in float anyway), and a scalar operand is passed
// with the call. An expression runs function by function there, or as one kernel where nvcc compiles it (kernels/cuda/expression.cuh).
#include <tenon/core/expression.hpp>
#include <tenon/kernels/device_entry.hpp>
#include <tenon/kernels/elementwise.hpp>

namespace tenon::inline v0::kernels {

inline constexpr int max_arguments = 4;        // of one function

// Beside an elementwise_plan of the tensors. An argument of F is a tensor of the plan or a scalar.
struct elementwise_arguments {
  const void* function = nullptr;              // an F
  int count = 0;
  int tensor[max_arguments] = {};              // which operand of the plan; 0: it is a scalar
  const void* scalar[max_arguments] = {};
  dtype type[1 + max_arguments] = {};          // of out, and of each argument
};

template <class F, class C>
struct elementwise_kernel {
  using function = status (*)(const context&, const elementwise_plan&, const elementwise_arguments&);
};

// How a plan is run on a device: the kernel's place, and what makes its arguments.
struct device_function {
  const elementwise_kernel<void, void>::function* entry = nullptr;             // null: not one function, but an expression
  void (*describe)(const void* plan, elementwise_arguments&) = nullptr;
};

// A whole expression as one kernel. `plan` is what its arguments and functions are; null: this compiler can make none.
using device_expression = status (*)(const context&, const elementwise_plan&, const void* plan);

inline namespace TENON_BUILD {

namespace on_device {

// The type that a function of such arguments computes in: that of its first argument that is not a condition.
template <class List>
struct arguments_compute { using type = bool; };
template <class T, class... Ts>
struct arguments_compute<type_list<T, Ts...>> { using type = compute_t<T>; };
template <class... Ts>
struct arguments_compute<type_list<bool, Ts...>> : arguments_compute<type_list<Ts...>> {};

template <class Operand>
inline constexpr bool is_plain_operand = false;
template <int I, class T>
inline constexpr bool is_plain_operand<argument<I, T>> = true;
template <class T>
inline constexpr bool is_plain_operand<constant<T>> = true;

template <int I, class T>
void describe_operand(const argument<I, T>&, elementwise_arguments& a) {
  a.tensor[a.count] = 1 + I;
  a.type[++a.count] = dtype_of<T>;
}
template <class T>
void describe_operand(const constant<T>& c, elementwise_arguments& a) {
  a.scalar[a.count] = &c.value;
  a.type[++a.count] = dtype_of<compute_t<T>>;
}

}  // namespace on_device

// F itself, unless it is another function under another name.
template <class F>
struct kernel_function_of { using type = F; };
template <class F>
  requires requires { typename F::kernel_function; }
struct kernel_function_of<F> { using type = typename F::kernel_function; };
template <class F>
using kernel_function = typename kernel_function_of<F>::type;

template <class Plan, device D>
inline constexpr device_function device_function_of = {};                       // an expression of several functions
template <class F, class... C, device D>
  requires((on_device::is_plain_operand<C> && ...) && sizeof...(C) <= max_arguments)
inline constexpr device_function device_function_of<apply<F, C...>, D> = {
    &device_entry<elementwise_kernel<kernel_function<F>, typename on_device::arguments_compute<typename apply<F, C...>::arguments>::type>, D>,
    [](const void* plan, elementwise_arguments& a) {
      const auto& p = *static_cast<const apply<F, C...>*>(plan);
      a.function = static_cast<const kernel_function<F>*>(&p.f);
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (on_device::describe_operand(get<I>(p.operands), a), ...);
      }(std::index_sequence_for<C...>{});
    }};

// A tensor as it is: an expression of nothing but a leaf.
template <int I, class T, device D>
inline constexpr device_function device_function_of<argument<I, T>, D> = {
    &device_entry<elementwise_kernel<functions::identity, compute_t<T>>, D>, [](const void*, elementwise_arguments& a) {
      static constexpr functions::identity f;
      a.function = &f;
      on_device::describe_operand(argument<I, T>{}, a);
    }};

}  // namespace TENON_BUILD

// The types C that function F has kernels for on device D.
template <class F, device D>
inline constinit dtype_set device_dtypes = dtype_set();

// Moving elements without knowing their type, and one value everywhere. The plan's operands are out and, of a copy, the input.
struct strided_copy_kernel {
  using function = status (*)(const context&, const elementwise_plan&);
};
struct strided_fill_kernel {
  using function = status (*)(const context&, const elementwise_plan&, const void* value);
};

}  // namespace tenon::inline v0::kernels

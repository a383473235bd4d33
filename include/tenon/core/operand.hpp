#pragma once
// operand: what an op accepts. An open protocol: `operand_traits<X>` says what X stands for, and how to get at the tensor.
//
//   tensor<T>, result<tensor<T>>   borrowed for the length of the call; an error in a result goes straight to the caller
//   expression<Node>               evaluated first, unless the op is elementwise and becomes part of it (core/expression.hpp)
//
// A new kind of operand (a tracked variable, say) is one more specialisation; no op changes.
#include <tenon/core/tensor.hpp>

namespace tenon::inline v0 {

// Members: value_type; lazy (whether elementwise ops build on it); holder: constructed from const X&, with
// `const tensor<value_type>* get() const` (null on error) and `error error() const`.
template <class X>
struct operand_traits;

template <class T>
struct operand_traits<tensor<T>> {
  using value_type = T;
  static constexpr bool lazy = false;
  class holder {
   public:
    TENON_ALWAYS_INLINE explicit holder(const tensor<T>& x) : x_(&x) {}
    TENON_ALWAYS_INLINE const tensor<T>* get() const { return x_->defined() ? x_ : nullptr; }
    tenon::error error() const { return undefined_operand(); }

   private:
    const tensor<T>* x_;
  };

  static tenon::error undefined_operand() {
    return tenon::error(error_code::invalid_argument, "tensor",
                        make_text("the handle holds no tensor: it was default-constructed or moved from"));
  }
};

template <class T>
struct operand_traits<result<tensor<T>>> {
  using value_type = T;
  static constexpr bool lazy = false;
  class holder {
   public:
    TENON_ALWAYS_INLINE explicit holder(const result<tensor<T>>& r) : r_(&r) {}
    TENON_ALWAYS_INLINE const tensor<T>* get() const { return r_->has_value() && (**r_).defined() ? &**r_ : nullptr; }
    tenon::error error() const { return r_->has_value() ? operand_traits<tensor<T>>::undefined_operand() : r_->error(); }

   private:
    const result<tensor<T>>* r_;
  };
};

template <class X>
concept operand = requires { typename operand_traits<std::remove_cvref_t<X>>::value_type; };
template <class X>
concept lazy_operand = operand<X> && operand_traits<std::remove_cvref_t<X>>::lazy;
template <class X>
concept eager_operand = operand<X> && !operand_traits<std::remove_cvref_t<X>>::lazy;
// A number beside a tensor. (One constraint, not three: of those clang would explain each, down to std::same_as.)
template <class X>
inline constexpr bool is_scalar = std::is_arithmetic_v<X> || half_type<X> || complex_type<X>;
template <class X>
concept scalar = is_scalar<std::remove_cvref_t<X>>;
// What an op can write into: a tensor or a view, named or fresh from a view function; not a const handle.
template <class X>
concept target = eager_operand<X> && !std::is_const_v<std::remove_reference_t<X>>;

template <operand X>
using value_t = typename operand_traits<std::remove_cvref_t<X>>::value_type;
template <operand X>
using holder_t = typename operand_traits<std::remove_cvref_t<X>>::holder;

// Stands for a tensor that is left out: conv2d(x, w, none, {.stride = 2}).
struct none_t {};
inline constexpr none_t none{};

}  // namespace tenon::inline v0

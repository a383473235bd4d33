#pragma once
// The three forms of an op that is not elementwise, from one description of it:
//
//   struct softmax {
//     static constexpr const char* name = "softmax";
//     static constexpr dtype_set dtypes = floating_dtypes;          // of the first operand
//     static constexpr bool in_place = true;                        // out may be an operand (the same view exactly)
//     static constexpr bool trusts_noalias = true;                  // no value of an operand is a place (core/noalias.hpp)
//     index_t dim;                                                  // options
//     result<shape> check(const any_tensor& x) const;               // all checks; the shape of the result
//     template <class T> result<void> run(any_tensor& out, const any_tensor& x) const;      // plan, workspace, kernel
//     template <class... Ts> using result_type = ...;               // the result's element type, unless the first operand's
//   };
//
// This is the one place where operands are lifted: expressions are evaluated, errors in results handed on, handles
// without a tensor refused, devices compared. `run` gets the operands' element types as template arguments. An operand
// that was left out (`none`) arrives as a null pointer: declare that parameter `const any_tensor*`.
#include <tenon/core/expression.hpp>
#include <tenon/core/noalias.hpp>
#include <tenon/ops/calls/device.hpp>
#include <tenon/ops/calls/elementwise_run.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// What `check` and `run` receive for each operand: a reference, or a pointer where it may be left out.
struct lifted {
  const any_tensor* x;
  operator const any_tensor&() const { return *x; }
  operator const any_tensor*() const { return x; }
};

template <class X>
struct holder_of {
  holder_t<X> held;
  explicit holder_of(const X& x) : held(x) {}
  const any_tensor* get() const {
    const auto* t = held.get();
    return t ? &t->any() : nullptr;
  }
  bool good() const { return held.get() != nullptr; }
  tenon::error error() const { return held.error(); }
};
template <>
struct holder_of<none_t> {
  explicit holder_of(none_t) {}
  const any_tensor* get() const { return nullptr; }
  bool good() const { return true; }
  tenon::error error() const { return {}; }
};

template <class X>
concept optional_operand = operand<X> || std::same_as<std::remove_cvref_t<X>, none_t>;

template <class X>
struct element_of { using type = void; };
template <operand X>
struct element_of<X> { using type = value_t<X>; };
template <class X>
using element_of_t = typename element_of<std::remove_cvref_t<X>>::type;

// then(lifted...), or the first error among the operands. What `then` fails with is said of `op`: no error of an operand is among it.
// Operands of another device than the CPU are refused unless the caller has said that `then` can take them.
template <bool Anywhere = false, class Then, class... Xs>
auto with_tensors(const char* op, Then then, const Xs&... xs) -> decltype(then(lifted{(static_cast<void>(xs), nullptr)}...)) {
  return [&](const holder_of<Xs>&... held) -> decltype(then(lifted{(static_cast<void>(xs), nullptr)}...)) {
    error failed;
    const any_tensor* first = nullptr;
    const auto look = [&](const auto& h) {
      if (!(failed == error_code::none)) return;
      if (!h.good()) {
        failed = h.error();
      } else if (const any_tensor* x = h.get()) {
        if (first == nullptr) {
          first = x;
          if (!Anywhere && x->device() != device::cpu) [[unlikely]] failed = no_kernel(op, x->where());
        }
        if (x->where() != first->where())
          failed = error(error_code::device_mismatch, op,
                         make_text("operands live on ", first->where(), " and ", x->where(), "; move one with to(x, device)"));
      }
    };
    (look(held), ...);
    if (!(failed == error_code::none)) return failed;
    auto r = then(lifted{held.get()}...);
    if (!r) [[unlikely]] r = r.error().said_of(op);
    return r;
  }(holder_of<Xs>(xs)...);
}

template <class Op, class... Ts>
struct result_element { using type = typename detail::type_at<0, Ts...>::type; };
template <class Op, class... Ts>
  requires requires { typename Op::template result_type<Ts...>; }
struct result_element<Op, Ts...> { using type = typename Op::template result_type<Ts...>; };
template <class Op, class... Xs>
using result_element_t = typename result_element<Op, element_of_t<Xs>...>::type;

// Answers what it asserts: a call that is refused must not be compiled, or the compiler adds what its kernel says to that.
template <class Op, class... Xs>
constexpr bool check_dtypes() {
  using T = typename detail::type_at<0, element_of_t<Xs>...>::type;
  constexpr bool known = Op::dtypes.contains(dtype_of<T>);
  static_assert(known, "this op has no kernel for that element type (see its documentation); convert the operand with tenon::to<T>(x)");
  return known;
}

template <class Op>
inline constexpr bool works_in_place = [] {
  if constexpr (requires { Op::in_place; })
    return Op::in_place;
  else
    return false;
}();

template <class Op, class O>
inline constexpr bool is_promised_apart = [] {
  if constexpr (requires { Op::trusts_noalias; })
    return Op::trusts_noalias && is_noalias<std::remove_cvref_t<O>>;
  else
    return false;
}();

// op(xs...) into new memory, under a name of its own in errors: addmm is a product<mm>.
template <class Op, class... Xs>
result<tensor<result_element_t<Op, Xs...>>> allocate_as(const char* name, const Op& op, const Xs&... xs) {
  using R = result_element_t<Op, Xs...>;
  if constexpr (!check_dtypes<Op, Xs...>()) return error();
  else return with_tensors<true>(
      name,
      [&](auto... x) -> result<tensor<R>> {
        TENON_TRY(const shape s, op.check(x...));
        const any_tensor* first = nullptr;
        ((first = first ? first : x.x), ...);
        TENON_TRY_VOID(check_device<Op>(first->where()));
        TENON_TRY(any_tensor out, allocate_tensor(Op::name, s, dtype_of<R>, first->where()));
        TENON_TRY_VOID(op.template run<element_of_t<Xs>...>(out, x...));
        return tensor<R>::unchecked(std::move(out));
      },
      xs...);
}
template <class Op, class... Xs>
auto allocate(const Op& op, const Xs&... xs) {
  return allocate_as(Op::name, op, xs...);
}

// f(tensors...), of an op that is made of others: its operands are lifted once.
template <class F, class... Xs>
auto compose(const char* name, F f, const Xs&... xs) -> decltype(f(std::declval<const tensor<value_t<Xs>>&>()...)) {
  return with_tensors<true>(
      name, [&](auto... x) { return f(tensor<value_t<Xs>>::unchecked(*x.x)...); }, xs...);
}

inline result<void> check_same_device(const char* op, const any_tensor& out, std::initializer_list<const any_tensor*> inputs) {
  for (const any_tensor* x : inputs)
    if (x && x->where() != out.where()) [[unlikely]]
      return error(error_code::device_mismatch, op, make_text("out is on ", out.where(), ", the operands on ", x->where()));
  return {};
}

// op(xs...) into memory that exists. Where out overlaps an operand in a way that the kernel cannot bear, and only then,
// it is computed apart and copied.
template <class Op, target O, class... Xs>
result<void> into_as(const char* name, const Op& op, O&& out, const Xs&... xs) {
  using R = result_element_t<Op, Xs...>;
  static_assert(std::is_same_v<value_t<O>, R>, "out must have the result's element type");
  const holder_of<std::remove_cvref_t<O>> held(out);
  if (!held.good()) return held.error();
  any_tensor target = *held.get();
  if constexpr (!check_dtypes<Op, Xs...>()) return error();
  else return with_tensors<true>(
      name,
      [&](auto... x) -> result<void> {
        TENON_TRY(const shape s, op.check(x...));
        TENON_TRY_VOID(check_target(Op::name, target, s));
        TENON_TRY_VOID(check_device<Op>(target.where()));
        TENON_TRY_VOID(check_same_device(Op::name, target, {x.x...}));
        const auto clashes = [&](const any_tensor* in) {
          return in && may_overlap(*in, target) && !(works_in_place<Op> && same_view(*in, target));
        };
        if (is_promised_apart<Op, O> || !(clashes(x.x) || ...)) {
          TENON_TRY_VOID(op.template run<element_of_t<Xs>...>(target, x...));
        } else {
          TENON_TRY(any_tensor apart, allocate_tensor(Op::name, s, dtype_of<R>, target.where()));
          TENON_TRY_VOID(op.template run<element_of_t<Xs>...>(apart, x...));
          copy(apart, target);
        }
        target.written();
        return {};
      },
      xs...);
}
template <class Op, target O, class... Xs>
result<void> into(const Op& op, O&& out, const Xs&... xs) {
  return into_as(Op::name, op, out, xs...);
}

// out = x: the _into form of an op that is made of others, or whose shape depends on the data. x has been computed apart.
template <target O, class T>
result<void> give(const char* op, O&& out, const result<tensor<T>>& x) {
  static_assert(std::is_same_v<value_t<O>, T>, "out must have the result's element type");
  const holder_of<std::remove_cvref_t<O>> held(out);
  if (!held.good()) return held.error();
  if (!x) return x.error();
  any_tensor target = *held.get();
  if (target.where() != x->where())
    return error(error_code::device_mismatch, op, make_text("out lives on ", target.where(), ", the operands on ", x->where()));
  TENON_TRY_VOID(check_target(op, target, x->shape()));
  copy(x->any(), target);
  target.written();
  return {};
}

// x itself if it is dense, else a dense copy: for kernels that want their smaller operands so.
template <class = void>
result<any_tensor> dense(const char* op, const any_tensor& x) {
  if (x.contiguous()) return x;
  TENON_TRY(any_tensor copied, allocate_tensor(op, x.shape(), x.dtype(), x.where()));
  copy(x, copied);
  return copied;
}

// To another place. Only dense bytes travel; what is not dense is copied together first, on the side where it is.
template <class = void>
result<any_tensor> move_to(const char* op, const any_tensor& x, placement where) {
  if (x.where() == where) return x;
  TENON_TRY(any_tensor out, allocate_tensor(op, x.shape(), x.dtype(), where));
  TENON_TRY(const any_tensor from, dense(op, x));
  const device kind = where.kind == device::cpu ? x.device() : where.kind;
  const backend* const b = backend_of(kind);
  if (b == nullptr) return not_built_in(op, kind);
  TENON_TRY_VOID(b->transfer(op, out.bytes(), where, from.bytes(), x.where(), static_cast<std::size_t>(out.numel() * size_of(x.dtype()))));
  return out;
}

// The kernel's scratch memory, freed at the end of the op (on a device: when the stream has come to it).
[[gnu::noinline]] inline result<storage_ptr> workspace(const char* op, index_t bytes, placement where = {}) {
  if (bytes == 0) return storage_ptr();
  if (where.kind != device::cpu) [[unlikely]] {
    TENON_TRY(const any_tensor memory, allocate_tensor(op, shape(bytes), dtype::uint8, where));
    return memory.memory();
  }
  storage_ptr memory = allocate_storage(static_cast<std::size_t>(bytes));
  if (!memory)
    return error(error_code::out_of_memory, op, make_text("no memory for ", bytes, " bytes of workspace (see memory::set_limit)"));
  return memory;
}
inline std::byte* data_of(const storage_ptr& memory) { return memory ? memory->data : nullptr; }

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

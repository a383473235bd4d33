#pragma once
// Expressions: elementwise arithmetic that is written down first and run in one pass.
//
//   auto e = relu(lazy(a) * b + c);      // nothing has run
//   auto y = eval(e);                    // one loop over memory
//
// Nodes own what they refer to, storage by count and scalars by value, so that `auto` and returning an expression are
// always safe (the trap of most expression-template libraries). An eager call builds the same tree over borrowed tensors.
//
// Two forms of a tree:
//   node   leaf<T> (holds a result<tensor<T>>), constant<T>, apply<F, Nodes...>            what the user holds
//   plan   argument<I, T> (the I-th tensor of the call), constant<T>, apply<F, Plans...>   what a kernel is compiled from
//
// F, an elementwise function, is a small functor that runs on vectors and scalars alike:
//   struct relu : functions::same_type { static constexpr const char* name = "relu"; auto operator()(auto x) const; };
// Its `rule`, inherited from its base, says which types it takes and returns. A plain generic lambda works too (see `map`).
#include <tenon/core/operand.hpp>
#include <tenon/core/pack.hpp>

namespace tenon::inline v0 {

template <class T>
struct leaf {
  using value_type = T;
  result<tensor<T>> x;
};

// A scalar, held in the type that arithmetic happens in: a half tensor times 0.1 does not round 0.1 to half.
template <class T>
struct constant {
  using value_type = T;
  compute_t<T> value;
};

template <int I, class T>
struct argument {
  using value_type = T;
};

namespace functions {

template <class T, class... Ts>
struct promoted : promoted<T, typename promoted<Ts...>::type> {};
template <class T>
struct promoted<T> { using type = T; };
template <class A, class B>
struct promoted<A, B> { using type = promote_t<A, B>; };
template <class... Ts>
using promoted_t = typename promoted<Ts...>::type;
template <class T>
using at_least_float = std::conditional_t<std::is_integral_v<T>, float, T>;

template <class T, class>
struct replacement { using type = T; };        // not a plain alias: nvcc writes that out, and the pack is gone
template <class T, class U>
using replace = typename replacement<T, U>::type;

// All operands promoted to one type, which is the result's: add, maximum, relu.
struct same_type {
  using rule = same_type;
  template <class... Ts>
  struct types {
    using result = promoted_t<Ts...>;
    using arguments = type_list<replace<result, Ts>...>;
  };
};
// What becomes of an integer scalar that the integer tensors beside it cannot hold: arithmetic wraps it, as it wraps its
// results; a bound (clamp, maximum) is moved to the nearest value that they can hold; a comparison is made in a type that
// holds both, so that `lt(x, 300)` is true of every uint8; a function of fractions (x / -2) takes it as a float.
enum class scalar_rule { wrap, saturate, widen, fraction };

// The same, but integers and booleans become float: exp, true division.
struct floating_type {
  using rule = floating_type;
  static constexpr auto scalars = scalar_rule::fraction;
  template <class... Ts>
  struct types {
    using result = at_least_float<promoted_t<Ts...>>;
    using arguments = type_list<replace<result, Ts>...>;
  };
};
// Operands promoted to one type, result bool: eq, lt, isnan.
struct comparison {
  using rule = comparison;
  static constexpr scalar_rule scalars = scalar_rule::widen;
  template <class... Ts>
  struct types {
    using result = bool;
    using arguments = type_list<replace<promoted_t<Ts...>, Ts>...>;
  };
};
// Operands become bool (non-zero is true): logical_and.
struct logical {
  using rule = logical;
  template <class... Ts>
  struct types {
    using result = bool;
    using arguments = type_list<replace<bool, Ts>...>;
  };
};
// A boolean chooses between two operands of one type: where.
struct selection {
  using rule = selection;
  template <class C, class A, class B>
  struct types {
    using result = promoted_t<A, B>;
    using arguments = type_list<bool, result, result>;
  };
};

struct identity : same_type {
  static constexpr const char* name = "assign";
  TENON_HD constexpr auto operator()(auto x) const { return x; }
};

// The value itself, as another type.
template <class To>
struct convert_to {
  static constexpr const char* name = "to";
  struct rule {
    template <class T>
    struct types {
      using result = To;
      using arguments = type_list<To>;
    };
  };
  TENON_HD constexpr auto operator()(auto x) const { return x; }
};

// The rule of a function without one: a lambda. Operands promoted; bool if it answers bool on scalars, else their type.
template <class F>
struct deduced {
  template <class... Ts>
  struct types {
    using common = promoted_t<Ts...>;
    using answer = decltype(std::declval<const F&>()(std::declval<compute_t<replace<common, Ts>>>()...));
    using result = std::conditional_t<std::is_same_v<answer, bool>, bool, common>;
    using arguments = type_list<replace<common, Ts>...>;
  };
};

template <class F>
struct rule_of { using type = deduced<F>; };
template <class F>
  requires requires { typename F::rule; }
struct rule_of<F> { using type = typename F::rule; };

template <class F, class... Ts>
using types_of = typename rule_of<F>::type::template types<Ts...>;

// The dtypes that F has kernels for, in terms of its (converted) operands; everything if it does not say.
template <class F>
constexpr dtype_set dtypes_of() {
  if constexpr (requires { F::dtypes; })
    return F::dtypes;
  else
    return all_dtypes;
}
template <class F>
constexpr const char* name_of() {
  if constexpr (requires { F::name; })
    return F::name;
  else
    return "map";
}

template <class F>
constexpr scalar_rule scalars_of() {
  if constexpr (requires { F::scalars; })
    return F::scalars;
  else
    return scalar_rule::wrap;
}

template <class F, class... Ts>
constexpr bool supported(type_list<Ts...>) {
  return (dtypes_of<F>().contains(dtype_of<Ts>) && ...);
}

}  // namespace functions

// f applied to the elements of its operands. Each operand is converted to the type that f's rule asks for.
template <class F, class... Operands>
struct apply {
  using types = functions::types_of<F, typename Operands::value_type...>;
  using value_type = typename types::result;
  using arguments = typename types::arguments;
  using function = F;
  static_assert(functions::supported<F>(arguments{}),
                "this op has no kernel for these element types (see its documentation); convert an operand with tenon::to<T>(x)");
  [[no_unique_address]] F f;
  pack<Operands...> operands;
};

template <class Node>
class expression {
 public:
  using value_type = typename Node::value_type;
  explicit expression(Node n) : node_(std::move(n)) {}
  const Node& node() const& { return node_; }
  Node node() && { return std::move(node_); }

 private:
  Node node_;
};

template <class X>
inline constexpr bool is_expression = false;
template <class Node>
inline constexpr bool is_expression<expression<Node>> = true;

// An op that is not elementwise evaluates an expression first. (`eval` stands above the kernels, in ops/lazy.hpp.)
template <class Node>
struct operand_traits<expression<Node>> {
  using value_type = typename Node::value_type;
  static constexpr bool lazy = true;
  class holder {
   public:
    TENON_ALWAYS_INLINE explicit holder(const expression<Node>& e) : value_(eval(e)) {}
    TENON_ALWAYS_INLINE const tensor<value_type>* get() const { return value_.has_value() ? &*value_ : nullptr; }
    tenon::error error() const { return value_.error(); }

   private:
    result<tensor<value_type>> value_;
  };
};

// Starts an expression. The tensor is shared, not copied; what it holds is read when the expression is evaluated.
template <element T>
expression<leaf<T>> lazy(const tensor<T>& x) {
  if (!x.defined()) return expression<leaf<T>>({operand_traits<tensor<T>>::undefined_operand()});
  return expression<leaf<T>>({x});
}
template <element T>
expression<leaf<T>> lazy(tensor<T>&& x) {
  if (!x.defined()) return expression<leaf<T>>({operand_traits<tensor<T>>::undefined_operand()});
  return expression<leaf<T>>({std::move(x)});
}
template <element T>
expression<leaf<T>> lazy(result<tensor<T>> x) {
  return expression<leaf<T>>({std::move(x)});
}
template <class Node>
expression<Node> lazy(expression<Node> e) {
  return e;
}

namespace detail {

// ---- from a node to a plan: leaves are numbered from left to right ----------------------------------------------------
template <class Node>
inline constexpr int leaf_count = 0;
template <class T>
inline constexpr int leaf_count<leaf<T>> = 1;
template <class F, class... C>
inline constexpr int leaf_count<apply<F, C...>> = (leaf_count<C> + ... + 0);

template <int First, class T>
auto make_plan(const leaf<T>&) {
  return argument<First, T>{};
}
template <int First, class T>
auto make_plan(const constant<T>& c) {
  return c;
}
template <int First, class F, class... C>
auto make_plan(const apply<F, C...>& node);

template <int First, class F, class... C, std::size_t... I>
auto make_plan_of(const apply<F, C...>& node, std::index_sequence<I...>) {
  constexpr auto leaves_before = [](std::size_t end) {
    constexpr int counts[] = {leaf_count<C>...};
    int n = 0;
    for (std::size_t i = 0; i < end; ++i) n += counts[i];
    return n;
  };
  using Plan = apply<F, decltype(make_plan<First + leaves_before(I)>(get<I>(node.operands)))...>;
  return Plan{node.f, make_pack(make_plan<First + leaves_before(I)>(get<I>(node.operands))...)};
}
template <int First, class F, class... C>
auto make_plan(const apply<F, C...>& node) {
  return make_plan_of<First>(node, std::index_sequence_for<C...>{});
}

// The tensors of the leaves in the same order; the first error found is kept.
struct leaf_collector {
  const any_tensor** tensors;
  int count = 0;
  tenon::error first_error;

  template <class T>
  void visit(const leaf<T>& l) {
    if (!l.x) {
      if (first_error == error_code::none) first_error = l.x.error();
      tensors[count++] = nullptr;
      return;
    }
    tensors[count++] = &(*l.x).any();
  }
  template <class T>
  void visit(const constant<T>&) {}
  template <class F, class... C>
  void visit(const apply<F, C...>& node) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (visit(get<I>(node.operands)), ...); }(std::index_sequence_for<C...>{});
  }
};

// ---- from operands to nodes -------------------------------------------------------------------------------------------
// The element type that a scalar takes beside tensors whose types promote to T.
template <class S, class T>
using scalar_element = std::conditional_t<
    complex_type<S> && !complex_type<T>,
    std::conditional_t<std::is_same_v<T, double>, std::complex<double>, std::complex<float>>,
    std::conditional_t<(std::is_floating_point_v<S> || half_type<S>) && std::is_integral_v<T>, float,
                       std::conditional_t<std::is_integral_v<S> && !std::is_same_v<S, bool> && std::is_same_v<T, bool>, std::int64_t, T>>>;

template <class X>
struct operand_value { using type = void; };
template <operand X>
struct operand_value<X> { using type = value_t<X>; };

// promote_t where void, a scalar's entry, takes no part.
template <class A, class B>
struct promote_pair { using type = promote_t<A, B>; };
template <class A>
struct promote_pair<A, void> { using type = A; };
template <class B>
struct promote_pair<void, B> { using type = B; };
template <>
struct promote_pair<void, void> { using type = void; };
template <class T, class... Ts>
struct promote_tensors : promote_pair<T, typename promote_tensors<Ts...>::type> {};
template <class T>
struct promote_tensors<T> { using type = T; };

// The type that the tensors among the operands promote to.
template <class... Xs>
using tensors_type = typename promote_tensors<typename operand_value<std::remove_cvref_t<Xs>>::type...>::type;

template <class To, class From>
constexpr To convert_scalar(const From& v) {
  if constexpr (complex_type<To>) {
    if constexpr (complex_type<From>)
      return To(static_cast<real_t<To>>(v.real()), static_cast<real_t<To>>(v.imag()));
    else
      return To(static_cast<real_t<To>>(v));
  } else if constexpr (std::is_same_v<To, bool>) {
    return v != From{};
  } else {
    return static_cast<To>(v);
  }
}

// The dtype that holds every value of an integer type S; of the unsigned 64-bit ones, int64.
template <class S, int Bytes = static_cast<int>(sizeof(S)) * (std::is_unsigned_v<S> ? 2 : 1)>
using holding = std::conditional_t<
    element<S>, S,
    std::conditional_t<Bytes == 1, std::int8_t,
                       std::conditional_t<Bytes == 2, std::int16_t, std::conditional_t<Bytes == 4, std::int32_t, std::int64_t>>>>;

// The nearest value that C has.
template <class C, class S>
constexpr C saturate(S x) {
  constexpr C low = std::numeric_limits<C>::lowest(), high = std::numeric_limits<C>::max();
  if constexpr (std::is_unsigned_v<S>) {
    return static_cast<std::uint64_t>(x) > static_cast<std::uint64_t>(high) ? high : static_cast<C>(x);
  } else {
    const auto wide = static_cast<std::int64_t>(x);
    return wide < static_cast<std::int64_t>(low) ? low : wide > static_cast<std::int64_t>(high) ? high : static_cast<C>(x);
  }
}

// The scalar x as an operand of F, beside tensors whose types promote to Common.
template <class F, class Common, class S>
auto make_constant(const S& x) {
  using T = scalar_element<S, Common>;
  constexpr auto rule = functions::scalars_of<F>();
  if constexpr (rule == functions::scalar_rule::fraction && std::is_integral_v<S> && std::is_integral_v<T>)
    return constant<float>{static_cast<float>(x)};
  else if constexpr (rule != functions::scalar_rule::wrap && std::is_integral_v<S> && !std::is_same_v<S, bool> && integer<T>) {
    using C = typename std::conditional_t<rule == functions::scalar_rule::widen, functions::promoted<T, holding<S>>, type_tag<T>>::type;
    return constant<C>{saturate<C>(x)};
  } else {
    return constant<T>{convert_scalar<compute_t<T>>(x)};
  }
}

template <class F, class Common, class X>
auto make_node(X&& x) {
  if constexpr (scalar<X>)
    return make_constant<F, Common>(x);
  else
    return lazy(std::forward<X>(x)).node();
}

}  // namespace detail

// The expression f(operands...). At least one operand is an expression, a tensor or a result; the rest may be scalars.
template <class F, class... Xs>
auto make_expression(F f, Xs&&... xs) {
  using Common = detail::tensors_type<Xs...>;
  using Node = apply<F, decltype(detail::make_node<F, Common>(std::forward<Xs>(xs)))...>;
  return expression<Node>(Node{std::move(f), make_pack(detail::make_node<F, Common>(std::forward<Xs>(xs))...)});
}

}  // namespace tenon::inline v0

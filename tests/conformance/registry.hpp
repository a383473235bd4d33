#pragma once
// How a case becomes calls: one function for each op name, `f(case) -> its outputs`. Families register theirs in a file each.
#include <tenon/ops/cast.hpp>

#include <map>

#include "case.hpp"

namespace conformance {

using outputs = std::vector<any_tensor>;
using run_function = tn::result<outputs> (*)(const test_case&);

struct registry {
  std::map<std::string, run_function> ops;
  void add(const char* op, run_function f) { ops[op] = f; }
};

void add_elementwise(registry&);
void add_logic(registry&);
void add_activation(registry&);
void add_softmax(registry&);
void add_reduction(registry&);
void add_shape(registry&);
void add_indexing(registry&);
void add_matmul(registry&);
void add_convolution(registry&);
void add_pooling(registry&);
void add_normalization(registry&);
void add_attention(registry&);
void add_loss(registry&);
void add_linalg(registry&);

// Ops that Tenon does not have (yet): their cases are counted, not run. An op that is neither here nor registered has failed.
bool is_unlisted(const std::string& op);

// ---- outputs from what ops return: results of tensors, of any_tensors, or the tensors themselves
inline tn::result<any_tensor> untyped(any_tensor x) { return x; }
template <class T>
tn::result<any_tensor> untyped(const tn::tensor<T>& x) {
  return x.any();
}
template <class X>
tn::result<any_tensor> untyped(const tn::result<X>& x) {
  if (!x) return x.error();
  return untyped(*x);
}
template <class... Xs>
tn::result<outputs> give(const Xs&... xs) {
  outputs all;
  tn::error first;
  const auto take = [&](tn::result<any_tensor> x) {
    if (x)
      all.push_back(*std::move(x));
    else if (first == tn::error_code::none)
      first = x.error();
  };
  (take(untyped(xs)), ...);
  if (first == tn::error_code::none) return all;
  return first;
}

// ---- element types: f(type_tag<T>) for the one among Ts that `type` names. Only these are compiled.
template <class... Ts, class F>
tn::result<outputs> over(tn::dtype type, F f) {
  tn::result<outputs> r = cannot(make_text("no case of this op was expected to have dtype ", type));
  static_cast<void>(((type == tn::dtype_of<Ts> && (r = f(tn::type_tag<Ts>{}), true)) || ...));
  return r;
}
// Input i of the case as a typed tensor; refused by the op where it is left out.
template <class T>
tn::tensor<T> typed(const test_case& c, std::size_t i) {
  return c.has(i) && c.dtype(i) == tn::dtype_of<T> ? tn::tensor<T>::unchecked(c.input(i)) : tn::tensor<T>();
}
// f(x) and f(x, y) over the dtype of the first input.
template <class... Ts, class F>
tn::result<outputs> unary(const test_case& c, F f) {
  return over<Ts...>(c.dtype(), [&]<class T>(tn::type_tag<T>) { return give(f(typed<T>(c, 0))); });
}
template <class... Ts, class F>
tn::result<outputs> binary(const test_case& c, F f) {
  return over<Ts...>(c.dtype(), [&]<class T>(tn::type_tag<T>) { return give(f(typed<T>(c, 0), typed<T>(c, 1))); });
}

inline tn::result<tn::shape> shape_of(const std::vector<index_t>& extents) { return tn::shape::from(extents); }

}  // namespace conformance

// test: full-only unoptimised
// When an expression runs, and how often: not before eval, assign, or an op that is not elementwise; once for each vector of
// elements, and once more for each time that a part of it is used again. And what its nodes are made of.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/where.hpp>

#include "../support/cases.hpp"

namespace tenon_test::evaluation_test {

namespace {

int calls = 0;
struct counted {
  auto operator()(auto x) const {
    ++calls;
    return x + x;
  }
};

// A node holds tensors by count and scalars by value: nothing in it can dangle. A class with a reference, or with a member that
// has one, is not assignable.
template <class Node>
constexpr bool self_contained = false;
template <class T>
constexpr bool self_contained<tn::leaf<T>> = std::is_copy_assignable_v<tn::leaf<T>> && std::is_same_v<decltype(tn::leaf<T>::x), tn::result<tn::tensor<T>>>;
template <class T>
constexpr bool self_contained<tn::constant<T>> = !std::is_pointer_v<decltype(tn::constant<T>::value)> && std::is_trivially_copyable_v<tn::constant<T>>;
template <class F, class... C>
constexpr bool self_contained<tn::apply<F, C...>> = std::is_copy_constructible_v<F> && !std::is_reference_v<F> && !std::is_pointer_v<F> && (self_contained<C> && ...);
template <class Node>
constexpr bool is_safe(const tn::expression<Node>&) {
  return self_contained<Node> && sizeof(tn::expression<Node>) == sizeof(Node);
}

template <int Depth, class E>
auto deep(E e) {
  if constexpr (Depth == 0)
    return e;
  else
    return deep<Depth - 1>(std::move(e) + 1);
}

}  // namespace

TEST_CASE("an expression runs when it is evaluated, and not before") {
  const auto x = make<float>({8}, uniform(8, 0, 1));         // one vector, or two or four of them
  calls = 0;
  const auto e = tn::map(counted{}, tn::lazy(x));
  const auto twice = e + e;
  CHECK(calls == 0);
  REQUIRE(tn::eval(e));
  const int once = calls;
  CHECK(once >= 1);
  CHECK(once <= 8);
  calls = 0;
  REQUIRE(tn::eval(e));
  CHECK(calls == once);                                      // nothing is remembered
  calls = 0;
  CHECK(values(tn::eval(twice)) == values(tn::mul(x, 4)));
  CHECK(calls == 2 * once);                                  // used twice: computed twice
  calls = 0;
  auto out = tenon_test::empty<float>({8});
  REQUIRE(tn::assign(out, e));
  CHECK(calls == once);
  calls = 0;
  REQUIRE(tn::sum(e));                                       // not elementwise: evaluates its operand
  CHECK(calls == once);
}

TEST_CASE("nodes own what they refer to") {
  const auto x = make<float>({4}, {1, 2, 3, 4});
  const auto h = make<tn::half>({4}, {1, 2, 3, 4});
  float scalar = 2;
  CHECK(is_safe(tn::lazy(x)));
  CHECK(is_safe(tn::lazy(x) * scalar + h));
  CHECK(is_safe(tn::where(tn::lt(tn::lazy(x), scalar), tn::relu(tn::lazy(x)), -1)));
  const auto later = tn::lazy(x) * scalar;
  scalar = 100;
  CHECK(values(tn::eval(later)) == std::vector<double>{2, 4, 6, 8});
}

TEST_CASE("an expression of 200 nodes") {
  const auto x = make<float>({5}, {0, 1, 2, 3, 4});
  CHECK(values(tn::eval(deep<200>(tn::lazy(x)))) == std::vector<double>{200, 201, 202, 203, 204});
}

}  // namespace tenon_test::evaluation_test

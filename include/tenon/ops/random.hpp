#pragma once
// Random tensors: rand, randn, randint, randperm, bernoulli, and in place uniform_, normal_, exponential_, bernoulli_,
// random_. And, from core/generator.hpp, manual_seed.
//
//   randn<float>({4, 4})                numbers from the default generator
//   randn<float>({4, 4}, g)             from a `generator g(seed)` of your own; options come last, as in ops/factory.hpp
//   uniform_(x, -1, 1, g)
//
// Each call reserves as many positions of the generator as there are elements, at once; element i, in C order, takes its
// number from position first + i of core/philox.hpp. So a tensor depends on the seed and on the calls before it, and on
// nothing else: not on layout, number of threads, instruction set or device. A call that fails reserves nothing.
// Dtypes  float, double, half, bfloat16, and for randint, randperm and random_ the integers; bernoulli writes any of them.
// Errors  as ops/factory.hpp; in place: what x carries, not_writable, overlapping_memory; invalid_argument as stated.
#include <tenon/kernels/cpu/permutation.hpp>
#include <tenon/ops/calls/random.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

// The elements of x in C order, whatever its layout.
template <class T, class Numbers>
result<void> write_random(const char* op, any_tensor& x, generator& g, const Numbers& what) {
  if (x.contiguous()) return fill_random<T>(op, x, g, what);
  TENON_TRY(any_tensor dense, allocate_tensor(op, x.shape(), x.dtype(), x.where()));
  TENON_TRY_VOID(fill_random<T>(op, dense, g, what));
  copy(dense, x);
  x.written();
  return {};
}

template <element T, class Numbers>
result<tensor<T>> new_random(const char* op, const shape& s, placement where, generator& g, const Numbers& what) {
  TENON_TRY(any_tensor out, allocate_tensor(op, s, dtype_of<T>, where));
  TENON_TRY_VOID(fill_random<T>(op, out, g, what));
  return tensor<T>::unchecked(std::move(out));
}

template <target X, class Numbers>
result<void> random_in_place(const char* op, X& x, generator& g, const Numbers& what) {
  TENON_TRY(any_tensor t, take(x));
  TENON_TRY_VOID(check_target(op, t, t.shape()));
  return write_random<value_t<X>>(op, t, g, what);
}

// Whether all of [low, high) can be held by T.
template <class T>
result<void> check_range(const char* op, std::int64_t low, std::int64_t high) {
  if (low >= high) return error(error_code::invalid_argument, op, make_text("the range from ", low, " to before ", high, " is empty"));
  if (convert_value<std::int64_t>(convert_value<T>(low)) != low || convert_value<std::int64_t>(convert_value<T>(high - 1)) != high - 1)
    return error(error_code::invalid_argument, op, make_text("the range from ", low, " to before ", high, " does not fit ", dtype_of<T>));
  return {};
}
inline result<void> check_probability(const char* op, double p) {
  if (p >= 0 && p <= 1) return {};
  return error(error_code::invalid_argument, op, make_text("the probability must be in 0 .. 1, got ", p));
}

}  // namespace calls

// ---- new tensors -------------------------------------------------------------------------------------------------------
/// Uniform in [0, 1): multiples of 2^-24 (float), 2^-53 (double), 2^-11 (half), 2^-8 (bfloat16).
template <floating T>
[[nodiscard]] result<tensor<T>> rand(const shape& s, generator& g, tensor_options options = {}) {
  return calls::new_random<T>("rand", s, options.device, g, kernels::uniform_numbers{});
}
template <floating T>
[[nodiscard]] result<tensor<T>> rand(const shape& s, tensor_options options = {}) {
  return rand<T>(s, default_generator(), options);
}
/// Normal, mean 0 and variance 1.
template <floating T>
[[nodiscard]] result<tensor<T>> randn(const shape& s, generator& g, tensor_options options = {}) {
  return calls::new_random<T>("randn", s, options.device, g, kernels::normal_numbers{});
}
template <floating T>
[[nodiscard]] result<tensor<T>> randn(const shape& s, tensor_options options = {}) {
  return randn<T>(s, default_generator(), options);
}
/// Integers from low to before high, all equally likely, in any real dtype.        invalid_argument: empty, or beyond the dtype.
template <element T = std::int64_t>
  requires(!complex_type<T>)
[[nodiscard]] result<tensor<T>> randint(std::int64_t low, std::int64_t high, const shape& s, generator& g, tensor_options options = {}) {
  TENON_TRY_VOID(calls::check_range<T>("randint", low, high));
  return calls::new_random<T>("randint", s, options.device, g, kernels::integer_numbers{low, high});
}
template <element T = std::int64_t>
  requires(!complex_type<T>)
[[nodiscard]] result<tensor<T>> randint(std::int64_t low, std::int64_t high, const shape& s, tensor_options options = {}) {
  return randint<T>(low, high, s, default_generator(), options);
}

template <class T = void, operand X>
[[nodiscard]] auto rand_like(const X& x, generator& g = default_generator()) {
  return calls::like("rand_like", x, [&](const shape& s, tensor_options o) { return rand<calls::like_element_t<T, X>>(s, g, o); });
}
template <class T = void, operand X>
[[nodiscard]] auto randn_like(const X& x, generator& g = default_generator()) {
  return calls::like("randn_like", x, [&](const shape& s, tensor_options o) { return randn<calls::like_element_t<T, X>>(s, g, o); });
}
template <class T = void, operand X>
[[nodiscard]] auto randint_like(const X& x, std::int64_t low, std::int64_t high, generator& g = default_generator()) {
  return calls::like("randint_like", x,
                     [&](const shape& s, tensor_options o) { return randint<calls::like_element_t<T, X>>(low, high, s, g, o); });
}

/// 0 .. n-1 in random order: positions sorted by their random 64-bit keys (kernels/permutation.hpp).
/// invalid_argument: n negative, or n - 1 beyond the dtype.
template <element T = std::int64_t>
  requires(integer<T> || floating<T>)
[[nodiscard]] result<tensor<T>> randperm(index_t n, generator& g, tensor_options options = {}) {
  if (n > 0) TENON_TRY_VOID(calls::check_range<T>("randperm", 0, n));
  TENON_TRY(any_tensor out, allocate_tensor("randperm", shape(n), dtype_of<T>, options.device));
  const index_t bytes = kernels::permutation_bytes(n, out.device() == device::cpu);
  TENON_TRY(const storage_ptr workspace, calls::workspace("randperm", bytes, out.where()));
  TENON_TRY_VOID(calls::fill_random<T>("randperm", out, g, kernels::permutation_numbers{calls::data_of(workspace)}));
  return tensor<T>::unchecked(std::move(out));
}
template <element T = std::int64_t>
  requires(integer<T> || floating<T>)
[[nodiscard]] result<tensor<T>> randperm(index_t n, tensor_options options = {}) {
  return randperm<T>(n, default_generator(), options);
}

/// 1 with probability p, else 0.                                    invalid_argument: p outside 0 .. 1.
template <element T>
[[nodiscard]] result<tensor<T>> bernoulli(const shape& s, double p, generator& g = default_generator(), tensor_options options = {}) {
  TENON_TRY_VOID(calls::check_probability("bernoulli", p));
  return calls::new_random<T>("bernoulli", s, options.device, g, kernels::bernoulli_numbers{p});
}
/// Element i is 1 with probability p[i], else 0; p's dtype and shape. Below 0 and NaN count as 0, above 1 as 1.
template <operand X>
  requires floating<value_t<X>>
[[nodiscard]] result<tensor<value_t<X>>> bernoulli(const X& p, generator& g = default_generator()) {
  using T = value_t<X>;
  return calls::compose(
      "bernoulli",
      [&](const tensor<T>& each) -> result<tensor<T>> {
        TENON_TRY(const auto dense, contiguous(each));
        return calls::new_random<T>("bernoulli", dense.shape(), dense.where(), g, kernels::bernoulli_each<T>{dense.data()});
      },
      p);
}

// ---- in place ----------------------------------------------------------------------------------------------------------
/// low + u (high - low) with u as in `rand`, rounded in the dtype (half types in float): in [low, high], and high itself
/// only by that rounding.                                           invalid_argument: low > high, or not finite.
template <target X>
  requires floating<value_t<X>>
result<void> uniform_(X&& x, double low = 0, double high = 1, generator& g = default_generator()) {
  if (!(low <= high && high - low < HUGE_VAL))
    return error(error_code::invalid_argument, "uniform_", make_text("from ", low, " to ", high, " is not a finite range"));
  return calls::random_in_place("uniform_", x, g, kernels::uniform_numbers{low, high});
}
/// mean + deviation z with z as in `randn`.                         invalid_argument: a deviation below 0, or NaN.
template <target X>
  requires floating<value_t<X>>
result<void> normal_(X&& x, double mean = 0, double deviation = 1, generator& g = default_generator()) {
  if (!(deviation >= 0 && mean == mean))
    return error(error_code::invalid_argument, "normal_", make_text("mean ", mean, " and deviation ", deviation, ": the deviation must be 0 or more"));
  return calls::random_in_place("normal_", x, g, kernels::normal_numbers{mean, deviation});
}
/// -ln(u) / rate: exponential with mean 1 / rate, always above 0 (where the dtype can hold it).
/// invalid_argument: a rate that is not above 0.
template <target X>
  requires floating<value_t<X>>
result<void> exponential_(X&& x, double rate = 1, generator& g = default_generator()) {
  if (!(rate > 0)) return error(error_code::invalid_argument, "exponential_", make_text("the rate must be above 0, got ", rate));
  return calls::random_in_place("exponential_", x, g, kernels::exponential_numbers{rate});
}
/// Integers from low to before high.                                invalid_argument: empty, or beyond the dtype.
template <target X>
  requires(!complex_type<value_t<X>>)
result<void> random_(X&& x, std::int64_t low, std::int64_t high, generator& g = default_generator()) {
  TENON_TRY_VOID(calls::check_range<value_t<X>>("random_", low, high));
  return calls::random_in_place("random_", x, g, kernels::integer_numbers{low, high});
}
/// 1 with probability p, else 0, in x's real dtype.                 invalid_argument: p outside 0 .. 1.
template <target X>
  requires(!complex_type<value_t<X>>)
result<void> bernoulli_(X&& x, double p = 0.5, generator& g = default_generator()) {
  TENON_TRY_VOID(calls::check_probability("bernoulli_", p));
  return calls::random_in_place("bernoulli_", x, g, kernels::bernoulli_numbers{p});
}
/// With probabilities p, broadcast to x.
template <target X, operand P>
  requires(floating<value_t<P>> && !complex_type<value_t<X>>)
result<void> bernoulli_(X&& x, const P& p, generator& g = default_generator()) {
  TENON_TRY(const any_tensor target, calls::take(x));
  return calls::compose(
      "bernoulli_",
      [&](const auto& each) -> result<void> {
        TENON_TRY(const auto dense, contiguous(each.expand(target.shape())));
        TENON_TRY_VOID(calls::check_same_device("bernoulli_", target, {&dense.any()}));
        return calls::random_in_place("bernoulli_", x, g, kernels::bernoulli_each<value_t<P>>{dense.data()});
      },
      p);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

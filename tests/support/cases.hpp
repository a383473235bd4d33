#pragma once
// What the tests of all ops share: one set of values in every layout that a view can have, reading a tensor back in
// logical order, and comparison in units in the last place with the first failing coordinate printed.
#include <tenon/core/tensor.hpp>

#include "catch.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace tenon_test {

namespace tn = tenon;
using tn::index_t;

// Where the tests' tensors live: asked for in the environment. On the CUDA of the CPU (tests/cuda/) device memory is read like the host's.
#if defined(TENON_CUDA_ON_HOST)
inline const tn::device test_device = std::getenv("TENON_TEST_DEVICE") ? tn::device::cuda : tn::device::cpu;
#else
inline constexpr tn::device test_device = tn::device::cpu;
#endif

inline const double inf = std::numeric_limits<double>::infinity();
inline const double NaN = std::numeric_limits<double>::quiet_NaN();

template <class T>
T from_double(double v) {
  if constexpr (tn::complex_type<T>)
    return T(static_cast<tn::real_t<T>>(v));
  else if constexpr (std::is_same_v<T, bool>)
    return v != 0;
  else
    return static_cast<T>(v);
}
template <class T>
double to_double(T v) {
  if constexpr (tn::complex_type<T>)
    return static_cast<double>(v.real());
  else
    return static_cast<double>(v);
}

template <class T>
tn::tensor<T> empty(const tn::shape& s) {
  return *tn::as<T>(*tn::allocate_tensor("test", s, tn::dtype_of<T>, test_device));
}

// Calls f(offset in elements) for each element in logical (C) order.
template <class T, class F>
void for_each_offset(const tn::tensor<T>& x, F f) {
  index_t position[tn::max_rank] = {};
  for (index_t i = 0, n = x.numel(); i < n; ++i) {
    index_t offset = 0;
    for (int d = 0; d < x.rank(); ++d) offset += position[d] * x.stride(d);
    f(offset);
    for (int d = x.rank() - 1; d >= 0; --d) {
      if (++position[d] < x.size(d)) break;
      position[d] = 0;
    }
  }
}

template <class T>
std::vector<double> values(const tn::tensor<T>& x) {
  std::vector<double> v;
  for_each_offset(x, [&](index_t offset) { v.push_back(to_double(x.data()[offset])); });
  return v;
}
template <class T>
std::vector<double> values(const tn::result<tn::tensor<T>>& x) {
  INFO((x ? std::string("ok") : std::string(x.error().message())));
  REQUIRE(x.has_value());
  return values(*x);
}
template <class T>
void fill(tn::tensor<T>& x, const std::vector<double>& v) {
  std::size_t i = 0;
  for_each_offset(x, [&](index_t offset) { x.data()[offset] = from_double<T>(v[i++]); });
}
template <class T>
tn::tensor<T> make(const tn::shape& s, const std::vector<double>& v) {
  auto x = tenon_test::empty<T>(s);
  fill(x, v);
  return x;
}

// n values in [low, high) from a fixed sequence (splitmix64), the same on every machine.
inline std::vector<double> uniform(std::size_t n, double low, double high, std::uint64_t seed = 1) {
  std::vector<double> v(n);
  for (auto& x : v) {
    std::uint64_t z = (seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    x = low + (high - low) * (static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53);
  }
  return v;
}
// The same values as T rounds them.
template <class T>
std::vector<double> rounded(std::vector<double> v) {
  for (auto& x : v) x = to_double(from_double<T>(x));
  return v;
}

template <class T>
struct layout {
  const char* name;
  tn::tensor<T> x;
};

// A tensor of shape s that holds v, once in each layout: dense; dimensions stored in reverse order; every second element
// of a larger tensor; stored backwards; a window of a larger tensor that starts off alignment.
template <class T>
std::vector<layout<T>> layouts(const tn::shape& s, const std::vector<double>& v) {
  std::vector<layout<T>> all;
  all.push_back({"dense", make<T>(s, v)});
  if (s.rank() == 0) return all;
  tn::shape reversed_shape, stepped_shape = s, window_shape = s;
  tn::dim_list reversed_dims;
  for (int d = s.rank() - 1; d >= 0; --d) {
    reversed_shape.push_back(s[d]);
    reversed_dims.push_back(d);
    stepped_shape.set(d, 2 * s[d] + 1);
    window_shape.set(d, s[d] + 3);
  }
  auto transposed = tn::unwrap(tenon_test::empty<T>(reversed_shape).permute(reversed_dims));
  auto stepped = tenon_test::empty<T>(stepped_shape), reversed = tenon_test::empty<T>(s), window = tenon_test::empty<T>(window_shape);
  for (int d = 0; d < s.rank(); ++d) {
    stepped = tn::unwrap(stepped.slice(d, {.start = 1, .step = 2}));
    reversed = tn::unwrap(reversed.slice(d, {.step = -1}));
    window = tn::unwrap(window.narrow(d, 1, s[d]));
  }
  for (auto* x : {&transposed, &stepped, &reversed, &window}) fill(*x, v);
  all.push_back({"transposed", transposed});
  all.push_back({"stepped", stepped});
  all.push_back({"reversed", reversed});
  all.push_back({"window", window});
  return all;
}

// The distance of two neighbouring values of type T at `x` (of the smallest subnormals near 0).
template <class T>
double ulp(double x) {
  using limits = std::numeric_limits<T>;
  int exponent = 0;
  std::frexp(x, &exponent);
  const int least = limits::min_exponent;
  return std::ldexp(1.0, (exponent < least ? least : exponent) - limits::digits);
}

inline std::string coordinate(std::size_t i, const tn::shape& s) {
  std::string text;
  for (int d = s.rank() - 1; d >= 0; --d) {
    const auto extent = static_cast<std::size_t>(s[d]);
    text = std::to_string(extent ? i % extent : 0) + (text.empty() ? "" : ", ") + text;
    i = extent ? i / extent : 0;
  }
  return "[" + text + "]";
}

// NaN matches NaN, infinities match by sign; else |got - want| <= tolerance(i). Reports the first failure and their number.
template <class Tolerance>
void expect_within(const std::vector<double>& got, const std::vector<double>& want, const tn::shape& s, Tolerance tolerance) {
  REQUIRE(got.size() == want.size());
  std::size_t failures = 0, first = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]));
    if (same || (std::isfinite(got[i]) && std::isfinite(want[i]) && std::fabs(got[i] - want[i]) <= tolerance(i))) continue;
    if (failures++ == 0) first = i;
  }
  if (failures == 0) {
    CHECK(failures == 0);
    return;
  }
  INFO(failures << " of " << got.size() << " differ, first at " << coordinate(first, s) << ": got " << got[first] << ", want "
                << want[first] << ", tolerance " << tolerance(first));
  CHECK(failures == 0);
}
// Within `bound` units in the last place of T. A value beyond T's range may round to infinity.
template <class T>
void expect_ulp(const std::vector<double>& got, std::vector<double> want, const tn::shape& s, double bound) {
  for (std::size_t i = 0; i < want.size() && i < got.size(); ++i)
    if (std::isinf(got[i]) && std::fabs(want[i]) >= to_double(std::numeric_limits<T>::max())) want[i] = std::copysign(inf, want[i]);
  expect_within(got, want, s, [&](std::size_t i) { return bound * ulp<T>(want[i]); });
}
inline void expect_equal(const std::vector<double>& got, const std::vector<double>& want, const tn::shape& s) {
  expect_within(got, want, s, [](std::size_t) { return 0.0; });
}

}  // namespace tenon_test

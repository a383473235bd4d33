// convert, load_as and store_as: every pair of element types against the rule for one value; half and bfloat16 over all
// their values and densely over float's.
#include <tenon/kernels/cpu/simd.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace tenon_test::simd_convert_test {
using namespace tenon::kernels::cpu;
using tenon::bfloat16;
using tenon::half;

namespace {

// The rule, in another form than the library's.
template <class U, class T>
U convert_by_rule(T x) {
  if constexpr (std::is_floating_point_v<T> && std::is_integral_v<U>) {
    if (std::isnan(x)) return 0;
    const auto t = static_cast<long double>(x);                // 64 bits of mantissa: each limit is exact
    if (t >= static_cast<long double>(std::numeric_limits<U>::max())) return std::numeric_limits<U>::max();
    if (t <= static_cast<long double>(std::numeric_limits<U>::lowest())) return std::numeric_limits<U>::lowest();
  }
  return static_cast<U>(x);
}

template <class T>
std::vector<T> values() {
  std::vector<T> v;
  const auto add = [&](auto x) {
    for (int d = -2; d <= 2; ++d) {
      if constexpr (std::is_floating_point_v<T>) {
        v.push_back(static_cast<T>(static_cast<T>(x) + static_cast<T>(d)));
        v.push_back(static_cast<T>(static_cast<T>(x) + static_cast<T>(d) * T(0.5)));
        v.push_back(std::nextafter(static_cast<T>(x), d < 0 ? T(-1e30) : T(1e30)));
        v.push_back(-static_cast<T>(x));
      } else {
        v.push_back(static_cast<T>(static_cast<std::uint64_t>(static_cast<std::int64_t>(x)) + static_cast<std::uint64_t>(d)));
      }
    }
  };
  for (int e = 0; e < 63; ++e) add(std::int64_t{1} << e), add(-(std::int64_t{1} << e));
  add(std::numeric_limits<std::int64_t>::lowest());
  add(std::int64_t{0x123456789abcdef}), add(std::int64_t{0x7fffffff80000001}), add(std::int64_t{0x0040000000000001});
  if constexpr (std::is_floating_point_v<T>) {
    using limits = std::numeric_limits<T>;
    for (T x : {limits::quiet_NaN(), limits::infinity(), limits::max(), limits::min(), limits::denorm_min(), T(0.99999994), T(0x1p63), T(0x1p64), T(0x1p32)}) {
      v.push_back(x);
      v.push_back(-x);
    }
  }
  while (v.size() % 64 != 0) v.push_back(T(1));
  return v;
}

template <class U, class T, int N>
void check_pair() {
  const auto v = values<T>();
  for (std::size_t at = 0; at < v.size(); at += N) {
    const auto r = convert<U>(vec<T, N>::load(&v[at]));
    for (int i = 0; i < N; ++i) {
      const T x = v[at + static_cast<std::size_t>(i)];
      const U expected = convert_by_rule<U>(x), got = r[i];
      if (std::memcmp(&expected, &got, sizeof(U)) != 0 && !(expected != expected && got != got)) {
        INFO(+x << " to " << sizeof(U) << " bytes (" << N << " lanes) gives " << +got << ", not " << +expected);
        FAIL_CHECK();
        return;
      }
    }
  }
  CHECK(true);
}

template <class T, class... U>
void check_from() {
  const auto one = [](auto u) {
    using To = decltype(u);
    constexpr int n = lanes<T> < lanes<To> ? lanes<T> : lanes<To>;
    check_pair<To, T, n>();
    if constexpr (n > lanes<double>) check_pair<To, T, lanes<double>>();
  };
  (one(U{}), ...);
}
template <class T>
void check_from_to_all() {
  check_from<T, float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>();
}

float float_of(std::uint32_t bits) { return __builtin_bit_cast(float, bits); }

template <class Half, int N>
void check_widening() {
  bool right = true;
  for (unsigned base = 0; base < 65536; base += N) {
    Half h[N];
    for (int i = 0; i < N; ++i) h[i].bits = static_cast<std::uint16_t>(base + static_cast<unsigned>(i));
    const auto v = load_as<float, N>(h);
    for (int i = 0; i < N; ++i) {
      const float expected = float(h[i]);
      right = right && (std::isnan(expected) ? std::isnan(v[i]) : std::memcmp(&expected, &(const float&)v[i], 4) == 0);
    }
  }
  CHECK(right);
}

template <class Half, int N>
void check_narrowing() {
  // Every 997th float, and the three floats around each half value and around the middle between it and the next.
  std::vector<float> v;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 9973) v.push_back(float_of(static_cast<std::uint32_t>(bits)));
  for (unsigned bits = 0; bits < 65535; ++bits) {
    Half a, b;
    a.bits = static_cast<std::uint16_t>(bits);
    b.bits = static_cast<std::uint16_t>(bits + 1);
    const float middle = float((double(float(a)) + double(float(b))) / 2);
    for (float x : {float(a), middle}) {
      v.push_back(x);
      v.push_back(std::nextafter(x, 1e38f));
      v.push_back(std::nextafter(x, -1e38f));
    }
  }
  while (v.size() % N != 0) v.push_back(1.0f);
  long wrong = 0;
  for (std::size_t at = 0; at < v.size(); at += N) {
    Half h[N];
    store_as(h, vec<float, N>::load(&v[at]));
    for (int i = 0; i < N; ++i) {
      const float x = v[at + static_cast<std::size_t>(i)];
      const Half expected(x);
      wrong += std::isnan(x) ? !std::isnan(float(h[i])) : h[i].bits != expected.bits;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("convert: from floating point") {
  check_from_to_all<float>();
  check_from_to_all<double>();
}
TEST_CASE("convert: from signed integers") {
  check_from_to_all<std::int8_t>();
  check_from_to_all<std::int16_t>();
  check_from_to_all<std::int32_t>();
  check_from_to_all<std::int64_t>();
}
TEST_CASE("convert: from unsigned integers") {
  check_from_to_all<std::uint8_t>();
  check_from_to_all<std::uint16_t>();
  check_from_to_all<std::uint32_t>();
  check_from_to_all<std::uint64_t>();
}

TEMPLATE_TEST_CASE("half types widen exactly and narrow to nearest even", "", half, bfloat16) {
  check_widening<TestType, lanes<float>>();
  check_widening<TestType, lanes<double>>();
  check_narrowing<TestType, lanes<float>>();
  check_narrowing<TestType, lanes<double>>();
}

TEST_CASE("load_as and store_as touch n values and no more") {
  constexpr int n = lanes<float>;
  half h[n + 1], out[n + 1];
  bool flags[n + 1], flags_out[n + 1];
  std::int8_t bytes[n];
  for (int i = 0; i <= n; ++i) h[i] = half(float(i) + 0.5f), flags[i] = i % 3 == 0;
  for (int m = 0; m <= n; ++m) {
    for (half& x : out) x = half(-1.0f);
    for (bool& b : flags_out) b = true;
    for (std::int8_t& b : bytes) b = 99;
    const auto v = load_as<float>(h, m);
    const auto f = load_as<float>(flags, m);
    store_as(out, v + 1.0f, m);
    store_as(flags_out, f, m);
    store_as(bytes, v * -2.0f, m);
    for (int i = 0; i < n; ++i) {
      CHECK(v[i] == (i < m ? float(i) + 0.5f : 0.0f));
      CHECK(f[i] == (i < m && i % 3 == 0 ? 1.0f : 0.0f));
      CHECK(float(out[i]) == (i < m ? float(i) + 1.5f : -1.0f));
      CHECK(flags_out[i] == (i < m ? i % 3 == 0 : true));
      CHECK(bytes[i] == (i < m ? -2 * i - 1 : 99));
    }
    CHECK(float(out[n]) == -1.0f);
  }
}

}  // namespace tenon_test::simd_convert_test

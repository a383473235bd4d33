// vec and mask against plain loops: every operation, every element type, every lane count that a mixed expression uses,
// with values that sit on the edges of their types.
#include <tenon/kernels/cpu/simd.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace tenon_test::simd_test {
using namespace tenon::kernels::cpu;
using tenon::index_t;

namespace {

template <class T>
std::vector<T> edge_values() {
  using limits = std::numeric_limits<T>;
  std::vector<T> v;
  const auto add = [&v](auto... x) { (v.push_back(static_cast<T>(x)), ...); };
  add(0, 1, 2, 3, 7, 100, limits::max(), limits::lowest(), limits::max() / 2, limits::max() - T(1));
  if constexpr (std::is_signed_v<T>) add(-1, -2, -100, limits::lowest() + T(1));
  if constexpr (std::is_floating_point_v<T>)
    add(-0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, limits::infinity(), -limits::infinity(), limits::quiet_NaN(),
        limits::denorm_min(), -limits::denorm_min(), limits::min(), 8388607.5, 4503599627370495.5, 1e18, -3.99);
  return v;
}

// Rows of N values in which every edge value stands in every lane, beside random neighbours.
template <class T, int N>
std::vector<T> rows(unsigned seed) {
  std::mt19937_64 random(seed);
  const auto edges = edge_values<T>();
  std::vector<T> v;
  for (std::size_t e = 0; e < edges.size(); ++e)
    for (int lane = 0; lane < N; ++lane)
      for (int i = 0; i < N; ++i) {
        const auto r = random();
        T x;
        if (r % 4 == 0) x = edges[r / 4 % edges.size()];
        else if constexpr (std::is_floating_point_v<T>) x = T(static_cast<double>(static_cast<std::int64_t>(r)) * 0x1p-54);
        else x = static_cast<T>(r >> 3);
        v.push_back(i == lane ? edges[e] : x);
      }
  return v;
}

template <class T>
bool same_value(T a, T b) {                // the same bits, or both NaN
  if (a != a) return b != b;
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

// Assertions stand in plain functions: Catch2's macros in each of a thousand instantiations would take minutes to compile.
void expect(bool right, const char* what) {
  INFO(what);
  CHECK(right);
}
void expect_equal(const char* name, int lane, int lane_count, long double x, long double y, long double got, long double expected) {
  INFO(name << " lane " << lane << " of " << lane_count << ": " << x << ", " << y << " gives " << got << ", not " << expected);
  CHECK(lane < 0);                     // lane < 0: all were equal
}

// f(vectors) against g(scalars), over all rows.
template <class T, int N, class F, class G>
void check_binary(const char* name, F f, G g) {
  static const std::vector<T> a = rows<T, N>(1), b = rows<T, N>(2);
  T result[N], expected[N];
  for (std::size_t at = 0; at < a.size(); at += N) {
    const T *x = &a[at], *y = &b[b.size() - N - at];
    f(vec<T, N>::load(x), vec<T, N>::load(y)).store(result);
    for (int i = 0; i < N; ++i) expected[i] = g(x[i], y[i]);
    for (int i = 0; i < N; ++i)
      if (!same_value(result[i], expected[i])) return expect_equal(name, i, N, x[i], y[i], result[i], expected[i]);
  }
  expect_equal(name, -1, N, 0, 0, 0, 0);
}

template <class T>
using unsigned_of = std::make_unsigned_t<T>;

template <class T, int N>
void check_integers() {
  using U = unsigned_of<T>;
  using V = vec<T, N>;
  constexpr T lowest = std::numeric_limits<T>::lowest();
  constexpr int width = static_cast<int>(sizeof(T)) * 8;
  check_binary<T, N>("+", [](V a, V b) { return a + b; }, [](T a, T b) { return T(U(U(a) + U(b))); });
  check_binary<T, N>("-", [](V a, V b) { return a - b; }, [](T a, T b) { return T(U(U(a) - U(b))); });
  check_binary<T, N>("*", [](V a, V b) { return a * b; }, [](T a, T b) { return T(U(std::uint64_t(U(a)) * U(b))); });
  check_binary<T, N>("/", [](V a, V b) { return a / b; },
                     [](T a, T b) { return b == 0 ? T(0) : a == lowest && b == T(-1) ? a : T(a / b); });
  check_binary<T, N>("negate", [](V a, V) { return -a; }, [](T a, T) { return T(U(0 - U(a))); });
  check_binary<T, N>("&", [](V a, V b) { return a & b; }, [](T a, T b) { return T(a & b); });
  check_binary<T, N>("|", [](V a, V b) { return a | b; }, [](T a, T b) { return T(a | b); });
  check_binary<T, N>("^", [](V a, V b) { return a ^ b; }, [](T a, T b) { return T(a ^ b); });
  check_binary<T, N>("~", [](V a, V) { return ~a; }, [](T a, T) { return T(~a); });
  const auto in_range = [](T b) { return U(b) < U(width); };
  check_binary<T, N>("<<", [](V a, V b) { return a << b; }, [=](T a, T b) { return in_range(b) ? T(U(std::uint64_t(U(a)) << b)) : T(0); });
  check_binary<T, N>(">>", [](V a, V b) { return a >> b; }, [=](T a, T b) { return in_range(b) ? T(a >> b) : a < 0 ? T(-1) : T(0); });
  check_binary<T, N>("<< 3", [](V a, V) { return a << 3; }, [](T a, T) { return T(U(std::uint64_t(U(a)) << 3)); });
  check_binary<T, N>(">> 5", [](V a, V) { return a >> 5; }, [](T a, T) { return T(a >> 5); });
  check_binary<T, N>("maximum", [](V a, V b) { return maximum(a, b); }, [](T a, T b) { return a < b ? b : a; });
  check_binary<T, N>("minimum", [](V a, V b) { return minimum(a, b); }, [](T a, T b) { return a < b ? a : b; });
  check_binary<T, N>("abs", [](V a, V) { return abs(a); }, [](T a, T) { return a < 0 ? T(U(0 - U(a))) : a; });
}

template <class T, int N>
void check_floats() {
  using V = vec<T, N>;
  const auto nan = std::numeric_limits<T>::quiet_NaN();
  check_binary<T, N>("+", [](V a, V b) { return a + b; }, [](T a, T b) { return a + b; });
  check_binary<T, N>("-", [](V a, V b) { return a - b; }, [](T a, T b) { return a - b; });
  check_binary<T, N>("*", [](V a, V b) { return a * b; }, [](T a, T b) { return a * b; });
  check_binary<T, N>("/", [](V a, V b) { return a / b; }, [](T a, T b) { return a / b; });
  check_binary<T, N>("negate", [](V a, V) { return -a; }, [](T a, T) { return -a; });
  check_binary<T, N>("a * b + a", [](V a, V b) { return a * b + a; }, [](T a, T b) {
    volatile T product = a * b;            // two roundings, whatever the compiler would like
    return product + a;
  });
  check_binary<T, N>("fma", [](V a, V b) { return fma(a, b, a); }, [](T a, T b) {
    volatile T product = a * b;
    return has_fma ? std::fma(a, b, a) : product + a;
  });
  check_binary<T, N>("fms", [](V a, V b) { return fms(a, b, a); }, [](T a, T b) {
    volatile T product = a * b;
    return has_fma ? std::fma(a, b, -a) : product - a;
  });
  check_binary<T, N>("fnma", [](V a, V b) { return fnma(a, b, b); }, [](T a, T b) {
    volatile T product = a * b;
    return has_fma ? std::fma(-a, b, b) : b - product;
  });
  check_binary<T, N>("maximum", [](V a, V b) { return maximum(a, b); }, [nan](T a, T b) {
    return a != a || b != b ? nan : a == b ? (std::signbit(a) ? b : a) : a < b ? b : a;
  });
  check_binary<T, N>("minimum", [](V a, V b) { return minimum(a, b); }, [nan](T a, T b) {
    return a != a || b != b ? nan : a == b ? (std::signbit(a) ? a : b) : a < b ? a : b;
  });
  check_binary<T, N>("at_least", [](V a, V b) { return select(b == b, at_least(a, b), a); }, [](T a, T b) { return a < b ? b : a; });
  check_binary<T, N>("at_most", [](V a, V b) { return select(b == b, at_most(a, b), a); }, [](T a, T b) { return b < a ? b : a; });
  check_binary<T, N>("abs", [](V a, V) { return abs(a); }, [](T a, T) { return std::fabs(a); });
  check_binary<T, N>("sqrt", [](V a, V) { return sqrt(a); }, [](T a, T) { return std::sqrt(a); });
  check_binary<T, N>("floor", [](V a, V) { return floor(a); }, [](T a, T) { return std::floor(a); });
  check_binary<T, N>("ceil", [](V a, V) { return ceil(a); }, [](T a, T) { return std::ceil(a); });
  check_binary<T, N>("trunc", [](V a, V) { return trunc(a); }, [](T a, T) { return std::trunc(a); });
  check_binary<T, N>("round", [](V a, V) { return round(a); }, [](T a, T) { return std::nearbyint(a); });
  check_binary<T, N>("copysign", [](V a, V b) { return copysign(a, b); }, [](T a, T b) { return std::copysign(a, b); });
  check_binary<T, N>("map_lanes", [](V a, V b) { return map_lanes([](T x, T y) { return x < y ? x : y; }, a, b); },
                     [](T a, T b) { return a < b ? a : b; });
}

template <class T, int N>
void check_comparison() {
  using V = vec<T, N>;
  const auto as_number = [](mask<T, N> m) { return V::one_where(m); };
  check_binary<T, N>("==", [&](V a, V b) { return as_number(a == b) | as_number(a == a); }, [](T a, T b) { return a == b || a == a ? T(1) : T(0); });
  check_binary<T, N>("==", [&](V a, V b) { return as_number(a == b); }, [](T a, T b) { return T(a == b); });
  check_binary<T, N>("!=", [&](V a, V b) { return as_number(a != b); }, [](T a, T b) { return T(a != b); });
  check_binary<T, N>("<", [&](V a, V b) { return as_number(a < b); }, [](T a, T b) { return T(a < b); });
  check_binary<T, N>("<=", [&](V a, V b) { return as_number(a <= b); }, [](T a, T b) { return T(a <= b); });
  check_binary<T, N>(">", [&](V a, V b) { return as_number(a > b); }, [](T a, T b) { return T(a > b); });
  check_binary<T, N>(">=", [&](V a, V b) { return as_number(a >= b); }, [](T a, T b) { return T(a >= b); });
  check_binary<T, N>("select", [&](V a, V b) { return select(a < b, a, b); }, [](T a, T b) { return a < b ? a : b; });
  check_binary<T, N>("select of a scalar", [&](V a, V b) { return select(a < b, T(3), b); }, [](T a, T b) { return a < b ? T(3) : b; });
  check_binary<T, N>("mask operators", [&](V a, V b) { return as_number(((a < b) & ~(a == V(T(1)))) ^ ((b > T(2)) | (a == b))); },
                     [](T a, T b) { return T(((a < b) && !(a == T(1))) != ((b > T(2)) || (a == b))); });
}

template <class T, int N>
void check_memory() {
  std::vector<T> memory(3 * N + 8);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<T>(i + 1);
  for (std::size_t offset = 0; offset < 4; ++offset)
    for (int n = 0; n <= N; ++n) {
      const auto v = vec<T, N>::load(memory.data() + offset, n);
      bool right = true;
      for (int i = 0; i < N; ++i) right = right && v[i] == (i < n ? memory[offset + static_cast<std::size_t>(i)] : T(0));
      auto out = std::vector<T>(2 * N + 4, T(77));
      vec<T, N>::load(memory.data() + offset).store(out.data() + offset, n);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const bool written = i >= offset && i < offset + static_cast<std::size_t>(n);
        right = right && out[i] == (written ? memory[i] : T(77));
      }
      // What stands behind the n values may not even be readable.
      const auto exact = std::make_unique<T[]>(static_cast<std::size_t>(n));
      for (int i = 0; i < n; ++i) exact[static_cast<std::size_t>(i)] = T(i + 1);
      right = right && (n == 0 || vec<T, N>::load(exact.get(), n)[n - 1] == T(n));
      expect(right, "load and store of the first n values");
    }
  const auto count = vec<T, N>::iota();
  bool counts = true;
  for (int i = 0; i < N; ++i) counts = counts && count[i] == T(i);
  expect(counts, "iota");
}

template <class T, int N>
void check_masks() {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 50; ++trial) {
    const std::uint64_t bits = random() & mask<T, N>::all_bits;
    const auto m = mask<T, N>::from_bits(bits);
    bool stored[N + 1], loaded[N];
    for (bool& b : stored) b = true;
    m.store(stored);
    bool right = to_bits(m) == bits && any(m) == (bits != 0) && none(m) == (bits == 0) && all(m) == (bits == mask<T, N>::all_bits);
    right = right && to_bits(convert<T>(convert<std::uint8_t>(m))) == bits;
    if constexpr (N <= lanes<std::int16_t>) right = right && to_bits(convert<std::int16_t>(m)) == bits;
    if constexpr (N <= lanes<float>) right = right && to_bits(convert<float>(m)) == bits;
    if constexpr (N <= lanes<double>) right = right && to_bits(convert<double>(m)) == bits;
    for (int i = 0; i < N; ++i) {
      right = right && m[i] == (((bits >> i) & 1) != 0) && stored[i] == m[i];
      const unsigned char any_byte = m[i] ? static_cast<unsigned char>(1 + trial * 5) : 0;
      std::memcpy(&loaded[i], &any_byte, 1);
    }
    right = right && stored[N] && to_bits(mask<T, N>::load(loaded)) == bits;
    for (int n = 0; n <= N; ++n) {
      const std::uint64_t first = to_bits(mask<T, N>::first(n));
      right = right && first == (n == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1);
      right = right && to_bits(mask<T, N>::load(loaded, n)) == (bits & first);
    }
    expect(right, "mask");
  }
}

template <class T, int N>
void check_reductions() {
  std::mt19937_64 random(3);
  T values[N], halves[N];
  for (int trial = 0; trial < 20; ++trial) {
    for (T& x : values) x = static_cast<T>(static_cast<int>(random() % 200) - (std::is_signed_v<T> ? 100 : 0)) / T(3);
    const auto v = vec<T, N>::load(values);
    const auto tree = [&](auto f) {
      std::memcpy(halves, values, sizeof(values));
      for (int half = N / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) halves[i] = static_cast<T>(f(halves[i], halves[i + half]));
      return halves[0];
    };
    expect(same_value<T>(reduce_add(v), tree([](T a, T b) { return a + b; })), "reduce_add");
    expect(same_value<T>(reduce_mul(v), tree([](T a, T b) { return std::is_integral_v<T> ? static_cast<T>(std::uint64_t(a) * std::uint64_t(b)) : a * b; })), "reduce_mul");
    expect(same_value<T>(reduce_max(v), tree([](T a, T b) { return a < b ? b : a; })), "reduce_max");
    expect(same_value<T>(reduce_min(v), tree([](T a, T b) { return a < b ? a : b; })), "reduce_min");
  }
  if constexpr (std::is_floating_point_v<T>)
    for (int lane = 0; lane < N; ++lane) {
      values[lane] = std::numeric_limits<T>::quiet_NaN();
      expect(std::isnan(reduce_max(vec<T, N>::load(values))), "reduce_max of NaN");
      expect(std::isnan(reduce_min(vec<T, N>::load(values))), "reduce_min of NaN");
      values[lane] = T(lane);
    }
}

template <class T, int N>
void check_all() {
  INFO((std::is_floating_point_v<T> ? "floating point" : std::is_signed_v<T> ? "signed" : "unsigned") << ", " << 8 * sizeof(T) << " bits, " << N << " lanes");
  if constexpr (std::is_integral_v<T>) check_integers<T, N>();
  else check_floats<T, N>();
  check_comparison<T, N>();
  check_memory<T, N>();
  check_masks<T, N>();
  check_reductions<T, N>();
}

template <class T>
void check_lane_counts() {
  check_all<T, lanes<T>>();
  if constexpr (lanes<T> != lanes<double>) check_all<T, lanes<double>>();
  if constexpr (sizeof(T) < 4) check_all<T, lanes<float>>();
}

}  // namespace

TEST_CASE("vec: float and double") {
  check_lane_counts<float>();
  check_lane_counts<double>();
}
TEST_CASE("vec: signed integers") {
  check_lane_counts<std::int8_t>();
  check_lane_counts<std::int16_t>();
  check_lane_counts<std::int32_t>();
  check_lane_counts<std::int64_t>();
}
TEST_CASE("vec: unsigned integers") {
  check_lane_counts<std::uint8_t>();
  check_lane_counts<std::uint16_t>();
  check_lane_counts<std::uint32_t>();
  check_lane_counts<std::uint64_t>();
}

TEMPLATE_TEST_CASE("vec: transpose", "", float, double, std::int32_t, std::int16_t) {
  constexpr int n = lanes<TestType>;
  vec<TestType> block[n];
  for (int i = 0; i < n; ++i) block[i] = vec<TestType>::iota() + static_cast<TestType>(100 * i);
  transpose(block);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) CHECK(block[i][j] == static_cast<TestType>(100 * j + i));
}

TEMPLATE_TEST_CASE("vec: complex numbers", "", float, double) {
  using T = TestType;
  using C = std::complex<T>;
  constexpr int n = lanes<C>;
  C a[n + 1], b[n];
  for (int i = 0; i < n; ++i) {
    a[i] = C(T(i) - T(1.5), T(2 * i + 1));
    b[i] = C(T(3 - i), T(0.25) * T(i + 1));
  }
  const auto x = vec<C>::load(a), y = vec<C>::load(b);
  const T eps = std::numeric_limits<T>::epsilon();
  for (int i = 0; i < n; ++i) {
    CHECK((x + y)[i] == a[i] + b[i]);
    CHECK((x - y)[i] == a[i] - b[i]);
    CHECK((-x)[i] == -a[i]);
    CHECK(std::abs((x * y)[i] - a[i] * b[i]) <= 4 * eps * std::abs(a[i] * b[i]));
    CHECK(std::abs((x / y)[i] - a[i] / b[i]) <= 8 * eps * std::abs(a[i] / b[i]));
    CHECK((x == vec<C>(a[i]))[i]);
    CHECK(!(x != vec<C>(a[i]))[i]);
    CHECK(select(x == vec<C>(a[i]), y, x)[i] == b[i]);
  }
  const vec<C> huge(C(std::numeric_limits<T>::max() / 2, std::numeric_limits<T>::max() / 2));
  CHECK((huge / huge)[0] == C(1, 0));
  for (int m = 0; m <= n; ++m) {
    C out[n + 1];
    for (C& c : out) c = C(9, 9);
    x.store(out, m);
    const auto z = vec<C>::load(a, m);
    for (int i = 0; i < n; ++i) {
      CHECK(out[i] == (i < m ? a[i] : C(9, 9)));
      CHECK(z[i] == (i < m ? a[i] : C(0, 0)));
    }
  }
}

// Over all exponents of normal numbers; mantissas at the edges and between. Double is measured against long double.
TEMPLATE_TEST_CASE("vec: a root and its inverse", "", float, double) {
  using T = TestType;
  using V = vec<T>;
  using limits = std::numeric_limits<T>;
  using wide = std::conditional_t<sizeof(T) == 4, double, long double>;
  const auto ulps = [](T got, wide expected) {
    int exponent = 0;
    static_cast<void>(std::frexp(expected, &exponent));
    return static_cast<double>(std::abs(static_cast<wide>(got) - expected) / std::ldexp(wide(1), exponent - limits::digits));
  };
  std::mt19937_64 random(5);
  double root_error = 0, inverse_error = 0;
  for (int e = limits::min_exponent - 1; e < limits::max_exponent; ++e)
    for (int i = 0; i < 8; ++i) {
      const double fraction = i == 0 ? 0 : static_cast<double>(random() >> 11) * 0x1p-53;
      const T x = i == 1 ? std::ldexp(T(2) - limits::epsilon(), e) : std::ldexp(static_cast<T>(1 + fraction), e);
      if (!(x <= limits::max())) continue;
      const auto got = sqrt_and_inverse(V(x));
      const wide root = std::sqrt(static_cast<wide>(x));
      root_error = std::max(root_error, ulps(got.root[0], root));
      inverse_error = std::max(inverse_error, ulps(got.inverse[lanes<T> - 1], 1 / root));
    }
  INFO("root " << root_error << " ulp, inverse " << inverse_error << " ulp");
  CHECK(root_error <= 0.75);
  CHECK(inverse_error <= 2.0);
}

TEST_CASE("stream_copy writes each byte once and none beside") {
  std::vector<char> from(1000), to(1200);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<char>(i * 7 + 1);
  for (std::size_t offset = 0; offset < 70; offset += 3)
    for (index_t bytes : {0, 1, 5, 63, 64, 65, 127, 128, 200, 777}) {
      std::fill(to.begin(), to.end(), char(-1));
      stream_copy(to.data() + offset, from.data() + offset % 5, bytes);
      stream_fence();
      bool right = true;
      for (std::size_t i = 0; i < to.size(); ++i) {
        const bool inside = i >= offset && i < offset + static_cast<std::size_t>(bytes);
        right = right && to[i] == (inside ? from[i - offset + offset % 5] : char(-1));
      }
      CHECK(right);
    }
}

}  // namespace tenon_test::simd_test

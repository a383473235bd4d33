// The vector functions of two arguments: accuracy, all special cases of C, exactness of the remainders, and that a lane
// does not see its neighbours.
#include "kernels/math_check.hpp"

namespace tenon_test::math_binary_test {
using namespace tenon::kernels::cpu;
using namespace math_check;

namespace {

struct function {
  const char* name;
  ulp_bound bound;
  void (*f32)(const float*, const float*, float*);
  void (*f64)(const double*, const double*, double*);
  double (*exact32)(double, double);
  long double (*exact64)(long double, long double);
};

template <class T, class F>
void apply(const T* x, const T* y, T* out) {
  F{}(vec<T>::load(x), vec<T>::load(y)).store(out);
}
template <class F, class Exact>
function make(const char* name, ulp_bound bound, F, Exact) {
  return {name, bound, apply<float, F>, apply<double, F>, [](double x, double y) { return static_cast<double>(Exact{}(x, y)); },
          [](long double x, long double y) { return static_cast<long double>(Exact{}(x, y)); }};
}

#define ENTRY(name) make(#name, name##_ulp, [](auto x, auto y) { return name(x, y); }, [](auto x, auto y) { return std::name(x, y); })

const std::vector<function>& functions() {
  static const std::vector<function> table = {ENTRY(pow), ENTRY(atan2), ENTRY(hypot), ENTRY(fmod), ENTRY(remainder)};
#undef ENTRY
  return table;
}

// Pairs of several kinds: any bits, ordinary numbers, small multiples of 1/2, and for pow a result anywhere in its range.
template <class T>
void draw(std::mt19937_64& random, int kind, T& x, T& y) {
  const auto uniform = [&](double a, double b) { return std::uniform_real_distribution<double>(a, b)(random); };
  const double low = sizeof(T) == 4 ? -103 : -745, high = sizeof(T) == 4 ? 88.7 : 709.7;
  if (kind == 0) {
    x = from_bits<T>(random()), y = from_bits<T>(random());
  } else if (kind == 1) {
    x = static_cast<T>(uniform(-5, 5)), y = static_cast<T>(uniform(-5, 5));
  } else if (kind == 2) {
    x = static_cast<T>(static_cast<int>(random() % 4001) - 2000) / 2, y = static_cast<T>(static_cast<int>(random() % 41) - 20) / 2;
  } else if (kind == 3) {
    x = static_cast<T>(std::exp(uniform(-80, 80))), y = static_cast<T>(uniform(low, high) / std::log(static_cast<double>(x)));
  } else {
    x = static_cast<T>(1 + uniform(-1e-3, 1e-3)), y = static_cast<T>(uniform(low, high) / std::log(static_cast<double>(x)));
  }
}

template <class T, class Apply, class Exact>
worst<T> sweep(Apply f, Exact exact, int count) {
  constexpr int n = lanes<T>;
  worst<T> w;
  std::mt19937_64 random(17);
  for (int kind = 0; kind < 5; ++kind)
    for (int done = 0; done < count; done += n) {
      T x[n], y[n], r[n];
      for (int i = 0; i < n; ++i) draw(random, kind, x[i], y[i]);
      f(x, y, r);
      for (int i = 0; i < n; ++i) w.see(ulp_error(r[i], exact(x[i], y[i])), x[i], y[i], r[i]);
    }
  return w;
}

// Every pair of special values, in a lane that changes from pair to pair, beside random numbers.
template <class T, class Apply, class Exact>
worst<T> special(Apply f, Exact exact, bool& independent) {
  constexpr int n = lanes<T>;
  worst<T> w;
  std::mt19937_64 random(19);
  int lane = 0;
  for (const T a : special_values<T>())
    for (const T b : special_values<T>()) {
      T x[n], y[n], r[n], alone[n];
      for (int i = 0; i < n; ++i) draw(random, i % 5, x[i], y[i]);
      lane = (lane + 1) % n;
      x[lane] = a, y[lane] = b;
      f(x, y, r);
      w.see(ulp_error(r[lane], exact(a, b)), a, b, r[lane]);
      const T first = r[lane], other = r[(lane + 1) % n], ox = x[(lane + 1) % n], oy = y[(lane + 1) % n];
      for (int i = 0; i < n; ++i) x[i] = i % 2 == 0 ? a : ox, y[i] = i % 2 == 0 ? b : oy;
      f(x, y, alone);
      independent = independent && same_bits(alone[0], first) && same_bits(alone[1], other);
    }
  return w;
}

}  // namespace

TEST_CASE("float and double: functions of two arguments") {
  for (const function& f : functions()) {
    const auto a = sweep<float>(f.f32, f.exact32, 200000 / thinning);
    const auto b = sweep<double>(f.f64, f.exact64, 100000 / thinning);
    INFO(f.name << ", float: " << a.where() << ", double: " << b.where());
    CHECK(a.ulp <= f.bound.float32);
    CHECK(b.ulp <= f.bound.float64);
  }
}

TEST_CASE("double: many pairs", "[.][exhaustive]") {
  for (const function& f : functions())
    SECTION(f.name) {
      const auto b = sweep<double>(f.f64, f.exact64, 10000000);
      WARN(f.name << ", " << b.where());
      CHECK(b.ulp <= f.bound.float64);
    }
}

TEST_CASE("pairs of special values, whatever the neighbours") {
  for (const function& f : functions()) {
    bool independent = true;
    const auto a = special<float>(f.f32, f.exact32, independent);
    const auto b = special<double>(f.f64, f.exact64, independent);
    INFO(f.name << ", float: " << a.where() << ", double: " << b.where());
    CHECK(a.ulp <= f.bound.float32);
    CHECK(b.ulp <= f.bound.float64);
    CHECK(independent);
  }
}

TEMPLATE_TEST_CASE("pow: the cases of C's Annex F", "", float, double) {
  using T = TestType;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const auto p = [](T x, T y) { return pow(vec<T>(x), vec<T>(y))[0]; };
  for (const T x : {T(0), T(-0.0), T(1), T(-1), T(2), inf, -inf, nan}) {
    CHECK(p(x, T(0)) == 1);
    CHECK(p(x, T(-0.0)) == 1);
    CHECK(p(T(1), x) == 1);
  }
  CHECK(p(-1, inf) == 1);
  CHECK(p(-1, -inf) == 1);
  CHECK(p(T(-0.0), -3) == -inf);
  CHECK(p(T(-0.0), -2) == inf);
  CHECK(std::signbit(p(T(-0.0), 3)));
  CHECK(!std::signbit(p(T(-0.0), 2)));
  CHECK(p(-inf, 3) == -inf);
  CHECK(std::signbit(p(-inf, -3)));
  CHECK(std::isnan(p(-2, T(0.5))));
  CHECK(p(-2, 3) == -8);
  CHECK(p(T(0.5), inf) == 0);
  CHECK(p(2, -inf) == 0);
  CHECK(p(2, inf) == inf);
  CHECK(hypot(vec<T>(inf), vec<T>(nan))[0] == inf);
  CHECK(hypot(vec<T>(nan), vec<T>(-inf))[0] == inf);
}

}  // namespace tenon_test::math_binary_test

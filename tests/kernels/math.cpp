// The vector functions of one argument against the C library in twice the precision (float against double, double against
// long double), held to bounds.hpp.
//
// Hidden, a minute or so for a function:  program "float: every number" -c exp,  program "double: many numbers" -c exp
#include <tenon/kernels/reference/elementwise.hpp>

#include "kernels/math_check.hpp"

namespace tenon_test::math_test {
using namespace tenon::kernels::cpu;
using namespace math_check;

namespace {

struct interval {
  double low, high;
};

struct function {
  const char* name;
  ulp_bound bound;
  void (*f32)(const float*, float*);                         // on lanes<float> numbers
  void (*f32_narrow)(const float*, float*);                  // the same in vectors of lanes<double>
  void (*f64)(const double*, double*);
  double (*exact32)(double);
  long double (*exact64)(long double);
  std::vector<interval> intervals;                           // where double is looked at more closely
  bool crosses_zero = false;                                 // count in ulp of max(|exact|, log(|x| + e))
};

long double exact_digamma(long double x) {
  const long double pi = 3.14159265358979323846264338327950288L;
  if (std::isinf(x)) return x < 0 ? std::numeric_limits<long double>::quiet_NaN() : x;
  if (x == 0) return std::copysign(std::numeric_limits<long double>::infinity(), -x);
  if (x < 0) {
    const long double fraction = x - std::round(x);
    return fraction == 0 ? std::numeric_limits<long double>::quiet_NaN() : exact_digamma(1 - x) - pi / std::tan(pi * fraction);
  }
  long double sum = 0;
  for (; x < 40; x += 1) sum += 1 / x;
  const long double z = 1 / (x * x);
  const long double series = z * (1 / 12.0L - z * (1 / 120.0L - z * (1 / 252.0L - z * (1 / 240.0L - z / 132))));
  return std::log(x) - 0.5L / x - series - sum;
}

// Newton's iteration from the library's own result, in long double.
long double exact_erfinv(long double x) {
  if (!(std::fabs(x) < 1)) return std::fabs(x) == 1 ? std::copysign(std::numeric_limits<long double>::infinity(), x) : std::numeric_limits<long double>::quiet_NaN();
  if (x == 0) return x;
  const long double a = std::fabs(x), half_root_pi = 0.886226925452758013649083741670572591L;
  long double y = a < 0.9L ? a * half_root_pi : std::sqrt(-std::log((1 - a) * 1.5L));
  for (int i = 0; i < 60; ++i) {
    const long double error = a < 0.5L ? std::erf(y) - a : (1 - a) - std::erfc(y);
    const long double step = error * half_root_pi * std::exp(y * y);
    y -= step / (1 + y * step);
    if (std::fabs(step) <= 1e-19L * y) break;
  }
  return std::copysign(y, x);
}

template <class T, int N, class F>
void apply(const T* in, T* out) {
  F{}(vec<T, N>::load(in)).store(out);
}
template <class F>
void apply_narrow(const float* in, float* out) {
  for (int i = 0; i < lanes<float>; i += lanes<double>) apply<float, lanes<double>, F>(in + i, out + i);
}

template <class F, class Exact>
function make(const char* name, ulp_bound bound, F, Exact, std::vector<interval> intervals, bool crosses_zero = false) {
  return {name, bound, apply<float, lanes<float>, F>, apply_narrow<F>, apply<double, lanes<double>, F>,
          [](double x) { return static_cast<double>(Exact{}(x)); }, [](long double x) { return static_cast<long double>(Exact{}(x)); },
          std::move(intervals), crosses_zero};
}

#define ENTRY(name, exact, ...) make(#name, name##_ulp, [](auto v) { return name(v); }, [](auto x) { return exact; }, __VA_ARGS__)

const std::vector<function>& functions() {
  static const std::vector<function> table = {
      ENTRY(exp, std::exp(x), {{-1, 1}, {-745, 709.8}}),
      ENTRY(exp2, std::exp2(x), {{-1, 1}, {-1075, 1024}}),
      ENTRY(expm1, std::expm1(x), {{-0.4, 0.4}, {-2, 2}, {-45, 709}}),
      ENTRY(sigmoid, 1 / (1 + std::exp(-x)), {{-1, 1}, {-40, 40}, {-745, 0}}),
      ENTRY(log, std::log(x), {{0.5, 2}, {0.99, 1.01}, {0, 1e-308}}),
      ENTRY(log2, std::log2(x), {{0.5, 2}, {0.99, 1.01}, {0, 1e-308}}),
      ENTRY(log10, std::log10(x), {{0.5, 2}, {0.99, 1.01}, {0, 1e-308}}),
      ENTRY(log1p, std::log1p(x), {{-1, 1}, {-0.01, 0.01}, {0, 1e6}}),
      ENTRY(sin, std::sin(x), {{-1, 1}, {-10, 10}, {-1e6, 1e6}, {1e6, 1e15}, {3.14159265358, 3.1415926536}}),
      ENTRY(cos, std::cos(x), {{-1, 1}, {-10, 10}, {-1e6, 1e6}, {1e6, 1e15}, {1.57079632679, 1.57079632680}}),
      ENTRY(tan, std::tan(x), {{-1, 1}, {-10, 10}, {-1e6, 1e6}, {1e6, 1e15}, {1.57079632679, 1.57079632680}}),
      ENTRY(asin, std::asin(x), {{-1, 1}, {0.49, 0.51}, {0.99, 1}}),
      ENTRY(acos, std::acos(x), {{-1, 1}, {-0.51, -0.49}, {0.99, 1}, {-0.01, 0.01}}),
      ENTRY(atan, std::atan(x), {{-1, 1}, {-10, 10}, {0.9, 1.1}}),
      ENTRY(sinh, std::sinh(x), {{-1, 1}, {1, 1.5}, {-711, 711}}),
      ENTRY(cosh, std::cosh(x), {{-1, 1}, {-711, 711}}),
      ENTRY(tanh, std::tanh(x), {{-1, 1}, {0.54, 0.56}, {-25, 25}}),
      ENTRY(asinh, std::asinh(x), {{-1, 1}, {0.5, 0.6}, {-1e5, 1e5}}),
      ENTRY(acosh, std::acosh(x), {{1, 2}, {1, 1.2}, {1.49, 1.52}, {1, 1e5}}),
      ENTRY(atanh, std::atanh(x), {{-1, 1}, {0.49, 0.52}, {0.99, 1}}),
      ENTRY(erf, std::erf(x), {{-1, 1}, {-2, 2}, {-6, 6}}),
      ENTRY(erfc, std::erfc(x), {{-1, 1}, {0.45, 0.6}, {0, 28}}),
      ENTRY(erfcx, tenon::kernels::reference::erfcx(x), {{-1, 1}, {0.45, 0.6}, {-26.63, -1}, {0.5, 27.3}, {27, 28}, {27, 1e5}}),
      ENTRY(erfinv, exact_erfinv(x), {{-1, 1}, {-1e-3, 1e-3}, {0.74, 0.76}, {0.9999, 1}}),
      ENTRY(cbrt, std::cbrt(x), {{-1, 1}, {0, 10}}),
      ENTRY(rsqrt, 1 / std::sqrt(x), {{0, 4}}),
      ENTRY(lgamma, std::lgamma(x), {{-1, 1}, {0.5, 4}, {-5, 0}, {0, 1e3}}),
      ENTRY(digamma, exact_digamma(x), {{0, 2}, {-6, 0}, {2, 30}}, true),
  };
  return table;
}
#undef ENTRY

template <class T>
double error(const function& f, T x, T got, long double exact) {
  if (f.crosses_zero && std::isfinite(exact)) {
    const long double scale = std::log(std::fabs(static_cast<long double>(x)) + 2.718281828L);
    if (std::fabs(exact) < scale) return static_cast<double>(std::fabs(got - exact) / std::ldexp(1.0L, std::ilogb(scale) + 1 - std::numeric_limits<T>::digits));
  }
  return ulp_error(got, exact);
}

worst<float> sweep_floats(const function& f, std::uint64_t step) {
  constexpr int n = lanes<float>;
  worst<float> w;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32);) {
    float x[n], y[n];
    for (int i = 0; i < n; ++i, bits += step) x[i] = from_bits<float>(bits & 0xffffffff);
    f.f32(x, y);
    for (int i = 0; i < n; ++i) w.see(error(f, x[i], y[i], f.exact32(x[i])), x[i], 0, y[i]);
  }
  return w;
}

worst<double> sweep_doubles(const function& f, int count) {
  constexpr int n = lanes<double>;
  worst<double> w;
  std::mt19937_64 random(7);
  for (std::size_t k = 0; k <= f.intervals.size(); ++k)
    for (int done = 0; done < count; done += n) {
      double x[n], y[n];
      for (double& v : x)
        v = k == f.intervals.size() ? from_bits<double>(random())
                                    : std::uniform_real_distribution<double>(f.intervals[k].low, f.intervals[k].high)(random);
      f.f64(x, y);
      for (int i = 0; i < n; ++i) w.see(error(f, x[i], y[i], f.exact64(x[i])), x[i], 0, y[i]);
    }
  return w;
}

// Each special value in each lane beside random ones: right, and the same bits as when it fills the vector.
template <class T, class Apply, class Exact>
worst<T> special(const function& f, Apply apply_to, Exact exact, bool& independent) {
  constexpr int n = lanes<T>;
  worst<T> w;
  std::mt19937_64 random(11);
  for (const T value : special_values<T>())
    for (int lane = 0; lane < n; ++lane) {
      T x[n], y[n], alone[n], filled[n];
      for (T& v : x) v = from_bits<T>(random());
      x[lane] = value;
      apply_to(x, y);
      w.see(error(f, value, y[lane], exact(value)), value, 0, y[lane]);
      for (int i = 0; i < n; i += 3) {
        for (T& v : filled) v = x[i];
        apply_to(filled, alone);
        independent = independent && same_bits(alone[0], y[i]) && same_bits(alone[n - 1], y[i]);
      }
    }
  return w;
}

}  // namespace

TEST_CASE("float: functions of one argument") {
  for (const function& f : functions()) {
    const auto w = sweep_floats(f, std::uint64_t{4099} * thinning);
    INFO(f.name << ", " << w.where());
    CHECK(w.ulp <= f.bound.float32);
  }
}

TEST_CASE("float: every number", "[.][exhaustive]") {
  for (const function& f : functions())
    SECTION(f.name) {
      const auto w = sweep_floats(f, 1);
      WARN(f.name << ", " << w.where());
      CHECK(w.ulp <= f.bound.float32);
    }
}

TEST_CASE("double: functions of one argument") {
  for (const function& f : functions()) {
    const auto w = sweep_doubles(f, 50000 / thinning);
    INFO(f.name << ", " << w.where());
    CHECK(w.ulp <= f.bound.float64);
  }
}

TEST_CASE("double: many numbers", "[.][exhaustive]") {
  for (const function& f : functions())
    SECTION(f.name) {
      const auto w = sweep_doubles(f, 10000000);
      WARN(f.name << ", " << w.where());
      CHECK(w.ulp <= f.bound.float64);
    }
}

TEST_CASE("special values, in every lane, whatever the neighbours") {
  for (const function& f : functions()) {
    bool independent = true;
    const auto a = special<float>(f, f.f32, f.exact32, independent);
    const auto b = special<double>(f, f.f64, f.exact64, independent);
    INFO(f.name << ", float: " << a.where() << ", double: " << b.where());
    CHECK(a.ulp <= f.bound.float32);
    CHECK(b.ulp <= f.bound.float64);
    CHECK(independent);
  }
}

TEST_CASE("a result does not depend on the vector's width") {
  constexpr int n = lanes<float>;
  std::mt19937_64 random(13);
  for (const function& f : functions()) {
    bool same = true;
    for (int trial = 0; trial < 1000; ++trial) {
      float x[n], wide[n], narrow[n];
      for (float& v : x) v = trial % 2 == 0 ? from_bits<float>(random()) : std::uniform_real_distribution<float>(-20, 20)(random);
      f.f32(x, wide);
      f.f32_narrow(x, narrow);
      for (int i = 0; i < n; ++i) same = same && same_bits(wide[i], narrow[i]);
    }
    INFO(f.name);
    CHECK(same);
  }
}

}  // namespace tenon_test::math_test

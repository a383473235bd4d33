// test: device
// Elementwise ops of complex numbers, against std::complex in long double.
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/complex.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/hyperbolic.hpp>
#include <tenon/ops/predicates.hpp>
#include <tenon/ops/sign.hpp>
#include <tenon/ops/trigonometric.hpp>
#include <tenon/ops/where.hpp>

#include "../support/cases.hpp"

#include <complex>
#include <tenon/ops/lazy.hpp>

namespace tenon_test::elementwise_complex_test {
using number = std::complex<long double>;

namespace {

template <class R>
tn::tensor<std::complex<R>> random_complex(index_t n, double size, std::uint64_t seed) {
  auto x = empty<std::complex<R>>({n});
  const auto v = uniform(static_cast<std::size_t>(2 * n), -size, size, seed);
  for (index_t i = 0; i < n; ++i)
    x.data()[i] = {static_cast<R>(v[static_cast<std::size_t>(2 * i)]),
                   static_cast<R>(v[static_cast<std::size_t>(2 * i + 1)])};
  return x;
}

// |got - want| <= bound u |want| for every element, of every length and in an expression.
template <class R, class Op, class Reference>
void check(const char* name, Op op, Reference f, long double bound, double size = 3) {
  const index_t longest = 67;
  const auto a = random_complex<R>(longest, size, 1), b = random_complex<R>(longest, size, 2);
  const auto all = tn::unwrap(op(a, b));
  INFO(name << " of " << (sizeof(R) == 4 ? "complex64" : "complex128"));
  for (index_t i = 0; i < longest; ++i) {
    const number want = f(number(a.data()[i]), number(b.data()[i])), got(all.data()[i]);
    INFO("(" << a.data()[i] << ", " << b.data()[i] << ") gives " << all.data()[i]);
    REQUIRE(std::abs(got - want) <= bound * std::numeric_limits<R>::epsilon() / 2 * std::abs(want));
  }
  for (index_t n = 1; n < longest; n += 5) {
    const auto some = tn::unwrap(op(tn::unwrap(a.narrow(0, 1, n)), tn::unwrap(b.narrow(0, 1, n))));
    for (index_t i = 0; i < n; ++i) REQUIRE(some.data()[i] == all.data()[i + 1]);
  }
  const auto lazy = tn::unwrap(tn::eval(op(tn::lazy(a), tn::lazy(b))));
  for (index_t i = 0; i < longest; ++i) REQUIRE(lazy.data()[i] == all.data()[i]);
}

template <class R>
void check_all() {
#define TENON_COMPLEX(name, bound, ...) check<R>(#name, [](const auto& x, [[maybe_unused]] const auto& y) { return __VA_ARGS__; }, [](number x, [[maybe_unused]] number y) -> number
  TENON_COMPLEX(add, 1, x + y) { return x + y; }, 1);
  TENON_COMPLEX(sub, 1, x - y) { return x - y; }, 1);
  TENON_COMPLEX(mul, 1, x * y) { return x * y; }, 4);                  // 2 sqrt 2 u: Brent, Percival & Zimmermann 2007
  TENON_COMPLEX(div, 1, x / y) { return x / y; }, 12);
  TENON_COMPLEX(neg, 1, -x) { return -x; }, 0);
  TENON_COMPLEX(square, 1, tn::square(x)) { return x * x; }, 4);
  TENON_COMPLEX(reciprocal, 1, tn::reciprocal(x)) { return number(1) / x; }, 12);
  TENON_COMPLEX(scaled, 1, tn::add(x, y, {.alpha = 2})) { return x + number(2) * y; }, 4);
  TENON_COMPLEX(conj, 1, tn::conj(x)) { return std::conj(x); }, 0);
  TENON_COMPLEX(sqrt, 1, tn::sqrt(x)) { return std::sqrt(x); }, 4);
  TENON_COMPLEX(exp, 1, tn::exp(x)) { return std::exp(x); }, 4);
  TENON_COMPLEX(log, 1, tn::log(x)) { return std::log(x); }, 4);
  TENON_COMPLEX(sin, 1, tn::sin(x)) { return std::sin(x); }, 6);
  TENON_COMPLEX(tanh, 1, tn::tanh(x)) { return std::tanh(x); }, 8);
  TENON_COMPLEX(sgn, 1, tn::sgn(x)) { return x / std::abs(x); }, 6);
#undef TENON_COMPLEX
}

}  // namespace

TEST_CASE("arithmetic and functions of complex numbers", "[device]") {
  check_all<float>();
  check_all<double>();
}

TEST_CASE("complex to real: abs, real, imag, angle", "[device]") {
  const auto z = random_complex<float>(35, 5, 3);
  const auto size = tn::unwrap(tn::abs(z)), re = tn::unwrap(tn::real(z)), im = tn::unwrap(tn::imag(z)),
             angle = tn::unwrap(tn::angle(z));
  for (index_t i = 0; i < 35; ++i) {
    const std::complex<double> w(z.data()[i]);
    REQUIRE(std::fabs(static_cast<double>(size.data()[i]) - std::abs(w)) <= 2 * ulp<float>(std::abs(w)));
    REQUIRE(std::fabs(static_cast<double>(angle.data()[i]) - std::arg(w)) <= 2 * ulp<float>(std::arg(w)));
    REQUIRE(re.data()[i] == z.data()[i].real());
    REQUIRE(im.data()[i] == z.data()[i].imag());
  }
  CHECK(values(tn::angle(make<std::int32_t>({3}, {2, 0, -2}))) ==
        std::vector<double>{0, 0, static_cast<double>(3.14159265358979F)});
  CHECK(values(tn::real(make<float>({1}, {2}))) == std::vector<double>{2});
}

TEST_CASE("complex numbers far from 1, and special ones", "[device]") {
  auto z = empty<std::complex<float>>({5});
  z.data()[0] = {3e30F, 4e30F}, z.data()[1] = {3e-30F, 4e-30F}, z.data()[2] = {0, 0}, z.data()[3] = {INFINITY, NAN},
  z.data()[4] = {1, -0.0F};
  const auto size = values(tn::abs(z));
  CHECK(size[0] == Approx(5e30));
  CHECK(size[1] == Approx(5e-30));
  CHECK(size[2] == 0);
  CHECK(size[3] == inf);
  const auto inverse =
      tn::unwrap(tn::div(tn::unwrap(z.narrow(0, 0, 2)), tn::unwrap(z.narrow(0, 0, 2))));  // |b|^2 overflows
  for (int i = 0; i < 2; ++i) CHECK(std::abs(inverse.data()[i] - std::complex<float>(1, 0)) <= std::numeric_limits<float>::epsilon());
  CHECK(values(tn::isnan(z)) == std::vector<double>{0, 0, 0, 1, 0});
  CHECK(values(tn::isinf(z)) == std::vector<double>{0, 0, 0, 1, 0});
  CHECK(values(tn::isfinite(z)) == std::vector<double>{1, 1, 1, 0, 1});
  CHECK(values(tn::isreal(z)) == std::vector<double>{0, 0, 1, 0, 1});
  CHECK(values(tn::eq(z, z)) == std::vector<double>{1, 1, 1, 0, 1});
  const auto direction = tn::unwrap(tn::sgn(z));
  CHECK(direction.data()[2] == std::complex<float>(0, 0));
}

TEST_CASE("complex beside real operands and scalars", "[device]") {
  const auto z = random_complex<float>(4, 2, 4);
  const auto x = make<double>({4}, {1, 2, 3, 4});
  static_assert(std::is_same_v<decltype(z + x), tn::result<tn::tensor<std::complex<double>>>>);
  static_assert(std::is_same_v<decltype(x * std::complex<float>(0, 1)), tn::result<tn::tensor<std::complex<double>>>>);
  static_assert(std::is_same_v<decltype(z * 2), tn::result<tn::tensor<std::complex<float>>>>);
  const auto sum = tn::unwrap(z + x), turned = tn::unwrap(x * std::complex<float>(0, 1));
  const auto chosen = tn::unwrap(tn::where(tn::gt(x, 2), z, 0));
  for (index_t i = 0; i < 4; ++i) {
    REQUIRE(sum.data()[i] == std::complex<double>(z.data()[i]) + x.data()[i]);
    REQUIRE(turned.data()[i] == std::complex<double>(0, x.data()[i]));
    REQUIRE(chosen.data()[i] == (i >= 2 ? z.data()[i] : std::complex<float>()));
  }
}

}  // namespace tenon_test::elementwise_complex_test

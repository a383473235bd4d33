// An op of your own, without touching the library: function, three forms, reference and test in one file.
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/operators.hpp>

#include <cmath>
#include <cstdio>

namespace tn = tenon;

// squareplus(x) = (x + sqrt(x^2 + b)) / 2        Barron 2021, arXiv:2112.11687
namespace mine {

struct squareplus_function : tn::functions::floating_type {      // integers become float; the result has the operand's type
  static constexpr const char* name = "squareplus";
  double b;
  template <class V>
  V operator()(V x) const {                                      // V is a vector of float or double; sqrt is found through it
    using C = typename V::value_type;
    return (x + sqrt(fma(x, x, V(static_cast<C>(b))))) * V(C(0.5));
  }
};

template <tn::operand X>
auto squareplus(X&& x, double b = 4) {
  return tn::map(squareplus_function{{}, b}, std::forward<X>(x));
}
template <tn::target O, tn::operand X>
tn::result<void> squareplus_into(O&& out, X&& x, double b = 4) {
  return tn::assign(out, squareplus(tn::lazy(x), b));
}
template <tn::target X>
tn::result<void> squareplus_(X&& x, double b = 4) {
  return squareplus_into(x, x, b);
}

double reference(double x, double b) { return (x + std::sqrt(x * x + b)) / 2; }

}  // namespace mine

int main() {
  const auto x = tn::unwrap(tn::linspace<float>(-10, 10, 1001));
  const auto y = tn::unwrap(mine::squareplus(x));
  const auto fused = tn::unwrap(tn::eval(mine::squareplus(tn::lazy(x) * 2.0F) - 1.0F));       // a node like any other
  auto z = tn::unwrap(tn::clone(x));
  tn::unwrap(mine::squareplus_(z));

  double worst = 0;
  for (tn::index_t i = 0; i < x.numel(); ++i) {
    const double want = mine::reference(static_cast<double>(x.data()[i]), 4);
    worst = std::fmax(worst, std::fabs(static_cast<double>(y.data()[i]) - want));
    if (y.data()[i] != z.data()[i]) return 1;                    // in place gives the same bits
    if (std::fabs(static_cast<double>(fused.data()[i]) - (mine::reference(2.0 * static_cast<double>(x.data()[i]), 4) - 1)) > 1e-5) return 1;
  }
  std::printf("largest error %.1e\n", worst);
  return worst < 2e-6 ? 0 : 1;                                   // four roundings of numbers below 16
}

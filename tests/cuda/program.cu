// A program's own .cu, as a user compiles it: its expressions become kernels of its own, on the GPU that is there. Without one the
// library says so, and the same expressions run on the CPU.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/where.hpp>

#include <cmath>
#include <complex>
#include <cstdio>
#include <string>

namespace tn = tenon;

struct squareplus : tn::functions::floating_type {               // a user's own
  static constexpr const char* name = "squareplus";
  template <class V>
  TENON_HD V operator()(V x) const {
    return (x + sqrt(x * x + V(4))) * V(0.5);
  }
};

namespace {

tn::result<tn::tensor<float>> compute(const tn::tensor<float>& x, const tn::tensor<tn::half>& y) {
  const auto positive = tn::relu(tn::lazy(x) * y - 0.25);
  return tn::eval(tn::where(tn::lt(tn::lazy(x), 3), positive / 2, tn::map(squareplus{}, tn::lazy(x))));
}

tn::result<tn::tensor<std::complex<float>>> compute(const tn::tensor<std::complex<float>>& z) { return tn::eval(tn::lazy(z) * z + 1); }

// What compute() is, number by number.
float expected(float x, float y) {
  const float positive = x * y - 0.25F > 0 ? x * y - 0.25F : 0;
  return x < 3 ? positive / 2 : (x + std::sqrt(x * x + 4.0F)) * 0.5F;
}

tn::result<void> run(tn::placement where) {
  constexpr tn::index_t n = 1000;
  TENON_TRY(auto x, tn::arange<float>(0, n));
  TENON_TRY(x, tn::eval(tn::lazy(x) / 128));
  TENON_TRY(const auto y, tn::to<tn::half>(x));
  TENON_TRY(const auto there_x, tn::to(x, where));
  TENON_TRY(const auto there_y, tn::to(y, where));
  TENON_TRY(const auto z, tn::to(compute(there_x, there_y), tn::device::cpu));
  for (tn::index_t i = 0; i < n; ++i) {
    const float want = expected(x.data()[i], static_cast<float>(y.data()[i]));
    if (z.data()[i] != want)
      return tn::error(tn::error_code::invalid_argument, "program", tn::make_text("element ", i, " is ", z.data()[i], ", not ", want));
  }

  TENON_TRY(const auto i, tn::to(tn::full<std::complex<float>>({3}, std::complex<float>(2, 1)), where));
  TENON_TRY(const auto square, tn::to(compute(i), tn::device::cpu));
  if (square.data()[2] != std::complex<float>(4, 4)) return tn::error(tn::error_code::invalid_argument, "program", tn::make_text("(2 + i)^2 + 1 is not 4 + 4i"));
  return {};
}

}  // namespace

int main() {
  const auto on_cpu = run(tn::device::cpu), on_gpu = run(tn::device::cuda);
  for (const auto* outcome : {&on_cpu, &on_gpu})
    if (!*outcome) std::fprintf(stderr, "%s\n", std::string(outcome->error().message()).c_str());
  return on_cpu && (on_gpu || on_gpu.error() == tn::error_code::device_unavailable) ? 0 : 1;
}

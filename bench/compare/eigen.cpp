// Eigen: matrix products, elementwise work, reductions, softmax, transposed copies, the mean squared error. On several threads only the products, and these if the
// compiler has OpenMP: Eigen shares out nothing else.
#include "problem.hpp"

#if __has_include(<Eigen/Dense>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <Eigen/Dense>

namespace compare {
namespace {

using array = Eigen::Array<float, Eigen::Dynamic, 1>;
using row_array = Eigen::Array<float, 1, Eigen::Dynamic>;
using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using rows = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class F>
solver repeat(F f) {
  return [f](float*) { f(); };
}

#if defined(EIGEN_HAS_OPENMP)
constexpr bool shares_products = true;
#else
constexpr bool shares_products = false;
#endif
int threads = 1;

solver products(const problem& p, float* out) {
  const bool batched = p.op == "bmm";
  const auto batches = batched ? p.n[0] : 1, m = p.n[batched], n = p.n[batched + 1], k = p.n[batched + 2];
  return repeat([=, a = p.in[0], b = p.in[1]] {
    for (std::int64_t i = 0; i < batches; ++i)
      Eigen::Map<matrix>(out + i * m * n, m, n).noalias() = Eigen::Map<const matrix>(a + i * m * k, m, k) * Eigen::Map<const matrix>(b + i * k * n, k, n);
  });
}

solver solve(const problem& p, float* out) {
  const auto& n = p.n;
  if ((p.op == "gemm" || p.op == "bmm") && (threads == 1 || shares_products)) return products(p, out);
  if (threads > 1 || p.in.empty()) return {};
  const float* a = p.in[0];
  if (p.op == "mse_loss")
    return [=, b = p.in[1]](float* copy) {
      *out = (Eigen::Map<const array>(a, n[0]) - Eigen::Map<const array>(b, n[0])).square().mean();
      if (copy) *copy = *out;
    };
  if (p.result == form::fresh) return {};
  if (n.size() == 2) {
    const Eigen::Map<const rows> x(a, n[0], n[1]);
    if (p.op == "softmax")
      return repeat([=] {
        Eigen::Map<rows> y(out, n[0], n[1]);
        for (Eigen::Index i = 0; i < n[0]; ++i) {
          y.row(i) = (x.row(i) - x.row(i).maxCoeff()).exp();
          y.row(i) *= 1.0F / y.row(i).sum();
        }
      });
    if (p.op == "sum") return repeat([=] { *out = x.sum(); });
    if (p.op == "mean") return repeat([=] { *out = x.mean(); });
    if (p.op == "max") return repeat([=] { *out = x.maxCoeff(); });
    if (p.op == "transpose") return repeat([=] { Eigen::Map<rows>(out, n[1], n[0]) = x.transpose(); });
    if (p.op == "row_sum") return repeat([=] { Eigen::Map<array>(out, n[0]) = x.rowwise().sum(); });
    if (p.op == "row_max") return repeat([=] { Eigen::Map<array>(out, n[0]) = x.rowwise().maxCoeff(); });
    if (p.op == "column_sum") return repeat([=] { Eigen::Map<row_array>(out, n[1]) = x.colwise().sum(); });
    if (p.op == "column_max") return repeat([=] { Eigen::Map<row_array>(out, n[1]) = x.colwise().maxCoeff(); });
  }
  if (n.size() != 1) return {};
  const Eigen::Map<const array> x(a, n[0]);
  if (p.op == "relu") return repeat([=] { Eigen::Map<array>(out, n[0]) = x.max(0.0F); });
  if (p.op == "exp") return repeat([=] { Eigen::Map<array>(out, n[0]) = x.exp(); });
  if (p.op == "gelu_tanh")
    return repeat([=] { Eigen::Map<array>(out, n[0]) = 0.5F * x * (1.0F + (0.7978845608F * (x + 0.044715F * x * x * x)).tanh()); });
  if (p.op == "add") return repeat([=, y = Eigen::Map<const array>(p.in[1], n[0])] { Eigen::Map<array>(out, n[0]) = x + y; });
  if (p.op == "chain")
    return repeat([=, y = Eigen::Map<const array>(p.in[1], n[0]), z = Eigen::Map<const array>(p.in[2], n[0])] {
      Eigen::Map<array>(out, n[0]) = (x * y + z).max(0.0F) * x.logistic();
    });
  return {};
}

std::string version() {
  return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." + std::to_string(EIGEN_MINOR_VERSION) + " (" +
         Eigen::SimdInstructionSetsInUse() + ")";
}
const rival self = {"eigen", version,
                    [](int n) {
                      threads = n;
                      Eigen::setNbThreads(n);
                    },
                    solve};

}  // namespace
const rival* eigen() { return &self; }
}  // namespace compare
#pragma GCC diagnostic pop

#else

namespace compare {
const rival* eigen() { return nullptr; }
}  // namespace compare

#endif

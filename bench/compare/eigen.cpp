// Eigen, on one thread: elementwise, reductions, softmax and matrix products.
#include "problem.hpp"

#if __has_include(<Eigen/Dense>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <Eigen/Dense>

namespace compare {
namespace {

using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using array = Eigen::Array<float, Eigen::Dynamic, 1>;
using rows = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

solver solve(const problem& p, float* out) {
  const auto& n = p.n;
  const float* a = p.in[0];
  const float* b = p.in.size() > 1 ? p.in[1] : nullptr;
  const float* c = p.in.size() > 2 ? p.in[2] : nullptr;
  if (p.op == "gemm")
    return [=] {
      Eigen::Map<matrix>(out, n[0], n[1]).noalias() = Eigen::Map<const matrix>(a, n[0], n[2]) * Eigen::Map<const matrix>(b, n[2], n[1]);
    };
  if (p.op == "softmax")
    return [=] {
      Eigen::Map<const rows> x(a, n[0], n[1]);
      Eigen::Map<rows> y(out, n[0], n[1]);
      for (Eigen::Index i = 0; i < n[0]; ++i) {
        y.row(i) = (x.row(i) - x.row(i).maxCoeff()).exp();
        y.row(i) *= 1.0F / y.row(i).sum();
      }
    };
  if (p.op == "sum") return [=] { *out = Eigen::Map<const array>(a, n[0] * n[1]).sum(); };
  if (p.op == "row_sum") return [=] { Eigen::Map<array>(out, n[0]) = Eigen::Map<const rows>(a, n[0], n[1]).rowwise().sum(); };
  if (p.op == "column_sum") return [=] { Eigen::Map<Eigen::Array<float, 1, Eigen::Dynamic>>(out, n[1]) = Eigen::Map<const rows>(a, n[0], n[1]).colwise().sum(); };
  if (p.op == "relu") return [=] { Eigen::Map<array>(out, n[0]) = Eigen::Map<const array>(a, n[0]).max(0.0F); };
  if (p.op == "exp") return [=] { Eigen::Map<array>(out, n[0]) = Eigen::Map<const array>(a, n[0]).exp(); };
  if (p.op == "add") return [=] { Eigen::Map<array>(out, n[0]) = Eigen::Map<const array>(a, n[0]) + Eigen::Map<const array>(b, n[0]); };
  if (p.op == "chain")
    return [=] {
      const Eigen::Map<const array> x(a, n[0]), y(b, n[0]), z(c, n[0]);
      Eigen::Map<array>(out, n[0]) = (x * y + z).max(0.0F) * x.logistic();
    };
  return {};
}

const rival self = {"eigen", [] { return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." + std::to_string(EIGEN_MINOR_VERSION); }, solve};

}  // namespace
const rival* eigen() { return &self; }
}  // namespace compare
#pragma GCC diagnostic pop

#else

namespace compare {
const rival* eigen() { return nullptr; }
}  // namespace compare

#endif

// Eigen, compiled with the program's own flags.
#include "problem.hpp"

#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>

namespace bench_linalg {

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

struct results {
  std::vector<Matrix> first, second, third;
  std::vector<Eigen::MatrixXcd> complex_first, complex_second;
};

std::vector<double> values(const Matrix& a) { return {a.data(), a.data() + a.size()}; }
std::vector<double> values(const Eigen::MatrixXcd& a) {
  const auto* p = reinterpret_cast<const double*>(a.data());
  return {p, p + 2 * a.size()};
}

void solve_one(const problem& p, index i, results& r) {
  const auto at = static_cast<std::size_t>(i);
  const Eigen::Map<const Matrix> a(p.columns.data() + i * p.size(), p.m, p.n);
  const auto right = [&] { return Eigen::Map<const Vector>(p.right.data() + i * p.m, p.m); };
  const index k = std::min(p.m, p.n);
  switch (p.what) {
    case op::solve: r.first[at] = a.partialPivLu().solve(right()); break;
    case op::inv: r.first[at] = a.partialPivLu().inverse(); break;
    case op::cholesky: r.first[at] = a.llt().matrixL(); break;
    case op::qr: {
      const Eigen::HouseholderQR<Matrix> f(a);
      r.first[at] = f.householderQ() * Matrix::Identity(p.m, k);
      r.second[at] = f.matrixQR().topRows(k).triangularView<Eigen::Upper>();
      break;
    }
    case op::lstsq: r.first[at] = a.householderQr().solve(right()); break;
    case op::eigvals: r.complex_first[at] = Eigen::EigenSolver<Matrix>(a, false).eigenvalues(); break;
    case op::eig: {
      const Eigen::EigenSolver<Matrix> e(a, true);
      r.complex_first[at] = e.eigenvalues();
      r.complex_second[at] = e.eigenvectors();
      break;
    }
    case op::eigvalsh: r.first[at] = Eigen::SelfAdjointEigenSolver<Matrix>(a, Eigen::EigenvaluesOnly).eigenvalues(); break;
    case op::eigh: {
      const Eigen::SelfAdjointEigenSolver<Matrix> e(a);
      r.first[at] = e.eigenvalues();
      r.second[at] = e.eigenvectors();
      break;
    }
    case op::svdvals: r.first[at] = Eigen::BDCSVD<Matrix>(a).singularValues(); break;
    case op::svd: {
      const Eigen::BDCSVD<Matrix> f(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
      r.first[at] = f.matrixU();
      r.second[at] = f.singularValues();
      r.third[at] = f.matrixV().transpose();
      break;
    }
  }
}

task prepare(const problem& p, int threads) {
  auto r = std::make_shared<results>();
  const auto count = static_cast<std::size_t>(p.count);
  for (auto* list : {&r->first, &r->second, &r->third}) list->resize(count);
  for (auto* list : {&r->complex_first, &r->complex_second}) list->resize(count);
  return {[&p, r, threads] {
            share(p.count, threads, [&](index begin, index end) {
              for (index i = begin; i < end; ++i) solve_one(p, i, *r);
            });
          },
          [&p, r](index i) {
            const auto at = static_cast<std::size_t>(i);
            if (p.what == op::eigvals || p.what == op::eig) return answer{values(r->complex_first[at]), values(r->complex_second[at]), {}};
            return answer{values(r->first[at]), values(r->second[at]), values(r->third[at])};
          }};
}

}  // namespace

contender eigen_contender() {
  const std::string version = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." + std::to_string(EIGEN_MINOR_VERSION);
  return {"eigen", version, [](int threads) { Eigen::setNbThreads(threads); }, prepare};
}

}  // namespace bench_linalg

#else
namespace bench_linalg {
contender eigen_contender() { return {}; }
}  // namespace bench_linalg
#endif

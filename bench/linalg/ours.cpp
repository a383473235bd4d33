// Tenon. One call for the whole batch; its results are new tensors each time.
#include <tenon/linalg.hpp>
#include <tenon/ops/copy.hpp>

#include <oneapi/tbb/global_control.h>

#include "problem.hpp"

namespace bench_linalg {

namespace {

namespace tn = tenon;
namespace linalg = tn::linalg;
using tensor = tn::tensor<double>;

// Matrix i of a batch, by columns.
template <class T>
std::vector<double> columns_of(const tn::tensor<T>& x, index i, bool vector) {
  const auto one = tn::unwrap(x.select(0, i));
  const auto dense = tn::unwrap(tn::contiguous(vector ? one : tn::unwrap(one.transpose(0, 1))));
  const auto* p = reinterpret_cast<const double*>(dense.data());
  return std::vector<double>(p, p + dense.numel() * static_cast<index>(sizeof(T) / sizeof(double)));
}

// call() is timed; take(result, i) reads.
template <class Call, class Take>
task make_task(Call call, Take take) {
  using result = decltype(call());
  auto last = std::make_shared<result>(tn::error(tn::error_code::none));
  return {[=] { *last = call(); }, [=](index i) { return take(tn::unwrap(*last), i); }};
}

task prepare(const problem& p, int) {
  const tensor a = tn::unwrap(tn::from_span<double>(p.rows, {p.count, p.m, p.n}));
  const tensor b = p.right.empty() ? tensor() : tn::unwrap(tn::from_span<double>(p.right, {p.count, p.m, 1}));
  switch (p.what) {
    case op::solve: return make_task([=] { return linalg::solve(a, b); }, [](const auto& x, index i) { return answer{columns_of(x, i, false), {}, {}}; });
    case op::inv: return make_task([=] { return linalg::inv(a); }, [](const auto& x, index i) { return answer{columns_of(x, i, false), {}, {}}; });
    case op::cholesky: return make_task([=] { return linalg::cholesky(a); }, [](const auto& x, index i) { return answer{columns_of(x, i, false), {}, {}}; });
    case op::qr:
      return make_task([=] { return linalg::qr(a); }, [](const auto& f, index i) { return answer{columns_of(f.q, i, false), columns_of(f.r, i, false), {}}; });
    case op::lstsq: return make_task([=] { return linalg::lstsq(a, b); }, [](const auto& f, index i) { return answer{columns_of(f.solution, i, false), {}, {}}; });
    case op::eigvals: return make_task([=] { return linalg::eigvals(a); }, [](const auto& w, index i) { return answer{columns_of(w, i, true), {}, {}}; });
    case op::eig:
      return make_task([=] { return linalg::eig(a); },
                       [](const auto& e, index i) { return answer{columns_of(e.eigenvalues, i, true), columns_of(e.eigenvectors, i, false), {}}; });
    case op::eigvalsh: return make_task([=] { return linalg::eigvalsh(a); }, [](const auto& w, index i) { return answer{columns_of(w, i, true), {}, {}}; });
    case op::eigh:
      return make_task([=] { return linalg::eigh(a); },
                       [](const auto& e, index i) { return answer{columns_of(e.eigenvalues, i, true), columns_of(e.eigenvectors, i, false), {}}; });
    case op::svdvals: return make_task([=] { return linalg::svdvals(a); }, [](const auto& s, index i) { return answer{columns_of(s, i, true), {}, {}}; });
    case op::svd:
      return make_task([=] { return linalg::svd(a, {.full_matrices = false}); }, [](const auto& f, index i) {
        return answer{columns_of(f.u, i, false), columns_of(f.s, i, true), columns_of(f.vh, i, false)};
      });
  }
  return {};
}

}  // namespace

contender tenon_contender() {
  auto control = std::make_shared<std::unique_ptr<oneapi::tbb::global_control>>();
  const auto set = [control](int threads) {
    control->reset();
    *control = std::make_unique<oneapi::tbb::global_control>(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  };
  return {"tenon", TENON_VERSION_STRING, set, prepare};
}

}  // namespace bench_linalg

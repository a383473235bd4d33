// OpenBLAS: matrix products.
#include "problem.hpp"

#if defined(TENON_PEER_OPENBLAS)
#include <cblas.h>

namespace compare {
namespace {

solver solve(const problem& p, float* out) {
  if (p.op != "gemm" && p.op != "bmm") return {};
  const bool batched = p.op == "bmm";
  const auto batches = batched ? p.n[0] : 1, m = p.n[batched], n = p.n[batched + 1], k = p.n[batched + 2];
  return [=, a = p.in[0], b = p.in[1]](float*) {
    for (std::int64_t i = 0; i < batches; ++i)
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), 1, a + i * m * k,
                  static_cast<int>(k), b + i * k * n, static_cast<int>(n), 0, out + i * m * n, static_cast<int>(n));
  };
}

std::string version() {
  std::string text = openblas_get_config();        // "OpenBLAS 0.3.21 NO_AFFINITY ... MAX_THREADS=64"
  text.erase(0, text.find(' ') + 1);
  return text.substr(0, text.find(' ')) + " (" + openblas_get_corename() + ")";
}
const rival self = {"openblas", version, [](int n) { openblas_set_num_threads(n); }, solve};

}  // namespace
const rival* openblas() { return &self; }
}  // namespace compare

#else

namespace compare {
const rival* openblas() { return nullptr; }
}  // namespace compare

#endif

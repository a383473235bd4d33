// OpenBLAS: matrix products.
#include "problem.hpp"

#if defined(TENON_PEER_OPENBLAS)
#include <cblas.h>

namespace compare {
namespace {
const rival self = {"openblas", [] { return std::string(openblas_get_config()); },
                    [](const problem& p, float* out) -> solver {
                      if (p.op != "gemm") return {};
                      const int m = static_cast<int>(p.n[0]), n = static_cast<int>(p.n[1]), k = static_cast<int>(p.n[2]);
                      const float *a = p.in[0], *b = p.in[1];
                      return [=] { cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, 0, out, n); };
                    }};
}  // namespace
const rival* openblas() { return &self; }
void set_openblas_threads(int n) { openblas_set_num_threads(n); }
}  // namespace compare

#else

namespace compare {
const rival* openblas() { return nullptr; }
void set_openblas_threads(int) {}
}  // namespace compare

#endif

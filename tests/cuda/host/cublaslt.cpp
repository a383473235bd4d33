// cuBLASLt on the CPU (cublasLt.h): d = alpha op(a) op(b) + beta c, counted along columns, in plain loops. Refuses what cuBLASLt's
// documentation refuses: extents that do not fit, distances shorter than a column, addresses off the alignment that the choice was made for.
#include "cublasLt.h"

#include <tenon/core/half.hpp>

extern "C" {
int host_cublaslt_products = 0, host_cublaslt_questions = 0;
}

namespace {

constexpr std::size_t workspace_bytes = 4096;    // so that there is one to be had and passed

bool aligned(const void* p, std::uint32_t to) { return reinterpret_cast<std::uintptr_t>(p) % to == 0; }

struct extents {
  std::uint64_t rows, columns;
};
extents of(const cublasLtMatrixLayoutOpaque_t& l, std::int32_t transposed) { return transposed == CUBLAS_OP_T ? extents{l.columns, l.rows} : extents{l.rows, l.columns}; }

bool fits(const cublasLtMatmulDescOpaque_t& o, const cublasLtMatrixLayoutOpaque_t& a, const cublasLtMatrixLayoutOpaque_t& b, const cublasLtMatrixLayoutOpaque_t& c,
          const cublasLtMatrixLayoutOpaque_t& d) {
  for (const auto* l : {&a, &b, &c, &d})
    if (l->distance < static_cast<std::int64_t>(l->rows) || l->rows == 0 || l->columns == 0 || l->batches != d.batches || l->type != d.type) return false;
  const extents x = of(a, o.transposed[0]), y = of(b, o.transposed[1]);
  return x.columns == y.rows && x.rows == d.rows && y.columns == d.columns && c.rows == d.rows && c.columns == d.columns;
}

template <class T, class C>
void multiply(const cublasLtMatmulDescOpaque_t& o, C alpha, const void* a, const cublasLtMatrixLayoutOpaque_t& la, const void* b, const cublasLtMatrixLayoutOpaque_t& lb,
              C beta, const void* c, const cublasLtMatrixLayoutOpaque_t& lc, void* d, const cublasLtMatrixLayoutOpaque_t& ld) {
  const auto at = [](const void* p, const cublasLtMatrixLayoutOpaque_t& l, std::int32_t transposed, std::int64_t batch, std::uint64_t row, std::uint64_t column) {
    if (transposed == CUBLAS_OP_T) std::swap(row, column);
    return static_cast<C>(static_cast<const T*>(p)[batch * l.batch_offset + static_cast<std::int64_t>(column) * l.distance + static_cast<std::int64_t>(row)]);
  };
  const std::uint64_t depth = of(la, o.transposed[0]).columns;
  for (std::int64_t batch = 0; batch < ld.batches; ++batch)
    for (std::uint64_t column = 0; column < ld.columns; ++column)
      for (std::uint64_t row = 0; row < ld.rows; ++row) {
        C sum = 0;
        for (std::uint64_t k = 0; k < depth; ++k) sum = std::fma(at(a, la, o.transposed[0], batch, row, k), at(b, lb, o.transposed[1], batch, k, column), sum);
        C y = alpha * sum;
        if (beta != 0) y += beta * at(c, lc, CUBLAS_OP_N, batch, row, column);
        if (o.epilogue == CUBLASLT_EPILOGUE_BIAS) y += static_cast<C>(static_cast<const T*>(o.bias)[row]);
        static_cast<T*>(d)[batch * ld.batch_offset + static_cast<std::int64_t>(column) * ld.distance + static_cast<std::int64_t>(row)] = static_cast<T>(y);
      }
}

}  // namespace

extern "C" {

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  static int context;
  *handle = reinterpret_cast<cublasLtHandle_t>(&context);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t d, std::size_t bytes, cublasComputeType_t compute, cudaDataType_t scale) {
  if (bytes != sizeof *d) return CUBLAS_STATUS_ALLOC_FAILED;
  *d = {compute, scale, {CUBLAS_OP_N, CUBLAS_OP_N}, CUBLASLT_EPILOGUE_DEFAULT, nullptr};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t what, const void* value, std::size_t bytes) {
  const auto set = [&](auto& to) {
    if (bytes != sizeof to) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&to, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
  };
  switch (what) {
    case CUBLASLT_MATMUL_DESC_TRANSA: return set(d->transposed[0]);
    case CUBLASLT_MATMUL_DESC_TRANSB: return set(d->transposed[1]);
    case CUBLASLT_MATMUL_DESC_EPILOGUE: return set(d->epilogue);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER: return set(d->bias);
  }
  return CUBLAS_STATUS_INVALID_VALUE;
}
cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t l, std::size_t bytes, cudaDataType_t type, std::uint64_t rows, std::uint64_t columns,
                                                 std::int64_t distance) {
  if (bytes != sizeof *l) return CUBLAS_STATUS_ALLOC_FAILED;
  *l = {type, rows, columns, distance, 0, 1};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t l, cublasLtMatrixLayoutAttribute_t what, const void* value, std::size_t bytes) {
  const bool count = what == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT;
  if (bytes != (count ? sizeof l->batches : sizeof l->batch_offset)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(count ? static_cast<void*>(&l->batches) : &l->batch_offset, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t p, std::size_t bytes) {
  if (bytes != sizeof *p) return CUBLAS_STATUS_ALLOC_FAILED;
  *p = {0, {256, 256, 256, 256}};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p, cublasLtMatmulPreferenceAttributes_t what, const void* value, std::size_t bytes) {
  void* const to = what == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES ? static_cast<void*>(&p->workspace) : &p->alignment[what - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES];
  if (bytes != (what == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES ? sizeof p->workspace : sizeof p->alignment[0])) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(to, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t o, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t p, int wanted,
                                              cublasLtMatmulHeuristicResult_t* found, int* count) {
  ++host_cublaslt_questions;
  *count = 0;
  if (handle == nullptr || wanted < 1 || p->workspace < workspace_bytes || !fits(*o, *a, *b, *c, *d)) return CUBLAS_STATUS_INVALID_VALUE;
  if (o->epilogue == CUBLASLT_EPILOGUE_BIAS && d->type == CUDA_R_64F) return CUBLAS_STATUS_NOT_SUPPORTED;
  found->state = CUBLAS_STATUS_SUCCESS;
  found->workspaceSize = workspace_bytes;
  std::copy(std::begin(p->alignment), std::end(p->alignment), found->algo.alignment);
  *count = 1;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t o, const void* alpha, const void* a, cublasLtMatrixLayout_t la, const void* b,
                              cublasLtMatrixLayout_t lb, const void* beta, const void* c, cublasLtMatrixLayout_t lc, void* d, cublasLtMatrixLayout_t ld,
                              const cublasLtMatmulAlgo_t* algo, void* workspace, std::size_t bytes, cudaStream_t) {
  if (handle == nullptr || bytes < workspace_bytes || !fits(*o, *la, *lb, *lc, *ld) || !aligned(a, algo->alignment[0]) || !aligned(b, algo->alignment[1]) ||
      !aligned(c, algo->alignment[2]) || !aligned(d, algo->alignment[3]))
    return CUBLAS_STATUS_INVALID_VALUE;
  std::memset(workspace, 0xA5, bytes);           // it is the caller's to lend
  ++host_cublaslt_products;
  const auto single = [&]<class T>(T) {
    multiply<T>(*o, *static_cast<const float*>(alpha), a, *la, b, *lb, *static_cast<const float*>(beta), c, *lc, d, *ld);
  };
  switch (ld->type) {
    case CUDA_R_32F: single(0.0f); break;
    case CUDA_R_16F: single(tenon::half{}); break;
    case CUDA_R_16BF: single(tenon::bfloat16{}); break;
    case CUDA_R_64F:
      multiply<double>(*o, *static_cast<const double*>(alpha), a, *la, b, *lb, *static_cast<const double*>(beta), c, *lc, d, *ld);
      break;
  }
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"

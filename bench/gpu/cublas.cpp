#include "cublas.hpp"

#if defined(WITH_CUBLAS)
#include <cublas_v2.h>

bool multiply_by_cublas(bool in_bfloat16, int n, void* out, const void* a, const void* b) {
  static const cublasHandle_t handle = [] {
    cublasHandle_t h = nullptr;
    return cublasCreate(&h) == CUBLAS_STATUS_SUCCESS ? h : nullptr;
  }();
  const float one = 1, zero = 0;
  const cudaDataType_t type = in_bfloat16 ? CUDA_R_16BF : CUDA_R_32F;
  // By columns, as cuBLAS counts, this is out^T = b^T a^T.
  return handle != nullptr && cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &one, b, type, n, a, type, n, &zero, out, type, n, CUBLAS_COMPUTE_32F,
                                           CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS;
}
#else
bool multiply_by_cublas(bool, int, void*, const void*, const void*) { return false; }
#endif

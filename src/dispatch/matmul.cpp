#include <tenon/kernels/cpu/matmul.hpp>

#include "export.hpp"

TENON_EXPORT(matmul_kernel<float>)
TENON_EXPORT(matmul_kernel<double>)
TENON_EXPORT(matmul_kernel<half>)
TENON_EXPORT(matmul_kernel<bfloat16>)
TENON_EXPORT(matmul_kernel<std::int8_t>)
TENON_EXPORT(matmul_kernel<std::uint8_t>)
TENON_EXPORT(matmul_kernel<std::int16_t>)
TENON_EXPORT(matmul_kernel<std::int32_t>)
TENON_EXPORT(matmul_kernel<std::int64_t>)
TENON_EXPORT(matmul_kernel<std::complex<float>>)
TENON_EXPORT(matmul_kernel<std::complex<double>>)

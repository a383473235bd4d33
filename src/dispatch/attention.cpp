#include <tenon/kernels/cpu/attention.hpp>

#include "export.hpp"

TENON_EXPORT(attention_kernel<float>)
TENON_EXPORT(attention_tile_kernel<float>)
TENON_EXPORT(attention_kernel<double>)
TENON_EXPORT(attention_tile_kernel<double>)
TENON_EXPORT(attention_kernel<half>)
TENON_EXPORT(attention_tile_kernel<half>)
TENON_EXPORT(attention_kernel<bfloat16>)
TENON_EXPORT(attention_tile_kernel<bfloat16>)

#include <tenon/kernels/cpu/softmax.hpp>

#include "export.hpp"

TENON_EXPORT(softmax_kernel<float>)
TENON_EXPORT(softmax_kernel<double>)
TENON_EXPORT(softmax_kernel<half>)
TENON_EXPORT(softmax_kernel<bfloat16>)

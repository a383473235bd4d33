// The loop around elementwise functions, and copies. The functions themselves are compiled by the program, each of whose expressions is one.
#include <tenon/kernels/cpu/elementwise_loop.hpp>

#include "export.hpp"

TENON_EXPORT(copy_kernel)
TENON_EXPORT(elementwise_loop_kernel)

#pragma once
// cuBLAS called directly, as a yardstick for the products of the library.

// out (n, n) = a (n, n) b (n, n), row by row, in bfloat16 (or float, without TF32), summed in float; false: there is no cuBLAS, or it refused.
bool multiply_by_cublas(bool in_bfloat16, int n, void* out, const void* a, const void* b);

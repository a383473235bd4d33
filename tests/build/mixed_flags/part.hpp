#pragma once
// One program, files compiled with unlike flags, one of them by nvcc: what each offers to the others. PART is the file's name.
#include <tenon/tenon.hpp>

namespace mixed {

using matrix = tenon::result<tenon::tensor<float>>;

struct part {
  const char* name;
  const char* needs;                                         // the instruction set that it was compiled for, or null
  matrix (*make)(unsigned long long seed);                   // [33, 17] random numbers
  matrix (*softmax)(const tenon::tensor<float>& x);
  matrix (*matmul)(const tenon::tensor<float>& a, const tenon::tensor<float>& b);
  matrix (*fused)(const tenon::tensor<float>& x);            // relu(x * x - x) + 0.5, in one pass
  matrix (*wrong)(const tenon::tensor<float>& x);            // an error, made here and read elsewhere
  matrix (*view)(const tenon::tensor<float>& x);             // a transposed view that shares storage
};

extern const part baseline, avx2, avx512, noexcept_, plain, cuda;      // cuda: where WITH_CUDA is defined

}  // namespace mixed

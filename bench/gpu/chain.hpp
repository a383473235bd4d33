#pragma once
// A chain of elementwise functions as one kernel, which only nvcc can make of it (chain.cu).
#include <tenon/core/tensor.hpp>

// out = relu(a b + c) sigmoid(a)
tenon::result<void> fused_chain(tenon::tensor<float>& out, const tenon::tensor<float>& a, const tenon::tensor<float>& b, const tenon::tensor<float>& c);

#pragma once
// What PyTorch's side of the rows shares.
#include "problem.hpp"

#if defined(TENON_PEER_TORCH)
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include <cstring>

namespace compare {

using at::Tensor;

inline Tensor view(const float* p, at::IntArrayRef s) { return at::from_blob(const_cast<float*>(p), s, at::kFloat); }
inline Tensor indices(const std::vector<std::int64_t>& values, at::IntArrayRef s) {
  return at::from_blob(const_cast<std::int64_t*>(values.data()), s, at::kLong).clone();
}

// f(): a call that writes into memory which exists.
template <class F>
solver kept(F f) {
  return [f](float*) mutable { f(); };
}

// f(): a call that allocates its result.
template <class F>
solver fresh(F f) {
  return [f](float* copy) mutable {
    const Tensor y = f();
    benchmark::DoNotOptimize(y.data_ptr());
    if (!copy) return;
    const Tensor floats = y.to(at::kFloat);
    std::memcpy(copy, floats.data_ptr<float>(), static_cast<std::size_t>(floats.numel()) * sizeof(float));
  };
}

// Empty where the row is another family's.
solver torch_half(const problem&, float* out);
solver torch_layers(const problem&, float* out);
solver torch_moves(const problem&, float* out);

}  // namespace compare
#endif

#pragma once
// What Tenon's side of the rows shares.
#include <tenon/core/wrap.hpp>

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../problem.hpp"

namespace compare {

namespace tn = tenon;
using tensor = tn::tensor<float>;

// One for each family; empty where the row is another family's.
solver matmul_solver(const problem&, float* out);
solver convolution_solver(const problem&, float* out);
solver attention_solver(const problem&, float* out);
solver row_solver(const problem&, float* out);
solver reduction_solver(const problem&, float* out);
solver elementwise_solver(const problem&, float* out);
solver pooling_solver(const problem&, float* out);
solver loss_solver(const problem&, float* out);
solver scan_solver(const problem&, float* out);
solver moving_solver(const problem&, float* out);
solver random_solver(const problem&, float* out);
solver half_solver(const problem&, float* out);

inline tensor in(const problem& p, std::size_t i, const tn::shape& s) { return tn::unwrap(tn::wrap(p.in[i], s)); }
inline tn::tensor<std::int64_t> indices(std::vector<std::int64_t> values, const tn::shape& s) {
  auto* const first = values.data();             // which the vector's move leaves where they are
  return tn::unwrap(tn::wrap(first, s, std::move(values)));
}
inline tensor out_of(float* out, const tn::shape& s) { return tn::unwrap(tn::wrap(out, s)); }

// An error here is a mistake in the row: nothing could be compared.
inline void stop(const tn::error& e) {
  std::fprintf(stderr, "%s\n", e.message().data());
  std::abort();
}

// f(): a call that writes into memory which exists.
template <class F>
solver kept(F f) {
  return [f](float*) mutable {
    const tn::result<void> done = f();
    if (!done) stop(done.error());
  };
}

// f(): a call that allocates its result.
template <class F>
solver fresh(F f) {
  return [f](float* copy) mutable {
    const auto y = f();
    if (!y) stop(y.error());
    benchmark::DoNotOptimize(y->data());
    if (copy) std::memcpy(copy, y->data(), static_cast<std::size_t>(y->numel()) * sizeof(float));
  };
}

}  // namespace compare

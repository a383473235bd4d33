#pragma once
// Whether an elementwise function that answers bools is true everywhere. Its answers stay in a block of the first-level
// cache, so nothing is allocated; after the first `false` the rest is skipped.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/elementwise.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

struct all_of_plan {
  elementwise_function function;               // writes one byte, 0 or 1, per element
  const void* plan;
  int inputs;
  const elementwise_operand* input;            // for the sizes of their elements
  bool* failed;                                // set by whichever thread finds a 0
};

// As an elementwise function: for run_elementwise, with an output of element size 0.
inline void all_of_run(const void* data, void*, const void* const* in, index_t n) {
  const auto& p = *static_cast<const all_of_plan*>(data);
  constexpr index_t block = 1024;
  alignas(64) unsigned char answer[block];
  const void* at[max_operands];
  for (index_t begin = 0; begin < n; begin += block) {
    if (__atomic_load_n(p.failed, __ATOMIC_RELAXED)) return;
    const index_t count = n - begin < block ? n - begin : block;
    for (int i = 0; i < p.inputs; ++i) at[i] = static_cast<const std::byte*>(in[i]) + begin * p.input[i].item;
    p.function(p.plan, answer, at, count);
    unsigned char all = 1;
    for (index_t i = 0; i < count; ++i) all = static_cast<unsigned char>(all & answer[i]);
    if (all == 0) __atomic_store_n(p.failed, true, __ATOMIC_RELAXED);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

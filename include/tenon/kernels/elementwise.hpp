#pragma once
// Elementwise kernels: the part that knows no element type. How the operands lie in memory, and how a call is cut.
//
//   out[i] = f(in_0[i], ..., in_n[i])     for every index i of out's shape; the inputs are already broadcast (stride 0)
//
// A kernel function computes a run of n elements that lie dense in every operand. `plan_elementwise` drops and merges
// dimensions until as few, as long runs as possible are left.
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels {

// Computes n consecutive elements. `plan` is the compiled expression's data; out may be one of the inputs, exactly.
using elementwise_function = void (*)(const void* plan, void* out, const void* const* in, index_t n);

inline constexpr int max_operands = 128;                   // the output and up to 127 tensors in one expression

struct elementwise_operand {
  std::byte* data = nullptr;                               // an input is only read
  index_t item = 0;                                        // bytes of one element
  index_t stride[max_rank] = {};                           // bytes
};

struct elementwise_plan {
  int rank = 0;
  index_t extent[max_rank] = {};                           // the last dimension is the innermost
  index_t numel = 1;
  int operands = 0;
  elementwise_operand* operand = nullptr;                  // [0] is the output
  bool stream = false;                                     // write around the caches

  // One run from the first element to the last.
  bool dense(int i) const { return rank == 1 && operand[i].stride[0] == operand[i].item; }
};

// Orders dimensions by the output's strides, drops extents of 1, and merges neighbours that lie dense in every operand.
inline void plan_elementwise(elementwise_plan& p) {
  auto& out = p.operand[0];
  const auto magnitude = [](index_t s) { return s < 0 ? -s : s; };
  int rank = 0;
  p.numel = 1;
  const auto move_dim = [&](int to, int from) {
    p.extent[to] = p.extent[from];
    for (int i = 0; i < p.operands; ++i) p.operand[i].stride[to] = p.operand[i].stride[from];
  };
  for (int d = 0; d < p.rank; ++d) {
    p.numel *= p.extent[d];
    if (p.extent[d] != 1) move_dim(rank++, d);
  }
  for (int d = 1; d < rank; ++d)                           // insertion sort: largest output stride first
    for (int e = d; e > 0 && magnitude(out.stride[e - 1]) < magnitude(out.stride[e]); --e) {
      const index_t extent = p.extent[e];
      p.extent[e] = p.extent[e - 1];
      p.extent[e - 1] = extent;
      for (int i = 0; i < p.operands; ++i) {
        const index_t stride = p.operand[i].stride[e];
        p.operand[i].stride[e] = p.operand[i].stride[e - 1];
        p.operand[i].stride[e - 1] = stride;
      }
    }
  int merged = 0;
  for (int d = 1; d < rank; ++d) {
    bool fits = true;
    for (int i = 0; i < p.operands; ++i) fits = fits && p.operand[i].stride[merged] == p.operand[i].stride[d] * p.extent[d];
    if (fits) {
      const index_t outer = p.extent[merged];
      move_dim(merged, d);
      p.extent[merged] *= outer;
    } else {
      move_dim(++merged, d);
    }
  }
  p.rank = rank == 0 ? 1 : merged + 1;
  if (rank == 0) {
    p.extent[0] = 1;
    for (int i = 0; i < p.operands; ++i) p.operand[i].stride[0] = p.operand[i].item;
  }
}

}  // namespace tenon::inline v0::kernels

#pragma once
// What a mask selects: how it is cut. A mask is n dense bytes; any but 0 is true.
//
// The result's length is only known once the mask has been counted. So there are two passes: the first counts the trues of
// each block, whose running sum says where each block's results begin; the second writes them, blocks in parallel.
#include <tenon/core/strided.hpp>

namespace tenon::inline v0::kernels {

struct nonzero_plan {
  static constexpr index_t block = 16 * 1024;      // mask elements; a multiple of 64
  index_t n = 0;
  index_t blocks = 0;
  index_t workspace_bytes = 0;                     // one count for each block
};

constexpr nonzero_plan plan_nonzero(index_t n) {
  nonzero_plan p;
  p.n = n;
  p.blocks = (n + nonzero_plan::block - 1) / nonzero_plan::block;
  p.workspace_bytes = p.blocks * static_cast<index_t>(sizeof(index_t));
  return p;
}

}  // namespace tenon::inline v0::kernels

#pragma once
// The error word of a device: what a kernel finds out that the host could not know, in memory that both see.
//
// The first kernel that finds something keeps the word until the host, which waits, has read it. What went wrong has had no
// effect: a kernel never follows such an index.
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels::cuda {

struct error_word {
  int taken = 0;
  const char* op = nullptr;            // the address of the op's name, on the host
  index_t index = 0;                   // the index that is out of range,
  index_t extent = 0;                  // and of how many
};

}  // namespace tenon::inline v0::kernels::cuda

// The way into the library: everything is enrolled before the first static variable of the program is made (priorities up to
// 100 belong to the compiler), so that a tensor may be one.
//
// Nothing in a program refers to this file. Whoever links tenon::cuda also gets `-u tenon_cuda`, which makes the linker take it,
// and it takes the families with it.
#include "runtime.hpp"

#define TENON_CUDA_FAMILY(name) void enroll_##name();
namespace tenon::inline v0::kernels::cuda::inline library {
#include "families.inc"
}
#undef TENON_CUDA_FAMILY

extern "C" [[gnu::constructor(101), gnu::used]] void tenon_cuda() {
  using namespace tenon::kernels::cuda::library;
  if (tenon::cuda_backend != nullptr) return;    // by hand, and again by the loader
#define TENON_CUDA_FAMILY(name) enroll_##name();
#include "families.inc"
#undef TENON_CUDA_FAMILY
  tenon::cuda_backend = &runtime();
}

#pragma once
// this_arch: the instruction set of this translation unit, as a type. An argument of it makes a call find the functions of
// `kernels::cpu::inline TENON_ARCH` that are declared later, in the header of a kernel.
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

struct this_arch {};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

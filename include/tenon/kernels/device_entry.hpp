#pragma once
// device_entry<K, D>: the function that runs kernel K on device D, or null.
//
// The library of device D fills these in before the program's static variables are made (src/cuda/); the headers that a
// program includes only read them. So a kernel has one signature for every device, K::function, and a program that was
// linked without the library has no undefined symbol: the op answers `unsupported` or `device_unavailable`.
#include <tenon/core/backend.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

template <class K, device D>
inline constinit typename K::function device_entry = nullptr;

}  // namespace tenon::inline v0::kernels

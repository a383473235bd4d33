#pragma once
// Elements whose type does not matter: moved as unsigned numbers of their size.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cuda/launch.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

struct alignas(16) sixteen_bytes {
  std::uint64_t half[2];
};

// f(type_tag<T>) with an unsigned type of that many bytes.
template <class F>
status with_item(index_t bytes, F f) {
  switch (bytes) {
    case 1: return f(type_tag<std::uint8_t>{});
    case 2: return f(type_tag<std::uint16_t>{});
    case 4: return f(type_tag<std::uint32_t>{});
    case 8: return f(type_tag<std::uint64_t>{});
    default: return f(type_tag<sixteen_bytes>{});
  }
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

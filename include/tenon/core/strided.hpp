#pragma once
// strided<T>: what a kernel sees of a tensor. A pointer, extents and strides (counted in elements), passed by value.
#include <tenon/core/build.hpp>

#include <type_traits>

namespace tenon::inline v0 {

template <class T>
struct strided {
  T* data = nullptr;
  int rank = 0;
  index_t extent[max_rank] = {};
  index_t stride[max_rank] = {};       // may be zero (broadcast) or negative (reversed)

  TENON_ALWAYS_INLINE TENON_HD constexpr index_t numel() const {
    index_t n = 1;
    for (int d = 0; d < rank; ++d) n *= extent[d];
    return n;
  }
  // Dense in C order. Dimensions of extent 1, and tensors without elements, do not count.
  TENON_ALWAYS_INLINE TENON_HD constexpr bool contiguous() const {
    index_t expected = 1;
    for (int d = rank - 1; d >= 0; --d) {
      if (extent[d] == 0) return true;
      if (extent[d] != 1 && stride[d] != expected) return false;
      expected *= extent[d];
    }
    return true;
  }
  template <class U>
    requires(std::is_same_v<U, const T> && !std::is_const_v<T>)
  TENON_ALWAYS_INLINE TENON_HD constexpr operator strided<U>() const {
    strided<U> r;
    r.data = data;
    r.rank = rank;
    for (int d = 0; d < max_rank; ++d) {
      r.extent[d] = extent[d];
      r.stride[d] = stride[d];
    }
    return r;
  }
};

static_assert(std::is_trivially_copyable_v<strided<float>>);   // crosses to the GPU as a kernel argument

}  // namespace tenon::inline v0

#pragma once
// Small matrices that are computed one in each lane of a vector (kernels/cpu/linalg/lanes.hpp): which, and what memory they take.
#include <tenon/core/dtype.hpp>

namespace tenon::inline v0::kernels::linalg {

inline constexpr index_t lane_order = 32;              // rows and columns at most: then the vectors of a group stay in the second cache
inline constexpr index_t widest_vector = 64;           // bytes
inline constexpr index_t lane_sweeps = 8;              // whose rotations are kept to be applied together

// Whether a batch is computed so. Complex ones are not.
template <class T>
constexpr bool fits_lanes(index_t count, index_t rows, index_t cols) {
  return !complex_type<T> && count >= 4 && cols >= 2 && rows <= lane_order && cols <= lane_order;
}

// Whether a batch's results are so large that they had better be written around the caches.
constexpr bool goes_around_caches(index_t bytes) { return bytes >= index_t{4} << 20; }

// The matrices of a batch where the caller has them: `step` elements apart, each dense, by columns or by rows.
template <class T>
struct lane_source {
  const T* data = nullptr;
  index_t step = 0;
  bool by_rows = false;
};

}  // namespace tenon::inline v0::kernels::linalg

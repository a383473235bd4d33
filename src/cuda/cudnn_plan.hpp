#pragma once
// How cuDNN is to compute a convolution: its descriptors, and the algorithms that may be taken, fastest first. Kept for the next call of the same shape.
#include "cudnn_api.hpp"

#include <tenon/core/dtype.hpp>
#include <tenon/kernels/convolution.hpp>

#include <array>
#include <type_traits>

namespace tenon::inline v0::kernels::cuda::inline library::cudnn {

inline constexpr std::size_t most_plans = 64;
inline constexpr std::size_t most_workspace = std::size_t{1} << 30;      // half types are put into another order there, so about x and out together

// A kernel's status of a reason, and of cuDNN's own status.
constexpr status because(cudnn_reason r) { return {r == cudnn_reason::memory ? status_code::out_of_memory : status_code::unsupported, static_cast<index_t>(r)}; }
constexpr status because(int s) {
  if (s == succeeded) return {};
  const bool memory = s == 4003 || s == 4004;
  return {memory ? status_code::out_of_memory : s / 1000 < 4 ? status_code::unsupported : status_code::launch_failed, s};
}

// In words without padding.
struct problem {
  std::int64_t type = 0;
  convolution_shape s;                           // in: with the zeros behind
};
static_assert(std::has_unique_object_representations_v<problem>);

// As cuDNN computes the extents of out: from the padding of both sides, which must be alike, and the stride, also where no step is taken. Where they
// are not alike, x has the zeros that are missing behind.
convolution_shape with_equal_padding(convolution_shape s);
// cuDNN counts in int.
bool fits_int(const convolution_shape& s);

struct choice {
  algorithm method;
  math type;
  std::size_t memory;
};
struct plan {
  problem key;
  tensor x, out;
  filter w;
  convolution how;
  std::array<choice, 3> choices;
  int count;
  status outcome;                                // if count is 0: also that there is none is remembered, but for want of memory
};

// Of one device: `most_plans`, of which the one unused for longest makes room. For one thread at a time.
class plan_cache {
 public:
  const plan& find(handle h, const problem& key);

 private:
  std::array<plan, most_plans> plans_;           // the latest first
  std::size_t count_ = 0;
};

}  // namespace tenon::inline v0::kernels::cuda::inline library::cudnn

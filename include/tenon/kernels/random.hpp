#pragma once
// Random numbers: what the kernels of every device compute. Element i takes the number at position first + i of
// core/philox.hpp, whose functions are the specification, bit for bit.
//
//   uniform     low + u * (high - low)      u, low + ... each rounded in the compute type; u alone for 0 .. 1
//   normal      mean + z * deviation        likewise; z alone for 0 and 1
//   exponential e / rate
//   integer     philox::integer in 64 bits, then the low bits that the element type has
//   bernoulli   1 with probability p, else 0; p may be a tensor
// `out` is dense. Half types compute in float.
#include <tenon/core/philox.hpp>

namespace tenon::inline v0::kernels {

struct random_plan {
  index_t n = 0;
  philox numbers;
  std::uint64_t first = 0;
};

}  // namespace tenon::inline v0::kernels

#pragma once
// A random permutation, in a form that every device can compute: position i gets the 64-bit key v0v1 of philox at first + i,
// and the permutation sorts the keys. (Fisher and Yates' shuffle is sequential by nature.)
//
//   out = the positions 0 .. n-1, ordered by (key, position)
//
// All orders are equally likely but for equal keys: a bias below n^2 / 2^65.
#include <tenon/kernels/random.hpp>

namespace tenon::inline v0::kernels {

struct permutation_numbers {
  std::byte* workspace = nullptr;            // of permutation_bytes
};

struct keyed_position {
  std::uint64_t key;
  index_t position;
};

// A GPU sorts by a network, whose size is a power of two, in tiles.
inline constexpr index_t permutation_tile = 1024;

constexpr index_t network_size(index_t n) {
  index_t size = permutation_tile;
  while (size < n) size *= 2;
  return size;
}
constexpr index_t permutation_bytes(index_t n, bool on_cpu) {
  return (on_cpu ? 2 * n : n > 0 ? network_size(n) : 0) * static_cast<index_t>(sizeof(keyed_position));
}

}  // namespace tenon::inline v0::kernels

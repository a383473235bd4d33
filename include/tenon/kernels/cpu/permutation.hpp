#pragma once
// A random permutation, CPU. Keys in vectors; then a radix sort (least significant digit first, so it is stable) over the
// top bits of the keys, and one insertion sort for the few that agree in these.
// Cost       16 bytes read and written per element and pass, 3 passes for a million; 32 bytes of workspace per element.
#include <tenon/kernels/cpu/random.hpp>
#include <tenon/kernels/permutation.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T>
void random_permutation(const context& ctx, const permutation_plan& p, T* out, std::byte* workspace) {
  const index_t n = p.numbers.n;
  auto* from = reinterpret_cast<keyed_position*>(workspace);
  auto* to = from + n;
  auto* keys = reinterpret_cast<std::uint64_t*>(to);                   // until the first pass, which overwrites them
  rng::fill(ctx, p.numbers, keys, [](const rng::words& b) { return b.low(); });
  for (index_t i = 0; i < n; ++i) from[i] = {keys[i], i};

  for (int pass = 0; pass < p.passes; ++pass) {
    const int shift = 64 - 8 * (p.passes - pass);
    index_t start[256] = {};
    for (index_t i = 0; i < n; ++i) ++start[(from[i].key >> shift) & 255];
    for (index_t digit = 0, sum = 0; digit < 256; ++digit) {
      const index_t count = start[digit];
      start[digit] = sum;
      sum += count;
    }
    for (index_t i = 0; i < n; ++i) to[start[(from[i].key >> shift) & 255]++] = from[i];
    auto* const swapped = from;
    from = to;
    to = swapped;
  }

  for (index_t i = 1; i < n; ++i) {
    const keyed_position moved = from[i];
    index_t at = i;
    for (; at > 0 && from[at - 1].key > moved.key; --at) from[at] = from[at - 1];
    from[at] = moved;
  }
  for (index_t i = 0; i < n; ++i) out[i] = static_cast<T>(from[i].position);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

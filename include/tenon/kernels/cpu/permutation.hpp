#pragma once
// A random permutation, CPU. Keys in vectors; then a radix sort (least significant digit first, so it is stable) over the
// top bits of the keys, and one insertion sort for the few that agree in these.
// Cost       16 bytes read and written per element and pass, 3 passes for a million; 32 bytes of workspace per element.
#include <tenon/kernels/cpu/random.hpp>
#include <tenon/kernels/permutation.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

// Passes of the sort, by 8 bits from the top of the key down: so many that few keys agree in these bits, log2 n and at least 4 more. What
// is left is for an insertion sort.
constexpr int permutation_passes(index_t n) {
  int passes = 1;
  while (passes < 8 && (n >> (8 * passes - 4)) > 0) ++passes;
  return passes;
}

template <class T>
status run_permutation(const context& ctx, const random_plan& p, const permutation_numbers& what, T* out) {
  const index_t n = p.n;
  auto* from = reinterpret_cast<keyed_position*>(what.workspace);
  auto* to = from + n;
  auto* keys = reinterpret_cast<std::uint64_t*>(to);                   // until the first pass, which overwrites them
  rng::fill(ctx, p, keys, [](const rng::words& b) { return b.low(); });
  for (index_t i = 0; i < n; ++i) from[i] = {keys[i], i};

  const int passes = permutation_passes(n);
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = 64 - 8 * (passes - pass);
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
  return {};
}

template <class T>
constexpr typename random_kernel<T, permutation_numbers>::function function_of(random_kernel<T, permutation_numbers>, this_arch) {
  return &run_permutation<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

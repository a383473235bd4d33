#pragma once
// Padding: which element of a line of n each place of the padded line is. Place 0 is the line's first element, so that the
// margins are the places below 0 and from n on.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// The four modes, for a b c d with two places before and behind; below 0: no element, but the value.
constexpr index_t pad_constant(index_t i, index_t n) { return i < 0 || i >= n ? -1 : i; }                     // v v a b c d v v
constexpr index_t pad_reflect(index_t i, index_t n) { return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i; }      // c b a b c d c b
constexpr index_t pad_replicate(index_t i, index_t n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }               // a a a b c d d d
constexpr index_t pad_circular(index_t i, index_t n) { return i < 0 ? i + n : i >= n ? i - n : i; }            // c d a b c d a b

// before[d] and behind[d]: the widths of the margins along dimension d. What a negative width cuts away is gone before the
// margins are filled. `mode` is one of the four above.
template <class T, class Mode>
void pad(const strided<T>& out, const source<T>& x, const index_t* before, const index_t* behind, Mode mode, T value) {
  const auto cut = [](index_t width) { return width < 0 ? -width : 0; };
  for_each_position(out, [&](const position& p) {
    position from;
    bool inside = true;
    for (int d = 0; d < x.rank; ++d) {
      const index_t left = x.extent[d] - cut(before[d]) - cut(behind[d]);                // of the line, when it is cut
      const index_t i = mode(p[d] - (before[d] > 0 ? before[d] : 0), left);
      inside = inside && i >= 0;
      from[d] = i + cut(before[d]);
    }
    element(out, p) = inside ? element(x, from) : value;
  });
}

}  // namespace tenon::inline v0::kernels::reference

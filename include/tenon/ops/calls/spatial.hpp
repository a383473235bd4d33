#pragma once
// Options with one number per spatial dimension, written as one number for all or a list: {.stride = 2}, {.stride = {2, 1}}.
#include <tenon/core/shape.hpp>

namespace tenon::inline v0 {

template <int D>
struct spatial {
  index_t at[D] = {};

  constexpr spatial() = default;
  template <std::integral I>
  constexpr spatial(I all) {
    for (int d = 0; d < D; ++d) at[d] = static_cast<index_t>(all);
  }
  template <std::integral... I>
    requires(sizeof...(I) == D && D > 1)
  constexpr spatial(I... each) : at{static_cast<index_t>(each)...} {}

  constexpr index_t operator[](int d) const { return at[d]; }
  friend text& operator<<(text& t, const spatial& s) {
    t << "(";
    for (int d = 0; d < D; ++d) t << (d ? ", " : "") << s.at[d];
    return t << ")";
  }
};

// same: as much zero padding as gives ceil(in / stride) outputs (stride 1 only, as in PyTorch); valid: none.
enum class padding : std::uint8_t { valid, same };

// How much zero padding on each side: numbers, or padding::same, padding::valid.
template <int D>
struct spatial_padding {
  spatial<D> amount;
  bool same = false;

  constexpr spatial_padding() = default;
  template <std::integral I>
  constexpr spatial_padding(I all) : amount(all) {}
  template <std::integral... I>
    requires(sizeof...(I) == D && D > 1)
  constexpr spatial_padding(I... each) : amount(each...) {}
  constexpr spatial_padding(padding p) : same(p == padding::same) {}
};

}  // namespace tenon::inline v0

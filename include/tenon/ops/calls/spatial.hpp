#pragma once
// What the ops over images share: options with one number per spatial dimension, written as one number for all or a list
// ({.stride = 2}, {.stride = {2, 1}}), and the image as their kernels want it.
#include <tenon/core/any_tensor.hpp>
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

namespace tenon::inline v0::inline TENON_BUILD::calls {

// (batch, channels, d, h, w), of size 1 where x, of `dims` spatial dimensions, has no such dimension.
template <class T>
strided<const T> image_view(const any_tensor& x, int dims) {
  const auto v = x.kernel_view<T>();
  strided<const T> r;
  r.data = v.data;
  r.rank = 5;
  for (int d = 0; d < 5; ++d) r.extent[d] = 1;
  const int channels = x.rank() - dims - 1;
  for (int d = 0; d < x.rank(); ++d) {
    const int to = d < channels ? 0 : d == channels ? 1 : 5 - x.rank() + d;
    r.extent[to] = v.extent[d];
    r.stride[to] = v.stride[d];
  }
  return r;
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

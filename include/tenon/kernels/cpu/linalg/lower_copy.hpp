#pragma once
// Copying lower triangles to column-major memory. Where matrices lie by rows this is a transposition, by the tiles of kernels/cpu/copy.hpp, and half
// of one: beyond the blocks on the diagonal, nothing of the upper triangle is read or written.
#include <tenon/kernels/cpu/copy.hpp>
#include <tenon/kernels/cpu/linalg/scalar.hpp>
#include <tenon/kernels/linalg/cholesky.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

template <class T>
void run_lower_copy(const context& ctx, index_t count, index_t n, const kernels::linalg::lane_source<T>& from, T* to) {
  constexpr index_t item = sizeof(T), width = 256 / item, height = kernels::copy_tile_bytes / item;
  const index_t strips = (n + width - 1) / width, row = n * item;
  ctx.parallel(count * strips, [&](index_t task) {
    const index_t i = task / strips, j = task % strips * width, columns = smaller(width, n - j);
    auto* const in = reinterpret_cast<const std::byte*>(from.data + i * from.step + j * (n + 1));
    auto* const out = reinterpret_cast<std::byte*>(to + (i * n + j) * n + j);
    if (from.by_rows) {
      for (index_t r = 0; r < n - j; r += height)
        cpu::detail::copy_item<item>::tile(out + r * item, row, in + r * row, row, smaller(height, n - j - r), columns, false);
    } else {
      for (index_t c = 0; c < columns; ++c) __builtin_memcpy(out + c * (row + item), in + c * (row + item), static_cast<std::size_t>((n - j - c) * item));
    }
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::lower_copy_kernel<T>::function function_of(kernels::linalg::lower_copy_kernel<T>, this_arch) {
  return &linalg::run_lower_copy<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

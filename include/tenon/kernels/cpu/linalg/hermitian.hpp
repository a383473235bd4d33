#pragma once
// Products with a Hermitian matrix of which only the lower triangle is read.
#include <tenon/kernels/cpu/linalg/product.hpp>
#include <tenon/kernels/cpu/linalg/vector.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The columns [first, last) of the lower triangle: y += L x, and what mirrors them above the diagonal. Each element is read once
// and used twice, which is what counts: the triangle comes from memory or from the third cache.
template <class T>
void add_hermitian_columns(matrix<const std::type_identity_t<T>> a, index_t first, index_t last, const std::type_identity_t<T>* x, T* y) {
  using V = vec_of<T>;
  constexpr index_t N = lanes_of<T>;
  constexpr int columns = is_cplx<T> ? 4 : 8;
  const index_t n = a.rows;
  index_t j = first;
  for (; j + columns <= last; j += columns) {
    for (int c = 0; c < columns; ++c) {                          // the triangle at the diagonal
      const T* const p = a.col(j + c) + j;
      y[j + c] += T(real_part(p[c])) * x[j + c];
      for (int r = c + 1; r < columns; ++r) {
        y[j + r] += p[r] * x[j + c];
        y[j + c] += conj(p[r]) * x[j + r];
      }
    }
    V down[columns], across[columns];
    TENON_UNROLL(8)
    for (int c = 0; c < columns; ++c) {
      down[c] = broadcast<T>(x[j + c]);
      across[c] = V(element_t<T>{});
    }
    const T* const p = a.col(j);
    const auto step = [&](index_t i, auto... count) TENON_INLINE_LAMBDA {
      const V v = load(x + i, count...);
      V sum = load(y + i, count...);
      TENON_UNROLL(8)
      for (int c = 0; c < columns; ++c) {
        const V e = load(p + c * a.ld + i, count...);
        sum = multiply_add(down[c], e, sum);
        across[c] = conj_multiply_add(e, v, across[c]);
      }
      store(y + i, sum, count...);
    };
    index_t i = j + columns;
    for (; i + N <= n; i += N) step(i);
    if (i < n) step(i, n - i);
    TENON_UNROLL(8)
    for (int c = 0; c < columns; ++c) y[j + c] += sum_of_lanes<T>(across[c]);
  }
  for (; j < last; ++j) {
    const T* const p = a.col(j);
    y[j] += T(real_part(p[j])) * x[j] + dot(n - j - 1, p + j + 1, x + j + 1);
    add_scaled<T>(n - j - 1, x[j], p + j + 1, y + j + 1);
  }
}

// Into how many pieces of columns a product is cut: by n alone, so that the bits do not depend on the number of threads.
constexpr index_t hermitian_pieces(index_t n) { return n < 256 ? 1 : n < 1024 ? 4 : 8; }

// y = A x. `parts` has room for (hermitian_pieces(n) - 1) n elements.
template <class T>
void hermitian_times_vector(const context& ctx, matrix<const std::type_identity_t<T>> a, const std::type_identity_t<T>* x, T* y, T* parts) {
  const index_t n = a.rows, pieces = hermitian_pieces(n);
  if (pieces == 1) {
    for (index_t i = 0; i < n; ++i) y[i] = T(0);
    return add_hermitian_columns<T>(a, 0, n, x, y);
  }
  // Equal areas: the first columns are the long ones.
  const auto bound = [&](index_t p) -> index_t {
    if (p == pieces) return n;
    const double share = static_cast<double>(p) / static_cast<double>(pieces);
    return static_cast<index_t>(static_cast<double>(n) * (1 - square_root(1 - share))) / 8 * 8;
  };
  ctx.parallel(pieces, [&](index_t p) {
    T* const sum = p == 0 ? y : parts + (p - 1) * n;
    for (index_t i = bound(p); i < n; ++i) sum[i] = T(0);
    add_hermitian_columns<T>(a, bound(p), bound(p + 1), x, sum);
  });
  for (index_t p = 1; p < pieces; ++p) {
    const index_t begin = bound(p);
    add_scaled<T>(n - begin, T(1), parts + (p - 1) * n + begin, y + begin);
  }
}

// The lower triangle of A -= X Y^H, where that is Hermitian. (What is above the diagonal within a block of columns changes too.)
template <class T>
void subtract_hermitian_product(matrix<T> a, matrix<const std::type_identity_t<T>> x, matrix<const std::type_identity_t<T>> y, const workspace& w) {
  constexpr index_t block = 96;
  for (index_t j = 0; j < a.cols; j += block) {
    const index_t width = smaller(block, a.cols - j);
    subtract_product(a.block(j, j, a.rows - j, width), plain(x.from(j, 0)), adjoint(y.block(j, 0, width, y.cols)), w);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

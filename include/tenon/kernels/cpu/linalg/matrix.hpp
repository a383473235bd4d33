#pragma once
// matrix<T>: a view of a column-major matrix, and the loops over whole matrices that are not worth a name elsewhere.
//
// All kernels of linear algebra are column-major: a column is dense, the next one `ld` elements further. No index is checked.
#include <tenon/kernels/cpu/linalg/scalar.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class T>
struct matrix {
  T* data = nullptr;
  index_t rows = 0, cols = 0, ld = 0;

  TENON_INLINE T& operator()(index_t i, index_t j) const { return data[i + j * ld]; }
  TENON_INLINE T* col(index_t j) const { return data + j * ld; }
  // `r` rows and `c` columns from element (i, j).
  TENON_INLINE matrix block(index_t i, index_t j, index_t r, index_t c) const { return {data + i + j * ld, r, c, ld}; }
  // From element (i, j) to the end.
  TENON_INLINE matrix from(index_t i, index_t j) const { return block(i, j, rows - i, cols - j); }
  TENON_INLINE matrix columns(index_t j, index_t c) const { return block(0, j, rows, c); }
  TENON_INLINE matrix top(index_t r) const { return block(0, 0, r, cols); }
  TENON_INLINE operator matrix<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, rows, cols, ld};
  }
};

template <class T>
void copy(matrix<const std::type_identity_t<T>> from, matrix<T> to) {
  for (index_t j = 0; j < to.cols; ++j) {
    const T* f = from.col(j);
    T* t = to.col(j);
    for (index_t i = 0; i < to.rows; ++i) t[i] = f[i];
  }
}
template <class T>
void fill(matrix<T> a, T value) {
  for (index_t j = 0; j < a.cols; ++j) {
    T* t = a.col(j);
    for (index_t i = 0; i < a.rows; ++i) t[i] = value;
  }
}
// value * I (a may be rectangular)
template <class T>
void set_identity(matrix<T> a, T value = T(1)) {
  fill(a, T(0));
  for (index_t j = 0; j < smaller(a.rows, a.cols); ++j) a(j, j) = value;
}
// Zeros strictly above, or strictly below, the main diagonal.
template <class T>
void clear_upper(matrix<T> a) {
  for (index_t j = 1; j < a.cols; ++j)
    for (index_t i = 0; i < smaller(j, a.rows); ++i) a(i, j) = T(0);
}
template <class T>
void clear_lower(matrix<T> a) {
  for (index_t j = 0; j < smaller(a.cols, a.rows); ++j)
    for (index_t i = j + 1; i < a.rows; ++i) a(i, j) = T(0);
}
// to (c, r) = from (r, c) transposed, conjugated where `conjugate`; by blocks, so that both sides stay in the first cache.
template <class T>
void transpose_into(matrix<const std::type_identity_t<T>> from, matrix<T> to, bool conjugate = false) {
  constexpr index_t block = 16;
  for (index_t jj = 0; jj < from.cols; jj += block)
    for (index_t ii = 0; ii < from.rows; ii += block)
      for (index_t j = jj; j < smaller(jj + block, from.cols); ++j)
        for (index_t i = ii; i < smaller(ii + block, from.rows); ++i) to(j, i) = conj_if(conjugate, from(i, j));
}
template <class T>
void swap_columns(matrix<T> a, index_t i, index_t j) {
  T *x = a.col(i), *y = a.col(j);
  for (index_t k = 0; k < a.rows; ++k) {
    const T t = x[k];
    x[k] = y[k];
    y[k] = t;
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

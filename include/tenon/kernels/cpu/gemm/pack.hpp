#pragma once
// Packing: a block of A or B copied into dense rows, in the type that it is multiplied in.
//
// A block that lies in a few pages and in consecutive lines is read at the speed of the cache that holds it; one whose rows
// are far apart, or that must be transposed or widened, is not. Both operands are packed by the same function: to the
// micro-kernel A and B are row-major.
#include <tenon/kernels/cpu/gemm/types.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

// Whether square blocks of T are transposed in registers: 16 of them fit, 32 (of 16-bit integers) do not.
template <class T>
inline constexpr bool transposes_in_registers = lanes<T> <= 16;

// to (rows, columns), its rows dense and to_row apart, with room for whole vectors, = from (rows, columns) by its strides.
// For A and for B.
template <class T, class S>
void pack_block(T* to, index_t to_row, const S* from, index_t from_row, index_t from_column, index_t rows, index_t columns) {
  constexpr index_t N = lanes<T>;
  if (from_column == 1) {
    for (index_t i = 0; i < rows; ++i) {
      T* const t = to + i * to_row;
      const S* const f = from + i * from_row;
      index_t j = 0;
      for (; j + N <= columns; j += N) load_as<T>(f + j).store(t + j);
      if (j < columns) load_as<T>(f + j, columns - j).store(t + j);
    }
    return;
  }
  if constexpr (transposes_in_registers<T>) {
    if (from_row == 1) {
      for (index_t j = 0; j < columns; j += N) {
        const index_t width = smaller(columns - j, N);
        for (index_t i = 0; i < rows; i += N) {
          const index_t height = smaller(rows - i, N);
          const S* const f = from + i + j * from_column;
          T* const t = to + i * to_row + j;
          vec<T> block[N];
          if (height == N && width == N) {
            TENON_UNROLL(16)
            for (int l = 0; l < N; ++l) block[l] = load_as<T>(f + l * from_column);
            transpose(block);
            TENON_UNROLL(16)
            for (int l = 0; l < N; ++l) block[l].store(t + l * to_row);
          } else {
            for (index_t l = 0; l < N; ++l) block[l] = l < width ? load_as<T>(f + l * from_column, height) : vec<T>(T{0});
            transpose(block);
            for (index_t l = 0; l < height; ++l) block[l].store(t + l * to_row);
          }
        }
      }
      return;
    }
  }
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < columns; ++j) to[i * to_row + j] = static_cast<T>(from[i * from_row + j * from_column]);
}

// (re, im, re, im, ...) to (-im, re, -im, re, ...)
template <class R, int N>
TENON_INLINE vec<R, N> times_i(vec<R, N> pairs) {
  return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
    const auto a = pairs.lanes_array();
    const typename vec<R, N>::array signs = {(I % 2 == 0 ? R(-0.0) : R(0))...};
    return vec<R, N>::from_array(detail::shuffle<R, N, (I ^ 1)...>(a, a)) ^ vec<R, N>::from_array(signs);
  }(std::make_integer_sequence<int, N>{});
}

// To be combined by ^ with pairs: the signs that make them their conjugates, or nothing.
template <class R, int N>
TENON_INLINE vec<R, N> conjugate_signs(bool conjugated) {
  return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
    const typename vec<R, N>::array signs = {(I % 2 == 1 && conjugated ? R(-0.0) : R(0))...};
    return vec<R, N>::from_array(signs);
  }(std::make_integer_sequence<int, N>{});
}

// A complex product by real ones: Van Zee, "Implementing high-performance complex matrix multiplication via the 1m method",
// SIAM J. Sci. Comput. 42(5), 2020. Rows of C and of A stay as they are stored, real and imaginary parts in turn; each row of
// B becomes two, itself and i times itself:
//                                 ( b_re   b_im )
//   ( c_re  c_im ) = (a_re  a_im) (             )       c_re = a_re b_re - a_im b_im,   c_im = a_re b_im + a_im b_re
//                                 ( -b_im  b_re )
// `rows` and `columns` count complex numbers.
template <class R>
void pack_complex(R* to, index_t to_row, const std::complex<R>* from, index_t from_row, index_t from_column, index_t rows, index_t columns,
                  bool conjugated) {
  const R sign = conjugated ? R(-1) : R(1);
  const auto signs = conjugate_signs<R, lanes<R>>(conjugated);
  for (index_t i = 0; i < rows; ++i) {
    R* const t = to + 2 * i * to_row;
    R* const u = t + to_row;
    const R* const f = reinterpret_cast<const R*>(from + i * from_row);
    index_t j = 0;
    if (from_column == 1) {
      for (; j + lanes<R> / 2 <= columns; j += lanes<R> / 2) {
        const auto pairs = vec<R>::load(f + 2 * j) ^ signs;
        pairs.store(t + 2 * j);
        times_i(pairs).store(u + 2 * j);
      }
    }
    for (; j < columns; ++j) {
      const R re = f[2 * j * from_column], im = sign * f[2 * j * from_column + 1];
      t[2 * j] = re;
      t[2 * j + 1] = im;
      u[2 * j] = -im;
      u[2 * j + 1] = re;
    }
  }
}

// Complex numbers as they are, for A: real and imaginary parts in turn. `columns` counts complex numbers.
template <class R>
void pack_pairs(R* to, index_t to_row, const std::complex<R>* from, index_t from_row, index_t from_column, index_t rows, index_t columns,
                bool conjugated) {
  const R sign = conjugated ? R(-1) : R(1);
  for (index_t i = 0; i < rows; ++i) {
    R* const t = to + i * to_row;
    const R* const f = reinterpret_cast<const R*>(from + i * from_row);
    for (index_t j = 0; j < columns; ++j) {
      t[2 * j] = f[2 * j * from_column];
      t[2 * j + 1] = sign * f[2 * j * from_column + 1];
    }
  }
}

template <class T, class S>
void pack_a(T* to, index_t to_row, const S* from, index_t from_row, index_t from_column, index_t rows, index_t columns, bool conjugated) {
  if constexpr (complex_type<S>) pack_pairs(to, to_row, from, from_row, from_column, rows, columns, conjugated);
  else pack_block(to, to_row, from, from_row, from_column, rows, columns);
}
template <class T, class S>
void pack_b(T* to, index_t to_row, const S* from, index_t from_row, index_t from_column, index_t rows, index_t columns, bool conjugated) {
  if constexpr (complex_type<S>) pack_complex(to, to_row, from, from_row, from_column, rows, columns, conjugated);
  else pack_block(to, to_row, from, from_row, from_column, rows, columns);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm

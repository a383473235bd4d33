#pragma once
// What the parts of a matrix product share: element types and little helpers.
//
//   S   as stored in tensors
//   T   as multiplied in tiles: float for the half types, int16 for bytes, the real type for complex numbers, else S
//   W   one element of the product in full: the complex number again, else T
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

template <class S>
using compute_type = matmul_compute_t<S>;
template <class S>
using whole_type = std::conditional_t<complex_type<S>, S, matmul_compute_t<S>>;
template <class S>
inline constexpr index_t parts = complex_type<S> ? 2 : 1;

template <class R>
struct complex_parts {
  R re, im;
};

// The matrices of one product of a batch.
template <class S>
struct matrices {
  S* out;
  const S* a;
  const S* b;
  const S* c;
};

#if TENON_SIMD_BYTES == 64 || defined(__aarch64__)
inline constexpr int register_count = 32;
#else
inline constexpr int register_count = 16;
#endif

TENON_INLINE index_t smaller(index_t a, index_t b) { return a < b ? a : b; }

// x * y + sum. Of complex numbers: the order of roundings is that of the tiles (see pack_complex).
template <class T, int N>
TENON_INLINE vec<T, N> multiply_add(vec<T, N> x, vec<T, N> y, vec<T, N> sum) {
  if constexpr (complex_type<T>)
    return {fma(x.im, -y.im, fma(x.re, y.re, sum.re)), fma(x.im, y.re, fma(x.re, y.im, sum.im))};
  else
    return fma(x, y, sum);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm

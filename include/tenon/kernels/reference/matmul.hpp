#pragma once
// Matrix product in plain loops: the specification.
//
//   out (B..., M, N) = alpha * a (B..., M, K) * b (B..., K, N) + beta * c (B..., M, N)
//
// The sum runs over k from 0 to K - 1, in `reference_sum_t`: double for everything real, so that its error is far below that
// of a float; the complex number by its parts; integers modulo 2^64, of which the result keeps the low bits.
// beta = 0 does not read c. Views of rank 2 and more, broadcast by strides of 0.
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::reference {

template <class T>
struct reference_sum { using type = double; };
template <integer T>
struct reference_sum<T> { using type = std::uint64_t; };
template <complex_type T>
struct reference_sum<T> { using type = std::complex<double>; };
template <class T>
using reference_sum_t = typename reference_sum<T>::type;

// The naive formula. The library's operator repairs NaN into infinity (C99, Annex G), which costs a branch per product.
inline std::complex<double> product(std::complex<double> x, std::complex<double> y) {
  return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}
template <class Sum>
Sum product(Sum x, Sum y) {
  return x * y;
}

// The same element of the batch in each of the views; then a row and a column.
template <class T>
T& element(const strided<T>& x, const index_t* batch, index_t row, index_t column) {
  index_t offset = row * x.stride[x.rank - 2] + column * x.stride[x.rank - 1];
  for (int d = 0; d < x.rank - 2; ++d) offset += batch[d] * x.stride[d];
  return x.data[offset];
}

template <class T>
void matmul(const strided<T>& out, const strided<const T>& a, const strided<const T>& b, const matmul_epilogue<T>& e = {}) {
  using Sum = reference_sum_t<T>;
  const int batch_rank = out.rank - 2;
  const index_t M = out.extent[batch_rank], N = out.extent[batch_rank + 1], K = a.extent[batch_rank + 1];
  index_t batches = 1;
  for (int d = 0; d < batch_rank; ++d) batches *= out.extent[d];

  for (index_t i = 0; i < batches; ++i) {
    index_t at[max_rank] = {};
    for (index_t d = batch_rank - 1, rest = i; d >= 0; rest /= out.extent[d--]) at[d] = rest % out.extent[d];
    for (index_t m = 0; m < M; ++m) {
      for (index_t n = 0; n < N; ++n) {
        Sum sum = 0;
        for (index_t k = 0; k < K; ++k) sum += product(static_cast<Sum>(element(a, at, m, k)), static_cast<Sum>(element(b, at, k, n)));
        sum = product(static_cast<Sum>(e.alpha), sum);
        if (e.beta != compute_t<T>(0)) sum += product(static_cast<Sum>(e.beta), static_cast<Sum>(element(e.c, at, m, n)));
        element(out, at, m, n) = static_cast<T>(sum);
      }
    }
  }
}

}  // namespace tenon::inline v0::kernels::reference

#pragma once
// Functions of complex numbers: those of CUDA's C++ library (libcu++, a part of the toolkit), or the C library's where kernels run on the CPU. Both
// know the special values of C99's Annex G.
#include <tenon/kernels/cuda/complex.cuh>

#if defined(__CUDACC__)
#include <cuda/std/complex>
#endif

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

#if defined(__CUDACC__)

template <class R>
TENON_INLINE __device__ ::cuda::std::complex<R> library_complex(lane<std::complex<R>> z) {
  return {z.re.v, z.im.v};
}
#define TENON_COMPLEX_FUNCTION(name)                                          \
  template <class R>                                                          \
  TENON_INLINE __device__ lane<std::complex<R>> name(lane<std::complex<R>> z) { \
    const auto y = ::cuda::std::name(library_complex(z));                     \
    return {lane<R>(y.real()), lane<R>(y.imag())};                            \
  }
template <class R>
TENON_INLINE __device__ lane<std::complex<R>> pow(lane<std::complex<R>> z, lane<std::complex<R>> w) {
  const auto y = ::cuda::std::pow(library_complex(z), library_complex(w));
  return {lane<R>(y.real()), lane<R>(y.imag())};
}

#else

template <class R>
TENON_INLINE auto library_complex(lane<std::complex<R>> z) {
  std::conditional_t<sizeof(R) == 4, _Complex float, _Complex double> c;
  __real__ c = z.re.v;
  __imag__ c = z.im.v;
  return c;
}
#define TENON_COMPLEX_FUNCTION(name)                                \
  template <class R>                                                \
  TENON_INLINE lane<std::complex<R>> name(lane<std::complex<R>> z) { \
    auto c = library_complex(z);                                    \
    if constexpr (sizeof(R) == 4) c = __builtin_c##name##f(c);      \
    else c = __builtin_c##name(c);                                  \
    return {lane<R>(__real__ c), lane<R>(__imag__ c)};              \
  }
template <class R>
TENON_INLINE lane<std::complex<R>> pow(lane<std::complex<R>> z, lane<std::complex<R>> w) {
  auto c = library_complex(z);
  if constexpr (sizeof(R) == 4) c = __builtin_cpowf(c, library_complex(w));
  else c = __builtin_cpow(c, library_complex(w));
  return {lane<R>(__real__ c), lane<R>(__imag__ c)};
}

#endif

TENON_COMPLEX_FUNCTION(acos)
TENON_COMPLEX_FUNCTION(acosh)
TENON_COMPLEX_FUNCTION(asin)
TENON_COMPLEX_FUNCTION(asinh)
TENON_COMPLEX_FUNCTION(atan)
TENON_COMPLEX_FUNCTION(atanh)
TENON_COMPLEX_FUNCTION(cos)
TENON_COMPLEX_FUNCTION(cosh)
TENON_COMPLEX_FUNCTION(exp)
TENON_COMPLEX_FUNCTION(log)
TENON_COMPLEX_FUNCTION(sin)
TENON_COMPLEX_FUNCTION(sinh)
TENON_COMPLEX_FUNCTION(sqrt)
TENON_COMPLEX_FUNCTION(tan)
TENON_COMPLEX_FUNCTION(tanh)
#undef TENON_COMPLEX_FUNCTION

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

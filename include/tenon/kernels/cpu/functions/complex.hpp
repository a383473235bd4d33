#pragma once
// Functions of complex vectors, lane by lane through the C library, which knows the special values of C99's Annex G.
// (Plain C symbols: no inline function of the standard library is compiled here.)
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class F, class R, int N, class... Rest>
TENON_INLINE vec<std::complex<R>, N> map_complex(F f, vec<std::complex<R>, N> z, Rest... rest) {
  using pair = std::conditional_t<sizeof(R) == 4, _Complex float, _Complex double>;
  array<R, N> re, im;
  const auto at = [](const auto& v, int i) TENON_INLINE_LAMBDA {
    pair c;
    __real__ c = v.re[i];
    __imag__ c = v.im[i];
    return c;
  };
  for (int i = 0; i < N; ++i) {
    const pair y = f(at(z, i), at(rest, i)...);
    re[i] = __real__ y;
    im[i] = __imag__ y;
  }
  return {vec<R, N>::from_array(re), vec<R, N>::from_array(im)};
}

}  // namespace detail

#define TENON_COMPLEX_FUNCTION(name)                                     \
  template <class R, int N>                                              \
  TENON_INLINE vec<std::complex<R>, N> name(vec<std::complex<R>, N> z) { \
    return detail::map_complex(                                          \
        [](auto c) TENON_INLINE_LAMBDA {                      \
          if constexpr (sizeof(R) == 4)                                  \
            return __builtin_c##name##f(c);                              \
          else                                                           \
            return __builtin_c##name(c);                                 \
        },                                                               \
        z);                                                              \
  }
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

template <class R, int N>
TENON_INLINE vec<std::complex<R>, N> pow(vec<std::complex<R>, N> z, vec<std::complex<R>, N> w) {
  return detail::map_complex(
      [](auto a, auto b) TENON_INLINE_LAMBDA {
        if constexpr (sizeof(R) == 4)
          return __builtin_cpowf(a, b);
        else
          return __builtin_cpow(a, b);
      },
      z, w);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

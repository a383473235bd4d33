#pragma once
// Elements as the type that is computed in, and back: the rule of core/convert.hpp, with the hardware's own conversions of
// half and bfloat16 where there are any. (A NaN becomes the hardware's, without its payload.)
#include <tenon/core/convert.hpp>
#include <tenon/kernels/cuda/launch.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

template <class To, class From>
TENON_INLINE TENON_HD To convert_element(From x) {
#if defined(__CUDA_ARCH__)
  if constexpr (std::is_same_v<From, half> && std::is_same_v<To, float>) {
    float r;
    asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(x.bits));
    return r;
  } else if constexpr (std::is_same_v<From, float> && std::is_same_v<To, half>) {
    std::uint16_t bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
    return half::from_bits(bits);
  } else if constexpr (std::is_same_v<From, float> && std::is_same_v<To, bfloat16>) {
    std::uint16_t bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
    return bfloat16::from_bits(bits);
  } else
#endif
    return convert_value<To>(x);
}

// f(type_tag<T>) for every type but the complex ones.
template <class F>
__device__ auto visit_real(dtype t, F f) {
  switch (t) {
    case dtype::boolean: return f(type_tag<bool>{});
    case dtype::uint8: return f(type_tag<std::uint8_t>{});
    case dtype::int8: return f(type_tag<std::int8_t>{});
    case dtype::int16: return f(type_tag<std::int16_t>{});
    case dtype::int32: return f(type_tag<std::int32_t>{});
    case dtype::int64: return f(type_tag<std::int64_t>{});
    case dtype::float16: return f(type_tag<half>{});
    case dtype::bfloat16: return f(type_tag<bfloat16>{});
    case dtype::float64: return f(type_tag<double>{});
    default: return f(type_tag<float>{});
  }
}

template <class F>
__device__ auto visit_number(dtype t, F f) {
  switch (t) {
    case dtype::complex64: return f(type_tag<std::complex<float>>{});
    case dtype::complex128: return f(type_tag<std::complex<double>>{});
    default: return visit_real(t, f);
  }
}

// Not inlined: a switch for each operand of each function would be most of the library.
template <class C>
__device__ __noinline__ C load_as(const std::byte* p, dtype t) {
  return visit_number(t, [p]<class T>(type_tag<T>) { return convert_element<C>(*reinterpret_cast<const T*>(p)); });
}
template <class C>
__device__ __noinline__ void store_as(std::byte* p, dtype t, C x) {
  visit_number(t, [p, x]<class T>(type_tag<T>) { *reinterpret_cast<T*>(p) = convert_element<T>(x); });
}

// V elements that are loaded and stored at once.
template <class T, int V>
struct alignas(sizeof(T) * V) vector_of {
  T at[V];
};

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

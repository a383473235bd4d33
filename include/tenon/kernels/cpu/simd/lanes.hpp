#pragma once
// A register as an array of N values: the compiler's vector types, for what xsimd 8 has no function for (conversion
// between lane sizes, splitting, shuffles with indices known at compile time). g++, clang and nvcc's front end have them.
#include <tenon/kernels/cpu/simd/isa.hpp>

#include <utility>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

template <class T, int N>
struct array_of {
  typedef T type __attribute__((vector_size(sizeof(T) * N)));
};
template <class T, int N>
using array = typename array_of<T, N>::type;

// An unsigned integer of the given size; signed_word likewise.
template <int Bytes>
struct word_of;
template <>
struct word_of<1> {
  using type = std::uint8_t;
  using signed_type = std::int8_t;
};
template <>
struct word_of<2> {
  using type = std::uint16_t;
  using signed_type = std::int16_t;
};
template <>
struct word_of<4> {
  using type = std::uint32_t;
  using signed_type = std::int32_t;
};
template <>
struct word_of<8> {
  using type = std::uint64_t;
  using signed_type = std::int64_t;
};
template <int Bytes>
using word = typename word_of<Bytes>::type;
template <int Bytes>
using signed_word = typename word_of<Bytes>::signed_type;

// The low N lanes of a register as an array, and an array as a register whose other lanes are zero.
template <class T, int N, class Register>
TENON_ALWAYS_INLINE array<T, N> to_array(Register r) {
  if constexpr (sizeof(Register) == sizeof(T) * N) {
    return (array<T, N>)r;
  } else {
    using W = word<static_cast<int>(sizeof(T)) * N>;
    const auto words = (array<W, static_cast<int>(sizeof(Register) / sizeof(W))>)r;
    const W low = words[0];
    return __builtin_bit_cast(array<T, N>, low);
  }
}
template <class Register, class Array>
TENON_ALWAYS_INLINE Register to_register(Array a) {
  if constexpr (sizeof(Register) == sizeof(Array)) {
    return (Register)a;
  } else {
    using W = word<static_cast<int>(sizeof(Array))>;
    const array<W, static_cast<int>(sizeof(Register) / sizeof(W))> words = {__builtin_bit_cast(W, a)};
    return (Register)words;
  }
}

// Each lane converted to U; integers by steps of a factor of two in size, which g++ knows instructions for.
template <class U, class T, int N>
TENON_ALWAYS_INLINE array<U, N> convert_each(array<T, N> a) {
  constexpr int from = sizeof(T), to = sizeof(U);
  if constexpr (std::is_integral_v<T> && std::is_integral_v<U> && (to > 2 * from || from > 2 * to)) {
    constexpr int next = to > from ? 2 * from : from / 2;
    using step = std::conditional_t<std::is_signed_v<T>, signed_word<next>, word<next>>;
    return convert_each<U, step, N>(__builtin_convertvector(a, array<step, N>));
  } else {
    return __builtin_convertvector(a, array<U, N>);
  }
}

// The lanes of a and b with the given numbers; N .. 2N-1 are b's. (nvcc's front end loses the pack in the builtin.)
template <class T, int N, int... Lane>
TENON_ALWAYS_INLINE array<T, static_cast<int>(sizeof...(Lane))> shuffle(array<T, N> a, array<T, N> b) {
#if defined(__CUDACC__)
  return array<T, static_cast<int>(sizeof...(Lane))>{(Lane < N ? a[Lane % N] : b[Lane % N])...};
#else
  return __builtin_shufflevector(a, b, Lane...);
#endif
}

// Lanes First, First + 1, ... of `a`.
template <class T, int First, int Count, int N>
TENON_ALWAYS_INLINE array<T, Count> part(array<T, N> a) {
  return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
    return shuffle<T, N, (I + First)...>(a, a);
  }(std::make_integer_sequence<int, Count>{});
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail

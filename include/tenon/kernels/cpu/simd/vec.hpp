#pragma once
// vec<T, N>: N values of type T in one register, with arithmetic and comparison.
//
// T is float, double or an integer of 8 to 64 bits; N is at most lanes<T>. Fewer lanes than the register has are for
// expressions of mixed types, where every value has the lane count of the widest: the N values are then the low lanes and
// what is above them is never seen. A type of our own, rather than xsimd's batch, because a call such as exp(v) would
// otherwise find xsimd's exp through its namespace.
//
// Rounding   A product is rounded before it is used: `a * b + c` has two roundings, with every compiler and every flag,
//            and fma(a, b, c) has one. (g++ would contract the first into the second; see keep.)
// Integers   + - * wrap. x / 0 = 0, lowest / -1 = lowest. Shifts by the width or more, or by a negative count, give 0,
//            and -1 for a negative value shifted to the right.
#include <tenon/kernels/cpu/simd/mask.hpp>
#include <tenon/kernels/cpu/simd/partial.hpp>

#include <limits>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// Keeps g++ from fusing a product with the addition that follows, or from loading again what it has in a register. Costs nothing: an empty statement on a register.
template <class Register>
TENON_ALWAYS_INLINE Register keep_register(Register r) {
#if defined(__GNUC__) && !defined(__clang__)
#if defined(__AVX512F__)
  asm("" : "+v"(r));
#elif defined(__FMA__)
  asm("" : "+x"(r));
#elif defined(__aarch64__)
  asm("" : "+w"(r));
#endif
#endif
  return r;
}

template <class T>
TENON_ALWAYS_INLINE T divide(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<word<sizeof(T)>>(a));
  }
  return static_cast<T>(a / b);
}

}  // namespace detail

template <class T, int N = lanes<T>>
struct vec {
  static_assert(N >= 2 && N <= lanes<T> && (N & (N - 1)) == 0, "a vec has a power of two of lanes, at most lanes<T>");
  using value_type = T;
  using batch = xsimd::batch<T, isa_for<T, N>>;
  using register_type = typename batch::register_type;
  using array = detail::array<T, N>;
  using mask_type = mask<T, N>;
  using mask_register = typename mask_type::register_type;
  static constexpr int size = N;
  static constexpr bool is_integer = std::is_integral_v<T>;

  register_type r;

  vec() = default;
  TENON_ALWAYS_INLINE vec(T x) : r(batch(x).data) {}
  TENON_ALWAYS_INLINE explicit vec(register_type x) : r(x) {}
  TENON_ALWAYS_INLINE vec(batch x) : r(x.data) {}
  TENON_ALWAYS_INLINE operator batch() const { return batch(r); }

  TENON_ALWAYS_INLINE array lanes_array() const { return detail::to_array<T, N>(r); }
  TENON_ALWAYS_INLINE static vec from_array(array a) { return vec(detail::to_register<register_type>(a)); }
  TENON_ALWAYS_INLINE T operator[](int i) const { return lanes_array()[i]; }

  // Reads exactly N values.
  TENON_ALWAYS_INLINE static vec load(const T* p) {
    array a;
    __builtin_memcpy(&a, p, sizeof(a));
    return from_array(a);
  }
  TENON_ALWAYS_INLINE void store(T* p) const {
    const array a = lanes_array();
    __builtin_memcpy(p, &a, sizeof(a));
  }
  // Reads the first n values (n <= N) and nothing behind them; the other lanes are zero. Writes likewise.
  TENON_ALWAYS_INLINE static vec load(const T* p, index_t n) {
    return n >= N ? load(p) : from_array(detail::load_first<T, N>(p, n));
  }
  TENON_ALWAYS_INLINE void store(T* p, index_t n) const {
    if (n >= N) return store(p);
    detail::store_first<T, N>(p, n, lanes_array());
  }
  // a where the mask holds, else b.
  TENON_ALWAYS_INLINE static vec blend(mask_type m, vec a, vec b) {
    if constexpr (is_integer && mask_type::is_bits) {
#if TENON_SIMD_BYTES == 64
      // (xsimd 8 hands these its own type, which they do not take where they are macros: at -O0.)
      const auto x = (__m512i)a.r, y = (__m512i)b.r;
      if constexpr (sizeof(T) == 1) return vec((register_type)_mm512_mask_blend_epi8(m.r, y, x));
      if constexpr (sizeof(T) == 2) return vec((register_type)_mm512_mask_blend_epi16(m.r, y, x));
      if constexpr (sizeof(T) == 4) return vec((register_type)_mm512_mask_blend_epi32(m.r, y, x));
      if constexpr (sizeof(T) == 8) return vec((register_type)_mm512_mask_blend_epi64(m.r, y, x));
#endif
    } else {
      return xsimd::select(typename mask_type::batch_bool(m), batch(a), batch(b));
    }
  }
  // 1 where the mask holds, else 0.
  TENON_ALWAYS_INLINE static vec one_where(mask_type m) { return blend(m, T{1}, T{0}); }
  // 0, 1, 2, ...
  TENON_ALWAYS_INLINE static vec iota() {
#if defined(__CUDACC__)                          // nvcc 13 breaks off at a vector that is a constant
    array a;
    for (int i = 0; i < N; ++i) a[i] = static_cast<T>(i);
    return from_array(a);
#else
    return []<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
      return from_array(array{static_cast<T>(I)...});
    }(std::make_integer_sequence<int, N>{});
#endif
  }

  TENON_ALWAYS_INLINE friend vec operator+(vec a, vec b) {
    if constexpr (is_integer) return from_words(a.words() + b.words());
    else return vec(a.r + b.r);
  }
  TENON_ALWAYS_INLINE friend vec operator-(vec a, vec b) {
    if constexpr (is_integer) return from_words(a.words() - b.words());
    else return vec(a.r - b.r);
  }
  TENON_ALWAYS_INLINE friend vec operator*(vec a, vec b) {
    if constexpr (is_integer) return from_words(a.words() * b.words());
    else return vec(detail::keep_register(a.r * b.r));
  }
  TENON_ALWAYS_INLINE friend vec operator/(vec a, vec b) {
    if constexpr (is_integer) {
      array q = a.lanes_array();
      const array d = b.lanes_array();
      for (int i = 0; i < N; ++i) q[i] = detail::divide<T>(q[i], d[i]);
      return from_array(q);
    } else {
      return vec(a.r / b.r);
    }
  }
  TENON_ALWAYS_INLINE friend vec operator-(vec a) {
    if constexpr (is_integer) return from_words(-a.words());
    else return vec(-a.r);
  }
  TENON_ALWAYS_INLINE friend vec operator+(vec a) { return a; }

  TENON_ALWAYS_INLINE vec& operator+=(vec b) { return *this = *this + b; }
  TENON_ALWAYS_INLINE vec& operator-=(vec b) { return *this = *this - b; }
  TENON_ALWAYS_INLINE vec& operator*=(vec b) { return *this = *this * b; }
  TENON_ALWAYS_INLINE vec& operator/=(vec b) { return *this = *this / b; }

  TENON_ALWAYS_INLINE friend mask_type operator==(vec a, vec b) {
    if constexpr (mask_type::is_bits) return batch(a) == batch(b);
    else return mask_type((mask_register)(a.values() == b.values()));
  }
  TENON_ALWAYS_INLINE friend mask_type operator<(vec a, vec b) {
    if constexpr (mask_type::is_bits) return batch(a) < batch(b);
    else return mask_type((mask_register)(a.ordered() < b.ordered()));
  }
  TENON_ALWAYS_INLINE friend mask_type operator!=(vec a, vec b) {              // xsimd 8's is false of NaN
    if constexpr (is_integer) return ~(a == b);
#if TENON_SIMD_BYTES == 64
    else if constexpr (mask_type::is_bits && sizeof(T) == 4) return mask_type(_mm512_cmp_ps_mask(a.r, b.r, _CMP_NEQ_UQ));
    else if constexpr (mask_type::is_bits) return mask_type(_mm512_cmp_pd_mask(a.r, b.r, _CMP_NEQ_UQ));
#endif
    else return mask_type((mask_register)(a.values() != b.values()));
  }
  TENON_ALWAYS_INLINE friend mask_type operator<=(vec a, vec b) {
    if constexpr (is_integer) return ~(b < a);
    else if constexpr (mask_type::is_bits) return batch(a) <= batch(b);
    else return mask_type((mask_register)(a.values() <= b.values()));
  }
  TENON_ALWAYS_INLINE friend mask_type operator>(vec a, vec b) { return b < a; }
  TENON_ALWAYS_INLINE friend mask_type operator>=(vec a, vec b) { return b <= a; }

  // Bits: of integers; of floating-point numbers too, for signs and the like.
  TENON_ALWAYS_INLINE friend vec operator&(vec a, vec b) { return from_words(a.words() & b.words()); }
  TENON_ALWAYS_INLINE friend vec operator|(vec a, vec b) { return from_words(a.words() | b.words()); }
  TENON_ALWAYS_INLINE friend vec operator^(vec a, vec b) { return from_words(a.words() ^ b.words()); }
  TENON_ALWAYS_INLINE friend vec operator~(vec a) { return from_words(~a.words()); }

  TENON_ALWAYS_INLINE friend vec operator<<(vec a, vec n)
    requires is_integer
  {
    const word_array count = n.words(), in_range = (word_array)((count & word(-width)) == 0);
    return from_words((a.words() << (count & word(width - 1))) & in_range);
  }
  TENON_ALWAYS_INLINE friend vec operator>>(vec a, vec n)
    requires is_integer
  {
    const word_array count = n.words(), in_range = (word_array)((count & word(-width)) == 0);
    const auto shifted = (word_array)(a.values() >> (full_array)(count & word(width - 1)));
    const auto beyond = std::is_signed_v<T> ? (word_array)(a.values() < T{0}) : word_array{};
    return from_words((shifted & in_range) | (beyond & ~in_range));
  }
  // By the same count in every lane, 0 <= n < width.
  TENON_ALWAYS_INLINE friend vec operator<<(vec a, int n)
    requires is_integer
  {
    return from_words(a.words() << n);
  }
  TENON_ALWAYS_INLINE friend vec operator>>(vec a, int n)
    requires is_integer
  {
    return vec((register_type)(a.values() >> n));
  }

 private:
  // Integer arithmetic and vector masks come from the compiler's own vector operations, on the whole register: xsimd 8
  // takes 8-bit lanes and products of 64 bits apart. Unsigned words wrap.
  using word = detail::word<static_cast<int>(sizeof(T))>;
  static constexpr word width = sizeof(T) * 8;
  static constexpr int full_size = static_cast<int>(sizeof(register_type) / sizeof(T));
  using full_array = detail::array<T, full_size>;
  using word_array = detail::array<word, full_size>;

  TENON_ALWAYS_INLINE full_array values() const { return (full_array)r; }
  TENON_ALWAYS_INLINE word_array words() const { return (word_array)r; }
  // Unsigned integers as signed ones in the same order: g++ 12 with AVX-512 gets `select(a < b, a, b)` of unsigned 16-bit
  // lanes the wrong way round.
  TENON_ALWAYS_INLINE auto ordered() const {
    if constexpr (std::is_signed_v<T>) return values();
    else return (detail::array<detail::signed_word<static_cast<int>(sizeof(T))>, full_size>)(words() ^ word(word{1} << (width - 1)));
  }
  TENON_ALWAYS_INLINE static vec from_words(word_array w) { return vec((register_type)w); }
};

// A product (or any value) that must be rounded here. operator* does it already; this is for results of intrinsics.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> keep(vec<T, N> v) {
  if constexpr (std::is_integral_v<T>) {
    return v;
  } else {
    return vec<T, N>(detail::keep_register(v.r));
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

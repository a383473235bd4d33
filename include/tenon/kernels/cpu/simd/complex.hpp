#pragma once
// vec<std::complex<R>, N>: N complex numbers as two registers, real and imaginary parts. N counts as for R.
#include <tenon/kernels/cpu/simd/functions.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class R, int N>
struct vec<std::complex<R>, N> {
  using value_type = std::complex<R>;
  using real_type = vec<R, N>;
  using mask_type = mask<R, N>;
  static constexpr int size = N;
  static constexpr bool is_integer = false;

  real_type re, im;

  vec() = default;
  TENON_ALWAYS_INLINE vec(value_type x) : re(__builtin_bit_cast(parts, x).re), im(__builtin_bit_cast(parts, x).im) {}
  TENON_ALWAYS_INLINE vec(R x) : re(x), im(R{0}) {}
  TENON_ALWAYS_INLINE explicit vec(real_type x) : re(x), im(R{0}) {}
  TENON_ALWAYS_INLINE vec(real_type real, real_type imaginary) : re(real), im(imaginary) {}

  // Interleaved in memory, as std::complex is.
  TENON_ALWAYS_INLINE static vec load(const value_type* p) {
    const R* q = reinterpret_cast<const R*>(p);
    return separate(real_type::load(q), real_type::load(q + N));
  }
  TENON_ALWAYS_INLINE static vec load(const value_type* p, index_t n) {
    const R* q = reinterpret_cast<const R*>(p);
    const index_t low = 2 * n < N ? 2 * n : N;
    return separate(real_type::load(q, low), 2 * n > N ? real_type::load(q + N, 2 * n - N) : real_type(R{0}));
  }
  TENON_ALWAYS_INLINE void store(value_type* p) const {
    R* q = reinterpret_cast<R*>(p);
    low_pairs().store(q);
    high_pairs().store(q + N);
  }
  TENON_ALWAYS_INLINE void store(value_type* p, index_t n) const {
    R* q = reinterpret_cast<R*>(p);
    low_pairs().store(q, 2 * n < N ? 2 * n : N);
    if (2 * n > N) high_pairs().store(q + N, 2 * n - N);
  }

  TENON_ALWAYS_INLINE value_type operator[](int i) const {
    const parts p = {re[i], im[i]};
    return __builtin_bit_cast(value_type, p);
  }

  TENON_ALWAYS_INLINE friend vec operator+(vec a, vec b) { return {a.re + b.re, a.im + b.im}; }
  TENON_ALWAYS_INLINE friend vec operator-(vec a, vec b) { return {a.re - b.re, a.im - b.im}; }
  TENON_ALWAYS_INLINE friend vec operator-(vec a) { return {-a.re, -a.im}; }
  TENON_ALWAYS_INLINE friend vec operator+(vec a) { return a; }
  TENON_ALWAYS_INLINE friend vec operator*(vec a, vec b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  // Smith 1962, "Algorithm 116: Complex division": scaled by the larger part of b, so that |b|^2 need not be finite.
  TENON_ALWAYS_INLINE friend vec operator/(vec a, vec b) {
    const auto swap = abs(b.re) < abs(b.im);
    const real_type large = select(swap, b.im, b.re), small = select(swap, b.re, b.im);
    const real_type ratio = small / large, scale = fma(small, ratio, large);
    const real_type x = select(swap, a.im, a.re), y = select(swap, a.re, a.im);
    const real_type p = fma(y, ratio, x) / scale, q = fnma(x, ratio, y) / scale;
    return {p, select(swap, -q, q)};
  }
  TENON_ALWAYS_INLINE vec& operator+=(vec b) { return *this = *this + b; }
  TENON_ALWAYS_INLINE vec& operator-=(vec b) { return *this = *this - b; }
  TENON_ALWAYS_INLINE vec& operator*=(vec b) { return *this = *this * b; }
  TENON_ALWAYS_INLINE vec& operator/=(vec b) { return *this = *this / b; }

  TENON_ALWAYS_INLINE friend mask_type operator==(vec a, vec b) { return (a.re == b.re) & (a.im == b.im); }
  TENON_ALWAYS_INLINE friend mask_type operator!=(vec a, vec b) { return ~(a == b); }

 private:
  // What a std::complex is in memory. Its members are not called: not inlined, they would be shared symbols.
  struct parts {
    R re, im;
  };

  TENON_ALWAYS_INLINE static vec separate(real_type first, real_type second) {
    const auto a = first.lanes_array(), b = second.lanes_array();
    return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
      return vec(real_type::from_array(detail::shuffle<R, N, (2 * I)...>(a, b)),
                 real_type::from_array(detail::shuffle<R, N, (2 * I + 1)...>(a, b)));
    }(std::make_integer_sequence<int, N>{});
  }
  template <int First>
  TENON_ALWAYS_INLINE real_type pairs() const {
    const auto a = re.lanes_array(), b = im.lanes_array();
    return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
      return real_type::from_array(detail::shuffle<R, N, (First + I / 2 + I % 2 * N)...>(a, b));
    }(std::make_integer_sequence<int, N>{});
  }
  TENON_ALWAYS_INLINE real_type low_pairs() const { return pairs<0>(); }
  TENON_ALWAYS_INLINE real_type high_pairs() const { return pairs<N / 2>(); }
};

template <class M, class R, int N>
TENON_ALWAYS_INLINE vec<std::complex<R>, N> select(mask<M, N> m, vec<std::complex<R>, N> a,
                                            std::type_identity_t<vec<std::complex<R>, N>> b) {
  return {select(m, a.re, b.re), select(m, a.im, b.im)};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// Transposition by half vectors: N/2 elements of each of N matrices, N = lanes. Matrices l and l + N/2 share a vector; their halves are joined as
// they are loaded and parted as they are stored, which takes no shuffle: a third fewer than a whole block of N x N needs.
//
// Run        Consecutive elements of each matrix: out of memory into packed vectors `along` apart, and back. These are functions of their own, so
//            that the pointers to N matrices are in registers.
#include <tenon/kernels/cpu/linalg/lanes.hpp>
#include <tenon/kernels/cpu/simd/reduce.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
inline constexpr index_t half_lanes = lanes<R> / 2;

// x[i] is element i of matrices 0 .. N-1, i < N/2; or it is of matrix i, and in the upper half of matrix i + N/2: one becomes the other.
template <int Step, class R>
TENON_INLINE void transpose_halves(vec<R> (&x)[half_lanes<R>]) {
  if constexpr (Step > 0) {
    [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
      ((void)((I & Step) == 0 ? detail::exchange_blocks<Step>(x[I], x[I | Step]) : void()), ...);
    }(std::make_integer_sequence<int, half_lanes<R>>{});
    transpose_halves<Step / 2, R>(x);
  }
}
template <class R>
TENON_INLINE void transpose(vec<R> (&x)[half_lanes<R>]) {
  transpose_halves<static_cast<int>(half_lanes<R> / 2), R>(x);
}

// N/2 numbers at `lower`, then N/2 at `upper`; and back. (g++ 12 shuffles where it could load and store halves.)
template <class R>
TENON_INLINE vec<R> load_halves(const R* lower, const R* upper) {
#if TENON_SIMD_BYTES == 64
  const __m512d low = _mm512_castpd256_pd512(_mm256_loadu_pd(reinterpret_cast<const double*>(lower)));
  return vec<R>((typename vec<R>::register_type)_mm512_insertf64x4(low, _mm256_loadu_pd(reinterpret_cast<const double*>(upper)), 1));
#else
  if constexpr (half_lanes<R> == 1) return vec<R>::from_array(typename vec<R>::array{*lower, *upper});
  else return join(vec<R, half_lanes<R>>::load(lower), vec<R, half_lanes<R>>::load(upper));
#endif
}
template <class R>
TENON_INLINE void store_halves(vec<R> x, R* lower, R* upper) {
#if TENON_SIMD_BYTES == 64
  _mm256_storeu_pd(reinterpret_cast<double*>(lower), _mm512_castpd512_pd256((__m512d)x.r));
  _mm256_storeu_pd(reinterpret_cast<double*>(upper), _mm512_extractf64x4_pd((__m512d)x.r, 1));
#else
  if constexpr (half_lanes<R> == 1) {
    *lower = x[0];
    *upper = x[1];
  } else {
    lower_half(x).store(lower);
    upper_half(x).store(upper);
  }
#endif
}

// Where the elements of a run lie among packed vectors: number k at place(k), the others of its half vector `along` further each.
template <class R>
struct even_places {
  vec<R>* packed;
  index_t along;
  TENON_INLINE vec<R>* operator()(index_t k) const { return packed + k * along; }
};

// Elements [begin, end) at from[l] + at, for each lane l, to their places. Answers the sum of 0 times each of them, which is 0 in the lanes that hold
// numbers only; where it Looks at them.
template <bool Looks, class R, class Places>
[[gnu::noinline]] vec<R> pack_run(const R* const* from, index_t at, index_t begin, index_t end, Places place) {
  constexpr index_t N = lanes<R>, H = half_lanes<R>;
  const vec<R> zero(R(0));
  vec<R> sum[2] = {zero, zero};
  index_t k = begin;
  for (; k + H <= end; k += H) {
    vec<R> x[H];
    TENON_UNROLL(8)
    for (index_t l = 0; l < H; ++l) x[l] = load_halves(from[l] + at + k, from[l + H] + at + k);
    transpose(x);
    vec<R>* const to = place(k);
    TENON_UNROLL(8)
    for (index_t i = 0; i < H; ++i) {
      if constexpr (Looks) sum[i % 2] = fma(x[i], zero, sum[i % 2]);
      to[i * place.along] = x[i];
    }
  }
  for (; k < end; ++k) {
    vec<R>* const to = place(k);
    for (index_t l = 0; l < N; ++l) reinterpret_cast<R*>(to)[l] = from[l][at + k];
    if constexpr (Looks) sum[0] = fma(*to, zero, sum[0]);
  }
  return sum[0] + sum[1];
}
template <class R>
TENON_INLINE vec<R> pack_run(const R* const* from, index_t at, index_t some, vec<R>* packed, index_t along) {
  return pack_run<true, R>(from, at, 0, some, even_places<R>{packed, along});
}

// Back, to elements [0, n) of the first `count` lanes: those in [low, high) from their places, the others zero. low and high are multiples of N/2, or n.
template <class R, class Places>
[[gnu::noinline]] void unpack_run(Places place, index_t low, index_t high, index_t n, R* const* to, index_t at, index_t count) {
  constexpr index_t N = lanes<R>, H = half_lanes<R>;
  index_t k = 0;
  for (; count == N && k + H <= n; k += H) {
    if (k < low || k >= high) {
      TENON_UNROLL(8)
      for (index_t l = 0; l < H; ++l) store_halves(vec<R>(R(0)), to[l] + at + k, to[l + H] + at + k);
      continue;
    }
    const vec<R>* const from = place(k);
    vec<R> x[H];
    TENON_UNROLL(8)
    for (index_t i = 0; i < H; ++i) x[i] = from[i * place.along];
    transpose(x);
    TENON_UNROLL(8)
    for (index_t l = 0; l < H; ++l) store_halves(x[l], to[l] + at + k, to[l + H] + at + k);
  }
  for (; k < n; ++k)
    for (index_t l = 0; l < count; ++l) to[l][at + k] = k < low || k >= high ? R(0) : reinterpret_cast<const R*>(place(k))[l];
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

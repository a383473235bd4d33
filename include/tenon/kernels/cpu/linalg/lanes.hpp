#pragma once
// Small matrices of a batch, one in each lane of a vector: to the algorithm, "a number" is as many numbers as there are lanes, and
// what one matrix needs and another does not is a select.
//
// Matrix number l of a group, element k (column-major), is lane l of number k.
#include <tenon/kernels/cpu/linalg/matrix.hpp>
#include <tenon/kernels/cpu/linalg/real.hpp>
#include <tenon/kernels/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

inline constexpr index_t lane_order = kernels::linalg::lane_order;               // matrices are no larger

// Elements [0, count) of the matrices at `from`, one for each lane, into packed[0 .. count).
template <class R>
void pack_lanes(const R* const* from, index_t count, vec<R>* packed) {
  constexpr index_t N = lanes<R>;
  for (index_t k = 0; k < count; k += N) {
    const index_t some = smaller(count - k, N);
    vec<R> block[N];
    for (index_t l = 0; l < N; ++l) block[l] = vec<R>::load(from[l] + k, some);
    transpose(block);
    for (index_t i = 0; i < some; ++i) packed[k + i] = block[i];
  }
}

// Columns [0, last] of z (rows, n) turned by the rotations (c_i, s_i) of columns i and i + 1, from i = last - 1 down to `first`:
//   z_{i+1} <- s z_i + c z_{i+1},   z_i <- c z_i - s z_{i+1}
// The column that goes on to the next rotation stays in registers, for four rows at a time.
template <class R, bool Upwards>
void rotate_lanes(vec<R>* z, index_t rows, index_t first, index_t last, const vec<R>* c, const vec<R>* s) {
  using V = vec<R>;
  const auto turn = [&]<int Rows>(index_t r) __attribute__((always_inline)) {
    V carried[Rows];
    const index_t begin = Upwards ? first : last;
#pragma GCC unroll 4
    for (int k = 0; k < Rows; ++k) carried[k] = z[begin * rows + r + k];
    for (index_t step = 0; step < last - first; ++step) {
      const index_t i = Upwards ? first + step : last - 1 - step;
      V* const other = z + (Upwards ? i + 1 : i) * rows + r;
      V* const finished = z + (Upwards ? i : i + 1) * rows + r;
      const V cosine = c[i], sine = s[i];
#pragma GCC unroll 4
      for (int k = 0; k < Rows; ++k) {
        const V x = other[k];
        finished[k] = fma(sine, x, cosine * carried[k]);
        carried[k] = fma(cosine, x, -(sine * carried[k]));
      }
    }
    V* const end = z + (Upwards ? last : first) * rows + r;
#pragma GCC unroll 4
    for (int k = 0; k < Rows; ++k) end[k] = carried[k];
  };
  index_t r = 0;
  for (; r + 4 <= rows; r += 4) turn.template operator()<4>(r);
  for (; r < rows; ++r) turn.template operator()<1>(r);
}

// The power of two at or below each number, all positive and normal.
template <class R>
TENON_INLINE vec<R> powers_of_two_below(vec<R> x) {
  if constexpr (sizeof(R) == 4) return x & vec<R>(__builtin_bit_cast(R, 0x7F800000u));
  else return x & vec<R>(__builtin_bit_cast(R, 0x7FF0000000000000ull));
}

// The reflector of (alpha, x): see make_reflector (householder.hpp); x becomes v's tail. beta comes out, tau is the answer. The caller's
// matrices have a largest entry near 1: an x whose squares have no digits left is nothing beside it, and is dropped.
template <class R>
vec<R> make_lane_reflector(index_t n, vec<R> alpha, vec<R>* x, vec<R>& beta) {
  using V = vec<R>;
  V sum[2] = {V(0), V(0)};
  index_t i = 0;
  for (; i + 2 <= n; i += 2) {
    sum[0] = fma(x[i], x[i], sum[0]);
    sum[1] = fma(x[i + 1], x[i + 1], sum[1]);
  }
  if (i < n) sum[0] = fma(x[i], x[i], sum[0]);
  const V rest = sum[0] + sum[1];
  const auto trivial = rest < V(smallest_normal<R> / unit_roundoff<R>);
  const V length = copysign(sqrt(fma(alpha, alpha, rest)), alpha);
  beta = select(trivial, alpha, -length);
  const V inverse = select(trivial, V(0), V(1) / (alpha + length));
  for (i = 0; i < n; ++i) x[i] *= inverse;
  return select(trivial, V(0), (length + alpha) / select(trivial, V(1), length));
}

// A -= tau v (v^T A), v = (1, tail), for the columns of a (1 + m rows, `ld` apart).
template <class R>
void apply_lane_reflector(vec<R> tau, const vec<R>* tail, index_t m, vec<R>* a, index_t ld, index_t columns) {
  using V = vec<R>;
  for (index_t j = 0; j < columns; ++j) {
    V* const p = a + j * ld;
    V sum[2] = {p[0], V(0)};
    index_t i = 0;
    for (; i + 2 <= m; i += 2) {
      sum[0] = fma(tail[i], p[1 + i], sum[0]);
      sum[1] = fma(tail[i + 1], p[2 + i], sum[1]);
    }
    if (i < m) sum[0] = fma(tail[i], p[1 + i], sum[0]);
    const V t = -(tau * (sum[0] + sum[1]));
    p[0] += t;
    for (i = 0; i < m; ++i) p[1 + i] = fma(t, tail[i], p[1 + i]);
  }
}

// Column c of packed (rows, cols) goes to column to[l][c] of matrix l, for the lanes l below `count` whose `out` is not null.
template <class R>
void unpack_columns(const vec<R>* packed, index_t rows, index_t cols, R* const* out, index_t count, const unsigned char (*to)[lane_order]) {
  constexpr index_t N = lanes<R>;
  for (index_t c = 0; c < cols; ++c)
    for (index_t r = 0; r < rows; r += N) {
      const index_t some = smaller(rows - r, N);
      vec<R> block[N];
      for (index_t i = 0; i < N; ++i) block[i] = i < some ? packed[c * rows + r + i] : vec<R>(R(0));
      transpose(block);
      for (index_t l = 0; l < count; ++l)
        if (out[l]) block[l].store(out[l] + to[l][c] * rows + r, some);
    }
}

// place[i]: how many of the n keys come before key i. Stable.
template <class R, class Before>
void rank_keys(const R* key, index_t n, unsigned char* place, Before before) {
  for (index_t i = 0; i < n; ++i) {
    index_t p = 0;
    for (index_t j = 0; j < n; ++j) p += before(key[j], key[i]) || (j < i && key[j] == key[i]);
    place[i] = static_cast<unsigned char>(p);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

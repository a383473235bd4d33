#pragma once
// Small matrices of a batch, one in each lane of a vector: to the algorithm, "a number" is as many numbers as there are lanes, and
// what one matrix needs and another does not is a select.
//
// Matrix number l of a group, element k (column-major), is lane l of number k.
#include <tenon/kernels/cpu/linalg/matrix.hpp>
#include <tenon/kernels/cpu/linalg/real.hpp>
#include <tenon/kernels/cpu/simd/memory.hpp>
#include <tenon/kernels/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

inline constexpr index_t lane_order = kernels::linalg::lane_order;               // matrices are no larger

// Elements [0, count) of the matrices at `from`, one for each lane, into packed[0 .. count).
template <class R>
void pack_lanes(const R* const* from, index_t count, vec<R>* packed) {
  constexpr index_t N = lanes<R>;
  index_t k = 0;
  for (; k + N <= count; k += N) {
    vec<R> block[N];
    for (index_t l = 0; l < N; ++l) block[l] = vec<R>::load(from[l] + k);
    transpose(block);
    for (index_t i = 0; i < N; ++i) packed[k + i] = block[i];
  }
  if (k < count) {
    const index_t some = count - k;
    vec<R> block[N];
    for (index_t l = 0; l < N; ++l) block[l] = vec<R>::load(from[l] + k, some);
    transpose(block);
    for (index_t i = 0; i < some; ++i) packed[k + i] = block[i];
  }
}

// The rotations of a few sweeps, kept to be applied together: four rows of a matrix then stay in the first cache for all of them.
// Rotation i of a sweep turns columns i and i + 1, i = first .. last - 1, upwards or downwards:
//   upwards     z_i <- c z_i + s z_{i+1},   z_{i+1} <- c z_{i+1} - s z_i
//   downwards   z_{i+1} <- c z_{i+1} + s z_i,   z_i <- c z_i - s z_{i+1}
template <class R>
class lane_rotations {
 public:
  using V = vec<R>;
  static constexpr index_t most = kernels::linalg::lane_sweeps;

  // memory: 2 most n vectors
  lane_rotations(index_t n, V* memory) : n_(n), c_(memory), s_(memory + most * n) {}

  bool full() const { return sweeps_ == most; }
  // A new sweep's rotations, to be filled in from `first` to before `last`.
  void begin(index_t first, index_t last) {
    first_[sweeps_] = first;
    last_[sweeps_] = last;
    ++sweeps_;
  }
  V& c(index_t i) { return c_[(sweeps_ - 1) * n_ + i]; }
  V& s(index_t i) { return s_[(sweeps_ - 1) * n_ + i]; }
  void clear() { sweeps_ = 0; }

  // z: `rows` rows, columns ld apart.
  template <bool Upwards>
  void apply(V* z, index_t rows, index_t ld) const {
    index_t r = 0;
    for (; r + 4 <= rows; r += 4) apply_to<Upwards, 4>(z + r, ld);
    for (; r < rows; ++r) apply_to<Upwards, 1>(z + r, ld);
  }

 private:
  index_t n_;
  V *c_, *s_;
  index_t sweeps_ = 0;
  index_t first_[most], last_[most];

  // The column that goes on to the next rotation stays in registers.
  template <bool Upwards, int Rows>
  void apply_to(V* z, index_t ld) const {
    for (index_t k = 0; k < sweeps_; ++k) {
      const index_t first = first_[k], last = last_[k];
      const V *const c = c_ + k * n_, *const s = s_ + k * n_;
      V carried[Rows];
      V* const start = z + (Upwards ? first : last) * ld;
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) carried[r] = start[r];
      for (index_t step = 0; step < last - first; ++step) {
        const index_t i = Upwards ? first + step : last - 1 - step;
        const V* const other = z + (Upwards ? i + 1 : i) * ld;
        V* const finished = z + (Upwards ? i : i + 1) * ld;
        const V cosine = c[i], sine = s[i];
        TENON_UNROLL(4)
        for (int r = 0; r < Rows; ++r) {
          const V x = other[r], y = carried[r];
          finished[r] = fma(sine, x, cosine * y);
          carried[r] = fma(cosine, x, -(sine * y));
        }
      }
      V* const end = z + (Upwards ? last : first) * ld;
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) end[r] = carried[r];
    }
  }
};

// The power of two at or below each number, all positive and normal.
template <class R>
TENON_INLINE vec<R> powers_of_two_below(vec<R> x) {
  if constexpr (sizeof(R) == 4) return x & vec<R>(__builtin_bit_cast(R, 0x7F800000u));
  else return x & vec<R>(__builtin_bit_cast(R, 0x7FF0000000000000ull));
}

// In each lane the rotation (c, s) that turns (f, g) to (r, 0); where both are so small that they do not count, the identity.
template <class R>
struct lane_turn {
  using V = vec<R>;
  V c, s, r;
  TENON_INLINE lane_turn(V f, V g) {
    const V square = fma(f, f, g * g);
    const auto zero = square < V(smallest_normal<R>);
    const auto length = sqrt_and_inverse(square);
    c = select(zero, V(1), f * length.inverse);
    s = select(zero, V(0), g * length.inverse);
    r = select(zero, f, length.root);
  }
};

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

// A -= tau v (v^T A), v = (1, tail), for the columns of a (1 + m rows, `ld` apart): several at a time, so that v is read once for all of them and none
// of their sums waits for itself.
template <int Columns, class R>
TENON_INLINE void reflect_columns(vec<R> tau, const vec<R>* tail, index_t m, vec<R>* a, index_t ld) {
  using V = vec<R>;
  V sum[Columns];
  TENON_UNROLL(4)
  for (int c = 0; c < Columns; ++c) sum[c] = a[c * ld];
  for (index_t i = 0; i < m; ++i) {
    const V v = tail[i];
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) sum[c] = fma(v, a[c * ld + 1 + i], sum[c]);
  }
  TENON_UNROLL(4)
  for (int c = 0; c < Columns; ++c) {
    sum[c] = -(tau * sum[c]);
    a[c * ld] += sum[c];
  }
  for (index_t i = 0; i < m; ++i) {
    const V v = tail[i];
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) a[c * ld + 1 + i] = fma(sum[c], v, a[c * ld + 1 + i]);
  }
}
template <class R>
void apply_lane_reflector(vec<R> tau, const vec<R>* tail, index_t m, vec<R>* a, index_t ld, index_t columns) {
  index_t j = 0;
  for (; j + 4 <= columns; j += 4) reflect_columns<4>(tau, tail, m, a + j * ld, ld);
  if (j + 2 <= columns) reflect_columns<2>(tau, tail, m, a + j * ld, ld), j += 2;
  if (j < columns) reflect_columns<1>(tau, tail, m, a + j * ld, ld);
}

// Column c of packed (rows, cols; columns ld apart) goes to column to[l][c] of matrix l, for the lanes l below `count` whose `out` is not null.
// `around`: see goes_around_caches.
template <class R>
void unpack_columns(const vec<R>* packed, index_t ld, index_t rows, index_t cols, R* const* out, index_t count, const unsigned char (*to)[lane_order],
                    bool around = false) {
  constexpr index_t N = lanes<R>;
  for (index_t c = 0; c < cols; ++c) {
    R* column[N];
    bool all = count == N;
    for (index_t l = 0; l < count; ++l) {
      column[l] = out[l] ? out[l] + to[l][c] * rows : nullptr;
      all = all && out[l];
    }
    index_t r = 0;
    for (; all && r + N <= rows; r += N) {
      vec<R> block[N];
      for (index_t i = 0; i < N; ++i) block[i] = packed[c * ld + r + i];
      transpose(block);
      if (around) {
        for (index_t l = 0; l < N; ++l) stream_copy(column[l] + r, &block[l], sizeof(block[l]));
      } else {
        for (index_t l = 0; l < N; ++l) block[l].store(column[l] + r);
      }
    }
    for (; r < rows; r += N) {
      const index_t some = smaller(rows - r, N);
      vec<R> block[N];
      for (index_t i = 0; i < N; ++i) block[i] = i < some ? packed[c * ld + r + i] : vec<R>(R(0));
      transpose(block);
      for (index_t l = 0; l < count; ++l)
        if (column[l]) block[l].store(column[l] + r, some);
    }
  }
  if (around) stream_fence();
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

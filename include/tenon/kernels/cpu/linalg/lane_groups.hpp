#pragma once
// Groups of small matrices between a batch in memory and the lanes of vectors.
#include <tenon/kernels/cpu/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The distance of columns of n vectors: never a power of two, or a row would lie in a few sets of the first cache.
constexpr index_t lane_ld(index_t n) { return n | 1; }

// Matrices [first, first + count) of a batch, (rows, cols), column-major in `packed` whatever their own order; lanes beyond repeat the
// first. Answers the lanes that hold numbers only. `Lower`: what is above the diagonal is neither looked at nor, but for what shares a
// block with the diagonal, packed.
template <bool Lower = false, class R>
mask<R> pack_group(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t rows, index_t cols, vec<R>* packed,
                   index_t ld) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const R* from[N];
  for (index_t l = 0; l < N; ++l) from[l] = source.data + (first + (l < count ? l : 0)) * source.step;
  // `run` elements are dense; `steps` of them follow one another.
  const index_t run = source.by_rows ? cols : rows, steps = source.by_rows ? rows : cols;
  V sum(R(0));
  for (index_t s = 0; s < steps; ++s)
    for (index_t k = 0; k < run; k += N) {
      const index_t some = smaller(run - k, N);
      if (Lower && (source.by_rows ? k > s : k + some <= s)) continue;
      V block[N];
      for (index_t l = 0; l < N; ++l) block[l] = V::load(from[l] + s * run + k, some);
      transpose(block);
      for (index_t i = 0; i < some; ++i) {
        const bool counts = !Lower || (source.by_rows ? k + i <= s : k + i >= s);
        if (counts) sum = fma(block[i], V(R(0)), sum);       // x * 0 is 0 of numbers only
        packed[source.by_rows ? s + (k + i) * ld : s * ld + k + i] = block[i];
      }
    }
  return sum == V(R(0));
}

// The same matrices from `packed` to `out`, dense and one after the other, column-major or (`by_rows`) row-major; of the lanes below
// `count` those in `which`. `Lower`: zeros above the diagonal, whatever `packed` has there.
template <bool Lower = false, class R>
void unpack_group(const vec<R>* packed, index_t ld, index_t count, mask<R> which, index_t rows, index_t cols, R* out, bool by_rows) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const index_t run = by_rows ? cols : rows, steps = by_rows ? rows : cols;
  const std::uint64_t bits = to_bits(which);
  for (index_t s = 0; s < steps; ++s)
    for (index_t k = 0; k < run; k += N) {
      const index_t some = smaller(run - k, N);
      V block[N];
      if (Lower && (by_rows ? k > s : k + some <= s)) {
        for (index_t l = 0; l < N; ++l) block[l] = V(R(0));
      } else {
        for (index_t i = 0; i < N; ++i) {
          const bool there = i < some && (!Lower || (by_rows ? k + i <= s : k + i >= s));
          block[i] = there ? packed[by_rows ? s + (k + i) * ld : s * ld + k + i] : V(R(0));
        }
        transpose(block);
      }
      for (index_t l = 0; l < count; ++l)
        if ((bits >> l) & 1) block[l].store(out + l * rows * cols + s * run + k, some);
    }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

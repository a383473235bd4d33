#pragma once
// Groups of small matrices between a batch in memory and the lanes of vectors.
#include <tenon/kernels/cpu/linalg/lane_halves.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The distance of columns of n vectors: never a power of two, or a row would lie in a few sets of the first cache.
constexpr index_t lane_ld(index_t n) { return n | 1; }

// Matrices [first, first + count) of a batch, (rows, cols), column-major in `packed` whatever their own order; lanes beyond repeat the
// first. Answers the lanes that hold numbers only.
template <class R>
mask<R> pack_group(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t rows, index_t cols, vec<R>* packed,
                   index_t ld) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const R* from[N];
  for (index_t l = 0; l < N; ++l) from[l] = source.data + (first + (l < count ? l : 0)) * source.step;
  // `run` elements are dense; `steps` of them follow one another.
  const index_t run = source.by_rows ? cols : rows, steps = source.by_rows ? rows : cols;
  V sum(R(0));
  for (index_t s = 0; s < steps; ++s) sum += pack_run(from, s * run, run, packed + (source.by_rows ? s : s * ld), source.by_rows ? ld : 1);
  return sum == V(R(0));
}

// N packed rows of N lanes, `step` apart; of the first `rows` of them, the others being zeros.
template <class R>
TENON_INLINE void load_rows(const vec<R>* from, index_t step, index_t rows, vec<R> (&block)[lanes<R>]) {
  if (rows >= lanes<R>) {
    for (index_t i = 0; i < lanes<R>; ++i) block[i] = from[i * step];
  } else {
    for (index_t i = 0; i < lanes<R>; ++i) block[i] = i < rows ? from[i * step] : vec<R>(R(0));
  }
}

// To matrices that lie `distance` elements apart: of the lanes below `count` those in `which`.
template <class R>
class lane_writer {
  using V = vec<R>;
  static constexpr index_t N = lanes<R>;

 public:
  lane_writer(R* out, index_t distance, index_t count, mask<R> which, bool around)
      : out_(out), distance_(distance), count_(count), bits_(to_bits(which)), all_(count == N && bits_ == (~std::uint64_t{0} >> (64 - N))), around_(around) {}

  // Elements [at, at + some) of each matrix.
  TENON_INLINE void operator()(index_t at, index_t some, const V (&block)[N]) const {
    R* const to = out_ + at;
    if (!all_ || some < N) {
      V kept[N];                                             // a block that is indexed by a variable would not stay in registers
      for (index_t l = 0; l < N; ++l) kept[l] = block[l];
      for (index_t l = 0; l < count_; ++l)
        if ((bits_ >> l) & 1) kept[l].store(to + l * distance_, some);
    } else if (around_) {
      for (index_t l = 0; l < N; ++l) stream_copy(to + l * distance_, &block[l], sizeof(V));
    } else {
      for (index_t l = 0; l < N; ++l) block[l].store(to + l * distance_);
    }
  }

 private:
  R* out_;
  index_t distance_, count_;
  std::uint64_t bits_;
  bool all_, around_;
};

// The same matrices from `packed` to `out`, dense and one after the other, column-major or (`by_rows`) row-major; of the lanes below
// `count` those in `which`. `around`: see goes_around_caches.
template <class R>
void unpack_group(const vec<R>* packed, index_t ld, index_t count, mask<R> which, index_t rows, index_t cols, R* out, bool by_rows, bool around) {
  constexpr index_t N = lanes<R>;
  const index_t run = by_rows ? cols : rows, steps = by_rows ? rows : cols, step = by_rows ? ld : 1;
  const lane_writer<R> write(out, rows * cols, count, which, around);
  for (index_t s = 0; s < steps; ++s)
    for (index_t k = 0; k < run; k += N) {
      vec<R> block[N];
      load_rows(packed + (by_rows ? k * ld + s : s * ld + k), step, run - k, block);
      transpose(block);
      write(s * run + k, smaller(N, run - k), block);
    }
  if (around) stream_fence();
}

// Asks for the memory of elements [begin, end) of matrices [first, first + count), while there is something else to do. (Inlined: g++ takes a
// function that does nothing else for one without effects, and drops calls of it.)
template <class R>
TENON_INLINE void prefetch_group(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t begin, index_t end) {
  constexpr index_t line = 64 / static_cast<index_t>(sizeof(R));
  for (index_t l = first; l < first + count; ++l)
    for (index_t at = begin; at < end; at += line) __builtin_prefetch(source.data + l * source.step + at, 0, 2);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

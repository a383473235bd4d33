#pragma once
// Indexing along one dimension on the CPU: gather, scatter, scatter_add; and what else is asked of index tensors.
//
// Method     Gather and scatter move elements of 1, 2, 4, 8 or 16 bytes without knowing their type; where one index serves a dense
//            row, whole rows. Indices are checked by a pass of their own before anything is written (first_outside): a
//            minimum and maximum at the speed of memory, while the moves wait for scattered cache lines.
// Order      Elements that a scatter brings to one place arrive in the order of the index: the last one stays, and sums are
//            formed from left to right, on any number of threads.
// Negative   indices down to -reach count from the end; which ops allow them is decided by the check.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/index.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// One piece: moves n elements along by m across.
using index_function = void (*)(const index_plan&, std::byte* near, std::byte* far, const std::byte* index, index_t n, index_t m);

TENON_INLINE index_t far_offset(index_t reach, index_t step, const std::byte* index) {
  index_t i;
  __builtin_memcpy(&i, index, sizeof(i));
  return (i < 0 ? i + reach : i) * step;
}

// f(near element, far element) for each element of a piece, whose size is Item. (The plan's numbers are copied: bytes that are written could be
// the plan's, and it would be read again for each. Elements that lie dense have loops with constant steps.)
template <index_t Item, class F>
TENON_INLINE void for_each_indexed(const index_plan& p, std::byte* near, std::byte* far, const std::byte* index, index_t n, index_t m, F f) {
  const index_dim along = p.along, across = p.across;
  const index_t reach = p.reach;
  constexpr index_t word = sizeof(index_t);
  if (p.along_first) {
    const bool dense = along.near == Item && along.index == word && along.far == Item;
    for (index_t k = 0; k < m; ++k, near += across.near, far += across.far, index += across.index)
      if (dense)
        for (index_t j = 0; j < n; ++j) f(near + j * Item, far + far_offset(reach, Item, index + j * word));
      else
        for (index_t j = 0; j < n; ++j) f(near + j * along.near, far + far_offset(reach, along.far, index + j * along.index));
  } else {
    const bool dense = across.near == Item && across.index == word && across.far == Item;
    for (index_t j = 0; j < n; ++j, near += along.near, index += along.index)
      if (dense)
        for (index_t k = 0; k < m; ++k) f(near + k * Item, far + k * Item + far_offset(reach, along.far, index + k * word));
      else
        for (index_t k = 0; k < m; ++k) f(near + k * across.near, far + k * across.far + far_offset(reach, along.far, index + k * across.index));
  }
}

template <index_t Item, bool Scatter>
void move_indexed(const index_plan& p, std::byte* near, std::byte* far, const std::byte* index, index_t n, index_t m) {
  for_each_indexed<Item>(p, near, far, index, n, m, [](std::byte* a, std::byte* b) TENON_INLINE_LAMBDA {
    __builtin_memcpy(Scatter ? b : a, Scatter ? a : b, Item);
  });
}
template <bool Scatter>
void move_rows(const index_plan& p, std::byte* near, std::byte* far, const std::byte* index, index_t n, index_t m) {
  const auto bytes = static_cast<std::size_t>(m * p.item);
  for (index_t j = 0; j < n; ++j) {
    std::byte *a = near + j * p.along.near, *b = far + far_offset(p.reach, p.along.far, index + j * p.along.index);
    __builtin_memcpy(Scatter ? b : a, Scatter ? a : b, bytes);
  }
}
template <bool Scatter>
index_function move_function(const index_plan& p) {
  if (p.rows) return &move_rows<Scatter>;
  switch (p.item) {
    case 1: return &move_indexed<1, Scatter>;
    case 2: return &move_indexed<2, Scatter>;
    case 4: return &move_indexed<4, Scatter>;
    case 8: return &move_indexed<8, Scatter>;
    default: return &move_indexed<16, Scatter>;
  }
}

template <class T>
TENON_INLINE T wrapping_sum(T a, T b) {
  if constexpr (std::is_same_v<T, bool>)
    return a || b;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b));
  else if constexpr (complex_type<T>)
    return T(a.real() + b.real(), a.imag() + b.imag());
  else
    return a + b;
}

// Near holds T, far the type that it is summed up in.
template <class T>
void add_indexed(const index_plan& p, std::byte* near, std::byte* far, const std::byte* index, index_t n, index_t m) {
  using C = compute_t<T>;
  const auto add = [](std::byte* a, std::byte* b) TENON_INLINE_LAMBDA {
    C& sum = *reinterpret_cast<C*>(b);
    sum = wrapping_sum(sum, static_cast<C>(*reinterpret_cast<const T*>(a)));
  };
  if (!p.rows) return for_each_indexed<sizeof(T)>(p, near, far, index, n, m, add);
  for (index_t j = 0; j < n; ++j, near += p.along.near, index += p.along.index) {
    const T* a = reinterpret_cast<const T*>(near);
    C* b = reinterpret_cast<C*>(far + far_offset(p.reach, p.along.far, index));
    for (index_t k = 0; k < m; ++k) b[k] = wrapping_sum(b[k], static_cast<C>(a[k]));
  }
}

inline void run_indexed(const context& ctx, const index_plan& p, index_function f, std::byte* near, std::byte* far, const std::byte* index) {
  const auto run_unit = [&](index_t unit) {
    std::byte *a = near, *b = far;
    const std::byte* at = index;
    index_t position[2] = {0, 0};
    for (int l = p.loops - 1; l >= 0; --l) {
      const index_dim& d = p.loop[l];
      if (d.extent == 1) continue;
      const index_t i = unit % d.extent;
      unit /= d.extent;
      a += i * d.near;
      b += i * d.far;
      at += i * d.index;
      if (l < 2) position[l] = i;
    }
    const index_t n = p.along.extent - position[0] * p.along_piece, m = p.across.extent - position[1] * p.across_piece;
    f(p, a, b, at, n < p.along_piece ? n : p.along_piece, m < p.across_piece ? m : p.across_piece);
  };
  // A task is about as large as the largest piece.
  const index_t each = ctx.threads < 2 ? p.units : index_plan::unit / (p.along_piece * p.across_piece) + 1;
  ctx.parallel((p.units + each - 1) / each, [&](index_t task) {
    const index_t end = (task + 1) * each < p.units ? (task + 1) * each : p.units;
    for (index_t unit = task * each; unit < end; ++unit) run_unit(unit);
  });
}

}  // namespace detail

inline void gather(const context& ctx, const index_plan& p, std::byte* near, const std::byte* far, const std::byte* index) {
  detail::run_indexed(ctx, p, detail::move_function<false>(p), near, const_cast<std::byte*>(far), index);
}
inline void scatter(const context& ctx, const index_plan& p, std::byte* far, const std::byte* near, const std::byte* index) {
  detail::run_indexed(ctx, p, detail::move_function<true>(p), const_cast<std::byte*>(near), far, index);
}
// far holds compute_t<T>: float for half and bfloat16.
template <class T>
void scatter_add(const context& ctx, const index_plan& p, std::byte* far, const std::byte* near, const std::byte* index) {
  detail::run_indexed(ctx, p, &detail::add_indexed<T>, const_cast<std::byte*>(near), far, index);
}

// ---- index tensors -----------------------------------------------------------------------------------------------------
// The least and the greatest of n > 0 dense indices.
struct index_extremes {
  index_t least, greatest;
};
inline index_extremes extremes_of(const index_t* index, index_t n) {
  using V = vec<index_t>;
  constexpr int N = V::size;
  index_extremes e{index[0], index[0]};
  index_t i = 0;
  if (n >= 4 * N) {
    V least[4], greatest[4];
    for (int k = 0; k < 4; ++k) least[k] = greatest[k] = V::load(index + k * N);
    for (i = 4 * N; i + 4 * N <= n; i += 4 * N)
      for (int k = 0; k < 4; ++k) {
        const V x = V::load(index + i + k * N);
        least[k] = select(x < least[k], x, least[k]);
        greatest[k] = select(x > greatest[k], x, greatest[k]);
      }
    for (int k = 0; k < 4; ++k)
      for (int lane = 0; lane < N; ++lane) {
        const index_t a = least[k][lane], b = greatest[k][lane];
        e.least = a < e.least ? a : e.least;
        e.greatest = b > e.greatest ? b : e.greatest;
      }
  }
  for (; i < n; ++i) {
    e.least = index[i] < e.least ? index[i] : e.least;
    e.greatest = index[i] > e.greatest ? index[i] : e.greatest;
  }
  return e;
}

// Whether all of n dense indices are in [low, high]; else the position of the first that is not, as `detail`.
inline status first_outside(const context& ctx, const index_t* index, index_t n, index_t low, index_t high) {
  const index_t piece = 64 * 1024;
  bool failed = false;
  ctx.parallel((n + piece - 1) / piece, [&](index_t task) {
    const index_t begin = task * piece, count = n - begin < piece ? n - begin : piece;
    const index_extremes e = extremes_of(index + begin, count);
    if (e.least < low || e.greatest > high) __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
  });
  if (failed)
    for (index_t i = 0; i < n; ++i)
      if (index[i] < low || index[i] > high) return {status_code::index_out_of_range, i};
  return {};
}

// The sum of n counts; -1, or the position of the first that is negative or takes the sum out of 63 bits.
inline index_t total_of_counts(const index_t* counts, index_t stride, index_t n, index_t& total) {
  total = 0;
  for (index_t j = 0; j < n; ++j) {
    const index_t count = counts[j * stride];
    if (count < 0 || count > INT64_MAX - total) return j;
    total += count;
  }
  return -1;
}
// 0 counts[0] times, then 1 counts[1] times, ...
inline void expand_counts(const index_t* counts, index_t stride, index_t n, index_t* out) {
  for (index_t j = 0; j < n; ++j)
    for (index_t i = counts[j * stride]; i > 0; --i) *out++ = j;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// Evenly spaced numbers on the CPU: a vector of indices, scaled and shifted. Bound by the stores.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/range.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

inline constexpr index_t range_block = 16 * 1024;

// f(begin, end) for pieces of [0, n).
template <class F>
void for_range_blocks(const context& ctx, index_t n, F f) {
  ctx.parallel((n + range_block - 1) / range_block, [&](index_t block) {
    const index_t begin = block * range_block, end = begin + range_block;
    f(begin, end < n ? end : n);
  });
}

// out[i] = base + (i - origin) * step for i in [begin, end).
template <class T>
void range_piece(T* out, index_t begin, index_t end, double base, double step, index_t origin) {
  using V = vec<double>;
  constexpr int N = V::size;
  const V count = V::iota(), first(base), by(step);
  for (index_t i = begin; i < end; i += N) {
    const V value = first + (V(static_cast<double>(i - origin)) + count) * by;
    if (i + N <= end)
      store_as<T>(out + i, value);
    else
      store_as<T>(out + i, value, end - i);
  }
}

}  // namespace detail

template <class T>
void range(const context& ctx, const range_plan& p, T* out) {
  detail::for_range_blocks(ctx, p.n, [&](index_t begin, index_t end) {
    const index_t middle = p.turn < begin ? begin : p.turn > end ? end : p.turn;
    detail::range_piece(out, begin, middle, p.start, p.step, 0);
    detail::range_piece(out, middle, end, p.end, p.step, p.n - 1);
  });
}

template <class T>
void integer_range(const context& ctx, const integer_range_plan& p, T* out) {
  using V = vec<T>;
  constexpr int N = V::size;
  detail::for_range_blocks(ctx, p.n, [&](index_t begin, index_t end) {
    V value = V(static_cast<T>(p.start + static_cast<std::uint64_t>(begin) * p.step)) + V::iota() * V(static_cast<T>(p.step));
    const V by(static_cast<T>(p.step * N));
    for (index_t i = begin; i < end; i += N, value += by) {
      if (i + N <= end)
        value.store(out + i);
      else
        value.store(out + i, end - i);
    }
  });
}

// out[i] = base ^ exponent_i, where the exponents are a range. One call of the C library each.
template <class T>
void power_range(const context& ctx, const range_plan& p, double base, T* out) {
  detail::for_range_blocks(ctx, p.n, [&](index_t begin, index_t end) {
    double block[64];
    for (index_t at = begin; at < end; at += 64) {
      const index_t n = end - at < 64 ? end - at : 64;
      const index_t turn = p.turn - at < 0 ? 0 : p.turn - at > n ? n : p.turn - at;
      detail::range_piece(block, 0, turn, p.start, p.step, -at);
      detail::range_piece(block, turn, n, p.end, p.step, p.n - 1 - at);
      for (index_t i = 0; i < n; ++i) block[i] = __builtin_pow(base, block[i]);
      for (index_t i = 0; i < n; i += lanes<double>) {
        const index_t left = n - i;
        const auto v = vec<double>::load(block + i, left < lanes<double> ? left : lanes<double>);
        store_as<T>(out + at + i, v, left < lanes<double> ? left : lanes<double>);
      }
    }
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// write_run: computes a dense run of elements and writes it, around the caches if wanted.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

// out[i] = f(i) for i in [0, n): f(i) gives a whole vector, f(i, count) the first count lanes of one.
// stream: by blocks that stay in the first cache, so small that the processor computes one while the last is on its way out; each
// begins on a line of the output. Call stream_fence() after the last run.
template <class T, class F>
TENON_INLINE void write_run(T* out, index_t n, bool stream, F f) {
  using C = compute_t<T>;
  constexpr index_t N = lanes<C>, item = static_cast<index_t>(sizeof(T)), block = 512 / item;
  const auto compute = [&](T* to, index_t begin, index_t count) TENON_INLINE_LAMBDA {
    index_t i = 0;
    for (; i + N <= count; i += N) store_as(to + i, f(begin + i));
    if (i < count) store_as(to + i, f(begin + i, count - i), count - i);
  };
  if (!stream) return compute(out, 0, n);
  alignas(64) T buffer[block];
  const index_t lead = static_cast<index_t>((~reinterpret_cast<std::uintptr_t>(out) + 1) & 63) / item;
  for (index_t begin = 0, count = lead > 0 ? lead : block; begin < n; begin += count, count = block) {
    if (count > n - begin) count = n - begin;
    compute(buffer, begin, count);
    stream_copy(out + begin, buffer, count * item);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail

#pragma once
// workspace: the threads and the memory that a kernel of linear algebra may use.
//
// Passed by value: a function takes what it needs from the front, hands the rest on, and at its end everything is free again.
// The sizes were planned; `take` does not ask whether there is enough.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/linalg/scalar.hpp>
#include <tenon/kernels/linalg/batch.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

struct workspace {
  context ctx;
  std::byte* data = nullptr;
  index_t bytes = 0;

  // Room for n elements of T, at a multiple of 64 bytes.
  template <class T>
  TENON_INLINE T* take(index_t n) {
    const index_t size = kernels::linalg::lines(n * static_cast<index_t>(sizeof(T)));
    T* const p = reinterpret_cast<T*>(data);
    data += size;
    bytes -= size;
    return p;
  }
};

// The bytes that take<T>(n) takes.
template <class T>
constexpr index_t taken(index_t n) { return kernels::linalg::lines(n * static_cast<index_t>(sizeof(T))); }

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

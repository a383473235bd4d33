#pragma once
// context: what a kernel gets to run with. On the CPU, a loop that may use several threads; on a GPU, the queue to launch into.
//
// The loop is a plain function pointer, so that a kernel compiled for one instruction set names no thread library and
// leaves no shared symbol behind. `serial` runs everything on the caller's thread.
#include <tenon/core/build.hpp>

#include <type_traits>

namespace tenon::inline v0 {
struct device_queue;                   // core/backend.hpp
}

namespace tenon::inline v0::kernels {

struct context {
  using task = void (*)(void* self, index_t i);
  // Calls t(self, i) once for each i in [0, count), in any order, on at most `threads` threads; returns when all are done.
  void (*loop)(int threads, index_t count, task t, void* self) = nullptr;
  int threads = 1;                     // how many tasks can run at once; 1: keep the work in one piece
  const device_queue* queue = nullptr; // of a device other than the CPU

  // f(i) for each i in [0, count). Calls of f must be independent of one another.
  template <class F>
  void parallel(index_t count, F&& f) const {
    if (loop == nullptr || threads <= 1 || count <= 1) {
      for (index_t i = 0; i < count; ++i) f(i);
      return;
    }
    using function = std::remove_reference_t<F>;
    loop(threads, count, [](void* self, index_t i) { (*static_cast<function*>(self))(i); },
         const_cast<void*>(static_cast<const void*>(&f)));
  }
};

}  // namespace tenon::inline v0::kernels

#pragma once
// backend: what a device other than the CPU answers to the core. A compiled library (tenon::cuda) brings one.
//
// No header names a symbol of that library: it writes the address of its backend here before any static variable of the
// program is made. A program that is linked without it finds null, and `to(x, device::cuda)` is device_unavailable at run
// time, never an error of the linker. (The kernels come in the same way: kernels/device_entry.hpp.)
#include <tenon/core/device.hpp>
#include <tenon/core/result.hpp>

namespace tenon::inline v0 {

class storage_ptr;
namespace memory {
struct counters;
}

// Where work for a device is queued: valid until the calling thread changes its stream.
struct device_queue {
  void* stream = nullptr;              // a cudaStream_t
  void* errors = nullptr;              // the device's error word: what only a kernel can find out (kernels/cuda/error_word.cuh)
  int ordinal = 0;
  int processors = 1;                  // multiprocessors: what a grid is sized by
};

// Every member may be called from any thread. `op` names the caller in errors.
struct backend {
  result<const device_queue*> (*queue)(const char* op, int ordinal);          // of the calling thread
  result<storage_ptr> (*allocate)(const char* op, std::size_t bytes, int ordinal);
  // `bytes` from one place to another, one of them on this device. Waits exactly when `to` is the CPU.
  result<void> (*transfer)(const char* op, void* to, placement to_where, const void* from, placement from_where, std::size_t bytes);
  result<void> (*synchronize)(const char* op, int ordinal);                   // waits, and answers with what went wrong before
  void (*failed)(int ordinal, int code);                                      // a failure that the caller cannot return: kept for that
  result<int> (*count)(const char* op);                                       // of such devices
  result<void*> (*exchange_stream)(const char* op, int ordinal, void* stream);  // of the calling thread; answers the one before
  memory::counters (*statistics)(int ordinal);
  void (*reset_peak)(int ordinal);
  void (*release_cached)(int ordinal);
  void (*set_limit)(std::size_t bytes, int ordinal);
  std::size_t (*limit)(int ordinal);
};

inline constinit const backend* cuda_backend = nullptr;

inline const backend* backend_of(device kind) { return kind == device::cuda ? cuda_backend : nullptr; }

inline error not_built_in(const char* op, device kind) {
  return error(error_code::device_unavailable, op, make_text("this program was built without ", name_of(kind), " support"));
}

}  // namespace tenon::inline v0

#pragma once
// Devices and the streams that work is queued on.
//
//   device_count(device::cuda)               how many this machine has
//   stream_scope on(my_stream);              the calling thread's work goes to a cudaStream_t of yours, until the end of the scope
//   synchronize(device::cuda)                waits for the calling thread's stream
//
// Each thread has a current stream for each GPU; at first it is CUDA's default stream. Work on one stream is done in order.
// A tensor made on one stream and used on another is ordered by the caller, and the stream that it was made on must outlive it.
#include <tenon/core/backend.hpp>

namespace tenon::inline v0 {

// Errors   device_unavailable: not built in, or not present.
inline result<int> device_count(device kind) {
  if (kind == device::cpu) return 1;
  const backend* const b = backend_of(kind);
  if (b == nullptr) return not_built_in("device_count", kind);
  return b->count("device_count");
}

// Waits for everything that the calling thread has queued there. On the CPU there is nothing to wait for.
// Errors   what the device has found out since the last wait, such as index_out_of_range, with the op's name; device_failure.
inline result<void> synchronize(placement where) {
  if (where.kind == device::cpu) return {};
  const backend* const b = backend_of(where.kind);
  if (b == nullptr) return not_built_in("synchronize", where.kind);
  return b->synchronize("synchronize", where.ordinal);
}

class stream_scope {
 public:
  explicit stream_scope(void* stream, placement where = device::cuda) : where_(where) {
    const backend* const b = backend_of(where.kind);
    auto before = b ? b->exchange_stream("stream_scope", where.ordinal, stream) : result<void*>(not_built_in("stream_scope", where.kind));
    if (before)
      before_ = *before;
    else
      error_ = std::move(before).error();
  }
  ~stream_scope() {
    if (good()) static_cast<void>(backend_of(where_.kind)->exchange_stream("stream_scope", where_.ordinal, before_));
  }
  stream_scope(const stream_scope&) = delete;
  stream_scope& operator=(const stream_scope&) = delete;

  bool good() const { return error_ == error_code::none; }                    // false: there is no such device, and nothing has changed
  const tenon::error& error() const { return error_; }

 private:
  placement where_;
  void* before_ = nullptr;
  tenon::error error_;
};

}  // namespace tenon::inline v0

// The CUDA library's runtime: devices, streams, memory, transfers, and errors that show up late.
//
// Memory     CUDA's stream-ordered pool, one for each device, which keeps what is freed (release threshold: all of it). A request
//            above the limit is refused before the driver is asked. Where the driver has none, what the pool holds unused
//            is given back and the request repeated once.
// Transfers  Up to `small_transfer` bytes through the driver's own staging; larger ones, and from pinned memory, in pieces through two pinned
//            buffers, one being filled while the other travels. To the GPU the caller's memory has been read when the call returns.
// Waiting    Only `transfer` to the CPU and `synchronize` wait for what is queued. Both then read the device's error word. Besides, what
//            goes to the GPU through the pinned buffers waits until one is free, and a request that the driver refuses waits once for its stream,
//            on which memory may be freed.
// Without a driver, or a GPU, everything answers device_unavailable with the reason that CUDA gives.
//
// What is here is never destroyed: a tensor in a static variable may be the last thing to go.
#include "runtime.hpp"

#include <tenon/core/storage.hpp>
#include <tenon/kernels/cuda/device_guard.cuh>
#include <tenon/kernels/cuda/error_word.hpp>

#include <cuda_runtime_api.h>

#include <mutex>

namespace tenon::inline v0::kernels::cuda::inline library {

namespace {

constexpr int max_devices = 16;
constexpr std::size_t small_transfer = 64 * 1024, staging_bytes = std::size_t{8} << 20;

struct device_state {
  std::mutex lock;                               // for making it, and for the staging buffers
  bool ready = false;
  cudaMemPool_t pool = nullptr;
  int processors = 1;
  error_word* errors = nullptr;                  // pinned: the device writes it, the host reads it
  void* device_errors = nullptr;
  void* staging[2] = {nullptr, nullptr};
  cudaEvent_t travelled[2] = {nullptr, nullptr};
  std::atomic<std::size_t> limit{SIZE_MAX}, live{0}, calls{0}, hits{0}, reserved{0};
  std::atomic<int> failure{0};                   // of a call that could not return it
};

device_state& state_of(int ordinal) {
  alignas(device_state) static unsigned char place[sizeof(device_state) * max_devices];
  static device_state* const all = [] {
    auto* const first = reinterpret_cast<device_state*>(place);
    for (int i = 0; i < max_devices; ++i) ::new (static_cast<void*>(first + i)) device_state;
    return first;
  }();
  return all[ordinal];
}

error failure(const char* op, cudaError_t e) {
  static_cast<void>(cudaGetLastError());         // said here, so that the next launch does not say it again
  return error(e == cudaErrorMemoryAllocation ? error_code::out_of_memory : error_code::device_failure, op,
               make_text("cuda: ", cudaGetErrorString(e)));
}

#define TENON_CUDA_TRY(op, call)                                        \
  do {                                                                  \
    if (const cudaError_t cuda_status = (call); cuda_status != cudaSuccess) \
      return failure(op, cuda_status);                                  \
  } while (false)

result<int> count_devices(const char* op) {
  int n = 0;
  const cudaError_t e = cudaGetDeviceCount(&n);
  if (e == cudaSuccess && n > 0) return n < max_devices ? n : max_devices;
  static_cast<void>(cudaGetLastError());
  return error(error_code::device_unavailable, op, make_text("there is no cuda device: ", e == cudaSuccess ? "none is visible" : cudaGetErrorString(e)));
}

result<void> make_ready(const char* op, device_state& d, int ordinal) {
  const device_guard on(ordinal);
  int pools = 0;
  TENON_CUDA_TRY(op, cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, ordinal));
  if (pools == 0)
    return error(error_code::device_unavailable, op, make_text("cuda device ", ordinal, " has no memory pools; its driver is too old"));
  TENON_CUDA_TRY(op, cudaDeviceGetAttribute(&d.processors, cudaDevAttrMultiProcessorCount, ordinal));
  if (d.pool == nullptr) {
    cudaMemPoolProps p{};
    p.allocType = cudaMemAllocationTypePinned;
    p.location.type = cudaMemLocationTypeDevice;
    p.location.id = ordinal;
    TENON_CUDA_TRY(op, cudaMemPoolCreate(&d.pool, &p));
  }
  std::uint64_t keep = UINT64_MAX;
  TENON_CUDA_TRY(op, cudaMemPoolSetAttribute(d.pool, cudaMemPoolAttrReleaseThreshold, &keep));
  if (d.errors == nullptr) {
    void* word = nullptr;
    TENON_CUDA_TRY(op, cudaHostAlloc(&word, sizeof(error_word), cudaHostAllocMapped | cudaHostAllocPortable));
    d.errors = ::new (word) error_word;
  }
  TENON_CUDA_TRY(op, cudaHostGetDevicePointer(&d.device_errors, d.errors, 0));
  std::size_t free_bytes = 0, total = 0;
  TENON_CUDA_TRY(op, cudaMemGetInfo(&free_bytes, &total));
  if (d.limit.load() == SIZE_MAX) d.limit.store(total);
  d.ready = true;
  return {};
}

result<device_state*> ready_state(const char* op, int ordinal) {
  if (ordinal >= 0 && ordinal < max_devices) {
    device_state& d = state_of(ordinal);
    const std::lock_guard guard(d.lock);
    if (d.ready) return &d;
  }
  TENON_TRY(const int count, count_devices(op));
  if (ordinal < 0 || ordinal >= count)
    return error(error_code::device_unavailable, op, make_text("there are ", count, " cuda devices, numbered from 0; got ", ordinal));
  device_state& d = state_of(ordinal);
  const std::lock_guard guard(d.lock);
  if (!d.ready) TENON_TRY_VOID(make_ready(op, d, ordinal));
  return &d;
}

// ---- streams -----------------------------------------------------------------------------------------------------------
device_queue& queue_of_thread(int ordinal) {
  thread_local device_queue queues[max_devices];
  return queues[ordinal];
}
cudaStream_t stream_of_thread(int ordinal) { return static_cast<cudaStream_t>(queue_of_thread(ordinal).stream); }

result<const device_queue*> queue(const char* op, int ordinal) {
  TENON_TRY(const device_state* d, ready_state(op, ordinal));
  device_queue& q = queue_of_thread(ordinal);
  q.errors = d->device_errors;
  q.ordinal = ordinal;
  q.processors = d->processors;
  return &q;
}
result<void*> exchange_stream(const char* op, int ordinal, void* stream) {
  TENON_TRY_VOID(ready_state(op, ordinal));
  return std::exchange(queue_of_thread(ordinal).stream, stream);
}

// What is queued on `later` from here on waits for what is queued on `earlier`.
cudaError_t order(cudaStream_t earlier, cudaStream_t later) {
  cudaEvent_t reached = nullptr;
  cudaError_t e = cudaEventCreateWithFlags(&reached, cudaEventDisableTiming);
  if (e != cudaSuccess) return e;
  e = cudaEventRecord(reached, earlier);
  if (e == cudaSuccess) e = cudaStreamWaitEvent(later, reached, 0);
  const cudaError_t destroyed = cudaEventDestroy(reached);
  return e != cudaSuccess ? e : destroyed;
}

// ---- errors that show up late ------------------------------------------------------------------------------------------
void failed(int ordinal, int code) {
  if (ordinal < 0 || ordinal >= max_devices) return;
  int none = 0;
  state_of(ordinal).failure.compare_exchange_strong(none, code);
}

// After the stream has been waited for.
result<void> late_errors(const char* op, device_state& d) {
  if (const int code = d.failure.exchange(0); code != 0) return failure(op, static_cast<cudaError_t>(code));
  const std::lock_guard guard(d.lock);
  if (d.errors->taken == 0) return {};
  const error_word found = *d.errors;
  *d.errors = {};
  return error(error_code::index_out_of_range, found.op ? found.op : op,
               make_text("index ", found.index, " is out of range (expected 0 .. ", found.extent - 1, "); found on the device, reported by ", op))
      .of_another_call();
}

result<void> synchronize(const char* op, int ordinal) {
  TENON_TRY(device_state* d, ready_state(op, ordinal));
  const device_guard on(ordinal);
  TENON_CUDA_TRY(op, cudaStreamSynchronize(stream_of_thread(ordinal)));
  return late_errors(op, *d);
}

// ---- memory ------------------------------------------------------------------------------------------------------------
struct device_storage : storage {
  int ordinal = 0;
  cudaStream_t stream = nullptr;                 // where it was made
};

void release(storage* s) {
  auto* const d = static_cast<device_storage*>(s);
  const device_guard on(d->ordinal);
  device_state& state = state_of(d->ordinal);
  const cudaStream_t last_used = stream_of_thread(d->ordinal);
  cudaError_t e = last_used == d->stream ? cudaSuccess : order(last_used, d->stream);
  const cudaError_t freed = cudaFreeAsync(d->data, d->stream);
  if (e == cudaSuccess) e = freed;
  if (e != cudaSuccess) failed(d->ordinal, static_cast<int>(e));
  state.live.fetch_sub(d->bytes);
  d->~device_storage();
  std::free(d);
}

result<storage_ptr> allocate(const char* op, std::size_t bytes, int ordinal) {
  TENON_TRY(device_state* d, ready_state(op, ordinal));
  const std::size_t size = bytes == 0 ? 1 : bytes;
  const auto refused = [&](const char* why) {
    d->live.fetch_sub(size);
    return error(error_code::out_of_memory, op,
                 make_text("no memory for ", bytes, " bytes on ", placement(device::cuda, ordinal), ": ", why, " (see memory::set_limit)"));
  };
  const std::size_t live = d->live.fetch_add(size) + size;
  if (live > d->limit.load() || live < size) return refused("the limit would be passed");
  void* const header = std::malloc(sizeof(device_storage));
  if (header == nullptr) return refused("the host has none for its header");

  const device_guard on(ordinal);
  const cudaStream_t stream = stream_of_thread(ordinal);
  void* data = nullptr;
  cudaError_t e = cudaMallocFromPoolAsync(&data, size, d->pool, stream);
  if (e == cudaErrorMemoryAllocation) {          // what the pool keeps may be in pieces of the wrong size
    static_cast<void>(cudaGetLastError());
    if (cudaStreamSynchronize(stream) == cudaSuccess && cudaMemPoolTrimTo(d->pool, 0) == cudaSuccess)
      e = cudaMallocFromPoolAsync(&data, size, d->pool, stream);
  }
  if (e != cudaSuccess) {
    std::free(header);
    if (e == cudaErrorMemoryAllocation) {
      static_cast<void>(cudaGetLastError());
      return refused(cudaGetErrorString(e));
    }
    d->live.fetch_sub(size);
    return failure(op, e);
  }
  std::uint64_t reserved = 0;
  if (cudaMemPoolGetAttribute(d->pool, cudaMemPoolAttrReservedMemCurrent, &reserved) == cudaSuccess &&
      d->reserved.exchange(static_cast<std::size_t>(reserved)) >= reserved)
    d->hits.fetch_add(1);
  d->calls.fetch_add(1);

  auto* const s = ::new (header) device_storage;
  s->data = static_cast<std::byte*>(data);
  s->bytes = size;
  s->ordinal = ordinal;
  s->stream = stream;
  s->release = &release;
  return storage_ptr(s);
}

memory::counters statistics(int ordinal) {
  memory::counters c;
  if (ordinal < 0 || ordinal >= max_devices) return c;
  device_state& d = state_of(ordinal);
  const std::lock_guard guard(d.lock);
  if (!d.ready) return c;
  c.allocated = d.live.load();
  c.calls = d.calls.load();
  c.hits = d.hits.load();
  std::uint64_t value = 0;
  if (cudaMemPoolGetAttribute(d.pool, cudaMemPoolAttrReservedMemCurrent, &value) == cudaSuccess) c.reserved = static_cast<std::size_t>(value);
  if (cudaMemPoolGetAttribute(d.pool, cudaMemPoolAttrUsedMemHigh, &value) == cudaSuccess) c.peak = static_cast<std::size_t>(value);
  return c;
}
void reset_peak(int ordinal) {
  if (const auto d = ready_state("reset_peak", ordinal)) {
    std::uint64_t zero = 0;                      // the driver's way to say: what is in use now
    static_cast<void>(cudaMemPoolSetAttribute((*d)->pool, cudaMemPoolAttrUsedMemHigh, &zero));
  }
}
void release_cached(int ordinal) {
  if (const auto d = ready_state("release_cached", ordinal)) {
    static_cast<void>(cudaMemPoolTrimTo((*d)->pool, 0));
    (*d)->reserved.store(0);
  }
}
void set_limit(std::size_t bytes, int ordinal) {
  if (const auto d = ready_state("set_limit", ordinal)) (*d)->limit.store(bytes);
}
std::size_t limit(int ordinal) {
  const auto d = ready_state("limit", ordinal);
  return d ? (*d)->limit.load() : 0;
}

// ---- transfers ---------------------------------------------------------------------------------------------------------
result<void> make_staging(const char* op, device_state& d) {
  for (int i = 0; i < 2; ++i) {
    if (d.staging[i] == nullptr) TENON_CUDA_TRY(op, cudaHostAlloc(&d.staging[i], staging_bytes, cudaHostAllocPortable));
    if (d.travelled[i] == nullptr) TENON_CUDA_TRY(op, cudaEventCreateWithFlags(&d.travelled[i], cudaEventDisableTiming));
  }
  return {};
}

// Pinned memory, which a caller may have wrapped, is read when the copy's turn comes; other memory before the call returns.
bool is_read_late(const void* p) {
  cudaPointerAttributes a{};
  if (cudaPointerGetAttributes(&a, p) == cudaSuccess) return a.type != cudaMemoryTypeUnregistered;
  static_cast<void>(cudaGetLastError());
  return true;
}

result<void> to_device(const char* op, device_state& d, cudaStream_t stream, std::byte* to, const std::byte* from, std::size_t bytes) {
  if (bytes <= small_transfer && !is_read_late(from)) {
    TENON_CUDA_TRY(op, cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream));
    return {};
  }
  const std::lock_guard guard(d.lock);
  TENON_TRY_VOID(make_staging(op, d));
  for (std::size_t at = 0, turn = 0; at < bytes; at += staging_bytes, ++turn) {
    const std::size_t n = bytes - at < staging_bytes ? bytes - at : staging_bytes, i = turn % 2;
    TENON_CUDA_TRY(op, cudaEventSynchronize(d.travelled[i]));          // what the buffer held before has left it
    std::memcpy(d.staging[i], from + at, n);
    TENON_CUDA_TRY(op, cudaMemcpyAsync(to + at, d.staging[i], n, cudaMemcpyHostToDevice, stream));
    TENON_CUDA_TRY(op, cudaEventRecord(d.travelled[i], stream));
  }
  return {};
}

result<void> to_host(const char* op, device_state& d, cudaStream_t stream, std::byte* to, const std::byte* from, std::size_t bytes) {
  if (bytes <= small_transfer) {
    TENON_CUDA_TRY(op, cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream));
    TENON_CUDA_TRY(op, cudaStreamSynchronize(stream));
    return {};
  }
  const std::lock_guard guard(d.lock);
  TENON_TRY_VOID(make_staging(op, d));
  const auto piece = [&](std::size_t turn) { return bytes - turn * staging_bytes < staging_bytes ? bytes - turn * staging_bytes : staging_bytes; };
  const std::size_t turns = (bytes + staging_bytes - 1) / staging_bytes;
  for (std::size_t turn = 0; turn <= turns; ++turn) {
    if (turn < turns) {
      // A piece on its way to the GPU may still be in the buffer.
      if (turn < 2) TENON_CUDA_TRY(op, cudaEventSynchronize(d.travelled[turn]));
      TENON_CUDA_TRY(op, cudaMemcpyAsync(d.staging[turn % 2], from + turn * staging_bytes, piece(turn), cudaMemcpyDeviceToHost, stream));
      TENON_CUDA_TRY(op, cudaEventRecord(d.travelled[turn % 2], stream));
    }
    if (turn > 0) {                              // the one before, while this one travels
      TENON_CUDA_TRY(op, cudaEventSynchronize(d.travelled[(turn - 1) % 2]));
      std::memcpy(to + (turn - 1) * staging_bytes, d.staging[(turn - 1) % 2], piece(turn - 1));
    }
  }
  return {};
}

result<void> between_devices(const char* op, std::byte* to, int to_ordinal, const std::byte* from, int from_ordinal, std::size_t bytes) {
  TENON_TRY_VOID(ready_state(op, to_ordinal));
  const cudaStream_t source = stream_of_thread(from_ordinal), target = stream_of_thread(to_ordinal);
  const device_guard on(from_ordinal);
  // On the source's stream, which then also keeps `from` from being freed too early; the target's waits for it.
  TENON_CUDA_TRY(op, cudaMemcpyPeerAsync(to, to_ordinal, from, from_ordinal, bytes, source));
  if (to_ordinal != from_ordinal) TENON_CUDA_TRY(op, order(source, target));
  return {};
}

result<void> transfer(const char* op, void* to, placement to_where, const void* from, placement from_where, std::size_t bytes) {
  auto* const target = static_cast<std::byte*>(to);
  const auto* const source = static_cast<const std::byte*>(from);
  const bool from_host = from_where.kind == device::cpu, to_cpu = to_where.kind == device::cpu;
  const int ordinal = from_host ? to_where.ordinal : from_where.ordinal;
  TENON_TRY(device_state* d, ready_state(op, ordinal));
  const device_guard on(ordinal);
  const cudaStream_t stream = stream_of_thread(ordinal);
  if (!to_cpu && !from_host) {
    if (bytes == 0) return {};
    return between_devices(op, target, to_where.ordinal, source, from_where.ordinal, bytes);
  }
  if (from_host) {
    if (bytes == 0) return {};
    return to_device(op, *d, stream, target, source, bytes);
  }
  if (bytes == 0) return synchronize(op, ordinal);
  TENON_TRY_VOID(to_host(op, *d, stream, target, source, bytes));
  return late_errors(op, *d);
}

}  // namespace

const backend& runtime() {
  static constexpr backend b{&queue,  &allocate,       &transfer,  &synchronize,    &failed,    &count_devices,
                             &exchange_stream, &statistics, &reset_peak, &release_cached, &set_limit, &limit};
  return b;
}

}  // namespace tenon::inline v0::kernels::cuda::inline library

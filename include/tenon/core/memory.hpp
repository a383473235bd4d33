#pragma once
// memory: where the bytes of a tensor come from, what is known about them, and the switches for tests.
//
//   small blocks (below 32 KiB)    plain malloc: its thread cache beats every list that was tried. As soon as 128 KiB are free together,
//                                  glibc gives them back to the system, and then each page of the next block is a page fault: two
//                                  blocks of 96 KiB, taken and freed in turn, cost 200 times as much as one
//   large blocks                   block_cache: freed blocks kept by size class, from 1 MiB on huge pages
//   a user's resource              everything allocated while it is set
//
// A block goes back to the allocator that made it. Nothing here throws: a refused request is a null pointer, which the ops
// turn into error_code::out_of_memory.
#include <tenon/core/backend.hpp>
#include <tenon/core/block_cache.hpp>

namespace tenon::inline v0::memory {

// The user's hook. Called from any thread; must not throw. core/memory_resource.hpp adapts std::pmr::memory_resource.
class resource {
 public:
  virtual void* allocate(std::size_t bytes, std::size_t alignment) noexcept = 0;   // null: refused
  virtual void deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept = 0;

 protected:
  ~resource() = default;
};

struct counters {
  std::size_t allocated = 0;   // bytes in live blocks
  std::size_t reserved = 0;    // bytes held from the system: live and cached
  std::size_t peak = 0;        // most bytes in live large blocks (32 KiB and above) since `reset_peak`
  std::size_t calls = 0;       // allocations made
  std::size_t hits = 0;        // large ones among them that the cache served
};

inline constexpr std::size_t block_alignment = 64;               // a cache line, and a whole AVX-512 register
#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::size_t large_block = std::size_t{256} << 10;   // malloc has fences there, the cache has none
#else
inline constexpr std::size_t large_block = std::size_t{32} << 10;
#endif

namespace detail {

// Counts of small blocks. Shared counters would cost more than the blocks, so each thread counts for itself.
struct thread_counters {
  std::atomic<std::int64_t> bytes{0};
  std::atomic<std::int64_t> calls{0};
  thread_counters* next = nullptr;

  thread_counters();
  ~thread_counters();
  void add(std::int64_t b, std::int64_t c) {                     // one writer, so no locked instruction
    bytes.store(bytes.load(std::memory_order_relaxed) + b, std::memory_order_relaxed);
    calls.store(calls.load(std::memory_order_relaxed) + c, std::memory_order_relaxed);
  }
};

struct state {
  block_cache cache;
  std::atomic<bool> special{false};                              // any of the next three is set
  std::atomic<resource*> user{nullptr};
  std::atomic<bool> poison{false};
  std::atomic<std::int64_t> fail_after{-1};                      // allocations that still succeed; negative: all
  spin_lock lock;                                                // guards what follows
  thread_counters* threads = nullptr;
  std::int64_t ended_bytes = 0, ended_calls = 0;                 // counted by threads that have ended
};

// Made at first use and never destroyed: a tensor in a static variable may be the last thing to go.
inline state& global() {
  alignas(state) static unsigned char place[sizeof(state)];
  static state* const s = ::new (static_cast<void*>(place)) state;
  return *s;
}

TENON_COLD inline thread_counters::thread_counters() {
  state& s = global();
  const spin_guard guard(s.lock);
  next = s.threads;
  s.threads = this;
}
TENON_COLD inline thread_counters::~thread_counters() {
  state& s = global();
  const spin_guard guard(s.lock);
  thread_counters** link = &s.threads;
  while (*link != this) link = &(*link)->next;
  *link = next;
  s.ended_bytes += bytes.load(std::memory_order_relaxed);
  s.ended_calls += calls.load(std::memory_order_relaxed);
}
inline thread_counters& this_thread() {
  thread_local thread_counters c;
  return c;
}

inline void refresh_special(state& s) {
  s.special.store(s.user.load() != nullptr || s.poison.load() || s.fail_after.load() >= 0);
}

}  // namespace detail

// Where a block came from, so that it can go back there.
struct block {
  void* data = nullptr;
  std::size_t bytes = 0;
  resource* owner = nullptr;                                     // null: Tenon's own
};

inline block allocate(std::size_t bytes) noexcept {
  detail::state& s = detail::global();
  block b{nullptr, bytes, nullptr};
  if (s.special.load(std::memory_order_relaxed)) [[unlikely]] {
    if (s.fail_after.load() >= 0 && s.fail_after.fetch_sub(1) <= 0) {
      s.fail_after.store(0);
      return b;
    }
    b.owner = s.user.load();
  }
  if (b.owner)
    b.data = b.owner->allocate(bytes, block_alignment);
  else if (bytes < large_block)
    b.data = std::malloc(bytes);
  else
    b.data = s.cache.allocate(bytes);
  if (b.data == nullptr) return b;
  if (b.owner || bytes < large_block) detail::this_thread().add(static_cast<std::int64_t>(bytes), 1);
  if (s.special.load(std::memory_order_relaxed) && s.poison.load()) std::memset(b.data, 0xFF, bytes);
  return b;
}

// Not inlined: into both ways that a storage ends.
[[gnu::noinline]] inline void deallocate(const block& b) noexcept {
  if (b.data == nullptr) return;
  if (b.owner || b.bytes < large_block) detail::this_thread().add(-static_cast<std::int64_t>(b.bytes), 0);
  if (b.owner)
    b.owner->deallocate(b.data, b.bytes, block_alignment);
  else if (b.bytes < large_block)
    std::free(b.data);
  else
    detail::global().cache.deallocate(b.data, b.bytes);
}

// The questions below are also answered for another device; without its library, by nothing.
inline counters statistics(placement where = {}) noexcept {
  if (where.kind != device::cpu) {
    const backend* const b = backend_of(where.kind);
    return b ? b->statistics(where.ordinal) : counters{};
  }
  detail::state& s = detail::global();
  const auto large = s.cache.read();
  const spin_guard guard(s.lock);
  std::int64_t bytes = s.ended_bytes, calls = s.ended_calls;
  for (const detail::thread_counters* t = s.threads; t; t = t->next) {
    bytes += t->bytes.load(std::memory_order_relaxed);
    calls += t->calls.load(std::memory_order_relaxed);
  }
  const auto small = static_cast<std::size_t>(bytes);
  return {large.allocated + small, large.reserved + small, large.peak, large.calls + static_cast<std::size_t>(calls), large.hits};
}

inline void reset_peak(placement where = {}) noexcept {
  if (where.kind == device::cpu) return detail::global().cache.reset_peak();
  if (const backend* b = backend_of(where.kind)) b->reset_peak(where.ordinal);
}
inline void release_cached(placement where = {}) noexcept {
  if (where.kind == device::cpu) return detail::global().cache.release_cached();
  if (const backend* b = backend_of(where.kind)) b->release_cached(where.ordinal);
}
// Large requests that would bring live bytes above the limit are refused.
inline void set_limit(std::size_t bytes, placement where = {}) noexcept {
  if (where.kind == device::cpu) return detail::global().cache.set_limit(bytes);
  if (const backend* b = backend_of(where.kind)) b->set_limit(bytes, where.ordinal);
}
inline std::size_t limit(placement where = {}) noexcept {
  if (where.kind == device::cpu) return detail::global().cache.limit();
  const backend* const b = backend_of(where.kind);
  return b ? b->limit(where.ordinal) : 0;
}
// Off: large blocks go straight back to the system.
inline void set_caching(bool on) noexcept { detail::global().cache.set_enabled(on); }
// Null: Tenon's own allocator again. The resource must outlive every block that it made.
inline void set_resource(resource* r) noexcept {
  detail::global().user.store(r);
  detail::refresh_special(detail::global());
}
// For tests: fill new memory with 0xFF, which is NaN in every floating dtype.
inline void set_poison(bool on) noexcept {
  detail::global().poison.store(on);
  detail::refresh_special(detail::global());
}
// For tests: let n more allocations succeed and refuse all that follow, until called with a negative number.
inline void fail_after(std::int64_t n) noexcept {
  detail::global().fail_after.store(n);
  detail::refresh_special(detail::global());
}

}  // namespace tenon::inline v0::memory

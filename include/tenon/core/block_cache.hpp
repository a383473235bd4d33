#pragma once
// block_cache: large blocks of memory, kept for reuse when freed.
//
// Method     Size classes in quarter steps of each power of two (at most 25 % waste), one list of free blocks per class.
//            Blocks come from the system aligned to 2 MiB, with huge pages asked for: the first touch of 64 MiB costs a
//            third of what it costs in 4 KiB pages, and a block from the list costs nothing. Requests below 1 MiB do not take a
//            huge page each: their blocks are of ordinary pages.
// Bounds     Live and cached bytes together stay below `limit`: by default three quarters of the machine's memory or the
//            container's limit, because the system grants what it does not have and kills the process on touch.
//            At most a quarter of the limit is kept in the lists. A refused request first empties them.
#include <tenon/core/build.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#if defined(__unix__) || defined(__APPLE__)
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>
#define TENON_HAS_MMAP 1
#endif

namespace tenon::inline v0::memory {

class spin_lock {
 public:
  void lock() {
    for (int spins = 0; flag_.test_and_set(std::memory_order_acquire); ++spins) {
#if defined(TENON_HAS_MMAP)
      if (spins > 64) sched_yield();
#endif
    }
  }
  void unlock() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag flag_{};
};

struct spin_guard {
  explicit spin_guard(spin_lock& l) : lock(l) { lock.lock(); }
  ~spin_guard() { lock.unlock(); }
  spin_guard(const spin_guard&) = delete;
  spin_guard& operator=(const spin_guard&) = delete;
  spin_lock& lock;
};

namespace detail {

inline constexpr std::size_t huge_page = std::size_t{2} << 20;

// Bytes of memory that this process may expect to get: physical memory, or the control group's limit if that is lower.
TENON_COLD inline std::size_t machine_memory() {
#if defined(TENON_HAS_MMAP)
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
  std::size_t bytes = pages > 0 && page > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) : SIZE_MAX / 2;
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (std::FILE* f = std::fopen(path, "r")) {
      unsigned long long limit = 0;
      if (std::fscanf(f, "%llu", &limit) == 1 && limit > 0 && limit < bytes) bytes = static_cast<std::size_t>(limit);
      std::fclose(f);
    }
  return bytes;
#else
  return SIZE_MAX / 2;
#endif
}

TENON_COLD inline void* system_allocate(std::size_t bytes) {
#if defined(TENON_HAS_MMAP)
  if (bytes < huge_page) {
    void* const place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? nullptr : place;
  }
  const std::size_t padded = bytes + huge_page;
  void* raw = mmap(nullptr, padded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<std::uintptr_t>(raw);
  const auto aligned = (start + huge_page - 1) / huge_page * huge_page;
  if (aligned > start) munmap(raw, aligned - start);
  if (const auto tail = start + padded - (aligned + bytes); tail > 0) munmap(reinterpret_cast<void*>(aligned + bytes), tail);
#if defined(MADV_HUGEPAGE)
  madvise(reinterpret_cast<void*>(aligned), bytes, MADV_HUGEPAGE);
#endif
  return reinterpret_cast<void*>(aligned);
#else
  return std::aligned_alloc(4096, bytes);
#endif
}

TENON_COLD inline void system_free(void* block, std::size_t bytes) {
#if defined(TENON_HAS_MMAP)
  munmap(block, bytes);
#else
  (void)bytes;
  std::free(block);
#endif
}

}  // namespace detail

class block_cache {
 public:
  struct numbers {
    std::size_t allocated, reserved, peak, calls, hits;
  };

  block_cache() : limit_(detail::machine_memory() / 4 * 3) {}

  // The bytes that a request really takes: rounded up to its size class.
  static std::size_t rounded(std::size_t bytes) {
    const int c = class_of(bytes);
    return c < 0 ? 0 : class_bytes(c);
  }

  void* allocate(std::size_t bytes) {
    const int c = class_of(bytes);
    if (c < 0) return nullptr;
    const std::size_t size = class_bytes(c);
    {
      const spin_guard guard(lock_);
      ++calls_;
      if (node* block = free_[c]) {
        free_[c] = block->next;
        cached_ -= size;
        ++hits_;
        count(size);
        return block;
      }
      if (size > limit_ || allocated_ > limit_ - size) return nullptr;
      if (allocated_ + cached_ > limit_ - size) release_locked(0);
      count(size);                                    // reserved before the system is asked: the bound holds between threads
    }
    if (void* block = detail::system_allocate(size)) return block;
    release_cached();
    if (void* block = detail::system_allocate(size)) return block;
    const spin_guard guard(lock_);
    allocated_ -= size;
    return nullptr;
  }

  void deallocate(void* block, std::size_t bytes) {
    const int c = class_of(bytes);
    const std::size_t size = class_bytes(c);
    {
      const spin_guard guard(lock_);
      allocated_ -= size;
      if (enabled_ && size <= limit_ / 4 && cached_ + size <= limit_ / 4) {
        free_[c] = ::new (block) node{free_[c]};
        cached_ += size;
        return;
      }
    }
    detail::system_free(block, size);
  }

  void release_cached() {
    const spin_guard guard(lock_);
    release_locked(0);
  }
  void set_enabled(bool on) {
    const spin_guard guard(lock_);
    enabled_ = on;
    if (!on) release_locked(0);
  }
  void set_limit(std::size_t bytes) {
    const spin_guard guard(lock_);
    limit_ = bytes;
    if (cached_ > limit_ / 4) release_locked(limit_ / 4);
  }
  std::size_t limit() {
    const spin_guard guard(lock_);
    return limit_;
  }
  void reset_peak() {
    const spin_guard guard(lock_);
    peak_ = allocated_;
  }
  numbers read() {
    const spin_guard guard(lock_);
    return {allocated_, allocated_ + cached_, peak_, calls_, hits_};
  }

 private:
  struct node {
    node* next;
  };
  static constexpr std::size_t least = std::size_t{32} << 10;
  static constexpr int classes = 4 * 46;              // 32 KiB << 46 is beyond any machine
  static constexpr int first_huge = 24;

  // Class c holds blocks of (4 + c % 4) / 4 * 32 KiB << (c / 4). A request of 1 MiB takes one huge page: class 24.
  static std::size_t class_bytes(int c) { return (least / 4 * static_cast<std::size_t>(4 + c % 4)) << (c / 4); }
  static int class_of(std::size_t bytes) {
    if (bytes > class_bytes(classes - 1)) return -1;
    int c = bytes < detail::huge_page / 2 ? 0 : first_huge;
    while (class_bytes(c + 4) < bytes) c += 4;
    while (class_bytes(c) < bytes) ++c;
    return c;
  }

  void count(std::size_t size) {
    allocated_ += size;
    if (allocated_ > peak_) peak_ = allocated_;
  }
  TENON_COLD void release_locked(std::size_t keep) {
    for (int c = classes - 1; c >= 0; --c)
      while (free_[c] && cached_ > keep) {
        node* block = free_[c];
        free_[c] = block->next;
        cached_ -= class_bytes(c);
        detail::system_free(block, class_bytes(c));
      }
  }

  spin_lock lock_;
  std::size_t limit_, allocated_ = 0, cached_ = 0, peak_ = 0, calls_ = 0, hits_ = 0;
  bool enabled_ = true;
  node* free_[classes] = {};
};

}  // namespace tenon::inline v0::memory

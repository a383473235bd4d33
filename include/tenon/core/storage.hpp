#pragma once
// storage: the counted block of memory behind one or more tensors.
//
// A small block is one allocation, header first and data 64 bytes behind it; a large one has its header apart, so that the
// data keeps the alignment of a huge page. Foreign memory (`wrap`, DLPack, a mapped file) has a header only.
#include <tenon/core/memory.hpp>

#include <utility>

namespace tenon::inline v0 {

struct storage {
  std::atomic<int> count{1};
  bool owned = true;                       // made by Tenon's allocator: may be reused for a result
  bool writable = true;
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  std::atomic<std::uint64_t> version{0};   // raised by each write
  void (*release)(storage*) = nullptr;     // frees the data and the header
  void* owner = nullptr;                   // for `release`
};

// g++ 12 does not see that a result without a value holds no storage to release, and warns of it in users' code.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
// A counted pointer to a storage.
class storage_ptr {
 public:
  storage_ptr() = default;
  explicit storage_ptr(storage* adopted) noexcept : p_(adopted) {}
  storage_ptr(const storage_ptr& other) noexcept : p_(other.p_) {
    if (p_) p_->count.fetch_add(1, std::memory_order_relaxed);
  }
  storage_ptr(storage_ptr&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  storage_ptr& operator=(storage_ptr other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~storage_ptr() {
    // The last owner needs no locked instruction: nobody else can reach the count.
    if (p_ && (p_->count.load(std::memory_order_acquire) == 1 || p_->count.fetch_sub(1, std::memory_order_acq_rel) == 1))
      p_->release(p_);
  }
  storage* get() const noexcept { return p_; }
  storage* operator->() const noexcept { return p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }
  bool unique() const noexcept { return p_ && p_->count.load(std::memory_order_acquire) == 1; }

 private:
  storage* p_ = nullptr;
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace detail {

// Header, padding to 64 bytes, data: one block.
struct small_storage : storage {
  memory::block block;
};

inline void release_small(storage* s) {
  const memory::block b = static_cast<small_storage*>(s)->block;
  static_cast<small_storage*>(s)->~small_storage();
  memory::deallocate(b);
}

}  // namespace detail

// `bytes` of uninitialised CPU memory, aligned to 64; empty when refused. Zero bytes still have a valid address.
// Not inlined: for a result and for a workspace.
[[gnu::noinline]] inline storage_ptr allocate_storage(std::size_t bytes) noexcept {
  constexpr std::size_t head = sizeof(detail::small_storage) + memory::block_alignment;
  if (bytes > SIZE_MAX - head) return {};
  const bool apart = bytes >= memory::large_block;
  const memory::block header = apart ? memory::block{std::malloc(sizeof(detail::small_storage)), 0, nullptr}
                                     : memory::allocate(head + bytes);
  if (header.data == nullptr) return {};
  auto* s = ::new (header.data) detail::small_storage;
  s->block = header;
  s->bytes = bytes;
  if (!apart) {
    const auto behind = reinterpret_cast<std::uintptr_t>(s + 1) + memory::block_alignment - 1;
    s->data = reinterpret_cast<std::byte*>(behind / memory::block_alignment * memory::block_alignment);
    s->release = detail::release_small;
    return storage_ptr(s);
  }
  s->block = memory::allocate(bytes);
  s->data = static_cast<std::byte*>(s->block.data);
  s->release = [](storage* self) {
    memory::deallocate(static_cast<detail::small_storage*>(self)->block);
    static_cast<detail::small_storage*>(self)->~small_storage();
    std::free(self);
  };
  if (s->data == nullptr) {
    std::free(s);
    return {};
  }
  return storage_ptr(s);
}

// A header for memory that is not Tenon's. `release` runs once, when the last tensor on it is gone.
inline storage_ptr adopt_storage(void* data, std::size_t bytes, bool writable, void (*release)(void* owner), void* owner) noexcept {
  struct foreign_storage : storage {
    void (*release_owner)(void*) = nullptr;
  };
  void* memory = std::malloc(sizeof(foreign_storage));
  if (memory == nullptr) return {};
  auto* s = ::new (memory) foreign_storage;
  s->owned = false;
  s->writable = writable;
  s->data = static_cast<std::byte*>(data);
  s->bytes = bytes;
  s->owner = owner;
  s->release_owner = release;
  s->release = [](storage* self) {
    auto* f = static_cast<foreign_storage*>(self);
    if (f->release_owner) f->release_owner(f->owner);
    f->~foreign_storage();
    std::free(f);
  };
  return storage_ptr(s);
}

}  // namespace tenon::inline v0

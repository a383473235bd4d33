#pragma once
// pmr_resource: any std::pmr::memory_resource as the source of Tenon's memory.
//
//   std::pmr::monotonic_buffer_resource arena;
//   tenon::memory::pmr_resource adapter(&arena);
//   tenon::memory::set_resource(&adapter);           // from here on; set_resource(nullptr) ends it
//
// Both must outlive every tensor made while they are set; blocks go back to them whatever is set then. They are called from
// the threads that make and free tensors: with more than one, take a synchronised resource.
// What the resource throws becomes out_of_memory. In a file compiled with -fno-exceptions it cannot be caught, and ends the
// program as it would there anyway.
#include <tenon/core/memory.hpp>

#include <memory_resource>

namespace tenon::inline v0::memory {

inline namespace TENON_BUILD {

class pmr_resource final : public resource {
 public:
  explicit pmr_resource(std::pmr::memory_resource* upstream) noexcept : upstream_(upstream) {}

  void* allocate(std::size_t bytes, std::size_t alignment) noexcept override {
#if defined(__cpp_exceptions)
    try {
      return upstream_->allocate(bytes, alignment);
    } catch (...) {
      return nullptr;
    }
#else
    return upstream_->allocate(bytes, alignment);
#endif
  }
  void deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    upstream_->deallocate(block, bytes, alignment);
  }

 private:
  std::pmr::memory_resource* upstream_;
};

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::memory

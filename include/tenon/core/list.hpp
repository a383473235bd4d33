#pragma once
// list<T>: an array whose length is set once. Where a std::vector would throw when memory is full, `make` returns an error.
#include <tenon/core/result.hpp>

#include <cstdlib>

namespace tenon::inline v0 {

template <class T>
class list {
 public:
  list() = default;
  static result<list> make(const char* op, index_t capacity) {
    list l;
    if (capacity > 0) {
      const auto n = static_cast<std::size_t>(capacity);
      if (n > SIZE_MAX / sizeof(T) || (l.data_ = static_cast<T*>(std::malloc(n * sizeof(T)))) == nullptr)
        return tenon::error(error_code::out_of_memory, op, make_text("no memory for a list of ", capacity, " entries"));
      l.capacity_ = capacity;
    }
    return l;
  }
  list(list&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}
  list& operator=(list&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~list() {
    for (index_t i = 0; i < size_; ++i) data_[i].~T();
    std::free(data_);
  }

  bool push_back(T value) {                       // false: the list is full
    if (size_ == capacity_) return false;
    ::new (static_cast<void*>(data_ + size_)) T(std::move(value));
    ++size_;
    return true;
  }
  index_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  // i in [0, size()).
  T& operator[](index_t i) { return data_[i]; }
  const T& operator[](index_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  index_t size_ = 0, capacity_ = 0;
};

}  // namespace tenon::inline v0

#pragma once
// any_tensor: a tensor whose element type is known at run time. All view arithmetic is written here, once.
//
// A tensor is a handle: copying shares the memory, `clone` copies it. A view is a handle with other extents and strides on
// the same memory. A default-constructed or moved-from handle holds no memory (`defined()` is false) and has shape [0];
// ops answer it with an error.
#include <tenon/core/dtype.hpp>
#include <tenon/core/list.hpp>
#include <tenon/core/shape.hpp>
#include <tenon/core/storage.hpp>
#include <tenon/core/strided.hpp>

#include <span>

namespace tenon::inline v0 {

using dim_list = shape;                                  // a short list of dimension numbers, which may be negative

inline constexpr index_t omitted = INT64_MIN;

// start : stop : step, with Python's meaning. {.start = 1}, {.stop = -1}, {.step = -1} leave the rest to the default.
struct slice_range {
  index_t start = omitted;
  index_t stop = omitted;
  index_t step = 1;
};

struct strides_list {
  index_t stride[max_rank] = {};
  constexpr index_t& operator[](int d) { return stride[d]; }
  constexpr index_t operator[](int d) const { return stride[d]; }
};

// The strides of a dense tensor in C order.
constexpr strides_list dense_strides(const shape& s) {
  strides_list r;
  index_t step = 1;
  for (int d = s.rank() - 1; d >= 0; --d) {
    r[d] = step;
    if (s[d] > 1) step *= s[d];
  }
  return r;
}

class any_tensor {
 public:
  any_tensor() { shape_ = tenon::shape(0); }
  any_tensor(storage_ptr memory, std::byte* data, const tenon::shape& s, const strides_list& strides, dtype type,
             placement where = {}) noexcept
      : storage_(std::move(memory)), data_(data), shape_(s), strides_(strides), dtype_(type), placement_(where) {}
  any_tensor(const any_tensor&) = default;
  any_tensor& operator=(const any_tensor&) = default;
  any_tensor(any_tensor&& other) noexcept
      : storage_(std::move(other.storage_)), data_(std::exchange(other.data_, nullptr)), shape_(other.shape_), strides_(other.strides_),
        dtype_(other.dtype_), placement_(other.placement_) {
    other.shape_.become_empty();
  }
  any_tensor& operator=(any_tensor&& other) noexcept {
    if (this != &other) {
      storage_ = std::move(other.storage_);
      data_ = std::exchange(other.data_, nullptr);
      shape_ = other.shape_;
      other.shape_.become_empty();
      strides_ = other.strides_;
      dtype_ = other.dtype_;
      placement_ = other.placement_;
    }
    return *this;
  }

  bool defined() const { return static_cast<bool>(storage_); }
  const tenon::shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  index_t numel() const { return shape_.numel(); }
  index_t size(index_t dim) const { return shape_[dim]; }
  // Counted in elements; 0 for a dimension that does not exist.
  index_t stride(index_t dim) const {
    if (dim < 0) dim += rank();
    return dim >= 0 && dim < rank() ? strides_[static_cast<int>(dim)] : 0;
  }
  const strides_list& strides() const { return strides_; }
  tenon::dtype dtype() const { return dtype_; }
  placement where() const { return placement_; }
  tenon::device device() const { return placement_.kind; }
  std::byte* bytes() { return data_; }
  const std::byte* bytes() const { return data_; }
  const storage_ptr& memory() const { return storage_; }
  bool writable() const { return storage_ && storage_->writable; }
  std::uint64_t version() const { return storage_ ? storage_->version.load(std::memory_order_relaxed) : 0; }
  void written() const {
    if (storage_) storage_->version.fetch_add(1, std::memory_order_relaxed);
  }

  // Dense in C order; extents of 1, and tensors without elements, do not count.
  bool contiguous() const {
    index_t expected = 1;
    for (int d = rank() - 1; d >= 0; --d) {
      if (shape_[d] == 0) return true;
      if (shape_[d] != 1 && strides_[d] != expected) return false;
      expected *= shape_[d];
    }
    return true;
  }
  // Whether two indices can reach the same element, so that a write has no defined meaning. Exact for what views of one
  // tensor can make; a foreign stride pattern that merely might overlap counts as overlapping.
  bool overlaps_itself() const;

  // Unchecked: the caller has compared dtype() with T.
  template <class T>
  strided<T> kernel_view() {
    return fill_view(strided<T>{reinterpret_cast<T*>(data_)});
  }
  template <class T>
  strided<const T> kernel_view() const {
    return fill_view(strided<const T>{reinterpret_cast<const T*>(data_)});
  }

  // ---- views: no element is copied -------------------------------------------------------------------------------------
  // The same elements in C order under another shape; one extent may be -1. An error where that needs a copy (`reshape`).
  result<any_tensor> view(tenon::shape s) const;
  result<any_tensor> permute(const dim_list& dims) const;
  result<any_tensor> transpose(index_t dim0, index_t dim1) const;
  result<any_tensor> slice(index_t dim, slice_range range) const;
  result<any_tensor> narrow(index_t dim, index_t start, index_t length) const;
  result<any_tensor> select(index_t dim, index_t index) const;
  result<any_tensor> operator[](index_t index) const { return select(0, index); }
  // Extents of 1 repeated to `s`, without copying: stride 0. An extent of -1 keeps the tensor's own.
  result<any_tensor> expand(tenon::shape s) const;
  result<any_tensor> squeeze() const;
  result<any_tensor> squeeze(index_t dim) const;
  result<any_tensor> unsqueeze(index_t dim) const;
  result<any_tensor> diagonal(index_t offset = 0, index_t dim0 = 0, index_t dim1 = 1) const;
  result<list<any_tensor>> split(index_t size, index_t dim = 0) const;             // pieces of `size`, the last may be smaller
  result<list<any_tensor>> split(std::span<const index_t> sizes, index_t dim = 0) const;
  result<list<any_tensor>> split(const tenon::shape& sizes, index_t dim = 0) const { return split(std::span(sizes.begin(), sizes.end()), dim); }
  result<list<any_tensor>> chunk(index_t chunks, index_t dim = 0) const;           // pieces of ceil(n / chunks), so there may be fewer
  result<list<any_tensor>> tensor_split(index_t sections, index_t dim = 0) const;  // so many pieces, the longer ones first
  result<list<any_tensor>> tensor_split(std::span<const index_t> indices, index_t dim = 0) const;      // cut at these indices
  result<list<any_tensor>> unbind(index_t dim = 0) const;

 private:
  result<void> check_defined(const char* op) const;
  static result<list<any_tensor>> make_pieces(const char* op, index_t n);
  template <class View>
  View fill_view(View v) const {
    v.rank = rank();
    for (int d = 0; d < rank(); ++d) {
      v.extent[d] = shape_[d];
      v.stride[d] = strides_[d];
    }
    return v;
  }
  any_tensor with(const tenon::shape& s, const strides_list& strides, index_t offset = 0) const {
    any_tensor r = *this;
    r.shape_ = s;
    r.strides_ = strides;
    r.data_ += offset * size_of(dtype_);
    return r;
  }
  any_tensor without_dim(int d, index_t offset) const {
    tenon::shape s = shape_;
    strides_list strides = strides_;
    s.erase(d);
    for (int i = d; i + 1 < max_rank; ++i) strides[i] = strides[i + 1];
    return with(s, strides, offset);
  }

  storage_ptr storage_;
  std::byte* data_ = nullptr;
  tenon::shape shape_;
  strides_list strides_;
  tenon::dtype dtype_ = dtype::float32;
  placement placement_;
};

namespace detail {

[[gnu::cold, gnu::noinline]] inline result<any_tensor> allocate_elsewhere(const char* op, const shape& s, dtype type, placement where, index_t bytes) {
  if (where.kind == device::cpu)
    return error(error_code::device_unavailable, op, make_text("there is one cpu, with number 0; got ", where.ordinal));
  const backend* const b = backend_of(where.kind);
  if (b == nullptr) return not_built_in(op, where.kind);
  TENON_TRY(storage_ptr memory, b->allocate(op, static_cast<std::size_t>(bytes), where.ordinal));
  std::byte* data = memory->data;
  return any_tensor(std::move(memory), data, s, dense_strides(s), type, where);
}

}  // namespace detail

// Uninitialised memory of that shape.
inline result<any_tensor> allocate_tensor(const char* op, const shape& s, dtype type, placement where = {}) {
  TENON_TRY(const index_t numel, checked_numel(op, s, size_of(type)));
  if (where != placement()) [[unlikely]] return detail::allocate_elsewhere(op, s, type, where, numel * size_of(type));
  storage_ptr memory = allocate_storage(static_cast<std::size_t>(numel * size_of(type)));
  if (!memory)
    return error(error_code::out_of_memory, op,
                 make_text("no memory for ", type, " ", s, " (", numel * size_of(type), " bytes; the limit for all tensors is ",
                           memory::limit(), ", see memory::set_limit)"));
  std::byte* data = memory->data;
  return any_tensor(std::move(memory), data, s, dense_strides(s), type, where);
}

}  // namespace tenon::inline v0

#include <tenon/core/views.hpp>

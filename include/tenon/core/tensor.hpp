#pragma once
// tensor<T>: an any_tensor whose element type is T. The usual currency of the library.
#include <tenon/core/any_tensor.hpp>

#include <span>

namespace tenon::inline v0 {

template <element T>
class tensor;

template <class X>
inline constexpr bool is_tensor = false;
template <class T>
inline constexpr bool is_tensor<tensor<T>> = true;

template <element T>
class tensor {
 public:
  using value_type = T;

  tensor() : any_(typed_empty()) {}
  // Unchecked: `any` holds elements of type T. `as<T>` checks.
  static tensor unchecked(any_tensor&& any) { return tensor(std::move(any)); }
  static tensor unchecked(const any_tensor& any) { return tensor(any_tensor(any)); }

  const any_tensor& any() const& { return any_; }
  any_tensor any() && { return std::move(any_); }
  operator const any_tensor&() const& { return any_; }

  bool defined() const { return any_.defined(); }
  const tenon::shape& shape() const { return any_.shape(); }
  int rank() const { return any_.rank(); }
  index_t numel() const { return any_.numel(); }
  index_t size(index_t dim) const { return any_.size(dim); }
  index_t stride(index_t dim) const { return any_.stride(dim); }
  static constexpr tenon::dtype dtype() { return dtype_of<T>; }
  placement where() const { return any_.where(); }
  tenon::device device() const { return any_.device(); }
  bool contiguous() const { return any_.contiguous(); }
  bool writable() const { return any_.writable(); }
  std::uint64_t version() const { return any_.version(); }

  // The first element; the others lie `stride(d)` elements apart. Memory of another device must not be read through it.
  T* data() & { return reinterpret_cast<T*>(any_.bytes()); }
  const T* data() const& { return reinterpret_cast<const T*>(any_.bytes()); }
  const T* data() && = delete;                                    // the memory would be gone
  // All elements as a span; an error unless the tensor is dense, on the CPU, and (for writing) writable.
  result<std::span<const T>> span() const& {
    TENON_TRY_VOID(spannable());
    return std::span<const T>(data(), static_cast<std::size_t>(numel()));
  }
  result<std::span<T>> span() & {
    TENON_TRY_VOID(spannable());
    if (!writable()) return error(error_code::not_writable, "span", make_text("the tensor is read-only memory; clone it first"));
    any_.written();
    return std::span<T>(data(), static_cast<std::size_t>(numel()));
  }
  result<std::span<const T>> span() && = delete;

  // One element: x.at(i, j). Negative indices count from the end.
  template <std::integral... I>
  result<T> at(I... index) const {
    TENON_TRY(const index_t offset, offset_of("at", tenon::shape(index...)));
    return data()[offset];
  }
  // x.set({i, j}, value)
  result<void> set(const tenon::shape& index, T value) {
    TENON_TRY(const index_t offset, offset_of("set", index));
    if (!writable()) return error(error_code::not_writable, "set", make_text("the tensor is read-only memory; clone it first"));
    any_.written();
    data()[offset] = value;
    return {};
  }

  strided<T> kernel_view() { return any_.template kernel_view<T>(); }
  strided<const T> kernel_view() const { return any_.template kernel_view<T>(); }

  result<tensor> view(const tenon::shape& s) const { return typed(any_.view(s)); }
  result<tensor> permute(const dim_list& dims) const { return typed(any_.permute(dims)); }
  result<tensor> transpose(index_t dim0, index_t dim1) const { return typed(any_.transpose(dim0, dim1)); }
  result<tensor> slice(index_t dim, slice_range range) const { return typed(any_.slice(dim, range)); }
  result<tensor> narrow(index_t dim, index_t start, index_t length) const { return typed(any_.narrow(dim, start, length)); }
  result<tensor> select(index_t dim, index_t index) const { return typed(any_.select(dim, index)); }
  result<tensor> operator[](index_t index) const { return typed(any_.select(0, index)); }
  result<tensor> expand(const tenon::shape& s) const { return typed(any_.expand(s)); }
  result<tensor> squeeze() const { return typed(any_.squeeze()); }
  result<tensor> squeeze(index_t dim) const { return typed(any_.squeeze(dim)); }
  result<tensor> unsqueeze(index_t dim) const { return typed(any_.unsqueeze(dim)); }
  result<tensor> diagonal(index_t offset = 0, index_t dim0 = 0, index_t dim1 = 1) const { return typed(any_.diagonal(offset, dim0, dim1)); }
  result<list<tensor>> split(index_t size, index_t dim = 0) const { return typed(any_.split(size, dim)); }
  result<list<tensor>> split(std::span<const index_t> sizes, index_t dim = 0) const { return typed(any_.split(sizes, dim)); }
  result<list<tensor>> split(const tenon::shape& sizes, index_t dim = 0) const { return typed(any_.split(sizes, dim)); }
  result<list<tensor>> chunk(index_t chunks, index_t dim = 0) const { return typed(any_.chunk(chunks, dim)); }
  result<list<tensor>> tensor_split(index_t sections, index_t dim = 0) const { return typed(any_.tensor_split(sections, dim)); }
  result<list<tensor>> tensor_split(std::span<const index_t> indices, index_t dim = 0) const { return typed(any_.tensor_split(indices, dim)); }
  result<list<tensor>> unbind(index_t dim = 0) const { return typed(any_.unbind(dim)); }

 private:
  explicit tensor(any_tensor&& any) noexcept : any_(std::move(any)) {}
  static any_tensor typed_empty() { return any_tensor({}, nullptr, tenon::shape(0), {}, dtype_of<T>); }
  static result<tensor> typed(result<any_tensor>&& r) {
    if (!r) return std::move(r).error();
    return unchecked(*std::move(r));
  }
  static result<list<tensor>> typed(result<list<any_tensor>>&& r) {
    if (!r) return std::move(r).error();
    TENON_TRY(auto pieces, list<tensor>::make("split", r->size()));
    for (any_tensor& piece : *r) pieces.push_back(unchecked(std::move(piece)));
    return pieces;
  }
  result<void> spannable() const {
    if (device() != tenon::device::cpu)
      return error(error_code::device_mismatch, "span", make_text("the tensor is on ", where(), "; move it with to(x, device::cpu)"));
    if (!contiguous())
      return error(error_code::invalid_argument, "span", make_text("a tensor of shape ", shape(), " that is not dense has no span; use contiguous(x)"));
    return {};
  }
  result<index_t> offset_of(const char* op, const tenon::shape& index) const {
    if (index.rank() != rank() || !defined())
      return error(error_code::index_out_of_range, op, make_text("shape ", shape(), " needs ", rank(), " indices, got ", index.rank()));
    if (device() != tenon::device::cpu)
      return error(error_code::device_mismatch, op, make_text("the tensor is on ", where(), "; move it with to(x, device::cpu)"));
    index_t offset = 0;
    for (int d = 0; d < rank(); ++d) {
      const index_t i = index[d] < 0 ? index[d] + size(d) : index[d];
      if (i < 0 || i >= size(d))
        return error(error_code::index_out_of_range, op, make_text("index ", index, " is out of range for shape ", shape()));
      offset += i * stride(d);
    }
    return offset;
  }

  any_tensor any_;
};

// The same tensor with its element type in the type; an error if it holds another one.
template <element T>
result<tensor<T>> as(const any_tensor& x) {
  if (x.dtype() != dtype_of<T>)
    return error(error_code::dtype_mismatch, "as",
                 make_text("the tensor holds ", x.dtype(), ", not ", dtype_of<T>, "; convert it with to<T>(x)"));
  return tensor<T>::unchecked(x);
}
template <element T, std::same_as<any_tensor> Any>             // a template, so that nothing converts to it
result<tensor<T>> as(const result<Any>& x) {
  if (!x) return x.error();
  return as<T>(*x);
}

// f(tensor<T>) with the element type T that x holds. All calls must return the same type.
template <class F>
decltype(auto) visit(const any_tensor& x, F&& f) {
  return visit(x.dtype(), [&]<class T>(type_tag<T>) -> decltype(auto) { return f(tensor<T>::unchecked(x)); });
}

}  // namespace tenon::inline v0

#pragma once
// wrap: a tensor on memory that is not Tenon's. Nothing is copied.
//
//   wrap(pointer, {2, 3})                       dense, C order; the memory must outlive every tensor on it
//   wrap(pointer, {2, 3}, {1, 2})               with strides, counted in elements; zero and negative ones too
//   wrap(pointer, {2, 3}, owner)                `owner` (a vector, a shared_ptr, any movable object) lives in the tensor's
//   wrap(pointer, {2, 3}, {1, 2}, owner)        storage and is destroyed with the last tensor on it
//   wrap(values), wrap(values, {2, 3})          a std::span, or a container that has a name
//
// A pointer to const gives a tensor that ops refuse to write into. The memory is never reused for results.
// Errors: invalid_argument (null or misaligned pointer, a negative extent, a number of strides that is not the rank),
// shape_mismatch (a container of another size), size_overflow, out_of_memory (for the header).
#include <tenon/core/tensor.hpp>

#include <span>

namespace tenon::inline v0 {

namespace detail {

// The lowest and the highest byte that a view touches, from its first element; false if that does not fit 63 bits.
inline bool reach_of(const shape& s, const strides_list& strides, index_t item, index_t& below, index_t& bytes) {
  index_t above = item;
  below = 0;
  for (int d = 0; d < s.rank(); ++d) {
    if (s[d] == 0) {
      below = bytes = 0;
      return true;
    }
    index_t step = 0, reach = 0;
    if (strides[d] == INT64_MIN || !checked_multiply(strides[d] < 0 ? -strides[d] : strides[d], item, step) ||
        !checked_multiply(step, s[d] - 1, reach))
      return false;
    index_t& side = strides[d] < 0 ? below : above;
    if (side > INT64_MAX - reach) return false;
    side += reach;
  }
  bytes = above + below;
  return below <= INT64_MAX - above;
}

template <class T>
result<tensor<std::remove_const_t<T>>> wrap(T* data, const shape& s, const strides_list& strides, void (*release)(void*), void* owner) {
  using E = std::remove_const_t<T>;
  constexpr const char* op = "wrap";
  const auto fail_with = [&](tenon::error e) {
    if (release) release(owner);
    return e;
  };
  auto numel = checked_numel(op, s, sizeof(E));
  if (!numel) return fail_with(std::move(numel).error());
  if (data == nullptr && *numel > 0)
    return fail_with(error(error_code::invalid_argument, op, make_text("the pointer is null, but shape ", s, " has ", *numel, " elements")));
  if (reinterpret_cast<std::uintptr_t>(data) % alignof(E) != 0)
    return fail_with(error(error_code::invalid_argument, op, make_text("the pointer is not aligned for ", dtype_of<E>)));
  index_t below = 0, bytes = 0;
  if (!reach_of(s, strides, sizeof(E), below, bytes))
    return fail_with(error(error_code::size_overflow, op, make_text("with these strides, shape ", s, " spans more bytes than 63 bits can count")));
  auto* first = reinterpret_cast<std::byte*>(const_cast<E*>(data));
  storage_ptr memory = adopt_storage(first ? first - below : first, static_cast<std::size_t>(bytes), !std::is_const_v<T>, release, owner);
  if (!memory) return fail_with(error(error_code::out_of_memory, op, make_text("no memory for the storage's header")));
  return tensor<E>::unchecked(any_tensor(std::move(memory), first, s, strides, dtype_of<E>));
}

inline result<strides_list> wrap_strides(const shape& s, const dim_list& strides) {
  if (strides.rank() != s.rank())
    return error(error_code::invalid_argument, "wrap", make_text("shape ", s, " needs ", s.rank(), " strides, got ", strides));
  strides_list list;
  for (int d = 0; d < s.rank(); ++d) list[d] = strides[d];
  return list;
}

// A span may be a temporary; a container must have a name, since its elements go with it.
template <class R>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;

}  // namespace detail

template <class T>
concept wrappable = element<std::remove_const_t<T>> && !std::is_volatile_v<T>;
template <class O>
concept storage_owner = std::is_nothrow_move_constructible_v<O> && !std::is_convertible_v<O, dim_list>;
template <class R>
concept borrowed_values = (std::is_lvalue_reference_v<R> || detail::is_span<std::remove_cvref_t<R>>) && requires(R& r) {
  std::size(r);
  requires wrappable<std::remove_pointer_t<decltype(std::data(r))>>;
};

template <wrappable T>
[[nodiscard]] result<tensor<std::remove_const_t<T>>> wrap(T* data, const shape& s) {
  return detail::wrap(data, s, dense_strides(s), nullptr, nullptr);
}
template <wrappable T>
[[nodiscard]] result<tensor<std::remove_const_t<T>>> wrap(T* data, const shape& s, const dim_list& strides) {
  TENON_TRY(const auto list, detail::wrap_strides(s, strides));
  return detail::wrap(data, s, list, nullptr, nullptr);
}
template <wrappable T, storage_owner Owner>
[[nodiscard]] result<tensor<std::remove_const_t<T>>> wrap(T* data, const shape& s, const dim_list& strides, Owner owner) {
  static_assert(alignof(Owner) <= alignof(std::max_align_t));
  TENON_TRY(const auto list, detail::wrap_strides(s, strides));
  void* place = std::malloc(sizeof(Owner));
  if (place == nullptr) return error(error_code::out_of_memory, "wrap", make_text("no memory for the owner"));
  const auto release = [](void* o) {
    static_cast<Owner*>(o)->~Owner();
    std::free(o);
  };
  return detail::wrap(data, s, list, release, ::new (place) Owner(std::move(owner)));
}
template <wrappable T, storage_owner Owner>
[[nodiscard]] result<tensor<std::remove_const_t<T>>> wrap(T* data, const shape& s, Owner owner) {
  dim_list strides = s;
  for (int d = 0; d < s.rank(); ++d) strides.set(d, dense_strides(s)[d]);
  return wrap(data, s, strides, std::move(owner));
}

template <borrowed_values R>
[[nodiscard]] auto wrap(R&& values, const shape& s) -> decltype(wrap(std::data(values), s)) {
  const auto size = std::size(values);
  TENON_TRY(const index_t n, checked_numel("wrap", s));
  if (static_cast<std::size_t>(n) != size)
    return error(error_code::shape_mismatch, "wrap", make_text("shape ", s, " has ", n, " elements, the values are ", size));
  return wrap(std::data(values), s);
}
template <borrowed_values R>
[[nodiscard]] auto wrap(R&& values) {
  return wrap(std::data(values), shape(std::size(values)));
}

}  // namespace tenon::inline v0

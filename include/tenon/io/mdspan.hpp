#pragma once
// The bridge to mdspan: std::mdspan, kokkos/mdspan, or any type with that interface. It includes none of them.
//
//   to_mdspan<M>(x)   -> M on x's own memory. layout_stride takes any positive strides; layout_right and layout_left an x
//                        that is dense in that order; static extents must be x's. M with a const element only reads.
//   from_mdspan(m)    -> tensor<T> on m's memory, which is borrowed and must outlive every tensor on it. Read-only for
//                        a const element.
// Neither copies. Refused: another rank, device or dtype (the dtype at compile time), strides that the layout cannot have
// (negative and zero among them), sizes beyond M's index type, a mapping without strides.
#include <tenon/core/tensor.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace tenon::inline v0::io {

template <class M>
concept mdspan_type = requires(const M& m, typename M::mapping_type map) {
  typename M::element_type;
  typename M::index_type;
  typename M::extents_type;
  { M::rank() } -> std::convertible_to<std::size_t>;
  { m.is_strided() } -> std::convertible_to<bool>;
  m.data_handle();
  m.extent(0);
  map.required_span_size();
}
&&std::is_same_v<typename M::data_handle_type, typename M::element_type*>&&
    element<std::remove_const_t<typename M::element_type>>;

namespace detail::md {

template <class M>
inline constexpr int rank = static_cast<int>(M::rank());

template <class M>
using index_array = std::array<typename M::index_type, M::rank()>;

// Can be given strides: layout_stride.
template <class M>
inline constexpr bool takes_strides =
    std::is_constructible_v<typename M::mapping_type, typename M::extents_type, index_array<M>>;

// The stride of an mdspan or a mapping, which at rank 0 have no such function.
template <int Rank, class X>
index_t stride_of(const X& x, int d) {
  if constexpr (Rank > 0) return static_cast<index_t>(x.stride(static_cast<std::size_t>(d)));
  else return 1;
}

// A mapping over the extents of x; the strides still have to be compared where it chose them itself.
template <class M>
result<typename M::mapping_type> mapping_for(const char* op, const any_tensor& x) {
  using index = typename M::index_type;
  index_array<M> extents{}, strides{};
  index_t reach = 0;
  for (int d = 0; d < rank<M>; ++d) {
    const auto i = static_cast<std::size_t>(d);
    const index_t n = x.size(d), step = n > 1 ? x.stride(d) : 1;
    constexpr std::size_t dynamic = std::numeric_limits<std::size_t>::max();
    if (M::static_extent(i) != dynamic && M::static_extent(i) != static_cast<std::size_t>(n))
      return error(
          error_code::shape_mismatch, op,
          make_text("extent ", n, " of dim ", d, " of shape ", x.shape(), " is fixed to ", M::static_extent(i)));
    if (step < 1 && x.numel() > 0)
      return error(error_code::invalid_argument, op,
                   make_text("stride ", step, " of dim ", d, "; mdspan needs positive ones; use contiguous(x)"));
    index_t bytes = 0;
    if (n > 0 && (!checked_multiply(n - 1, step < 1 ? 1 : step, bytes) || bytes > INT64_MAX - reach))
      return error(error_code::size_overflow, op, make_text("the strides of shape ", x.shape(), " reach too far"));
    reach += bytes;
    extents[i] = static_cast<index>(n);
    strides[i] = static_cast<index>(x.numel() > 0 ? step : 1);
    if (static_cast<index_t>(extents[i]) != n || (x.numel() > 0 && static_cast<index_t>(strides[i]) != step))
      return error(error_code::size_overflow, op,
                   make_text("shape ", x.shape(), " does not fit the index type of the mdspan"));
  }
  if (reach >= static_cast<index_t>(std::min<std::uint64_t>(std::numeric_limits<index>::max(), INT64_MAX)))
    return error(error_code::size_overflow, op,
                 make_text("shape ", x.shape(), " does not fit the index type of the mdspan"));
  const typename M::extents_type e(extents);
  if constexpr (takes_strides<M>) {
    if (x.overlaps_itself())
      return error(error_code::overlapping_memory, op,
                   make_text("elements of shape ", x.shape(), " share memory, which mdspan does not know"));
    return typename M::mapping_type(e, strides);
  } else {
    const typename M::mapping_type map(e);
    for (int d = 0; d < rank<M>; ++d)
      if (x.numel() > 0 && x.size(d) > 1 && stride_of<rank<M>>(map, d) != x.stride(d))
        return error(
            error_code::invalid_argument, op,
            make_text("shape ", x.shape(),
                      " is not dense in the order of the mdspan's layout; use contiguous(x), or layout_stride"));
    return map;
  }
}

}  // namespace detail::md

inline namespace TENON_BUILD {

template <mdspan_type M>
result<M> to_mdspan(tensor<std::remove_const_t<typename M::element_type>>& x) {
  constexpr const char* op = "io::to_mdspan";
  constexpr bool writes = !std::is_const_v<typename M::element_type>;
  if (!x.defined())
    return error(error_code::invalid_argument, op,
                 make_text("the handle holds no tensor: it was default-constructed or moved from"));
  if (x.device() != device::cpu)
    return error(error_code::device_mismatch, op,
                 make_text("the tensor is on ", x.where(), "; move it with to(x, device::cpu)"));
  if (x.rank() != detail::md::rank<M>)
    return error(error_code::shape_mismatch, op,
                 make_text("shape ", x.shape(), " has rank ", x.rank(), ", the mdspan ", detail::md::rank<M>));
  if (writes && !x.writable())
    return error(error_code::not_writable, op,
                 make_text("the tensor is read-only memory; ask for an mdspan of const elements"));
  TENON_TRY(const auto map, detail::md::mapping_for<M>(op, x));
  if (writes) x.any().written();
  return M(x.data(), map);
}
template <mdspan_type M>
  requires std::is_const_v<typename M::element_type>
result<M> to_mdspan(const tensor<std::remove_const_t<typename M::element_type>>& x) {
  return to_mdspan<M>(const_cast<tensor<std::remove_const_t<typename M::element_type>>&>(x));
}
template <mdspan_type M>
void to_mdspan(tensor<std::remove_const_t<typename M::element_type>>&&) = delete;      // the memory would be gone

template <mdspan_type M>
result<tensor<std::remove_const_t<typename M::element_type>>> from_mdspan(const M& m) {
  constexpr const char* op = "io::from_mdspan";
  using T = std::remove_const_t<typename M::element_type>;
  static_assert(M::rank() <= max_rank, "a Tenon tensor has at most 8 dimensions");
  if (!m.is_strided()) return error(error_code::unsupported, op, make_text("the mapping of the mdspan has no strides"));
  shape s;
  strides_list strides;
  for (int d = 0; d < detail::md::rank<M>; ++d) {
    s.push_back(static_cast<index_t>(m.extent(static_cast<std::size_t>(d))));
    strides[d] = detail::md::stride_of<detail::md::rank<M>>(m, d);
  }
  TENON_TRY(const index_t numel, checked_numel(op, s, sizeof(T)));
  T* const data = const_cast<T*>(m.data_handle());
  if (data == nullptr && numel > 0)
    return error(error_code::invalid_argument, op, make_text("the data of shape ", s, " are a null pointer"));
  storage_ptr memory = adopt_storage(data, static_cast<std::size_t>(m.mapping().required_span_size()) * sizeof(T),
                                     !std::is_const_v<typename M::element_type>, nullptr, nullptr);
  if (!memory) return error(error_code::out_of_memory, op, make_text("no memory for a tensor's header"));
  return tensor<T>::unchecked(
      any_tensor(std::move(memory), reinterpret_cast<std::byte*>(data), s, strides, dtype_of<T>));
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::io

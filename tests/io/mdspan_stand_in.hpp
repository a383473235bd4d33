#pragma once
// As much of std::mdspan (C++23, [views.multidim]) as the bridge uses, for compilers that have none yet.
#include <array>
#include <cstddef>
#include <limits>

namespace stand_in {

inline constexpr std::size_t dynamic_extent = std::numeric_limits<std::size_t>::max();

template <class Index, std::size_t... E>
struct extents {
  using index_type = Index;
  static constexpr std::size_t rank() { return sizeof...(E); }
  static constexpr std::size_t static_extent(std::size_t r) {
    return std::array<std::size_t, sizeof...(E) + 1>{E..., 0}[r];
  }
  constexpr explicit extents(const std::array<Index, sizeof...(E)>& e) : value(e) {}
  constexpr Index extent(std::size_t r) const { return value[r]; }
  std::array<Index, sizeof...(E)> value;
};

struct layout_stride {
  template <class X>
  struct mapping {
    using index_type = typename X::index_type;
    mapping(const X& e, const std::array<index_type, X::rank()>& s) : e_(e), s_(s) {}
    index_type stride(std::size_t r) const { return s_[r]; }
    index_type required_span_size() const {
      std::size_t n = 1;
      for (std::size_t r = 0; r < X::rank(); ++r) {
        if (e_.extent(r) == 0) return 0;
        n += (static_cast<std::size_t>(e_.extent(r)) - 1) * static_cast<std::size_t>(s_[r]);
      }
      return static_cast<index_type>(n);
    }
    X e_;
    std::array<index_type, X::rank()> s_;
  };
};

template <bool FirstFastest>
struct dense_layout {
  template <class X>
  struct mapping {
    using index_type = typename X::index_type;
    mapping(const X& e) : e_(e) {}
    index_type stride(std::size_t r) const
      requires(X::rank() > 0)
    {
      std::size_t n = 1;
      for (std::size_t i = 0; i < X::rank(); ++i)
        n *= (FirstFastest ? i < r : i > r) ? static_cast<std::size_t>(e_.extent(i)) : 1;
      return static_cast<index_type>(n);
    }
    index_type required_span_size() const {
      std::size_t n = 1;
      for (std::size_t i = 0; i < X::rank(); ++i) n *= static_cast<std::size_t>(e_.extent(i));
      return static_cast<index_type>(n);
    }
    X e_;
  };
};
using layout_right = dense_layout<false>;
using layout_left = dense_layout<true>;

template <class T, class X, class Layout = layout_right>
struct mdspan {
  using element_type = T;
  using extents_type = X;
  using index_type = typename X::index_type;
  using mapping_type = typename Layout::template mapping<X>;
  using data_handle_type = T*;
  static constexpr std::size_t rank() { return X::rank(); }
  static constexpr std::size_t static_extent(std::size_t r) { return X::static_extent(r); }
  mdspan(T* p, const mapping_type& m) : p_(p), m_(m) {}
  T* data_handle() const { return p_; }
  const mapping_type& mapping() const { return m_; }
  index_type extent(std::size_t r) const { return m_.e_.extent(r); }
  index_type stride(std::size_t r) const
    requires(X::rank() > 0)
  { return m_.stride(r); }
  bool is_strided() const { return true; }
  T* p_;
  mapping_type m_;
};

template <class Index, std::size_t Rank, std::size_t... E>
struct make_dextents : make_dextents<Index, Rank - 1, E..., dynamic_extent> {};
template <class Index, std::size_t... E>
struct make_dextents<Index, 0, E...> { using type = extents<Index, E...>; };
template <class Index, std::size_t Rank>
using dextents = typename make_dextents<Index, Rank>::type;

}  // namespace stand_in

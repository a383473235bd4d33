#pragma once
// pack<Ts...>: a tuple that is trivially copyable when its members are, so that it can cross to a GPU (std::tuple is not).
#include <tenon/core/build.hpp>

#include <type_traits>
#include <utility>

namespace tenon::inline v0 {

namespace detail {
template <std::size_t I, class T>
struct pack_member {
  [[no_unique_address]] T value;
};
template <class Indices, class... Ts>
struct pack_members;
template <std::size_t... I, class... Ts>
struct pack_members<std::index_sequence<I...>, Ts...> : pack_member<I, Ts>... {};
}  // namespace detail

template <class... Ts>
struct pack : detail::pack_members<std::index_sequence_for<Ts...>, Ts...> {};

template <class... Ts>
constexpr pack<std::decay_t<Ts>...> make_pack(Ts&&... values) {
  return {{{std::forward<Ts>(values)}...}};
}

template <std::size_t I, class T>
TENON_ALWAYS_INLINE TENON_HD constexpr const T& get(const detail::pack_member<I, T>& m) {
  return m.value;
}

}  // namespace tenon::inline v0

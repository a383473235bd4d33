#pragma once
// dtype: the element types, their names, and the one rule by which two of them meet.
//
// Promotion (PyTorch's): kinds are ordered boolean < integer < floating < complex; the higher kind wins; within a kind the
// wider type wins; uint8 with a signed type gives the signed type that holds both; half with bfloat16 gives float.
// A scalar of C++ (x * 2, x + 0.5) never widens a tensor of its own or a higher kind.
#include <tenon/core/half.hpp>
#include <tenon/core/result.hpp>

#include <complex>
#include <concepts>

namespace tenon::inline v0 {

enum class dtype : std::uint8_t {
  boolean, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128,
};
inline constexpr int dtype_count = 12;

template <class... Ts>
struct type_list {};

// In the order of the enum.
using all_types = type_list<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, half, bfloat16, float,
                            double, std::complex<float>, std::complex<double>>;

namespace detail {
template <class T>
inline constexpr int dtype_index = -1;
template <> inline constexpr int dtype_index<bool> = 0;
template <> inline constexpr int dtype_index<std::uint8_t> = 1;
template <> inline constexpr int dtype_index<std::int8_t> = 2;
template <> inline constexpr int dtype_index<std::int16_t> = 3;
template <> inline constexpr int dtype_index<std::int32_t> = 4;
template <> inline constexpr int dtype_index<std::int64_t> = 5;
template <> inline constexpr int dtype_index<half> = 6;
template <> inline constexpr int dtype_index<bfloat16> = 7;
template <> inline constexpr int dtype_index<float> = 8;
template <> inline constexpr int dtype_index<double> = 9;
template <> inline constexpr int dtype_index<std::complex<float>> = 10;
template <> inline constexpr int dtype_index<std::complex<double>> = 11;
}  // namespace detail

template <class T>
concept element = detail::dtype_index<T> >= 0;
template <class T>
concept half_type = std::same_as<T, half> || std::same_as<T, bfloat16>;
template <class T>
concept floating = half_type<T> || std::same_as<T, float> || std::same_as<T, double>;
template <class T>
concept complex_type = std::same_as<T, std::complex<float>> || std::same_as<T, std::complex<double>>;
template <class T>
concept integer = element<T> && std::integral<T> && !std::same_as<T, bool>;

template <element T>
inline constexpr dtype dtype_of = static_cast<dtype>(detail::dtype_index<T>);

constexpr index_t size_of(dtype t) {
  constexpr std::uint8_t bytes[dtype_count] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
  return bytes[static_cast<int>(t)];
}
constexpr const char* name_of(dtype t) {
  constexpr const char* names[dtype_count] = {"bool",     "uint8",   "int8",    "int16",     "int32",    "int64",
                                              "float16", "bfloat16", "float32", "float64", "complex64", "complex128"};
  return names[static_cast<int>(t)];
}
inline text& operator<<(text& t, dtype d) { return t << name_of(d); }

constexpr bool is_floating(dtype t) { return t >= dtype::float16 && t <= dtype::float64; }
constexpr bool is_complex(dtype t) { return t >= dtype::complex64; }
constexpr bool is_integer(dtype t) { return t >= dtype::uint8 && t <= dtype::int64; }

// A set of dtypes: what an op has kernels for.
class dtype_set {
 public:
  constexpr dtype_set() = default;
  template <class... D>
  constexpr explicit dtype_set(D... d) : bits_(((1u << static_cast<int>(d)) | ...)) {}
  constexpr bool contains(dtype d) const { return (bits_ >> static_cast<int>(d)) & 1u; }
  friend constexpr dtype_set operator|(dtype_set a, dtype_set b) {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr bool operator==(dtype_set, dtype_set) = default;

 private:
  unsigned bits_ = 0;
};

inline constexpr dtype_set bool_dtype(dtype::boolean);
inline constexpr dtype_set integer_dtypes(dtype::uint8, dtype::int8, dtype::int16, dtype::int32, dtype::int64);
inline constexpr dtype_set floating_dtypes(dtype::float16, dtype::bfloat16, dtype::float32, dtype::float64);
inline constexpr dtype_set complex_dtypes(dtype::complex64, dtype::complex128);
inline constexpr dtype_set numeric_dtypes = integer_dtypes | floating_dtypes;           // what can be ordered and computed with
inline constexpr dtype_set real_dtypes = bool_dtype | numeric_dtypes;
inline constexpr dtype_set all_dtypes = real_dtypes | complex_dtypes;

constexpr dtype promote(dtype a, dtype b) {
  if (a == b) return a;
  if (a > b) return promote(b, a);                                     // a < b from here on
  if (is_complex(b)) return a == dtype::float64 ? dtype::complex128 : b;
  if (a == dtype::float16 && b == dtype::bfloat16) return dtype::float32;
  if (a == dtype::uint8 && b == dtype::int8) return dtype::int16;
  return b;                                                            // the enum is ordered by kind, then by width
}

namespace detail {
template <int I, class T, class... Ts>
struct type_at : type_at<I - 1, Ts...> {};
template <class T, class... Ts>
struct type_at<0, T, Ts...> { using type = T; };
template <int I, class List>
struct list_at;
template <int I, class... Ts>
struct list_at<I, type_list<Ts...>> : type_at<I, Ts...> {};

// The real type under a complex one, and the type that arithmetic happens in.
template <class T>
struct real_of { using type = T; };
template <class T>
struct real_of<std::complex<T>> { using type = T; };
}  // namespace detail

template <dtype D>
using type_of = typename detail::list_at<static_cast<int>(D), all_types>::type;
template <element A, element B>
using promote_t = type_of<promote(dtype_of<A>, dtype_of<B>)>;
template <class T>
using real_t = typename detail::real_of<T>::type;
// half and bfloat16 are storage: they are computed with, and summed up, in float.
template <class T>
using compute_t = std::conditional_t<half_type<T>, float, T>;

template <class T>
struct type_tag { using type = T; };

// f(type_tag<T>{}) with the element type that `t` names. All calls must return the same type.
template <class F>
constexpr decltype(auto) visit(dtype t, F&& f) {
  switch (t) {
    case dtype::boolean: return f(type_tag<bool>{});
    case dtype::uint8: return f(type_tag<std::uint8_t>{});
    case dtype::int8: return f(type_tag<std::int8_t>{});
    case dtype::int16: return f(type_tag<std::int16_t>{});
    case dtype::int32: return f(type_tag<std::int32_t>{});
    case dtype::int64: return f(type_tag<std::int64_t>{});
    case dtype::float16: return f(type_tag<half>{});
    case dtype::bfloat16: return f(type_tag<bfloat16>{});
    case dtype::float32: return f(type_tag<float>{});
    case dtype::float64: return f(type_tag<double>{});
    case dtype::complex64: return f(type_tag<std::complex<float>>{});
    case dtype::complex128: break;
  }
  return f(type_tag<std::complex<double>>{});
}

}  // namespace tenon::inline v0

#pragma once
// Functors of logic, on truth values and on the bits of integers. Contracts: ops/logical.hpp, ops/bitwise.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct logical_and : logical {
  static constexpr const char* name = "logical_and";
  TENON_HD auto operator()(auto a, auto b) const { return a & b; }
};

struct logical_or : logical {
  static constexpr const char* name = "logical_or";
  TENON_HD auto operator()(auto a, auto b) const { return a | b; }
};

struct logical_xor : logical {
  static constexpr const char* name = "logical_xor";
  TENON_HD auto operator()(auto a, auto b) const { return a ^ b; }
};

struct logical_not : logical {
  static constexpr const char* name = "logical_not";
  TENON_HD auto operator()(auto x) const { return ~x; }
};

struct bitwise_and : same_type {
  static constexpr const char* name = "bitwise_and";
  static constexpr dtype_set dtypes = bool_dtype | integer_dtypes;
  TENON_HD auto operator()(auto a, auto b) const { return a & b; }
};

struct bitwise_or : same_type {
  static constexpr const char* name = "bitwise_or";
  static constexpr dtype_set dtypes = bool_dtype | integer_dtypes;
  TENON_HD auto operator()(auto a, auto b) const { return a | b; }
};

struct bitwise_xor : same_type {
  static constexpr const char* name = "bitwise_xor";
  static constexpr dtype_set dtypes = bool_dtype | integer_dtypes;
  TENON_HD auto operator()(auto a, auto b) const { return a ^ b; }
};

struct bitwise_not : same_type {
  static constexpr const char* name = "bitwise_not";
  static constexpr dtype_set dtypes = bool_dtype | integer_dtypes;
  TENON_HD auto operator()(auto x) const { return ~x; }
};

struct bitwise_left_shift : same_type {
  static constexpr const char* name = "bitwise_left_shift";
  static constexpr dtype_set dtypes = integer_dtypes;
  TENON_HD auto operator()(auto a, auto n) const { return a << n; }
};

struct bitwise_right_shift : same_type {
  static constexpr const char* name = "bitwise_right_shift";
  static constexpr dtype_set dtypes = integer_dtypes;
  TENON_HD auto operator()(auto a, auto n) const { return a >> n; }
};

}  // namespace tenon::inline v0::functions

#pragma once
// Functors that choose by a condition. Contracts: ops/where.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct where : selection {
  static constexpr const char* name = "where";
  TENON_HD auto operator()(auto condition, auto a, auto b) const { return select(condition, a, b); }
};

// The result has the type of x, whatever the value's.
struct masked_fill {
  static constexpr const char* name = "masked_fill";
  struct rule {
    template <class X, class, class>
    struct types {
      using result = X;
      using arguments = type_list<X, bool, X>;
    };
  };
  TENON_HD auto operator()(auto x, auto mask, auto value) const { return select(mask, value, x); }
};

}  // namespace tenon::inline v0::functions

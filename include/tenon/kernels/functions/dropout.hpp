#pragma once
// The elementwise part of dropout: what a kept and what a dropped element become.
#include <tenon/core/expression.hpp>

namespace tenon::inline v0::functions {

// kept: scale * x; dropped: 0, whatever x was.
struct drop {
  static constexpr const char* name = "dropout";
  static constexpr dtype_set dtypes = bool_dtype | floating_dtypes;
  struct rule {
    template <class Mask, class T>
    struct types {
      using result = T;
      using arguments = type_list<bool, T>;
    };
  };
  double scale;
  template <class M, class V>
  TENON_HD V operator()(M kept, V x) const {
    using C = typename V::value_type;
    return select(kept, x * V(static_cast<C>(scale)), V(C(0)));
  }
};

// Alpha dropout: a x + b for kept elements, one value for all dropped ones. It keeps mean 0 and variance 1.
struct drop_to_saturation {
  static constexpr const char* name = "alpha_dropout";
  static constexpr dtype_set dtypes = bool_dtype | floating_dtypes;
  using rule = drop::rule;
  double a, b, dropped;
  template <class M, class V>
  TENON_HD V operator()(M kept, V x) const {
    using C = typename V::value_type;
    return select(kept, fma(x, V(static_cast<C>(a)), V(static_cast<C>(b))), V(static_cast<C>(dropped)));
  }
};

}  // namespace tenon::inline v0::functions

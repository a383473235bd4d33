#pragma once
// Functors that answer with a truth value: comparison, and what kind of number it is. Contracts: ops/comparison.hpp,
// ops/predicates.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct eq : comparison {
  static constexpr const char* name = "eq";
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return ~(a ^ b);
    else
      return a == b;
  }
};

struct ne : comparison {
  static constexpr const char* name = "ne";
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return a ^ b;
    else
      return a != b;
  }
};

struct lt : comparison {
  static constexpr const char* name = "lt";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return ~a & b;
    else
      return a < b;
  }
};

struct le : comparison {
  static constexpr const char* name = "le";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return ~a | b;
    else
      return a <= b;
  }
};

struct gt : comparison {
  static constexpr const char* name = "gt";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const { return lt{}(b, a); }
};

struct ge : comparison {
  static constexpr const char* name = "ge";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const { return le{}(b, a); }
};

// Integers are compared as doubles, complex numbers by their distance.
struct isclose {
  static constexpr const char* name = "isclose";
  static constexpr dtype_set dtypes = floating_dtypes | complex_dtypes;
  static constexpr scalar_rule scalars = scalar_rule::widen;
  double rtol, atol;
  bool equal_nan;
  struct rule {
    template <class... Ts>
    struct types {
      using result = bool;
      using common = std::conditional_t<std::is_integral_v<promoted_t<Ts...>>, double, promoted_t<Ts...>>;
      using arguments = type_list<replace<common, Ts>...>;
    };
  };
  TENON_HD auto operator()(auto a, auto b) const {
    using X = decltype(a);
    const auto near = [&](auto distance, auto size) {
      using R = decltype(distance);
      return (a == b) | ((distance <= number<R>(atol) + math::abs(number<R>(rtol)) * size) & (distance < number<R>(__builtin_huge_val())));
    };
    const auto close = [&] {
      if constexpr (complex_valued<X>) {
        const auto d = a - b;
        return near(magnitude(d.re, d.im), magnitude(b.re, b.im));
      } else {
        return near(math::abs(a - b), math::abs(b));
      }
    }();
    return equal_nan ? close | ((a != a) & (b != b)) : close;
  }

 private:
  // |re + i im| without squaring what is large or small; NaN where a part is NaN or both are infinite.
  template <class R>
  TENON_HD static R magnitude(R re, R im) {
    const R x = math::abs(re), y = math::abs(im), larger = select(x > y, x, y), smaller = select(x > y, y, x);
    const R ratio = smaller / larger;
    return select(larger == number<R>(0), larger, larger * math::sqrt(number<R>(1) + ratio * ratio));
  }
};

// f(x), of a complex number f(re) joined with f(im); `otherwise` where the type has no such value at all.
struct isnan : comparison {
  static constexpr const char* name = "isnan";
  TENON_HD auto operator()(auto x) const {
    if constexpr (truth<decltype(x)>)
      return x ^ x;
    else
      return x != x;
  }
};

struct isinf : comparison {
  static constexpr const char* name = "isinf";
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    if constexpr (complex_valued<X>)
      return isinf{}(x.re) | isinf{}(x.im);
    else if constexpr (fractional<X>)
      return math::abs(x) == number<X>(__builtin_huge_val());
    else
      return isnan{}(x);
  }
};

struct isfinite : comparison {
  static constexpr const char* name = "isfinite";
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    if constexpr (complex_valued<X>)
      return isfinite{}(x.re) & isfinite{}(x.im);
    else if constexpr (fractional<X>)
      return math::abs(x) < number<X>(__builtin_huge_val());
    else
      return ~isnan{}(x);
  }
};

struct isposinf : comparison {
  static constexpr const char* name = "isposinf";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x) const {
    if constexpr (fractional<decltype(x)>)
      return x == number<decltype(x)>(__builtin_huge_val());
    else
      return isnan{}(x);
  }
};

struct isneginf : comparison {
  static constexpr const char* name = "isneginf";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x) const {
    if constexpr (fractional<decltype(x)>)
      return x == number<decltype(x)>(-__builtin_huge_val());
    else
      return isnan{}(x);
  }
};

struct signbit : comparison {
  static constexpr const char* name = "signbit";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    if constexpr (truth<X>)
      return isnan{}(x);
    else if constexpr (fractional<X>)
      return math::copysign(X(1), x) < X(0);
    else
      return x < X(0);
  }
};

struct isreal : comparison {
  static constexpr const char* name = "isreal";
  TENON_HD auto operator()(auto x) const {
    if constexpr (complex_valued<decltype(x)>)
      return x.im == decltype(x.im)(0);
    else
      return isnan{}(x) | ~isnan{}(x);
  }
};

}  // namespace tenon::inline v0::functions

#pragma once
// lane<T>: one element, in the form that functors (kernels/functions/) take. What vec is for the CPU, a lane is for a thread
// of a GPU: a functor is written once.
//
// Products are rounded here too: nvcc would contract a * b + c, and a fused expression would then differ from its steps.
// Integer arithmetic is total, as everywhere (DESIGN of the CPU: kernels/cpu/simd/vec.hpp).
#include <tenon/core/expression.hpp>
#include <tenon/kernels/cuda/launch.cuh>

#include <cmath>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

// A truth value.
struct truth_lane {
  bool v;

  truth_lane() = default;
  TENON_INLINE TENON_HD explicit truth_lane(bool x) : v(x) {}

  TENON_INLINE TENON_HD friend truth_lane operator&(truth_lane a, truth_lane b) { return truth_lane(a.v && b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator|(truth_lane a, truth_lane b) { return truth_lane(a.v || b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator^(truth_lane a, truth_lane b) { return truth_lane(a.v != b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator~(truth_lane a) { return truth_lane(!a.v); }
  TENON_INLINE TENON_HD friend bool any(truth_lane a) { return a.v; }
  TENON_INLINE TENON_HD friend truth_lane select(truth_lane c, truth_lane a, truth_lane b) { return truth_lane(c.v ? a.v : b.v); }
};

// Rounded, whatever the compiler does to the sum around it.
TENON_INLINE TENON_HD float rounded_product(float a, float b) {
#if defined(__CUDA_ARCH__)
  return __fmul_rn(a, b);
#else
  return a * b;
#endif
}
TENON_INLINE TENON_HD double rounded_product(double a, double b) {
#if defined(__CUDA_ARCH__)
  return __dmul_rn(a, b);
#else
  return a * b;
#endif
}

template <class T>
struct lane {
  using value_type = T;
  using mask_type = truth_lane;
  static constexpr bool is_integer = std::is_integral_v<T>;
  using word = std::make_unsigned_t<std::conditional_t<is_integer, T, int>>;
  // Sums and products of narrow unsigned types must not become signed ones that overflow.
  using wide_word = std::conditional_t<sizeof(word) < 4, std::uint32_t, word>;
  static constexpr int width = static_cast<int>(sizeof(T)) * 8;

  T v;

  lane() = default;
  template <class U>
    requires std::is_arithmetic_v<U>
  TENON_INLINE TENON_HD explicit lane(U x) : v(static_cast<T>(x)) {}

  TENON_INLINE TENON_HD static lane wrapped(wide_word w) { return lane(static_cast<T>(static_cast<word>(w))); }
  TENON_INLINE TENON_HD wide_word bits() const { return static_cast<wide_word>(v); }

  TENON_INLINE TENON_HD friend lane operator+(lane a, lane b) {
    if constexpr (is_integer) return wrapped(a.bits() + b.bits());
    else return lane(a.v + b.v);
  }
  TENON_INLINE TENON_HD friend lane operator-(lane a, lane b) {
    if constexpr (is_integer) return wrapped(a.bits() - b.bits());
    else return lane(a.v - b.v);
  }
  TENON_INLINE TENON_HD friend lane operator*(lane a, lane b) {
    if constexpr (is_integer) return wrapped(a.bits() * b.bits());
    else return lane(rounded_product(a.v, b.v));
  }
  TENON_INLINE TENON_HD friend lane operator/(lane a, lane b) {
    if constexpr (!is_integer) {
      return lane(a.v / b.v);
    } else {
      if (b.v == T{0}) return lane(T{0});
      if constexpr (std::is_signed_v<T>)
        if (b.v == T{-1}) return -a;                     // the lowest value has no opposite; it stays itself
      return lane(static_cast<T>(a.v / b.v));
    }
  }
  TENON_INLINE TENON_HD friend lane operator-(lane a) {
    if constexpr (is_integer) return wrapped(wide_word{0} - a.bits());
    else return lane(-a.v);
  }
  TENON_INLINE TENON_HD friend lane operator+(lane a) { return a; }

  TENON_INLINE TENON_HD friend truth_lane operator==(lane a, lane b) { return truth_lane(a.v == b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator!=(lane a, lane b) { return truth_lane(a.v != b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator<(lane a, lane b) { return truth_lane(a.v < b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator<=(lane a, lane b) { return truth_lane(a.v <= b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator>(lane a, lane b) { return truth_lane(a.v > b.v); }
  TENON_INLINE TENON_HD friend truth_lane operator>=(lane a, lane b) { return truth_lane(a.v >= b.v); }

  // Bits, and shifts by any count: by the width or more (and by a negative count) nothing is left, or the sign.
  TENON_INLINE TENON_HD friend lane operator&(lane a, lane b) requires is_integer { return lane(static_cast<T>(a.v & b.v)); }
  TENON_INLINE TENON_HD friend lane operator|(lane a, lane b) requires is_integer { return lane(static_cast<T>(a.v | b.v)); }
  TENON_INLINE TENON_HD friend lane operator^(lane a, lane b) requires is_integer { return lane(static_cast<T>(a.v ^ b.v)); }
  TENON_INLINE TENON_HD friend lane operator~(lane a) requires is_integer { return lane(static_cast<T>(~a.v)); }
  TENON_INLINE TENON_HD friend lane operator<<(lane a, lane n) requires is_integer {
    return static_cast<word>(n.v) < static_cast<word>(width) ? wrapped(a.bits() << static_cast<int>(n.v)) : lane(T{0});
  }
  TENON_INLINE TENON_HD friend lane operator>>(lane a, lane n) requires is_integer {
    if (static_cast<word>(n.v) < static_cast<word>(width)) return lane(static_cast<T>(a.v >> static_cast<int>(n.v)));
    if constexpr (std::is_signed_v<T>) return lane(static_cast<T>(a.v < T{0} ? -1 : 0));
    else return lane(T{0});
  }
  TENON_INLINE TENON_HD friend lane operator>>(lane a, int n) requires is_integer { return lane(static_cast<T>(a.v >> n)); }

  TENON_INLINE TENON_HD friend lane select(truth_lane c, lane a, lane b) { return c.v ? a : b; }
};

// ---- functions ---------------------------------------------------------------------------------------------------------
TENON_INLINE TENON_HD lane<float> fma(lane<float> a, lane<float> b, lane<float> c) { return lane<float>(::fmaf(a.v, b.v, c.v)); }
TENON_INLINE TENON_HD lane<double> fma(lane<double> a, lane<double> b, lane<double> c) { return lane<double>(::fma(a.v, b.v, c.v)); }
template <class T>
  requires std::is_integral_v<T>
TENON_INLINE TENON_HD lane<T> fma(lane<T> a, lane<T> b, lane<T> c) {
  return a * b + c;
}
template <class T>
TENON_INLINE TENON_HD lane<T> fnma(lane<T> a, lane<T> b, lane<T> c) {        // c - a b
  return fma(-a, b, c);
}

template <class T>
TENON_INLINE TENON_HD lane<T> abs(lane<T> x) {
  if constexpr (std::is_same_v<T, float>) return lane<T>(::fabsf(x.v));
  else if constexpr (std::is_same_v<T, double>) return lane<T>(::fabs(x.v));
  else if constexpr (std::is_signed_v<T>) return x.v < T{0} ? -x : x;
  else return x;
}
// NaN wins; of the two zeros the positive one is the larger.
template <class T>
TENON_INLINE TENON_HD bool is_negative(T x) {
  return std::is_same_v<T, float> ? ::copysignf(1.0f, static_cast<float>(x)) < 0 : ::copysign(1.0, static_cast<double>(x)) < 0;
}
template <class T>
TENON_INLINE TENON_HD lane<T> maximum(lane<T> a, lane<T> b) {
  if constexpr (std::is_integral_v<T>) return a.v > b.v ? a : b;
  else return a.v != a.v || a.v > b.v || (a.v == b.v && !is_negative(a.v)) ? a : b;
}
template <class T>
TENON_INLINE TENON_HD lane<T> minimum(lane<T> a, lane<T> b) {
  if constexpr (std::is_integral_v<T>) return a.v < b.v ? a : b;
  else return a.v != a.v || a.v < b.v || (a.v == b.v && is_negative(a.v)) ? a : b;
}
TENON_INLINE TENON_HD lane<float> rsqrt(lane<float> x) { return lane<float>(1.0f / ::sqrtf(x.v)); }
TENON_INLINE TENON_HD lane<double> rsqrt(lane<double> x) { return lane<double>(1.0 / ::sqrt(x.v)); }

// Of the C library's functions, CUDA's or the host's. CUDA's are within these many ulp (CUDA C++ Programming Guide, "Mathematical
// functions"; float, double), which on a GPU takes the place of kernels/cpu/math/bounds.hpp:
#define TENON_LANE_FUNCTION(ours, single, twice)                                                               \
  TENON_INLINE TENON_HD lane<float> ours(lane<float> x) { return lane<float>(::single(x.v)); }                \
  TENON_INLINE TENON_HD lane<double> ours(lane<double> x) { return lane<double>(::twice(x.v)); }
#define TENON_LANE_FUNCTION_2(ours, single, twice)                                                             \
  TENON_INLINE TENON_HD lane<float> ours(lane<float> x, lane<float> y) { return lane<float>(::single(x.v, y.v)); } \
  TENON_INLINE TENON_HD lane<double> ours(lane<double> x, lane<double> y) { return lane<double>(::twice(x.v, y.v)); }
TENON_LANE_FUNCTION(sqrt, sqrtf, sqrt)             // rounded
TENON_LANE_FUNCTION(floor, floorf, floor)          // exact
TENON_LANE_FUNCTION(ceil, ceilf, ceil)             // exact
TENON_LANE_FUNCTION(trunc, truncf, trunc)          // exact
TENON_LANE_FUNCTION(round, rintf, rint)            // exact; ties to even
TENON_LANE_FUNCTION(exp, expf, exp)                // 1, 1
TENON_LANE_FUNCTION(exp2, exp2f, exp2)             // 2, 1
TENON_LANE_FUNCTION(expm1, expm1f, expm1)          // 1, 1
TENON_LANE_FUNCTION(log, logf, log)                // 1, 1
TENON_LANE_FUNCTION(log2, log2f, log2)             // 1, 1
TENON_LANE_FUNCTION(log10, log10f, log10)          // 2, 1
TENON_LANE_FUNCTION(log1p, log1pf, log1p)          // 1, 1
TENON_LANE_FUNCTION(sin, sinf, sin)                // 2, 2
TENON_LANE_FUNCTION(cos, cosf, cos)                // 2, 2
TENON_LANE_FUNCTION(tan, tanf, tan)                // 4, 2
TENON_LANE_FUNCTION(asin, asinf, asin)             // 2, 2
TENON_LANE_FUNCTION(acos, acosf, acos)             // 2, 2
TENON_LANE_FUNCTION(atan, atanf, atan)             // 2, 2
TENON_LANE_FUNCTION(sinh, sinhf, sinh)             // 3, 2
TENON_LANE_FUNCTION(cosh, coshf, cosh)             // 2, 1
TENON_LANE_FUNCTION(tanh, tanhf, tanh)             // 2, 1
TENON_LANE_FUNCTION(asinh, asinhf, asinh)          // 3, 3
TENON_LANE_FUNCTION(acosh, acoshf, acosh)          // 4, 3
TENON_LANE_FUNCTION(atanh, atanhf, atanh)          // 3, 2
TENON_LANE_FUNCTION(erf, erff, erf)                // 2, 2
TENON_LANE_FUNCTION(erfc, erfcf, erfc)             // 4, 5
TENON_LANE_FUNCTION(erfcx, erfcxf, erfcx)          // 4, 4
TENON_LANE_FUNCTION(erfinv, erfinvf, erfinv)       // 2, 5
TENON_LANE_FUNCTION(ndtr, normcdff, normcdf)       // 5, 5
TENON_LANE_FUNCTION(lgamma, lgammaf, lgamma)       // 6, 4 away from the zeros of the result
TENON_LANE_FUNCTION_2(copysign, copysignf, copysign)
TENON_LANE_FUNCTION_2(fmod, fmodf, fmod)           // exact
TENON_LANE_FUNCTION_2(pow, powf, pow)              // 4, 2
TENON_LANE_FUNCTION_2(hypot, hypotf, hypot)        // 3, 2
TENON_LANE_FUNCTION_2(atan2, atan2f, atan2)        // 3, 2
#undef TENON_LANE_FUNCTION
#undef TENON_LANE_FUNCTION_2

// t Phi(-t) for t >= 0; Phi(-40) is 0 in both types.
template <class T>
TENON_INLINE TENON_HD lane<T> times_ndtr_below(lane<T> t) {
  return t.v > T(40) ? lane<T>(T(0)) : t * ndtr(-t);
}

// The greatest common divisor, which is not negative; that of the lowest value with 0 or itself wraps to that value.
template <class T>
  requires std::is_integral_v<T>
TENON_INLINE TENON_HD lane<T> gcd(lane<T> x, lane<T> y) {
  auto a = static_cast<typename lane<T>::word>(abs(x).v), b = static_cast<typename lane<T>::word>(abs(y).v);
  while (b != 0) {
    const auto r = static_cast<typename lane<T>::word>(a % b);
    a = b;
    b = r;
  }
  return lane<T>(static_cast<T>(a));
}

// ---- elements and lanes ------------------------------------------------------------------------------------------------
template <class T>
TENON_INLINE TENON_HD auto make_lane(T x) {
  if constexpr (std::is_same_v<T, bool>) return truth_lane(x);
  else return lane<T>(x);
}
template <class L>
struct lane_value { using type = bool; };
template <class T>
struct lane_value<lane<T>> { using type = T; };

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM

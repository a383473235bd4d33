#pragma once
// Mathematical functions of vec<float, N> and vec<double, N>. Found by argument-dependent lookup: write exp(v).
//
//   exponential.hpp     exp exp2 expm1 sigmoid          inverse_trigonometric.hpp   asin acos atan atan2
//   logarithm.hpp       log log2 log10 log1p            error_function.hpp          erf erfc erfcx erfinv
//   power.hpp           pow cbrt hypot rsqrt            remainder.hpp               fmod remainder
//   trigonometric.hpp   sin cos tan                     gamma.hpp                   lgamma digamma
//   hyperbolic.hpp      sinh cosh tanh asinh acosh atanh
//
// What holds for all: a result depends on its own lane only, not on neighbours, lane or vector width; special values are
// C's (Annex F), NaN gives NaN, -0 is kept by odd functions; no result feeds a contraction, so that f(x) + y has the same
// bits however it is compiled. Error bounds in ulp are constants in bounds.hpp, held by tests. Rounding mode: to nearest.
#include <tenon/kernels/cpu/math/bounds.hpp>
#include <tenon/kernels/cpu/math/error_function.hpp>
#include <tenon/kernels/cpu/math/exponential.hpp>
#include <tenon/kernels/cpu/math/gamma.hpp>
#include <tenon/kernels/cpu/math/hyperbolic.hpp>
#include <tenon/kernels/cpu/math/inverse_trigonometric.hpp>
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/cpu/math/power.hpp>
#include <tenon/kernels/cpu/math/remainder.hpp>
#include <tenon/kernels/cpu/math/trigonometric.hpp>

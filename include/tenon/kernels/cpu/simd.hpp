#pragma once
// SIMD for kernels: vec<T, N> and mask<T, N> over xsimd, for the instruction set this file is compiled for (TENON_ARCH).
// What kernels need of vectors is here, and nothing in Tenon outside kernels/cpu/simd names xsimd or an intrinsic.
//
//   isa.hpp        which instruction set, lanes<T>              convert.hpp    between element types
//   vec.hpp        load, store, arithmetic, comparison           storage.hpp    half, bfloat16, bool in memory
//   mask.hpp       truth values                                  reduce.hpp     horizontal sums, maxima
//   functions.hpp  select, fma, minimum, round, bitcast ...      transpose.hpp  square blocks in registers
//   complex.hpp    vec<std::complex<T>, N>                       memory.hpp     streaming stores
#include <tenon/kernels/cpu/simd/complex.hpp>
#include <tenon/kernels/cpu/simd/convert.hpp>
#include <tenon/kernels/cpu/simd/functions.hpp>
#include <tenon/kernels/cpu/simd/isa.hpp>
#include <tenon/kernels/cpu/simd/mask.hpp>
#include <tenon/kernels/cpu/simd/memory.hpp>
#include <tenon/kernels/cpu/simd/reduce.hpp>
#include <tenon/kernels/cpu/simd/storage.hpp>
#include <tenon/kernels/cpu/simd/transpose.hpp>
#include <tenon/kernels/cpu/simd/vec.hpp>

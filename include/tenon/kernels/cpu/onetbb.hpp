#pragma once
// oneTBB's headers, without the intrinsics that they bring.
//
// For one pause instruction oneTBB includes all of <immintrin.h>: 66,000 lines, a sixth of the time that g++ takes for a program of one
// op. A file without AVX flags has no use for them, so that header's guard is set while oneTBB is read, and taken back: whoever
// includes it later gets it. Only for versions that were looked through; what they use is in <xmmintrin.h>.
#include <tenon/kernels/cpu/simd/intrinsics.hpp>

#include <oneapi/tbb/version.h>
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__AVX__) && !defined(_IMMINTRIN_H_INCLUDED) && \
    TBB_INTERFACE_VERSION <= 12200
#define _IMMINTRIN_H_INCLUDED
#define TENON_WITHOUT_IMMINTRIN
#endif

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#if defined(TENON_WITHOUT_IMMINTRIN)
#undef _IMMINTRIN_H_INCLUDED
#undef TENON_WITHOUT_IMMINTRIN
#endif

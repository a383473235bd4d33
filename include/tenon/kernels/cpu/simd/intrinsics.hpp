#pragma once
// The processor's intrinsics, as far as this file's flags allow: those of AVX take longer to read than all of Tenon (cpu/onetbb.hpp).
//
// Included before whatever else brings them, such as oneTBB: g++ 12 reports '__Y is used uninitialized' out of its own header, and the
// pragma works only around the first inclusion.
#if defined(__x86_64__) || defined(_M_X64)
#if !defined(__AVX__) && !defined(_M_X64)
#include <nmmintrin.h>
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif
#endif

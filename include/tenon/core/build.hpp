#pragma once
// What this translation unit is built for: version, instruction set, and the two namespace keys made from them.
//
// Types stand in `tenon::inline v0`: one definition under every compiler and every flag.
// Functions whose body may depend on flags stand one level deeper, in `inline TENON_BUILD` (ops) or `inline TENON_ARCH`
// (CPU kernels). The same template compiled with other flags is then another symbol, so that the linker can never hand
// an AVX-512 body to a file that was built for baseline x86-64. No other header asks for these flags.

#include <cstddef>
#include <cstdint>

#define TENON_VERSION_MAJOR 0
#define TENON_VERSION_MINOR 1
#define TENON_VERSION_PATCH 0
#define TENON_VERSION (TENON_VERSION_MAJOR * 10000 + TENON_VERSION_MINOR * 100 + TENON_VERSION_PATCH)
#define TENON_VERSION_STRING "0.1.0"

// TENON_ARCH: the instruction set that the compiler's flags allow. The order is from wide to narrow.
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__FMA__)
#define TENON_ARCH avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define TENON_ARCH avx2
#elif defined(__SSE4_2__)
#define TENON_ARCH sse4_2
#elif defined(__x86_64__) || defined(_M_X64)
#define TENON_ARCH sse2
#elif defined(__aarch64__)
#define TENON_ARCH neon64
#else
#define TENON_ARCH scalar
#endif

// Exceptions decide whether a throwing callback of the user's can be caught; the dispatch library, and LAPACK, decide where
// kernels come from; nvcc decides whether an expression becomes a CUDA kernel.
#if defined(__cpp_exceptions)
#define TENON_BUILD_EXCEPTIONS _
#else
#define TENON_BUILD_EXCEPTIONS _noexcept_
#endif
#if defined(TENON_DISPATCH)
#define TENON_BUILD_KERNELS dispatch
#else
#define TENON_BUILD_KERNELS header
#endif
#if defined(TENON_WITH_LAPACK)
#define TENON_BUILD_LAPACK _lapack
#else
#define TENON_BUILD_LAPACK
#endif
#if defined(__CUDACC__)
#define TENON_BUILD_COMPILER _nvcc
#else
#define TENON_BUILD_COMPILER
#endif

#define TENON_JOIN_(a, b, c, d, e) a##b##c##d##e
#define TENON_JOIN(a, b, c, d, e) TENON_JOIN_(a, b, c, d, e)
#define TENON_BUILD TENON_JOIN(TENON_ARCH, TENON_BUILD_EXCEPTIONS, TENON_BUILD_KERNELS, TENON_BUILD_LAPACK, TENON_BUILD_COMPILER)

// TENON_CUDA_ROOM: whose CUDA kernels these are. What the library compiled for its architectures and what a program's own
// .cu compiled for others must not be one symbol.
#if defined(TENON_CUDA_LIBRARY)
#define TENON_CUDA_ROOM library
#else
#define TENON_CUDA_ROOM program
#endif

// A program's own .cu computes its expressions by kernels of its own. (The tests say so without nvcc.)
#if defined(__CUDACC__) && !defined(TENON_CUDA_LIBRARY)
#define TENON_CUDA_EXPRESSIONS
#endif

// Marks for code that also runs in a CUDA kernel.
#if defined(__CUDACC__)
#define TENON_HD __host__ __device__
#else
#define TENON_HD
#endif

// Small functions that types share with every instruction set, never emitted as a symbol of their own; and the names of single
// instructions.
#if defined(__GNUC__) || defined(__clang__)
#define TENON_ALWAYS_INLINE [[gnu::always_inline]] inline
#else
#define TENON_ALWAYS_INLINE inline
#endif

// A kernel's small functions, and its lambdas (marked before their body). Their symbols carry their instruction set; so where the
// compiler does not optimise they may be functions like any other: a debugger steps into them, and tables of kernels compile in a
// third of the time.
#if defined(__OPTIMIZE__) || defined(__CUDACC__)
#define TENON_INLINE TENON_ALWAYS_INLINE
#define TENON_INLINE_LAMBDA __attribute__((always_inline))
#else
#define TENON_INLINE inline
#define TENON_INLINE_LAMBDA
#endif

// What makes the text of an error, or asks the system for memory: never inlined, optimised for size, and a branch that calls it is taken
// to be unlikely. Such paths are most of an op's code; without this they would be most of its compile time, too.
#if defined(__GNUC__) || defined(__clang__)
#define TENON_COLD [[gnu::cold, gnu::noinline]]
#else
#define TENON_COLD
#endif

// On a type: a function that returns it must not be called for nothing. nvcc counts assignment among such calls.
#if defined(__CUDACC__)
#define TENON_MUST_USE
#else
#define TENON_MUST_USE [[nodiscard]]
#endif

// Before a loop with a known, small number of rounds.
#if defined(__CUDACC__)
#define TENON_UNROLL(n)
#else
#define TENON_UNROLL(n) TENON_PRAGMA(GCC unroll n)
#define TENON_PRAGMA(...) _Pragma(#__VA_ARGS__)
#endif

namespace tenon::inline v0 {

// nvcc reads a .cu once for the GPU and once for the CPU. For the GPU, CPU kernels are neither wanted nor possible.
#if defined(__CUDA_ARCH__)
inline constexpr bool reading_for_gpu = true;
#else
inline constexpr bool reading_for_gpu = false;
#endif

using index_t = std::int64_t;          // every extent, stride, offset and count: 64 bits, signed
inline constexpr int max_rank = 8;

}  // namespace tenon::inline v0

#pragma once
// LAPACK's routines, one overload for each of the four element types, by their names in Fortran. They are declared under names of
// our own, so that a program may include another declaration of them (LAPACKE's, Eigen's) beside this one.
//
// Integers are of 32 bits (LP64). A CHARACTER argument has its length behind all arguments, which gfortran's LAPACK expects and others
// do not look at.
#include <tenon/kernels/cpu/linalg/matrix.hpp>
#include <tenon/kernels/cpu/linalg/scalar.hpp>
#include <tenon/kernels/cpu/linalg/workspace.hpp>

#include <cstddef>
#include <cstdint>

namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH {

using kernels::cpu::linalg::cplx;
using integer = std::int32_t;
using count = const integer&;  // by reference, as Fortran passes everything
using letter = const char&;
using length = std::size_t;

#define TENON_LAPACK_NAME(name) __asm__(name "_")

// What is alike in real and complex arithmetic.  t: the routines' first letter;  o: "or" or "un", as Q is orthogonal or unitary
#define TENON_LAPACK_ROUTINES(T, t, o)                                                                          \
  void getrf(count m, count n, T* a, count lda, integer* pivots, integer& info) TENON_LAPACK_NAME(t "getrf");   \
  void getrs(letter trans, count n, count right, const T* a, count lda, const integer* pivots, T* b, count ldb, \
             integer& info, length) TENON_LAPACK_NAME(t "getrs");                                               \
  void getri(count n, T* a, count lda, const integer* pivots, T* work, count lwork, integer& info)              \
      TENON_LAPACK_NAME(t "getri");                                                                             \
  void potrf(letter uplo, count n, T* a, count lda, integer& info, length) TENON_LAPACK_NAME(t "potrf");        \
  void geqrf(count m, count n, T* a, count lda, T* tau, T* work, count lwork, integer& info)                    \
      TENON_LAPACK_NAME(t "geqrf");                                                                             \
  void orgqr(count m, count n, count k, T* a, count lda, const T* tau, T* work, count lwork, integer& info)     \
      TENON_LAPACK_NAME(t o "gqr");
TENON_LAPACK_ROUTINES(float, "s", "or")
TENON_LAPACK_ROUTINES(double, "d", "or")
TENON_LAPACK_ROUTINES(cplx<float>, "c", "un")
TENON_LAPACK_ROUTINES(cplx<double>, "z", "un")
#undef TENON_LAPACK_ROUTINES

// r, z: the first letter of the routines for real and for complex matrices
#define TENON_LAPACK_ITERATIONS(R, r, z)                                                                              \
  void geev(letter jobvl, letter jobvr, count n, R* a, count lda, R* wr, R* wi, R* vl, count ldvl, R* vr, count ldvr, \
            R* work, count lwork, integer& info, length, length) TENON_LAPACK_NAME(r "geev");                         \
  void geev(letter jobvl, letter jobvr, count n, cplx<R>* a, count lda, cplx<R>* w, cplx<R>* vl, count ldvl,          \
            cplx<R>* vr, count ldvr, cplx<R>* work, count lwork, R* rwork, integer& info, length, length)             \
      TENON_LAPACK_NAME(z "geev");                                                                                    \
  void heevd(letter jobz, letter uplo, count n, R* a, count lda, R* w, R* work, count lwork, integer* iwork,          \
             count liwork, integer& info, length, length) TENON_LAPACK_NAME(r "syevd");                               \
  void heevd(letter jobz, letter uplo, count n, cplx<R>* a, count lda, R* w, cplx<R>* work, count lwork, R* rwork,    \
             count lrwork, integer* iwork, count liwork, integer& info, length, length) TENON_LAPACK_NAME(z "heevd"); \
  void gesdd(letter jobz, count m, count n, R* a, count lda, R* s, R* u, count ldu, R* vt, count ldvt, R* work,       \
             count lwork, integer* iwork, integer& info, length) TENON_LAPACK_NAME(r "gesdd");                        \
  void gesdd(letter jobz, count m, count n, cplx<R>* a, count lda, R* s, cplx<R>* u, count ldu, cplx<R>* vt,          \
             count ldvt, cplx<R>* work, count lwork, R* rwork, integer* iwork, integer& info, length)                 \
      TENON_LAPACK_NAME(z "gesdd");
TENON_LAPACK_ITERATIONS(float, "s", "c")
TENON_LAPACK_ITERATIONS(double, "d", "z")
#undef TENON_LAPACK_ITERATIONS
#undef TENON_LAPACK_NAME

// Names the kernels of this folder: function_of(K{}, here{}) is LAPACK's way of kernel K, and bytes_of(K{}, plan, here{}) the workspace
// that it needs for one matrix.
struct here {};

// Whether extents are integers of LAPACK's. Matrices that are larger go through the CPU's own kernels.
constexpr bool fits(index_t m, index_t n) { return m <= 0x7FFFFF00 && n <= 0x7FFFFF00; }
constexpr integer as_integer(index_t n) { return static_cast<integer>(n); }
constexpr integer leading(index_t n) { return static_cast<integer>(n > 0 ? n : 1); }

// Columns that LAPACK's blocked routines work on at once, at most: workspaces are planned for so many.
inline constexpr index_t block = 64;

// Room for a matrix like a that begins at a multiple of 64 bytes: a's own where it does. In which order a BLAS adds up may depend on where its
// operands begin (with OpenBLAS's kernels for SSE3 it does), and what iterates would then answer by a matrix's place in its batch.
template <class T>
kernels::cpu::linalg::matrix<T> at_line(kernels::cpu::linalg::matrix<T> a, kernels::cpu::linalg::workspace& w) {
  if (reinterpret_cast<std::uintptr_t>(a.data) % 64 != 0) {
    a.data = w.template take<T>(a.rows * a.cols);
    a.ld = a.rows;
  }
  return a;
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH

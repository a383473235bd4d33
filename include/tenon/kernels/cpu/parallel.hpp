#pragma once
// make_context: the threads that a piece of work gets.
//
// The loop itself is in cpu/parallel_loop.hpp. With tenon::dispatch it is that library's, and a program does not read oneTBB's headers, which
// are a tenth of what it takes to compile one op.
#include <tenon/kernels/context.hpp>
#if !defined(TENON_DISPATCH)
#include <tenon/kernels/cpu/parallel_loop.hpp>
#endif

namespace tenon::inline v0::kernels::cpu {

#if defined(TENON_DISPATCH)
context dispatched_context(bool wakes);          // src/dispatch/parallel.cpp
#endif

inline namespace TENON_BUILD {

// A context for `work` (a rough count of nanoseconds of arithmetic). To wake a second thread pays from about fifteen microseconds, one that is on
// standby from about a third of that. And what several threads have written, they should read: from another's cache it comes slowly.
inline context make_context(double work) {
  if (work < 5000.0) return {};
  const bool wakes = work >= 15000.0;
#if defined(TENON_DISPATCH)
  return dispatched_context(wakes);
#else
  return arena_context(wakes);
#endif
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::kernels::cpu

#pragma once
// Which function runs a kernel of linear algebra: LAPACK's driver where Tenon is built with TENON_WITH_LAPACK and has one for it
// (kernels/lapack/), else the CPU's own. This is the one place where the two part; ops say linalg_workspace<K>, linalg_entry<K>.
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/linalg/lanes.hpp>
#include <tenon/ops/calls/call.hpp>

#if defined(TENON_WITH_LAPACK)
#include <tenon/kernels/lapack/routines.hpp>
#endif

namespace tenon::inline v0::inline TENON_BUILD::calls {

#if defined(TENON_WITH_LAPACK)

template <class K>
inline constexpr bool by_lapack = requires {
  function_of(K{}, kernels::lapack::here{});
};

template <class K>
typename K::function linalg_entry() {
  if constexpr (by_lapack<K>)
    return function_of(K{}, kernels::lapack::here{});
  else
    return kernels::cpu::entry<K>();
}
// The plan's workspace, made larger where LAPACK needs more.
template <class K, class Plan>
result<storage_ptr> linalg_workspace(const char* op, Plan& p) {
  if constexpr (by_lapack<K>) {
    const index_t needed = kernels::linalg::lines(bytes_of(K{}, p, kernels::lapack::here{}));
    if (p.batch.slot_bytes < needed) p.batch.slot_bytes = needed;
    p.batch.workspace_bytes = p.batch.slots * p.batch.slot_bytes;
  }
  return workspace(op, p.batch.workspace_bytes);
}

#else

template <class K>
inline constexpr bool by_lapack = false;

template <class K>
typename K::function linalg_entry() {
  return kernels::cpu::entry<K>();
}

template <class K, class Plan>
result<storage_ptr> linalg_workspace(const char* op, const Plan& p) {
  return workspace(op, p.batch.workspace_bytes);
}

#endif

// Whether small matrices of a batch go one to each lane of a vector, instead of through K.
template <class K, class T>
bool in_lanes(index_t count, index_t rows, index_t cols) {
  return !by_lapack<K> && kernels::linalg::fits_lanes<T>(count, rows, cols);
}
// Of kernels that decide so themselves: the lanes that they may count on.
template <class K, class T>
constexpr index_t lanes_for() {
  return by_lapack<K> ? 1 : kernels::cpu::lanes<T>;
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

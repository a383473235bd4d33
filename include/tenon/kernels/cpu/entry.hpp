#pragma once
// entry<K>(): the function that runs kernel K on this CPU.
//
// Header-only, that is the kernel compiled with this file's own flags: `function_of(K{}, this_arch{})`, found in K's CPU header. With the
// compiled `tenon::dispatch` library (TENON_DISPATCH), kernels on its list come from there, built for SSE4.2, AVX2 and
// AVX-512 and chosen at run time.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/dispatch.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD {

template <class K>
inline constexpr bool comes_dispatched =
#if defined(TENON_DISPATCH)
    dispatched<K>;
#else
    false;
#endif

template <class K>
typename K::function entry() {
  if constexpr (comes_dispatched<K>) return dispatched_entry<K>(dispatch_level());
  else if constexpr (reading_for_gpu) return nullptr;
  else return function_of(K{}, this_arch{});
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD

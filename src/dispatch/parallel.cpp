// The parallel loop of programs that take their kernels from here.
#include <tenon/kernels/cpu/parallel.hpp>
#include <tenon/kernels/cpu/parallel_loop.hpp>

namespace tenon::inline v0::kernels::cpu {

context dispatched_context(bool wakes) { return arena_context(wakes); }

}  // namespace tenon::inline v0::kernels::cpu

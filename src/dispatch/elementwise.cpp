// The loop around elementwise functions, and copies. The functions themselves are compiled by the program, each of whose expressions is one;
// elements of all sizes are moved from here.
#include <tenon/kernels/cpu/element_movers.hpp>
#include <tenon/kernels/cpu/elementwise_loop.hpp>

#include "export.hpp"

TENON_EXPORT(copy_kernel)

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {
static void run_with_all_movers(const context& ctx, const elementwise_plan& p, elementwise_function f, const void* data, index_t grain) {
  elementwise_plan with = p;
  with.movers = &movers<all_item_sizes>;
  run_elementwise(ctx, with, f, data, grain);
}
template <>
elementwise_loop_kernel::function exported<elementwise_loop_kernel>() {
  return &run_with_all_movers;
}
}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

// Chooses the dispatched kernels' instruction set at run time. Compiled with the project's own flags; sees no vector code.
#include <tenon/core/half.hpp>
#include <tenon/kernels/cpu/dispatch.hpp>
#include <tenon/kernels/softmax.hpp>

namespace tenon::inline v0::kernels::cpu {

#define TENON_DECLARE(arch)          \
  namespace arch {                   \
  template <class K>                 \
  typename K::function exported();   \
  }
TENON_DECLARE(sse4_2)
TENON_DECLARE(avx2)
TENON_DECLARE(avx512)

#define TENON_SELECT(...)                                                                \
  namespace sse4_2 { template <> __VA_ARGS__::function exported<__VA_ARGS__>(); }        \
  namespace avx2 { template <> __VA_ARGS__::function exported<__VA_ARGS__>(); }          \
  namespace avx512 { template <> __VA_ARGS__::function exported<__VA_ARGS__>(); }        \
  template <>                                                                            \
  __VA_ARGS__::function dispatched_entry<__VA_ARGS__>(arch_level level) {                \
    return level == arch_level::avx512 ? avx512::exported<__VA_ARGS__>()                 \
           : level == arch_level::avx2 ? avx2::exported<__VA_ARGS__>()                   \
                                       : sse4_2::exported<__VA_ARGS__>();                \
  }

TENON_SELECT(softmax_kernel<float>)
TENON_SELECT(softmax_kernel<double>)
TENON_SELECT(softmax_kernel<half>)
TENON_SELECT(softmax_kernel<bfloat16>)

}  // namespace tenon::inline v0::kernels::cpu

// Chooses the dispatched kernels' instruction set at run time. Compiled with the project's own flags; sees no vector code.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/attention.hpp>
#include <tenon/kernels/copy.hpp>
#include <tenon/kernels/cpu/dispatch.hpp>
#include <tenon/kernels/elementwise.hpp>
#include <tenon/kernels/matmul.hpp>
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

TENON_SELECT(copy_kernel)
TENON_SELECT(elementwise_loop_kernel)

TENON_SELECT(softmax_kernel<float>)
TENON_SELECT(softmax_kernel<double>)
TENON_SELECT(softmax_kernel<half>)
TENON_SELECT(softmax_kernel<bfloat16>)

TENON_SELECT(attention_kernel<float>)
TENON_SELECT(attention_tile_kernel<float>)
TENON_SELECT(attention_kernel<double>)
TENON_SELECT(attention_tile_kernel<double>)
TENON_SELECT(attention_kernel<half>)
TENON_SELECT(attention_tile_kernel<half>)
TENON_SELECT(attention_kernel<bfloat16>)
TENON_SELECT(attention_tile_kernel<bfloat16>)
TENON_SELECT(matmul_kernel<float>)
TENON_SELECT(matmul_kernel<double>)
TENON_SELECT(matmul_kernel<half>)
TENON_SELECT(matmul_kernel<bfloat16>)
TENON_SELECT(matmul_kernel<std::int8_t>)
TENON_SELECT(matmul_kernel<std::uint8_t>)
TENON_SELECT(matmul_kernel<std::int16_t>)
TENON_SELECT(matmul_kernel<std::int32_t>)
TENON_SELECT(matmul_kernel<std::int64_t>)
TENON_SELECT(matmul_kernel<std::complex<float>>)
TENON_SELECT(matmul_kernel<std::complex<double>>)

}  // namespace tenon::inline v0::kernels::cpu

// What cudnn_api.hpp declares is what NVIDIA's header declares, where that is installed: compared by the compiler, without code.
// A type of a function counts by what is passed: an enumeration is an int, a pointer to a structure is an address.
#include <cuda_runtime_api.h>

#if defined(CUDART_VERSION) && __has_include(<cudnn.h>)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "cudnn_api.hpp"

#include <cudnn.h>

#include <type_traits>

#if CUDNN_MAJOR == 9
namespace tenon::inline v0::kernels::cuda::inline library::cudnn {

namespace {

template <class T>
constexpr auto passed() {
  if constexpr (std::is_enum_v<T>) return std::type_identity<int>{};
  else if constexpr (!std::is_pointer_v<T>) return std::type_identity<T>{};
  else {
    using target = std::remove_cv_t<std::remove_pointer_t<T>>;
    if constexpr (std::is_class_v<target> || std::is_void_v<target>) return std::type_identity<void*>{};
    else return std::type_identity<typename decltype(passed<target>())::type*>{};
  }
}
template <class F>
struct signature;
template <class R, class... A>
struct signature<R (*)(A...)> {
  using type = typename decltype(passed<R>())::type (*)(typename decltype(passed<A>())::type...);
};
template <class F>
using signature_of = typename signature<F>::type;

#define TENON_SAME(result, name, parameters) \
  static_assert(std::is_same_v<signature_of<decltype(functions::name)>, signature_of<decltype(&::name)>>, #name);
TENON_CUDNN_FUNCTIONS(TENON_SAME)
#undef TENON_SAME

static_assert(static_cast<int>(data_type::float32) == CUDNN_DATA_FLOAT && static_cast<int>(data_type::float64) == CUDNN_DATA_DOUBLE &&
              static_cast<int>(data_type::float16) == CUDNN_DATA_HALF && static_cast<int>(data_type::bfloat16) == CUDNN_DATA_BFLOAT16);
static_assert(static_cast<int>(math::usual) == CUDNN_DEFAULT_MATH && static_cast<int>(math::tensor) == CUDNN_TENSOR_OP_MATH &&
              static_cast<int>(math::tensor_converting) == CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION && static_cast<int>(math::fma) == CUDNN_FMA_MATH);
static_assert(static_cast<int>(algorithm::implicit_gemm) == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM &&
              static_cast<int>(algorithm::implicit_precomputed_gemm) == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM &&
              static_cast<int>(algorithm::gemm) == CUDNN_CONVOLUTION_FWD_ALGO_GEMM);
static_assert(succeeded == CUDNN_STATUS_SUCCESS && row_major == CUDNN_TENSOR_NCHW && cross_correlation == CUDNN_CROSS_CORRELATION && deterministic == CUDNN_DETERMINISTIC);

using theirs = cudnnConvolutionFwdAlgoPerf_t;
static_assert(sizeof(performance) == sizeof(theirs) && offsetof(performance, method) == offsetof(theirs, algo) && offsetof(performance, status) == offsetof(theirs, status) &&
              offsetof(performance, memory) == offsetof(theirs, memory) && offsetof(performance, determinism) == offsetof(theirs, determinism) &&
              offsetof(performance, type) == offsetof(theirs, mathType));

// The statuses that cudnn_text knows.
static_assert(CUDNN_STATUS_NOT_INITIALIZED == 1001 && CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH == 1002 && CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED == 1008 &&
              CUDNN_STATUS_BAD_PARAM == 2000 && CUDNN_STATUS_NOT_SUPPORTED == 3000 && CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER == 3005 &&
              CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDART == 3006 && CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH == 3007 && CUDNN_STATUS_INTERNAL_ERROR == 4000 &&
              CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED == 4003 && CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED == 4004 &&
              CUDNN_STATUS_EXECUTION_FAILED == 5000);

}  // namespace

}  // namespace tenon::inline v0::kernels::cuda::inline library::cudnn
#endif
#endif

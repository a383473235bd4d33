// Matrix products: by cuBLASLt where it is installed and takes the operands, or by the library's own kernel.
#include "cublaslt.hpp"
#include "library.hpp"

#include <tenon/kernels/cuda/matmul.cuh>

namespace tenon::inline v0::kernels::cuda::inline library {

template <class T>
status run_product(const context& ctx, const matmul_plan& plan, strided<T> out, strided<const T> a, strided<const T> b, const matmul_epilogue<T>& epilogue,
                   std::byte* workspace) {
  if (plan.wanted != product_algorithm::own && out.numel() > 0) {
    const library_product call{dtype_of<T>, plan_matmul<T>(out, a, b, epilogue, 1),   a.data, b.data, epilogue.c.rank == 0 ? nullptr : epilogue.c.data,
                               out.data,    static_cast<double>(epilogue.alpha), static_cast<double>(epilogue.beta)};
    const library_outcome r = multiply_by_cublaslt(ctx, call);
    if (r.taken) return r.outcome;
    if (plan.wanted == product_algorithm::library) return {status_code::unsupported, 0};
  }
  return run_matmul<T>(ctx, plan, out, a, b, epilogue, workspace);
}

}  // namespace tenon::inline v0::kernels::cuda::inline library

TENON_CUDA_FAMILY(matmul) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::matmul_kernel<T>, device::cuda> = &kernels::cuda::library::run_product<T>), ...);
  };
  enroll(type_list<float, double, half, bfloat16>{});
}

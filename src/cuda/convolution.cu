// conv1d, conv2d, conv3d: by cuDNN where it is installed and takes the operands, or by the library's own kernels.
#include "cudnn.hpp"
#include "library.hpp"

#include <tenon/kernels/cuda/convolution.cuh>

namespace tenon::inline v0::kernels::cuda::inline library {

template <class T>
status run_by_choice(const context& ctx, const convolution_plan& plan, const convolution_operands<T>& o, std::byte* workspace) {
  const convolution_shape& s = plan.s;
  const bool demanded = plan.algorithm == convolution_algorithm::cudnn;
  const bool something = s.batch > 0 && s.out_channels > 0 && s.in_channels > 0 && s.in[0] > 0 && s.in[1] > 0 && s.in[2] > 0;
  if (plan.cudnn_first && something) {
    library_convolution c{dtype_of<T>, s, o.x.data, {}, o.w, o.bias, o.out.data, workspace, plan.workspace_bytes};
    for (int d = 0; d < 5; ++d) c.x_stride[d] = o.x.stride[d];
    const convolution_outcome r = convolve_by_cudnn(ctx, c);
    if (r.taken || demanded) return r.outcome;
  }
  if (!demanded) return run_convolution<T>(ctx, plan, o, workspace);
  convolution_plan of_bias = plan;                         // sums without terms
  of_bias.algorithm = convolution_algorithm::direct;
  return run_convolution<T>(ctx, of_bias, o, nullptr);
}

}  // namespace tenon::inline v0::kernels::cuda::inline library

TENON_CUDA_FAMILY(convolution) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::convolution_kernel<T>, device::cuda> = &kernels::cuda::library::run_by_choice<T>), ...);
  };
  enroll(type_list<float, double, half, bfloat16>{});
}

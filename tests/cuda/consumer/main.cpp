// A program that was linked with tenon::cuda and includes nothing of CUDA: without a GPU it is told so, with one it computes there.
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/softmax.hpp>
#include <tenon/ops/supports.hpp>

#include <cstdio>

#if defined(__CUDA_RUNTIME_H__) || defined(CUDART_VERSION)
#error "a header of CUDA's was included"
#endif

namespace tn = tenon;

int main() {
  const auto y = tn::to(tn::softmax(tn::to(tn::ones<float>({4}), tn::device::cuda), 0), tn::device::cpu);
  std::printf("%s\n", y ? "computed on the GPU" : y.error().message().data());
  if (!tn::supports<tn::op::softmax>(tn::dtype::float32, tn::device::cuda)) return 1;                // built in, with or without a GPU
  return (y ? y->data()[2] == 0.25F : y.error() == tn::error_code::device_unavailable) ? 0 : 1;
}

// Kernels of the CUDA library beside a device copy, on the same GPU in the same run.
//
// Data are random; inputs are rotated through more memory than the second-level cache holds; a figure is the median of CUDA events
// around single calls. Bytes are what the op must read and write; `of copy` is the share of the bandwidth that cudaMemcpyAsync from device
// to device reaches (read and write counted). Products are in TFLOP/s.
#include <tenon/tenon.hpp>

#include <algorithm>
#include <cstdio>
#include <cuda_runtime_api.h>
#include <functional>
#include <vector>

namespace {

namespace tn = tenon;
using tensor = tn::tensor<float>;

constexpr int rounds = 31;

// Milliseconds of one call: the median. f(i) is the i-th call, which takes the i-th of the rotated inputs.
double median_ms(const std::function<bool(int)>& f) {
  cudaEvent_t begin = nullptr, end = nullptr;
  if (cudaEventCreate(&begin) != cudaSuccess || cudaEventCreate(&end) != cudaSuccess) return -1;
  std::vector<float> times;
  for (int i = -3; i < rounds; ++i) {
    if (cudaEventRecord(begin, nullptr) != cudaSuccess || !f(i + 3)) return -1;
    if (cudaEventRecord(end, nullptr) != cudaSuccess || cudaEventSynchronize(end) != cudaSuccess) return -1;
    float ms = 0;
    if (cudaEventElapsedTime(&ms, begin, end) != cudaSuccess) return -1;
    if (i >= 0) times.push_back(ms);
  }
  static_cast<void>(cudaEventDestroy(begin));
  static_cast<void>(cudaEventDestroy(end));
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[rounds / 2];
}

}  // namespace

int main() {
  const auto devices = tn::device_count(tn::device::cuda);
  if (!devices) {
    std::printf("%s\n", devices.error().message().data());
    return 1;
  }
  // Four inputs and four outputs of 256 MiB: what one call leaves in the cache, the next three throw out.
  constexpr tn::index_t rows = 8192, columns = 8192;
  constexpr double bytes = 4.0 * rows * columns;
  const auto random = tn::randn<float>({rows, columns});
  std::vector<tensor> in, out;
  for (int i = 0; i < 4; ++i) {
    auto x = tn::to(random, tn::device::cuda);
    auto y = tn::empty_like(x);
    if (!x || !y) {
      std::printf("%s\n", (x ? y : x).error().message().data());
      return 1;
    }
    in.push_back(*std::move(x));
    out.push_back(*std::move(y));
  }
  double copy_gbs = 0;
  std::printf("%-24s %10s %10s %8s\n", "float32 [8192, 8192]", "us", "GB/s", "of copy");
  const auto row = [&](const char* name, double moved, const std::function<bool(int)>& f) {
    const double ms = median_ms(f);
    if (ms < 0) return static_cast<void>(std::printf("%-24s failed\n", name));
    const double gbs = moved / ms * 1e-6;
    if (copy_gbs == 0) copy_gbs = gbs;
    std::printf("%-24s %10.1f %10.0f %8.2f\n", name, 1000 * ms, gbs, gbs / copy_gbs);
  };
  const auto at = [](int i) { return static_cast<std::size_t>(i % 4); };
  row("copy (cudaMemcpyAsync)", 2 * bytes, [&](int i) {
    return cudaMemcpyAsync(out[at(i)].data(), std::as_const(in[at(i)]).data(), static_cast<std::size_t>(bytes), cudaMemcpyDeviceToDevice, nullptr) ==
           cudaSuccess;
  });
  row("relu", 2 * bytes, [&](int i) { return tn::relu_into(out[at(i)], in[at(i)]).has_value(); });
  row("gelu", 2 * bytes, [&](int i) { return tn::gelu_into(out[at(i)], in[at(i)]).has_value(); });
  row("add", 3 * bytes, [&](int i) { return tn::add_into(out[at(i)], in[at(i)], in[at(i + 1)]).has_value(); });
  row("softmax", 2 * bytes, [&](int i) { return tn::softmax_into(out[at(i)], in[at(i)], 1).has_value(); });
  row("softmax, dim 0", 2 * bytes, [&](int i) { return tn::softmax_into(out[at(i)], in[at(i)], 0).has_value(); });
  row("layer_norm", 2 * bytes, [&](int i) { return tn::layer_norm_into(out[at(i)], in[at(i)], {columns}, tn::none, tn::none).has_value(); });
  row("sum, all", bytes, [&](int i) { return tn::sum(in[at(i)]).has_value(); });
  row("sum, dim 1", bytes, [&](int i) { return tn::sum(in[at(i)], 1).has_value(); });
  row("sum, dim 0", bytes, [&](int i) { return tn::sum(in[at(i)], 0).has_value(); });
  row("transposed copy", 2 * bytes, [&](int i) { return tn::copy_(out[at(i)], in[at(i)].transpose(0, 1)).has_value(); });
  const double ms = median_ms([&](int i) { return tn::matmul_into(out[at(i)], in[at(i)], in[at(i + 1)]).has_value(); });
  if (ms > 0) std::printf("%-24s %10.1f us, %.1f TFLOP/s\n", "matmul", 1000 * ms, 2.0 * rows * columns * columns / ms * 1e-9);
  // In bfloat16: the product by cuBLASLt and by our own kernel; attention of 16 heads of 16384 queries and keys of 128 elements.
  const auto in_bfloat16 = [](const tn::shape& s) { return tn::to(tn::to<tn::bfloat16>(tn::randn<float>(s)), tn::device::cuda); };
  const auto square = in_bfloat16({columns, columns}), heads = in_bfloat16({1, 16, 16384, 128});
  if (square && heads) {
    const auto rate = [](const char* name, double operations, const std::function<bool(int)>& f) {
      const double best = median_ms(f);
      if (best > 0) std::printf("%-24s %10.1f us, %.1f TFLOP/s\n", name, 1000 * best, operations / best * 1e-9);
    };
    for (const auto algorithm : {tn::product_algorithm::library, tn::product_algorithm::own})
      rate(algorithm == tn::product_algorithm::library ? "matmul, cuBLASLt, bf16" : "matmul, own, bf16", 2.0 * columns * columns * columns,
           [&](int) { return tn::matmul(square, square, {.algorithm = algorithm}).has_value(); });
    for (const bool causal : {false, true})
      rate(causal ? "attention, causal, bf16" : "attention, bf16", 4.0 * 16 * 16384 * 16384 * 128 * (causal ? 0.5 : 1),
           [&](int) { return tn::flash_attention(heads, heads, heads, {.causal = causal}).has_value(); });
  }
  // A convolution of 32 images of 256 channels, 3 x 3: by cuDNN and by our own columns and products.
  const auto convolutions = [&]<class T>(const char* type, T) {
    const auto x = tn::to(tn::to<T>(tn::randn<float>({32, 256, 56, 56})), tn::device::cuda), w = tn::to(tn::to<T>(tn::randn<float>({256, 256, 3, 3})), tn::device::cuda);
    for (const auto algorithm : {tn::conv_algorithm::cudnn, tn::conv_algorithm::im2col}) {
      const auto convolved = [&] { return tn::conv2d(x, w, {.padding = 1, .algorithm = algorithm}); };
      const char* const by = algorithm == tn::conv_algorithm::cudnn ? "cuDNN" : "own";
      if (const auto first = convolved(); !first) {
        std::printf("conv2d, %s, %s: %s\n", by, type, first.error().message().data());
        continue;
      }
      const double best = median_ms([&](int) { return convolved().has_value(); });
      if (best > 0) std::printf("conv2d, %-5s, %-8s %10.1f us, %.1f TFLOP/s\n", by, type, 1000 * best, 2.0 * 32 * 256 * 56 * 56 * 256 * 9 / best * 1e-9);
    }
  };
  convolutions("bfloat16", tn::bfloat16{});
  convolutions("float32", 0.0f);
  if (auto r = tn::synchronize(tn::device::cuda); !r) {
    std::printf("%s\n", r.error().message().data());
    return 1;
  }
  return 0;
}

// Kernels of the CUDA library beside a device copy and beside cuBLAS, on the same GPU in the same run. pytorch.py puts PyTorch beside them.
//
// Data are random; inputs are rotated through more memory than the second-level cache holds; a figure is the median of CUDA events
// around single calls. Bytes are what the op must read and write; `of copy` is the share of the bandwidth that cudaMemcpyAsync from device
// to device reaches (read and write counted).
#include <tenon/tenon.hpp>

#include "chain.hpp"
#include "cublas.hpp"

#include <algorithm>
#include <cstdio>
#include <cuda_runtime_api.h>
#include <functional>
#include <string>
#include <vector>

namespace {

namespace tn = tenon;
using tensor = tn::tensor<float>;
using tn::device;

constexpr int rounds = 31, rotated = 4;
constexpr tn::index_t n = 8192;                  // matrices of 256 MiB: what one call leaves in the cache, the next three throw out
constexpr double bytes = 4.0 * n * n;

// The i-th call is done and good.
using call = std::function<bool(int)>;

// Milliseconds of one call: the median, below 0 if one fails.
double median_ms(const call& f) {
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

// A row: NAME, microseconds, and what that is. pytorch.py knows rows by their names.
double print_time(const std::string& name, const call& f) {
  const double ms = median_ms(f);
  if (ms < 0) std::printf("%-28s failed\n", name.c_str());
  else std::printf("%-28s %10.1f us", name.c_str(), 1000 * ms);
  std::fflush(stdout);                           // what there is when time is up
  return ms;
}
void print_rate(const std::string& name, double operations, const call& f) {
  if (const double ms = print_time(name, f); ms > 0) std::printf(" %8.1f TFLOP/s\n", operations / ms * 1e-9);
}

std::size_t at(int i) { return static_cast<std::size_t>(i % rotated); }

template <class T>
std::vector<tn::tensor<T>> random_tensors(const tn::shape& s, int count = rotated) {
  std::vector<tn::tensor<T>> all;
  for (int i = 0; i < count; ++i) {
    auto x = tn::to(tn::to<T>(tn::randn<float>(s)), device::cuda);
    if (!x) {
      std::printf("%s\n", x.error().message().data());
      return {};
    }
    all.push_back(*std::move(x));
  }
  return all;
}

void bandwidths(std::vector<tensor>& out, const std::vector<tensor>& in) {
  double copy_gbs = 0;
  const auto row = [&](const char* name, double moved, const call& f) {
    const double ms = print_time(name, f);
    if (ms < 0) return;
    const double gbs = moved / ms * 1e-6;
    if (copy_gbs == 0) copy_gbs = gbs;
    std::printf(" %8.0f GB/s %6.2f of copy\n", gbs, gbs / copy_gbs);
  };
  row("copy (cudaMemcpyAsync)", 2 * bytes, [&](int i) {
    return cudaMemcpyAsync(out[at(i)].data(), std::as_const(in[at(i)]).data(), static_cast<std::size_t>(bytes), cudaMemcpyDeviceToDevice, nullptr) ==
           cudaSuccess;
  });
  row("relu", 2 * bytes, [&](int i) { return tn::relu_into(out[at(i)], in[at(i)]).has_value(); });
  row("gelu", 2 * bytes, [&](int i) { return tn::gelu_into(out[at(i)], in[at(i)]).has_value(); });
  row("add", 3 * bytes, [&](int i) { return tn::add_into(out[at(i)], in[at(i)], in[at(i + 1)]).has_value(); });
  row("softmax", 2 * bytes, [&](int i) { return tn::softmax_into(out[at(i)], in[at(i)], 1).has_value(); });
  const auto long_rows = [](const tensor& x) { return x.view({n / 4, 4 * n}); };
  row("softmax, long rows", 2 * bytes, [&](int i) { return tn::softmax_into(long_rows(out[at(i)]), long_rows(in[at(i)]), 1).has_value(); });
  row("softmax, dim 0", 2 * bytes, [&](int i) { return tn::softmax_into(out[at(i)], in[at(i)], 0).has_value(); });
  row("layer_norm", 2 * bytes, [&](int i) { return tn::layer_norm_into(out[at(i)], in[at(i)], {n}, tn::none, tn::none).has_value(); });
  row("rms_norm", 2 * bytes, [&](int i) { return tn::rms_norm_into(out[at(i)], in[at(i)], {n}, tn::none).has_value(); });
  row("sum, all", bytes, [&](int i) { return tn::sum(in[at(i)]).has_value(); });
  row("sum, dim 1", bytes, [&](int i) { return tn::sum(in[at(i)], 1).has_value(); });
  row("sum, dim 0", bytes, [&](int i) { return tn::sum(in[at(i)], 0).has_value(); });
  row("transposed copy", 2 * bytes, [&](int i) { return tn::copy_(out[at(i)], in[at(i)].transpose(0, 1)).has_value(); });
  row("chain, fused", 4 * bytes, [&](int i) { return fused_chain(out[at(i)], in[at(i)], in[at(i + 1)], in[at(i + 2)]).has_value(); });
  const auto steps = [&](int i) { return tn::assign(out[at(i)], tn::relu(tn::lazy(in[at(i)]) * in[at(i + 1)] + in[at(i + 2)]) * tn::sigmoid(tn::lazy(in[at(i)]))); };
  row("chain, function by function", 4 * bytes, [&](int i) { return steps(i).has_value(); });
  // The two are one function.
  if (fused_chain(out[0], in[0], in[1], in[2]) && steps(rotated))
    if (const auto apart = tn::item(tn::amax(tn::abs(tn::sub(out[0], out[at(rotated)])))); !apart || *apart != 0) std::printf("chain: the two differ\n");
}

template <class T>
void products(const char* type, const std::vector<tn::tensor<T>>& in, tn::tensor<T>& out) {
  constexpr double operations = 2.0 * n * n * n;
  const auto row = [&](const char* by, const call& f) { print_rate(std::string("matmul, ") + by + ", " + type, operations, f); };
  for (const auto algorithm : {tn::product_algorithm::library, tn::product_algorithm::own})
    row(algorithm == tn::product_algorithm::library ? "cuBLASLt" : "own",
        [&](int i) { return tn::matmul_into(out, in[at(i)], in[at(i + 1)], {.algorithm = algorithm}).has_value(); });
  row("cuBLAS itself", [&](int i) {
    return multiply_by_cublas(sizeof(T) == 2, static_cast<int>(n), out.data(), std::as_const(in[at(i)]).data(), std::as_const(in[at(i + 1)]).data());
  });
}

// 16 heads of 16384 queries and keys of 128 elements.
void attention() {
  const auto heads = random_tensors<tn::bfloat16>({1, 16, 16384, 128}, 3);
  if (heads.empty()) return;
  for (const bool causal : {false, true})
    print_rate(causal ? "attention, causal, bfloat16" : "attention, bfloat16", 4.0 * 16 * 16384 * 16384 * 128 * (causal ? 0.5 : 1),
               [&](int) { return tn::flash_attention(heads[0], heads[1], heads[2], {.causal = causal}).has_value(); });
}

// 32 images of 256 channels, 3 x 3: by cuDNN and by our own columns and products.
template <class T>
void convolutions(const char* type) {
  const auto x = random_tensors<T>({32, 256, 56, 56}), w = random_tensors<T>({256, 256, 3, 3}, 1);
  if (x.empty() || w.empty()) return;
  for (const auto algorithm : {tn::conv_algorithm::cudnn, tn::conv_algorithm::im2col}) {
    const auto convolved = [&](int i) { return tn::conv2d(x[at(i)], w[0], {.padding = 1, .algorithm = algorithm}); };
    const char* const by = algorithm == tn::conv_algorithm::cudnn ? "cuDNN" : "own";
    if (const auto first = convolved(0); !first) std::printf("conv2d, %s, %s: %s\n", by, type, first.error().message().data());
    else print_rate(std::string("conv2d, ") + by + ", " + type, 2.0 * 32 * 256 * 56 * 56 * 256 * 9, [&](int i) { return convolved(i).has_value(); });
  }
}

}  // namespace

// bench_gpu --device: only says what it would run on.
int main(int argc, char**) {
  if (const auto devices = tn::device_count(device::cuda); !devices) {
    std::printf("%s\n", devices.error().message().data());
    return 1;
  }
  int driver = 0;
  cudaDeviceProp gpu{};
  if (cudaGetDeviceProperties(&gpu, 0) != cudaSuccess || cudaDriverGetVersion(&driver) != cudaSuccess) return 1;
  std::printf("%s, sm_%d%d, driver for CUDA %d.%d\n", gpu.name, gpu.major, gpu.minor, driver / 1000, driver % 1000 / 10);
  if (argc > 1) return 0;
  std::printf("float32 [%d, %d] where nothing else is said\n", static_cast<int>(n), static_cast<int>(n));
  {
    const auto in = random_tensors<float>({n, n});
    auto out = random_tensors<float>({n, n});
    if (in.empty() || out.empty()) return 1;
    bandwidths(out, in);
    products("float32", in, out[0]);
  }
  {
    const auto in = random_tensors<tn::bfloat16>({n, n});
    auto out = random_tensors<tn::bfloat16>({n, n}, 1);
    if (!in.empty() && !out.empty()) products("bfloat16", in, out[0]);
  }
  attention();
  convolutions<tn::bfloat16>("bfloat16");
  convolutions<float>("float32");
  if (auto r = tn::synchronize(device::cuda); !r) {
    std::printf("%s\n", r.error().message().data());
    return 1;
  }
  return 0;
}

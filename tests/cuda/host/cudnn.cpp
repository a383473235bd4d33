// cuDNN on the CPU (src/cuda/cudnn_api.hpp): out = alpha (x * w) + beta out by the definition, in double, over what the descriptors say.
//
// Refuses what cuDNN's documentation refuses: extents that do not fit, too little workspace, null pointers; and counts as a misuse what this
// library has promised: TF32, algorithms that it does not take, operands that are not dense and aligned, a handle used by two threads at once.
// The heuristic's list has every kind of answer that must be left out, before those that may be taken.
#include "host_cudnn.hpp"

#include "cudnn_api.hpp"

#include <tenon/core/half.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>

extern "C" {
int host_cudnn_convolutions = 0, host_cudnn_questions = 0, host_cudnn_descriptors = 0, host_cudnn_misuses = 0;
int host_cudnn_algorithm = -1, host_cudnn_math = -1;
int host_cudnn_version = 91900, host_cudnn_create_status = 0, host_cudnn_question_status = 0, host_cudnn_convolution_status = 0;
}

namespace tenon::inline v0::kernels::cuda::inline library::cudnn {

struct cudnn_context {
  std::atomic<bool> busy;
};
struct cudnn_tensor {
  data_type type;
  int rank, extent[5], stride[5];
};
struct cudnn_filter {
  data_type type;
  int rank, extent[5];
};
struct cudnn_convolution {
  int dims, pad[3], stride[3], dilation[3], groups;
  data_type compute;
  math arithmetic;
};

namespace {

constexpr int bad = 2000, unsupported = 3000;
constexpr std::size_t precomputed_bytes = 4096;

int misuse(int status = bad) {
  ++host_cudnn_misuses;
  return status;
}

struct turn {
  cudnn_context& context;
  explicit turn(cudnn_context& c) : context(c) {
    if (c.busy.exchange(true)) misuse();
  }
  ~turn() { context.busy = false; }
};

template <class D>
int create(D** d) {
  *d = new D{};
  ++host_cudnn_descriptors;
  return succeeded;
}
template <class D>
int destroy(D* d) {
  if (d == nullptr) return misuse();
  delete d;
  --host_cudnn_descriptors;
  return succeeded;
}
bool fill(int rank, const int* extents, int (&to)[5]) {
  if (rank < 4 || rank > 5) return false;
  for (int d = 0; d < rank; ++d)
    if ((to[d] = extents[d]) < 1) return false;
  return true;
}

// Extents, types and order of the four.
bool fits(const cudnn_tensor& x, const cudnn_filter& w, const cudnn_convolution& c, const cudnn_tensor& y) {
  const int rank = c.dims + 2;
  if (x.rank != rank || w.rank != rank || y.rank != rank || x.type != w.type || x.type != y.type) return false;
  if (c.groups < 1 || x.extent[1] != w.extent[1] * c.groups || w.extent[0] % c.groups != 0 || y.extent[0] != x.extent[0] || y.extent[1] != w.extent[0]) return false;
  for (int d = 0; d < c.dims; ++d) {
    const std::int64_t reach = std::int64_t{w.extent[2 + d] - 1} * c.dilation[d] + 1, padded = x.extent[2 + d] + 2 * std::int64_t{c.pad[d]};
    if (padded < reach || y.extent[2 + d] != 1 + (padded - reach) / c.stride[d]) return false;
  }
  return true;
}
bool keeps_promises(const cudnn_tensor& x, const cudnn_convolution& c, const cudnn_tensor& y) {
  const data_type compute = x.type == data_type::float64 ? data_type::float64 : data_type::float32;
  if (c.compute != compute || c.arithmetic == math::tensor_converting || (x.type == data_type::float32 && c.arithmetic != math::fma)) return false;
  for (const auto* t : {&x, &y})
    for (int d = t->rank - 1, n = 1; d >= 0; n *= t->extent[d--])
      if (t->stride[d] != n) return false;
  return true;
}

template <class T>
void compute(double alpha, const cudnn_tensor& dx, const T* x, const cudnn_filter& dw, const T* w, const cudnn_convolution& c, double beta, const cudnn_tensor& dy, T* y) {
  const int first = 3 - c.dims;                  // in three dimensions, those that are missing of extent 1
  int in[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, out[3] = {1, 1, 1}, x_stride[3] = {}, y_stride[3] = {}, pad[3] = {}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1};
  for (int d = 0; d < c.dims; ++d) {
    const int to = first + d;
    in[to] = dx.extent[2 + d], kernel[to] = dw.extent[2 + d], out[to] = dy.extent[2 + d];
    x_stride[to] = dx.stride[2 + d], y_stride[to] = dy.stride[2 + d];
    pad[to] = c.pad[d], stride[to] = c.stride[d], dilation[to] = c.dilation[d];
  }
  const int depth = dw.extent[1], taps = kernel[0] * kernel[1] * kernel[2], rows = dw.extent[0] / c.groups;
  for (int n = 0; n < dy.extent[0]; ++n)
    for (int o = 0; o < dy.extent[1]; ++o)
      for (int p = 0; p < out[0] * out[1] * out[2]; ++p) {
        const int at[3] = {p / (out[1] * out[2]), p / out[2] % out[1], p % out[2]};
        double sum = 0;
        for (int k = 0; k < depth; ++k)
          for (int t = 0; t < taps; ++t) {
            const int tap[3] = {t / (kernel[1] * kernel[2]), t / kernel[2] % kernel[1], t % kernel[2]};
            std::int64_t offset = std::int64_t{n} * dx.stride[0] + std::int64_t{o / rows * depth + k} * dx.stride[1];
            bool inside = true;
            for (int d = 0; d < 3; ++d) {
              const std::int64_t place = std::int64_t{at[d]} * stride[d] - pad[d] + std::int64_t{tap[d]} * dilation[d];
              inside = inside && place >= 0 && place < in[d];
              offset += place * x_stride[d];
            }
            sum += (inside ? static_cast<double>(x[offset]) : 0.0) * static_cast<double>(w[(std::int64_t{o} * depth + k) * taps + t]);
          }
        T& to = y[std::int64_t{n} * dy.stride[0] + std::int64_t{o} * dy.stride[1] + at[0] * y_stride[0] + at[1] * y_stride[1] + at[2] * y_stride[2]];
        const double result = alpha * sum + (beta != 0 ? beta * static_cast<double>(to) : 0.0);
        if constexpr (sizeof(T) == 2) to = T(static_cast<float>(result));
        else to = static_cast<T>(result);
      }
}

bool aligned(const void* p) { return p != nullptr && reinterpret_cast<std::uintptr_t>(p) % 16 == 0; }

}  // namespace

#define TENON_DECLARE(result, name, parameters) result name parameters;
extern "C" {
TENON_CUDNN_FUNCTIONS(TENON_DECLARE)

std::size_t cudnnGetVersion() { return static_cast<std::size_t>(host_cudnn_version); }
int cudnnCreate(handle* h) {
  static cudnn_context contexts[16];
  static std::atomic<int> count{0};
  if (host_cudnn_create_status != succeeded) return host_cudnn_create_status;
  *h = &contexts[count++ % 16];
  return succeeded;
}
int cudnnSetStream(handle h, void*) { return h == nullptr ? misuse() : succeeded; }

int cudnnCreateTensorDescriptor(tensor* t) { return create(t); }
int cudnnDestroyTensorDescriptor(tensor t) { return destroy(t); }
int cudnnSetTensorNdDescriptor(tensor t, data_type type, int rank, const int* extents, const int* strides) {
  if (t == nullptr || !fill(rank, extents, t->extent) || !fill(rank, strides, t->stride)) return misuse();
  t->type = type;
  t->rank = rank;
  return succeeded;
}
int cudnnCreateFilterDescriptor(filter* f) { return create(f); }
int cudnnDestroyFilterDescriptor(filter f) { return destroy(f); }
int cudnnSetFilterNdDescriptor(filter f, data_type type, int format, int rank, const int* extents) {
  if (f == nullptr || format != row_major || !fill(rank, extents, f->extent)) return misuse();
  f->type = type;
  f->rank = rank;
  return succeeded;
}
int cudnnCreateConvolutionDescriptor(convolution* c) {
  create(c);
  (*c)->groups = 1;
  return succeeded;
}
int cudnnDestroyConvolutionDescriptor(convolution c) { return destroy(c); }
int cudnnSetConvolutionNdDescriptor(convolution c, int dims, const int* pad, const int* stride, const int* dilation, int mode, data_type compute) {
  if (c == nullptr || dims < 2 || dims > 3 || mode != cross_correlation) return misuse();
  for (int d = 0; d < dims; ++d) {
    if (pad[d] < 0 || stride[d] < 1 || dilation[d] < 1) return misuse();
    c->pad[d] = pad[d], c->stride[d] = stride[d], c->dilation[d] = dilation[d];
  }
  c->dims = dims;
  c->compute = compute;
  c->arithmetic = math::usual;
  return succeeded;
}
int cudnnSetConvolutionMathType(convolution c, math m) {
  c->arithmetic = m;
  return succeeded;
}
int cudnnSetConvolutionGroupCount(convolution c, int groups) {
  if (groups < 1) return misuse();
  c->groups = groups;
  return succeeded;
}

int cudnnGetConvolutionForwardAlgorithm_v7(handle h, tensor x, filter w, convolution c, tensor y, int room, int* count, performance* answers) {
  ++host_cudnn_questions;
  if (h == nullptr || !fits(*x, *w, *c, *y) || !keeps_promises(*x, *c, *y)) return misuse();
  const turn mine(*h);
  if (host_cudnn_question_status != succeeded) return host_cudnn_question_status;
  using enum algorithm;
  const math own = x->type == data_type::float32 ? math::fma : x->type == data_type::float64 ? math::usual : math::tensor;
  constexpr auto winograd = algorithm{6}, fft = algorithm{4};
  const performance list[] = {
      {winograd, succeeded, 1, 0, deterministic, own, {}},
      {fft, succeeded, 2, 0, deterministic, own, {}},
      {implicit_precomputed_gemm, unsupported, 3, 0, deterministic, own, {}},
      {implicit_precomputed_gemm, succeeded, 4, 0, 0, own, {}},
      {implicit_precomputed_gemm, succeeded, 5, 0, deterministic, math::tensor_converting, {}},
      {gemm, succeeded, 6, std::size_t{1} << 40, deterministic, own, {}},
      {implicit_precomputed_gemm, succeeded, 7, precomputed_bytes, deterministic, own, {}},
      {implicit_gemm, succeeded, 8, 0, deterministic, x->type == data_type::float32 ? math::usual : own, {}},
  };
  *count = 0;
  for (const auto& a : list)
    if (*count < room) answers[(*count)++] = a;
  return succeeded;
}

int cudnnConvolutionForward(handle h, const void* alpha, tensor dx, const void* x, filter dw, const void* w, convolution c, algorithm method, void* workspace,
                            std::size_t workspace_bytes, const void* beta, tensor dy, void* y) {
  if (h == nullptr || !fits(*dx, *dw, *c, *dy) || !keeps_promises(*dx, *c, *dy) || !aligned(x) || !aligned(w) || !aligned(y) || x == y) return misuse();
  const turn mine(*h);
  const bool precomputed = method == algorithm::implicit_precomputed_gemm;
  if (!precomputed && method != algorithm::implicit_gemm) return misuse(unsupported);
  if (precomputed && (workspace == nullptr || workspace_bytes < precomputed_bytes)) return misuse();
  if (host_cudnn_convolution_status != succeeded) return host_cudnn_convolution_status;
  if (workspace_bytes > 0) std::memset(workspace, 0xA5, workspace_bytes);          // it is the caller's to lend
  ++host_cudnn_convolutions;
  host_cudnn_algorithm = static_cast<int>(method);
  host_cudnn_math = static_cast<int>(c->arithmetic);
  const auto run = [&]<class T>(T) {
    const bool twice = sizeof(T) == 8;
    const auto factor = [twice](const void* p) { return twice ? *static_cast<const double*>(p) : static_cast<double>(*static_cast<const float*>(p)); };
    compute(factor(alpha), *dx, static_cast<const T*>(x), *dw, static_cast<const T*>(w), *c, factor(beta), *dy, static_cast<T*>(y));
  };
  switch (dx->type) {
    case data_type::float32: run(0.0f); break;
    case data_type::float64: run(0.0); break;
    case data_type::float16: run(tenon::half{}); break;
    case data_type::bfloat16: run(tenon::bfloat16{}); break;
  }
  return succeeded;
}
}  // extern "C"
#undef TENON_DECLARE

}  // namespace tenon::inline v0::kernels::cuda::inline library::cudnn

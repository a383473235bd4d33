// Convolution by cuDNN.
//
// Layout     everything dense, in the order of this library; of x with other strides a dense copy is made. Two spatial dimensions, or three where the
//            first one is in use.
// Padding    cuDNN pads both sides alike. Where one more zero is needed behind (padding::same of an even reach) the copy of x has it.
// Bias       written to out first; the convolution is then added to it in the arithmetic's own type, so that half types are rounded once.
// Precision  float in float (no TF32), half types in float.
// Choice     its heuristic's answers for this shape, fastest first, without those that are not deterministic, and without FFT and Winograd:
//            these spread a NaN over its neighbours, and their error is not bounded by the sum of the window. `most_plans` shapes are kept for each
//            device, of which the one unused for longest makes room. If there is no memory for the fastest one's workspace, one that
//            needs less is taken.
// Threads    one handle for each device, never destroyed, and never used by two threads at once: queueing takes turns, the work itself does not.
// Memory     copies and workspace from the stream-ordered pool, for the time of the call.
#include "cudnn.hpp"

#include "cudnn_api.hpp"
#include "device_guard.hpp"
#include "runtime.hpp"

#include <tenon/core/storage.hpp>
#include <tenon/kernels/elementwise_device.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <type_traits>
#include <utility>

namespace tenon::inline v0::kernels::cuda::library {

namespace {

using cudnn::api, cudnn::data_type, cudnn::math, cudnn::succeeded;

constexpr int max_devices = 16;
constexpr std::size_t most_plans = 64, alignment = 16;
constexpr std::size_t most_workspace = std::size_t{1} << 30;      // half types are put into another order there, so about x and out together

constexpr status because(cudnn_reason r) { return {r == cudnn_reason::memory ? status_code::out_of_memory : status_code::unsupported, static_cast<index_t>(r)}; }
constexpr status because(int s) {
  if (s == succeeded) return {};
  const bool memory = s == 4003 || s == 4004;
  return {memory ? status_code::out_of_memory : s / 1000 < 4 ? status_code::unsupported : status_code::launch_failed, s};
}

// Something may have run; else out is as good as untouched, and another algorithm may do. cuDNN's 4000 are failures of its own before that.
constexpr bool is_final(const status& s) { return s.code == status_code::launch_failed && s.detail / 1000 != 4; }

// ---- what is asked for ---------------------------------------------------------------------------------------------------
// In words without padding.
struct problem {
  std::int64_t type = 0;
  convolution_shape s;                           // in: with the zeros behind
};
static_assert(std::has_unique_object_representations_v<problem>);

// As cuDNN computes the extents of out: from the padding of both sides, which must be alike, and the stride, also where no step is taken.
convolution_shape with_equal_padding(convolution_shape s) {
  for (int d = 0; d < 3; ++d) {
    index_t places = s.in[d] + 2 * s.pad[d] - (s.kernel[d] - 1) * s.dilation[d];          // where a window fits
    const index_t needed = 1 + (s.out[d] - 1) * s.stride[d];
    if (places < needed) {
      s.in[d] += needed - places;
      places = needed;
    }
    if (s.out[d] == 1) s.stride[d] = places;
  }
  return s;
}

bool fits_int(const convolution_shape& s) {
  index_t x = s.batch, w = s.out_channels, y = s.batch;
  bool fits = __builtin_mul_overflow(x, s.in_channels, &x) == 0 && __builtin_mul_overflow(w, s.group_in(), &w) == 0 && __builtin_mul_overflow(y, s.out_channels, &y) == 0;
  for (int d = 0; d < 3; ++d) {
    fits = fits && !__builtin_mul_overflow(x, s.in[d], &x) && !__builtin_mul_overflow(w, s.kernel[d], &w) && !__builtin_mul_overflow(y, s.out[d], &y);
    fits = fits && s.stride[d] <= INT32_MAX && s.pad[d] <= INT32_MAX && s.dilation[d] <= INT32_MAX;
  }
  return fits && x <= INT32_MAX && w <= INT32_MAX && y <= INT32_MAX;
}

// ---- plans -----------------------------------------------------------------------------------------------------------------
struct choice {
  cudnn::algorithm method;
  math type;
  std::size_t memory;
};
struct plan {
  problem key;
  cudnn::tensor x, out;
  cudnn::filter w;
  cudnn::convolution how;
  std::array<choice, 3> choices;
  int count;
  status outcome;                                // if count is 0: also that there is none is remembered
};

struct device_state {
  std::mutex lock;
  cudnn::handle handle = nullptr;
  int created = succeeded;                       // what cudnnCreate has said
  std::array<plan, most_plans> plans;            // the latest first
  std::size_t count = 0;
};
device_state& state_of(int ordinal) {
  static device_state all[max_devices];
  return all[ordinal];
}

void destroy(plan& p) {
  if (p.x) static_cast<void>(api().cudnnDestroyTensorDescriptor(p.x));
  if (p.out) static_cast<void>(api().cudnnDestroyTensorDescriptor(p.out));
  if (p.w) static_cast<void>(api().cudnnDestroyFilterDescriptor(p.w));
  if (p.how) static_cast<void>(api().cudnnDestroyConvolutionDescriptor(p.how));
  p.x = p.out = nullptr;
  p.w = nullptr;
  p.how = nullptr;
}

constexpr data_type data_type_of(std::int64_t t) {
  switch (static_cast<dtype>(t)) {
    case dtype::float64: return data_type::float64;
    case dtype::float16: return data_type::float16;
    case dtype::bfloat16: return data_type::bfloat16;
    default: return data_type::float32;
  }
}

// The four descriptors.
int describe(plan& p) {
  const convolution_shape& s = p.key.s;
  const auto type = data_type_of(p.key.type), compute = type == data_type::float64 ? type : data_type::float32;
  const bool flat = s.in[0] == 1 && s.kernel[0] == 1 && s.pad[0] == 0 && s.out[0] == 1;
  const int dims = flat ? 2 : 3, from = 3 - dims, rank = dims + 2;
  int outcome = succeeded;
  const auto done = [&outcome](int status) {
    if (outcome == succeeded) outcome = status;
    return outcome == succeeded;
  };
  struct list {
    int v[5];
  };
  const auto extents = [&](index_t first, index_t second, const index_t (&spatial)[3]) {
    list l{{static_cast<int>(first), static_cast<int>(second)}};
    for (int d = 0; d < dims; ++d) l.v[2 + d] = static_cast<int>(spatial[from + d]);
    return l;
  };
  const auto describe_tensor = [&](cudnn::tensor& t, const list& e) {
    list strides{};
    for (int d = rank - 1, n = 1; d >= 0; n *= e.v[d--]) strides.v[d] = n;
    return done(api().cudnnCreateTensorDescriptor(&t)) && done(api().cudnnSetTensorNdDescriptor(t, type, rank, e.v, strides.v));
  };
  const list pad = extents(0, 0, s.pad), stride = extents(0, 0, s.stride), dilation = extents(0, 0, s.dilation);
  // float: fused multiply-adds, for cuDNN would take TF32 otherwise. Half types: tensor cores, which multiply them exactly and add in float.
  const math arithmetic = type == data_type::float64 ? math::usual : type == data_type::float32 ? math::fma : math::tensor;
  static_cast<void>(describe_tensor(p.x, extents(s.batch, s.in_channels, s.in)) && describe_tensor(p.out, extents(s.batch, s.out_channels, s.out)) &&
                    done(api().cudnnCreateFilterDescriptor(&p.w)) &&
                    done(api().cudnnSetFilterNdDescriptor(p.w, type, cudnn::row_major, rank, extents(s.out_channels, s.group_in(), s.kernel).v)) &&
                    done(api().cudnnCreateConvolutionDescriptor(&p.how)) &&
                    done(api().cudnnSetConvolutionNdDescriptor(p.how, dims, pad.v + 2, stride.v + 2, dilation.v + 2, cudnn::cross_correlation, compute)) &&
                    done(api().cudnnSetConvolutionGroupCount(p.how, static_cast<int>(s.groups))) && done(api().cudnnSetConvolutionMathType(p.how, arithmetic)));
  return outcome;
}

// Whether an answer of the heuristic may be taken for elements of this type.
bool keeps_the_contract(const cudnn::performance& a, data_type type) {
  using enum cudnn::algorithm;
  const bool sums_windows = a.method == implicit_gemm || a.method == implicit_precomputed_gemm || a.method == gemm;
  const bool exact_products = type == data_type::float32 ? a.type == math::usual || a.type == math::fma : a.type != math::tensor_converting;
  return a.status == succeeded && a.determinism == cudnn::deterministic && sums_windows && exact_products && a.memory <= most_workspace;
}

// The heuristic's answers.
plan ask(cudnn::handle handle, const problem& key) {
  plan p{key, nullptr, nullptr, nullptr, nullptr, {}, 0, {}};
  cudnn::performance answers[16];
  int count = 0;
  int s = describe(p);
  if (s == succeeded) s = api().cudnnGetConvolutionForwardAlgorithm_v7(handle, p.x, p.w, p.how, p.out, static_cast<int>(std::size(answers)), &count, answers);
  if (s != succeeded) count = 0;
  const data_type type = data_type_of(key.type);
  for (int i = 0; i < count && p.count < static_cast<int>(p.choices.size()); ++i)
    if (keeps_the_contract(answers[i], type))      // of float the descriptor stays at fused multiply-adds, whatever the answer calls usual
      p.choices[static_cast<std::size_t>(p.count++)] = {answers[i].method, type == data_type::float32 ? math::fma : answers[i].type, answers[i].memory};
  if (p.count == 0) {
    destroy(p);
    p.outcome = s == succeeded ? because(cudnn_reason::no_algorithm) : because(s);
  }
  return p;
}

// The same, remembered. The device's lock is held.
plan& plan_for(device_state& device, const problem& key) {
  const auto first = device.plans.begin(), last = first + static_cast<std::ptrdiff_t>(device.count);
  const auto known = std::find_if(first, last, [&key](const plan& p) { return std::memcmp(&p.key, &key, sizeof key) == 0; });
  if (known != last) {
    std::rotate(first, known, known + 1);
  } else {
    if (device.count == most_plans) destroy(device.plans.back());
    else ++device.count;
    std::move_backward(first, first + static_cast<std::ptrdiff_t>(device.count - 1), first + static_cast<std::ptrdiff_t>(device.count));
    *first = ask(device.handle, key);
  }
  return *first;
}

// ---- operands --------------------------------------------------------------------------------------------------------------
storage_ptr take(const context& ctx, index_t bytes) {
  auto memory = runtime().allocate("convolution", static_cast<std::size_t>(bytes), ctx.queue->ordinal);
  return memory ? *std::move(memory) : storage_ptr();
}

bool is_aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % alignment == 0; }

struct layout {
  index_t extent[5], out_stride[5], in_stride[5];          // strides in elements
};
status copy(const context& ctx, const layout& l, index_t item, void* to, const void* from) {
  elementwise_operand operands[2];
  operands[0].data = static_cast<std::byte*>(to);
  operands[1].data = static_cast<std::byte*>(const_cast<void*>(from));
  elementwise_plan p;
  p.rank = 5;
  p.operands = 2;
  p.operand = operands;
  for (int d = 0; d < 5; ++d) {
    p.extent[d] = l.extent[d];
    operands[0].stride[d] = l.out_stride[d] * item;
    operands[1].stride[d] = l.in_stride[d] * item;
  }
  for (auto& o : operands) o.item = item;
  plan_elementwise(p);
  return device_entry<strided_copy_kernel, device::cuda>(ctx, p);
}

// x as cuDNN takes it, with the extents of `s`: itself, or a copy in `held`.
status prepare_input(const context& ctx, const library_convolution& c, const convolution_shape& s, storage_ptr& held, const void*& x) {
  layout l{{s.batch, s.in_channels, c.s.in[0], c.s.in[1], c.s.in[2]}, {}, {}};
  const index_t whole[5] = {s.batch, s.in_channels, s.in[0], s.in[1], s.in[2]}, item = size_of(c.type);
  index_t numel = 1;
  bool as_it_is = is_aligned(c.x), padded = false;
  for (int d = 4; d >= 0; numel *= whole[d--]) {
    l.out_stride[d] = numel;
    l.in_stride[d] = c.x_stride[d];
    padded = padded || whole[d] != l.extent[d];
    as_it_is = as_it_is && (l.extent[d] == 1 || c.x_stride[d] == numel);
  }
  x = c.x;
  if (as_it_is && !padded) return {};
  held = take(ctx, numel * item);
  if (!held) return because(cudnn_reason::memory);
  x = held->data;
  if (padded)
    if (const cudaError_t e = cudaMemsetAsync(held->data, 0, static_cast<std::size_t>(numel * item), static_cast<cudaStream_t>(ctx.queue->stream)); e != cudaSuccess)
      return {status_code::launch_failed, static_cast<index_t>(e)};
  return copy(ctx, l, item, held->data, c.x);
}

// A dense operand at an address that cuDNN's kernels may read in words: itself, or a copy in `held`.
status align(const context& ctx, index_t bytes, storage_ptr& held, const void*& p) {
  if (is_aligned(p)) return {};
  held = take(ctx, bytes);
  if (!held) return because(cudnn_reason::memory);
  const cudaError_t e = cudaMemcpyAsync(held->data, std::exchange(p, held->data), static_cast<std::size_t>(bytes), cudaMemcpyDeviceToDevice,
                                        static_cast<cudaStream_t>(ctx.queue->stream));
  if (e == cudaSuccess) return {};
  return {status_code::launch_failed, static_cast<index_t>(e)};
}

status write_bias(const context& ctx, const library_convolution& c, void* out) {
  const index_t pixels = c.s.out_pixels();
  return copy(ctx, {{c.s.batch, c.s.out_channels, pixels, 1, 1}, {c.s.out_channels * pixels, pixels, 1, 0, 0}, {0, 1, 0, 0, 0}}, size_of(c.type), out, c.bias);
}

// ---- the call --------------------------------------------------------------------------------------------------------------
// out = x * w, or out += x * w.
status convolve(const context& ctx, device_state& device, const problem& key, const library_convolution& c, const void* x, const void* w, void* out, bool add) {
  const std::lock_guard guard(device.lock);
  // A failure to start is final, but for one of memory.
  if (device.handle == nullptr && (device.created == succeeded || because(device.created).code == status_code::out_of_memory))
    device.created = api().cudnnCreate(&device.handle);
  if (device.created != succeeded) {
    device.handle = nullptr;
    return because(device.created);
  }
  if (const int s = api().cudnnSetStream(device.handle, ctx.queue->stream); s != succeeded) return because(s);
  const plan& p = plan_for(device, key);
  status outcome = p.outcome;
  const float one_single = 1, beta_single = add ? 1 : 0;
  const double one = 1, beta = add ? 1 : 0;
  const bool twice = c.type == dtype::float64;
  std::size_t refused = most_workspace + 1;      // so much cannot be had
  for (int i = 0; i < p.count; ++i) {
    const choice& with = p.choices[static_cast<std::size_t>(i)];
    if (with.memory >= refused) continue;
    storage_ptr held;
    void* workspace = c.workspace;
    if (with.memory > static_cast<std::size_t>(c.workspace_bytes)) {
      held = take(ctx, static_cast<index_t>(with.memory));
      if (!held) {
        refused = with.memory;
        outcome = because(cudnn_reason::memory);
        continue;
      }
      workspace = held->data;
    }
    int s = api().cudnnSetConvolutionMathType(p.how, with.type);
    if (s == succeeded)
      s = api().cudnnConvolutionForward(device.handle, twice ? static_cast<const void*>(&one) : &one_single, p.x, x, p.w, w, p.how, with.method, workspace,
                                        with.memory, twice ? static_cast<const void*>(&beta) : &beta_single, p.out, out);
    outcome = because(s);
    if (outcome || is_final(outcome)) break;       // else another one may do
  }
  return outcome;
}

}  // namespace

convolution_outcome convolve_by_cudnn(const context& ctx, const library_convolution& c) {
  const int ordinal = ctx.queue->ordinal;
  if (!api().found || ordinal >= max_devices) return {false, because(api().absent)};
  problem key{static_cast<std::int64_t>(c.type), with_equal_padding(c.s)};
  if (!fits_int(key.s)) return {false, because(cudnn_reason::size)};
  const index_t item = size_of(c.type), out_bytes = c.s.batch * c.s.out_channels * c.s.out_pixels() * item;
  const device_guard on(ordinal);
  storage_ptr x_held, w_held, out_held;
  const void *x = nullptr, *w = c.w;
  void* out = c.out;
  status s = prepare_input(ctx, c, key.s, x_held, x);
  if (s) s = align(ctx, c.s.out_channels * c.s.depth() * item, w_held, w);
  if (s && !is_aligned(out)) {
    out_held = take(ctx, out_bytes);
    if (!out_held) s = because(cudnn_reason::memory);
    else out = out_held->data;
  }
  if (s && c.bias) s = write_bias(ctx, c, out);
  if (s) s = convolve(ctx, state_of(ordinal), key, c, x, w, out, c.bias != nullptr);
  static_cast<void>(cudaGetLastError());         // said by the status
  if (s && out != c.out) {
    const cudaError_t e = cudaMemcpyAsync(c.out, out, static_cast<std::size_t>(out_bytes), cudaMemcpyDeviceToDevice, static_cast<cudaStream_t>(ctx.queue->stream));
    if (e != cudaSuccess) s = {status_code::launch_failed, static_cast<index_t>(e)};
  }
  return {s.code == status_code::ok || is_final(s), s};
}

}  // namespace tenon::inline v0::kernels::cuda::library

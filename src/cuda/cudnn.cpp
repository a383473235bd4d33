// Convolution by cuDNN.
//
// Layout     everything dense, in the order of this library; of x with other strides a dense copy is made. Two spatial dimensions, or three where the
//            first one is in use.
// Padding    cuDNN pads both sides alike. Where one more zero is needed behind (padding::same of an even reach) the copy of x has it.
// Bias       written to out first; the convolution is then added to it in the arithmetic's own type, so that half types are rounded once.
// Precision  float in float (no TF32). Half types in float, by tensor cores, whose additions may cut off where others round.
// Choice     its heuristic's answers for this shape, fastest first, kept for the next call (cudnn_plan.hpp). Without those that are not deterministic,
//            and without FFT and Winograd, which spread a NaN over its neighbours, and whose error is not bounded by the sum of the window.
//            If there is no memory for the fastest one's workspace, one that needs less is taken.
// Threads    one handle for each device, never destroyed, and never used by two threads at once: queueing takes turns, the work itself does not.
// Memory     copies and workspace from the stream-ordered pool, for the time of the call.
#include "cudnn.hpp"

#include "cudnn_plan.hpp"
#include "runtime.hpp"

#include <tenon/core/storage.hpp>
#include <tenon/kernels/cuda/device_guard.cuh>
#include <tenon/kernels/elementwise_device.hpp>

#include <mutex>
#include <utility>

namespace tenon::inline v0::kernels::cuda::inline library {

namespace {

using cudnn::api, cudnn::because, cudnn::problem, cudnn::succeeded;

constexpr int max_devices = 16;
constexpr std::size_t alignment = 16;

// Something may have run; else out is as good as untouched, and another algorithm may do. cuDNN's 4000 are failures of its own before that.
constexpr bool is_final(const status& s) { return s.code == status_code::launch_failed && s.detail / 1000 != 4; }

struct device_state {
  std::mutex lock;
  cudnn::handle handle = nullptr;
  int created = succeeded;                       // what cudnnCreate has said
  cudnn::plan_cache plans;
};
device_state& state_of(int ordinal) {
  static device_state all[max_devices];
  return all[ordinal];
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
  const cudnn::plan& p = device.plans.find(device.handle, key);
  status outcome = p.outcome;
  const float one_single = 1, beta_single = add ? 1 : 0;
  const double one = 1, beta = add ? 1 : 0;
  const bool twice = c.type == dtype::float64;
  std::size_t refused = cudnn::most_workspace + 1;      // so much cannot be had
  for (int i = 0; i < p.count; ++i) {
    const cudnn::choice& with = p.choices[static_cast<std::size_t>(i)];
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
  problem key{static_cast<std::int64_t>(c.type), cudnn::with_equal_padding(c.s)};
  if (!cudnn::fits_int(key.s)) return {false, because(cudnn_reason::size)};
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

}  // namespace tenon::inline v0::kernels::cuda::inline library

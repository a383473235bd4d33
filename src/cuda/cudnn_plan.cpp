// Descriptors, the heuristic's answers, and which of them are left out (cudnn.cpp says why).
#include "cudnn_plan.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace tenon::inline v0::kernels::cuda::inline library::cudnn {

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

namespace {

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
  const auto describe_tensor = [&](tensor& t, const list& e) {
    list strides{};
    for (int d = rank - 1, n = 1; d >= 0; n *= e.v[d--]) strides.v[d] = n;
    return done(api().cudnnCreateTensorDescriptor(&t)) && done(api().cudnnSetTensorNdDescriptor(t, type, rank, e.v, strides.v));
  };
  const list pad = extents(0, 0, s.pad), stride = extents(0, 0, s.stride), dilation = extents(0, 0, s.dilation);
  // float: fused multiply-adds, for cuDNN would take TF32 otherwise. Half types: tensor cores, which multiply them exactly and add in float.
  const math arithmetic = type == data_type::float64 ? math::usual : type == data_type::float32 ? math::fma : math::tensor;
  static_cast<void>(describe_tensor(p.x, extents(s.batch, s.in_channels, s.in)) && describe_tensor(p.out, extents(s.batch, s.out_channels, s.out)) &&
                    done(api().cudnnCreateFilterDescriptor(&p.w)) &&
                    done(api().cudnnSetFilterNdDescriptor(p.w, type, row_major, rank, extents(s.out_channels, s.group_in(), s.kernel).v)) &&
                    done(api().cudnnCreateConvolutionDescriptor(&p.how)) &&
                    done(api().cudnnSetConvolutionNdDescriptor(p.how, dims, pad.v + 2, stride.v + 2, dilation.v + 2, cross_correlation, compute)) &&
                    done(api().cudnnSetConvolutionGroupCount(p.how, static_cast<int>(s.groups))) && done(api().cudnnSetConvolutionMathType(p.how, arithmetic)));
  return outcome;
}

// Whether an answer of the heuristic may be taken for elements of this type.
bool keeps_the_contract(const performance& a, data_type type) {
  using enum algorithm;
  const bool sums_windows = a.method == implicit_gemm || a.method == implicit_precomputed_gemm || a.method == gemm;
  const bool exact_products = type == data_type::float32 ? a.type == math::usual || a.type == math::fma : a.type != math::tensor_converting;
  return a.status == succeeded && a.determinism == deterministic && sums_windows && exact_products && a.memory <= most_workspace;
}

// The heuristic's answers.
plan ask(handle handle, const problem& key) {
  plan p{key, nullptr, nullptr, nullptr, nullptr, {}, 0, {}};
  performance answers[16];
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

}  // namespace

const plan& plan_cache::find(handle h, const problem& key) {
  const auto first = plans_.begin(), last = first + static_cast<std::ptrdiff_t>(count_);
  const auto known = std::find_if(first, last, [&key](const plan& p) { return std::memcmp(&p.key, &key, sizeof key) == 0; });
  if (known != last) {
    std::rotate(first, known, known + 1);
  } else {
    if (count_ == most_plans) destroy(plans_.back());
    else ++count_;
    std::move_backward(first, first + static_cast<std::ptrdiff_t>(count_ - 1), first + static_cast<std::ptrdiff_t>(count_));
    *first = ask(h, key);
    return *first;
  }
  if (first->outcome.code == status_code::out_of_memory) *first = ask(h, key);             // there may be some by now
  return *first;
}

}  // namespace tenon::inline v0::kernels::cuda::inline library::cudnn

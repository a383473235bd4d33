// test: alone links=tenon::cuda unoptimised
// The CUDA library itself, on the machine's own GPU, against the CPU: the ops of tests/cuda/road.cpp on real hardware.
// Without a GPU there is one thing to see: that the program loads, and that asking for the GPU says why there is none.
#include <tenon/core/stream.hpp>
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/division.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/power.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/sign.hpp>
#include <tenon/ops/softmax.hpp>
#include <tenon/ops/special.hpp>
#include <tenon/ops/supports.hpp>

#include "../support/cases.hpp"

namespace tenon_test::gpu_test {
using tn::device;

namespace {

bool there_is_a_gpu() {
  const auto devices = tn::device_count(device::cuda);
  if (devices) return true;
  WARN(std::string(devices.error().message()));
  SUCCEED();                                     // a test case without an assertion fails
  return false;
}

// x on the GPU with its layout: the whole of its memory is moved, and looked at in the same way.
template <class T>
tn::tensor<T> moved(const tn::tensor<T>& x) {
  const auto& memory = x.any().memory();
  const auto bytes = static_cast<index_t>(memory->bytes);
  const tn::any_tensor whole(memory, memory->data, {bytes}, tn::dense_strides({bytes}), tn::dtype::uint8);
  const auto there = tn::unwrap(tn::to(whole, device::cuda));
  return tn::tensor<T>::unchecked(tn::any_tensor(there.memory(), const_cast<std::byte*>(there.bytes()) + (x.any().bytes() - memory->data), x.shape(),
                                                 x.any().strides(), tn::dtype_of<T>, device::cuda));
}

// op(x) on the GPU is within `bound` ulp (relative to the larger of 1 and the value) of op(x) on the CPU, in every layout.
template <class T, class Op>
void same_as_cpu(const char* name, Op op, const tn::shape& s, double bound, double low = -4, double high = 4) {
  const auto v = rounded<T>(uniform(static_cast<std::size_t>(s.numel()), low, high));
  for (const auto& [layout_name, x] : layouts<T>(s, v)) {
    INFO(name << ", " << tn::name_of(tn::dtype_of<T>) << ", " << layout_name);
    const auto want = tn::unwrap(op(x));
    const auto got = tn::unwrap(tn::to(op(moved(x)), device::cpu));
    using R = typename decltype(want)::value_type;
    const auto expected = values(want);
    expect_within(values(got), expected, want.shape(), [&](std::size_t i) {
      if constexpr (tn::floating<R>) return bound * ulp<R>(std::fmax(1, std::fabs(expected[i])));
      else return 0.0;
    });
  }
}

// Each side keeps the bound of its op's contract, so the two are at most twice that apart (u = ulp / 2), and one more ulp where a half type
// rounds them to different sides. Sums are of numbers that are not negative: then the sum of magnitudes in their bound is the sum itself.
template <class T>
void check_type() {
  const tn::shape s{7, 33, 65};
  same_as_cpu<T>("relu", [](const auto& x) { return tn::relu(x); }, s, 0);
  same_as_cpu<T>("gelu", [](const auto& x) { return tn::gelu(x); }, s, 5 + 7 + 1);             // lane.cuh: 5 of ndtr, and two roundings
  same_as_cpu<T>("add", [](const auto& x) { return tn::add(x, 1.5); }, s, 0);
  same_as_cpu<T>("add, broadcast", [](const auto& x) { return tn::add(x, tn::unwrap(x.narrow(1, 3, 1))); }, s, 0);
  same_as_cpu<T>("to", [](const auto& x) { return tn::to<std::int32_t>(x); }, s, 0);
  same_as_cpu<T>("contiguous", [](const auto& x) { return tn::contiguous(tn::unwrap(x.transpose(0, 2))); }, s, 0);
  same_as_cpu<T>("cat", [](const auto& x) { return tn::cat({x, x}, 1); }, s, 0);
  for (int dim = 0; dim < 3; ++dim) {
    const double n = static_cast<double>(s[dim]), length = std::log2(n);
    same_as_cpu<T>("softmax", [=](const auto& x) { return tn::softmax(x, dim); }, s, 2 * 4 + 1);
    // 4 ulp of the larger of |x - m| < 8 and log l < 5, so of 8 where the result is below 1 in size.
    same_as_cpu<T>("log_softmax", [=](const auto& x) { return tn::log_softmax(x, dim); }, s, 2 * 4 * 8 + 1);
    same_as_cpu<T>("sum", [=](const auto& x) { return tn::sum(x, dim); }, s, length + 8 + 1, 0, 4);
    same_as_cpu<T>("amax", [=](const auto& x) { return tn::amax(x, dim); }, s, 0);
    same_as_cpu<T>("argmax", [=](const auto& x) { return tn::argmax(x, dim); }, s, 0);
    same_as_cpu<T>("logsumexp", [=](const auto& x) { return tn::logsumexp(x, dim); }, s, 2 * 3 * 2 + 1);        // of at most 4.2, where the result is above 2
    same_as_cpu<T>("var", [=](const auto& x) { return tn::var(x, dim); }, s, 2 * (length + 12) + 1);
  }
  const auto all = static_cast<double>(s.numel());
  same_as_cpu<T>("sum of all", [](const auto& x) { return tn::sum(x); }, s, std::log2(all) + 8 + 1, 0, 4);
  same_as_cpu<T>("layer_norm", [](const auto& x) { return tn::layer_norm(x, {65}); }, s, 2 * 8 + 2);      // |mean| below the deviation
  same_as_cpu<T>("matmul", [](const auto& x) { return tn::matmul(x, tn::unwrap(x.transpose(1, 2))); }, s, 65 + 1, 0, 4);
  const auto own = [](const auto& x) { return tn::matmul(x, tn::unwrap(x.transpose(1, 2)), {.algorithm = tn::product_algorithm::own}); };
  same_as_cpu<T>("matmul, own kernel", [&](const auto& x) { return x.where().kind == device::cpu ? tn::matmul(x, tn::unwrap(x.transpose(1, 2))) : own(x); }, s, 65 + 1, 0, 4);
  // Scores of size 2 D at most before the scale, and values below 1: the contract's bound in ulp of 1, where u_T is half of one.
  for (const index_t d : {64, 128})
    for (const bool causal : {false, true}) {
      const double u = tn::half_type<T> ? std::ldexp(1.0, -24) : to_double(std::numeric_limits<T>::epsilon()) / 2, width = static_cast<double>(d), scores = std::sqrt(width);
      const double bound = ((2 * (2 * width + 6) * scores + 4 * 130 + 16) * u) / ulp<T>(1);
      same_as_cpu<T>("attention", [=](const auto& x) { return tn::flash_attention(x, x, x, {.causal = causal}); }, {2, 130, d}, 2 * bound + 2, -1, 1);
    }
}

// What is not made of CUDA's functions alone (kernels/cuda/special.cuh), at most 8 or 10 ulp there and 4 or 8 here, and the last reductions.
template <class T>
void check_special() {
  const tn::shape s{7, 33, 65};
  same_as_cpu<T>("digamma", [](const auto& x) { return tn::digamma(x); }, s, 10 + 8 + 1, 0.1, 8);
  same_as_cpu<T>("log_ndtr", [](const auto& x) { return tn::log_ndtr(x); }, s, 8 + 4 + 1, -60, 8);
  same_as_cpu<T>("ldexp", [](const auto& x) { return tn::ldexp(x, -130); }, s, 0);
  same_as_cpu<T>("nextafter", [](const auto& x) { return tn::nextafter(x, 1); }, s, 0);
  same_as_cpu<T>("norm", [](const auto& x) { return tn::norm(x, 3, 1); }, s, 2 * (std::log2(33.0) + 16) * 2 + 1);
  same_as_cpu<T>("aminmax", [](const auto& x) { return tn::result<tn::tensor<T>>(tn::unwrap(tn::aminmax(x, 2)).max); }, s, 0);
}
template <class T>
void check_integers() {
  const tn::shape s{7, 33, 65};
  const auto with = [&](const char* name, auto op) {
    same_as_cpu<T>(name, [op](const auto& x) { return op(x, tn::unwrap(x.narrow(1, 3, 1))); }, s, 0, std::is_unsigned_v<T> ? 0 : -120, 120);
  };
  with("mul", [](const auto& x, const auto& y) { return tn::mul(x, y); });
  with("floor_divide", [](const auto& x, const auto& y) { return tn::floor_divide(x, y); });
  with("lcm", [](const auto& x, const auto& y) { return tn::lcm(x, y); });
  with("pow", [](const auto& x, const auto& y) { return tn::pow(x, y); });
}

const char* name_of(tn::conv_algorithm a) {
  constexpr const char* names[] = {"conv, automatic", "conv, direct", "conv, im2col", "conv, cuDNN"};
  return names[static_cast<int>(a)];
}

// What this machine has; says so if cuDNN is missing, which is no failure.
std::vector<tn::conv_algorithm> convolution_algorithms() {
  using enum tn::conv_algorithm;
  std::vector<tn::conv_algorithm> all{automatic, direct, im2col};
  const auto one = tn::to(make<float>({1, 1, 1}, {1}), device::cuda);
  if (const auto asked = tn::conv1d(one, one, {.algorithm = cudnn})) all.push_back(cudnn);
  else WARN(std::string(asked.error().message()));
  return all;
}

// op(x, weight, bias, algorithm). Nothing is negative, so that the sum of magnitudes in the contract is the result itself.
template <class T, class Op>
void check_convolution(Op op, const tn::shape& x_shape, const tn::shape& w_shape) {
  const auto w = make<T>(w_shape, rounded<T>(uniform(static_cast<std::size_t>(w_shape.numel()), 0, 1, 2)));
  const auto b = make<T>({w_shape[0]}, rounded<T>(uniform(static_cast<std::size_t>(w_shape[0]), 0, 1, 3)));
  const double terms = static_cast<double>(w_shape.numel() / w_shape[0]) + 1;
  for (const auto a : convolution_algorithms())
    same_as_cpu<T>(name_of(a), [&](const auto& x) {
      if (x.where().kind == device::cpu) return op(x, w, b, tn::conv_algorithm::automatic);
      return op(x, tn::unwrap(tn::to(w, device::cuda)), tn::unwrap(tn::to(b, device::cuda)), a);
    }, x_shape, tn::half_type<T> ? 2 : terms + 1, 0, 2);
}

template <class T>
void check_convolutions() {
  check_convolution<T>([](const auto& x, const auto& w, const auto& b, auto a) { return tn::conv1d(x, w, b, {.stride = 2, .padding = 3, .algorithm = a}); }, {3, 16, 65}, {24, 16, 7});
  check_convolution<T>([](const auto& x, const auto& w, const auto& b, auto a) { return tn::conv2d(x, w, b, {.padding = 1, .algorithm = a}); }, {2, 32, 17, 19}, {64, 32, 3, 3});
  check_convolution<T>([](const auto& x, const auto& w, const auto&, auto a) { return tn::conv2d(x, w, {.dilation = 2, .groups = 4, .algorithm = a}); }, {2, 32, 17, 19}, {32, 8, 3, 3});
  check_convolution<T>([](const auto& x, const auto& w, const auto& b, auto a) { return tn::conv2d(x, w, b, {.padding = tn::padding::same, .algorithm = a}); }, {2, 16, 9, 9}, {16, 16, 4, 2});
  check_convolution<T>([](const auto& x, const auto& w, const auto& b, auto a) { return tn::conv2d(x, w, b, {.groups = 16, .algorithm = a}); }, {2, 16, 9, 9}, {16, 1, 3, 3});
  check_convolution<T>([](const auto& x, const auto& w, const auto& b, auto a) { return tn::conv3d(x, w, b, {.stride = {1, 2, 1}, .padding = 1, .algorithm = a}); }, {2, 8, 5, 7, 9}, {16, 8, 3, 3, 3});
}

}  // namespace

TEST_CASE("without a GPU: the reason") {
  const auto x = make<float>({2}, {1, 2});
  const auto y = tn::to(x, device::cuda);
  if (there_is_a_gpu()) {
    CHECK(values(tn::to(y, device::cpu)) == values(x));
  } else {
    CHECK(y.error() == tn::error_code::device_unavailable);
    CHECK(std::string(y.error().message()).find("to: there is no cuda device: ") == 0);
    CHECK(tn::synchronize(device::cuda).error() == tn::error_code::device_unavailable);
    CHECK(tn::memory::limit(device::cuda) == 0);
  }
  CHECK(tn::supports<tn::op::softmax>(tn::dtype::float16, device::cuda));             // that it was built, not that it is there
  CHECK(tn::supports<tn::functions::relu>(tn::dtype::int32, device::cuda));
  CHECK_FALSE(tn::supports<tn::functions::gelu>(tn::dtype::int32, device::cuda));
}

TEST_CASE("every kernel against the CPU", "[reduced]") {
  if (!there_is_a_gpu()) return;
  check_type<float>();
  check_type<double>();
  check_type<tn::half>();
  check_type<tn::bfloat16>();
  check_special<float>();
  check_special<double>();
  check_special<tn::half>();
  check_special<tn::bfloat16>();
  check_integers<std::uint8_t>();
  check_integers<std::int8_t>();
  check_integers<std::int16_t>();
  check_integers<std::int32_t>();
}

TEST_CASE("convolution by every algorithm against the CPU", "[reduced]") {
  if (!there_is_a_gpu()) return;
  check_convolutions<float>();
  check_convolutions<double>();
  check_convolutions<tn::half>();
  check_convolutions<tn::bfloat16>();
}

TEST_CASE("convolution: special values reach the windows that hold them, padding is zeros, and the bits are the same each time") {
  if (!there_is_a_gpu()) return;
  const auto there = [](const tn::tensor<float>& t) { return tn::unwrap(tn::to(t, device::cuda)); };
  const auto fetched = [](const tn::result<tn::tensor<float>>& t) { return values(tn::to(t, device::cpu)); };
  std::vector<double> x(8 * 12 * 12, 1.0), w(8 * 8 * 9, 1.0);
  x[3 * 144 + 5 * 12 + 6] = NaN;                 // of channel 3, at (5, 6)
  for (std::size_t i = 0; i < w.size(); i += 9) w[i] = 2;
  for (const auto a : convolution_algorithms()) {
    INFO(name_of(a));
    const tn::conv_options<2> options{.padding = 1, .algorithm = a};
    const auto y = fetched(tn::conv2d(there(make<float>({8, 12, 12}, x)), there(make<float>({8, 8, 3, 3}, w)), options));
    for (int i = 0; i < 8 * 144; ++i) {
      const int row = i / 12 % 12, column = i % 12;
      REQUIRE(std::isnan(y[static_cast<std::size_t>(i)]) == (std::abs(row - 5) <= 1 && std::abs(column - 6) <= 1));
    }
    auto infinite = w;
    infinite[0] = inf;                           // of output channel 0 the tap at the top left: above and left of the image it meets zeros
    const auto z = fetched(tn::conv2d(there(make<float>({8, 12, 12}, std::vector<double>(x.size(), 1.0))), there(make<float>({8, 8, 3, 3}, infinite)), options));
    for (int i = 0; i < 144; ++i) REQUIRE((i < 12 || i % 12 == 0 ? std::isnan(z[static_cast<std::size_t>(i)]) : z[static_cast<std::size_t>(i)] == inf));
    const auto noise = there(make<float>({4, 64, 28, 28}, uniform(4 * 64 * 784, -1, 1))), filter = there(make<float>({64, 64, 3, 3}, uniform(64 * 64 * 9, -1, 1, 2)));
    const auto once = fetched(tn::conv2d(noise, filter, options));
    for (int i = 0; i < 3; ++i) REQUIRE(fetched(tn::conv2d(noise, filter, options)) == once);
  }
}

TEST_CASE("large tensors") {
  if (!there_is_a_gpu()) return;
  same_as_cpu<float>("softmax", [](const auto& x) { return tn::softmax(x, 1); }, {64, 50000}, 2 * 4);
  same_as_cpu<float>("sum", [](const auto& x) { return tn::sum(x); }, {64, 50000}, std::log2(64.0 * 50000) + 8, 0, 4);
  same_as_cpu<float>("layer_norm", [](const auto& x) { return tn::layer_norm(x, {8192}); }, {64, 8192}, 2 * 8 + 1);
  same_as_cpu<float>("relu", [](const auto& x) { return tn::relu(x); }, {3000, 3001}, 0);
}

}  // namespace tenon_test::gpu_test

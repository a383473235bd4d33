// test: full-only links=tenon::cuda
// The CUDA library itself, on the machine's own GPU, against the CPU: the ops of tests/cuda/road.cpp on real hardware.
// Without a GPU there is one thing to see: that the program loads, and that asking for the GPU says why there is none.
#include <tenon/core/stream.hpp>
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/concatenate.hpp>
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

using namespace tenon_test;
using tn::device;

namespace {

bool there_is_a_gpu() { return tn::device_count(device::cuda).has_value(); }

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

TEST_CASE("large tensors") {
  if (!there_is_a_gpu()) return;
  same_as_cpu<float>("softmax", [](const auto& x) { return tn::softmax(x, 1); }, {64, 50000}, 2 * 4);
  same_as_cpu<float>("sum", [](const auto& x) { return tn::sum(x); }, {64, 50000}, std::log2(64.0 * 50000) + 8, 0, 4);
  same_as_cpu<float>("layer_norm", [](const auto& x) { return tn::layer_norm(x, {8192}); }, {64, 8192}, 2 * 8 + 1);
  same_as_cpu<float>("relu", [](const auto& x) { return tn::relu(x); }, {3000, 3001}, 0);
}

// test: links=tenon_cuda_on_host
// From the call to the kernel and back on another device, without one: the CUDA library compiled for the CPU.
#include <tenon/core/stream.hpp>
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/logical.hpp>
#include <tenon/ops/rearrange.hpp>
#include <tenon/ops/softmax.hpp>
#include <tenon/ops/sort.hpp>
#include <tenon/ops/supports.hpp>

#include "../support/cases.hpp"
#include "cuda_runtime.h"

namespace tenon_test::road_test {
using tn::device;
using tn::error_code;

namespace {

// What came back from the device.
template <class T>
std::vector<double> fetched(const tn::result<tn::tensor<T>>& x) {
  return values(tn::to(x, device::cpu));
}

}  // namespace

TEST_CASE("to: there and back, in every layout, with the bytes as they were") {
  const tn::shape s{3, 4, 5};
  const auto v = uniform(60, -5, 5);
  for (const auto& [name, x] : layouts<float>(s, v)) {
    INFO(name);
    const auto there = tn::to(x, device::cuda);
    REQUIRE(there);
    CHECK(there->device() == device::cuda);
    CHECK(there->contiguous());
    CHECK(fetched(there) == values(x));
    CHECK(fetched(tn::to(there->transpose(0, 2), tn::placement(device::cuda, 1))) == values(x.transpose(0, 2)));
  }
  CHECK(fetched(tn::to(tn::zeros<float>({0, 3}), device::cuda)).empty());
  CHECK(tn::item(tn::to(make<float>({1, 1}, {7}), device::cuda)).value() == 7);
  // More than both staging buffers hold, and not a multiple of them.
  const auto large = make<std::uint8_t>({(index_t{21} << 20) + 5}, std::vector<double>((std::size_t{21} << 20) + 5, 3));
  auto far = tn::to(large, device::cuda);
  REQUIRE(far);
  CHECK(values(tn::to(far, device::cpu)) == values(large));
}

TEST_CASE("elementwise calls, eager and lazy, on the device") {
  const auto v = uniform(1000, -5, 5), w = uniform(1000, -5, 5, 2);
  const auto a = make<float>({10, 100}, v), b = make<float>({10, 100}, w);
  const auto ga = tn::unwrap(tn::to(a, device::cuda)), gb = tn::unwrap(tn::to(b, device::cuda));
  CHECK(fetched(tn::relu(ga)) == values(tn::relu(a)));
  CHECK(fetched(tn::relu(ga.transpose(0, 1))) == values(tn::relu(a.transpose(0, 1))));
  CHECK(fetched(tn::leaky_relu(ga, {.negative_slope = 0.25})) == values(tn::leaky_relu(a, {.negative_slope = 0.25})));
  CHECK(fetched(tn::relu(tn::hardshrink(ga, {.lambda = 0.5}))) == values(tn::relu(tn::hardshrink(a, {.lambda = 0.5}))));
  CHECK(fetched(tn::eval(tn::relu(tn::hardshrink(tn::lazy(ga), {.lambda = 0.5})))) == values(tn::relu(tn::hardshrink(a, {.lambda = 0.5}))));
  CHECK(fetched(tn::to<std::int8_t>(ga)) == values(tn::to<std::int8_t>(a)));
  CHECK(fetched(tn::to<tn::half>(ga)) == values(tn::to<tn::half>(a)));
  CHECK(fetched(tn::to<bool>(ga)) == values(tn::to<bool>(a)));
  auto out = tn::unwrap(tn::empty<double>({10, 100}, {device::cuda}));
  REQUIRE(tn::assign(out, tn::relu(tn::hardshrink(tn::lazy(ga), {.lambda = 0.5}))));
  CHECK(values(out) == values(tn::relu(tn::hardshrink(a, {.lambda = 0.5}))));
  REQUIRE(tn::relu_(ga.slice(1, {.step = 2})));
  CHECK(fetched(tn::result<tn::tensor<float>>(ga)) == [&] {
    auto c = tn::unwrap(tn::clone(a));
    REQUIRE(tn::relu_(c.slice(1, {.step = 2})));
    return values(c);
  }());
}

TEST_CASE("an index out of range is not followed; the next call that waits says so, once") {
  const auto x = tn::unwrap(tn::to(make<float>({4, 2}, {0, 1, 2, 3, 4, 5, 6, 7}), device::cuda));
  const auto index = tn::unwrap(tn::to(make<std::int64_t>({3}, {2, 9, -1}), device::cuda));
  const auto y = tn::index_select(x, 0, index);
  REQUIRE(y);
  const auto waited = tn::to(y, device::cpu);
  CHECK(waited.error() == error_code::index_out_of_range);
  const std::string message(waited.error().message());
  CHECK((message == "index_select: index 9 is out of range (expected 0 .. 3); found on the device, reported by to" ||
         message == "index_select: index -1 is out of range (expected 0 .. 3); found on the device, reported by to"));
  expect_equal(fetched(y), {4, 5, NaN, NaN, NaN, NaN}, {3, 2});
  CHECK(tn::synchronize(device::cuda));
  const auto whole = tn::unwrap(tn::to(make<std::int32_t>({4}, {5, 6, 7, 8}), device::cuda));
  const auto z = tn::take_along_dim(whole, index, 0);                        // -1 counts from the end here
  CHECK(tn::synchronize(device::cuda).error().message() ==
        "take_along_dim: index 9 is out of range (expected 0 .. 3); found on the device, reported by synchronize");
  expect_equal(fetched(z), {7, 0, 8}, {3});
}

TEST_CASE("what has no kernel there is refused, and supports says so before") {
  const auto x = tn::unwrap(tn::to(make<float>({4, 4}, uniform(16, -1, 1)), device::cuda));
  CHECK(tn::sort(x, 0).error().message() == "sort: there is no cuda kernel for these operands; move them with to(x, device::cpu)");
  CHECK_FALSE(tn::supports<tn::op::sort>(tn::dtype::float32, device::cuda));
  CHECK(tn::map([](auto v) { return v + v; }, x).error() == error_code::unsupported);
  CHECK(tn::supports<tn::op::softmax>(tn::dtype::bfloat16, device::cuda));
  CHECK(tn::supports<tn::op::flip>(tn::dtype::complex64, device::cuda));
  CHECK(tn::supports<tn::functions::relu>(tn::dtype::uint8, device::cuda));
  CHECK(tn::supports<tn::functions::relu>(tn::dtype::int8, device::cuda));
  CHECK_FALSE(tn::supports<tn::functions::gelu>(tn::dtype::complex64, device::cuda));
  CHECK(tn::softmax(x, 0));
  CHECK(tn::add(x, make<float>({4, 4}, uniform(16, -1, 1))).error() == error_code::device_mismatch);
}

TEST_CASE("real numbers beside complex ones are read and written as what they are") {
  using C = std::complex<float>;
  auto z = tn::unwrap(tn::zeros<C>({3}));
  z.data()[1] = C(0, 2), z.data()[2] = C(3, 0);
  const auto gz = tn::unwrap(tn::to(z, device::cuda));
  CHECK(fetched(tn::logical_not(gz)) == std::vector<double>{1, 0, 0});
  CHECK(fetched(tn::to<bool>(gz)) == std::vector<double>{0, 1, 1});
  const auto x = tn::unwrap(tn::to(make<float>({3}, {1, 2, 3}), device::cuda));
  auto out = tn::unwrap(tn::empty<C>({3}, {device::cuda}));
  REQUIRE(tn::add_into(out, x, 0.5));
  const auto sum = tn::unwrap(tn::to(out, device::cpu)), wide = tn::unwrap(tn::to(tn::to<C>(x), device::cpu));
  for (index_t i = 0; i < 3; ++i) {
    CHECK(sum.data()[i] == C(static_cast<float>(i) + 1.5F, 0));
    CHECK(wide.data()[i] == C(static_cast<float>(i) + 1, 0));
  }
  // The same where the types are known at run time only.
  const auto converted = [](const tn::any_tensor& from, tn::dtype to) { return tn::to(tn::to(from, to), device::cpu); };
  CHECK(values(tn::unwrap(tn::as<bool>(converted(gz.any(), tn::dtype::boolean)))) == std::vector<double>{0, 1, 1});
  const auto doubled = tn::unwrap(tn::as<std::complex<double>>(converted(gz.any(), tn::dtype::complex128)));
  const auto of_real = tn::unwrap(tn::as<C>(converted(x.any(), tn::dtype::complex64)));
  CHECK(doubled.data()[1] == std::complex<double>(0, 2));
  CHECK(of_real.data()[2] == C(3, 0));
}

}  // namespace tenon_test::road_test

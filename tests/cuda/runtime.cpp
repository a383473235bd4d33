// test: links=tenon_cuda_on_host
// The runtime of the CUDA library: memory and its statistics, bound and trim; streams; every status of CUDA's as an error.
#include <tenon/core/stream.hpp>
#include <tenon/ops/activation.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/pooling.hpp>
#include <tenon/ops/random.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/softmax.hpp>

#include "../support/cases.hpp"
#include "cuda_runtime.h"
#include "there.hpp"

namespace tenon_test::runtime_test {
namespace memory = tn::memory;
using tn::device;
using tn::error_code;

TEST_CASE("devices: how many, and which there is not") {
  CHECK(tn::device_count(device::cpu).value() == 1);
  CHECK(tn::device_count(device::cuda).value() == 2);
  const auto x = make<float>({2}, {1, 2});
  CHECK(tn::to(x, {device::cuda, 2}).error().message() == "to: there are 2 cuda devices, numbered from 0; got 2");
  CHECK(tn::to(x, {device::cuda, -1}).error() == error_code::device_unavailable);
  CHECK(tn::synchronize({device::cuda, 7}).error() == error_code::device_unavailable);
  CHECK(tn::synchronize(device::cuda));
}

TEST_CASE("memory: statistics, limit, trim") {
  const auto before = memory::statistics(device::cuda);
  {
    const auto x = tn::empty<float>({1 << 20}, {device::cuda});
    REQUIRE(x);
    const auto now = memory::statistics(device::cuda);
    CHECK(now.allocated == before.allocated + (std::size_t{4} << 20));
    CHECK(now.calls == before.calls + 1);
    CHECK(now.peak >= now.allocated);
    CHECK(now.reserved >= now.allocated);
    CHECK(memory::statistics({device::cuda, 1}).allocated == 0);
  }
  CHECK(memory::statistics(device::cuda).allocated == before.allocated);
  {
    const auto hits = memory::statistics(device::cuda).hits;
    const auto again = tn::empty<float>({1 << 20}, {device::cuda});
    CHECK(memory::statistics(device::cuda).hits == hits + 1);
  }
  memory::release_cached(device::cuda);
  CHECK(memory::statistics(device::cuda).reserved == before.allocated);

  const std::size_t whole = memory::limit(device::cuda);
  memory::set_limit(1 << 20, device::cuda);
  const auto refused = tn::empty<float>({1 << 20}, {device::cuda});
  CHECK(refused.error().message() ==
        "empty: no memory for 4194304 bytes on cuda:0: the limit would be passed (see memory::set_limit)");
  CHECK(tn::empty<float>({1000}, {device::cuda}));                        // the next smaller one works
  memory::set_limit(whole, device::cuda);
  CHECK(memory::statistics(device::cuda).allocated == before.allocated);
}

TEST_CASE("the device's own refusal is an error, and the next smaller request works") {
  const std::size_t bytes = host_cuda::memory_bytes;
  host_cuda::memory_bytes = std::size_t{1} << 20;
  CHECK(tn::zeros<float>({1 << 20}, {device::cuda}).error() == error_code::out_of_memory);
  CHECK(tn::zeros<float>({1 << 10}, {device::cuda}));
  host_cuda::memory_bytes = bytes;
  CHECK(cudaGetLastError() == cudaSuccess);
}

// Every call of the runtime fails once, wherever it comes: what is asked for then is an error or has worked; nothing leaks,
// and nothing is broken afterwards.
TEST_CASE("each failing call of the runtime becomes an error") {
  const auto x = make<float>({1 << 15}, uniform(1 << 15, -1, 1));
  const auto want = values(tn::relu(x));
  const auto allocated = memory::statistics(device::cuda).allocated;
  int failures = 0;
  for (long call = 0; call < 100; ++call) {
    INFO("call " << call);
    host_cuda::fail(call, cudaErrorLaunchFailure);
    const auto y = tn::to(tn::relu(tn::to(x, device::cuda)), device::cpu);
    const bool all_made = host_cuda::fail_at >= 0;
    host_cuda::fail(-1, cudaSuccess);
    if (y) {
      CHECK(values(y) == want);
    } else {
      ++failures;
      CHECK(y.error() == error_code::device_failure);
    }
    static_cast<void>(tn::synchronize(device::cuda));                     // a failure on the way out is answered here
    REQUIRE(values(tn::to(tn::relu(tn::to(x, device::cuda)), device::cpu)) == want);
    CHECK(memory::statistics(device::cuda).allocated == allocated);
    if (all_made) break;
  }
  CHECK(failures >= 5);
  host_cuda::fail(-1, cudaSuccess);
}

TEST_CASE("a stream of the user's, for the length of a scope") {
  auto* const stream = reinterpret_cast<cudaStream_t>(std::uintptr_t{64});
  const auto current = [] { return (*tn::backend_of(device::cuda)->queue("test", 0))->stream; };
  const auto x = tn::to(make<float>({3}, {-1, 0, 1}), device::cuda);
  REQUIRE(x);
  CHECK(current() == nullptr);
  {
    const tn::stream_scope on(stream);
    CHECK(on.good());
    CHECK(current() == stream);
    const auto y = tn::relu(*x);
    CHECK(values(tn::to(y, device::cpu)) == std::vector<double>{0, 0, 1});
    {
      const tn::stream_scope inner(nullptr);
      CHECK(current() == nullptr);
    }
    CHECK(current() == stream);
  }
  CHECK(current() == nullptr);
  const tn::stream_scope nowhere(stream, {device::cuda, 5});
  CHECK_FALSE(nowhere.good());
  CHECK(nowhere.error() == error_code::device_unavailable);
}

TEST_CASE("nothing waits for the device but what says so") {
  const auto x = there(make<float>({8, 16}, uniform(128, -1, 1))), image = there(make<float>({2, 3, 9, 9}, uniform(486, -1, 1))),
             filter = there(make<float>({4, 3, 3, 3}, uniform(108, -1, 1)));
  const auto index = there(make<std::int64_t>({2}, {3, 1}));
  const long before = host_cuda::waits;
  CHECK(tn::to(make<float>({3}, {1, 2, 3}), device::cuda));
  CHECK(tn::relu(x));
  CHECK(tn::eval(tn::exp(tn::lazy(x)) + 1));
  CHECK(tn::contiguous(tn::unwrap(x.transpose(0, 1))));
  CHECK(tn::cat({x, x}, 1));
  CHECK(tn::index_select(x, 0, index));
  CHECK(tn::sum(x));
  CHECK(tn::argmax(x, 0));
  CHECK(tn::softmax(x, 1));
  CHECK(tn::layer_norm(x, {16}));
  CHECK(tn::max_pool2d(image, 2));
  CHECK(tn::conv2d(image, filter));
  CHECK(tn::matmul(x, tn::unwrap(x.transpose(0, 1))));
  CHECK(tn::flash_attention(x, x, x));
  CHECK(tn::randn<float>({100}, {device::cuda}));
  CHECK(host_cuda::waits == before);
  const auto waits = [](const auto& f) {
    const long already = host_cuda::waits;
    f();
    return host_cuda::waits > already;
  };
  CHECK(waits([&] { CHECK(tn::to(x, device::cpu)); }));
  CHECK(waits([&] { CHECK(tn::item(tn::sum(x))); }));
  CHECK(waits([&] { CHECK(tn::equal(x, x).value()); }));
  CHECK(waits([&] { CHECK(tn::allclose(x, x).value()); }));
  CHECK(waits([&] { CHECK(tn::synchronize(device::cuda)); }));
}

TEST_CASE("large tensors travel through pinned memory") {
  const index_t n = (index_t{11} << 20) + 5;
  const auto x = make<std::uint8_t>({n}, std::vector<double>(static_cast<std::size_t>(n), 3));
  const std::size_t before = host_cuda::pageable_bytes;
  const auto far = tn::to(x, device::cuda);
  CHECK(values(tn::to(far, device::cpu)) == values(x));
  CHECK(host_cuda::pageable_bytes == before);
}

// The driver copies a few bytes of ordinary memory before the call returns; pinned memory it would read when the copy's turn comes.
TEST_CASE("pinned memory of the caller's has been read when `to` returns") {
  const auto ordinary = make<float>({3}, {1, 2, 3});
  REQUIRE(tn::to(ordinary, device::cuda));
  CHECK(host_cuda::last_source == std::as_const(ordinary).data());
  void* pinned = nullptr;
  REQUIRE(cudaHostAlloc(&pinned, 3 * sizeof(float), 0) == cudaSuccess);
  std::copy_n(std::as_const(ordinary).data(), 3, static_cast<float*>(pinned));
  const auto far = tn::to(tn::wrap(static_cast<float*>(pinned), {3}), device::cuda);
  CHECK(host_cuda::last_source != pinned);
  CHECK(values(tn::to(far, device::cpu)) == values(ordinary));
  CHECK(cudaFreeHost(pinned) == cudaSuccess);
}

}  // namespace tenon_test::runtime_test

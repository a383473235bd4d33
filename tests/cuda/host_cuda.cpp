// test: links=tenon_cuda_on_host
// The machine that runs kernels on the CPU: that it gives what CUDA gives, and above all that it finds what is wrong with a kernel.
#include <tenon/kernels/cuda/elementwise.cuh>

#include "../support/catch.hpp"

#include <numeric>
#include <vector>

namespace tenon_test::host_cuda_test {

namespace {

namespace tn = tenon;
using host_cuda::order;

constexpr int threads = 128;

// Launches in one of the orders; the queue is not looked at.
template <class... P, class... A>
tn::kernels::status run(order o, void (*kernel)(P...), unsigned blocks, std::size_t shared, A... arguments) {
  tn::device_queue queue;
  tn::kernels::context context;
  context.queue = &queue;
  host_cuda::run_order = o;
  const auto s = tn::kernels::cuda::launch(context, kernel, blocks, threads, shared, arguments...);
  host_cuda::run_order = order::forward;
  return s;
}
constexpr order orders[] = {order::forward, order::reverse, order::random};

// Each block turns its 128 numbers round, through shared memory, `turns` times. Without the first barrier a thread reads what
// is not yet written; without the second, a fast one writes what a slow one has yet to read.
template <bool First, bool Second>
__global__ void turn_round(int* x, int turns) {
  TENON_DYNAMIC_SHARED(int, held);
  int mine = x[blockIdx.x * threads + threadIdx.x];
  for (int turn = 0; turn < turns; ++turn) {
    held[threadIdx.x] = mine;
    if (First) __syncthreads();
    mine = held[threads - 1 - threadIdx.x];
    if (Second) __syncthreads();
  }
  x[blockIdx.x * threads + threadIdx.x] = mine;
}

// Whether the kernel turned everything round, an odd number of times.
template <bool First, bool Second>
bool turns_right(order o) {
  std::vector<int> x(4 * threads), want(x.size());
  std::iota(x.begin(), x.end(), 0);
  for (std::size_t i = 0; i < x.size(); ++i) want[i] = static_cast<int>(i / threads * threads + (threads - 1 - i % threads));
  REQUIRE(run(o, &turn_round<First, Second>, 4, sizeof(int) * threads, x.data(), 3));
  return x == want;
}

// Each warp puts -1 where the next one keeps its numbers, and then its own where it keeps them. Without the barrier between, a warp that
// comes late spoils what another has written and has yet to read: nothing that a warp could see that goes through in one piece.
template <bool Barrier>
__global__ void keep_numbers(int* x) {
  TENON_DYNAMIC_SHARED(int, held);
  const auto t = threadIdx.x;
  held[(t + 32) % threads] = -1;
  if (Barrier) __syncthreads();
  held[t] = static_cast<int>(t);
  __syncwarp();
  x[blockIdx.x * threads + t] = held[t];
}
template <bool Barrier>
bool keeps_numbers(order o) {
  std::vector<int> x(16 * threads);
  REQUIRE(run(o, &keep_numbers<Barrier>, 16, sizeof(int) * threads, x.data()));
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] != static_cast<int>(i % threads)) return false;
  return true;
}

__global__ void sum_of_warp(int* out) {
  int x = static_cast<int>(threadIdx.x);
  for (int lanes = 16; lanes > 0; lanes /= 2) x += __shfl_xor_sync(~0u, x, lanes);
  out[threadIdx.x] = x;
}
// The halves of a warp apart, each with its own mask, in branches of their own.
__global__ void sum_of_halves(int* out) {
  const bool low = threadIdx.x % 32 < 16;
  int x = static_cast<int>(threadIdx.x);
  for (int lanes = 8; lanes > 0; lanes /= 2) {
    if (low)
      x += __shfl_xor_sync(0x0000ffffu, x, lanes);
    else
      x += __shfl_xor_sync(0xffff0000u, x, lanes);
  }
  out[threadIdx.x] = x;
}
__global__ void barrier_for_some() {
  if (threadIdx.x < 100) __syncthreads();
}
__global__ void shuffle_for_some(int* out) {
  if (threadIdx.x % 32 != 3) out[threadIdx.x] = __shfl_xor_sync(~0u, 1, 1);
  else __syncthreads();
}
__global__ void first_of_shared(float* out) {
  TENON_DYNAMIC_SHARED(float, held);
  out[threadIdx.x] = held[threadIdx.x];
}
__global__ void count(int* total) { atomicAdd(total, 1); }

}  // namespace

TEST_CASE("a kernel with its barriers is right in every order, without one of them it is found out") {
  for (const order o : orders) {
    INFO("order " << static_cast<int>(o));
    CHECK(turns_right<true, true>(o));
    CHECK_FALSE(turns_right<false, true>(o));
  }
  // This one hides where the threads happen to run in the right order: so every kernel's tests run in two of them.
  CHECK((!turns_right<true, false>(order::forward) || !turns_right<true, false>(order::random)));
}

TEST_CASE("a missing barrier between warps that stop for each other is found out") {
  for (const order o : orders) CHECK(keeps_numbers<true>(o));
  CHECK_FALSE(keeps_numbers<false>(order::random));
}

TEST_CASE("shuffles: a warp, its halves by their masks") {
  for (const order o : orders) {
    std::vector<int> out(threads);
    REQUIRE(run(o, &sum_of_warp, 1, 0, out.data()));
    for (int i = 0; i < threads; ++i) REQUIRE(out[static_cast<std::size_t>(i)] == i / 32 * 1024 + 496);
    REQUIRE(run(o, &sum_of_halves, 1, 0, out.data()));
    for (int i = 0; i < threads; ++i) REQUIRE(out[static_cast<std::size_t>(i)] == i / 16 * 256 + 120);
  }
}

TEST_CASE("a barrier or a shuffle that some threads never reach ends the launch with an error, and the next one is well") {
  CHECK(run(order::forward, &barrier_for_some, 1, 0).code == tn::kernels::status_code::launch_failed);
  CHECK(host_cuda::problem == "a barrier that some threads never reach: they have ended");
  std::vector<int> out(threads);
  CHECK(run(order::forward, &shuffle_for_some, 1, 0, out.data()).code == tn::kernels::status_code::launch_failed);
  CHECK(host_cuda::problem == "some lanes wait for their warp, and the others never come");
  int total = 0;
  CHECK(run(order::random, &count, 7, 0, &total));
  CHECK(total == 7 * threads);
}

TEST_CASE("shared memory starts as NaN; a grid of size zero is refused") {
  std::vector<float> out(threads, 0);
  REQUIRE(run(order::forward, &first_of_shared, 1, sizeof(float) * threads, out.data()));
  for (const float x : out) REQUIRE(x != x);
  int total = 0;
  CHECK(run(order::forward, &count, 0, 0, &total).code == tn::kernels::status_code::launch_failed);
  CHECK(total == 0);
}

TEST_CASE("fast_divider divides as / does") {
  for (const std::uint32_t d : {1u, 2u, 3u, 5u, 7u, 10u, 31u, 32u, 33u, 641u, 65535u, 65536u, 65537u, 1000003u, 0x7ffffffeu, 0x7fffffffu}) {
    const tn::kernels::cuda::fast_divider divider(d);
    for (const std::uint32_t n : {0u, 1u, 2u, d - 1, d, d + 1, 2 * d - 1, 12345u, 0x3fffffffu, 0x7ffffffeu, 0x7fffffffu})
      if (n <= 0x7fffffffu) REQUIRE(divider.quotient(n) == n / d);
    for (std::uint32_t n = 0x7fffffffu; n > 0x7fff0000u; n -= 251) REQUIRE(divider.quotient(n) == n / d);
  }
}

// A tensor of 2^31 elements or more is indexed in 64 bits; such a one takes too long here, its indices do not.
TEST_CASE("where an element lies: in 64 bits as in 32, and beyond") {
  namespace elementwise = tn::kernels::cuda::elementwise;
  auto narrow = elementwise::make_layout<1>({7, 33, 1000});
  for (int d = 0; d < 3; ++d) narrow.stride[d][0] = 1 + d, narrow.stride[d][1] = -1000 * (d + 1);
  REQUIRE(narrow.narrow);
  auto wide = narrow;
  wide.narrow = false;
  for (tn::index_t i = 0; i < 7 * 33 * 1000; i += 97) {
    tn::index_t a[2], b[2];
    elementwise::locate(narrow, i, a);
    elementwise::locate(wide, i, b);
    REQUIRE((a[0] == b[0] && a[1] == b[1] && a[0] == i % 7 + i / 7 % 33 * 2 + i / 231 * 3));
  }
  auto large = elementwise::make_layout<0>({3, tn::index_t{1} << 31});
  CHECK_FALSE(large.narrow);
  large.stride[0][0] = 4, large.stride[1][0] = 12;
  tn::index_t at[1];
  elementwise::locate(large, 3 * (tn::index_t{1} << 31) - 1, at);
  CHECK(at[0] == 4 * (3 * (tn::index_t{1} << 31) - 1));
}

}  // namespace tenon_test::host_cuda_test

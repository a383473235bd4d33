// test: links=tenon_cuda_on_host
// Tensor-core instructions on the CPU: fragments hold what their legend says, and copies that nobody waits for are found out.
// Then the kernel that uses them: attention is the same in every order of threads, and reads shared memory without bank conflicts.
#include <tenon/kernels/cuda/mma.cuh>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/copy.hpp>

#include "../support/cases.hpp"

namespace tenon_test::warp_matrix_test {
namespace cuda = tn::kernels::cuda;
using host_cuda::order;

namespace {

constexpr order orders[] = {order::forward, order::reverse, order::random};

template <class... P, class... A>
tn::kernels::status run(order o, void (*kernel)(P...), unsigned threads, std::size_t shared, A... arguments) {
  tn::device_queue queue;
  tn::kernels::context context;
  context.queue = &queue;
  host_cuda::run_order = o;
  const auto s = cuda::launch(context, kernel, 1, threads, shared, arguments...);
  host_cuda::run_order = order::forward;
  return s;
}

// c (16, 8) = a (16, 16) b (16, 8), or with b's transpose, b (8, 16), by one warp, in the way of mma.cuh's legend.
template <class T, bool Transposed>
__global__ void product(const T* a, const T* b, float* c) {
  TENON_DYNAMIC_SHARED(T, held);
  const int l = static_cast<int>(threadIdx.x);
  cuda::copy_async(held + l * 8, a + l * 8, true);                              // a: 32 pieces of 8
  if (l < 16) cuda::copy_async(held + 256 + l * 8, b + l * 8, true);            // b: 16 of them
  else cuda::copy_async(held + 256 + l * 8, b, false);                          // zeros
  cuda::commit_copies();
  cuda::wait_for_copies<0>();
  __syncthreads();
  std::uint32_t left[4], right[4];
  cuda::load_matrices(left, held + l % 16 * 16 + l / 16 * 8);
  if (Transposed) cuda::load_matrices(right, held + 256 + (l < 16 ? l % 8 * 16 + l / 8 * 8 : 128));
  else cuda::load_matrices_transposed(right, held + 256 + (l < 16 ? l * 8 : 128));
  float sum[4] = {0, 0, 0, 0};
  cuda::multiply_add<T>(sum, left, right[0], right[1]);
  cuda::multiply_add<T>(sum, left, right[2], right[3]);                         // zeros
  for (int i = 0; i < 4; ++i) c[(l / 4 + i / 2 * 8) * 8 + l % 4 * 2 + i % 2] = sum[i];
}

template <class T, bool Transposed>
void check_product() {
  const auto a = rounded<T>(uniform(256, -2, 2)), b = rounded<T>(uniform(128, -2, 2, 2));
  alignas(16) T at[256], bt[128];
  for (std::size_t i = 0; i < 256; ++i) at[i] = from_double<T>(a[i]);
  for (std::size_t i = 0; i < 128; ++i) bt[i] = from_double<T>(b[i]);
  for (const order o : orders) {
    float c[128];
    REQUIRE(run(o, &product<T, Transposed>, 32, 2 * (256 + 256), static_cast<const T*>(at), static_cast<const T*>(bt), c));
    for (std::size_t m = 0; m < 16; ++m)
      for (std::size_t n = 0; n < 8; ++n) {
        double want = 0;
        for (std::size_t k = 0; k < 16; ++k) want += a[m * 16 + k] * (Transposed ? b[n * 16 + k] : b[k * 8 + n]);
        REQUIRE(std::fabs(static_cast<double>(c[m * 8 + n]) - want) <= ulp<float>(want));           // cut off once
      }
  }
}

// Copies turn after turn through one place, with the waits or the second barrier left out.
template <bool Wait, bool Barrier>
__global__ void through_shared(const float* x, float* y, int turns) {
  TENON_DYNAMIC_SHARED(float, held);
  const auto t = threadIdx.x;
  for (int turn = 0; turn < turns; ++turn) {
    cuda::copy_async(held + 4 * t, x + (static_cast<unsigned>(turn) * 64 + t) * 4, true);
    cuda::commit_copies();
    if (Wait) cuda::wait_for_copies<0>();
    __syncthreads();
    for (unsigned i = 0; i < 4; ++i) y[static_cast<unsigned>(turn) * 256 + 4 * (63 - t) + i] = held[4 * (63 - t) + i];
    if (Barrier) __syncthreads();
  }
  cuda::wait_for_copies<0>();
}
// Copies that nobody waits for, or reads: of a group, or of none.
template <bool Commit>
__global__ void copy_and_end(const float* x) {
  TENON_DYNAMIC_SHARED(float, held);
  cuda::copy_async(held + 4 * threadIdx.x, x, true);
  if (Commit) cuda::commit_copies();
  else cuda::wait_for_copies<0>();
}
template <bool Wait, bool Barrier>
bool copies_right(order o) {
  constexpr int turns = 3;
  alignas(16) float x[256 * turns], y[256 * turns] = {};
  for (int i = 0; i < 256 * turns; ++i) x[i] = static_cast<float>(i);
  REQUIRE(run(o, &through_shared<Wait, Barrier>, 64, 1024, static_cast<const float*>(x), static_cast<float*>(y), turns));
  return std::equal(std::begin(x), std::end(x), std::begin(y));
}

template <class T>
__global__ void load_unaligned(const T* x) {
  std::uint32_t r[4];
  cuda::load_matrices(r, x + 1);
}
template <class T>
__global__ void load_by_some(const T* x) {
  std::uint32_t r[4];
  if (threadIdx.x < 31) cuda::load_matrices(r, x);
}
template <class T>
__global__ void load_column(const T* x) {                                       // rows that are 128 bytes apart: all in the same banks
  std::uint32_t r[4];
  cuda::load_matrices(r, x + threadIdx.x % 8 * 64);
}

}  // namespace

TEST_CASE("a product by fragments is the product") {
  check_product<tn::half, false>();
  check_product<tn::half, true>();
  check_product<tn::bfloat16, false>();
  check_product<tn::bfloat16, true>();
}

TEST_CASE("a copy that is not waited for, or whose place is taken too early, is found out") {
  for (const order o : orders) CHECK(copies_right<true, true>(o));
  CHECK_FALSE(copies_right<false, true>(order::reverse));
  CHECK_FALSE(copies_right<false, true>(order::random));
  CHECK((!copies_right<true, false>(order::forward) || !copies_right<true, false>(order::random)));
  alignas(16) const float x[4] = {};
  for (const order o : orders)
    for (const auto kernel : {&copy_and_end<true>, &copy_and_end<false>}) {
      CHECK(run(o, kernel, 64, 1024, static_cast<const float*>(x)).code == tn::kernels::status_code::launch_failed);
      CHECK(host_cuda::problem == "a thread that has ended with copies under way");
    }
}

TEST_CASE("addresses off alignment, lanes that stay away, bank conflicts") {
  alignas(128) tn::half x[1024] = {};
  CHECK(run(order::forward, &load_unaligned<tn::half>, 32, 0, static_cast<const tn::half*>(x)).code == tn::kernels::status_code::launch_failed);
  CHECK(host_cuda::problem == "an address that is not aligned to 16 bytes");
  CHECK(run(order::forward, &load_by_some<tn::half>, 32, 0, static_cast<const tn::half*>(x)).code == tn::kernels::status_code::launch_failed);
  CHECK(host_cuda::problem == "an instruction of the whole warp that some of its lanes do not execute");
  host_cuda::bank_conflicts = 0;
  CHECK(run(order::forward, &load_column<tn::half>, 32, 0, static_cast<const tn::half*>(x)));
  CHECK(host_cuda::bank_conflicts == 4 * 7);
}

TEST_CASE("attention by tensor cores: one result in every order, no bank conflicts") {
  for (const index_t width : {64, 128}) {
    const auto there = [width](index_t rows, std::uint64_t seed) {
      return tn::unwrap(tn::to(make<tn::bfloat16>({2, rows, width}, uniform(static_cast<std::size_t>(2 * rows * width), -1, 1, seed)), tn::device::cuda));
    };
    const auto q = there(150, 1), k = there(110, 2), v = there(110, 3);
    host_cuda::bank_conflicts = 0;
    std::vector<double> first;
    for (const order o : orders) {
      host_cuda::run_order = o;
      const auto y = values(tn::to(tn::flash_attention(q, k, v, {.causal = true}), tn::device::cpu));
      host_cuda::run_order = order::forward;
      if (first.empty()) first = y;
      CHECK(y == first);
      for (const double x : y) REQUIRE(std::fabs(x) <= 1);                      // a mean of what lies between -1 and 1
    }
    CHECK(host_cuda::bank_conflicts == 0);
  }
}

}  // namespace tenon_test::warp_matrix_test

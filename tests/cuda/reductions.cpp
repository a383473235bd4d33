// test: links=tenon_cuda_on_host
// The reductions whose kernels are not like the CPU's, on the device against the CPU: aminmax, norms of any p, logsumexp of integers. By rows of a
// warp and of a block, by columns, and cut into pieces. (All of them against long double: tests/ops/reduction.cpp.)
#include <tenon/ops/copy.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/supports.hpp>

#include "../support/cases.hpp"
#include "cuda_runtime.h"
#include "there.hpp"

namespace tenon_test::reductions_test {
using tn::device;

namespace {

const tn::shape shapes[] = {{5, 20}, {3, 700}, {90, 33}, {2, 9000}};

// Each op of a matrix, over its rows, its columns, and all of it.
template <class T, class F>
void for_all_dims(const std::vector<double>& pool, F f) {
  for (const auto& s : shapes) {
    std::vector<double> v(static_cast<std::size_t>(s.numel()));
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = pool[i % pool.size()];
    const auto x = make<T>(s, v);
    for (const tn::dim_list& dims : {tn::dim_list{0}, tn::dim_list{1}, tn::dim_list{}}) {
      INFO("shape " << s[0] << ", " << s[1] << "; " << dims.rank() << " dims");
      f(x, there(x), dims);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("aminmax", "", float, tn::half, double, bool, std::uint8_t, std::int16_t, std::int64_t) {
  using T = TestType;
  auto pool = rounded<T>(uniform(997, 0, 100));
  if (std::is_same_v<T, std::int64_t>) pool[500] = -0x1p62;
  if (!std::is_integral_v<T>) pool[13] = -0.0, pool[901] = 0;
  for_all_dims<T>(pool, [](const auto& x, const auto& gx, const tn::dim_list& dims) {
    const auto want = tn::unwrap(tn::aminmax(x, dims)), got = tn::unwrap(tn::aminmax(gx, dims));
    CHECK(values(got.min) == values(want.min));
    CHECK(values(got.max) == values(want.max));
  });
}

TEMPLATE_TEST_CASE("logsumexp of integers", "", bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t) {
  using T = TestType;
  const auto pool = rounded<T>(uniform(997, 0, 100));
  for_all_dims<T>(pool, [](const auto& x, const auto& gx, const tn::dim_list& dims) {
    const auto want = tn::unwrap(tn::logsumexp(x, dims));
    expect_ulp<float>(values(tn::logsumexp(gx, dims)), values(want), want.shape(), 4);        // CPU: 3
  });
}

TEMPLATE_TEST_CASE("norms of any p", "", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  const auto pool = rounded<T>(uniform(997, -2, 3));
  for_all_dims<T>(pool, [](const auto& x, const auto& gx, const tn::dim_list& dims) {
    for (const double p : {3.0, 0.5, -1.5}) {
      INFO("p = " << p);
      const auto want = tn::unwrap(tn::norm(x, p, dims));
      const double apart = 1 + 2 * (std::log2(static_cast<double>(x.numel())) + 16) * (1 + 1 / std::fabs(p));
      expect_ulp<T>(values(tn::norm(gx, p, dims)), values(want), want.shape(), std::is_same_v<T, double> ? apart : 1);
    }
  });
}

TEST_CASE("norms of any p: zeros, infinities, NaN, and what a power would leave") {
  for (const double p : {3.0, 0.5, -1.5, -3.0})
    for (const std::vector<double>& v :
         std::vector<std::vector<double>>{{0, 0, 0}, {0, 2, 5}, {inf, 1, inf}, {inf, -inf}, {0, inf, 3}, {NaN, 0, 1}, {0, NaN, inf}, {1e200, 1e200}, {1e-200, 3e-200}, {1e-320, 1e300}}) {
      const auto x = make<double>({static_cast<index_t>(v.size())}, v);
      INFO("p = " << p << ", from " << v[0]);
      expect_ulp<double>(values(tn::norm(there(x), p)), values(tn::norm(x, p)), {}, 64);
    }
  CHECK(values(tn::norm(there(make<float>({2, 0}, {})), 3, 1)) == std::vector<double>{0, 0});
}

TEST_CASE("supports says it of reductions") {
  CHECK(tn::supports<tn::op::aminmax>(tn::dtype::int8, device::cuda));
  CHECK(tn::supports<tn::op::logsumexp>(tn::dtype::int32, device::cuda));
  CHECK_FALSE(tn::supports<tn::op::logsumexp>(tn::dtype::complex64, device::cuda));
}

}  // namespace tenon_test::reductions_test

// test: alone links=tenon_cuda_on_host
// Expressions in a program's own .cu: one kernel each, with the CPU's bits where those do not depend on its instruction set. Here the compiler is told that it is nvcc.
#define TENON_CUDA_EXPRESSIONS
#include <tenon/ops/activation.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/complex.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/logical.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/power.hpp>
#include <tenon/ops/special.hpp>
#include <tenon/ops/where.hpp>

#include "../support/cases.hpp"
#include "cuda_runtime.h"
#include "there.hpp"

using namespace tenon_test;
using tn::device;

namespace {

// How many blocks of memory f asks the device for.
template <class F>
std::size_t allocations(F f) {
  const auto before = tn::memory::statistics(device::cuda).calls;
  f();
  return tn::memory::statistics(device::cuda).calls - before;
}

struct squareplus : tn::functions::floating_type {               // a user's own
  static constexpr const char* name = "squareplus";
  template <class V>
  V operator()(V x) const {
    return (x + sqrt(fma(x, x, V(4)))) * V(0.5);
  }
};

}  // namespace

TEST_CASE("an expression on the device is one kernel, with nothing in memory on the way") {
  for (index_t n = 1; n <= 70; ++n) {
    const auto a = make<float>({n}, uniform(static_cast<std::size_t>(n), -5, 5)), b = make<float>({n}, uniform(static_cast<std::size_t>(n), -5, 5, 2)),
               c = make<float>({n}, uniform(static_cast<std::size_t>(n), -5, 5, 3));
    const auto chain = [](const auto& x, const auto& y, const auto& z) { return tn::eval(tn::relu(tn::lazy(x) * y - 0.25) / (tn::abs(tn::lazy(z)) + 1)); };
    const auto want = values(chain(a, b, c));
    const auto x = there(a), y = there(b), z = there(c);
    tn::result<tn::tensor<float>> got = tn::tensor<float>();
    CHECK(allocations([&] { got = chain(x, y, z); }) == 1);
    REQUIRE(values(got) == want);
    // Off alignment, and backwards.
    const auto last = [n](const auto& t) { return tn::unwrap(t.narrow(0, 1, n - 1)); };
    REQUIRE(values(chain(last(x), last(y), last(z))) == values(chain(last(a), last(b), last(c))));
    const auto turned = [](const auto& t) { return tn::unwrap(t.slice(0, {.step = -1})); };
    REQUIRE(values(chain(x, turned(y), z)) == values(chain(a, turned(b), c)));
  }
}

TEST_CASE("element types are mixed, operands broadcast, results stored as another type") {
  const auto h = make<tn::half>({3, 1, 5}, uniform(15, -5, 5)), wide = make<tn::half>({3, 4, 5}, uniform(60, -5, 5, 4));
  const auto i = make<std::int32_t>({4, 5}, rounded<std::int32_t>(uniform(20, -9, 9)));
  const auto d = make<double>({4, 1}, uniform(4, -5, 5, 3));
  const auto mixed = [](const auto& p, const auto& q, const auto& r) {
    return tn::where(tn::lt(tn::lazy(p), r), tn::maximum(tn::lazy(q), 2) * 3, tn::lazy(p) * 0.1 + r);
  };
  const auto gh = there(h), gw = there(wide);
  const auto gi = there(i);
  const auto gd = there(d);
  CHECK(values(tn::eval(mixed(gh, gi, gd))) == values(tn::eval(mixed(h, i, d))));
  CHECK(values(tn::eval(mixed(gw, gi, gd))) == values(tn::eval(mixed(wide, i, d))));
  CHECK(values(tn::eval(tn::lazy(gw) * gw + gw)) == values(tn::eval(tn::lazy(wide) * wide + wide)));       // half in float, rounded once
  auto out = tn::unwrap(tn::empty<float>({5, 4, 3}, {device::cuda}));
  REQUIRE(tn::assign(*out.transpose(0, 2), tn::lazy(gw) * gw + gi));
  auto want = tn::unwrap(tn::empty<float>({5, 4, 3}));
  REQUIRE(tn::assign(*want.transpose(0, 2), tn::lazy(wide) * wide + i));
  CHECK(values(out) == values(want));
  CHECK(tn::eval(tn::lazy(*gw.narrow(0, 0, 0)) + 1.0F)->numel() == 0);
}

TEST_CASE("a function of a user's own runs there") {
  const auto x = make<float>({37}, uniform(37, -5, 5));
  const auto gx = there(x);
  // Its fma is one rounding on the device, and two on a CPU that has no such instruction (baseline x86-64). To either side the root
  // s <= |x| + 2 is then off by up to (1 / 2 + 1 / 2 + 1) u s, or a half u less, and the sum y by u |y|; times 1 / 2 and 2 nothing is lost.
  const auto want = values(tn::eval(tn::map(squareplus{}, tn::lazy(x)) * 2)), at = values(x);
  expect_within(values(tn::eval(tn::map(squareplus{}, tn::lazy(gx)) * 2)), want, {37},
                [&](std::size_t i) { return (4 * (std::fabs(at[i]) + 2) + 2 * std::fabs(want[i])) * 0x1p-24; });
  CHECK(values(tn::eval(tn::ldexp(tn::lazy(gx), 3) * 2)) == values(tn::eval(tn::ldexp(tn::lazy(x), 3) * 2)));
}

TEST_CASE("complex numbers: one kernel, with the bits of its steps") {
  using number = std::complex<float>;
  for (const index_t n : {1, 2, 7, 64}) {
    auto z = tn::unwrap(tn::empty<number>({n})), w = tn::unwrap(tn::empty<number>({n}));
    const auto parts = uniform(static_cast<std::size_t>(4 * n), -3, 3);
    for (index_t i = 0; i < n; ++i) {
      const auto part = [&](index_t k) { return static_cast<float>(parts[static_cast<std::size_t>(4 * i + k)]); };
      z.data()[i] = {part(0), part(1)};
      w.data()[i] = {part(2), part(3)};
    }
    const auto gz = there(z), gw = there(w);
    const auto x = there(make<float>({n}, uniform(static_cast<std::size_t>(n), -3, 3, 5)));
    const auto back = [](const auto& result) { return tn::unwrap(tn::to(tn::unwrap(result), device::cpu)); };
    tn::result<tn::tensor<number>> fused = tn::tensor<number>();
    CHECK(allocations([&] { fused = tn::eval(tn::exp(tn::lazy(gz)) * gw / (tn::abs(tn::lazy(gz)) + x) - tn::conj(tn::lazy(gw))); }) == 1);
    CHECK(*tn::equal(back(fused), back(tn::sub(tn::div(tn::mul(tn::exp(gz), gw), tn::add(tn::abs(gz), x)), tn::conj(gw)))));
    const auto chosen = tn::eval(tn::where(tn::logical_or(tn::eq(tn::lazy(gz), gw), tn::lazy(gz)), tn::real(tn::lazy(gw)), x));
    CHECK(values(back(chosen)) == values(back(tn::real(gw))));                                     // no z is 0
  }
}

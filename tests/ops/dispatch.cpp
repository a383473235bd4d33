// The dispatched kernels, with the instruction set that the processor has and with each that TENON_ARCH can force: the level
// that was asked for runs, and its results are right.
//
// test: alone full-only dispatch
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/random.hpp>
#include <tenon/ops/softmax.hpp>

#include "../support/catch.hpp"

#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace tn = tenon;
namespace cpu = tenon::kernels::cpu;

TEST_CASE("TENON_ARCH chooses among what the processor has") {
  const char* wanted = std::getenv("TENON_ARCH");
  const std::string level = cpu::name_of(cpu::dispatch_level());
  if (wanted) CHECK(level == wanted);
  for (const auto a : {cpu::arch_level::sse4_2, cpu::arch_level::avx2, cpu::arch_level::avx512})
    if (!wanted && cpu::has_arch(a)) CHECK(cpu::dispatch_level() >= a);
}

TEMPLATE_TEST_CASE("copies and sums of transposed tensors, dispatched: every element in its place", "", std::uint8_t, std::int16_t, float,
                   double) {
  constexpr int rows = 131, columns = 77;
  auto x = tn::unwrap(tn::empty<TestType>({rows, columns}));
  for (int i = 0; i < rows * columns; ++i) x.data()[i] = static_cast<TestType>(i % 101 + i / 101);
  const auto flipped = tn::unwrap(x.transpose(0, 1));
  const auto copied = tn::unwrap(tn::contiguous(flipped)), twice = tn::unwrap(tn::add(flipped, copied));
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const TestType value = x.data()[i * columns + j];
      CHECK(copied.data()[j * rows + i] == value);
      CHECK(*twice.at(j, i) == static_cast<TestType>(value + value));
    }
}

TEST_CASE("softmax, dispatched: within 4 ulp of 1") {
  const auto x = tn::unwrap(tn::randn<float>({5, 131}));
  const auto y = tn::unwrap(tn::softmax(x, -1));
  for (int r = 0; r < 5; ++r) {
    double sum = 0;
    for (int i = 0; i < 131; ++i) sum += std::exp(double{x.data()[r * 131 + i]});
    for (int i = 0; i < 131; ++i)
      CHECK(std::fabs(std::exp(double{x.data()[r * 131 + i]}) / sum - double{y.data()[r * 131 + i]}) <= 4 * double{FLT_EPSILON});
  }
}

TEST_CASE("matmul, dispatched: within n eps |a||b|") {
  const auto a = tn::unwrap(tn::randn<float>({37, 65})), b = tn::unwrap(tn::randn<float>({65, 43}));
  const auto y = tn::unwrap(tn::matmul(a, b));
  for (int i = 0; i < 37; ++i)
    for (int j = 0; j < 43; ++j) {
      double sum = 0, size = 0;
      for (int k = 0; k < 65; ++k) {
        const double product = double{a.data()[i * 65 + k]} * double{b.data()[k * 43 + j]};
        sum += product;
        size += std::fabs(product);
      }
      CHECK(std::fabs(sum - double{y.data()[i * 43 + j]}) <= 65 * double{FLT_EPSILON} * size);
    }
}

TEST_CASE("attention, dispatched: as its definition") {
  constexpr int n = 33, d = 16;
  const auto q = tn::unwrap(tn::randn<float>({n, d})), k = tn::unwrap(tn::randn<float>({n, d})), v = tn::unwrap(tn::randn<float>({n, d}));
  const auto y = tn::unwrap(tn::scaled_dot_product_attention(q, k, v));
  for (int i = 0; i < n; ++i) {
    std::vector<double> p(n);
    double sum = 0, largest = 0, score = 0;
    for (int j = 0; j < n; ++j) {
      double dot = 0, size = 0;
      for (int c = 0; c < d; ++c) {
        dot += double{q.data()[i * d + c]} * double{k.data()[j * d + c]};
        size += std::fabs(double{q.data()[i * d + c]} * double{k.data()[j * d + c]});
      }
      p[static_cast<std::size_t>(j)] = std::exp(dot / 4);                       // scale 1 / sqrt(16)
      sum += p[static_cast<std::size_t>(j)];
      score = std::fmax(score, size / 4);
    }
    for (int j = 0; j < n * d; ++j) largest = std::fmax(largest, std::fabs(double{v.data()[j]}));
    // A score is off by d eps |q||k| / 4, its exponential by as much relatively; then n products with v.
    const double bound = (2 * d * score + n + 8) * double{FLT_EPSILON} * largest;
    for (int c = 0; c < d; ++c) {
      double out = 0;
      for (int j = 0; j < n; ++j) out += p[static_cast<std::size_t>(j)] / sum * double{v.data()[j * d + c]};
      CHECK(std::fabs(out - double{y.data()[i * d + c]}) <= bound);
    }
  }
}

// test: threads
// philox and its reference against the published vectors and each other, then each distribution against its reference in long
// double, its moments, its limits and its histogram. Bounds of the statistics are six standard deviations of the statistic itself; positions and
// seeds are fixed, so nothing here can flake.
#include <tenon/core/generator.hpp>
#include <tenon/core/philox.hpp>
#include <tenon/kernels/reference/random.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace tenon_test::philox_test {
using tenon::bfloat16;
using tenon::generator;
using tenon::half;
using tenon::philox;
namespace reference = tenon::kernels::reference;

namespace {

constexpr bool is(philox::block_type b, std::uint32_t v0, std::uint32_t v1, std::uint32_t v2, std::uint32_t v3) {
  return b.v[0] == v0 && b.v[1] == v1 && b.v[2] == v2 && b.v[3] == v3;
}

// kat_vectors of Random123, philox4x32 with 10 rounds.
static_assert(is(philox{0}.block(0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
static_assert(is(philox{~0ull}.block(~0ull, ~0ull), 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
static_assert(is(philox{0x299f31d0a4093822}.block(0x85a308d3243f6a88, 0x0370734413198a2e), 0xd16cfe09, 0x94fdcceb,
                 0x5001e420, 0x24126ea1));

// The same vectors for the reference: counter, key, result.
const struct {
  reference::random_words counter;
  std::uint32_t key[2];
  reference::random_words result;
} published[] = {{{{0, 0, 0, 0}}, {0, 0}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
                 {{{~0u, ~0u, ~0u, ~0u}}, {~0u, ~0u}, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
                 {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {0xa4093822, 0x299f31d0}, {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}};

static_assert(std::is_trivially_copyable_v<philox>);
static_assert(philox{1}.integer(5, 3, 3) == 3 && philox{1}.integer(5, 3, -3) == 3);

// sum over bins of (seen - expected)^2 / expected: mean bins - 1, variance 2 (bins - 1).
bool plausible_chi_square(const std::vector<double>& seen, const std::vector<double>& expected) {
  double chi = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) chi += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
  const double freedom = static_cast<double>(seen.size()) - 1;
  INFO("chi square " << chi << " with " << freedom << " degrees of freedom");
  CHECK(std::fabs(chi - freedom) < 6 * std::sqrt(2 * freedom));
  return true;
}

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("the reference gives the published vectors, and philox gives the reference's words", "[philox]") {
  const auto same = [](const reference::random_words& a, const auto& b) {
    for (int k = 0; k < 4; ++k) CHECK(a.v[k] == b.v[k]);
  };
  for (const auto& p : published) same(reference::philox4x32_10(p.counter, p.key[0], p.key[1]), p.result);
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{42}, ~std::uint64_t{0}, std::uint64_t{0x9876543210fedcba}})
    for (const std::uint64_t position : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xffffffff}, std::uint64_t{0x100000000}, ~std::uint64_t{0}})
      for (const std::uint64_t draw : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{0x123456789abcdef}})
        same(reference::random_at(seed, position, draw), philox{seed}.block(position, draw));
}

TEMPLATE_TEST_CASE("uniform numbers are below 1 and the same in every type", "[philox]", float, double, half,
                   bfloat16) {
  const philox p{42};
  const int digits = std::numeric_limits<TestType>::digits;
  int wrong = 0;
  const int n = 200000;
  double sum = 0, squares = 0, product = 0, previous = 0;
  std::vector<double> seen(64), expected(64, n / 64.0);
  for (int i = 0; i < n; ++i) {
    const double u = double(p.uniform<TestType>(static_cast<std::uint64_t>(i))),
                 fine = p.uniform<double>(static_cast<std::uint64_t>(i));
    wrong += !(u >= 0 && u < 1) || u != std::ldexp(std::floor(std::ldexp(fine, digits)), -digits);
    wrong += u != reference::uniform(42, static_cast<std::uint64_t>(i), digits);
    seen[static_cast<std::size_t>(u * 64)] += 1;
    sum += u, squares += u * u, product += u * previous, previous = u;
  }
  CHECK(wrong == 0);
  plausible_chi_square(seen, expected);
  const double cut = std::ldexp(0.5, -digits);                       // cutting digits lowers the mean by half a unit
  CHECK(std::fabs(sum / n - (0.5 - cut)) < 6 * std::sqrt(1.0 / 12 / n));
  CHECK(std::fabs(squares / n - 1.0 / 3 + cut) < 6 * std::sqrt(4.0 / 45 / n) + cut * cut * 4);
  CHECK(std::fabs(product / n - 0.25 + cut) <
        6 * std::sqrt(7.0 / 144 / n) + cut * cut * 4);   // neighbours are independent
}

TEMPLATE_TEST_CASE("normal numbers are Box-Muller of their block", "[philox]", float, double) {
  const philox p{7};
  const long double eps = std::numeric_limits<TestType>::epsilon();
  long double worst = 0;
  for (std::uint64_t i = 0; i < 300000; ++i) {
    const long double radius = reference::normal_radius<TestType>(7, i), z = reference::normal<TestType>(7, i);
    const TestType got = p.normal<TestType>(i);
    REQUIRE(std::isfinite(got));
    if (radius > 0) worst = std::max(worst, std::fabs(static_cast<long double>(got) - z) / (eps * radius));
    else REQUIRE(got == 0);
  }
  CAPTURE(static_cast<double>(worst));
  CHECK(worst <= 2);
}

TEST_CASE("the pieces of the normal distribution hold at their ends", "[philox]") {
  namespace r = tenon::detail::random;
  CHECK(r::logarithm(1.0f) == 0.0f);
  CHECK(r::logarithm(1.0) == 0.0);
  CHECK(r::logarithm(0x1p-32f) == Approx(-32 * std::log(2.0)).epsilon(1e-7));
  CHECK(r::logarithm(0x1p-53) == Approx(-53 * std::log(2.0)).epsilon(1e-15));
  for (unsigned q = 0; q < 4; ++q) {
    for (const double t : {-0.5, -0.25, -1e-9, 0.0, 0.125, 0.5}) {
      const double want =
          static_cast<double>(std::cos(1.57079632679489661923132169163975L * (q + static_cast<long double>(t))));
      CHECK(std::fabs(r::cosine(q, t) - want) < 2.3e-16);             // one eps
      CHECK(std::fabs(double(r::cosine(q, static_cast<float>(t))) - want) < 2e-7);
    }
  }
  CHECK(r::square_root(r::product(-2.0f, r::logarithm(0x1p-32f))) < 6.7f);
  CHECK(r::square_root(r::product(-2.0, r::logarithm(0x1p-53))) < 8.6);
  CHECK(r::multiply_high(~0ull, ~0ull) == ~0ull - 1);
  CHECK(r::multiply_high(0x123456789abcdef0, 0xfedcba9876543210) == 0x121fa00ad77d7422);
}

TEMPLATE_TEST_CASE("normal numbers have the moments and the shape of the distribution", "[philox]", float, double, half,
                   bfloat16) {
  const philox p{3};
  const int n = 400000;
  double s1 = 0, s2 = 0, s3 = 0, s4 = 0;
  std::vector<double> seen(34), expected(34);
  for (int i = 0; i < n; ++i) {
    const double z = double(p.normal<TestType>(static_cast<std::uint64_t>(i)));
    s1 += z, s2 += z * z, s3 += z * z * z, s4 += z * z * z * z;
    seen[z < -4 ? 0u : z >= 4 ? 33u : 1u + static_cast<unsigned>((z + 4) * 4)] += 1;
  }
  for (int k = 0; k < 34; ++k) {
    const double from = k == 0 ? 0 : normal_below((k - 1) / 4.0 - 4), to = k == 33 ? 1 : normal_below(k / 4.0 - 4);
    expected[static_cast<std::size_t>(k)] = n * (to - from);
  }
  CHECK(std::fabs(s1 / n) < 6 * std::sqrt(1.0 / n));
  CHECK(std::fabs(s2 / n - 1) < 6 * std::sqrt(2.0 / n));
  CHECK(std::fabs(s3 / n) < 6 * std::sqrt(15.0 / n));
  CHECK(std::fabs(s4 / n - 3) < 6 * std::sqrt(96.0 / n));
  if constexpr (sizeof(TestType) > 2)
    plausible_chi_square(seen, expected);   // rounding moves half types across the edges
}

TEST_CASE("float and double normals are the same numbers", "[philox]") {
  // u differs by at most 2^-31 and sqrt(-2 ln u) is steepest at u = 1, so close numbers need a radius that is not tiny.
  const philox p{11};
  int far = 0;
  for (std::uint64_t i = 0; i < 100000; ++i) far += std::fabs(double(p.normal<float>(i)) - p.normal<double>(i)) > 1e-5;
  CHECK(far <= 2);
}

TEST_CASE("integers reach both ends, evenly", "[philox]") {
  const philox p{5};
  std::vector<double> seen(7), expected(7, 10000.0);
  for (std::uint64_t i = 0; i < 70000; ++i) {
    const int k = p.integer(i, -3, 4);
    REQUIRE((k >= -3 && k < 4));
    seen[static_cast<std::size_t>(k + 3)] += 1;
    REQUIRE(reference::randint(5, i, -3, 4) == k);
    REQUIRE(p.integer<std::int64_t>(i, -3, 4) == k);                 // the dtype does not change the number
    REQUIRE(p.integer<signed char>(i, -3, 4) == k);
  }
  plausible_chi_square(seen, expected);
  double low = 0, high = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto k = p.integer<std::int64_t>(i, INT64_MIN, INT64_MAX);
    REQUIRE(reference::randint(5, i, INT64_MIN, INT64_MAX) == k);
    (k < 0 ? low : high) += 1;
    CHECK(p.integer<std::uint8_t>(i, 255, 0) == 255);
    CHECK(p.integer<std::int64_t>(i, INT64_MAX - 1, INT64_MAX) == INT64_MAX - 1);
    CHECK(p.integer<std::uint64_t>(i, 0, UINT64_MAX) < UINT64_MAX);
  }
  CHECK(std::fabs(low - high) < 6 * std::sqrt(1000.0));
}

TEST_CASE("bernoulli keeps its probability and its limits", "[philox]") {
  const philox p{9};
  const int n = 100000;
  for (const double probability : {0.001, 0.25, 0.5, 0.9}) {
    int hits = 0;
    for (int i = 0; i < n; ++i) hits += p.bernoulli(static_cast<std::uint64_t>(i), probability);
    for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(p.bernoulli(i, probability) == reference::bernoulli(9, i, probability));
    CHECK(std::fabs(hits - n * probability) < 6 * std::sqrt(n * probability * (1 - probability)));
  }
  for (std::uint64_t i = 0; i < 1000; ++i) {
    REQUIRE_FALSE(p.bernoulli(i, 0.0));
    REQUIRE_FALSE(p.bernoulli(i, -1.0));
    REQUIRE_FALSE(p.bernoulli(i, std::nan("")));
    REQUIRE(p.bernoulli(i, 1.0));
    REQUIRE(p.bernoulli(i, 2.0));
  }
}

TEST_CASE("seeds, positions and draws give streams of their own", "[philox]") {
  // Flipping any input bit flips about half of the 128 output bits: 64 +- 6 * sqrt(32).
  const auto distance = [](philox::block_type a, philox::block_type b) {
    int d = 0;
    for (int k = 0; k < 4; ++k) d += __builtin_popcount(a.v[k] ^ b.v[k]);
    return d;
  };
  const auto base = philox{1234}.block(99, 0);
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t flip = std::uint64_t{1} << bit;
    CHECK(std::abs(distance(base, philox{1234 ^ flip}.block(99, 0)) - 64) < 34);
    CHECK(std::abs(distance(base, philox{1234}.block(99 ^ flip, 0)) - 64) < 34);
    CHECK(std::abs(distance(base, philox{1234}.block(99, flip)) - 64) < 34);
  }
}

TEST_CASE("a generator hands out each position once", "[generator][threads]") {
  generator g(17);
  CHECK(g.seed() == 17);
  CHECK(g.reserve(10).first == 0);
  CHECK(g.reserve(0).first == 10);
  CHECK(g.reserve(5).first == 10);
  CHECK(g.reserve(1).numbers.seed == 17);
  generator copy = g.clone();
  CHECK(copy.reserve(3).first == g.reserve(3).first);
  g.reserve(100);
  CHECK(copy.offset() == 19);                                        // a clone goes its own way
  g = copy;
  CHECK(g.offset() == 19);
  g.manual_seed(18);
  CHECK(g.seed() == 18);
  CHECK(g.offset() == 0);

  std::vector<std::vector<std::uint64_t>> starts(4);
  std::vector<std::thread> threads;
  for (auto& s : starts)
    threads.emplace_back([&g, &s] {
      for (int i = 0; i < 1000; ++i) s.push_back(g.reserve(3).first);
    });
  for (auto& t : threads) t.join();
  std::vector<bool> taken(4000);
  for (const auto& s : starts) {
    for (const auto first : s) {
      REQUIRE(first % 3 == 0);
      REQUIRE_FALSE(taken.at(first / 3));
      taken[first / 3] = true;
    }
  }
}

TEST_CASE("the default generator repeats after manual_seed and advances between calls", "[generator][threads]") {
  const generator before = tenon::default_generator();
  tenon::manual_seed(5);
  const auto a = tenon::default_generator().reserve(4), b = tenon::default_generator().reserve(4);
  CHECK(a.first != b.first);
  tenon::manual_seed(5);
  const auto again = tenon::default_generator().reserve(4);
  CHECK((again.first == a.first && again.numbers.seed == a.numbers.seed));
  tenon::default_generator() = before;
  CHECK(generator().seed() == generator::default_seed);
}

TEMPLATE_TEST_CASE("exponential numbers are above 0, with the moments and the shape of the distribution", "[philox]", float, double, half,
                   bfloat16) {
  constexpr int n = 400000;
  const philox p{11};
  double sum = 0, squares = 0;
  int above[8] = {}, not_positive = 0;
  for (int i = 0; i < n; ++i) {
    const double e = double(p.exponential<TestType>(static_cast<std::uint64_t>(i)));
    not_positive += !(e > 0);
    sum += e;
    squares += e * e;
    for (int k = 0; k < 8; ++k) above[k] += e > k;
  }
  CHECK(not_positive == 0);
  CHECK(std::fabs(sum / n - 1) < 0.01);                    // six standard errors: 1 / sqrt(n), and sqrt(20 / n) of the square
  CHECK(std::fabs(squares / n - 2) < 0.045);
  for (int k = 0; k < 8; ++k) {
    const double want = std::exp(-k), rounding = sizeof(TestType) == 2 ? 0.01 * want : 0;     // a half type's k may be any value near it
    CHECK(std::fabs(above[k] / double(n) - want) <= 6 * std::sqrt(want / n) + rounding);
  }
}

// ln u, from u of which 1 - u is exact: a relative error of 2 eps (measured: half of that).
TEMPLATE_TEST_CASE("exponential numbers are the logarithm of their block", "[philox]", float, double) {
  const philox p{13};
  long double worst = 0;
  for (std::uint64_t i = 0; i < 300000; ++i) {
    const long double want = reference::exponential<TestType>(13, i);
    worst = std::max(worst, std::fabs(static_cast<long double>(p.exponential<TestType>(i)) - want) / want);
  }
  CAPTURE(static_cast<double>(worst));
  CHECK(worst <= 2 * static_cast<long double>(std::numeric_limits<TestType>::epsilon()));
}

}  // namespace tenon_test::philox_test

// test: full-only serial
// Tensors of more than 2^31 elements: positions and counts are 64-bit all the way down, in the fast paths too. Needs up to
// 7 GiB of memory, and is skipped where they are not free.
#include <tenon/core/memory.hpp>
#include <tenon/core/print.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/random.hpp>

#include "../support/cases.hpp"

#include <cstdio>

namespace tenon_test::large_test {

namespace {

constexpr index_t n = (index_t{1} << 31) + 77;

// GiB that can be had without pushing anything out of memory; 0 where that is not known.
double free_memory() {
  double kib = 0;
  char line[256];
  if (std::FILE* f = std::fopen("/proc/meminfo", "r")) {
    while (std::fgets(line, sizeof line, f))
      if (std::sscanf(line, "MemAvailable: %lf", &kib) == 1) break;
    std::fclose(f);
  }
  const double limit = static_cast<double>(tn::memory::limit()) / 1024;
  return (kib < limit ? kib : limit) / (1024 * 1024);
}

bool enough(double gib) {
  if (free_memory() > gib + 1) return true;
  WARN("skipped: " << gib << " GiB of free memory are needed, there are " << free_memory());
  SUCCEED();
  return false;
}

struct release {
  ~release() { tn::memory::release_cached(); }
};

}  // namespace

TEST_CASE("filling, writing and reading behind 2^31 elements") {
  if (!enough(2)) return;
  const release at_end;
  auto x = tn::unwrap(tn::full<std::uint8_t>({n}, 3));
  CHECK(x.numel() == n);
  CHECK(*x.at(n - 1) == 3);
  CHECK(*x.at(index_t{1} << 31) == 3);
  REQUIRE(x.set({-1}, 9));
  CHECK(*tn::item(tn::slice(x, 0, {.start = n - 1})) == 9);
  CHECK(*tn::item(tn::slice(x, 0, {.start = n - 1, .stop = 5, .step = -(n - 6)})) == 9);
  REQUIRE(tn::fill_(*x.narrow(0, (index_t{1} << 31) - 5, 10), 4));
  CHECK(*x.at((index_t{1} << 31) - 6) == 3);
  CHECK(*x.at((index_t{1} << 31) - 5) == 4);
  CHECK(*x.at((index_t{1} << 31) + 4) == 4);
  CHECK(*x.at((index_t{1} << 31) + 5) == 3);
  REQUIRE(tn::assign(x, tn::map([](auto a) { return a + a; }, tn::lazy(x))));
  CHECK(*x.at(n - 1) == 18);
  CHECK(*x.at((index_t{1} << 31) + 5) == 6);
  CHECK(tn::to_text(x).view() == "tensor([ 6,  6,  6,  ...,  6,  6, 18], dtype=uint8, shape=[2147483725])");
}

TEST_CASE("ranges and random numbers behind 2^31 elements") {
  if (!enough(2)) return;
  const release at_end;
  const auto x = tn::arange<std::uint8_t>(0, n);
  for (const index_t i : {index_t{1} << 31, n - 1}) CHECK(*x->at(i) == static_cast<std::uint8_t>(i & 255));
  tn::generator g(5);
  auto y = *x;
  REQUIRE(tn::random_(y, 0, 256, g));
  CHECK(*y.at(n - 1) == tn::philox{5}.integer<std::int64_t>(static_cast<std::uint64_t>(n - 1), 0, 256));
  CHECK(g.offset() == static_cast<std::uint64_t>(n));
}

TEST_CASE("copies and comparisons behind 2^31 elements") {
  if (!enough(5)) return;
  const release at_end;
  const index_t rows = 3, columns = (index_t{1} << 30) + 5;                    // 3 x (2^30 + 5) bytes
  auto x = tn::unwrap(tn::zeros<std::uint8_t>({rows, columns}));
  REQUIRE(x.set({2, -1}, 7));
  REQUIRE(x.set({1, 123456}, 8));
  {
    const auto y = tn::unwrap(tn::clone(tn::transpose(tn::narrow(x, 0, 1, 2), 0, 1)));     // 2 x (2^30 + 5), turned
    CHECK(*y.at(columns - 1, 1) == 7);
    CHECK(*y.at(123456, 0) == 8);
    CHECK(*tn::equal(tn::transpose(y, 0, 1), tn::narrow(x, 0, 1, 2)));
    auto z = tn::unwrap(tn::transpose(y, 0, 1));
    REQUIRE(z.set({1, -2}, 1));
    CHECK_FALSE(*tn::equal(z, tn::narrow(x, 0, 1, 2)));
  }
}

TEST_CASE("few elements far apart, and more than 2^31 that are one") {
  if (!enough(2)) return;
  const release at_end;
  const auto x = tn::unwrap(tn::zeros<std::uint8_t>({n}));
  const auto far = tn::unwrap(tn::slice(x, 0, {.step = n - 1}));               // two elements, 2^31 bytes apart
  CHECK(far.numel() == 2);
  auto copy = far;
  REQUIRE(copy.set({1}, 5));
  CHECK(values(tn::clone(far)) == std::vector<double>{0, 5});
  CHECK(values(tn::map([](auto a) { return a + a; }, far)) == std::vector<double>{0, 10});
  const auto one = tn::expand(tn::ones<std::uint8_t>({1}), {n});
  CHECK(*tn::allclose(one, 1));
  CHECK(*tn::equal(one, tn::expand(tn::ones<std::uint8_t>({}), {n})));
}

}  // namespace tenon_test::large_test

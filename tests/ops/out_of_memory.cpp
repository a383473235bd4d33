// test: serial unoptimised
// Memory runs out at every n-th allocation of a chain of ops, one n after the other: the chain ends in out_of_memory, says
// which op it was, leaks nothing, and leaves its inputs as they were.
#include <tenon/core/memory.hpp>
#include <tenon/core/print.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/random.hpp>
#include <tenon/ops/softmax.hpp>

#include "../support/cases.hpp"

namespace tenon_test::out_of_memory_test {
namespace memory = tn::memory;

namespace {

const auto sum = [](auto a, auto b) { return a + b; };
const auto square = [](auto x) { return x * x; };

// f() with ever more memory, until it succeeds.
template <class F>
void starve(F f) {
  const auto live = memory::statistics().allocated;
  int refused = 0;
  for (std::int64_t n = 0;; ++n) {
    memory::fail_after(n);
    {
      const auto r = f();
      memory::fail_after(-1);
      INFO("after " << n << " allocations: " << r.error().message());
      if (!r) {
        ++refused;
        CHECK(r.error() == tn::error_code::out_of_memory);
        CHECK_FALSE(std::string(r.error().op()).empty());
      }
      if (r || refused > 1000) {
        CHECK(n > 0);                                        // the chain did allocate
        CHECK(refused == n);
        break;
      }
    }
    REQUIRE(memory::statistics().allocated == live);
  }
  CHECK(memory::statistics().allocated == live);
}

}  // namespace

TEST_CASE("factories") {
  starve([] { return tn::zeros<float>({1000}); });
  starve([] { return tn::zeros<float>({1 << 20}); });        // a large block has its header apart
  starve([] { return tn::from_list<double>({{1, 2}, {3, 4}}); });
  starve([] { return tn::eye<float>(5); });
  starve([] { return tn::linspace<tn::half>(0, 1, 100); });
  starve([] { return tn::full({3}, 1, tn::dtype::int64); });
  starve([] { return tn::randperm(1000); });
  starve([] { return tn::bernoulli(tn::rand<float>({10})); });
}

TEST_CASE("eager and lazy chains of results") {
  starve([] {
    const auto x = tn::arange<float>(6), y = tn::view(x, {2, 3});
    const auto z = tn::map(sum, tn::transpose(y, 0, 1), tn::ones<double>({3, 1}));
    return tn::softmax(tn::contiguous(tn::map(square, z)), -1);
  });
  starve([] {
    const auto x = tn::randn<float>({30, 40});
    const auto e = tn::map(sum, tn::map(square, tn::lazy(x)), tn::ones<float>({40}));
    return tn::reshape(tn::transpose(tn::eval(e), 0, 1), {-1});
  });
  starve([]() -> tn::result<tn::any_tensor> {
    TENON_TRY(const auto x, tn::arange<int>(100));
    TENON_TRY(const auto pieces, tn::split(x, 30));
    TENON_TRY(const auto converted, tn::to(pieces[1], tn::dtype::float64));
    return tn::clone(converted);
  });
}

TEST_CASE("in place and into: the target is unchanged where they fail") {
  auto x = tn::unwrap(tn::arange<float>(12));
  auto square_view = tn::unwrap(tn::view(x, {3, 4}));
  auto part = tn::unwrap(tn::slice(x, 0, {.start = 1})), rest = tn::unwrap(tn::slice(x, 0, {.stop = -1}));
  const auto before = values(x);
  const auto unchanged = [&](auto f) {
    memory::fail_after(0);
    const auto r = f();
    memory::fail_after(-1);
    CHECK(r.error() == tn::error_code::out_of_memory);
    CHECK(values(x) == before);
  };
  unchanged([&] { return tn::copy_(part, rest); });                            // overlaps: needs a temporary
  unchanged([&] { return tn::assign(part, rest); });
  tn::generator g(1);
  auto turned = tn::unwrap(tn::transpose(square_view, 0, 1));
  unchanged([&] { return tn::uniform_(turned, 0, 1, g); });
  CHECK(g.offset() == 0);                                                      // and no numbers are used up
  memory::fail_after(0);
  CHECK(tn::copy_(x, *tn::wrap(&before[0], {12})));                            // what needs no memory works without
  CHECK(tn::fill_(part, 7));
  CHECK(tn::item(*x.select(0, 3)).value() == 7);
  CHECK(*tn::allclose(x, x));
  memory::fail_after(-1);
}

}  // namespace tenon_test::out_of_memory_test

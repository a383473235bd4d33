// test: threads device
// Random tensors: the same seed gives the same tensors, whatever their layout and the number of threads; element i is
// philox at first + i. (The numbers themselves: tests/core/philox.cpp; the kernels: tests/kernels/random.cpp.)
#include <tenon/kernels/reference/random.hpp>
#include <tenon/ops/random.hpp>

#include "../support/cases.hpp"

#include <algorithm>
#include <numeric>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <thread>

namespace tenon_test::random_test {
namespace reference = tn::kernels::reference;

namespace {

const tn::tensor_options there{test_device};

template <class T>
std::vector<double> philox_values(std::uint64_t seed, std::uint64_t first, index_t n) {
  std::vector<double> v;
  for (index_t i = 0; i < n; ++i) v.push_back(reference::uniform(seed, first + static_cast<std::uint64_t>(i), std::numeric_limits<T>::digits));
  return v;
}

}  // namespace

TEMPLATE_TEST_CASE("element i takes its number from position first + i", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  tn::generator g(42, 1000);
  CHECK(values(tn::rand<T>({3, 5}, g, there)) == philox_values<T>(42, 1000, 15));
  CHECK(g.offset() == 1015);
  CHECK(values(tn::rand<T>({2}, g, there)) == philox_values<T>(42, 1015, 2));
  CHECK(tn::rand<T>({0, 4}, g, there)->numel() == 0);
  CHECK(g.offset() == 1017);

  // Whatever the layout.
  const tn::shape s{4, 3, 5};
  for (const auto& [name, x] : layouts<T>(s, std::vector<double>(60))) {
    INFO(name);
    tn::generator from(7);
    auto y = x;
    REQUIRE(tn::uniform_(y, 0, 1, from));
    CHECK(values(y) == philox_values<T>(7, 0, 60));
    CHECK(from.offset() == 60);
  }
}

// Also on a GPU, whose functions would be others: these numbers are made of sums, products, quotients and roots alone. Where the
// reference has the exact number (normal, exponential), the bits are those of core/philox.hpp.
TEMPLATE_TEST_CASE("every distribution is philox's, bit for bit", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  using C = tn::compute_t<T>;
  constexpr index_t n = 3000;
  constexpr std::uint64_t seed = 11;
  const tn::philox p{seed};
  const auto at = [](std::size_t i) { return 70 + static_cast<std::uint64_t>(i); };
  const auto expect = [&](const auto& got, auto want) {
    const auto v = values(got);
    REQUIRE(v.size() == n);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < v.size(); ++i) wrong += v[i] != to_double(want(i));
    CHECK(wrong == 0);
  };
  tn::generator g(11, 70);
  const auto again = [&]() -> tn::generator& { return g = tn::generator(11, 70); };
  expect(tn::randn<T>({n}, again(), there), [&](std::size_t i) { return p.normal<T>(at(i)); });
  auto x = tn::unwrap(tn::empty<T>({n}, there));
  const auto affine = [](double y, double factor, double offset) {
    return T(reference::affine(static_cast<C>(y), static_cast<C>(factor), static_cast<C>(offset)));
  };
  const auto uniform = [&](std::size_t i) { return reference::uniform(seed, at(i), std::numeric_limits<T>::digits); };
  REQUIRE(tn::normal_(x, 3, 0.7, again()));
  expect(x, [&](std::size_t i) { return affine(static_cast<double>(p.normal<C>(at(i))), 0.7, 3); });
  REQUIRE(tn::uniform_(x, -3, 5.5, again()));
  expect(x, [&](std::size_t i) { return affine(uniform(i), 8.5, -3); });
  REQUIRE(tn::exponential_(x, 4, again()));
  expect(x, [&](std::size_t i) { return T(static_cast<C>(p.exponential<C>(at(i)) / C(4))); });
  REQUIRE(tn::bernoulli_(x, 0.3, again()));
  expect(x, [&](std::size_t i) { return reference::bernoulli(seed, at(i), 0.3); });
  expect(tn::randint<T>(-9, 90, {n}, again(), there), [&](std::size_t i) { return reference::randint(seed, at(i), -9, 90); });
  expect(tn::randint<std::int64_t>(INT64_MIN, INT64_MAX, {n}, again(), there), [&](std::size_t i) { return reference::randint(seed, at(i), INT64_MIN, INT64_MAX); });
  expect(tn::randint<std::int16_t>(-30000, 30000, {n}, again(), there), [&](std::size_t i) { return reference::randint(seed, at(i), -30000, 30000); });
  REQUIRE(tn::uniform_(x, 0, 1, again()));
  expect(tn::bernoulli(x, again()), [&](std::size_t i) { return reference::bernoulli(seed, at(i), uniform(i)); });
}

TEST_CASE("the same seed gives the same tensors") {
  tn::manual_seed(5);
  const auto a = tn::randn<float>({100}), b = tn::randn<float>({100});
  const auto p = tn::randperm(50);
  tn::manual_seed(5);
  CHECK(*tn::equal(a, tn::randn<float>({100})));
  CHECK_FALSE(*tn::equal(a, b));
  CHECK(*tn::equal(b, tn::randn<float>({100})));
  CHECK(*tn::equal(p, tn::randperm(50)));

  // The default generator is a generator like any other; its state is saved by copying it.
  tn::generator saved = tn::default_generator();
  const auto c = tn::rand<double>({7});
  CHECK(*tn::equal(c, tn::rand<double>({7}, saved)));
}

TEST_CASE("the number of threads does not change a bit", "[threads]") {
  const auto make = [] {
    tn::generator g(3);
    return tn::randn<float>({300001}, g);
  };
  tn::result<tn::tensor<float>> one = make(), many = make();
  const oneapi::tbb::global_control allow(oneapi::tbb::global_control::max_allowed_parallelism, 4);
  oneapi::tbb::task_arena(1).execute([&] { one = make(); });
  oneapi::tbb::task_arena(4).execute([&] { many = make(); });
  CHECK(*tn::equal(one, many));
}

TEST_CASE("threads that share a generator get positions of their own", "[threads]") {
  tn::generator g(9);
  constexpr int threads = 4, rounds = 50;
  std::vector<std::vector<double>> got(threads);
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t)
    pool.emplace_back([&, t] {
      for (int i = 0; i < rounds; ++i) {
        const auto x = tn::rand<double>({5}, g);
        for (int k = 0; k < 5; ++k) got[static_cast<std::size_t>(t)].push_back(x->data()[k]);
      }
    });
  for (auto& t : pool) t.join();
  std::vector<double> all;
  for (const auto& v : got) all.insert(all.end(), v.begin(), v.end());
  auto want = philox_values<double>(9, 0, threads * rounds * 5);
  std::sort(all.begin(), all.end());
  std::sort(want.begin(), want.end());
  CHECK(all == want);
}

TEST_CASE("ranges and parameters mean what they say", "[device]") {
  tn::generator g(1);
  constexpr index_t n = 200000;
  const auto mean_of = [](const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size()); };
  auto x = tn::unwrap(tn::empty<double>({n}, there));
  const double sigma = 6 / std::sqrt(static_cast<double>(n));                  // six standard errors of the mean, times a deviation

  REQUIRE(tn::uniform_(x, -3, 5, g));
  auto v = values(x);
  CHECK(*std::min_element(v.begin(), v.end()) >= -3);
  CHECK(*std::max_element(v.begin(), v.end()) < 5);
  CHECK(std::fabs(mean_of(v) - 1) < 2.4 * sigma);
  REQUIRE(tn::normal_(x, 10, 0.5, g));
  v = values(x);
  CHECK(std::fabs(mean_of(v) - 10) < 0.5 * sigma);
  const auto near = static_cast<double>(std::count_if(v.begin(), v.end(), [](double e) { return std::fabs(e - 10) < 0.5; }));
  CHECK(std::fabs(near / n - 0.6826895) < 0.47 * sigma);
  REQUIRE(tn::normal_(x, 10, 0, g));
  CHECK(values(x) == std::vector<double>(n, 10));
  REQUIRE(tn::exponential_(x, 4, g));
  CHECK(std::fabs(mean_of(values(x)) - 0.25) < 0.25 * sigma);

  const auto i = values(tn::randint(-2, 3, {n}, g, there));
  for (int k = -2; k < 3; ++k) CHECK(std::fabs(static_cast<double>(std::count(i.begin(), i.end(), k)) / n - 0.2) < 0.4 * sigma);
  CHECK(std::count_if(i.begin(), i.end(), [](double k) { return k < -2 || k > 2; }) == 0);
  const auto bytes = values(tn::randint<std::uint8_t>(0, 256, {n}, g, there));
  CHECK(*std::min_element(bytes.begin(), bytes.end()) == 0);
  CHECK(*std::max_element(bytes.begin(), bytes.end()) == 255);
  CHECK(values(tn::randint<std::int8_t>(-128, -127, {3}, g, there)) == std::vector<double>(3, -128));
  auto whole = tn::unwrap(tn::zeros<std::int16_t>({n}, there));
  REQUIRE(tn::random_(whole, -32768, 32768, g));
  CHECK(std::fabs(mean_of(values(whole)) + 0.5) < 18919 * sigma);

  CHECK(std::fabs(mean_of(values(tn::bernoulli<float>({n}, 0.3, g, there))) - 0.3) < 0.46 * sigma);
  CHECK(values(tn::bernoulli<bool>({3}, 1, g, there)) == std::vector<double>(3, 1));
  CHECK(values(tn::bernoulli<bool>({3}, 0, g, there)) == std::vector<double>(3, 0));
  CHECK(values(tn::bernoulli(make<float>({4}, {0, 1, 0, 1}), g)) == std::vector<double>{0, 1, 0, 1});
  auto grid = tn::unwrap(tn::full<int>({3, 2}, 9, there));
  REQUIRE(tn::bernoulli_(*grid.transpose(0, 1), make<double>({2, 1}, {1, 0}), g));
  CHECK(values(grid) == std::vector<double>{1, 0, 1, 0, 1, 0});
  REQUIRE(tn::bernoulli_(grid, 1, g));
  CHECK(values(grid) == std::vector<double>(6, 1));
}

TEST_CASE("like: shape and dtype of another tensor") {
  tn::generator g(1), h(1);
  const auto x = tn::zeros<float>({2, 3});
  CHECK(*tn::equal(tn::rand_like(x, g), tn::rand<float>({2, 3}, h)));
  CHECK(*tn::equal(tn::randn_like<double>(x, g), tn::randn<double>({2, 3}, h)));
  CHECK(*tn::equal(tn::randint_like<int>(x, 0, 9, g), tn::randint<int>(0, 9, {2, 3}, h)));
  CHECK(tn::rand_like(tn::zeros<float>({-1})).error() == tn::error_code::invalid_argument);
}

TEST_CASE("randperm sorts the positions by their keys", "[device]") {
  for (const index_t n : {0, 1, 2, 3, 10, 15, 16, 17, 255, 256, 257, 5000, 140000}) {
    tn::generator g(77, 5);
    const auto p = values(tn::randperm(n, g, there));
    std::vector<index_t> want(static_cast<std::size_t>(n)), scratch(want);
    reference::randperm(want.data(), scratch.data(), n, 77, 5);
    REQUIRE(p == std::vector<double>(want.begin(), want.end()));
    REQUIRE(g.offset() == 5 + static_cast<std::uint64_t>(n));
  }
  CHECK(tn::randperm<std::uint8_t>(256, there)->numel() == 256);
  CHECK(tn::randperm<std::uint8_t>(257, there).error() == tn::error_code::invalid_argument);
  CHECK(tn::randperm(-1).error() == tn::error_code::invalid_argument);
}

TEST_CASE("randperm: all orders of three are equally likely") {
  int seen[27] = {};
  tn::generator g(6);
  for (int i = 0; i < 60000; ++i) {
    const auto p = tn::randperm(3, g);
    ++seen[p->data()[0] * 9 + p->data()[1] * 3 + p->data()[2]];
  }
  for (const int at : {5, 7, 11, 15, 19, 21}) CHECK(std::abs(seen[at] - 10000) < 6 * 92);
}

TEST_CASE("what is refused, and then no numbers are used up", "[device]") {
  tn::generator g(1);
  auto x = tn::unwrap(tn::zeros<float>({3}, there));
  CHECK(tn::uniform_(x, 2, 1, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::uniform_(x, 0, inf, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::uniform_(x, NaN, 1, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::normal_(x, 0, -1, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::normal_(x, 0, NaN, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::exponential_(x, 0, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::bernoulli_(x, 1.5, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::bernoulli<float>({3}, NaN, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::randint(3, 3, {2}, g).error().message() == "randint: the range from 3 to before 3 is empty");
  CHECK(tn::randint<std::uint8_t>(-1, 3, {2}, g).error().message() == "randint: the range from -1 to before 3 does not fit uint8");
  CHECK(tn::randint<std::int8_t>(0, 129, {2}, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::uniform_(*x.slice(0, {.stop = 1})->expand({3}), 0, 1, g).error() == tn::error_code::overlapping_memory);
  const std::vector<float> constant(3);
  CHECK(tn::uniform_(*tn::wrap(constant), 0, 1, g).error() == tn::error_code::not_writable);
  CHECK(tn::uniform_(tn::tensor<float>(), 0, 1, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::rand<float>({-1}, g).error() == tn::error_code::invalid_argument);
  CHECK(tn::bernoulli_(x, tn::zeros<float>({4}, there), g).error() == tn::error_code::shape_mismatch);
  CHECK(g.offset() == 0);
  CHECK(values(x) == std::vector<double>(3, 0));
}

#if !defined(TENON_CUDA_ON_HOST)
TEST_CASE("a device that is not there is refused, and no numbers are used up") {
  tn::generator g(1);
  CHECK(tn::rand<float>({2}, g, {.device = tn::device::cuda}).error() == tn::error_code::device_unavailable);
  CHECK(tn::rand<float>({2}, {.device = tn::device::cuda}).error() == tn::error_code::device_unavailable);
  CHECK(g.offset() == 0);
}
#endif

}  // namespace tenon_test::random_test

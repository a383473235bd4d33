// The random kernels give philox's own bits: every length around the lane count, every dtype, positions across 2^32 and
// 2^64, one piece or many.
#include <tenon/kernels/cpu/random.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <cstring>
#include <vector>

namespace tenon_test::random_test {
using namespace tenon::kernels;
using tenon::bfloat16;
using tenon::half;
using tenon::index_t;
using tenon::philox;

namespace {

const std::uint64_t firsts[] = {0, 1, 0xffffffffu - 5, 0x123456789abcdefu, ~std::uint64_t{0} - 9};

template <class T>
bool same(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

// run(plan, out) against want(position), for every length; nothing is written behind the end.
template <class T, class Run, class Want>
void check(Run run, Want want) {
  constexpr index_t most = 4 * cpu::lanes<std::uint64_t> + 3;
  for (const std::uint64_t first : firsts)
    for (index_t n = 0; n <= most; ++n) {
      std::vector<unsigned char> bytes(static_cast<std::size_t>(most + 1) * sizeof(T), 0xcd);
      T* const out = reinterpret_cast<T*>(bytes.data());
      run(random_plan{n, philox{77 + first}, first}, out);
      int wrong = 0;
      for (index_t i = 0; i < n; ++i)
        wrong += !same(out[i], T(want(philox{77 + first}, first + static_cast<std::uint64_t>(i))));
      for (std::size_t i = static_cast<std::size_t>(n) * sizeof(T); i < bytes.size(); ++i) wrong += bytes[i] != 0xcd;
      CAPTURE(first, n);
      REQUIRE(wrong == 0);
    }
}

void threads(int, index_t count, context::task t, void* self) {     // backwards: the order must not matter
  for (index_t i = count - 1; i >= 0; --i) t(self, i);
}

}  // namespace

TEMPLATE_TEST_CASE("uniform and normal have philox's bits", "[random]", float, double, half, bfloat16) {
  using T = TestType;
  using C = std::conditional_t<std::is_same_v<T, double>, double, float>;
  check<T>([](const random_plan& p, T* out) { cpu::random_uniform(context{}, p, 0, 1, out); },
           [](philox f, std::uint64_t i) { return f.uniform<T>(i); });
  check<T>([](const random_plan& p, T* out) { cpu::random_normal(context{}, p, 0, 1, out); },
           [](philox f, std::uint64_t i) { return f.normal<T>(i); });
  check<T>(
      [](const random_plan& p, T* out) { cpu::random_uniform(context{}, p, -3, 5, out); },
      [](philox f, std::uint64_t i) { return T(tenon::detail::random::product(C(f.uniform<T>(i)), C(8)) + C(-3)); });
  check<T>([](const random_plan& p, T* out) { cpu::random_normal(context{}, p, 10, 0.3, out); },
           [](philox f, std::uint64_t i) {
             const C z = sizeof(T) == 8 ? C(f.normal<double>(i)) : C(f.normal<float>(i));
             return T(tenon::detail::random::product(z, C(0.3)) + C(10));
           });
}

TEST_CASE("integers and coins have philox's bits", "[random]") {
  const std::int64_t ranges[][2] = {{0, 2}, {-5, 5}, {INT64_MIN, INT64_MAX}, {7, 7}, {7, -7}, {0, 1000003}};
  for (const auto& r : ranges) {
    const std::int64_t low = r[0], high = r[1];
    const auto want = [=](philox f, std::uint64_t i) { return f.integer<std::int64_t>(i, low, high); };
    check<std::int64_t>(
        [=](const random_plan& p, std::int64_t* out) { cpu::random_integer(context{}, p, low, high, out); }, want);
    check<std::int32_t>(
        [=](const random_plan& p, std::int32_t* out) { cpu::random_integer(context{}, p, low, high, out); }, want);
    check<std::uint8_t>(
        [=](const random_plan& p, std::uint8_t* out) { cpu::random_integer(context{}, p, low, high, out); }, want);
  }
  for (const double probability : {0.0, 0.1, 0.25, 0x1p-60, 1 - 0x1p-53, 1.0, 2.0, -1.0, std::nan("")}) {
    const auto want = [=](philox f, std::uint64_t i) { return f.bernoulli(i, probability) ? 1 : 0; };
    check<float>([=](const random_plan& p, float* out) { cpu::random_bernoulli(context{}, p, probability, out); },
                 want);
    check<bool>([=](const random_plan& p, bool* out) { cpu::random_bernoulli(context{}, p, probability, out); }, want);
    check<half>([=](const random_plan& p, half* out) { cpu::random_bernoulli(context{}, p, probability, out); }, want);
    check<std::int64_t>(
        [=](const random_plan& p, std::int64_t* out) { cpu::random_bernoulli(context{}, p, probability, out); }, want);
  }
}

TEMPLATE_TEST_CASE("exponential numbers have philox's bits", "[random]", float, double, half, bfloat16) {
  using T = TestType;
  using C = cpu::rng::compute<T>;
  check<T>([](const random_plan& p, T* out) { cpu::random_exponential(context{}, p, 1, out); },
           [](philox f, std::uint64_t i) { return f.exponential<T>(i); });
  check<T>([](const random_plan& p, T* out) { cpu::random_exponential(context{}, p, 3, out); },
           [](philox f, std::uint64_t i) { return T(f.exponential<C>(i) / C(3)); });
}

TEMPLATE_TEST_CASE("coins whose probabilities are a tensor", "[random]", float, double, half, bfloat16) {
  using T = TestType;
  std::vector<T> probability;
  for (int i = 0; i < 100; ++i)
    probability.push_back(T(i % 7 == 0 ? std::nan("") : i % 7 == 1 ? -1.0 : i % 7 == 2 ? 2.0 : 0.1f * static_cast<float>(i % 7)));
  check<std::uint8_t>(
      [&](const random_plan& p, std::uint8_t* out) { cpu::random_bernoulli(context{}, p, probability.data(), out); },
      [&](philox f, std::uint64_t i) {
        // `first` is part of the seed, which tells the element's number.
        return f.bernoulli(i, static_cast<double>(probability[static_cast<std::size_t>(i - (f.seed - 77))])) ? 1 : 0;
      });
}

TEST_CASE("how the work is cut does not change a bit", "[random]") {
  const index_t n = 50001;
  std::vector<float> whole(n), pieces(n);
  const random_plan p{n, philox{3}, 12345};
  cpu::random_normal(context{}, p, 0, 1, whole.data());
  cpu::random_normal(context{&threads, 4}, p, 0, 1, pieces.data());
  CHECK(std::memcmp(whole.data(), pieces.data(), whole.size() * sizeof(float)) == 0);
  int wrong = 0;
  for (index_t i = 0; i < n; ++i)
    wrong += !same(whole[static_cast<std::size_t>(i)], philox{3}.normal<float>(12345 + static_cast<std::uint64_t>(i)));
  CHECK(wrong == 0);
}

}  // namespace tenon_test::random_test

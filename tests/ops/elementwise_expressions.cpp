// Operators, expressions, memory reuse and errors: what all elementwise ops share beside their values.
// test: threads scopes device
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/where.hpp>

#include "../support/elementwise.hpp"

#include <thread>

namespace tenon_test::elementwise_expressions_test {

namespace {

std::size_t allocations() { return tn::memory::statistics(test_device).calls; }

template <class T>
std::vector<T> raw(const tn::tensor<T>& x) {
  std::vector<T> v;
  for_each_offset(x, [&](index_t offset) { v.push_back(x.data()[offset]); });
  return v;
}

}  // namespace

TEST_CASE("operators on tensors, results, expressions and scalars", "[device]") {
  auto a = make<float>({3}, {1, 2, 3});
  const auto b = make<float>({3}, {10, 20, 30});
  const tn::result<tn::tensor<float>> r = b;
  CHECK(values(a + b) == std::vector<double>{11, 22, 33});
  CHECK(values(2 - a) == std::vector<double>{1, 0, -1});
  CHECK(values(r / a * 2 - 1) == std::vector<double>{19, 19, 19});
  CHECK(values(-(a * r)) == std::vector<double>{-10, -40, -90});
  CHECK(values(tn::eval(1 / tn::lazy(b) + a - r)) == values(1 / b + a - b));
  CHECK(values(tn::eval(-tn::lazy(a))) == std::vector<double>{-1, -2, -3});
  REQUIRE((a += b).has_value());
  REQUIRE((a -= 1).has_value());
  REQUIRE((a *= r).has_value());
  REQUIRE((a /= tn::lazy(b) * 2).has_value());
  CHECK(values(a) == std::vector<double>{5, 10.5, 16});
  REQUIRE((a.narrow(0, 1, 2) *= 2).has_value());  // a view is a target, too
  CHECK(values(a) == std::vector<double>{5, 21, 32});
}

TEST_CASE("a fused chain has the bits of its steps, with and without broadcasting", "[device]") {
  const auto check = [&]<class T>(tn::type_tag<T>) {
    const tn::shape s{37, 41};
    const auto a = make<T>(s, uniform(37 * 41, -4, 4, 1)), b = make<T>(s, uniform(37 * 41, -4, 4, 2)),
               c = make<T>({41}, uniform(41, -4, 4, 3));
    const auto t = tn::unwrap(make<T>({41, 37}, uniform(37 * 41, -4, 4, 4)).transpose(0, 1));
    const auto eager = tn::unwrap(tn::maximum(a * b + c, 0) * tn::sigmoid(a) - t / 3);
    CHECK(raw(eager) ==
          raw(tn::unwrap(tn::eval(tn::maximum(tn::lazy(a) * b + c, 0) * tn::sigmoid(tn::lazy(a)) - tn::lazy(t) / 3))));
    auto out = empty<T>(s);
    REQUIRE(
        tn::assign(out, tn::maximum(tn::lazy(a) * b + c, 0) * tn::sigmoid(tn::lazy(a)) - tn::lazy(t) / 3).has_value());
    CHECK(raw(eager) == raw(out));
  };
  check(tn::type_tag<float>{});
  check(tn::type_tag<double>{});
}

TEST_CASE("dtypes mix in one expression: comparison, selection, bool masks, half storage") {
  const auto h = make<tn::half>({67}, uniform(67, -4, 4, 1));
  const auto d = make<double>({67}, uniform(67, -4, 4, 2));
  const auto i = make<std::int8_t>({67}, uniform(67, -100, 100, 3));
  const auto m = make<bool>({67}, uniform(67, 0, 1, 4));
  const auto fused = tn::eval(tn::where(tn::lt(tn::lazy(h), d), tn::lazy(h) * 0.1, i) + m);
  static_assert(std::is_same_v<decltype(fused), const tn::result<tn::tensor<tn::half>>>);
  const auto hv = values(h), dv = values(d), iv = values(i), mv = values(m);
  std::vector<double> want;
  for (std::size_t k = 0; k < hv.size(); ++k)  // computed in float, rounded once
    want.push_back(to_double(tn::half((hv[k] < dv[k] ? static_cast<float>(hv[k]) * 0.1F : static_cast<float>(iv[k])) +
                                      static_cast<float>(mv[k]))));
  expect_equal(values(fused), want, {67});
}

TEST_CASE("expressions own what they refer to", "[device]") {
  const auto make_one = [] {
    auto x = make<float>({3}, {1, 2, 3});
    const float two = 2;
    auto doubled = tn::lazy(x) * two;
    return doubled + doubled;
  };
  const auto e = make_one();
  CHECK(values(tn::eval(e)) == std::vector<double>{4, 8, 12});
  auto x = make<float>({1}, {1});
  const auto later = tn::lazy(x) + 1;
  REQUIRE((x += 5).has_value());
  CHECK(values(tn::eval(later)) == std::vector<double>{7});  // read when it is evaluated
}

TEST_CASE("a temporary's memory becomes the result's", "[device]") {
  const auto a = make<float>({100}, uniform(100, -1, 1)), b = make<float>({100}, uniform(100, -1, 1, 2));
  auto before = allocations();
  const auto r = tn::exp(tn::maximum(a * b + a, 0));
  CHECK(allocations() == before + 1);
  CHECK(r.has_value());

  auto kept = tn::unwrap(a + b);
  const auto handle = kept;  // somebody else still sees it
  before = allocations();
  const auto fresh = tn::unwrap(std::move(kept) * 2);
  CHECK(allocations() == before + 1);
  CHECK(fresh.data() != handle.data());
  CHECK(values(handle) == values(a + b));

  float foreign[4] = {1, 2, 3, 4};
  auto block = tn::adopt_storage(foreign, sizeof foreign, true, nullptr, nullptr);
  auto borrowed = tn::tensor<float>::unchecked(tn::any_tensor(std::move(block), reinterpret_cast<std::byte*>(foreign),
                                                              {4}, tn::dense_strides({4}), tn::dtype::float32));
  CHECK(values(std::move(borrowed) + 1) == std::vector<double>{2, 3, 4, 5});
  CHECK(foreign[0] == 1);  // memory that Tenon did not make is never reused
  CHECK(values((a + b) + make<float>({2, 100}, uniform(200, 0, 1))).size() == 200);  // too small for the result
}

TEST_CASE("out that overlaps an operand in part is computed apart", "[device]") {
  auto x = make<float>({100}, uniform(100, -1, 1));
  const auto copy = make<float>({100}, uniform(100, -1, 1));
  REQUIRE(tn::add_into(x.narrow(0, 1, 99), x.narrow(0, 0, 99), 1).has_value());
  CHECK(values(x.narrow(0, 1, 99)) == values(copy.narrow(0, 0, 99) + 1));
  auto square = make<float>({8, 8}, uniform(64, -1, 1));
  const auto original = make<float>({8, 8}, uniform(64, -1, 1));
  REQUIRE((square += square.transpose(0, 1)).has_value());
  CHECK(values(square) == values(original + original.transpose(0, 1)));
  auto reversed = make<double>({9}, uniform(9, -1, 1));
  const auto forward = make<double>({9}, uniform(9, -1, 1));
  REQUIRE(tn::mul_into(reversed, reversed.slice(0, {.step = -1}), 2).has_value());
  CHECK(values(reversed) == values(tn::mul(forward.slice(0, {.step = -1}), 2)));
  // Another type over the same bytes: the operand is read as float, out is written as double.
  auto block = empty<double>({8});
  auto as_float = tn::tensor<float>::unchecked(tn::any_tensor(block.any().memory(), block.any().memory()->data, {8},
                                                              tn::dense_strides({8}), tn::dtype::float32, test_device));
  fill(as_float, {1, 2, 3, 4, 5, 6, 7, 8});
  REQUIRE(tn::add_into(block, as_float, 0.5).has_value());
  CHECK(values(block) == std::vector<double>{1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5});
}

TEST_CASE("errors: the first one arrives, with its op, and nothing is written") {
  auto a = make<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  auto b = make<float>({4}, {1, 2, 3, 4});
  CHECK((a + b).error().message() ==
        "add: shapes [2, 3] and [4] do not broadcast: counted from the end, dimension 1 is 3 and 4 (they must be "
        "equal, or one of them 1)");
  CHECK((tn::exp(a + b) * 2).error().message() == (a + b).error().message());
  CHECK(tn::eval(tn::lazy(a) * tn::lazy(a + b)).error().message() == (a + b).error().message());
  CHECK((a + a[7]).error().code() == tn::error_code::index_out_of_range);
  CHECK((a + tn::tensor<float>()).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::add_into(b, a, 1).error().message() == "add: the result has shape [2, 3], but out has [4]");
  CHECK((a += make<float>({5, 2, 3}, uniform(30, 0, 1))).error().code() == tn::error_code::shape_mismatch);
  auto row = make<float>({3}, {1, 2, 3});
  auto expanded = tn::unwrap(row.expand({2, 3}));
  CHECK((expanded += a).error().code() == tn::error_code::overlapping_memory);
  CHECK(values(a) == std::vector<double>{1, 2, 3, 4, 5, 6});
  tn::memory::fail_after(0);
  const auto no_memory = a + a;
  tn::memory::fail_after(-1);
  CHECK(no_memory.error().code() == tn::error_code::out_of_memory);
}

TEST_CASE("many threads read one tensor at once", "[threads]") {
  const auto a = make<float>({100000}, uniform(100000, -1, 1)), b = make<float>({100000}, uniform(100000, -1, 1, 2));
  const auto want = values(tn::exp(a * b) + a);
  std::vector<std::thread> threads;
  std::vector<tn::result<tn::tensor<float>>> got(4, tn::error());
  for (auto& g : got) threads.emplace_back([&] { g = tn::exp(a * b) + a; });
  for (auto& t : threads) t.join();
  for (const auto& g : got) CHECK(values(g) == want);        // here: Catch's assertions are for one thread
}

TEST_CASE("large tensors: threads and streaming leave no mark on the values", "[threads]") {
#if defined(TENON_TEST_REDUCED)
  constexpr index_t n = (index_t{600} << 10) + 17, rows = 300;       // still more than is written through the caches
#else
  constexpr index_t n = (index_t{3} << 20) + 17, rows = 1024;
#endif
  const auto x = uniform(static_cast<std::size_t>(n), -4, 4);
  const auto a = make<float>({n}, x);
  const auto big = tn::unwrap(tn::exp(a) * 2 + a);
  for (index_t start = 0; start < n; start += 100003) {
    const index_t length = n - start < 1000 ? n - start : 1000;
    const auto piece = tn::unwrap(a.narrow(0, start, length));
    REQUIRE(raw(tn::unwrap(big.narrow(0, start, length))) == raw(tn::unwrap(tn::exp(piece) * 2 + piece)));
  }
  auto matrix = tn::unwrap(make<float>({rows, 1500}, uniform(rows * 1500, -4, 4)).view({rows, 1500}));
  const auto transposed = tn::unwrap(make<float>({1500, rows}, uniform(rows * 1500, -4, 4, 5)).transpose(0, 1));
  const auto sum = tn::unwrap(matrix + transposed);
  for (index_t r = 0; r < rows; r += 37)
    REQUIRE(raw(tn::unwrap(sum[r])) == raw(tn::unwrap(tn::unwrap(matrix[r]) + tn::unwrap(transposed[r]))));
}

}  // namespace tenon_test::elementwise_expressions_test

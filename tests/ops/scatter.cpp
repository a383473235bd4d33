#include <tenon/kernels/reference/index.hpp>
#include <tenon/ops/scatter.hpp>

#include "../support/positions.hpp"

namespace tenon_test::scatter_test {

namespace {

std::vector<double> some_indices(const tn::shape& s, index_t n) {
  auto v = uniform(static_cast<std::size_t>(s.numel()), 0, static_cast<double>(n), 7);
  for (auto& x : v) x = std::floor(x);
  return v;
}

struct expected {
  std::vector<double> last, sum;
};
expected scattered(const tn::shape& s, const std::vector<double>& v, const tn::shape& index_shape, const std::vector<double>& index,
                   const tn::shape& src_shape, const std::vector<double>& src, int dim) {
  expected e{v, v};
  const auto numbers = as_indices(index);
  reference::scatter(view(e.last, s), dim, view(numbers, index_shape), view(src, src_shape));
  reference::scatter_add(view(e.sum, s), dim, view(numbers, index_shape), view(src, src_shape));
  return e;
}

template <class T>
void check(const tn::shape& s, const tn::shape& index_shape, const tn::shape& src_shape, int dim) {
  const auto v = counting(s), index = some_indices(index_shape, s[dim]);
  auto src = counting(src_shape);
  for (auto& x : src) x = std::fmod(x, 5) + 1;                   // sums stay exact in every dtype
  const auto want = scattered(s, v, index_shape, index, src_shape, src, dim);
  const auto i = make<index_t>(index_shape, index);
  const auto from = make<T>(src_shape, src);
  for (auto& [name, x] : layouts<T>(s, v)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", dim " << dim);
    expect_equal(values(tn::scatter(x, dim, i, from)), want.last, s);
    expect_equal(values(tn::scatter_add(x, dim - s.rank(), make<int>(index_shape, index), from)), want.sum, s);
    expect_equal(values(x), v, s);
    REQUIRE(tn::scatter_add_(x, dim, i, from));
    expect_equal(values(x), want.sum, s);
  }
  for (auto& [name, x] : layouts<T>(s, v)) {
    const T* data = x.data();
    REQUIRE(tn::scatter_(x, dim, i, from));
    expect_equal(values(x), want.last, s);
    CHECK(x.data() == data);
  }
  const auto x = make<T>(s, v);
  for (const auto& [name, index_layout] : layouts<index_t>(index_shape, index)) {
    INFO("index " << name);
    expect_equal(values(tn::scatter(x, dim, index_layout, from)), want.last, s);
  }
  for (const auto& [name, src_layout] : layouts<T>(src_shape, src)) {
    INFO("src " << name);
    expect_equal(values(tn::scatter(x, dim, i, src_layout)), want.last, s);
    expect_equal(values(tn::scatter_add(x, dim, i, src_layout)), want.sum, s);
  }
  for (auto& [name, out] : layouts<T>(s, std::vector<double>(v.size(), 7))) {
    REQUIRE(tn::scatter_into(out, x, dim, i, from));
    expect_equal(values(out), want.last, s);
    REQUIRE(tn::scatter_add_into(out, x, dim, i, from));
    expect_equal(values(out), want.sum, s);
  }
  const auto fixed = scattered(s, v, index_shape, index, index_shape, std::vector<double>(index.size(), 9), dim).last;
  expect_equal(values(tn::scatter(x, dim, i, 9)), fixed, s);
}

}  // namespace

TEST_CASE("scatter and scatter_add against their definition, in every layout") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (int dim = 0; dim < 3; ++dim) {
      check<T>({4, 3, 5}, {4, 3, 5}, {4, 3, 5}, dim);
      check<T>({4, 3, 5}, {2, 3, 4}, {3, 3, 5}, dim);
      check<T>({1, 9, 2}, {1, 9, 2}, {1, 9, 2}, dim);
      check<T>({4, 3, 5}, {0, 3, 5}, {1, 3, 5}, dim);
    }
    check<T>({4, 3}, {11, 3}, {11, 3}, 0);                       // several to one place
    check<T>({37}, {20}, {20}, 0);
  });
  check<std::int8_t>({4, 3}, {6, 3}, {6, 3}, 0);
  check<tn::bfloat16>({4, 3}, {6, 3}, {6, 3}, 0);
  CHECK(values(tn::scatter(make<float>({}, {5}), 0, make<index_t>({}, {0}), make<float>({}, {6}))) == std::vector<double>{6});
}

TEST_CASE("scatter_add: every dtype's own addition") {
  const auto zeros = make<index_t>({3}, {0, 0, 0});
  CHECK(values(tn::scatter_add(make<std::int8_t>({1}, {100}), 0, zeros, make<std::int8_t>({3}, {100, 1, 1}))) == std::vector<double>{-54});   // wraps
  CHECK(values(tn::scatter_add(make<bool>({1}, {0}), 0, zeros, make<bool>({3}, {0, 1, 1}))) == std::vector<double>{1});
  expect_equal(values(tn::scatter_add(make<float>({2}, {1, -0.0}), 0, zeros, make<float>({3}, {inf, 1, NaN}))), {NaN, -0.0}, {2});
  // Halves are summed up in float: 2048 + 1 would stay 2048.
  CHECK(values(tn::scatter_add(make<tn::half>({1}, {2048}), 0, zeros, make<tn::half>({3}, {1, 1, 2}))) == std::vector<double>{2052});
  // From left to right, in C order of the index, on any number of threads.
  const index_t n = 100000;
  const auto v = rounded<float>(uniform(static_cast<std::size_t>(n), -1, 1));
  float want = 0;
  for (const double x : v) want += static_cast<float>(x);
  CHECK(values(tn::scatter_add(make<float>({1}, {0}), 0, make<index_t>({n}, std::vector<double>(static_cast<std::size_t>(n))), make<float>({n}, v)))[0] ==
        static_cast<double>(want));
}

TEST_CASE("scatter of large tensors: the last one stays, whatever the threads") {
  const tn::shape s{400, 300}, to{50, 300};
  const auto index = some_indices(s, 50), src = counting(s);
  const std::vector<double> nothing(50 * 300);
  const auto want = scattered(to, nothing, s, index, s, src, 0);
  CHECK(values(tn::scatter(make<float>(to, nothing), 0, make<index_t>(s, index), make<float>(s, src))) == want.last);
  CHECK(values(tn::scatter_add(make<float>(to, nothing), 0, make<index_t>(s, index), make<float>(s, src))) == want.sum);
  // One index for a whole row.
  const auto row = some_indices({400, 1}, 50);
  const auto rows = tn::unwrap(make<index_t>({400, 1}, row).expand(s));
  const auto by_rows = scattered(to, nothing, s, values(rows), s, src, 0);
  CHECK(values(tn::scatter(make<float>(to, nothing), 0, rows, make<float>(s, src))) == by_rows.last);
  CHECK(values(tn::scatter_add(make<float>(to, nothing), 0, rows, make<float>(s, src))) == by_rows.sum);
}

TEST_CASE("scatter: errors leave the target as it was") {
  auto x = make<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto src = make<float>({2, 2}, {7, 8, 9, 10});
  const auto bad = tn::scatter_(x, 1, make<index_t>({2, 2}, {0, 1, 2, 3}), src);
  CHECK(message_of(bad) == "scatter: index 3 at [1, 1] of the index tensor of shape [2, 2] is out of range for dim 1 of shape [2, 3] (expected 0 .. 2)");
  CHECK(tn::scatter_add_(x, 0, make<index_t>({1, 1}, {-1}), src).error().code() == tn::error_code::index_out_of_range);
  auto halves = make<tn::half>({2}, {1, 2});
  CHECK_FALSE(tn::scatter_add_(halves, 0, make<index_t>({2}, {0, 2}), make<tn::half>({2}, {1, 1})).has_value());
  CHECK(values(halves) == std::vector<double>{1, 2});
  CHECK(values(x) == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(message_of(tn::scatter(x, 0, make<index_t>({2, 4}, std::vector<double>(8)), src)) ==
        "scatter: index [2, 4] must have as many dimensions as x [2, 3], and no larger extents but along dim 0");
  CHECK(message_of(tn::scatter(x, 0, make<index_t>({3, 2}, std::vector<double>(6)), src)) ==
        "scatter: index [3, 2] must have as many dimensions as src [2, 2], and no larger extents");
  auto row = make<float>({3}, {1, 2, 3});
  auto expanded = tn::unwrap(row.expand({2, 3}));
  CHECK(tn::scatter_(expanded, 0, make<index_t>({1, 1}, {0}), src).error().code() == tn::error_code::overlapping_memory);
  // The target is among what is read.
  auto line = make<float>({3}, {1, 2, 3});
  REQUIRE(tn::scatter_(line, 0, make<index_t>({3}, {1, 2, 0}), line));
  CHECK(values(line) == std::vector<double>{3, 1, 2});
  auto numbers = make<index_t>({3}, {1, 2, 0});
  REQUIRE(tn::scatter_(numbers, 0, numbers, make<index_t>({3}, {10, 20, 30})));
  CHECK(values(numbers) == std::vector<double>{30, 10, 20});
}

}  // namespace tenon_test::scatter_test

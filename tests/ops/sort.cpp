#include <tenon/kernels/reference/sort.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/sort.hpp>
#include <tenon/ops/topk.hpp>

#include "../support/positions.hpp"

#include <algorithm>

namespace tenon_test::sort_test {

namespace {

// The lines of a tensor along dim: count of them, of n elements that are `inner` apart.
struct lines {
  index_t n = 1, inner = 1, count = 1;
  lines(const tn::shape& s, int dim) {
    for (int d = 0; d < s.rank(); ++d) (d == dim ? n : count) *= s[d];
    for (int d = dim + 1; d < s.rank(); ++d) inner *= s[d];
  }
  // Where a line begins, of tensors whose lines have the length `extent`.
  index_t begin(index_t line, index_t extent) const { return line / inner * extent * inner + line % inner; }
};

struct sorted_values {
  std::vector<double> values, indices;
};
// Along `dim`; the first `keep` of each row, or all.
sorted_values sort_by_reference(const tn::shape& s, const std::vector<double>& v, int dim, bool descending, index_t keep = -1) {
  const lines along(s, dim);
  if (keep < 0) keep = along.n;
  sorted_values r{std::vector<double>(static_cast<std::size_t>(along.count * keep)), std::vector<double>(static_cast<std::size_t>(along.count * keep))};
  std::vector<index_t> order(static_cast<std::size_t>(along.n)), scratch(order.size());
  for (index_t line = 0; line < along.count; ++line) {
    const double* const x = v.data() + along.begin(line, along.n);
    reference::sort(order.data(), scratch.data(), x, along.n, along.inner, descending);
    for (index_t k = 0; k < keep; ++k) {
      const index_t from = order[static_cast<std::size_t>(k)];
      const auto to = static_cast<std::size_t>(along.begin(line, keep) + k * along.inner);
      r.values[to] = x[from * along.inner];
      r.indices[to] = static_cast<double>(from);
    }
  }
  return r;
}
// One of each line.
template <class Choose>
sorted_values choose(const tn::shape& s, const std::vector<double>& v, int dim, Choose which) {
  const lines along(s, dim);
  sorted_values r;
  std::vector<index_t> order(static_cast<std::size_t>(along.n)), scratch(order.size());
  for (index_t line = 0; line < along.count; ++line) {
    const double* const x = v.data() + along.begin(line, along.n);
    reference::sort(order.data(), scratch.data(), x, along.n, along.inner, false);
    const index_t from = which(order.data(), x, along.n, along.inner);
    r.values.push_back(x[from * along.inner]);
    r.indices.push_back(static_cast<double>(from));
  }
  return r;
}

// Numbers with many equal ones, both zeros, infinities and NaN, as far as T has them.
template <class T>
std::vector<double> awkward(index_t n, std::uint64_t seed) {
  auto v = uniform(static_cast<std::size_t>(n), std::is_unsigned_v<T> ? 0 : -60, 60, seed);
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (i % 3 == 0) v[i] = std::floor(v[i] / 10);
    if constexpr (tn::floating<T>) {
      const double special[] = {NaN, -0.0, 0.0, inf, -inf, -NaN};
      if (i % 5 == 1) v[i] = special[(i / 5) % 6];
    }
  }
  return rounded<T>(v);
}

// Equal as numbers, with the sign of zero.
void expect_same(const std::vector<double>& got, const std::vector<double>& want, const tn::shape& s) {
  expect_equal(got, want, s);
  for (std::size_t i = 0; i < got.size(); ++i)
    if (got[i] == 0 && std::signbit(got[i]) != std::signbit(want[i])) FAIL("the sign of zero differs at " << coordinate(i, s));
}

template <class T>
void check(const tn::shape& s, const std::vector<double>& v, int dim) {
  const index_t n = s.rank() ? s[dim] : 1;
  for (const bool descending : {false, true}) {
    const auto want = sort_by_reference(s, v, dim, descending);
    for (const auto& [name, x] : layouts<T>(s, v)) {
      INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", n " << n << ", dim " << dim << (descending ? ", descending" : ""));
      const auto y = tn::unwrap(tn::sort(x, dim, {.descending = descending}));
      expect_same(values(y.values), want.values, s);
      expect_equal(values(y.indices), want.indices, s);
      expect_equal(values(tn::argsort(x, dim - (s.rank() ? s.rank() : 1), {.descending = descending})), want.indices, s);
    }
    for (const index_t k : {index_t{0}, index_t{1}, index_t{2}, n / 3, n}) {
      if (k > n || (s.rank() == 0 && k == 0)) continue;
      tn::shape t = s;
      t.set(dim, k);
      const auto few = sort_by_reference(s, v, dim, descending, k);
      const auto y = tn::unwrap(tn::topk(make<T>(s, v), k, dim, {.largest = descending}));
      INFO(tn::name_of(tn::dtype_of<T>) << ", topk " << k << " of " << n << (descending ? ", largest" : ", smallest"));
      CHECK(y.values.shape() == t);
      expect_same(values(y.values), few.values, t);
      expect_equal(values(y.indices), few.indices, t);
    }
  }
}

template <class T>
void check_dtype() {
  for (index_t n = 1; n <= 70; ++n) check<T>({2, n}, awkward<T>(2 * n, static_cast<std::uint64_t>(n)), 1);
  for (const index_t n : {127, 128, 129, 255, 257, 511, 513, 1500}) check<T>({n}, awkward<T>(n, 5), 0);
  for (int dim = 0; dim < 3; ++dim) {
    check<T>({3, 4, 9}, awkward<T>(108, 3), dim);
    check<T>({1, 20, 2}, awkward<T>(40, 3), dim);
  }
  check<T>({3, 0, 2}, {}, 1);
  check<T>({0, 3}, {}, 1);
  check<T>({}, {1}, 0);
}

}  // namespace

TEST_CASE("sort, argsort and topk equal a stable sort by definition, floating dtypes") {
  check_dtype<float>();
  check_dtype<double>();
  check_dtype<tn::half>();
  check_dtype<tn::bfloat16>();
}

TEST_CASE("sort, argsort and topk equal a stable sort by definition, integers and bool") {
  check_dtype<std::int8_t>();
  check_dtype<std::uint8_t>();
  check_dtype<std::int16_t>();
  check_dtype<std::int32_t>();
  check_dtype<std::int64_t>();
  check_dtype<bool>();
}

TEST_CASE("sort: the ends of a dtype's range") {
  const auto check_range = []<class T>(tn::type_tag<T>) {
    using limits = std::numeric_limits<T>;
    auto x = empty<T>({6});
    const T v[] = {limits::max(), T(0), limits::lowest(), limits::min(), T(1), limits::max()};
    std::copy(v, v + 6, x.data());
    const auto y = tn::unwrap(tn::sort(x)).values;
    for (index_t i = 1; i < 6; ++i) CHECK(!(y.data()[i] < y.data()[i - 1]));
    CHECK(y.data()[0] == limits::lowest());
    CHECK(y.data()[5] == limits::max());
  };
  check_range(tn::type_tag<float>{});
  check_range(tn::type_tag<double>{});
  check_range(tn::type_tag<tn::half>{});
  check_range(tn::type_tag<std::int8_t>{});
  check_range(tn::type_tag<std::int64_t>{});
  check_range(tn::type_tag<std::uint8_t>{});
}

TEST_CASE("sort of long rows, and of many") {
  const auto check_long = []<class T>(tn::type_tag<T>, index_t rows, index_t n) {
    const tn::shape s{rows, n};
    const auto v = rounded<T>(uniform(static_cast<std::size_t>(rows * n), -1e4, 1e4));
    const auto want = sort_by_reference(s, v, 1, false);
    const auto y = tn::unwrap(tn::sort(make<T>(s, v), 1));
    CHECK(values(y.values) == want.values);
    CHECK(values(y.indices) == want.indices);
  };
  check_long(tn::type_tag<float>{}, 1, 100000);
  check_long(tn::type_tag<double>{}, 1, 100000);
  check_long(tn::type_tag<std::int16_t>{}, 1, 100000);
  check_long(tn::type_tag<float>{}, 3000, 33);
}

TEST_CASE("topk: rows in ascending, descending and constant order") {
  const index_t n = 20000;
  for (const int kind : {0, 1, 2, 3}) {
    std::vector<double> v(static_cast<std::size_t>(n));
    for (index_t i = 0; i < n; ++i) v[static_cast<std::size_t>(i)] = static_cast<double>(kind == 0 ? i : kind == 1 ? n - i : kind == 2 ? 3 : i * 7919 % n);
    for (const index_t k : {index_t{1}, index_t{10}, index_t{1000}, index_t{9999}})
      for (const bool largest : {false, true}) {
        const auto want = sort_by_reference({n}, v, 0, largest, k);
        const auto y = tn::unwrap(tn::topk(make<float>({n}, v), k, 0, {.largest = largest}));
        CHECK(values(y.values) == want.values);
        CHECK(values(y.indices) == want.indices);
      }
  }
}

TEST_CASE("kthvalue and median") {
  const tn::shape s{4, 7, 3};
  const auto v = rounded<float>(uniform(84, -9, 9));
  for (int dim = 0; dim < 3; ++dim) {
    tn::shape kept = s;
    kept.set(dim, 1);
    for (const auto& [name, x] : layouts<float>(s, v))
      for (index_t k = 1; k <= s[dim]; ++k) {
        INFO(name << ", k " << k << ", dim " << dim);
        const auto want = choose(s, v, dim, [k](const index_t* order, auto...) { return reference::kthvalue(order, k); });
        const auto y = tn::unwrap(tn::kthvalue(x, k, dim));
        CHECK(values(y.values) == want.values);
        CHECK(values(y.indices) == want.indices);
        CHECK(tn::kthvalue(x, k, dim, {.keepdim = true})->values.shape() == kept);
      }
    auto gaps = v;
    gaps[20] = gaps[23] = gaps[70] = NaN;
    for (const auto& numbers : {v, gaps})
      for (const auto& [name, x] : layouts<float>(s, numbers)) {
        INFO(name << ", dim " << dim);
        const auto want = choose(s, numbers, dim, [](auto... line) { return reference::median<double>(line...); });
        const auto y = tn::unwrap(tn::median(x, dim));
        expect_equal(values(y.values), want.values, y.values.shape());
        expect_equal(values(y.indices), want.indices, y.indices.shape());
      }
  }
  CHECK(values(tn::median(make<float>({4}, {4, 1, 3, 2}))) == std::vector<double>{2});
  CHECK(values(tn::median(make<int>({2, 2}, {4, 1, 3, 2}))) == std::vector<double>{2});
  expect_equal(values(tn::median(make<float>({5}, {1, NaN, 2, NaN, 3}))), {NaN}, {});
  CHECK(values(tn::median(make<float>({5}, {1, NaN, 2, NaN, 3}), 0)->indices) == std::vector<double>{1});
  CHECK(values(tn::kthvalue(make<float>({3}, {NaN, 2, 1}), 2)->values) == std::vector<double>{2});
  CHECK(values(tn::median(make<float>({}, {5}))) == std::vector<double>{5});
}

TEST_CASE("sort and topk: forms and errors") {
  const tn::shape s{3, 5};
  const auto v = awkward<float>(15, 1);
  const auto x = make<float>(s, v);
  const auto want = tn::unwrap(tn::sort(x, 0));
  expect_equal(values(tn::msort(x)), values(want.values), s);
  expect_equal(values(tn::take_along_dim(x, tn::argsort(x, 0), 0)), values(want.values), s);
  for (auto& [name, out] : layouts<float>(s, v))
    for (auto& indices : layouts<index_t>(s, std::vector<double>(15))) {
      REQUIRE(tn::sort_into(out, indices.x, x, 0));
      expect_equal(values(out), values(want.values), s);
      expect_equal(values(indices.x), values(want.indices), s);
    }
  auto inside = make<float>(s, v);
  auto indices = tenon_test::empty<index_t>(s);
  REQUIRE(tn::sort_into(inside, indices, inside, 0));
  expect_equal(values(inside), values(want.values), s);
  auto few = empty<float>({3, 2});
  auto where = empty<index_t>({3, 2});
  REQUIRE(tn::topk_into(few, where, x, 2));
  expect_equal(values(few), values(tn::topk(x, 2)->values), {3, 2});

  CHECK(message_of(tn::sort(x, 2)) == "sort: dim 2 is out of range for shape [3, 5] (expected -2 .. 1)");
  CHECK(message_of(tn::topk(x, 6)) == "topk: k is 6, but dim 1 of shape [3, 5] has 5 elements");
  CHECK(tn::topk(x, -1).error().code() == tn::error_code::invalid_argument);
  CHECK(message_of(tn::kthvalue(x, 0)) == "kthvalue: k is 0, but dim 1 of shape [3, 5] has 5 elements (1 is the smallest)");
  CHECK(message_of(tn::median(empty<float>({2, 0}), 1)) == "median: dim 1 of shape [2, 0] is empty, and nothing has no median");
  CHECK(message_of(tn::median(empty<float>({0}))) == "median: shape [0] is empty, and nothing has no median");
  CHECK(tn::topk_into(few, where, x, 3).error().code() == tn::error_code::shape_mismatch);
  CHECK(tn::sort(x[5]).error().code() == tn::error_code::index_out_of_range);
}

}  // namespace tenon_test::sort_test

#include <tenon/kernels/reference/index.hpp>
#include <tenon/kernels/reference/unique.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/searchsorted.hpp>
#include <tenon/ops/unique.hpp>

#include "../support/positions.hpp"

#include <algorithm>

namespace tenon_test::unique_test {

namespace {

struct groups {
  std::vector<index_t> first, inverse, counts;
};
// n rows of m numbers
groups group(const std::vector<double>& rows, index_t n, index_t m, bool sorted) {
  std::vector<index_t> order(static_cast<std::size_t>(n)), scratch(order);
  groups g{order, order, order};
  const index_t found =
      sorted ? reference::unique(g.first.data(), g.inverse.data(), g.counts.data(), order.data(), scratch.data(), rows.data(), n, m)
             : reference::unique_consecutive(g.first.data(), g.inverse.data(), g.counts.data(), order.data(), rows.data(), n, m);
  g.first.resize(static_cast<std::size_t>(found));
  g.counts.resize(static_cast<std::size_t>(found));
  return g;
}

template <class T>
std::vector<double> few_values(index_t n, std::uint64_t seed) {
  auto v = uniform(static_cast<std::size_t>(n), std::is_unsigned_v<T> ? 0 : -3, 4, seed);
  for (std::size_t i = 0; i < v.size(); ++i) {
    v[i] = std::floor(v[i]);
    if (tn::floating<T> && i % 11 == 5) v[i] = NaN;
    if (tn::floating<T> && i % 7 == 3) v[i] = -0.0;
  }
  return rounded<T>(v);
}

// dim -1: all elements.
template <class T>
void check(const tn::shape& s, const std::vector<double>& v, int dim) {
  // Row i holds the slice i along dim, in C order.
  const index_t n = dim < 0 ? s.numel() : s[dim], m = n == 0 ? 0 : s.numel() / n;
  auto slices = view(v, s);
  if (dim > 0) {
    std::rotate(slices.extent, slices.extent + dim, slices.extent + dim + 1);
    std::rotate(slices.stride, slices.stride + dim, slices.stride + dim + 1);
  }
  std::vector<double> rows;
  reference::for_each_position(slices, [&](const reference::position& p) { rows.push_back(reference::element(slices, p)); });
  for (const bool sorted : {true, false}) {
    const auto g = group(rows, n, m, sorted);
    tn::shape t = dim < 0 ? tn::shape(g.first.size()) : s;
    t.set(std::max(dim, 0), static_cast<index_t>(g.first.size()));
    const auto whole = dim < 0 ? tn::shape(s.numel()) : s;
    const auto want = written(t, [&](auto out) { reference::index_select(out, view(v, whole), std::max(dim, 0), g.first.data()); });
    const index_t d = dim < 0 ? tn::omitted : index_t{dim} - s.rank();
    for (const auto& [name, x] : layouts<T>(s, v)) {
      INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", dim " << dim << (sorted ? "" : ", consecutive"));
      const auto y = tn::unwrap(sorted ? tn::unique(x, {.return_inverse = true, .return_counts = true, .dim = d})
                                       : tn::unique_consecutive(x, {.return_inverse = true, .return_counts = true, .dim = d}));
      CHECK(y.output.shape() == t);
      expect_equal(values(y.output), want, t);
      CHECK(y.inverse_indices.shape() == (dim < 0 ? s : tn::shape{s[dim]}));
      CHECK(values(y.inverse_indices) == as_doubles(g.inverse));
      CHECK(values(y.counts) == as_doubles(g.counts));
    }
  }
}

template <class T>
void check_dtype() {
  for (const index_t n : {0, 1, 2, 17, 64, 300, 3000}) check<T>({n}, few_values<T>(n, 3), -1);
  check<T>({3, 4, 5}, few_values<T>(60, 9), -1);
  for (int dim = 0; dim < 3; ++dim) {
    check<T>({3, 4, 5}, few_values<T>(60, 9), dim);
    check<T>({40, 2, 1}, few_values<T>(80, 9), dim);
    check<T>({2, 40, 1}, few_values<T>(80, 9), dim);
  }
  check<T>({50}, few_values<T>(50, 9), 0);
  check<T>({0, 3}, {}, 0);
  check<T>({}, {1}, -1);
}

template <class T>
void check_search(index_t n) {
  auto sequence = uniform(static_cast<std::size_t>(n), std::is_unsigned_v<T> ? 0 : -20, 20, 4);
  for (auto& x : sequence) x = std::floor(x);
  if (tn::floating<T> && n > 5) sequence[0] = inf, sequence[1] = -inf, sequence[2] = -0.0, sequence[3] = NaN;
  std::sort(sequence.begin(), sequence.end(), reference::before<double>);
  auto v = uniform(45, std::is_unsigned_v<T> ? 0 : -22, 22, 5);
  for (std::size_t i = 0; i < v.size(); i += 2) v[i] = std::floor(v[i]);
  if (tn::floating<T>) v[0] = inf, v[1] = -inf, v[3] = -0.0, v[5] = NaN;
  v = rounded<T>(v);
  const tn::shape s{5, 9};
  for (const bool right : {false, true}) {
    std::vector<double> want;
    for (const double x : v) want.push_back(static_cast<double>(reference::searchsorted(sequence.data(), n, x, right)));
    for (const auto& [name, x] : layouts<T>(s, v))
      for (const auto& from : layouts<T>({n}, sequence)) {
        INFO(tn::name_of(tn::dtype_of<T>) << ", values " << name << ", sequence " << from.name << ", n " << n);
        expect_equal(values(tn::searchsorted(from.x, x, {.right = right})), want, s);
      }
    for (auto& [name, out] : layouts<index_t>(s, std::vector<double>(45))) {
      REQUIRE(tn::bucketize_into(out, make<T>(s, v), make<T>({n}, sequence), {.right = right}));
      expect_equal(values(out), want, s);
    }
  }
}

}  // namespace

TEST_CASE("unique and unique_consecutive against their definition, in every layout") {
  check_dtype<float>();
  check_dtype<double>();
  check_dtype<tn::half>();
  check_dtype<std::int8_t>();
  check_dtype<std::uint8_t>();
  check_dtype<std::int32_t>();
  check_dtype<std::int64_t>();
  check_dtype<bool>();
}

TEST_CASE("unique: what was not asked for, special values, errors") {
  const auto x = make<float>({4}, {-0.0, 0, 1, -1});
  const auto y = tn::unwrap(tn::unique(x));
  CHECK(values(y.output) == std::vector<double>{-1, 0, 1});
  CHECK(std::signbit(y.output.data()[1]));                              // the first of the two zeros
  CHECK_FALSE(y.inverse_indices.defined());
  CHECK_FALSE(y.counts.defined());
  const auto z = tn::unwrap(tn::unique(make<float>({2, 3}, {1, 2, 1, 3, 3, 2}), {.return_inverse = true}));
  CHECK(values(tn::index_select(z.output, 0, tn::unwrap(z.inverse_indices.view({6})))) == std::vector<double>{1, 2, 1, 3, 3, 2});
  CHECK(message_of(tn::unique(empty<float>({2, 0}), {.dim = 0})) ==
        "unique: the slices of shape [2, 0] along dim 0 have no elements to compare");
  CHECK(message_of(tn::unique_consecutive(x, {.dim = 1})) == "unique_consecutive: dim 1 is out of range for shape [4] (expected -1 .. 0)");
  CHECK(tn::unique(empty<float>({2, 0}))->output.shape() == tn::shape{0});
}

TEST_CASE("searchsorted and bucketize against their definition, in every layout") {
  for (const index_t n : {0, 1, 2, 3, 7, 8, 9, 31, 64, 100}) {
    check_search<float>(n);
    check_search<double>(n);
    check_search<tn::half>(n);
    check_search<std::int32_t>(n);
    check_search<std::uint8_t>(n);
  }
}

TEST_CASE("searchsorted: rows, scalars, many values, errors") {
  const auto sequence = make<float>({2, 3}, {1, 3, 5, 2, 4, 6}), v = make<float>({2, 2}, {3, 6, 3, 6});
  CHECK(values(tn::searchsorted(sequence, v)) == std::vector<double>{1, 3, 1, 2});
  CHECK(values(tn::searchsorted(sequence, v, {.right = true})) == std::vector<double>{2, 3, 1, 3});
  CHECK(values(tn::searchsorted(make<float>({3}, {1, 3, 5}), make<float>({}, {4}))) == std::vector<double>{2});
  CHECK(tn::searchsorted(sequence, empty<float>({2, 0}))->shape() == tn::shape{2, 0});
  const index_t n = 50000;
  const auto many = uniform(static_cast<std::size_t>(n), -5, 1005);
  std::vector<double> steps(1000), want;
  for (std::size_t i = 0; i < 1000; ++i) steps[i] = static_cast<double>(i);
  for (const double x : many) want.push_back(std::clamp(std::ceil(x), 0.0, 1000.0));
  CHECK(values(tn::searchsorted(make<double>({1000}, steps), make<double>({n}, many))) == want);
  // A sequence that is not sorted gives answers without meaning, but inside.
  for (const double i : values(tn::searchsorted(make<float>({7}, uniform(7, -9, 9)), make<float>({45}, uniform(45, -9, 9)))))
    CHECK((i >= 0 && i <= 7));
  CHECK(message_of(tn::searchsorted(sequence, make<float>({3, 2}, uniform(6, 0, 1)))) ==
        "searchsorted: the sequence [2, 3] must be a vector, or have the extents of the values [3, 2] but the last");
  CHECK(tn::searchsorted(make<float>({}, {1}), v).error().code() == tn::error_code::shape_mismatch);
}

}  // namespace tenon_test::unique_test

// test: device
#include <tenon/kernels/reference/index.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/one_hot.hpp>

#include "../support/positions.hpp"

namespace tenon_test::gather_test {

namespace {

// Indices in [0, n), or in [-n, n), in a fixed disorder.
std::vector<double> some_indices(const tn::shape& s, index_t n, bool negative = false) {
  auto v = uniform(static_cast<std::size_t>(s.numel()), negative ? static_cast<double>(-n) : 0.0, static_cast<double>(n), 7);
  for (auto& x : v) x = std::floor(x);
  return v;
}

template <class T>
void check_gather(const tn::shape& s, const tn::shape& index_shape, int dim) {
  const auto v = counting(s), index = some_indices(index_shape, s[dim]), with_negative = some_indices(index_shape, s[dim], true);
  const auto numbers = as_indices(index), negative_numbers = as_indices(with_negative);
  const auto want = written(index_shape, [&](auto out) { reference::gather(out, view(v, s), dim, view(numbers, index_shape)); });
  const auto want_negative = written(index_shape, [&](auto out) { reference::take_along_dim(out, view(v, s), dim, view(negative_numbers, index_shape)); });
  const auto i = make<index_t>(index_shape, index);
  for (const auto& [name, x] : layouts<T>(s, v)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", dim " << dim);
    expect_equal(values(tn::gather(x, dim, i)), want, index_shape);
    expect_equal(values(tn::gather(x, dim - s.rank(), make<int>(index_shape, index))), want, index_shape);
  }
  const auto x = make<T>(s, v);
  for (const auto& [name, index_layout] : layouts<index_t>(index_shape, index)) {
    INFO("index " << name);
    expect_equal(values(tn::gather(x, dim, index_layout)), want, index_shape);
  }
  for (auto& [name, out] : layouts<T>(index_shape, std::vector<double>(want.size(), 7))) {
    REQUIRE(tn::gather_into(out, x, dim, i));
    expect_equal(values(out), want, index_shape);
  }
  if (index_shape == s) expect_equal(values(tn::take_along_dim(x, make<index_t>(index_shape, with_negative), dim)), want_negative, index_shape);
}

template <class T>
void check_index_select(const tn::shape& s, int dim, index_t n) {
  const auto v = counting(s), index = some_indices({n}, s[dim]);
  tn::shape t = s;
  t.set(dim, n);
  const auto want = written(t, [&](auto out) { reference::index_select(out, view(v, s), dim, as_indices(index).data()); });
  for (const auto& [name, x] : layouts<T>(s, v))
    for (const auto& i : layouts<index_t>({n}, index)) {
      INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", index " << i.name << ", dim " << dim);
      expect_equal(values(tn::index_select(x, dim, i.x)), want, t);
    }
  for (auto& [name, out] : layouts<T>(t, std::vector<double>(want.size(), 7))) {
    REQUIRE(tn::index_select_into(out, make<T>(s, v), dim, make<index_t>({n}, index)));
    expect_equal(values(out), want, t);
  }
}

}  // namespace

TEST_CASE("gather and take_along_dim against their definition, in every layout", "[device]") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (int dim = 0; dim < 3; ++dim) {
      check_gather<T>({4, 3, 5}, {4, 3, 5}, dim);
      check_gather<T>({4, 3, 5}, {2, 3, 4}, dim);
      check_gather<T>({1, 9, 2}, {1, 9, 2}, dim);
      check_gather<T>({4, 3, 5}, {0, 3, 5}, dim);
    }
    check_gather<T>({4, 3}, {11, 3}, 0);
    check_gather<T>({37}, {90}, 0);
  });
}

TEST_CASE("index_select and embedding against their definition, in every layout", "[device]") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (int dim = 0; dim < 3; ++dim) {
      check_index_select<T>({4, 3, 5}, dim, 7);
      check_index_select<T>({2, 1, 17}, dim, 1);
      check_index_select<T>({4, 3, 5}, dim, 0);
    }
    check_index_select<T>({19}, 0, 40);

    for (const auto& index_shape : {tn::shape{}, tn::shape{6}, tn::shape{2, 3}, tn::shape{2, 0}, tn::shape{3, 1, 2}}) {
      const tn::shape s{9, 5};
      tn::shape t = index_shape;
      t.push_back(5);
      const auto v = counting(s), index = some_indices(index_shape, 9);
      const auto numbers = as_indices(index);
      const auto want = written(t, [&](auto out) { reference::embedding(out, view(numbers, index_shape), view(v, s)); });
      for (const auto& [name, weight] : layouts<T>(s, v))
        for (const auto& i : layouts<index_t>(index_shape, index)) {
          INFO(name << ", index " << i.name);
          expect_equal(values(tn::embedding(i.x, weight)), want, t);
        }
      for (auto& [name, out] : layouts<T>(t, std::vector<double>(want.size(), 7))) {
        REQUIRE(tn::embedding_into(out, make<int>(index_shape, index), make<T>(s, v), {.padding_idx = -1}));
        expect_equal(values(out), want, t);
      }
    }
  });
}

TEST_CASE("gather of large tensors, by rows and by elements") {
  const tn::shape s{300, 500};
  std::vector<double> v(150000);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i);
  const auto x = make<float>(s, v);
  const auto rows = some_indices({1000}, 300), columns = some_indices(s, 500), places = some_indices({200000}, 150000);
  const auto by_rows = values(tn::index_select(x, 0, make<index_t>({1000}, rows)));
  const auto along = values(tn::gather(x, 1, make<index_t>(s, columns)));
  const auto flat = values(tn::take_along_dim(x, make<index_t>({200000}, places)));
  bool good = true;
  for (std::size_t i = 0; i < by_rows.size(); ++i) good = good && by_rows[i] == rows[i / 500] * 500 + static_cast<double>(i % 500);
  for (std::size_t i = 0; i < along.size(); ++i) good = good && along[i] == static_cast<double>(i / 500 * 500) + columns[i];
  for (std::size_t i = 0; i < flat.size(); ++i) good = good && flat[i] == places[i];
  CHECK(good);
}

TEST_CASE("take_along_dim broadcasts, and reads a whole tensor", "[device]") {
  const auto x = make<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(values(tn::take_along_dim(x, make<index_t>({1, 2}, {0, -1}), 1)) == std::vector<double>{1, 3, 4, 6});
  CHECK(values(tn::take_along_dim(tn::unwrap(x.select(0, 0)).view({1, 3}), make<index_t>({2, 1}, {0, 2}), 1)) == std::vector<double>{1, 3});
  CHECK(values(tn::take_along_dim(tn::unwrap(x.transpose(0, 1)), make<index_t>({2, 2}, {0, 1, -1, -6}))) == std::vector<double>{1, 4, 6, 1});
  CHECK(values(tn::gather(make<float>({}, {5}), 0, make<index_t>({}, {0}))) == std::vector<double>{5});
  CHECK(values(tn::index_select(make<float>({}, {5}), 0, make<index_t>({1}, {0}))) == std::vector<double>{5});
  CHECK(values(tn::gather(tn::lazy(x) + 1.F, 1, tn::lazy(make<index_t>({2, 1}, {0, 1})) + 1)) == std::vector<double>{3, 7});
}

TEST_CASE("reading through an index: nothing outside is read, and errors say what and where") {
  const auto x = make<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(message_of(tn::gather(x, 1, make<index_t>({2, 2}, {0, 2, 3, 9}))) ==
        "gather: index 3 at [1, 0] of the index tensor of shape [2, 2] is out of range for dim 1 of shape [2, 3] (expected 0 .. 2)");
  CHECK(message_of(tn::gather(x, 0, make<index_t>({1, 1}, {-1}))) ==
        "gather: index -1 at [0, 0] of the index tensor of shape [1, 1] is out of range for dim 0 of shape [2, 3] (expected 0 .. 1)");
  CHECK(message_of(tn::take_along_dim(x, make<index_t>({2, 1}, {-3, -4}), 1)) ==
        "take_along_dim: index -4 at [1, 0] of the index tensor of shape [2, 1] is out of range for dim 1 of shape [2, 3] (expected -3 .. 2)");
  CHECK(message_of(tn::index_select(x, 0, make<index_t>({1}, {2}))) ==
        "index_select: index 2 at [0] of the index tensor of shape [1] is out of range for dim 0 of shape [2, 3] (expected 0 .. 1)");
  CHECK(message_of(tn::embedding(make<index_t>({}, {-1}), x)) ==
        "embedding: index -1 at [] of the index tensor of shape [] is out of range for the rows of weight [2, 3] (expected 0 .. 1)");
  for (const index_t bad : {INT64_MIN, INT64_MAX, index_t{3}})
    for (index_t n = 1; n < 70; n += 3)                                               // every place in a vector
      for (index_t i = 0; i < n; ++i) {
        auto index = empty<index_t>({n});
        for (index_t k = 0; k < n; ++k) index.data()[k] = k == i ? bad : 0;
        auto out = make<float>({n}, std::vector<double>(static_cast<std::size_t>(n), 7));
        REQUIRE(tn::gather_into(out, make<float>({3}, {1, 2, 3}), 0, index).error().code() == tn::error_code::index_out_of_range);
        REQUIRE(values(out) == std::vector<double>(static_cast<std::size_t>(n), 7));
      }
  auto far = empty<index_t>({200000});
  for (index_t k = 0; k < 200000; ++k) far.data()[k] = k == 150000 ? 5 : 0;
  CHECK(tn::gather(make<float>({3}, {1, 2, 3}), 0, far).error().message().find("index 5 at [150000]") != std::string_view::npos);

  CHECK(message_of(tn::gather(x, 0, make<index_t>({1}, {0}))) ==
        "gather: index [1] must have as many dimensions as x [2, 3], and no larger extents but along dim 0");
  CHECK(tn::gather(x, 0, make<index_t>({1, 4}, {0, 0, 0, 0})).error().code() == tn::error_code::shape_mismatch);
  CHECK(tn::gather(x, 2, make<index_t>({1, 1}, {0})).error().code() == tn::error_code::dim_out_of_range);
  CHECK(message_of(tn::index_select(x, 0, make<index_t>({1, 1}, {0}))) == "index_select: the index must be a vector, got shape [1, 1]");
  CHECK(message_of(tn::embedding(make<index_t>({1}, {0}), make<float>({3}, {1, 2, 3}))) ==
        "embedding: weight must be a matrix of one row for each index, got shape [3]; the indices come first");
  CHECK(message_of(tn::embedding(make<index_t>({1}, {0}), x, {.padding_idx = 2})) == "embedding: padding_idx 2 is not a row of weight [2, 3]");
  CHECK(tn::gather(empty<float>({0}), 0, make<index_t>({1}, {0})).error().code() == tn::error_code::index_out_of_range);
  // out may overlap what is read.
  auto line = make<float>({4}, {1, 2, 3, 4});
  REQUIRE(tn::gather_into(line, line, 0, make<index_t>({4}, {3, 2, 1, 0})));
  CHECK(values(line) == std::vector<double>{4, 3, 2, 1});
}

TEST_CASE("one_hot and bincount") {
  for (const auto& s : {tn::shape{}, tn::shape{7}, tn::shape{2, 3}, tn::shape{3, 1, 2}}) {
    const auto v = some_indices(s, 5);
    tn::shape t = s;
    t.push_back(5);
    const auto numbers = as_indices(v);
    const auto want = written(t, [&](auto out) { reference::one_hot(out, view(numbers, s)); });
    std::vector<index_t> counts(5);
    reference::bincount(counts.data(), 5, view(numbers, s));
    for (const auto& [name, x] : layouts<index_t>(s, v)) {
      INFO(name);
      expect_equal(values(tn::one_hot(x, 5)), want, t);
      if (s.rank() == 1) expect_equal(values(tn::bincount(x, 5)), as_doubles(counts), {5});
    }
    for (auto& [name, out] : layouts<index_t>(t, std::vector<double>(want.size(), 7))) {
      REQUIRE(tn::one_hot_into(out, make<int>(s, v), 5));
      expect_equal(values(out), want, t);
    }
  }
  CHECK(tn::one_hot(make<index_t>({3}, {0, 4, 1}))->shape() == tn::shape{3, 5});
  CHECK(tn::one_hot(empty<index_t>({0}), 3)->shape() == tn::shape{0, 3});
  CHECK(message_of(tn::one_hot(make<index_t>({2}, {0, 4}), 4)) ==
        "one_hot: index 4 at [1] of the index tensor of shape [2] is out of range for 4 classes (expected 0 .. 3)");
  CHECK(tn::one_hot(make<index_t>({1}, {-1})).error().code() == tn::error_code::index_out_of_range);
  CHECK(message_of(tn::one_hot(empty<index_t>({0}))) ==
        "one_hot: the number of classes cannot be told from a tensor without elements; name it");
  CHECK(tn::one_hot(make<index_t>({1}, {0}), 0).error().code() == tn::error_code::invalid_argument);
  auto huge = empty<index_t>({1});
  huge.data()[0] = INT64_MAX;
  CHECK(tn::one_hot(huge).error().code() == tn::error_code::size_overflow);

  CHECK(values(tn::bincount(make<index_t>({6}, {1, 3, 1, 0, 3, 3}))) == std::vector<double>{1, 2, 0, 3});
  CHECK(values(tn::bincount(make<int>({1}, {1}), 4)) == std::vector<double>{0, 1, 0, 0});
  CHECK(values(tn::bincount(empty<index_t>({0}), 2)) == std::vector<double>{0, 0});
  CHECK(tn::bincount(make<index_t>({1}, {-1})).error().code() == tn::error_code::index_out_of_range);
  CHECK_FALSE(tn::bincount(huge).has_value());
}

}  // namespace tenon_test::gather_test

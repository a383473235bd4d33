// Views against a model: a list of element numbers with a shape, transformed by naive index arithmetic. Random chains of
// view functions over random shapes, with steps, negative steps, zero extents and repeated dimensions.
#include <tenon/core/tensor.hpp>

#include "../support/cases.hpp"

#include <random>

namespace tenon_test::views_test {

namespace {

using random_engine = std::mt19937_64;

// Every index of a shape, in C order.
template <class F>
void for_each_index(const tn::shape& s, F f) {
  const index_t n = s.numel();
  std::vector<index_t> i(static_cast<std::size_t>(s.rank()));
  for (index_t k = 0; k < n; ++k) {
    f(i);
    for (int d = s.rank() - 1; d >= 0 && ++i[static_cast<std::size_t>(d)] == s[d]; --d) i[static_cast<std::size_t>(d)] = 0;
  }
}
index_t linear(const tn::shape& s, const std::vector<index_t>& i) {
  index_t k = 0;
  for (int d = 0; d < s.rank(); ++d) k = k * s[d] + i[static_cast<std::size_t>(d)];
  return k;
}

struct model {
  tn::shape s;
  std::vector<int> v;

  // The model whose element at index i is this one's at from(i).
  template <class From>
  model map(const tn::shape& shape, From from) const {
    model m{shape, {}};
    for_each_index(shape, [&](const std::vector<index_t>& i) { m.v.push_back(v[static_cast<std::size_t>(linear(s, from(i)))]); });
    return m;
  }
};

std::vector<int> read(const tn::any_tensor& x) {
  std::vector<int> v;
  const auto t = tn::unwrap(tn::as<std::int32_t>(x));
  for_each_offset(t, [&](index_t offset) { v.push_back(t.data()[offset]); });
  return v;
}

tn::any_tensor numbered(const tn::shape& s) {
  auto x = empty<std::int32_t>(s);
  for (index_t i = 0; i < x.numel(); ++i) x.data()[i] = static_cast<int>(i);
  return x;
}

struct pair {
  tn::any_tensor x;
  model m;
};

index_t below(random_engine& g, index_t n) { return static_cast<index_t>(g() % static_cast<std::uint64_t>(n)); }
index_t between(random_engine& g, index_t low, index_t high) { return low + below(g, high - low + 1); }
// A dimension number, half of the time counted from the end.
index_t signed_dim(random_engine& g, int d, int rank) { return g() % 2 ? d : d - rank; }

// One random view function, applied to both.
void step(random_engine& g, pair& p) {
  const tn::shape s = p.m.s;
  const int rank = s.rank(), d = rank ? static_cast<int>(below(g, rank)) : 0;
  const auto at = static_cast<std::size_t>(d);
  switch (g() % 9) {
    case 0: {                                                          // permute
      tn::dim_list dims;
      std::vector<int> order(static_cast<std::size_t>(rank));
      for (int i = 0; i < rank; ++i) order[static_cast<std::size_t>(i)] = i;
      std::shuffle(order.begin(), order.end(), g);
      tn::shape t;
      for (const int i : order) dims.push_back(signed_dim(g, i, rank)), t.push_back(s[i]);
      p.x = tn::unwrap(p.x.permute(dims));
      p.m = p.m.map(t, [&](const std::vector<index_t>& i) {
        std::vector<index_t> j(i.size());
        for (std::size_t k = 0; k < i.size(); ++k) j[static_cast<std::size_t>(order[k])] = i[k];
        return j;
      });
      return;
    }
    case 1: {                                                          // slice: Python's own definition, index by index
      if (rank == 0) return;
      const index_t n = s[d], step = between(g, 0, 1) ? between(g, 1, 4) : -between(g, 1, 4);
      const index_t start = between(g, -n - 2, n + 2), stop = between(g, -n - 2, n + 2);
      tn::slice_range r{g() % 4 ? start : tn::omitted, g() % 4 ? stop : tn::omitted, step};
      const auto clamp = [&](index_t i) { return i < 0 ? std::max(i + n, step > 0 ? index_t{0} : index_t{-1}) : std::min(i, step > 0 ? n : n - 1); };
      const index_t first = r.start == tn::omitted ? (step > 0 ? 0 : n - 1) : clamp(r.start);
      const index_t last = r.stop == tn::omitted ? (step > 0 ? n : -1) : clamp(r.stop);
      std::vector<index_t> taken;
      for (index_t i = first; step > 0 ? i < last : i > last; i += step) taken.push_back(i);
      tn::shape t = s;
      t.set(d, static_cast<index_t>(taken.size()));
      p.x = tn::unwrap(p.x.slice(signed_dim(g, d, rank), r));
      p.m = p.m.map(t, [&](std::vector<index_t> i) { return i[at] = taken[static_cast<std::size_t>(i[at])], i; });
      return;
    }
    case 2: {                                                          // select
      if (rank < 2 || s[d] == 0) return;
      const index_t k = below(g, s[d]);
      tn::shape t = s;
      t.erase(d);
      p.x = tn::unwrap(p.x.select(signed_dim(g, d, rank), g() % 2 ? k : k - s[d]));
      p.m = p.m.map(t, [&](std::vector<index_t> i) { return i.insert(i.begin() + d, k), i; });
      return;
    }
    case 3: {                                                          // narrow
      if (rank == 0) return;
      const index_t start = below(g, s[d] + 1), length = below(g, s[d] - start + 1);
      tn::shape t = s;
      t.set(d, length);
      p.x = tn::unwrap(p.x.narrow(signed_dim(g, d, rank), start, length));
      p.m = p.m.map(t, [&](std::vector<index_t> i) { return i[at] += start, i; });
      return;
    }
    case 4: {                                                          // unsqueeze
      if (rank == 5) return;
      const int where = static_cast<int>(below(g, rank + 1));
      tn::shape t = s;
      t.insert(where, 1);
      p.x = tn::unwrap(p.x.unsqueeze(g() % 2 ? where : where - rank - 1));
      p.m.s = t;
      return;
    }
    case 5: {                                                          // squeeze
      if (g() % 2) {
        tn::shape t;
        for (const index_t extent : s)
          if (extent != 1) t.push_back(extent);
        p.x = tn::unwrap(p.x.squeeze());
        p.m.s = t;
      } else if (rank > 0) {
        p.x = tn::unwrap(p.x.squeeze(signed_dim(g, d, rank)));
        if (s[d] == 1) p.m.s.erase(d);
      }
      return;
    }
    case 6: {                                                          // expand
      tn::shape t, given;
      if (rank < 5 && g() % 3 == 0) t.push_back(between(g, 0, 2)), given = t;
      const int added = t.rank();
      for (const index_t extent : s) {
        t.push_back(extent == 1 && g() % 2 ? between(g, 0, 3) : extent);
        given.push_back(t[-1] == extent && g() % 2 ? -1 : t[-1]);
      }
      p.x = tn::unwrap(p.x.expand(given));
      p.m = p.m.map(t, [&](const std::vector<index_t>& i) {
        std::vector<index_t> j(i.begin() + added, i.end());
        for (int k = 0; k < rank; ++k)
          if (s[k] == 1) j[static_cast<std::size_t>(k)] = 0;
        return j;
      });
      return;
    }
    case 7: {                                                          // diagonal
      if (rank < 2) return;
      const int e = static_cast<int>((d + 1 + below(g, rank - 1)) % rank);
      const index_t offset = between(g, -s[d] - 1, s[e] + 1);
      tn::shape t = s;
      t.erase(std::max(d, e));
      t.erase(std::min(d, e));
      const index_t rows = s[d] - std::max(-offset, index_t{0}), columns = s[e] - std::max(offset, index_t{0});
      t.push_back(std::max(index_t{0}, std::min(rows, columns)));
      p.x = tn::unwrap(p.x.diagonal(offset, signed_dim(g, d, rank), signed_dim(g, e, rank)));
      p.m = p.m.map(t, [&](std::vector<index_t> i) {
        const index_t k = i.back();
        i.pop_back();
        const index_t row = k + std::max(-offset, index_t{0}), column = k + std::max(offset, index_t{0});
        i.insert(i.begin() + std::min(d, e), d < e ? row : column);
        i.insert(i.begin() + std::max(d, e), d < e ? column : row);
        return i;
      });
      return;
    }
    default: {                                                         // view, where the layout allows it
      tn::shape t;
      index_t left = s.numel();
      if (left == 0) return;
      while (left > 1 && t.rank() < 4) {
        index_t f = between(g, 1, std::min(left, index_t{6}));
        while (left % f) --f;
        t.push_back(f);
        left /= f;
      }
      t.push_back(left);
      const auto r = p.x.view(t);
      // A dense tensor can be seen under any shape.
      REQUIRE((r || !p.x.contiguous()));
      if (!r) {
        CHECK(r.error() == tn::error_code::shape_mismatch);
        return;
      }
      p.x = *r;
      p.m.s = t;
    }
  }
}

}  // namespace

TEST_CASE("chains of views equal naive index arithmetic") {
  random_engine g(3);
  for (int round = 0; round < 3000; ++round) {
    tn::shape s;
    for (int d = 0, rank = static_cast<int>(below(g, 5)); d < rank; ++d) s.push_back(g() % 12 ? between(g, 1, 6) : 0);
    pair p{numbered(s), {s, read(numbered(s))}};
    for (int k = 0; k < 6; ++k) {
      step(g, p);
      if (p.m.s.numel() > 20000) break;
      REQUIRE(p.x.shape() == p.m.s);
      REQUIRE(p.x.numel() == p.m.s.numel());
      REQUIRE(read(p.x) == p.m.v);
      // Two indices reach one element exactly where an element number appears twice.
      auto sorted = p.m.v;
      std::sort(sorted.begin(), sorted.end());
      const bool repeated = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
      if (repeated) REQUIRE(p.x.overlaps_itself());
    }
  }
}

TEST_CASE("a view that no index repeats is not taken for one that overlaps") {
  // Exact for what slicing, transposing and narrowing can make of one dense tensor.
  random_engine g(4);
  for (int round = 0; round < 500; ++round) {
    auto x = numbered({between(g, 1, 5), between(g, 1, 6), between(g, 1, 7)});
    x = tn::unwrap(x.transpose(below(g, 3), below(g, 3)));
    for (int d = 0; d < 3; ++d) x = tn::unwrap(x.slice(d, {.start = below(g, 3), .step = between(g, 1, 3)}));
    x = tn::unwrap(x.slice(below(g, 3), {.step = -1}));
    REQUIRE_FALSE(x.overlaps_itself());
  }
}

TEST_CASE("pieces of a tensor") {
  const auto x = numbered({2, 7});
  const auto sizes = [](const tn::result<tn::list<tn::any_tensor>>& r) {
    REQUIRE(r);
    std::vector<index_t> v;
    for (const auto& piece : *r) v.push_back(piece.size(1));
    return v;
  };
  using list = std::vector<index_t>;
  CHECK(sizes(x.split(3, 1)) == list{3, 3, 1});
  CHECK(sizes(x.split(7, -1)) == list{7});
  CHECK(sizes(x.split(100, 1)) == list{7});
  CHECK(sizes(x.split(tn::shape{1, 0, 6}, 1)) == list{1, 0, 6});
  CHECK(sizes(x.split(std::vector<index_t>{1, 1, 1, 1, 1, 1, 1, 0, 0, 0}, 1)) == list{1, 1, 1, 1, 1, 1, 1, 0, 0, 0});
  CHECK(sizes(x.chunk(3, 1)) == list{3, 3, 1});
  CHECK(sizes(x.chunk(4, 1)) == list{2, 2, 2, 1});
  CHECK(sizes(x.chunk(6, 1)) == list{2, 2, 2, 1});             // as in PyTorch: fewer than asked for
  CHECK(sizes(x.tensor_split(4, 1)) == list{2, 2, 2, 1});
  CHECK(sizes(x.tensor_split(10, 1)) == list{1, 1, 1, 1, 1, 1, 1, 0, 0, 0});
  CHECK(sizes(x.tensor_split(std::vector<index_t>{2, 5}, 1)) == list{2, 3, 2});
  CHECK(sizes(x.tensor_split(std::vector<index_t>{-2, 100}, 1)) == list{5, 2, 0});
  CHECK(read((*x.split(3, 1))[1]) == std::vector<int>{3, 4, 5, 10, 11, 12});
  const auto rows = x.unbind();
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK(read((*rows)[1]) == std::vector<int>{7, 8, 9, 10, 11, 12, 13});
  const auto nothing = numbered({2, 0});
  CHECK(sizes(nothing.chunk(3, 1)) == list{0, 0, 0});
  CHECK(sizes(nothing.split(3, 1)) == list{0});
  CHECK(nothing.unbind(1)->empty());
  CHECK(x.split(0, 1).error() == tn::error_code::invalid_argument);
  CHECK(x.split(-1, 1).error() == tn::error_code::invalid_argument);
  CHECK(x.split(tn::shape{3, 3}, 1).error() == tn::error_code::shape_mismatch);
  CHECK(x.split(tn::shape{8, -1}, 1).error() == tn::error_code::shape_mismatch);
  CHECK(x.split(tn::shape{INT64_MAX, INT64_MAX}, 1).error() == tn::error_code::shape_mismatch);
  CHECK(x.chunk(0, 1).error() == tn::error_code::invalid_argument);
  CHECK(x.tensor_split(0, 1).error() == tn::error_code::invalid_argument);
  CHECK(x.unbind(2).error() == tn::error_code::dim_out_of_range);
  CHECK(nothing.chunk(INT64_MAX, 1).error() == tn::error_code::out_of_memory);
  CHECK(tn::unwrap(numbered({1}).expand({index_t{1} << 40})).unbind().error() == tn::error_code::out_of_memory);
}

TEST_CASE("views of rank 0 and errors of the rest") {
  const auto scalar = numbered({});
  CHECK(scalar.permute({})->rank() == 0);
  CHECK(scalar.transpose(0, -1)->rank() == 0);
  CHECK(scalar.squeeze(0)->rank() == 0);
  CHECK(scalar.view({1, 1})->shape() == tn::shape{1, 1});
  CHECK(scalar.expand({2, 3})->shape() == tn::shape{2, 3});
  CHECK(scalar.slice(0, {}).error() == tn::error_code::dim_out_of_range);
  CHECK(scalar.select(0, 0).error() == tn::error_code::index_out_of_range);
  CHECK(scalar.narrow(0, 0, 0).error() == tn::error_code::index_out_of_range);
  CHECK(scalar.diagonal().error() == tn::error_code::dim_out_of_range);
  CHECK(scalar.unbind().error() == tn::error_code::dim_out_of_range);
  CHECK_FALSE(scalar.split(1));
  CHECK_FALSE(scalar.chunk(2));

  const auto x = numbered({2, 3});
  CHECK(x.transpose(0, 2).error() == tn::error_code::dim_out_of_range);
  CHECK(x.permute({0}).error() == tn::error_code::invalid_argument);
  CHECK(x.permute({0, 0}).error() == tn::error_code::invalid_argument);
  CHECK(x.permute({0, 5}).error() == tn::error_code::dim_out_of_range);
  CHECK(x.slice(0, {.step = 0}).error() == tn::error_code::invalid_argument);
  CHECK(x.slice(0, {.step = INT64_MIN}).error() == tn::error_code::invalid_argument);
  CHECK(x.slice(1, {.step = INT64_MAX})->size(1) == 1);
  CHECK(x.slice(1, {.step = -INT64_MAX})->size(1) == 1);
  CHECK(x.slice(1, {.start = INT64_MIN + 1, .stop = INT64_MAX})->size(1) == 3);
  CHECK(x.select(1, 3).error() == tn::error_code::index_out_of_range);
  CHECK(x.select(1, -4).error() == tn::error_code::index_out_of_range);
  CHECK(x.select(1, INT64_MIN).error() == tn::error_code::index_out_of_range);
  CHECK(x.narrow(1, 2, 2).error() == tn::error_code::index_out_of_range);
  CHECK(x.narrow(1, 1, INT64_MAX).error() == tn::error_code::index_out_of_range);
  CHECK(x.narrow(1, INT64_MIN, 1).error() == tn::error_code::index_out_of_range);
  CHECK(x.expand({3, 3}).error() == tn::error_code::shape_mismatch);
  CHECK(x.expand({3}).error() == tn::error_code::shape_mismatch);
  CHECK(x.expand({-1, 2, 3}).error() == tn::error_code::shape_mismatch);
  CHECK(numbered({1}).expand({INT64_MAX}).error() == tn::error_code::size_overflow);
  CHECK(x.view({-1, -1}).error() == tn::error_code::invalid_argument);
  CHECK(x.view({-2, 3}).error() == tn::error_code::invalid_argument);
  CHECK(x.view({-1, 4}).error() == tn::error_code::shape_mismatch);
  CHECK(x.view({-1, 0}).error() == tn::error_code::shape_mismatch);
  CHECK(x.view({INT64_MAX, 2}).error() == tn::error_code::invalid_argument);
  CHECK(x.view({7}).error() == tn::error_code::shape_mismatch);
  CHECK(x.transpose(0, 1)->view({6}).error() == tn::error_code::shape_mismatch);
  CHECK(numbered({0, 3}).view({5, 0})->shape() == tn::shape{5, 0});
  CHECK(x.unsqueeze(3).error() == tn::error_code::dim_out_of_range);
  CHECK(x.unsqueeze(-4).error() == tn::error_code::dim_out_of_range);
  CHECK(numbered({1, 1, 1, 1, 1, 1, 1, 1}).unsqueeze(0).error() == tn::error_code::unsupported);
  CHECK(x.diagonal(0, 1, 1).error() == tn::error_code::invalid_argument);
  CHECK(x.diagonal(INT64_MAX)->numel() == 0);
  CHECK(x.diagonal(INT64_MIN)->numel() == 0);
}

TEST_CASE("a moved-from tensor answers everything with an error") {
  auto x = make<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto y = std::move(x);
  CHECK(y.defined());
  CHECK_FALSE(x.defined());
  CHECK(x.numel() == 0);
  CHECK(x.shape() == tn::shape{0});
  CHECK_FALSE(x.writable());
  const auto refused = [](const auto& r) {
    INFO(r.error().message());
    CHECK(r.error() == tn::error_code::invalid_argument);
  };
  refused(x.view({0}));
  refused(x.permute({0}));
  refused(x.transpose(0, 0));
  refused(x.slice(0, {}));
  refused(x.narrow(0, 0, 0));
  refused(x.select(0, 0));
  refused(x[0]);
  refused(x.expand({0}));
  refused(x.squeeze());
  refused(x.squeeze(0));
  refused(x.unsqueeze(0));
  refused(x.diagonal());
  refused(x.split(1));
  refused(x.split(tn::shape{0}));
  refused(x.chunk(2));
  refused(x.tensor_split(2));
  refused(x.unbind());
  CHECK_FALSE(x.at(0));
  CHECK_FALSE(x.set({0}, 1));
  CHECK_FALSE(x.span());
  x = y;
  CHECK(x.at(1, 2).value() == 6);
}

TEST_CASE("elements and spans") {
  auto x = make<double>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(*x.at(1, -1) == 6);
  CHECK(x.at(2, 0).error() == tn::error_code::index_out_of_range);
  CHECK(x.at(0).error() == tn::error_code::index_out_of_range);
  CHECK(x.set({0, -3}, 9));
  CHECK(*x.at(0, 0) == 9);
  CHECK(x.set({0, 3}, 9).error() == tn::error_code::index_out_of_range);
  CHECK(x.span()->size() == 6);
  CHECK(x.transpose(0, 1)->span().error() == tn::error_code::invalid_argument);
  const auto version = x.version();
  (*x.span())[0] = 1;
  CHECK(x.version() > version);
  auto view = tn::unwrap(x.select(0, 1));
  REQUIRE(view.set({0}, 40));
  CHECK(*x.at(1, 0) == 40);
  CHECK(tn::as<float>(x).error() == tn::error_code::dtype_mismatch);
  CHECK(tn::visit(x, [](const auto& t) { return t.dtype(); }) == tn::dtype::float64);
}

}  // namespace tenon_test::views_test

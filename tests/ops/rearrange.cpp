// test: device
#include <tenon/kernels/reference/rearrange.hpp>
#include <tenon/kernels/reference/repeat.hpp>
#include <tenon/kernels/reference/triangle.hpp>
#include <tenon/ops/rearrange.hpp>
#include <tenon/ops/repeat.hpp>
#include <tenon/ops/triangle.hpp>

#include "../support/positions.hpp"

namespace tenon_test::rearrange_test {

namespace {

const std::vector<tn::shape> shapes = {{2, 3, 5}, {1, 17}, {33}, {3, 0, 2}, {4, 1, 2, 3}};

// `op(x)` in every layout against `want`, and `into(out, x)` in every layout of out.
template <class T, class Op, class Into>
void check(const tn::shape& s, const std::vector<double>& v, const tn::shape& t, const std::vector<double>& want, Op op, Into into) {
  for (const auto& [name, x] : layouts<T>(s, v)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", rank " << s.rank());
    const auto y = op(x);
    REQUIRE(y.has_value());
    CHECK(y->shape() == t);
    expect_equal(values(y), want, t);
  }
  for (auto& [name, out] : layouts<T>(t, std::vector<double>(want.size(), 7))) {
    REQUIRE(into(out, make<T>(s, v)));
    expect_equal(values(out), want, t);
  }
}

}  // namespace

TEST_CASE("flip, roll, rot90 against their definitions, in every layout", "[device]") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (const tn::shape& s : shapes) {
      const auto v = counting(s);
      for (unsigned mask = 0; mask < 1u << s.rank(); ++mask) {
        tn::dim_list dims, shifts;
        std::vector<int> from_front;
        std::vector<index_t> steps;
        for (int d = 0; d < s.rank(); ++d)
          if (mask >> d & 1) {
            dims.push_back(d % 2 ? d : d - s.rank());
            shifts.push_back(d % 2 ? -7 : 2);
            from_front.push_back(d);
            steps.push_back(d % 2 ? -7 : 2);
          }
        const auto count = static_cast<int>(from_front.size());
        const auto flipped = written(s, [&](auto out) { reference::flip(out, view(v, s), from_front.data(), count); });
        check<T>(s, v, s, flipped, [&](const auto& x) { return tn::flip(x, dims); },
                 [&](auto& out, const auto& x) { return tn::flip_into(out, x, dims); });
        if (mask == 0) continue;
        const auto rolled = written(s, [&](auto out) { reference::roll(out, view(v, s), steps.data(), from_front.data(), count); });
        check<T>(s, v, s, rolled, [&](const auto& x) { return tn::roll(x, shifts, dims); },
                 [&](auto& out, const auto& x) { return tn::roll_into(out, x, shifts, dims); });
      }
      for (const index_t shift : {index_t{0}, index_t{1}, index_t{-4}, index_t{100}, INT64_MIN, INT64_MAX}) {
        std::vector<double> rolled(v.size());
        reference::roll(rolled.data(), v.data(), s.numel(), shift);
        check<T>(s, v, s, rolled, [&](const auto& x) { return tn::roll(x, shift); },
                 [&](auto& out, const auto& x) { return tn::roll_into(out, x, shift); });
      }
      if (s.rank() < 2) continue;
      for (index_t k = -5; k <= 5; ++k) {
        tn::shape t = s;
        if (k % 2 != 0) t.set(0, s[1]), t.set(1, s[0]);
        const auto turned = written(t, [&](auto out) { reference::rot90(out, view(v, s), k, 0, 1); });
        check<T>(s, v, t, turned, [&](const auto& x) { return tn::rot90(x, k); },
                 [&](auto& out, const auto& x) { return tn::rot90_into(out, x, k); });
      }
    }
  });
  const auto m = make<float>({2, 2}, {1, 2, 3, 4});
  CHECK(values(tn::rot90(m)) == std::vector<double>{2, 4, 1, 3});
  CHECK(values(tn::rot90(m, 1, {1, 0})) == std::vector<double>{3, 1, 4, 2});
  CHECK(values(tn::fliplr(m)) == std::vector<double>{2, 1, 4, 3});
  CHECK(values(tn::flipud(m)) == std::vector<double>{3, 4, 1, 2});
  const auto zero = make<float>({}, {5});
  CHECK(values(tn::flip(zero, 0)) == std::vector<double>{5});
  CHECK(values(tn::roll(zero, 3, 0)) == std::vector<double>{5});
  CHECK(values(tn::roll(zero, 3)) == std::vector<double>{5});
}

TEST_CASE("repeat and tile against their definitions, in every layout", "[device]") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (const tn::shape& s : shapes) {
      const auto v = counting(s);
      const auto repeated = [&](const tn::shape& counts) {        // at least as many counts as dimensions
        tn::shape t = counts;
        const int added = counts.rank() - s.rank();
        for (int d = added; d < t.rank(); ++d) t.set(d, counts[d] * s[d - added]);
        const auto want = written(t, [&](auto out) { reference::repeat(out, view(v, s)); });
        check<T>(s, v, t, want, [&](const auto& x) { return tn::repeat(x, counts); },
                 [&](auto& out, const auto& x) { return tn::repeat_into(out, x, counts); });
        check<T>(s, v, t, want, [&](const auto& x) { return tn::tile(x, counts); },
                 [&](auto& out, const auto& x) { return tn::tile_into(out, x, counts); });
      };
      tn::shape counts;
      for (int d = 0; d < s.rank(); ++d) counts.push_back(d % 3 == 0 ? 3 : d % 3);
      repeated(counts);
      counts.insert(0, 5);
      repeated(counts);
      counts.set(1, 0);
      repeated(counts);
    }
  });
  CHECK(values(tn::repeat(make<float>({}, {5}), 3)) == std::vector<double>{5, 5, 5});
  CHECK(values(tn::tile(make<float>({2, 2}, {1, 2, 3, 4}), 2)) == std::vector<double>{1, 2, 1, 2, 3, 4, 3, 4});
}

TEST_CASE("repeat_interleave against its definition, in every layout") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (const tn::shape& s : shapes) {
      const auto v = counting(s);
      for (int d = 0; d < s.rank(); ++d) {
        tn::shape t = s;
        t.set(d, 3 * s[d]);
        const std::vector<index_t> three(static_cast<std::size_t>(s[d]), 3);
        const auto thrice = written(t, [&](auto out) { reference::repeat_interleave(out, view(v, s), d, three.data()); });
        std::vector<double> numbers;
        index_t total = 0;
        for (index_t i = 0; i < s[d]; ++i) {
          numbers.push_back(static_cast<double>(i % 4));
          total += i % 4;
        }
        tn::shape u = s;
        u.set(d, total);
        const auto some = written(u, [&](auto out) { reference::repeat_interleave(out, view(v, s), d, as_indices(numbers).data()); });
        for (const auto& [name, x] : layouts<T>(s, v)) {
          expect_equal(values(tn::repeat_interleave(x, 3, d)), thrice, t);
          for (const auto& counts_layout : layouts<index_t>({s[d]}, numbers)) {
            INFO(name << ", counts " << counts_layout.name);
            expect_equal(values(tn::repeat_interleave(x, counts_layout.x, d - s.rank())), some, u);
          }
          expect_equal(values(tn::repeat_interleave(x, make<int>({s[d]}, numbers), d)), some, u);
        }
      }
    }
  });
  const auto m = make<float>({2, 2}, {1, 2, 3, 4});
  CHECK(values(tn::repeat_interleave(m, 2)) == std::vector<double>{1, 1, 2, 2, 3, 3, 4, 4});
  CHECK(values(tn::repeat_interleave(m, make<index_t>({4}, {0, 1, 2, 0}))) == std::vector<double>{2, 3, 3});
  CHECK(values(tn::repeat_interleave(make<float>({}, {5}), 2)) == std::vector<double>{5, 5});
}

TEST_CASE("tril and triu: every diagonal, in every layout, in place") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (const tn::shape& s : {tn::shape{5, 4}, tn::shape{1, 7}, tn::shape{2, 3, 6}, tn::shape{2, 0, 3}, tn::shape{3, 2, 0}, tn::shape{6, 1}}) {
      const auto v = counting(s);
      for (index_t k = -8; k <= 8; ++k) {
        const auto low = written(s, [&](auto out) { reference::tril(out, view(v, s), k); });
        const auto high = written(s, [&](auto out) { reference::triu(out, view(v, s), k); });
        check<T>(s, v, s, low, [&](const auto& x) { return tn::tril(x, k); }, [&](auto& out, const auto& x) { return tn::tril_into(out, x, k); });
        check<T>(s, v, s, high, [&](const auto& x) { return tn::triu(x, k); }, [&](auto& out, const auto& x) { return tn::triu_into(out, x, k); });
        for (auto& l : layouts<T>(s, v)) {
          const T* data = l.x.data();
          REQUIRE(tn::tril_(l.x, k));
          expect_equal(values(l.x), low, s);
          CHECK(l.x.data() == data);
        }
        for (auto& l : layouts<T>(s, v)) {
          REQUIRE(tn::triu_(l.x, k));
          expect_equal(values(l.x), high, s);
        }
      }
      for (const index_t far : {INT64_MIN, INT64_MAX}) {
        CHECK(values(tn::tril(make<T>(s, v), far)) == (far > 0 ? v : std::vector<double>(v.size())));
        CHECK(values(tn::triu(make<T>(s, v), far)) == (far < 0 ? v : std::vector<double>(v.size())));
      }
    }
  });
  // What is not kept becomes zero, be it NaN.
  CHECK(values(tn::tril(make<float>({2, 2}, {1, NaN, -0.0, inf}))) == std::vector<double>{1, 0, 0, inf});
}

TEST_CASE("large tensors: more than one task, and copies that stream") {
  const tn::shape s{700, 1100};
  std::vector<double> v(700 * 1100);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i);
  const auto x = make<float>(s, v);
  const auto flipped = values(tn::flip(x, {0, 1})), rolled = values(tn::roll(x, 123457)), low = values(tn::tril(x, 3));
  const auto twice = values(tn::repeat(x, {2, 1})), wide = values(tn::repeat(x, {1, 2})), each = values(tn::repeat_interleave(x, 2, 0));
  bool good = true;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const std::size_t row = i / 1100, column = i % 1100;
    good = good && flipped[i] == v[v.size() - 1 - i] && rolled[(i + 123457) % v.size()] == v[i] && low[i] == (column <= row + 3 ? v[i] : 0);
    good = good && twice[i] == v[i] && twice[i + v.size()] == v[i];
    good = good && wide[row * 2200 + column] == v[i] && wide[row * 2200 + 1100 + column] == v[i];
    good = good && each[2 * row * 1100 + column] == v[i] && each[(2 * row + 1) * 1100 + column] == v[i];
  }
  CHECK(good);
}

TEST_CASE("rearranging: error texts") {
  const auto x = make<float>({2, 3}, counting({2, 3}));
  CHECK(message_of(tn::flip(x, {0, -2})) == "flip: dim 0 appears twice in [0, -2]");
  CHECK(message_of(tn::flip(x, 2)) == "flip: dim 2 is out of range for shape [2, 3] (expected -2 .. 1)");
  CHECK(message_of(tn::roll(x, {1, 2})) == "roll: without dims the elements are rolled in C order by one shift, got [1, 2]");
  CHECK(message_of(tn::roll(x, {1, 2}, 0)) == "roll: shifts [1, 2] and dims [0] must be equally many");
  CHECK(message_of(tn::rot90(x, 1, {1, -1})) == "rot90: dim 1 appears twice in [1, -1]");
  CHECK(message_of(tn::repeat(x, 2)) == "repeat: shape [2, 3] needs 2 numbers of copies or more, got [2]");
  CHECK(message_of(tn::tile(x, -1)) == "tile: the numbers of copies must be 0 or more, got [-1]");
  CHECK(tn::repeat(x, {index_t{1} << 62, 2}).error().code() == tn::error_code::size_overflow);
  CHECK_FALSE(tn::repeat(x, {index_t{1} << 40, index_t{1} << 20}).has_value());
  CHECK(message_of(tn::repeat_interleave(x, -1, 0)) == "repeat_interleave: repeats must be 0 or more, and their sum within 63 bits; number 0 is -1");
  CHECK(message_of(tn::repeat_interleave(x, make<index_t>({4}, {1, 1, 1, 1}), 1)) ==
        "repeat_interleave: repeats of shape [4] must be one number, or one for each of the 3 indices of dim 1 of shape [2, 3]");
  CHECK(tn::repeat_interleave(x, index_t{1} << 62, 0).error().code() == tn::error_code::invalid_argument);
  CHECK(message_of(tn::tril(make<float>({3}, {1, 2, 3}))) == "tril: a matrix or a batch of them is needed, got shape [3]");
  auto row = make<float>({3}, {1, 2, 3});
  auto expanded = tn::unwrap(row.expand({3, 3}));
  CHECK(tn::tril_(expanded).error().code() == tn::error_code::overlapping_memory);
  // A target that overlaps its input.
  auto line = make<float>({6}, counting({6}));
  REQUIRE(tn::flip_into(line, line, 0));
  CHECK(values(line) == std::vector<double>{6, 5, 4, 3, 2, 1});
  REQUIRE(tn::roll_into(line.narrow(0, 1, 5), line.narrow(0, 0, 5), 1));
  CHECK(values(line) == std::vector<double>{6, 2, 6, 5, 4, 3});
}

}  // namespace tenon_test::rearrange_test

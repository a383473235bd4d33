// test: device
#include <tenon/kernels/reference/concatenate.hpp>
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/meshgrid.hpp>
#include <tenon/ops/operators.hpp>

#include "../support/positions.hpp"

#include <array>

namespace tenon_test::concatenate_test {

namespace {

template <class T>
void check_cat(const tn::shape& s, int dim) {
  tn::shape b = s, c = s, total = s;
  b.set(dim, 3);
  c.set(dim, 0);
  total.set(dim, s[dim] + 3);
  const auto va = counting(s), vb = uniform(static_cast<std::size_t>(b.numel()), 1, 100);
  const auto rounded_b = rounded<T>(vb);
  const std::vector<double> nothing;
  const tn::strided<const double> parts[] = {view(va, s), view(nothing, c), view(rounded_b, b)};
  const auto want = written(total, [&](auto out) { reference::cat(out, parts, dim); });
  const auto second = make<T>(b, rounded_b);
  const auto all = layouts<T>(s, va), other = layouts<T>(b, rounded_b);
  for (std::size_t l = 0; l < all.size(); ++l) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << all[l].name << ", dim " << dim);
    expect_equal(values(tn::cat({all[l].x, make<T>(c, {}), other[l].x}, dim)), want, total);
    expect_equal(values(tn::cat({all[l].x, second}, dim - s.rank())), want, total);
    for (auto& target : layouts<T>(total, std::vector<double>(want.size(), 7))) {
      REQUIRE(tn::cat_into(target.x, {all[l].x, second}, dim));
      expect_equal(values(target.x), want, total);
    }
  }
}

}  // namespace

TEST_CASE("cat puts tensors one behind the other in every layout", "[device]") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (int dim = 0; dim < 3; ++dim) {
      check_cat<T>({2, 3, 5}, dim);
      check_cat<T>({1, 17, 1}, dim);
    }
    check_cat<T>({33}, 0);
  });
}

TEST_CASE("cat: forms, lists of every kind, errors", "[device]") {
  auto a = make<float>({2, 3}, counting({2, 3})), b = make<float>({2, 3}, counting({2, 3}));
  const tn::result<tn::tensor<float>> r = b;
  const auto want = values(tn::cat({a, b}, 1));
  CHECK(values(tn::cat({r, r}, 1)) == want);
  CHECK(values(tn::cat<float>({a, r}, 1)) == want);
  CHECK(values(tn::cat({tn::lazy(a) * 1.F, tn::lazy(b) * 1.F}, 1)) == want);
  CHECK(values(tn::cat(std::vector{a, b}, 1)) == want);
  CHECK(values(tn::cat(std::array{r, r}, 1)) == want);
  CHECK(values(tn::cat(a.split(1, 1), 1)) == values(a));                           // a result of a list
  CHECK(values(tn::as<float>(tn::cat({a.any(), b.any()}, 1))) == want);            // types known at run time only
  CHECK(tn::cat({a}, 0)->data() != a.data());

  // A list that is grown from an empty vector.
  CHECK(values(tn::cat({empty<float>({0}), a}, 1)) == values(a));
  CHECK(tn::cat({empty<float>({0}), empty<float>({0})}, 0)->shape() == tn::shape{0});
  // out may be among the tensors.
  auto whole = make<float>({4, 3}, counting({4, 3}));
  const auto swapped = values(tn::cat({whole.narrow(0, 2, 2), whole.narrow(0, 0, 2)}, 0));
  REQUIRE(tn::cat_into(whole, {whole.narrow(0, 2, 2), whole.narrow(0, 0, 2)}, 0));
  CHECK(values(whole) == swapped);

  CHECK(message_of(tn::cat({a, make<float>({2, 2, 1}, counting({4}))}, 1)) ==
        "cat: tensor 1 of shape [2, 2, 1] does not fit beside [2, 3]: all extents but that of dim 1 must be equal");
  CHECK(message_of(tn::cat({a, b}, 2)) == "cat: dim 2 is out of range for shape [2, 3] (expected -2 .. 1)");
  CHECK(message_of(tn::cat(std::vector<tn::tensor<float>>{}, 0)) == "cat: the list holds no tensor");
  CHECK(message_of(tn::cat({make<float>({}, {1}), a}, 0)) == "cat: a tensor of rank 0 has no dimension to put others behind; use stack");
  CHECK(message_of(tn::cat({a.any(), make<double>({2, 3}, counting({6})).any()}, 0)) ==
        "cat: tensors hold float32 and float64; convert one with to<T>(x)");
  CHECK(tn::cat<float>({a, a[9]}, 0).error().code() == tn::error_code::index_out_of_range);
  CHECK(tn::cat_into(a, {a, b}, 0).error().code() == tn::error_code::shape_mismatch);
  // Extents that would not fit 63 bits in a sum, as expanded views.
  const auto wide = tn::unwrap(make<float>({1}, {1}).expand({index_t{1} << 60}));
  CHECK_FALSE(tn::cat({wide, wide, wide, wide, wide, wide, wide, wide}, 0).has_value());
}

TEST_CASE("stack makes a new dimension", "[device]") {
  const tn::shape s{2, 3};
  const auto v = counting(s);
  for (int dim = -3; dim < 3; ++dim) {
    const int d = dim < 0 ? dim + 3 : dim;
    tn::shape t = s;
    t.insert(d, 2);
    auto plus = v;
    for (auto& x : plus) x += 100;
    const tn::strided<const double> parts[] = {view(v, s), view(plus, s)};
    const auto want = written(t, [&](auto out) { reference::stack(out, parts, d); });
    for (const auto& l : layouts<double>(s, v)) expect_equal(values(tn::stack({l.x, make<double>(s, plus)}, dim)), want, t);
    auto out = empty<double>(t);
    REQUIRE(tn::stack_into(out, {make<double>(s, v), make<double>(s, plus)}, dim));
    expect_equal(values(out), want, t);
  }
  const auto one = make<float>({}, {4});
  CHECK(values(tn::stack({one, one})) == std::vector<double>{4, 4});
  CHECK(message_of(tn::stack({one, make<float>({1}, {4})})) == "stack: tensor 1 has shape [1], the first one []; stack needs equal shapes");
  CHECK(message_of(tn::stack({one, one}, 1)) == "stack: dim 1 is out of range for shape [] (expected -1 .. 0)");
  CHECK(tn::stack({empty<float>({1, 1, 1, 1, 1, 1, 1, 1})}).error().code() == tn::error_code::unsupported);
}

TEST_CASE("hstack, vstack, dstack", "[device]") {
  const auto a = make<float>({3}, {1, 2, 3}), b = make<float>({3}, {4, 5, 6});
  CHECK(values(tn::hstack({a, b})) == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(tn::vstack({a, b})->shape() == tn::shape{2, 3});
  CHECK(values(tn::vstack({a, b})) == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(tn::dstack({a, b})->shape() == tn::shape{1, 3, 2});
  CHECK(values(tn::dstack({a, b})) == std::vector<double>{1, 4, 2, 5, 3, 6});
  const auto m = make<float>({2, 2}, {1, 2, 3, 4});
  CHECK(values(tn::hstack<float>({m, a.narrow(0, 0, 2)->view({2, 1})})) == std::vector<double>{1, 2, 1, 3, 4, 2});
  CHECK(values(tn::vstack<float>({m, a.narrow(0, 0, 2)})) == std::vector<double>{1, 2, 3, 4, 1, 2});
  CHECK(values(tn::hstack({make<float>({}, {1}), make<float>({}, {2})})) == std::vector<double>{1, 2});
}

TEST_CASE("meshgrid: views of the vectors", "[device]") {
  const auto a = make<float>({3}, {1, 2, 3});
  const auto b = tn::unwrap(make<float>({4}, {4, 0, 5, 0}).slice(0, {.step = 2}));
  const auto g = tn::unwrap(tn::meshgrid({a, b}));
  REQUIRE(g.size() == 2);
  CHECK(g[0].shape() == tn::shape{3, 2});
  CHECK(values(g[0]) == std::vector<double>{1, 1, 2, 2, 3, 3});
  CHECK(values(g[1]) == std::vector<double>{4, 5, 4, 5, 4, 5});
  CHECK(g[0].data() == a.data());
  const auto xy = tn::unwrap(tn::meshgrid({a, b, make<float>({}, {9})}, tn::grid_indexing::xy));
  CHECK(xy[0].shape() == tn::shape{2, 3, 1});
  CHECK(values(xy[0]) == std::vector<double>{1, 2, 3, 1, 2, 3});
  CHECK(values(xy[1]) == std::vector<double>{4, 4, 4, 5, 5, 5});
  CHECK(values(xy[2]) == std::vector<double>(6, 9));
  CHECK(message_of(tn::meshgrid({a, tn::unwrap(a.view({3, 1}))})) == "meshgrid: vectors are needed, but tensor 1 has shape [3, 1]");
  CHECK(tn::meshgrid({a, a, a, a, a, a, a, a, a}).error().code() == tn::error_code::unsupported);
}

}  // namespace tenon_test::concatenate_test

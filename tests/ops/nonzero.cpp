#include <tenon/kernels/reference/nonzero.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/nonzero.hpp>

#include "../support/positions.hpp"

namespace tenon_test::nonzero_test {

namespace {

// Trues with the given probability.
std::vector<double> some_mask(std::size_t n, double density) {
  auto v = uniform(n, 0, 1, n + 3);
  for (auto& x : v) x = x < density ? 1 : 0;
  return v;
}

template <class T>
void check_select(const tn::shape& s, const std::vector<double>& mask) {
  const auto v = counting(s);
  std::vector<double> want(v.size());
  want.resize(static_cast<std::size_t>(reference::masked_select(want.data(), view(v, s), view(mask, s))));
  const tn::shape t(want.size());
  for (const auto& [name, x] : layouts<T>(s, v)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name);
    expect_equal(values(tn::masked_select(x, make<bool>(s, mask))), want, t);
  }
  for (const auto& [name, m] : layouts<bool>(s, mask)) {
    INFO("mask " << name);
    expect_equal(values(tn::masked_select(make<T>(s, v), m)), want, t);
  }
}

void check_nonzero(const tn::shape& s, const std::vector<double>& mask) {
  const auto rank = static_cast<std::size_t>(s.rank());
  std::vector<index_t> positions(mask.size() * rank);
  positions.resize(static_cast<std::size_t>(reference::nonzero(positions.data(), view(mask, s))) * rank);
  const auto want = as_doubles(positions);
  for (const auto& [name, m] : layouts<bool>(s, mask)) {
    INFO("mask " << name);
    const auto y = tn::nonzero(m);
    CHECK(y->size(1) == s.rank());
    expect_equal(values(y), want, y->shape());
  }
}

}  // namespace

TEST_CASE("masked_select and nonzero: every length and density") {
  for (const double density : {0.0, 0.1, 0.5, 0.97, 1.0}) {
    for (index_t n = 0; n <= 200; ++n) {
      check_select<float>({n}, some_mask(static_cast<std::size_t>(n), density));
      check_nonzero({n}, some_mask(static_cast<std::size_t>(n), density));
    }
    for_each_size([&]<class T>(tn::type_tag<T>) {
      check_select<T>({5, 7, 9}, some_mask(315, density));
      check_select<T>({3, 200}, some_mask(600, density));
      check_select<T>({2, 0}, {});
    });
    for (const auto& s : {tn::shape{5, 7, 9}, tn::shape{300, 1, 2}, tn::shape{2, 300}, tn::shape{0, 3}, tn::shape{1, 1, 1, 1, 1, 1, 1, 70}})
      check_nonzero(s, some_mask(static_cast<std::size_t>(s.numel()), density));
  }
  for (std::size_t lane = 0; lane < 130; ++lane) {                                     // one true, in every lane
    std::vector<double> mask(130);
    mask[lane] = 1;
    CHECK(values(tn::nonzero(make<bool>({130}, mask))) == std::vector<double>{static_cast<double>(lane)});
  }
}

TEST_CASE("masked_select and nonzero of large tensors") {
  for (const double density : {0.001, 0.5, 1.0}) {
    const tn::shape s{301, 333};
    const auto mask = some_mask(301 * 333, density);
    std::vector<double> v(mask.size());
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i);
    const auto picked = values(tn::masked_select(make<float>(s, v), make<bool>(s, mask))), found = values(tn::nonzero(make<bool>(s, mask)));
    std::vector<double> want(v.size());
    std::vector<index_t> positions(2 * v.size());
    const auto n = static_cast<std::size_t>(reference::masked_select(want.data(), view(v, s), view(mask, s)));
    REQUIRE(reference::nonzero(positions.data(), view(mask, s)) == static_cast<index_t>(n));
    want.resize(n), positions.resize(2 * n);
    CHECK(picked == want);
    CHECK(found == as_doubles(positions));
  }
}

TEST_CASE("masked_select broadcasts; nonzero of every dtype; rank 0; errors") {
  const auto x = make<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(values(tn::masked_select(x, make<bool>({3}, {1, 0, 1}))) == std::vector<double>{1, 3, 4, 6});
  CHECK(values(tn::masked_select(x, make<bool>({2, 1}, {0, 1}))) == std::vector<double>{4, 5, 6});
  CHECK(values(tn::masked_select(make<float>({}, {7}), make<bool>({3}, {1, 0, 1}))) == std::vector<double>{7, 7});
  CHECK(values(tn::masked_select(make<float>({}, {7}), make<bool>({}, {1}))) == std::vector<double>{7});
  CHECK(values(tn::masked_select(x, tn::gt(x, 4))) == std::vector<double>{5, 6});
  CHECK(values(tn::masked_select(x, tn::gt(tn::lazy(x), 4))) == std::vector<double>{5, 6});

  CHECK(values(tn::nonzero(make<float>({5}, {0, -0.0, NaN, inf, 1e-45}))) == std::vector<double>{2, 3, 4});
  CHECK(values(tn::nonzero(make<tn::half>({3}, {0, -0.0, NaN}))) == std::vector<double>{2});
  CHECK(values(tn::nonzero(make<std::uint8_t>({2, 2}, {0, 255, 0, 1}))) == std::vector<double>{0, 1, 1, 1});
  auto c = make<std::complex<float>>({2}, {0, 0});
  c.data()[1] = {0, 1};
  CHECK(values(tn::nonzero(c)) == std::vector<double>{1});
  CHECK(values(tn::argwhere(x))[2] == 0);
  CHECK(tn::nonzero(make<float>({}, {3}))->shape() == tn::shape{1, 0});
  CHECK(tn::nonzero(make<float>({}, {0}))->shape() == tn::shape{0, 0});

  CHECK(message_of(tn::masked_select(x, make<bool>({2}, {1, 1}))).find("masked_select: shapes [2, 3] and [2] do not broadcast") == 0);
  CHECK(tn::masked_select(x, x[9].and_then([](const auto& row) { return tn::gt(row, 0); })).error().code() == tn::error_code::index_out_of_range);
  // A mask byte that is neither 0 nor 1 (foreign memory) counts as true, in both passes.
  auto odd = make<std::uint8_t>({70}, std::vector<double>(70, 255));
  const auto as_bool = tn::tensor<bool>::unchecked(
      tn::any_tensor(odd.any().memory(), reinterpret_cast<std::byte*>(odd.data()), odd.shape(), tn::dense_strides(odd.shape()), tn::dtype::boolean));
  CHECK(tn::nonzero(as_bool)->size(0) == 70);
}

}  // namespace tenon_test::nonzero_test

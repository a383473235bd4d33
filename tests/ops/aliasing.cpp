// Which shapes meet, and what happens where an output lies over an operand: every pair of small shapes against NumPy's rule,
// and random views of one block of memory as operands and target of the same call, against the call on copies.
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/rearrange.hpp>
#include <tenon/ops/scan.hpp>
#include <tenon/ops/softmax.hpp>

#include "../support/cases.hpp"

#include <random>

namespace tenon_test::aliasing_test {

namespace {

std::vector<tn::shape> small_shapes() {
  std::vector<tn::shape> all{tn::shape()};
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].rank() < 3)
      for (const index_t extent : {0, 1, 2, 3}) {
        tn::shape s = all[i];
        s.push_back(extent);
        all.push_back(s);
      }
  return all;
}

// NumPy's rule, written down once more: aligned at the end, extents equal or one of them 1.
bool meet(const tn::shape& a, const tn::shape& b, tn::shape& out) {
  out = a.rank() >= b.rank() ? a : b;
  for (int d = 1; d <= out.rank(); ++d) {
    const index_t m = d <= a.rank() ? a[-d] : 1, n = d <= b.rank() ? b[-d] : 1;
    if (m != n && m != 1 && n != 1) return false;
    out.set(out.rank() - d, m == 1 ? n : m);
  }
  return true;
}

}  // namespace

TEST_CASE("every pair of shapes up to rank 3: what meets, and nothing else") {
  const auto shapes = small_shapes();
  for (const auto& a : shapes) {
    const auto x = make<float>(a, uniform(static_cast<std::size_t>(a.numel()), -1, 1));
    for (const auto& b : shapes) {
      const auto y = make<float>(b, uniform(static_cast<std::size_t>(b.numel()), -1, 1, 2));
      tn::shape wanted;
      const bool fits = meet(a, b, wanted);
      const auto sum = tn::add(x, y);
      INFO(std::string(tn::make_text(a, " and ", b).view()));
      REQUIRE(sum.has_value() == fits);
      if (fits) {
        REQUIRE(sum->shape() == wanted);
        REQUIRE(tn::eval(tn::lazy(x) + y)->shape() == wanted);
      } else {
        REQUIRE(sum.error() == tn::error_code::shape_mismatch);
      }
      // The target keeps its shape: y is copied where it broadcasts to x's, else refused, and then x is untouched.
      auto target = tn::unwrap(tn::clone(x));
      const bool into = fits && wanted == a;
      REQUIRE(tn::copy_(target, y).has_value() == into);
      REQUIRE(target.shape() == a);
      REQUIRE(values(target) == (into ? values(tn::unwrap(tn::clone(tn::expand(y, a)))) : values(x)));
      target = tn::unwrap(tn::clone(x));
      REQUIRE(tn::add_(target, y).has_value() == into);
      REQUIRE(values(target) == (into ? values(sum) : values(x)));
    }
  }
}

namespace {

using random_engine = std::mt19937_64;
index_t below(random_engine& g, index_t n) { return static_cast<index_t>(g() % static_cast<std::uint64_t>(n)); }

// A random n x n view of a matrix: a window, with steps, backwards or transposed.
tn::tensor<float> random_view(random_engine& g, const tn::tensor<float>& block, index_t n) {
  auto v = block;
  for (index_t d = 0; d < 2; ++d) {
    const index_t step = 1 + below(g, (block.size(d) - 1) / n), reach = (n - 1) * step + 1, start = below(g, block.size(d) - reach + 1);
    v = tn::unwrap(v.slice(d, {start, start + reach, step}));
    if (g() % 3 == 0) v = tn::unwrap(v.slice(d, {.step = -1}));
  }
  return g() % 2 ? tn::unwrap(v.transpose(0, 1)) : v;
}

// call(out, a, b) on views of one block, against call on copies of the operands into a target apart.
template <class Call>
void check_overlaps(const char* name, Call call, bool rounding = false) {
  random_engine g(11);
  for (int round = 0; round < 400; ++round) {
    const auto start = uniform(14 * 17, -1, 1, static_cast<std::uint64_t>(round));
    const auto block = make<float>({14, 17}, start);
    const index_t n = 1 + below(g, 6);
    auto out = random_view(g, block, n);
    const auto a = random_view(g, block, n), b = random_view(g, block, n);
    const auto a_apart = tn::unwrap(tn::clone(a)), b_apart = tn::unwrap(tn::clone(b));
    auto wanted = tenon_test::empty<float>({n, n});
    REQUIRE(call(wanted, a_apart, b_apart));
    REQUIRE(call(out, a, b));
    INFO(name << ", round " << round);
    expect_within(values(out), values(wanted), {n, n}, [&](std::size_t) { return rounding ? 1e-5 : 0.0; });
    // Whatever is not a part of out is as it was.
    const auto after = values(block);
    const float* const first = block.data();
    std::vector<bool> written(after.size());
    for_each_offset(out, [&](index_t offset) { written[static_cast<std::size_t>(out.data() + offset - first)] = true; });
    bool untouched = true;
    for (std::size_t i = 0; i < after.size(); ++i) untouched = untouched && (written[i] || after[i] == rounded<float>({start[i]})[0]);
    REQUIRE(untouched);
  }
}

}  // namespace

TEST_CASE("operands and target are views of one block") {
  check_overlaps("add", [](auto& out, const auto& a, const auto& b) { return tn::add_into(out, a, b); });
  check_overlaps("a fused expression", [](auto& out, const auto& a, const auto& b) { return tn::assign(out, tn::lazy(a) * b - 3 * tn::lazy(a)); });
  check_overlaps("copy_", [](auto& out, const auto& a, const auto&) { return tn::copy_(out, a); });
  check_overlaps("flip", [](auto& out, const auto& a, const auto&) { return tn::flip_into(out, a, {0}); });
  check_overlaps("cumsum", [](auto& out, const auto& a, const auto&) { return tn::cumsum_into(out, a, 1); });
  // Where the kernel reads dense rows or columns decides the order of its sums: compared within their bounds (6 terms below 1).
  check_overlaps("softmax", [](auto& out, const auto& a, const auto&) { return tn::softmax_into(out, a, 0); }, true);
  check_overlaps("matmul", [](auto& out, const auto& a, const auto& b) { return tn::matmul_into(out, a, b); }, true);
  check_overlaps("layer_norm", [](auto& out, const auto& a, const auto&) { return tn::layer_norm_into(out, a, {a.size(1)}, {.eps = 1}); }, true);
}

TEST_CASE("may_overlap: no pair that meets is missed, and views that lie between each other are told apart") {
  random_engine g(5);
  const auto block = tenon_test::empty<float>({14, 17});
  int apart = 0, seen = 0;
  for (int round = 0; round < 4000; ++round) {
    const auto a = random_view(g, block, 1 + below(g, 6)), b = random_view(g, block, 1 + below(g, 6));
    std::vector<bool> taken(14 * 17);
    bool meets = false;
    for_each_offset(a, [&](index_t offset) { taken[static_cast<std::size_t>(a.data() + offset - block.data())] = true; });
    for_each_offset(b, [&](index_t offset) { meets = meets || taken[static_cast<std::size_t>(b.data() + offset - block.data())]; });
    INFO("round " << round);
    REQUIRE(!(meets && !tn::calls::may_overlap(a, b)));
    apart += !meets;
    seen += !tn::calls::may_overlap(a, b);
  }
  CHECK(seen > apart * 3 / 4);                 // 83 % with this seed: the rest wants integer equations solved

  const auto x = tenon_test::empty<float>({6, 8});
  const auto columns = [&](index_t start, index_t stop, index_t step = 1) { return tn::unwrap(x.slice(1, {start, stop, step})); };
  const auto rows = [&](index_t start, index_t step) { return tn::unwrap(x.slice(0, {.start = start, .step = step})); };
  using tn::calls::may_overlap;
  CHECK(!may_overlap(columns(0, 3), columns(3, 8)));
  CHECK(may_overlap(columns(0, 4), columns(3, 8)));
  CHECK(!may_overlap(columns(0, 8, 2), columns(1, 8, 2)));
  CHECK(!may_overlap(rows(0, 2), rows(1, 2)));
  CHECK(!may_overlap(rows(1, 3), tn::unwrap(rows(2, 3).slice(0, {.step = -1}))));
  CHECK(may_overlap(rows(0, 2), rows(0, 3)));
  CHECK(may_overlap(rows(1, 2), columns(0, 1)));
  CHECK(!may_overlap(tn::unwrap(columns(0, 4).transpose(0, 1)), columns(4, 8)));
}

}  // namespace tenon_test::aliasing_test

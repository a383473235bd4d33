#include <tenon/kernels/reference/einsum.hpp>
#include <tenon/ops/einsum.hpp>
#include <tenon/ops/lazy.hpp>

#include "../support/positions.hpp"

#include <map>

namespace tenon_test::einsum_test {

namespace {

struct equation {
  std::vector<std::string> operands;
  std::string out;
};

// "ij,jk->ik" taken apart. Only letters: what an ellipsis or a missing arrow means is tested against equations written out.
equation parse(const std::string& text) {
  equation e;
  const std::size_t arrow = text.find("->");
  e.out = text.substr(arrow + 2);
  std::string inputs = text.substr(0, arrow) + ",";
  for (std::size_t comma; (comma = inputs.find(',')) != std::string::npos; inputs.erase(0, comma + 1)) e.operands.push_back(inputs.substr(0, comma));
  return e;
}
tn::shape shape_of(const std::string& letters, const std::map<char, index_t>& extent) {
  tn::shape s;
  for (const char c : letters) s.push_back(extent.at(c));
  return s;
}

// magnitude: the sum of the products' absolute values.
std::vector<double> by_reference(const equation& e, const std::map<char, index_t>& extent, const std::vector<std::vector<double>>& x, bool magnitude = false) {
  std::vector<std::vector<long double>> wide;
  std::vector<tn::strided<const long double>> operands;
  std::vector<const char*> letters;
  for (const auto& v : x) {
    wide.emplace_back(v.begin(), v.end());
    if (magnitude)
      for (auto& value : wide.back()) value = std::fabs(value);
  }
  for (std::size_t k = 0; k < x.size(); ++k) {
    operands.push_back(view(wide[k], shape_of(e.operands[k], extent)));
    letters.push_back(e.operands[k].c_str());
  }
  std::vector<long double> out(static_cast<std::size_t>(shape_of(e.out, extent).numel()));
  reference::einsum(view(out, shape_of(e.out, extent)), e.out.c_str(), operands.data(), letters.data(), static_cast<int>(x.size()));
  return {out.begin(), out.end()};
}

template <class T>
tn::result<tn::tensor<T>> call(const std::string& text, const std::vector<tn::tensor<T>>& x) {
  switch (x.size()) {
    case 1: return tn::einsum(text, x[0]);
    case 2: return tn::einsum(text, x[0], x[1]);
    case 3: return tn::einsum(text, x[0], x[1], x[2]);
    default: return tn::einsum(text, x[0], x[1], x[2], x[3]);
  }
}

// Every product is rounded, every sum is of `terms` of them, and each of the intermediate results is rounded to T:
// |error| <= (terms u + operands (u_T + u)) sum |products|, with 1 % for what is of higher order. (A complex product has
// four times the error; its operands are real here.)
template <class T>
void check(const std::string& text, const std::map<char, index_t>& extent) {
  const auto e = parse(text);
  using real = tn::real_t<T>;
  const double u = to_double(std::numeric_limits<tn::compute_t<real>>::epsilon()) / 2, u_stored = to_double(std::numeric_limits<real>::epsilon()) / 2;
  std::vector<std::vector<double>> x;
  std::vector<std::vector<layout<T>>> stored;
  for (std::size_t k = 0; k < e.operands.size(); ++k) {
    const tn::shape s = shape_of(e.operands[k], extent);
    auto v = uniform(static_cast<std::size_t>(s.numel()), -3, 3, k + 1);
    if constexpr (tn::integer<T>)
      for (auto& value : v) value = std::floor(value);
    x.push_back(rounded<T>(v));
    stored.push_back(layouts<T>(s, x.back()));
  }
  const auto want = by_reference(e, extent, x), size = by_reference(e, extent, x, true);
  double terms = 1;
  for (const auto& [letter, n] : extent) terms *= static_cast<double>(e.out.find(letter) == std::string::npos ? n : 1);
  const double steps = static_cast<double>(x.size());
  for (std::size_t i = 0; i < 5; ++i) {
    std::vector<tn::tensor<T>> operands;
    for (std::size_t k = 0; k < x.size(); ++k) operands.push_back(stored[k][(i + k) % stored[k].size()].x);
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << text << ", layouts from " << i);
    const auto y = call(text, operands);
    expect_within(values(y), want, shape_of(e.out, extent), [&](std::size_t at) { return 1.01 * (terms * u + steps * (u + u_stored)) * size[at]; });
    REQUIRE(y->shape() == shape_of(e.out, extent));
    for (const auto& operand : operands) REQUIRE(!tn::calls::may_overlap(operand, *y));          // a new tensor, never a view
  }
}

template <class T>
void check_all() {
  const std::map<char, index_t> ij{{'i', 4}, {'j', 7}}, ijk{{'i', 4}, {'j', 7}, {'k', 5}};
  for (const char* text : {"ij->ij", "ij->ji", "ij->", "ij->i", "ij->j", "i,j->ij", "i,j->ji", "ij,j->i", "ij,ij->ij", "ij,ij->", "ij,ji->", "i,ij,j->", "i,i,j->ij", "iij->j", "iji->ji",
                           "ijij->ij", "jiji,ij->j"})
    check<T>(text, ij);
  for (const char* text : {"ij,jk->ik", "ij,jk->ki", "ij,kj->ik", "ijk,ik->ij", "ijk->kij", "ijk,kji->", "ijk,jik->k", "i,j,k->kji", "ij,jk,ki->", "ik,jk,k->ij", "iij,jkk->ik", "ijk,i,j->k"})
    check<T>(text, ijk);
  check<T>("i->i", {{'i', 9}});
  check<T>("i,i->", {{'i', 33}});
  check<T>("ii->i", {{'i', 6}});
  check<T>("ii->", {{'i', 6}});
  check<T>("iii->i", {{'i', 3}});
  check<T>("bij,bjk->bik", {{'b', 3}, {'i', 4}, {'j', 5}, {'k', 6}});
  check<T>("bhqd,bhkd->bhqk", {{'b', 2}, {'h', 3}, {'q', 4}, {'k', 5}, {'d', 6}});
  check<T>("bhqk,bkhd->bqhd", {{'b', 2}, {'h', 3}, {'q', 4}, {'k', 5}, {'d', 6}});
  check<T>("abc,cbd,de->ae", {{'a', 2}, {'b', 3}, {'c', 4}, {'d', 5}, {'e', 6}});
  check<T>("ab,bc,cd,de->ea", {{'a', 3}, {'b', 2}, {'c', 3}, {'d', 4}, {'e', 2}});
  check<T>("aB,Bc->ca", {{'a', 2}, {'B', 3}, {'c', 4}});
  check<T>("abcdefgh->hgfedcba", {{'a', 2}, {'b', 1}, {'c', 2}, {'d', 1}, {'e', 2}, {'f', 1}, {'g', 2}, {'h', 3}});
  check<T>("ij,jk->ik", {{'i', 1}, {'j', 1}, {'k', 1}});
  check<T>("ij,jk->ik", {{'i', 3}, {'j', 0}, {'k', 2}});                                    // empty sums are 0
  check<T>("ij,jk->ik", {{'i', 0}, {'j', 3}, {'k', 2}});
}

// The same bound, for two operands of doubles.
void check_tensordot(const tn::shape& s, const tn::shape& t, const std::vector<int>& dims_a, const std::vector<int>& dims_b, const tn::shape& out) {
  const auto a = uniform(static_cast<std::size_t>(s.numel()), -1, 1), b = uniform(static_cast<std::size_t>(t.numel()), -1, 1, 2);
  const auto sum = [&](bool magnitude) {
    std::vector<long double> wide_a(a.begin(), a.end()), wide_b(b.begin(), b.end()), y(static_cast<std::size_t>(out.numel()));
    for (auto* wide : {&wide_a, &wide_b})
      for (auto& value : *wide) value = magnitude ? std::fabs(value) : value;
    reference::tensordot(view(y, out), view(wide_a, s), view(wide_b, t), dims_a.data(), dims_b.data(), static_cast<int>(dims_a.size()));
    return std::vector<double>(y.begin(), y.end());
  };
  const auto want = sum(false), size = sum(true);
  double terms = 1;
  for (const int d : dims_a) terms *= static_cast<double>(s[d]);
  tn::dim_list list_a, list_b;
  for (std::size_t k = 0; k < dims_a.size(); ++k) {
    list_a.push_back(dims_a[k]);
    list_b.push_back(k % 2 ? dims_b[k] : dims_b[k] - t.rank());
  }
  const auto in_a = layouts<double>(s, a), in_b = layouts<double>(t, b);
  for (std::size_t i = 0; i < in_a.size(); ++i) {
    INFO(in_a[i].name << ", dims " << tn::make_text(list_a, list_b).view());
    const auto y = tn::tensordot(in_a[i].x, in_b[(i + 1) % in_b.size()].x, list_a, list_b);
    expect_within(values(y), want, out, [&](std::size_t at) { return 1.01 * (terms + 4) * 0x1p-53 * size[at]; });
    CHECK(y->shape() == out);
  }
}

}  // namespace

TEST_CASE("einsum equals the definition in every layout: float and double") { check_all<float>(), check_all<double>(); }
#if !defined(TENON_TEST_REDUCED)
TEST_CASE("einsum equals the definition in every layout: half and bfloat16") { check_all<tn::half>(), check_all<tn::bfloat16>(); }
TEST_CASE("einsum equals the definition in every layout: integers and complex numbers") { check_all<std::int32_t>(), check_all<std::complex<double>>(); }
#endif

TEST_CASE("einsum: the ellipsis stands for what is left, aligned at the end and broadcast") {
  const auto a = make<double>({3, 1, 4, 5}, uniform(60, -1, 1)), b = make<double>({2, 5, 6}, uniform(60, -1, 1, 2)), m = make<double>({4, 5}, uniform(20, -1, 1, 3));
  const auto full_a = tn::unwrap(a.expand({3, 2, 4, 5})), full_b = tn::unwrap(b.expand({3, 2, 5, 6}));
  CHECK(values(tn::einsum("...ij,...jk->...ik", a, b)) == values(tn::einsum("abij,abjk->abik", full_a, full_b)));
  CHECK(values(tn::einsum("...ij,...jk", a, b)) == values(tn::einsum("...ij,...jk->...ik", a, b)));
  CHECK(tn::einsum("...ij,...jk->...ik", a, b)->shape() == tn::shape{3, 2, 4, 6});
  CHECK(values(tn::einsum("...ij,jk->ik...", a, b[0])) == values(tn::einsum("abij,jk->ikab", a, b[0])));
  CHECK(values(tn::einsum("i...->...i", m)) == values(m.transpose(0, 1)));
  CHECK(values(tn::einsum("...,...->...", m, m[0])) == values(tn::einsum("ij,j->ij", m, m[0])));
  CHECK(values(tn::einsum("...->", m)) == values(tn::einsum("ij->", m)));
  CHECK(values(tn::einsum("...i,...i->...", m, m)) == values(tn::einsum("ai,ai->a", m, m)));
  CHECK(values(tn::einsum("ij...,ij...->ij", m, m)) == values(tn::einsum("ij,ij->ij", m, m)));          // it may stand for nothing
}

TEST_CASE("einsum: without an arrow, the letters that appear once, in alphabetical order, capitals first") {
  const auto a = make<float>({2, 3}, uniform(6, -1, 1)), b = make<float>({3, 4}, uniform(12, -1, 1, 2));
  CHECK(values(tn::einsum("ij,jk", a, b)) == values(tn::matmul(a, b)));
  CHECK(values(tn::einsum("ba", a)) == values(a.transpose(0, 1)));
  CHECK(values(tn::einsum("bA", a)) == values(a.transpose(0, 1)));
  CHECK(values(tn::einsum(" b a , a c ", a, b)) == values(tn::matmul(a, b)));
  CHECK(tn::einsum("ii", make<float>({2, 2}, {1, 2, 3, 4}))->shape() == tn::shape{});
  CHECK(values(tn::einsum("ii", make<float>({2, 2}, {1, 2, 3, 4}))) == std::vector<double>{5});
}

TEST_CASE("einsum: an extent of 1 is repeated") {
  const auto a = make<double>({4, 1}, uniform(4, -1, 1)), b = make<double>({5, 3}, uniform(15, -1, 1, 2)), one = make<double>({1, 3}, uniform(3, -1, 1, 3));
  const auto close = [](const tn::result<tn::tensor<double>>& x, const tn::result<tn::tensor<double>>& y) {
    expect_within(values(x), values(y), y->shape(), [](std::size_t) { return 8 * 0x1p-52 * 5; });
  };
  close(tn::einsum("ij,jk->ik", a, b), tn::einsum("ij,jk->ik", a.expand({4, 5}), b));
  close(tn::einsum("ij,ij->ij", one, b), tn::einsum("ij,ij->ij", one.expand({5, 3}), b));
  CHECK(tn::einsum("ij,jk->ik", a, one)->shape() == tn::shape{4, 3});
}

TEST_CASE("einsum: NaN and infinities propagate, integers wrap") {
  const auto y = values(tn::einsum("ij,j->i", make<float>({3, 2}, {0, 1, NaN, 1, 1, 1}), make<float>({2}, {inf, 1})));
  CHECK((std::isnan(y[0]) && std::isnan(y[1]) && y[2] == inf));
  CHECK(values(tn::einsum("i,i->", make<std::int8_t>({3}, {100, 100, 100}), make<std::int8_t>({3}, {1, 1, 1}))) == std::vector<double>{44});
}

TEST_CASE("einsum takes expressions and results, and hands errors on") {
  const auto a = make<float>({2, 3}, uniform(6, -1, 1)), b = make<float>({3, 4}, uniform(12, -1, 1, 2));
  const auto want = values(tn::einsum("ij,jk->ik", a, b));
  CHECK(values(tn::einsum("ij,jk->ik", tn::lazy(a), tn::result<tn::tensor<float>>(b))) == want);
  CHECK(tn::einsum("ij,jk->ik", a[7], b).error().code() == tn::error_code::index_out_of_range);
  int refused = 0;
  for (;; ++refused) {
    tn::memory::fail_after(refused);
    const auto y = tn::einsum("ij,jk->k", a, b);
    tn::memory::fail_after(-1);
    if (y) break;
    REQUIRE(y.error().code() == tn::error_code::out_of_memory);
  }
  CHECK(refused >= 2);
}

TEST_CASE("einsum: errors") {
  const auto a = empty<float>({2, 3}), b = empty<float>({3, 4});
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  CHECK(message(tn::einsum("ij,kl", a)) == "einsum: \"ij,kl\" names more operands than the 1 given");
  CHECK(message(tn::einsum("ij->ij", a, b)) == "einsum: \"ij->ij\" names 1 operands, but 2 were given");
  CHECK(message(tn::einsum("ijk->i", a)) == "einsum: operand 0 has shape [2, 3], but \"ijk\" names 3 dimensions");
  CHECK(message(tn::einsum("i->i", a)) == "einsum: operand 0 has shape [2, 3], but \"i\" names 1 dimensions");
  CHECK(message(tn::einsum("i1->i", a)) == "einsum: operand 0 has shape [2, 3], but \"i1\" names 1 dimensions");
  CHECK(message(tn::einsum("i1j->i", a)) == "einsum: '1' is not an index; letters, one '...' per operand, ',' and '->' are");
  CHECK(message(tn::einsum("ij->iz", a)) == "einsum: the output of \"ij->iz\" must name each index once, and only indices of the operands");
  CHECK(message(tn::einsum("ij->ii", a)) == "einsum: the output of \"ij->ii\" must name each index once, and only indices of the operands");
  CHECK(message(tn::einsum("ij,ij->ij", a, b)) == "einsum: an index has extent 3 in operand 0 of shape [2, 3] and 4 in operand 1 of shape [3, 4]");
  CHECK(message(tn::einsum("ii->i", a)) == "einsum: an index repeats in operand 0 of shape [2, 3] with extents 2 and 3");
  const auto five = empty<float>({1, 2, 1, 2, 1});
  CHECK(message(tn::einsum("abcde,fghij->abcdefghij", five, five)) == "einsum: \"abcdefghij\" has more than 8 dimensions");
  CHECK(message(tn::einsum("abcde,fghij", five, five)) == "einsum: the result of \"abcde,fghij\" has more than 8 dimensions");
  for (const char* text : {"", ",", "->", "ij->ij->ij", "i..j", "......", "i...j...", "->...", "\1\2->\1", "ij,", ",ij", "i j - > i", "ij>i", "..."})
    CHECK(tn::einsum(text, a).has_value() == (std::string(text) == "..."));
  CHECK(tn::einsum("", a).error().code() == tn::error_code::shape_mismatch);
  CHECK(values(tn::einsum("->", make<float>({}, {3}))) == std::vector<double>{3});
  CHECK(values(tn::einsum(",->", make<float>({}, {3}), make<float>({}, {5}))) == std::vector<double>{15});
}

TEST_CASE("tensordot equals the definition in every layout") {
  check_tensordot({3, 4, 5}, {4, 3, 2}, {1, 0}, {0, 1}, {5, 2});
  check_tensordot({3, 4, 5}, {4, 3, 2}, {0}, {1}, {4, 5, 4, 2});
  check_tensordot({3, 4, 5}, {5, 4, 3}, {2}, {0}, {3, 4, 4, 3});
  check_tensordot({3, 4, 5}, {4, 5, 3}, {1, 2}, {0, 1}, {3, 3});
  check_tensordot({3, 4, 5}, {2, 3}, {}, {}, {3, 4, 5, 2, 3});
  check_tensordot({3, 4, 5}, {5, 3, 4}, {0, 1, 2}, {1, 2, 0}, {});
  check_tensordot({3, 0}, {0, 2}, {1}, {0}, {3, 2});
}

TEST_CASE("tensordot: forms and errors") {
  const auto a = make<double>({3, 4, 5}, uniform(60, -1, 1)), b = make<double>({4, 3, 2}, uniform(24, -1, 1, 2));
  const auto close = [](const tn::result<tn::tensor<double>>& x, const tn::result<tn::tensor<double>>& y) {
    const auto want = values(y);
    expect_within(values(x), want, y->shape(), [](std::size_t) { return 24 * 0x1p-52 * 12; });
    CHECK(x->shape() == y->shape());
  };
  close(tn::tensordot(a, b, {1, 0}, {0, 1}), tn::einsum("ijk,jil->kl", a, b));
  close(tn::tensordot(a, b, {0}, {-2}), tn::einsum("ijk,lim->jklm", a, b));
  close(tn::tensordot(a, tn::transpose(a, 0, 2), {-1}, {0}), tn::einsum("ijk,klm->ijlm", a, tn::transpose(a, 0, 2)));
  close(tn::tensordot(a, tn::permute(a, {1, 2, 0})), tn::einsum("ijk,jkl->il", a, tn::permute(a, {1, 2, 0})));      // two dimensions
  close(tn::tensordot(a, b, 0), tn::einsum("ijk,lmn->ijklmn", a, b));
  close(tn::tensordot(a, a, {0, 1, 2}, {0, 1, 2}), tn::einsum("ijk,ijk->", a, a));
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  CHECK(message(tn::tensordot(a, b, {0, 1}, {1})) == "tensordot: dims [0, 1] and [1] must be of equal length");
  CHECK(message(tn::tensordot(a, b, {0, 0}, {1, 1})) == "tensordot: dims [0, 0] and [1, 1] must not repeat a dimension");
  CHECK(message(tn::tensordot(a, b, {0}, {0})) == "tensordot: dim 0 of [3, 4, 5] and dim 0 of [4, 3, 2] have different extents");
  CHECK(tn::tensordot(a, b, {3}, {0}).error().code() == tn::error_code::dim_out_of_range);
  CHECK(tn::tensordot(a, b, 4).error().code() == tn::error_code::dim_out_of_range);
  CHECK(message(tn::tensordot(a, b, -1)) == "tensordot: the number of dimensions must lie in 0 .. 8, got -1");
  CHECK(tn::tensordot(a, b, INT32_MAX).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::tensordot(a[0], b[0], {}, {})->shape() == tn::shape{4, 5, 3, 2});
}

}  // namespace tenon_test::einsum_test

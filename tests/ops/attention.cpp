// test: device orders
#include <tenon/kernels/reference/attention.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/lazy.hpp>

#include "../support/turns.hpp"

#include <oneapi/tbb/global_control.h>

namespace tenon_test::attention_test {
namespace reference = tn::kernels::reference;

namespace {

enum class masking { none, boolean, additive };

// q (batch, heads, n, d)   k (batch, kv_heads, m, d)   v (batch, kv_heads, m, e)   mask: any shape that broadcasts to (batch, heads, n, m)
struct problem {
  index_t batch = 1, heads = 1, kv_heads = 1, n = 1, m = 1, d = 1, e = 1;
  tn::attention_options options = {};
  masking mask = masking::none;
  tn::shape mask_shape = {};

  tn::shape query() const { return {batch, heads, n, d}; }
  tn::shape key() const { return {batch, kv_heads, m, d}; }
  tn::shape value() const { return {batch, kv_heads, m, e}; }
  tn::shape result() const { return {batch, heads, n, e}; }
  double scale() const { return options.scale != 0 ? options.scale : d > 0 ? 1 / std::sqrt(static_cast<double>(d)) : 1; }
  // Where the mask's element for these coordinates lies.
  std::size_t mask_at(index_t b, index_t h, index_t i, index_t j) const {
    const index_t at[] = {b, h, i, j};
    index_t offset = 0;
    for (int s = 0; s < mask_shape.rank(); ++s) offset = offset * mask_shape[s] + (mask_shape[s] == 1 ? 0 : at[4 - mask_shape.rank() + s]);
    return static_cast<std::size_t>(offset);
  }
  bool in_reach(index_t i, index_t j) const {
    return (!options.causal || j <= i) && (options.window == 0 || (i - j < options.window && j - i < options.window));
  }
};

struct operands {
  std::vector<double> q, k, v, mask;
};
template <class T>
operands random_operands(const problem& p) {
  const auto count = [](const tn::shape& s) { return static_cast<std::size_t>(s.numel()); };
  operands o{rounded<T>(uniform(count(p.query()), -2, 2, 1)), rounded<T>(uniform(count(p.key()), -2, 2, 2)), rounded<T>(uniform(count(p.value()), -1, 1, 3)), {}};
  if (p.mask == masking::none) return o;
  o.mask = rounded<T>(uniform(count(p.mask_shape), -3, 3, 4));
  const auto chance = uniform(o.mask.size(), 0, 1, 5);
  for (std::size_t i = 0; i < o.mask.size(); ++i) {
    if (p.mask == masking::boolean) o.mask[i] = 1;
    if (chance[i] < 0.3) o.mask[i] = p.mask == masking::boolean ? 0 : -inf;
  }
  return o;
}

// The definition, and per row the bound: with S = the largest scale * sum |q| |k| + |mask| of the row,
// (2 (D + 6) S + 3 M + 16) u max|v|; where a GPU's tensor cores do it, (2 (2 D + 6) S + 4 M + 16) u max|v| + u_T max|v|.
struct expectation {
  std::vector<double> out, bound;
};
template <class T>
expectation expect(const problem& p, const operands& o) {
  expectation r;
  const double u = std::numeric_limits<tn::compute_t<T>>::epsilon() / 2;
  const bool tensor_cores = test_device != tn::device::cpu && tn::half_type<T>;
  const double width = static_cast<double>(tensor_cores ? 2 * p.d : p.d), keys = static_cast<double>(tensor_cores ? 4 * p.m : 3 * p.m);
  const double weight = tensor_cores ? to_double(std::numeric_limits<T>::epsilon()) / 2 : 0;
  std::vector<long double> out(static_cast<std::size_t>(p.n * p.e));
  const auto slice = [](const std::vector<double>& x, index_t at, index_t count) {
    return std::vector<long double>(x.begin() + at * count, x.begin() + (at + 1) * count);
  };
  for (index_t b = 0; b < p.batch; ++b)
    for (index_t h = 0; h < p.heads; ++h) {
      const index_t shared = b * p.kv_heads + (p.kv_heads > 0 ? h / (p.heads / p.kv_heads) : 0);
      const auto q = slice(o.q, b * p.heads + h, p.n * p.d), k = slice(o.k, shared, p.m * p.d), v = slice(o.v, shared, p.m * p.e);
      const auto visible = [&](index_t i, index_t j) { return p.in_reach(i, j) && (p.mask != masking::boolean || o.mask[p.mask_at(b, h, i, j)] != 0); };
      const auto bias = [&](index_t i, index_t j) { return p.mask == masking::additive ? o.mask[p.mask_at(b, h, i, j)] : 0.0; };
      reference::attention(out.data(), q.data(), k.data(), v.data(), p.n, p.m, p.d, p.e, static_cast<long double>(p.scale()), visible, bias);
      for (index_t i = 0; i < p.n; ++i) {
        double largest = 0, value = 0;
        for (index_t j = 0; j < p.m; ++j) {
          if (!visible(i, j) || bias(i, j) == -inf) continue;
          long double size = 0;
          for (index_t c = 0; c < p.d; ++c) size += std::fabs(q[static_cast<std::size_t>(i * p.d + c)] * k[static_cast<std::size_t>(j * p.d + c)]);
          largest = std::fmax(largest, static_cast<double>(size) * std::fabs(p.scale()) + std::fabs(bias(i, j)));
          for (index_t c = 0; c < p.e; ++c) value = std::fmax(value, std::fabs(static_cast<double>(v[static_cast<std::size_t>(j * p.e + c)])));
        }
        const double bound = ((2 * (width + 6) * largest + keys + 16) * u + weight) * value;
        for (index_t c = 0; c < p.e; ++c) {
          r.out.push_back(static_cast<double>(out[static_cast<std::size_t>(i * p.e + c)]));
          r.bound.push_back(bound + ulp<T>(r.out.back()) / 2);
        }
      }
    }
  return r;
}

template <class T>
tn::result<tn::tensor<T>> attend(const problem& p, const tn::tensor<T>& q, const tn::tensor<T>& k, const tn::tensor<T>& v, const std::vector<double>& mask) {
  if (p.mask == masking::boolean) return tn::scaled_dot_product_attention(q, k, v, make<bool>(p.mask_shape, mask), p.options);
  if (p.mask == masking::additive) return tn::scaled_dot_product_attention(q, k, v, make<T>(p.mask_shape, mask), p.options);
  return tn::scaled_dot_product_attention(q, k, v, p.options);
}
template <class T>
tn::result<tn::tensor<T>> attend(const problem& p, const operands& o) {
  return attend(p, make<T>(p.query(), o.q), make<T>(p.key(), o.k), make<T>(p.value(), o.v), o.mask);
}

// With q, k and v in unlike layouts; `all_dense`: besides, each of them dense, as a GPU wants them that copies pieces of 16 bytes.
template <class T>
void check(const problem& p, bool all_layouts = true, bool all_dense = false) {
  const auto o = random_operands<T>(p);
  const auto want = expect<T>(p, o);
  const auto q = layouts<T>(p.query(), o.q), k = layouts<T>(p.key(), o.k), v = layouts<T>(p.value(), o.v);
  const auto check_one = [&](std::size_t i, std::size_t next, std::size_t other) {
    INFO(tn::make_text(tn::dtype_of<T>, ", query ", p.query(), " ", q[i].name, ", key ", p.key(), " ", k[next].name, ", value ", p.value(), " ", v[other].name,
                       ", mask ", static_cast<int>(p.mask), " ", p.mask_shape, p.options.causal ? ", causal" : "", ", window ", p.options.window)
             .view());
    const auto y = attend<T>(p, q[i].x, k[next].x, v[other].x, o.mask);
    expect_within(values(y), want.out, p.result(), [&](std::size_t at) { return want.bound[at]; });
    REQUIRE(y->shape() == p.result());
  };
  for (const std::size_t i : turns(all_layouts ? q.size() : 1)) check_one(i, (i + 1) % k.size(), (i + 3) % v.size());
  if (all_dense) check_one(0, 0, 0);
}

template <class T>
void check_all() {
  check<T>({});
  check<T>({.batch = 2, .heads = 3, .kv_heads = 3, .n = 5, .m = 7, .d = 4, .e = 3});
  check<T>({.n = 67, .m = 131, .d = 17, .e = 9});                                              // more than one tile of rows and keys
  check<T>({.n = 131, .m = 37, .d = 8, .e = 16, .options = {.causal = true}});
  check<T>({.heads = 2, .kv_heads = 2, .n = 40, .m = 150, .d = 5, .e = 1, .options = {.causal = true}});
  check<T>({.n = 90, .m = 90, .d = 3, .e = 5, .options = {.window = 7}});
  check<T>({.n = 90, .m = 150, .d = 3, .e = 5, .options = {.causal = true, .window = 20}});
  check<T>({.n = 150, .m = 20, .d = 3, .e = 5, .options = {.window = 3}});                     // rows beyond every key: zeros
  check<T>({.heads = 6, .kv_heads = 2, .n = 9, .m = 11, .d = 4, .e = 4, .options = {.causal = true, .enable_gqa = true}});
  check<T>({.batch = 2, .heads = 4, .kv_heads = 1, .n = 3, .m = 33, .d = 4, .e = 4, .options = {.scale = 2, .enable_gqa = true}});
  check<T>({.n = 6, .m = 8, .d = 4, .e = 4, .options = {.scale = -0.5}});
  check<T>({.n = 3, .m = 5, .d = 0, .e = 2});                                                  // all scores are 0: the mean of the values
  check<T>({.n = 3, .m = 0, .d = 4, .e = 2});                                                  // no key: zeros
  for (const auto& empty : {problem{.batch = 0, .n = 2, .m = 3}, problem{.n = 0, .m = 3}, problem{.n = 2, .m = 3, .e = 0}, problem{.heads = 0, .kv_heads = 0}}) check<T>(empty);
  const index_t b = 2, h = 2, n = 35, m = 141;
  for (const auto kind : {masking::boolean, masking::additive})
    for (const auto& s : {tn::shape{}, tn::shape{m}, tn::shape{n, 1}, tn::shape{n, m}, tn::shape{h, n, m}, tn::shape{h, 1, 1}, tn::shape{b, 1, 1, m},
                          tn::shape{b, 1, n, m}, tn::shape{b, h, n, m}, tn::shape{1, 1, 1, 1}})
      for (const bool causal : {false, true})
        check<T>({.batch = b, .heads = h, .kv_heads = h, .n = n, .m = m, .d = 3, .e = 4, .options = {.causal = causal}, .mask = kind, .mask_shape = s}, false);
}

// f(problem, operands, the same with something planted in every key and value that is masked out)
template <class T, class F>
void for_each_planting(F f) {
  for (const auto kind : {masking::boolean, masking::additive, masking::none}) {
    problem p{.heads = 2, .kv_heads = 2, .n = 33, .m = 140, .d = 4, .e = 5, .mask = kind, .mask_shape = kind == masking::none ? tn::shape{} : tn::shape{140}};
    if (kind == masking::none) p.options.causal = true;                       // keys 33 .. 139 are hidden from all
    const auto o = random_operands<T>(p);
    const auto hidden = [&](std::size_t j) { return kind == masking::none ? j >= 33 : o.mask[j] == (kind == masking::boolean ? 0 : -inf); };
    for (const double plant : {NaN, inf, -inf, 3e38}) {
      auto spoiled = o;
      for (std::size_t h = 0; h < 2; ++h)
        for (std::size_t j = 0; j < 140; ++j)
          for (std::size_t c = 0; c < 5 && hidden(j); ++c) {
            spoiled.v[(h * 140 + j) * 5 + c] = plant;
            if (c < 4) spoiled.k[(h * 140 + j) * 4 + c] = plant;
          }
      INFO("mask " << static_cast<int>(kind) << ", planted " << plant);
      f(p, o, spoiled);
    }
  }
}

// 64 and 128 elements are what a GPU's tensor cores are given; less is filled up with zeros, and more goes another way.
template <class T>
void check_wide() {
  const auto wide = [](const problem& p, bool all_layouts = false) { check<T>(p, all_layouts, true); };
  wide({.heads = 2, .kv_heads = 2, .n = 130, .m = 200, .d = 64, .e = 64, .options = {.causal = true}}, true);
  wide({.batch = 2, .heads = 4, .kv_heads = 2, .n = 20, .m = 129, .d = 128, .e = 128, .options = {.enable_gqa = true}});
  wide({.n = 161, .m = 161, .d = 128, .e = 72, .options = {.causal = true, .window = 50}});
  wide({.n = 40, .m = 130, .d = 48, .e = 112, .options = {.scale = -0.25}}, true);
  wide({.heads = 4, .kv_heads = 4, .n = 260, .m = 20, .d = 64, .e = 64, .options = {.window = 3}});                                  // blocks without a key
  wide({.heads = 2, .kv_heads = 1, .n = 33, .m = 100, .d = 64, .e = 64, .options = {.enable_gqa = true}, .mask = masking::boolean, .mask_shape = {33, 100}});
  wide({.heads = 2, .kv_heads = 2, .n = 33, .m = 100, .d = 128, .e = 128, .options = {.causal = true}, .mask = masking::additive, .mask_shape = {2, 33, 100}});
  wide({.n = 5, .m = 9, .d = 136, .e = 8});
  // (batch, n, heads, d), as projections leave it: heads lie inside, and rows are still dense.
  const problem p{.batch = 2, .heads = 3, .kv_heads = 3, .n = 35, .m = 70, .d = 64, .e = 64};
  const auto o = random_operands<T>(p);
  const auto inside = [](const tn::tensor<T>& x) {
    auto y = empty<T>({x.size(0), x.size(2), x.size(1), x.size(3)});
    auto turned = tn::unwrap(y.transpose(1, 2));
    fill(turned, values(x));
    return turned;
  };
  const auto want = expect<T>(p, o);
  const auto y = attend<T>(p, inside(make<T>(p.query(), o.q)), inside(make<T>(p.key(), o.k)), inside(make<T>(p.value(), o.v)), {});
  expect_within(values(y), want.out, p.result(), [&](std::size_t at) { return want.bound[at]; });
}

}  // namespace

TEST_CASE("attention equals the definition: float", "[device]") { check_all<float>(); }
TEST_CASE("attention equals the definition: double", "[device]") { check_all<double>(); }
TEST_CASE("attention equals the definition: half", "[device]") { check_all<tn::half>(); }
TEST_CASE("attention equals the definition: bfloat16", "[device]") { check_all<tn::bfloat16>(); }

TEST_CASE("attention of 64 and 128 elements, and of others: half types", "[device]") {
  check_wide<tn::half>();
  check_wide<tn::bfloat16>();
}

TEST_CASE("attention: an additive mask of the lowest finite number leaves the mean where it hides all, and no more", "[device]") {
  const auto lowest = to_double(std::numeric_limits<tn::bfloat16>::lowest());
  problem p{.n = 20, .m = 70, .d = 8, .e = 4, .mask = masking::additive, .mask_shape = {70}};
  auto o = random_operands<tn::bfloat16>(p);
  o.mask.assign(70, lowest);
  for (std::size_t i = 0; i < o.v.size(); ++i) o.v[i] = static_cast<double>(i / 4 % 2);          // the mean is a half
  for (const double y : values(attend<tn::bfloat16>(p, o))) REQUIRE(y == 0.5);
  for (std::size_t j = 0; j < 70; j += 2) o.mask[j] = 0;                                           // those with value 0
  for (const double y : values(attend<tn::bfloat16>(p, o))) REQUIRE(y == 0);
}

TEST_CASE("attention of every number of queries and keys", "[device]") {
  for (index_t n = 1; n <= 67; n += n < 20 ? 1 : 7)
    for (index_t m = 1; m <= 67; m += m < 20 ? 3 : 11) check<float>({.n = n, .m = m, .d = 5, .e = 7, .options = {.causal = true}}, false);
  for (index_t width = 1; width <= 67; ++width) check<float>({.n = 3, .m = 9, .d = width, .e = 68 - width}, false);
}

TEST_CASE("attention of two, three and five dimensions; keys shared by a batch", "[device]") {
  const problem p{.batch = 3, .heads = 2, .kv_heads = 2, .n = 4, .m = 6, .d = 5, .e = 3};
  const auto o = random_operands<float>(p);
  const auto q = make<float>(p.query(), o.q), k = make<float>(p.key(), o.k), v = make<float>(p.value(), o.v);
  const auto want = values(tn::scaled_dot_product_attention(q, k, v));
  CHECK(values(tn::scaled_dot_product_attention(q.view({3, 2, 1, 4, 5}), k.view({3, 2, 1, 6, 5}), v.view({3, 2, 1, 6, 3}))) == want);
  CHECK(values(tn::scaled_dot_product_attention(q.view({6, 4, 5}), k.view({6, 6, 5}), v.view({6, 6, 3}))) == want);
  const auto first = values(tn::scaled_dot_product_attention(q.view({6, 4, 5})->select(0, 5), k.view({6, 6, 5})->select(0, 5), v.view({6, 6, 3})->select(0, 5)));
  CHECK(std::equal(first.begin(), first.end(), want.end() - 12));
  CHECK(values(tn::flash_attention(q, k[0]->unsqueeze(0), v[0]->unsqueeze(0))) ==
        values(tn::flash_attention(q, k[0]->expand({3, 2, 6, 5}), v[0]->expand({3, 2, 6, 3}))));
}

TEST_CASE("attention: a row that sees no key is zero, whatever hides the keys", "[device]") {
  const problem p{.n = 40, .m = 50, .d = 4, .e = 3};
  auto o = random_operands<float>(p);
  const std::vector<double> none(50, 0.0), lowest(50, -inf), zeros(120, 0.0);
  for (const bool causal : {false, true}) {
    auto hidden = p;
    hidden.options.causal = causal;
    hidden.mask_shape = {50};
    hidden.mask = masking::boolean, o.mask = none;
    expect_equal(values(attend<float>(hidden, o)), zeros, p.result());
    hidden.mask = masking::additive, o.mask = lowest;
    expect_equal(values(attend<float>(hidden, o)), zeros, p.result());
  }
  // Causal and padding together: the first ten keys are padding, so rows 0 .. 9 see nothing.
  auto padded = p;
  padded.options.causal = true, padded.mask = masking::boolean, padded.mask_shape = {50};
  o.mask.assign(50, 1.0);
  std::fill(o.mask.begin(), o.mask.begin() + 10, 0.0);
  const auto y = values(attend<float>(padded, o));
  for (std::size_t i = 0; i < y.size(); ++i) CHECK((y[i] == 0) == (i < 30));
}

TEST_CASE("attention: NaN and infinities in keys and values that are masked out never reach the result", "[device]") {
  for_each_planting<float>([](const problem& p, const operands& o, const operands& spoiled) {
    expect_equal(values(attend<float>(p, spoiled)), values(attend<float>(p, o)), p.result());
  });
  // A GPU may do such a row again in another order: the bound is what both keep.
  const auto within_bound = []<class T>(tn::type_tag<T>) {
    for_each_planting<T>([](const problem& p, const operands& o, const operands& spoiled) {
      const auto want = expect<T>(p, o);
      expect_within(values(attend<T>(p, spoiled)), want.out, p.result(), [&](std::size_t i) { return want.bound[i]; });
    });
  };
  within_bound(tn::type_tag<tn::half>{});
  within_bound(tn::type_tag<tn::bfloat16>{});
}

TEST_CASE("attention: nor do they with dropout") {
  for_each_planting<float>([](problem p, const operands&, const operands& spoiled) {
    p.options.dropout_p = 0.5;
    for (const double y : values(attend<float>(p, spoiled))) REQUIRE(std::isfinite(y));
  });
}

TEST_CASE("attention: a causal row does not feel what later keys hold; a row that sees NaN is NaN", "[device]") {
  const problem p{.n = 70, .m = 70, .d = 3, .e = 2, .options = {.causal = true}};
  const auto o = random_operands<float>(p);
  const auto clean = values(attend<float>(p, o));
  for (const std::size_t key : {0u, 1u, 15u, 16u, 40u, 69u})
    for (const bool in_key : {false, true})
      for (const double plant : {NaN, inf}) {
        auto spoiled = o;
        (in_key ? spoiled.k[key * 3] : spoiled.v[key * 2]) = plant;
        const auto y = values(attend<float>(p, spoiled));
        for (std::size_t i = 0; i < 140; ++i) {
          if (i / 2 < key || (!in_key && i % 2 == 1))
            REQUIRE(y[i] == clean[i]);
          else if (std::isnan(plant) || !in_key)
            REQUIRE(!std::isfinite(y[i]));
        }
      }
  // Seen means seen: also with a weight that vanishes, masked neighbours or not.
  problem far{.n = 1, .m = 3, .d = 1, .e = 1, .options = {.scale = 1}, .mask = masking::boolean, .mask_shape = {3}};
  for (const double third : {0.0, 1.0}) {
    const operands vanishing{{1}, {0, -1000, 0}, {1, NaN, 2}, {1, 1, third}};
    CHECK(std::isnan(values(attend<float>(far, vanishing))[0]));
  }
}

TEST_CASE("attention: rows whose true scores all lie far below zero are ordinary rows", "[device]") {
  for (const double offset : {-1.2e4, -3e4, 5e4}) {
    problem p{.n = 20, .m = 33, .d = 2, .e = 3, .options = {.scale = 1}};
    auto o = random_operands<double>(p);
    for (std::size_t i = 0; i < o.q.size(); i += 2) o.q[i] = 1;
    for (std::size_t i = 0; i < o.k.size(); i += 2) o.k[i] = offset;            // q . k = offset + q1 k1
    for (auto* x : {&o.q, &o.k, &o.v}) *x = rounded<float>(*x);
    for (const bool causal : {false, true}) {
      p.options.causal = causal;
      const auto want = expect<float>(p, o), fine = expect<double>(p, o);
      expect_within(values(attend<float>(p, o)), want.out, p.result(), [&](std::size_t i) { return want.bound[i]; });
      expect_within(values(attend<double>(p, o)), fine.out, p.result(), [&](std::size_t i) { return fine.bound[i]; });
      CHECK(fine.bound[0] < 1e-6);
    }
  }
}

TEST_CASE("attention: the size of a tile changes the rounding, never the meaning; threads and batch change nothing") {
  const oneapi::tbb::global_control allow(oneapi::tbb::global_control::max_allowed_parallelism, 7);
  problem p{.batch = 3, .heads = 4, .kv_heads = 2, .n = 70, .m = 190, .d = 16, .e = 8, .options = {.causal = true, .enable_gqa = true}, .mask = masking::additive,
            .mask_shape = {3, 1, 70, 190}};
  const auto o = random_operands<float>(p);
  const auto want = expect<float>(p, o);
  for (const index_t block : {1, 2, 7, 32, 100, 128, 190, 1000}) {
    INFO("block_size " << block);
    p.options.block_size = block;
    expect_within(values(attend<float>(p, o)), want.out, p.result(), [&](std::size_t i) { return want.bound[i]; });
  }
  p.options.block_size = 0;
  const auto all = values(attend<float>(p, o));
  for (const int threads : {1, 2, 3, 7}) oneapi::tbb::task_arena(threads).execute([&] { REQUIRE(values(attend<float>(p, o)) == all); });
}

TEST_CASE("attention dropout: rate, scale, and the same numbers for any tile and any number of threads") {
  const oneapi::tbb::global_control allow(oneapi::tbb::global_control::max_allowed_parallelism, 7);
  const index_t n = 96;
  const std::size_t count = 2 * 96 * 96;
  std::vector<double> identity(count);                                          // values that show the weights themselves
  for (std::size_t i = 0; i < count; ++i) identity[i] = i / 96 % 96 == i % 96 ? 1 : 0;
  const auto q = make<float>({2, n, 4}, uniform(2 * 96 * 4, -1, 1)), k = make<float>({2, n, 4}, uniform(2 * 96 * 4, -1, 1, 2)), v = make<float>({2, n, n}, identity);
  const auto weights = values(tn::scaled_dot_product_attention(q, k, v));
  for (const double rate : {0.1, 0.5, 0.9}) {
    tn::manual_seed(17);
    const auto dropped = values(tn::scaled_dot_product_attention(q, k, v, {.dropout_p = rate}));
    std::size_t zeros = 0;
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      zeros += dropped[i] == 0;
      sum += dropped[i];
      if (dropped[i] != 0) REQUIRE(dropped[i] == Approx(weights[i] / (1 - rate)).epsilon(1e-6));
    }
    const double spread = std::sqrt(rate * (1 - rate) / static_cast<double>(count));              // six standard deviations
    CHECK(std::fabs(static_cast<double>(zeros) / static_cast<double>(count) - rate) < 6 * spread);
    CHECK(std::fabs(sum / (2 * 96) - 1) < 6 * spread / (1 - rate) * 2);                           // the rows still sum to 1, on average
    CHECK(!std::equal(dropped.begin(), dropped.begin() + count / 2, dropped.begin() + count / 2));
    CHECK(values(tn::scaled_dot_product_attention(q, k, v, {.dropout_p = rate})) != dropped);     // the sequence has moved on
    tn::manual_seed(17);
    CHECK(values(tn::scaled_dot_product_attention(q, k, v, {.dropout_p = rate})) == dropped);
    for (const index_t block : {5, 64}) {
      tn::manual_seed(17);
      const auto tiled = values(tn::scaled_dot_product_attention(q, k, v, {.dropout_p = rate, .block_size = block}));
      for (std::size_t i = 0; i < count; ++i) REQUIRE((tiled[i] == 0) == (dropped[i] == 0));
    }
    for (const int threads : {1, 3}) {
      tn::manual_seed(17);
      oneapi::tbb::task_arena(threads).execute([&] { CHECK(values(tn::scaled_dot_product_attention(q, k, v, {.dropout_p = rate})) == dropped); });
    }
  }
  CHECK(values(tn::scaled_dot_product_attention(q, k, v, {.dropout_p = 1})) == std::vector<double>(count, 0.0));
}

TEST_CASE("attention of 32768 tokens: memory linear in the sequence") {
#if defined(TENON_TEST_REDUCED)
  const index_t tokens = 4096;
  const std::size_t scratch = std::size_t{512} << 10;
#else
  const index_t tokens = 32768;
  const std::size_t scratch = std::size_t{2} << 20;
#endif
  const index_t width = 8;
  const auto x = make<float>({tokens, width}, uniform(static_cast<std::size_t>(tokens * width), -1, 1));
  oneapi::tbb::task_arena(2).execute([&] {
    tn::memory::reset_peak();
    const auto before = tn::memory::statistics();
    const auto y = tn::flash_attention(x, x, x, {.causal = true});
    REQUIRE(y);
    const auto after = tn::memory::statistics();
    INFO("a peak of " << after.peak - before.peak << " bytes");
    const std::size_t result = static_cast<std::size_t>(tokens * width) * sizeof(float), scores = static_cast<std::size_t>(tokens * tokens) * sizeof(float);
    CHECK(after.peak - before.peak <= result + scratch);
    CHECK(scores > 100 * (result + scratch));                                     // 4 GiB for 32768 tokens
    CHECK(after.calls - before.calls <= 2);                                       // the result and the scratch
    expect_equal(values(y->select(0, 0)), values(x[0]), {width});                 // row 0 sees itself alone
  });
}

TEST_CASE("attention: forms, lazy operands, targets", "[device]") {
  const problem p{.batch = 2, .heads = 3, .kv_heads = 3, .n = 6, .m = 9, .d = 4, .e = 4};
  const auto o = random_operands<float>(p);
  auto q = make<float>(p.query(), o.q);
  const auto k = make<float>(p.key(), o.k), v = make<float>(p.value(), o.v);
  const auto mask = make<bool>({6, 9}, std::vector<double>(54, 1.0));
  const auto want = values(tn::scaled_dot_product_attention(q, k, v));
  CHECK(values(tn::scaled_dot_product_attention(tn::lazy(q), tn::result<tn::tensor<float>>(k), v)) == want);
  CHECK(values(tn::scaled_dot_product_attention(q, k, v, tn::none, {})) == want);
  CHECK(values(tn::flash_attention(q, k, v, mask)) == want);
  CHECK(values(tn::flash_attention(q, k, v)) == want);
  for (auto& [name, out] : layouts<float>(p.result(), std::vector<double>(want.size(), 7.0))) {
    INFO(name);
    REQUIRE(tn::scaled_dot_product_attention_into(out, q, k, v));
    CHECK(values(out) == want);
    REQUIRE(tn::scaled_dot_product_attention_into(out, q, k, v, mask));
    CHECK(values(out) == want);
  }
  REQUIRE(tn::scaled_dot_product_attention_into(q, q, k, v));                      // out is the query
  CHECK(values(q) == want);
}

TEST_CASE("attention: a refused allocation is an error, whichever it is") {
  const auto x = make<float>({9, 4}, uniform(36, -1, 1));
  int refused = 0;
  for (;; ++refused) {
    tn::memory::fail_after(refused);
    const auto y = tn::flash_attention(x, x, x);
    tn::memory::fail_after(-1);
    if (y) break;
    REQUIRE(y.error().code() == tn::error_code::out_of_memory);
  }
  CHECK(refused == 2);
}

TEST_CASE("attention: errors") {
  const auto q = empty<float>({2, 4, 5, 8}), k = empty<float>({2, 4, 7, 8}), v = empty<float>({2, 4, 7, 3}), pair = empty<float>({2, 2, 7, 8}), pair_v = empty<float>({2, 2, 7, 3});
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  const std::string expected = " (expected (..., N, D), (..., M, D), (..., M, E))";
  CHECK(message(tn::flash_attention(q, k[0], v)) ==
        "flash_attention: query, key and value need one rank, 2 or more: query [2, 4, 5, 8], key [4, 7, 8], value [2, 4, 7, 3]" + expected);
  CHECK(message(tn::flash_attention(q, v, v)) ==
        "flash_attention: query and key vectors differ in length: query [2, 4, 5, 8], key [2, 4, 7, 3], value [2, 4, 7, 3]" + expected);
  CHECK(message(tn::flash_attention(q, k, q)) ==
        "flash_attention: there must be one value for each key: query [2, 4, 5, 8], key [2, 4, 7, 8], value [2, 4, 5, 8]" + expected);
  CHECK(message(tn::flash_attention(q, pair, pair_v)) ==
        "flash_attention: leading dimensions do not fit (grouped heads need enable_gqa): query [2, 4, 5, 8], key [2, 2, 7, 8], value [2, 2, 7, 3]" + expected);
  CHECK(message(tn::flash_attention(q, k, v, empty<bool>({5, 6}))) ==
        "flash_attention: shapes [2, 4, 5, 7] and [5, 6] do not broadcast: counted from the end, dimension 1 is 7 and 6 (they must be equal, or one of them 1)");
  CHECK(message(tn::flash_attention(empty<float>({5, 8}), empty<float>({7, 8}), empty<float>({7, 3}), empty<bool>({2, 5, 7}))) ==
        "flash_attention: mask [2, 5, 7] does not broadcast to the scores [5, 7]");
  CHECK(message(tn::flash_attention(q, k, v, {.dropout_p = 1.5})) == "flash_attention: dropout_p is 1.5, but a probability lies in 0 .. 1");
  CHECK(tn::flash_attention(q, k, v, {.dropout_p = NaN}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::flash_attention(q, k, v, {.scale = NaN}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::flash_attention(q, k, v, {.window = -1}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::flash_attention(q, k, v, {.block_size = -1}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::flash_attention(q, k, v, {.block_size = INT64_MAX}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::flash_attention(q, k, v, {.window = INT64_MAX}).has_value());
  CHECK(tn::flash_attention(q[5], k, v).error().code() == tn::error_code::index_out_of_range);
  auto wrong = empty<float>({2, 4, 5, 8});
  CHECK(tn::scaled_dot_product_attention_into(wrong, q, k, v).error().code() == tn::error_code::shape_mismatch);
}

// A block of a GPU's grid then does one head after the other: what it keeps of the first must not be written over too early.
TEST_CASE("more heads than a grid has blocks: each as among fewer", "[device]") {
  constexpr index_t heads = 200, half = heads / 2;
  const auto x = [&](index_t rows, std::uint64_t seed) { return make<float>({heads, rows, 4}, uniform(static_cast<std::size_t>(heads * rows * 4), -2, 2, seed)); };
  const auto q = x(9, 1), k = x(40, 2), v = x(40, 3);
  const auto all = tn::unwrap(tn::flash_attention(q, k, v));
  for (const index_t first : {index_t{0}, half}) {
    const auto part = [&](const auto& t) { return tn::unwrap(t.narrow(0, first, half)); };
    CHECK(values(tn::flash_attention(part(q), part(k), part(v))) == values(part(all)));
  }
}

}  // namespace tenon_test::attention_test

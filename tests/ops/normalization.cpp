// test: device
#include <tenon/ops/normalization.hpp>

#include "../support/cases.hpp"

using namespace tenon_test;

namespace {

struct row_moments {
  long double mean = 0, var = 0;
};
template <class Index>
row_moments moments(const std::vector<double>& x, const std::vector<Index>& at) {
  row_moments m;
  for (const auto i : at) m.mean += x[i];
  m.mean /= static_cast<long double>(at.size());
  for (const auto i : at) m.var += (x[i] - m.mean) * (x[i] - m.mean);
  m.var /= static_cast<long double>(at.size());
  return m;
}

// The documented bound of one element.
template <class T>
double bound(const row_moments& m, double eps, double weight, double y) {
  const double u = std::numeric_limits<tn::compute_t<T>>::epsilon() / 2, scale = 1 / std::sqrt(static_cast<double>(m.var) + eps);
  return 8 * u * std::fmax(1, std::fabs(static_cast<double>(m.mean)) * scale) * std::fabs(weight) * (1 + std::fabs(y)) + ulp<T>(y);
}

// Any of the norms over groups of elements: `group(i)` is the statistics' owner, `entry(i)` the weight's index.
template <class T, class Group, class Entry>
void expect_normalized(const tn::result<tn::tensor<T>>& got, const std::vector<double>& x, const tn::shape& s, std::size_t groups, double eps,
                       const std::vector<double>& w, const std::vector<double>& b, Group group, Entry entry) {
  std::vector<std::vector<std::size_t>> members(groups);
  for (std::size_t i = 0; i < x.size(); ++i) members[group(i)].push_back(i);
  std::vector<row_moments> m;
  for (const auto& list : members) m.push_back(moments(x, list));
  std::vector<double> want(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto& g = m[group(i)];
    want[i] = static_cast<double>((x[i] - g.mean) / std::sqrt(g.var + eps) * w[entry(i)] + b[entry(i)]);
  }
  expect_within(values(got), want, s, [&](std::size_t i) { return bound<T>(m[group(i)], eps, w[entry(i)], want[i] - b[entry(i)]) + ulp<T>(want[i]); });
}

template <class T>
void check_batch_norm() {
  const tn::shape s{3, 6, 4, 5};
  const auto x = rounded<T>(uniform(360, -2, 3, 4)), w = rounded<T>(uniform(6, -1, 1, 5)), b = rounded<T>(uniform(6, -1, 1, 6));
  const auto channel = [](std::size_t i) { return i / 20 % 6; };
  for (const auto& [name, t] : layouts<T>(s, x)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name);
    expect_normalized<T>(tn::batch_norm(t, tn::none, tn::none, make<T>({6}, w), make<T>({6}, b), {.training = true}), x, s, 6, 1e-5, w, b, channel, channel);
  }
}

template <class T>
void check_row_norms() {
  for (const index_t n : {1, 7, 16, 33, 100}) {
    const tn::shape s{5, n};
    const auto x = rounded<T>(uniform(static_cast<std::size_t>(5 * n), -2, 3, 1));
    const auto w = rounded<T>(uniform(static_cast<std::size_t>(n), -1, 1, 2)), b = rounded<T>(uniform(static_cast<std::size_t>(n), -1, 1, 3));
    const auto N = static_cast<std::size_t>(n);
    for (const auto& [name, t] : layouts<T>(s, x)) {
      INFO(tn::name_of(tn::dtype_of<T>) << " layer_norm, " << name << ", n = " << n);
      expect_normalized<T>(tn::layer_norm(t, {n}, make<T>({n}, w), make<T>({n}, b)), x, s, 5, 1e-5, w, b, [N](std::size_t i) { return i / N; },
                           [N](std::size_t i) { return i % N; });
    }
  }
  const tn::shape s{3, 6, 4, 5};
  const auto x = rounded<T>(uniform(360, -2, 3, 4)), w = rounded<T>(uniform(6, -1, 1, 5)), b = rounded<T>(uniform(6, -1, 1, 6));
  const auto channel = [](std::size_t i) { return i / 20 % 6; };
  for (const auto& [name, t] : layouts<T>(s, x)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name);
    expect_normalized<T>(tn::group_norm(t, 3, make<T>({6}, w), make<T>({6}, b)), x, s, 9, 1e-5, w, b, [](std::size_t i) { return i / 40; }, channel);
    expect_normalized<T>(tn::instance_norm(t, tn::none, tn::none, make<T>({6}, w), make<T>({6}, b)), x, s, 18, 1e-5, w, b, [](std::size_t i) { return i / 20; }, channel);
  }
  // Channels without pixels.
  const auto flat = rounded<T>(uniform(24, -2, 3, 7));
  expect_normalized<T>(tn::group_norm(make<T>({4, 6}, flat), 2, make<T>({6}, w), make<T>({6}, b)), flat, {4, 6}, 8, 1e-5, w, b,
                       [](std::size_t i) { return i / 3; }, [](std::size_t i) { return i % 6; });
}

}  // namespace

TEST_CASE("layer, group and instance norm equal the definition in every layout", "[device]") {
  check_row_norms<float>();
  check_row_norms<double>();
  check_row_norms<tn::half>();
  check_row_norms<tn::bfloat16>();
}

// Lengths around what a warp and each block of a GPU keep; rows, weights and results that begin at a whole vector, and behind one.
TEMPLATE_TEST_CASE("layer norm of dense rows of every length and alignment", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  for (const index_t n : {8, 24, 256, 264, 2048, 2056, 4096, 4104, 8192, 8200}) {
    const auto N = static_cast<std::size_t>(n);
    const auto x = rounded<T>(uniform(2 * N, -2, 3, 1)), w = rounded<T>(uniform(N, -1, 1, 2)), b = rounded<T>(uniform(N, -1, 1, 3));
    const auto at = [](index_t offset, const std::vector<double>& v) {
      auto t = tn::unwrap(empty<T>({static_cast<index_t>(v.size()) + 1}).narrow(0, offset, static_cast<index_t>(v.size())));
      fill(t, v);
      return t;
    };
    for (const auto& [rows, weights] : {std::pair<index_t, index_t>{0, 0}, {1, 0}, {0, 1}}) {
      INFO("n = " << n << ", rows behind " << rows << ", weights behind " << weights);
      expect_normalized<T>(tn::layer_norm(tn::unwrap(at(rows, x).view({2, n})), {n}, at(weights, w), at(weights, b)), x, {2, n}, 2, 1e-5, w, b,
                           [N](std::size_t i) { return i / N; }, [N](std::size_t i) { return i % N; });
    }
    // One weight for a whole number of vectors, and for half of one.
    for (const index_t pixels : {8, 4}) {
      const std::vector<double> w2(w.begin(), w.begin() + n / pixels), b2(b.begin(), b.begin() + n / pixels);
      const auto P = static_cast<std::size_t>(pixels);
      expect_normalized<T>(tn::group_norm(make<T>({2, n / pixels, pixels}, x), 1, make<T>({n / pixels}, w2), make<T>({n / pixels}, b2)), x, {2, n / pixels, pixels}, 2,
                           1e-5, w2, b2, [N](std::size_t i) { return i / N; }, [N, P](std::size_t i) { return i % N / P; });
    }
  }
}

TEST_CASE("batch_norm equals the definition in every layout", "[device]") {
  check_batch_norm<float>();
  check_batch_norm<double>();
  check_batch_norm<tn::half>();
  check_batch_norm<tn::bfloat16>();
}

TEST_CASE("rms_norm", "[device]") {
  const auto y = values(tn::rms_norm(make<double>({2, 2}, {3, 4, 0, 0}), {2}, make<double>({2}, {1, 2})));
  CHECK(y[0] == Approx(3 / std::sqrt(12.5)));
  CHECK(y[1] == Approx(8 / std::sqrt(12.5)));
  CHECK((y[2] == 0 && y[3] == 0));
}

TEST_CASE("layer_norm with a mean that dwarfs the spread", "[device]") {
  std::vector<double> x(4096);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1e6 + static_cast<double>(i % 8);            // exact in float
  const std::vector<double> one(4096, 1.0), zero(4096, 0.0);
  expect_normalized<float>(tn::layer_norm(make<float>({1, 4096}, x), {4096}), x, {1, 4096}, 1, 1e-5, one, zero, [](std::size_t) { return 0; },
                           [](std::size_t i) { return i; });
}

TEST_CASE("batch_norm: running statistics", "[device]") {
  auto mean = make<float>({2}, {1, 2}), var = make<float>({2}, {4, 9});
  const auto x = make<float>({2, 2}, {1, 2, 3, 6});
  expect_ulp<float>(values(tn::batch_norm(x, mean, var, {.eps = 0})), {0, 0, 1, 4.0 / 3}, {2, 2}, 2);
  CHECK(values(mean) == std::vector<double>{1, 2});                                            // not changed without training
  REQUIRE(tn::batch_norm(x, mean, var, {.training = true, .momentum = 0.5}));
  CHECK(values(mean) == std::vector<double>{1.5, 3});                                          // batch means 2, 4
  CHECK(values(var) == std::vector<double>{3, 8.5});                                           // unbiased variances 2, 8
  CHECK(tn::batch_norm(x, tn::none, tn::none).error().message() ==
        "batch_norm: without training, running_mean and running_var are needed");
  CHECK(tn::batch_norm(make<float>({1, 2}, {1, 2}), mean, var, {.training = true}).error().code() == tn::error_code::invalid_argument);
}

TEST_CASE("batch_norm: statistics of more elements than one block of a GPU adds up", "[device]") {
  for (const index_t pixels : {30001, 4}) {                                                    // one image in parts; images in parts
    const index_t batch = pixels == 4 ? 5003 : 1, n = batch * pixels;
    std::vector<double> x(static_cast<std::size_t>(2 * n));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 100 + static_cast<double>(i * i % 257);  // whole numbers: float holds the sums' terms
    long double sum[2] = {}, squares[2] = {};
    const auto channel = [&](std::size_t i) { return i / static_cast<std::size_t>(pixels) % 2; };
    for (std::size_t i = 0; i < x.size(); ++i) sum[channel(i)] += x[i], squares[channel(i)] += x[i] * x[i];
    auto mean = make<float>({2}, {0, 0}), var = make<float>({2}, {0, 0});
    REQUIRE(tn::batch_norm(make<float>({batch, 2, pixels}, x), mean, var, {.training = true, .momentum = 1}));
    for (std::size_t c = 0; c < 2; ++c) {
      const auto m = sum[c] / n, v = (squares[c] - sum[c] * m) / (n - 1);
      CHECK(values(mean)[c] == Approx(static_cast<double>(m)).epsilon(4 * 0x1p-24));            // u each: sum, quotient, correction, product
      CHECK(values(var)[c] == Approx(static_cast<double>(v)).epsilon(32 * 0x1p-24));            // the CPU adds 16 squares to a lane, and 6 times lanes
    }
  }
}

TEST_CASE("normalization: a variance that overflows gives the bias, as in PyTorch, and infinite means are kept", "[device]") {
  const auto x = make<float>({2, 4}, {1e30, -1, 2, 3, -1, 1, -1, 1});
  CHECK(values(tn::layer_norm(x, {4}, tn::none, make<float>({4}, {7, 7, 7, 7}), {.eps = 0})) == std::vector<double>{7, 7, 7, 7, 6, 8, 6, 8});
  CHECK(values(tn::rms_norm(make<float>({2}, {1e30, 1}), {2})) == std::vector<double>{0, 0});
  auto mean = make<float>({1}, {0}), var = make<float>({1}, {1});
  REQUIRE(tn::batch_norm(make<float>({3, 1}, {-inf, 1, 2}), mean, var, {.training = true}));
  CHECK(values(mean) == std::vector<double>{-inf});
}

TEST_CASE("normalization: special values, empty tensors, in place, errors", "[device]") {
  auto x = make<float>({3, 4}, {1, 2, 3, 4, 1, NaN, 3, 4, 5, 5, 5, 5});
  const auto y = values(tn::layer_norm(x, {4}));
  for (std::size_t i = 0; i < 12; ++i) CHECK(std::isnan(y[i]) == (i / 4 == 1));
  CHECK((y[8] == 0 && y[11] == 0));
  REQUIRE(tn::layer_norm_into(x, x, {4}, tn::none, tn::none));
  const auto in_place = values(x);
  for (std::size_t i = 0; i < 12; ++i) CHECK((in_place[i] == y[i] || (std::isnan(in_place[i]) && std::isnan(y[i]))));
  CHECK(tn::layer_norm(empty<float>({0, 4}), {4})->numel() == 0);
  CHECK(tn::layer_norm(empty<float>({4, 0}), {0})->numel() == 0);
  CHECK(tn::layer_norm(x, {3}).error().message() == "layer_norm: normalized_shape [3] must be the last dimensions of input [3, 4]");
  CHECK(tn::group_norm(x, 3).error().message() == "group_norm: groups 3 must divide the 4 channels of [3, 4]");
  CHECK(tn::layer_norm(x, {4}, make<float>({3}, {1, 1, 1}), tn::none).error().message() == "layer_norm: weight [3] must have shape [4]");
}

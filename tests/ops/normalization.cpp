// test: device
#include <tenon/kernels/reference/normalization.hpp>
#include <tenon/ops/normalization.hpp>

#include "../support/cases.hpp"

namespace tenon_test::normalization_test {
namespace reference = tn::kernels::reference;

namespace {

using number = long double;
using moments = reference::moments<number>;
using numbers = std::vector<number>;

numbers wide(const std::vector<double>& v) { return {v.begin(), v.end()}; }

// The documented bound of one element, whose mean and 1 / sqrt(var + eps) are given.
template <class T>
double bound(double mean, double scale, double weight, double y) {
  const double u = std::numeric_limits<tn::compute_t<T>>::epsilon() / 2;
  return 8 * u * std::fmax(1, std::fabs(mean) * scale) * std::fabs(weight) * (1 + std::fabs(y)) + ulp<T>(y);
}

// `normalize(y)` is the reference. Element i has the statistics group(i), and entry(i) of w and b.
template <class T, class Normalize, class Group, class Entry>
void expect_normalized(const tn::result<tn::tensor<T>>& got, const tn::shape& s, const std::vector<moments>& m, const std::vector<double>& w,
                       const std::vector<double>& b, double eps, Normalize normalize, Group group, Entry entry) {
  numbers y(static_cast<std::size_t>(s.numel()));
  normalize(y.data());
  const std::vector<double> want(y.begin(), y.end());
  expect_within(values(got), want, s, [&](std::size_t i) {
    const auto& of = m[group(i)];
    const double scale = 1 / std::sqrt(static_cast<double>(of.var) + eps);
    return bound<T>(static_cast<double>(of.mean), scale, w[entry(i)], want[i] - b[entry(i)]) + ulp<T>(want[i]);
  });
}

// Of each row of n.
std::vector<moments> row_moments(const numbers& x, std::size_t n) {
  std::vector<moments> m;
  for (std::size_t i = 0; i < x.size(); i += n) m.push_back(reference::moments_of(&x[i], static_cast<index_t>(n)));
  return m;
}

template <class T>
void expect_layer_norm(const tn::result<tn::tensor<T>>& got, const std::vector<double>& x, const tn::shape& s, const std::vector<double>& w, const std::vector<double>& b,
                       double eps = 1e-5) {
  const auto in = wide(x), wide_w = wide(w), wide_b = wide(b);
  const std::size_t n = w.size();
  expect_normalized(
      got, s, row_moments(in, n), w, b, eps,
      [&](number* y) { reference::layer_norm(y, in.data(), static_cast<index_t>(in.size() / n), static_cast<index_t>(n), wide_w.data(), wide_b.data(), number(eps)); },
      [n](std::size_t i) { return i / n; }, [n](std::size_t i) { return i % n; });
}
// s (batch, channels, pixels...)
template <class T>
void expect_group_norm(const tn::result<tn::tensor<T>>& got, const std::vector<double>& x, const tn::shape& s, index_t groups, const std::vector<double>& w,
                       const std::vector<double>& b, double eps = 1e-5) {
  const auto in = wide(x), wide_w = wide(w), wide_b = wide(b);
  const index_t pixels = s.numel() / (s[0] * s[1]);
  const auto P = static_cast<std::size_t>(pixels), C = w.size(), n = C / static_cast<std::size_t>(groups) * P;
  expect_normalized(
      got, s, row_moments(in, n), w, b, eps,
      [&](number* y) { reference::group_norm(y, in.data(), s[0], s[1], pixels, groups, wide_w.data(), wide_b.data(), number(eps)); },
      [n](std::size_t i) { return i / n; }, [P, C](std::size_t i) { return i / P % C; });
}
// `given`: the statistics, or none: those of x.
template <class T>
void expect_batch_norm(const tn::result<tn::tensor<T>>& got, const std::vector<double>& x, const tn::shape& s, const std::vector<moments>& given, const std::vector<double>& w,
                       const std::vector<double>& b, double eps = 1e-5) {
  const auto in = wide(x), wide_w = wide(w), wide_b = wide(b);
  const index_t pixels = s.numel() / (s[0] * s[1]);
  auto m = given;
  for (index_t c = 0; given.empty() && c < s[1]; ++c) m.push_back(reference::channel_moments(in.data(), s[0], s[1], pixels, c));
  const auto channel = [P = static_cast<std::size_t>(pixels), C = w.size()](std::size_t i) { return i / P % C; };
  expect_normalized(
      got, s, m, w, b, eps,
      [&](number* y) {
        reference::batch_norm(y, in.data(), s[0], s[1], pixels, given.empty() ? nullptr : given.data(), wide_w.data(), wide_b.data(), number(eps));
      },
      channel, channel);
}
// There is no mean to subtract.
template <class T>
void expect_rms_norm(const tn::result<tn::tensor<T>>& got, const std::vector<double>& x, const tn::shape& s, const std::vector<double>& w, double eps) {
  const auto in = wide(x), wide_w = wide(w);
  const auto n = static_cast<index_t>(w.size());
  numbers y(x.size());
  reference::rms_norm(y.data(), in.data(), s.numel() / n, n, wide_w.data(), number(eps));
  const std::vector<double> want(y.begin(), y.end());
  expect_within(values(got), want, s, [&](std::size_t i) { return bound<T>(0, 1, w[i % w.size()], want[i]) + ulp<T>(want[i]); });
}

template <class T>
void check_batch_norm() {
  const tn::shape s{3, 6, 4, 5};
  const auto x = rounded<T>(uniform(360, -2, 3, 4)), w = rounded<T>(uniform(6, -1, 1, 5)), b = rounded<T>(uniform(6, -1, 1, 6));
  const auto mean = rounded<T>(uniform(6, -1, 2, 7)), var = rounded<T>(uniform(6, 0.5, 4, 8));
  std::vector<moments> running;
  for (std::size_t c = 0; c < 6; ++c) running.push_back({mean[c], var[c]});
  for (const auto& [name, t] : layouts<T>(s, x)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name);
    expect_batch_norm<T>(tn::batch_norm(t, tn::none, tn::none, make<T>({6}, w), make<T>({6}, b), {.training = true}), x, s, {}, w, b);
    expect_batch_norm<T>(tn::batch_norm(t, make<T>({6}, mean), make<T>({6}, var), make<T>({6}, w), make<T>({6}, b)), x, s, running, w, b);
    // An eps that weighs as much as the variance.
    expect_batch_norm<T>(tn::batch_norm(t, tn::none, tn::none, make<T>({6}, w), make<T>({6}, b), {.training = true, .eps = 0.5}), x, s, {}, w, b, 0.5);
  }
}

template <class T>
void check_row_norms() {
  for (const index_t n : {1, 7, 16, 33, 100}) {
    const tn::shape s{5, n};
    const auto x = rounded<T>(uniform(static_cast<std::size_t>(5 * n), -2, 3, 1));
    const auto w = rounded<T>(uniform(static_cast<std::size_t>(n), -1, 1, 2)), b = rounded<T>(uniform(static_cast<std::size_t>(n), -1, 1, 3));
    for (const auto& [name, t] : layouts<T>(s, x)) {
      INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", n = " << n);
      expect_layer_norm<T>(tn::layer_norm(t, {n}, make<T>({n}, w), make<T>({n}, b)), x, s, w, b);
      expect_layer_norm<T>(tn::layer_norm(t, {n}, make<T>({n}, w), make<T>({n}, b), {.eps = 0.5}), x, s, w, b, 0.5);
      expect_rms_norm<T>(tn::rms_norm(t, {n}, make<T>({n}, w)), x, s, w, to_double(std::numeric_limits<T>::epsilon()));
      expect_rms_norm<T>(tn::rms_norm(t, {n}, make<T>({n}, w), {.eps = 0.5}), x, s, w, 0.5);
    }
  }
  const tn::shape s{3, 6, 4, 5};
  const auto x = rounded<T>(uniform(360, -2, 3, 4)), w = rounded<T>(uniform(6, -1, 1, 5)), b = rounded<T>(uniform(6, -1, 1, 6));
  for (const auto& [name, t] : layouts<T>(s, x)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name);
    expect_group_norm<T>(tn::group_norm(t, 3, make<T>({6}, w), make<T>({6}, b)), x, s, 3, w, b);
    expect_group_norm<T>(tn::instance_norm(t, tn::none, tn::none, make<T>({6}, w), make<T>({6}, b)), x, s, 6, w, b);
    expect_group_norm<T>(tn::group_norm(t, 3, make<T>({6}, w), make<T>({6}, b), {.eps = 0.5}), x, s, 3, w, b, 0.5);
  }
  // Channels without pixels.
  const auto flat = rounded<T>(uniform(24, -2, 3, 7));
  expect_group_norm<T>(tn::group_norm(make<T>({4, 6}, flat), 2, make<T>({6}, w), make<T>({6}, b)), flat, {4, 6}, 2, w, b);
}

}  // namespace

TEST_CASE("layer, rms, group and instance norm equal the reference in every layout", "[device]") {
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
      expect_layer_norm<T>(tn::layer_norm(tn::unwrap(at(rows, x).view({2, n})), {n}, at(weights, w), at(weights, b)), x, {2, n}, w, b);
    }
    // One weight for a whole number of vectors, and for half of one.
    for (const index_t pixels : {8, 4}) {
      const std::vector<double> w2(w.begin(), w.begin() + n / pixels), b2(b.begin(), b.begin() + n / pixels);
      const tn::shape s{2, n / pixels, pixels};
      expect_group_norm<T>(tn::group_norm(make<T>(s, x), 1, make<T>({n / pixels}, w2), make<T>({n / pixels}, b2)), x, s, 1, w2, b2);
    }
  }
}

TEST_CASE("batch_norm equals the reference in every layout", "[device]") {
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
  expect_layer_norm<float>(tn::layer_norm(make<float>({1, 4096}, x), {4096}), x, {1, 4096}, one, zero);
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
    const auto in = wide(x);
    auto mean = make<float>({2}, {0, 0}), var = make<float>({2}, {0, 0});
    REQUIRE(tn::batch_norm(make<float>({batch, 2, pixels}, x), mean, var, {.training = true, .momentum = 1}));
    for (std::size_t c = 0; c < 2; ++c) {
      const auto of_batch = reference::channel_moments(in.data(), batch, 2, pixels, static_cast<index_t>(c));
      const auto want = reference::running_moments(moments{0, 0}, of_batch, n, number(1));
      CHECK(values(mean)[c] == Approx(static_cast<double>(want.mean)).epsilon(4 * 0x1p-24));    // u each: sum, quotient, correction, product
      CHECK(values(var)[c] == Approx(static_cast<double>(want.var)).epsilon(32 * 0x1p-24));     // the CPU adds 16 squares to a lane, and 6 times lanes
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

}  // namespace tenon_test::normalization_test

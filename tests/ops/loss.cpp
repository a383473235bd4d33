// test: device
#include <tenon/kernels/reference/loss.hpp>
#include <tenon/kernels/reference/reduction.hpp>
#include <tenon/ops/loss.hpp>

#include "../support/cases.hpp"

namespace tenon_test::loss_test {
namespace reference = tn::kernels::reference;

namespace {

template <class T>
double scalar(const tn::result<tn::tensor<T>>& x) {
  const auto v = values(x);
  REQUIRE(v.size() == 1);
  return v[0];
}
tn::tensor<std::int64_t> classes(const std::vector<double>& v) { return make<std::int64_t>({static_cast<index_t>(v.size())}, v); }

using number = long double;
using numbers = std::vector<number>;
using r = tn::loss_reduction;

numbers wide(const std::vector<double>& v) { return {v.begin(), v.end()}; }
template <class T>
constexpr double u = std::numeric_limits<tn::compute_t<T>>::epsilon() / 2;

// The reference's losses, the errors that each of them may have, and what each counts in the mean.
struct expected {
  numbers loss, error, share;
};
// `call` in every reduction. A sum of n terms is off by n - 1 roundings of their magnitudes, and so is that of the shares; the
// quotient and the result's own type add one each.
template <class T, class Call>
void expect_loss(const expected& e, const tn::shape& s, Call call) {
  const auto n = static_cast<index_t>(e.loss.size());
  const std::vector<double> each(e.loss.begin(), e.loss.end());
  expect_within(values(call(r::none)), each, s, [&](std::size_t i) { return static_cast<double>(e.error[i]) + ulp<T>(each[i]); });
  number magnitude = 0;
  for (const number loss : e.loss) magnitude += std::fabs(loss);
  const number total = reference::sum(e.loss.data(), n), shares = reference::sum(e.share.data(), n);
  const number error = reference::sum(e.error.data(), n) + static_cast<number>(2 * n) * u<T> * magnitude;
  const auto near = [](double got, number want, number tolerance) {
    INFO("got " << got << ", want " << static_cast<double>(want) << ", tolerance " << static_cast<double>(tolerance));
    CHECK(std::fabs(got - want) <= tolerance);
  };
  const auto rounding = [](number y) { return ulp<T>(static_cast<double>(y)); };
  near(scalar(call(r::sum)), total, error + rounding(total));
  near(scalar(call(r::mean)), total / shares, error / shares + rounding(total / shares));
}

// What one step of an expression is off by, relatively. On a GPU each function of it is a kernel of its own here, whose result is a T.
template <class T>
number step() {
  return test_device == tn::device::cpu ? u<T> : static_cast<number>(ulp<T>(1.0)) / 2;
}

// A loss of pairs: `f` is the reference, `roundings(x, t, loss)` what it may be off by, in roundings of the arithmetic.
template <class T, class F, class Roundings, class Call>
void check_pairs(const std::vector<double>& x, const std::vector<double>& t, F f, Roundings roundings, Call call) {
  const tn::shape s{3, 4, 5};
  expected e;
  for (std::size_t i = 0; i < x.size(); ++i) {
    e.loss.push_back(f(number(x[i]), number(t[i]), i));
    e.error.push_back(step<T>() * static_cast<number>(roundings(number(x[i]), number(t[i]), e.loss.back())));
    e.share.push_back(1);
  }
  const auto in_x = layouts<T>(s, x), in_t = layouts<T>(s, t);
  for (std::size_t i = 0; i < in_x.size(); ++i) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << in_x[i].name);
    expect_loss<T>(e, s, [&](r reduction) { return call(in_x[i].x, in_t[(i + 1) % in_t.size()].x, reduction); });
  }
}

}  // namespace

TEMPLATE_TEST_CASE("losses of pairs equal the reference in every layout", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  const auto x = rounded<T>(uniform(60, -4, 4)), t = rounded<T>(uniform(60, -4, 4, 2)), w = rounded<T>(uniform(60, 0, 2, 3));
  const auto p = rounded<T>(uniform(60, 0.01, 0.99, 4)), q = rounded<T>(uniform(60, 0, 1, 5));
  const auto weights = make<T>({3, 4, 5}, w), positive = make<T>({5}, {0.5, 1, 2, 3, 0.25});
  const auto whole = [](number, number, number loss) { return 5 * std::fabs(loss); };             // difference, product, product, quotient, sum
  check_pairs<T>(x, t, [](auto a, auto b, auto) { return reference::mse_loss(a, b); }, whole,
                 [](const auto& a, const auto& b, r reduction) { return tn::mse_loss(a, b, {.reduction = reduction}); });
  check_pairs<T>(x, t, [](auto a, auto b, auto) { return reference::l1_loss(a, b); }, whole,
                 [](const auto& a, const auto& b, r reduction) { return tn::l1_loss(a, b, {.reduction = reduction}); });
  for (const double corner : {0.5, 1.0, 3.0}) {
    check_pairs<T>(x, t, [&](auto a, auto b, auto) { return reference::smooth_l1_loss(a, b, number(corner)); }, whole,
                   [&](const auto& a, const auto& b, r reduction) { return tn::smooth_l1_loss(a, b, {.reduction = reduction, .beta = corner}); });
    check_pairs<T>(x, t, [&](auto a, auto b, auto) { return reference::huber_loss(a, b, number(corner)); }, whole,
                   [&](const auto& a, const auto& b, r reduction) { return tn::huber_loss(a, b, {.reduction = reduction, .delta = corner}); });
  }
  // The logarithms' bounds are 1.8 and 3.2 roundings (kernels/cpu/math/bounds.hpp); the terms have one sign.
  check_pairs<T>(p, q, [&](auto a, auto b, std::size_t i) { return reference::binary_cross_entropy(a, b) * number(w[i]); },
                 [](number, number, number loss) { return 8 * std::fabs(loss); },
                 [&](const auto& a, const auto& b, r reduction) { return tn::binary_cross_entropy(a, b, weights, {.reduction = reduction}); });
  // (1 - t) x and the logarithm of 1 + exp(-x) cancel each other: the error is relative to |x| + 1, times both weights.
  const auto positive_weights = values(tn::unwrap(positive.expand({3, 4, 5})));
  check_pairs<T>(x, q, [&](auto a, auto b, std::size_t i) { return reference::binary_cross_entropy_with_logits(a, b, number(positive_weights[i])) * number(w[i]); },
                 [](number a, number, number) { return 12 * (std::fabs(a) + 1) * 3 * 2; },
                 [&](const auto& a, const auto& b, r reduction) { return tn::binary_cross_entropy_with_logits(a, b, weights, positive, {.reduction = reduction}); });
  check_pairs<T>(x, q, [](auto a, auto b, auto) { return reference::kl_div(a, b); },
                 [](number a, number b, number) { return b == 0 ? 0 : 6 * b * (std::fabs(std::log(b)) + std::fabs(a)); },
                 [](const auto& a, const auto& b, r reduction) { return tn::kl_div(a, b, {.reduction = reduction}); });
  check_pairs<T>(x, t, [](auto a, auto b, auto) { return reference::kl_div_of_logs(a, b); }, [](number, number, number loss) { return 6 * std::fabs(loss); },
                 [](const auto& a, const auto& b, r reduction) { return tn::kl_div(a, b, {.reduction = reduction, .log_target = true}); });
}

// All terms of a loss over C classes have one sign. Each is off by the roundings of its products, of the sum and of the smoothed
// target, and by what log_softmax is off: 4 ulp (8 u) of the larger of its terms, which is below 20 here, times the weight (at
// most 3) and the target's mass.
TEMPLATE_TEST_CASE("losses of classes equal the reference in every layout", "", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  constexpr index_t N = 3, C = 5, S = 4;
  const tn::shape s{N, C, S}, at{N, S};
  const auto x = rounded<T>(uniform(N * C * S, -6, 6)), log_p = rounded<T>(uniform(N * C * S, -9, 0, 2)), q = rounded<T>(uniform(N * C * S, 0, 1, 3));
  const auto w = rounded<T>(uniform(C, 0.25, 3, 4));
  const auto wide_x = wide(x), wide_log_p = wide(log_p), wide_q = wide(q), wide_w = wide(w);
  auto target = uniform(N * S, 0, C, 5);
  for (auto& c : target) c = std::floor(c);
  const auto weight = make<T>({C}, w);
  for (const index_t ignored : {index_t{-100}, index_t{2}}) {
    auto some = target;
    if (ignored == -100) some[1] = some[7] = -100;
    const std::vector<index_t> c(some.begin(), some.end());
    for (const bool weighted : {false, true})
      for (const double smoothing : {0.0, 0.25}) {
        const number* const by = weighted ? wide_w.data() : nullptr;
        expected nll{numbers(c.size()), {}, numbers(c.size())}, entropy = nll, distance = nll;
        reference::nll_loss(nll.loss.data(), nll.share.data(), wide_log_p.data(), c.data(), by, N, C, S, ignored);
        reference::cross_entropy(entropy.loss.data(), entropy.share.data(), wide_x.data(), c.data(), by, N, C, S, ignored, number(smoothing));
        reference::cross_entropy(distance.loss.data(), distance.share.data(), wide_x.data(), wide_q.data(), by, N, C, S, number(smoothing));
        for (const number loss : nll.loss) nll.error.push_back(2 * u<T> * loss);
        const auto error_of = [](number loss, number mass) { return u<T> * ((3 * C + 4) * loss + 8 * 20 * 3 * mass); };
        for (std::size_t i = 0; i < c.size(); ++i) {
          number mass = 0;
          for (std::size_t j = 0; j < C; ++j) mass += wide_q[(i / S * C + j) * S + i % S];
          entropy.error.push_back(error_of(entropy.loss[i], 1));
          distance.error.push_back(error_of(distance.loss[i], mass + 1));
        }
        const auto in_x = layouts<T>(s, x), in_p = layouts<T>(s, log_p), in_q = layouts<T>(s, q);
        const auto in_c = layouts<std::int64_t>(at, some);
        for (std::size_t i = 0; i < in_x.size(); ++i) {
          INFO(in_x[i].name << ", ignored " << ignored << (weighted ? ", weighted" : "") << ", smoothing " << smoothing);
          const auto& to = in_c[(i + 1) % in_c.size()].x;
          const auto call = [&](const auto& f) { return weighted ? f(weight) : f(tn::none); };
          if (smoothing == 0)
            expect_loss<T>(nll, at, [&](r reduction) {
              return call([&](const auto& weights) { return tn::nll_loss(in_p[i].x, to, weights, {.ignore_index = ignored, .reduction = reduction}); });
            });
          expect_loss<T>(entropy, at, [&](r reduction) {
            return call([&](const auto& weights) {
              return tn::cross_entropy(in_x[i].x, to, weights, {.ignore_index = ignored, .reduction = reduction, .label_smoothing = smoothing});
            });
          });
          expect_loss<T>(distance, at, [&](r reduction) {
            return call([&](const auto& weights) {
              return tn::cross_entropy(in_x[i].x, in_q[(i + 2) % in_q.size()].x, weights, {.reduction = reduction, .label_smoothing = smoothing});
            });
          });
        }
      }
  }
}

TEST_CASE("losses of pairs: reductions, broadcasting, errors", "[device]") {
  const auto x6 = make<double>({2, 3}, {0.5, -1, 2, 3, 0.25, -4}), t6 = make<double>({2, 3}, {0, 1, 2, 1, 0.5, -1});
  const auto x = values(x6), t = values(t6);
  const auto each = [&](auto f) {
    std::vector<double> v;
    for (std::size_t i = 0; i < x.size(); ++i) v.push_back(f(x[i], t[i]));
    return v;
  };
  const auto total = [](const std::vector<double>& v) { return reference::sum(v.data(), static_cast<index_t>(v.size())); };
  const auto mse = each(reference::mse_loss<double>), l1 = each(reference::l1_loss<double>);
  const auto smooth = each([](double a, double b) { return reference::smooth_l1_loss(a, b, 2.0); });
  const auto huber = each([](double a, double b) { return reference::huber_loss(a, b, 2.0); });
  expect_ulp<double>(values(tn::mse_loss(x6, t6, {.reduction = r::none})), mse, {2, 3}, 2);
  CHECK(scalar(tn::mse_loss(x6, t6)) == Approx(total(mse) / 6));
  CHECK(scalar(tn::mse_loss(x6, t6, {.reduction = r::sum})) == Approx(total(mse)));
  CHECK(scalar(tn::l1_loss(x6, t6)) == Approx(total(l1) / 6));
  CHECK(scalar(tn::smooth_l1_loss(x6, t6, {.beta = 2})) == Approx(total(smooth) / 6));
  CHECK(scalar(tn::smooth_l1_loss(x6, t6, {.beta = 0})) == Approx(total(l1) / 6));
  CHECK(scalar(tn::huber_loss(x6, t6, {.delta = 2})) == Approx(total(huber) / 6));
  CHECK(scalar(tn::mse_loss(x6, make<double>({1, 3}, {0, 0, 0}), {.reduction = r::sum})) == Approx(30.3125));       // broadcast
  CHECK(std::isnan(scalar(tn::mse_loss(empty<float>({0}), empty<float>({0})))));
  CHECK(scalar(tn::mse_loss(empty<float>({0}), empty<float>({0}), {.reduction = r::sum})) == 0);
  // What does not fit is said by the loss, whatever it is made of.
  const auto t4 = make<double>({4}, {0, 0, 0, 0});
  const std::string does_not_fit = ": shapes [2, 3] and [4] do not broadcast: counted from the end, dimension 1 is 3 and 4 (they must be equal, or one of them 1)";
  CHECK(tn::mse_loss(x6, t4).error().message() == "mse_loss" + does_not_fit);
  CHECK(tn::l1_loss(x6, t4).error().message() == "l1_loss" + does_not_fit);
  CHECK(tn::smooth_l1_loss(x6, t4).error().message() == "smooth_l1_loss" + does_not_fit);
  CHECK(tn::huber_loss(x6, t4).error().message() == "huber_loss" + does_not_fit);
  CHECK(tn::kl_div(x6, t4).error().message() == "kl_div" + does_not_fit);
  CHECK(tn::binary_cross_entropy(x6, x6, t4).error().message() == "binary_cross_entropy" + does_not_fit);
  CHECK(tn::binary_cross_entropy_with_logits(x6, x6, t4).error().message() == "binary_cross_entropy_with_logits" + does_not_fit);
  CHECK(tn::binary_cross_entropy_with_logits(x6, x6, tn::none, t4).error().message() == "binary_cross_entropy_with_logits" + does_not_fit);
  CHECK(tn::mse_loss(tn::mse_loss(x6, t4, {.reduction = tn::loss_reduction::none}), t4).error().message() == "mse_loss" + does_not_fit);
  CHECK(tn::huber_loss(x6, t6, {.delta = 0}).error().message() == "huber_loss: delta must be more than 0, got 0");
  CHECK(tn::smooth_l1_loss(x6, t6, {.beta = -1}).error().message() == "smooth_l1_loss: beta must be 0 or more, got -1");
  // 4096 squares of 1 in bfloat16: a sum kept in bfloat16 would stop at 256.
  const auto ones = make<tn::bfloat16>({4096}, std::vector<double>(4096, 1.0)), zeros = make<tn::bfloat16>({4096}, std::vector<double>(4096, 0.0));
  CHECK(scalar(tn::mse_loss(ones, zeros)) == 1);
}

TEST_CASE("binary cross entropy", "[device]") {
  const auto p = make<double>({4}, {0.25, 1, 0, 1}), t = make<double>({4}, {1, 1, 1, 0});
  expect_ulp<double>(values(tn::binary_cross_entropy(p, t, tn::none, {.reduction = tn::loss_reduction::none})), {-std::log(0.25), 0, 100, 100}, {4}, 4);
  const auto w = make<double>({4}, {2, 1, 0.5, 0});
  CHECK(scalar(tn::binary_cross_entropy(p, t, w)) == Approx((2 * std::log(4.0) + 50) / 4));
  const auto x = make<double>({4}, {1000, -1000, 0.5, -0.5}), y = make<double>({4}, {1, 1, 0, 0.25});
  const auto logistic = [](number v, number q, number weight) { return static_cast<double>(reference::binary_cross_entropy_with_logits(v, q, weight)); };
  expect_ulp<double>(values(tn::binary_cross_entropy_with_logits(x, y, tn::none, tn::none, {.reduction = tn::loss_reduction::none})),
                     {0, 1000, logistic(0.5, 0, 1), logistic(-0.5, 0.25, 1)}, {4}, 4);
  CHECK(scalar(tn::binary_cross_entropy_with_logits(x, y, w, make<double>({1}, {3}))) ==
        Approx((3000 + 0.5 * logistic(0.5, 0, 3)) / 4));
  const auto column = make<double>({4, 1}, {0, 0, 0, 0}), row = make<double>({4}, {0, 0, 0, 0});
  CHECK(tn::binary_cross_entropy(column, row).error().message() == "binary_cross_entropy: target [4] must have the shape of the input, [4, 1]");
  CHECK(tn::binary_cross_entropy_with_logits(row, column).error().message() ==
        "binary_cross_entropy_with_logits: target [4, 1] must have the shape of the input, [4]");
  CHECK(scalar(tn::binary_cross_entropy(tn::lazy(p), t, w)) == scalar(tn::binary_cross_entropy(p, t, w)));
  CHECK(scalar(tn::binary_cross_entropy_with_logits(tn::lazy(x), tn::lazy(y))) == scalar(tn::binary_cross_entropy_with_logits(x, y)));
}

TEST_CASE("kl_div", "[device]") {
  const auto x = make<double>({2, 2}, {std::log(0.5), std::log(0.5), std::log(0.25), -inf}), t = make<double>({2, 2}, {0.5, 0.5, 1, 0});
  CHECK(scalar(tn::kl_div(x, t, {.reduction = tn::loss_reduction::sum})) == Approx(std::log(4.0)));
  CHECK(scalar(tn::kl_div(x, t, {.reduction = tn::loss_reduction::batch_mean})) == Approx(std::log(2.0)));
  const auto log_t = make<double>({2, 2}, {std::log(0.5), std::log(0.5), 0, -inf});
  CHECK(scalar(tn::kl_div(x, log_t, {.reduction = tn::loss_reduction::sum, .log_target = true})) == Approx(std::log(4.0)));
}

TEST_CASE("nll_loss and cross_entropy") {
  const auto log_p = make<float>({3, 2}, {-1, -2, -3, -4, -5, -6});
  CHECK(scalar(tn::nll_loss(log_p, classes({0, 1, 0}))) == Approx(10.0 / 3));
  CHECK(scalar(tn::nll_loss(log_p, classes({0, -100, 0}))) == 3);                                                  // ignored
  CHECK(scalar(tn::nll_loss(log_p, classes({0, 7, 0}), tn::none, {.ignore_index = 7})) == 3);
  const auto w = make<float>({2}, {1, 3});
  CHECK(scalar(tn::nll_loss(log_p, classes({0, 1, 0}), w)) == Approx((1 + 12 + 5) / 5.0));                         // divided by the weights
  CHECK(std::isnan(scalar(tn::nll_loss(log_p, classes({-100, -100, -100})))));
  CHECK(tn::nll_loss(log_p, classes({0, 2, 0})).error().message() ==
        "nll_loss: target 2 is not a class of input [3, 2] (expected 0 .. 1, or ignore_index -100)");
  CHECK(tn::nll_loss(log_p, classes({0, 1})).error().code() == tn::error_code::shape_mismatch);

  const auto x = make<double>({1, 3}, {1, 2, 1000});
  CHECK(scalar(tn::cross_entropy(x, classes({1}))) == Approx(998));                                                // log_softmax, not log(softmax)
  CHECK(scalar(tn::cross_entropy(x, classes({1}), tn::none, {.label_smoothing = 0.3})) == Approx(0.7 * 998 + 0.1 * (999 + 998)));
  CHECK(scalar(tn::cross_entropy(x, make<double>({1, 3}, {0.5, 0.5, 0}))) == Approx(0.5 * (999 + 998)));
  CHECK(scalar(tn::cross_entropy(make<double>({3}, {0, 0, 0}), make<std::int64_t>({}, {2}))) == Approx(std::log(3.0)));
  // Spatial targets: class dimension 1.
  const auto image = make<double>({1, 2, 2, 2}, {0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(tn::cross_entropy(image, make<std::int64_t>({1, 2, 2}, {0, 1, 0, 1}), tn::none, {.reduction = tn::loss_reduction::none})->shape() == tn::shape{1, 2, 2});
  CHECK(scalar(tn::cross_entropy(image, make<std::int64_t>({1, 2, 2}, {0, 1, 0, 1}))) == Approx(std::log(2.0)));
  CHECK(scalar(tn::cross_entropy(make<tn::half>({1, 2}, {0, 0}), classes({0}))) == Approx(std::log(2.0)).epsilon(1e-3));
}

}  // namespace tenon_test::loss_test

// test: device
#include <tenon/ops/loss.hpp>

#include "../support/cases.hpp"

using namespace tenon_test;

namespace {

template <class T>
double scalar(const tn::result<tn::tensor<T>>& x) {
  const auto v = values(x);
  REQUIRE(v.size() == 1);
  return v[0];
}
tn::tensor<std::int64_t> classes(const std::vector<double>& v) { return make<std::int64_t>({static_cast<index_t>(v.size())}, v); }

}  // namespace

TEST_CASE("pairwise losses against their formulas, in every reduction", "[device]") {
  const auto x6 = make<double>({2, 3}, {0.5, -1, 2, 3, 0.25, -4}), t6 = make<double>({2, 3}, {0, 1, 2, 1, 0.5, -1});
  const auto x = values(x6), t = values(t6);
  const auto each = [&](auto f) {
    std::vector<double> v;
    for (std::size_t i = 0; i < x.size(); ++i) v.push_back(f(x[i] - t[i]));
    return v;
  };
  const auto total = [](const std::vector<double>& v) {
    double s = 0;
    for (const double y : v) s += y;
    return s;
  };
  const auto mse = each([](double d) { return d * d; }), l1 = each([](double d) { return std::fabs(d); });
  const auto smooth = each([](double d) { return std::fabs(d) < 2 ? d * d / 4 : std::fabs(d) - 1; });
  const auto huber = each([](double d) { return std::fabs(d) <= 2 ? d * d / 2 : 2 * (std::fabs(d) - 1); });
  using r = tn::loss_reduction;
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
  const auto logistic = [](double v, double q, double weight) { return (1 - q) * v + (1 + (weight - 1) * q) * (std::log1p(std::exp(-std::fabs(v))) + std::fmax(-v, 0)); };
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

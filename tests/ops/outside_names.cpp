// test: alone unoptimised
// The names and call forms that code outside compiles against: they must not change.
#include <tenon/tenon.hpp>

#include "../support/catch.hpp"

#include <vector>

namespace tn = tenon;

namespace {

struct weights {
  tn::tensor<float> norm_scale, norm_shift, q, k, v;
};

tn::result<tn::tensor<float>> block(const tn::tensor<float>& x, const weights& w) {
  TENON_TRY(auto h, tn::layer_norm(x, {8}, w.norm_scale, w.norm_shift));
  auto q = tn::linear(h, w.q), k = tn::linear(h, w.k), v = tn::linear(h, w.v);
  return x + tn::scaled_dot_product_attention(q, k, v, {.causal = true});
}

}  // namespace

TEST_CASE("a block of a transformer, written as in the documentation") {
  const auto ones = tn::unwrap(tn::ones<float>({8}));
  const auto w = tn::unwrap(tn::eye<float>(8));
  const auto y = block(tn::unwrap(tn::randn<float>({4, 8})), {ones, tn::unwrap(tn::zeros<float>({8})), w, w, w});
  REQUIRE(y);
  CHECK(y->shape() == tn::shape{4, 8});
}

TEST_CASE("factories and what reads them") {
  CHECK(tn::randn<float>({4, 4})->shape() == tn::shape{4, 4});
  CHECK(tn::zeros<float>({16})->data()[15] == 0.0F);
  CHECK(tn::full<double>({3, 3}, 2.5)->data()[8] == 2.5);
  CHECK(tn::eye<double>(3)->data()[4] == 1);
  const tn::result<tn::tensor<double>> r = tn::from_list<double>({{0., -1.}, {1., 0.}});
  CHECK(*r->at(0, 1) == -1);
  const std::vector<float> values = {1, 2, 3, 4};
  const tn::result<tn::tensor<float>> x = tn::from_span<float>(values, {4});
  CHECK(tn::item(tn::sum(x)).value() == 10);
  const tn::result<bool> same = tn::allclose(x, x);
  CHECK(*same);
  CHECK(tn::matmul(r, r)->shape() == tn::shape{2, 2});
  CHECK(tn::logsumexp(x, 0)->rank() == 0);
  const auto q = tn::randn<float>({1, 2, 40, 8});
  CHECK(tn::flash_attention(q, q, q, {.causal = true, .block_size = 32})->shape() == tn::shape{1, 2, 40, 8});
}

TEST_CASE("the forms of an op, errors and devices") {
  auto a = tn::unwrap(tn::randn<float>({3, 4})), b = tn::unwrap(tn::randn<float>({3, 4})), c = tn::unwrap(tn::randn<float>({4}));
  auto f = tn::eval(tn::relu(tn::lazy(a) * b + c) * tn::sigmoid(tn::lazy(a)));
  auto g = tn::relu(a * b + c) * tn::sigmoid(a);
  CHECK(*tn::allclose(f, g));
  const auto in_place = [&]() -> tn::result<void> {
    TENON_TRY_VOID(tn::relu_(a));
    TENON_TRY_VOID(tn::softmax_into(b, a, -1));
    TENON_TRY_VOID(a += b);
    TENON_TRY_VOID(a *= 2.0F);
    return {};
  };
  CHECK(in_place());
  const auto on_gpu = tn::to(a, tn::device::cuda);
  CHECK(on_gpu.error().code() == tn::error_code::device_unavailable);
  CHECK(!on_gpu.error().message().empty());

  const auto image = tn::zeros<float>({8, 3, 32, 32}), kernel = tn::zeros<float>({16, 4, 3, 3}), bias = tn::zeros<float>({16});
  const auto y = tn::conv2d(image, kernel, bias, {.stride = 2, .padding = 1});
  REQUIRE(!y);
  CHECK(y.error().message() ==
        "conv2d: input [8, 3, 32, 32] has 3 channels, but weight [16, 4, 3, 3] with groups 1 expects 4 "
        "(weight.size(1) must equal input.size(1) / groups)");
  CHECK(tn::conv2d(image, tn::zeros<float>({16, 3, 3, 3}), tn::none, {.stride = {2, 1}})->shape() == tn::shape{8, 16, 15, 30});
}

// test: full-only unoptimised
// The forms that are made of others: what _into writes is what the plain form answers, and what _ leaves behind, too. Operands
// are tensors, results and expressions in turn; the target is a strided view. A target of another shape is refused, and
// keeps what it holds.
#include <tenon/ops/attention.hpp>
#include <tenon/ops/dropout.hpp>
#include <tenon/ops/einsum.hpp>
#include <tenon/ops/loss.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/nonzero.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/pooling.hpp>
#include <tenon/ops/rearrange.hpp>
#include <tenon/ops/repeat.hpp>

#include "../support/cases.hpp"

namespace tenon_test::forms_test {
using floats = tn::tensor<float>;

namespace {

constexpr double untouched = -777;

floats numbers(const tn::shape& s, std::uint64_t seed = 1) { return make<float>(s, uniform(static_cast<std::size_t>(s.numel()), -2, 2, seed)); }
floats shares(const tn::shape& s, std::uint64_t seed = 1) { return make<float>(s, uniform(static_cast<std::size_t>(s.numel()), 0.1, 0.9, seed)); }
auto lazy(const floats& x) { return tn::lazy(x); }
tn::result<floats> as_result(const floats& x) { return x; }

// A view of that shape whose elements do not lie side by side.
template <class T>
tn::tensor<T> strided_target(const tn::shape& s) {
  tn::shape wide = s;
  wide.push_back(2);
  auto whole = tenon_test::empty<T>(wide);
  fill(whole, std::vector<double>(static_cast<std::size_t>(wide.numel()), untouched));
  return tn::unwrap(whole.select(-1, 0));
}

// write(out) for a fitting out, and for one with a dimension too many.
template <class T, class Write>
void check_into(const tn::result<tn::tensor<T>>& want, Write write) {
  const auto expected = values(want);
  auto out = strided_target<T>(want->shape());
  const auto outcome = write(out);
  INFO((outcome ? std::string("ok") : std::string(outcome.error().message())));
  REQUIRE(outcome);
  CHECK(values(out) == expected);
  tn::shape other = want->shape();
  other.insert(0, 3);
  auto wrong = strided_target<T>(other);
  const auto before = values(wrong);
  CHECK(write(wrong).error().code() == tn::error_code::shape_mismatch);
  CHECK(values(wrong) == before);
}
// write(x) in place, which must answer `want` in x's own memory.
template <class Write>
void check_in_place(const tn::result<floats>& want, const floats& x, Write write) {
  auto target = tn::unwrap(tn::clone(x));
  const float* const data = target.data();
  const auto outcome = write(target);
  INFO((outcome ? std::string("ok") : std::string(outcome.error().message())));
  REQUIRE(outcome);
  CHECK(target.data() == data);
  CHECK(values(target) == values(want));
}

}  // namespace

TEST_CASE("forms: products") {
  const auto a = numbers({3, 4}), b = numbers({4, 5}, 2), c = numbers({3, 5}, 3), u = numbers({4}, 4), v = numbers({4}, 5);
  const auto as = numbers({2, 3, 4}), bs = numbers({2, 4, 5}, 2), cs = numbers({2, 3, 5}, 3);
  check_into(tn::dot(u, v), [&](floats& out) { return tn::dot_into(out, lazy(u), v); });
  check_into(tn::outer(u, v), [&](floats& out) { return tn::outer_into(out, as_result(u), lazy(v)); });
  check_into(tn::einsum("ij,jk->ki", a, b), [&](floats& out) { return tn::einsum_into(out, "ij,jk->ki", lazy(a), as_result(b)); });
  check_into(tn::tensordot(a, b, 1), [&](floats& out) { return tn::tensordot_into(out, lazy(a), b, 1); });
  check_into(tn::tensordot(a, b, {1}, {0}), [&](floats& out) { return tn::tensordot_into(out, a, as_result(b), {1}, {0}); });
  check_in_place(tn::addmm(c, a, b, {.beta = 2, .alpha = -1}), c, [&](floats& x) { return tn::addmm_(x, lazy(a), b, {.beta = 2, .alpha = -1}); });
  check_in_place(tn::baddbmm(cs, as, bs), cs, [&](floats& x) { return tn::baddbmm_(x, as, as_result(bs)); });
  const auto p = make<bool>({3}, {1, 0, 1}), q = make<bool>({2}, {1, 0});
  CHECK(values(tn::outer(p, q)) == std::vector<double>{1, 0, 0, 0, 1, 0});
  const auto whole = make<int>({2, 2}, {1, 2, 3, 4});
  CHECK(tn::addmm(whole, whole, whole, {.alpha = 0.5}).error().message() == "addmm: alpha and beta must be whole numbers for int32, got 0.5");
  CHECK(tn::addmm(whole, whole, whole, {.beta = 1e300}).error().code() == tn::error_code::invalid_argument);
  CHECK(values(tn::addmm(whole, whole, whole, {.beta = -1, .alpha = 2})) == std::vector<double>{13, 18, 27, 40});
}

TEST_CASE("forms: attention") {
  const auto q = numbers({2, 5, 4}), k = numbers({2, 6, 4}, 2), v = numbers({2, 6, 3}, 3);
  const auto mask = make<bool>({5, 6}, uniform(30, 0, 1, 9));
  check_into(tn::flash_attention(q, k, v, {.causal = true}), [&](floats& out) { return tn::flash_attention_into(out, lazy(q), as_result(k), v, {.causal = true}); });
  check_into(tn::flash_attention(q, k, v, mask), [&](floats& out) { return tn::flash_attention_into(out, q, k, lazy(v), mask); });
}

TEST_CASE("forms: normalization") {
  const auto x = numbers({3, 4, 5}), w = numbers({5}, 2), b = numbers({5}, 3), channel = numbers({4}, 4), spread = shares({4}, 5);
  check_in_place(tn::layer_norm(x, {5}, w, b), x, [&](floats& y) { return tn::layer_norm_(y, {5}, lazy(w), b); });
  check_in_place(tn::layer_norm(x, {4, 5}), x, [&](floats& y) { return tn::layer_norm_(y, {4, 5}); });
  check_into(tn::layer_norm(x, {5}), [&](floats& out) { return tn::layer_norm_into(out, lazy(x), {5}); });
  check_in_place(tn::rms_norm(x, {5}, w), x, [&](floats& y) { return tn::rms_norm_(y, {5}, w); });
  check_in_place(tn::group_norm(x, 2, channel, spread), x, [&](floats& y) { return tn::group_norm_(y, 2, channel, as_result(spread)); });
  check_into(tn::group_norm(x, 2), [&](floats& out) { return tn::group_norm_into(out, x, 2); });
  check_in_place(tn::batch_norm(x, channel, spread), x, [&](floats& y) { return tn::batch_norm_(y, channel, spread); });
  check_into(tn::batch_norm(x, channel, spread), [&](floats& out) { return tn::batch_norm_into(out, lazy(x), channel, spread); });
  check_in_place(tn::instance_norm(x), x, [&](floats& y) { return tn::instance_norm_(y); });
  check_into(tn::instance_norm(x), [&](floats& out) { return tn::instance_norm_into(out, as_result(x)); });
  CHECK(tn::instance_norm(numbers({2, 3, 1})).error().message() ==
        "instance_norm: statistics need more than one value per channel, got input [2, 3, 1]");

  // In place with running statistics, which are updated from the same numbers.
  const auto mean = tn::unwrap(tn::clone(channel)), var = tn::unwrap(tn::clone(spread));
  const auto want = tn::instance_norm(x, mean, var, tn::none, tn::none);
  const auto mean_in_place = tn::unwrap(tn::clone(channel)), var_in_place = tn::unwrap(tn::clone(spread));
  check_in_place(want, x, [&](floats& y) { return tn::instance_norm_(y, mean_in_place, var_in_place, tn::none, tn::none); });
  CHECK(values(mean_in_place) == values(mean));
  CHECK(values(var_in_place) == values(var));
  CHECK(values(mean) != values(channel));
}

TEST_CASE("forms: dropout draws the same numbers in each") {
  const auto x = numbers({4, 3, 5});
  const auto check = [&](auto plain, auto into, auto in_place) {
    tn::generator first(5), second(5), third(5), fourth(5);
    const auto want = plain(first);
    auto out = strided_target<float>(x.shape());
    REQUIRE(into(out, second));
    CHECK(values(out) == values(want));
    check_in_place(want, x, [&](floats& y) { return in_place(y, third); });
    auto wrong = strided_target<float>({2});
    CHECK(into(wrong, fourth).error().code() == tn::error_code::shape_mismatch);
  };
  using g = tn::generator;
  check([&](g& n) { return tn::dropout(x, {}, n); }, [&](auto& out, g& n) { return tn::dropout_into(out, lazy(x), {}, n); }, [&](auto& y, g& n) { return tn::dropout_(y, {}, n); });
  check([&](g& n) { return tn::dropout1d(x, {}, n); }, [&](auto& out, g& n) { return tn::dropout1d_into(out, x, {}, n); }, [&](auto& y, g& n) { return tn::dropout1d_(y, {}, n); });
  check([&](g& n) { return tn::dropout2d(x, {}, n); }, [&](auto& out, g& n) { return tn::dropout2d_into(out, x, {}, n); }, [&](auto& y, g& n) { return tn::dropout2d_(y, {}, n); });
  check([&](g& n) { return tn::dropout3d(x, {}, n); }, [&](auto& out, g& n) { return tn::dropout3d_into(out, x, {}, n); }, [&](auto& y, g& n) { return tn::dropout3d_(y, {}, n); });
  check([&](g& n) { return tn::alpha_dropout(x, {}, n); }, [&](auto& out, g& n) { return tn::alpha_dropout_into(out, as_result(x), {}, n); },
        [&](auto& y, g& n) { return tn::alpha_dropout_(y, {}, n); });
  check([&](g& n) { return tn::feature_alpha_dropout(x, {}, n); }, [&](auto& out, g& n) { return tn::feature_alpha_dropout_into(out, x, {}, n); },
        [&](auto& y, g& n) { return tn::feature_alpha_dropout_(y, {}, n); });
  auto out = strided_target<float>(x.shape());
  REQUIRE(tn::dropout_into(out, x, {.training = false}));
  CHECK(values(out) == values(x));
}

TEST_CASE("forms: selection and rearrangement") {
  const auto x = numbers({3, 4});
  const auto mask = make<bool>({3, 4}, uniform(12, 0, 2, 3));
  const auto counts = make<index_t>({4}, {2, 0, 1, 3});
  check_into(tn::masked_select(x, mask), [&](floats& out) { return tn::masked_select_into(out, lazy(x), mask); });
  check_into(tn::nonzero(mask), [&](tn::tensor<index_t>& out) { return tn::nonzero_into(out, mask); });
  check_into(tn::argwhere(x), [&](tn::tensor<index_t>& out) { return tn::argwhere_into(out, as_result(x)); });
  check_into(tn::repeat_interleave(x, 2), [&](floats& out) { return tn::repeat_interleave_into(out, x, 2); });
  check_into(tn::repeat_interleave(x, 2, 1), [&](floats& out) { return tn::repeat_interleave_into(out, lazy(x), 2, 1); });
  check_into(tn::repeat_interleave(x, counts, 1), [&](floats& out) { return tn::repeat_interleave_into(out, x, counts, 1); });
  check_in_place(tn::flip(x, {0, 1}), x, [&](floats& y) { return tn::flip_(y, {0, 1}); });
  check_in_place(tn::roll(x, {1}, {1}), x, [&](floats& y) { return tn::roll_(y, {1}, {1}); });
}

TEST_CASE("forms: pooling with indices") {
  const auto x = numbers({2, 3, 6, 5}), line = numbers({2, 3, 7});
  const auto check = [](const auto& want, auto write) {
    REQUIRE(want);
    auto out = strided_target<float>(want->values.shape());
    auto places = strided_target<index_t>(want->values.shape());
    REQUIRE(write(out, places));
    CHECK(values(out) == values(want->values));
    CHECK(values(places) == values(want->indices));
  };
  check(tn::max_pool2d_with_indices(x, 2, {.stride = 1}), [&](auto& v, auto& i) { return tn::max_pool2d_with_indices_into(v, i, lazy(x), 2, {.stride = 1}); });
  check(tn::adaptive_max_pool2d_with_indices(x, {4, 2}), [&](auto& v, auto& i) { return tn::adaptive_max_pool2d_with_indices_into(v, i, x, {4, 2}); });
  check(tn::max_pool1d_with_indices(line, 3), [&](auto& v, auto& i) { return tn::max_pool1d_with_indices_into(v, i, as_result(line), 3); });
  check(tn::adaptive_max_pool1d_with_indices(line, 3), [&](auto& v, auto& i) { return tn::adaptive_max_pool1d_with_indices_into(v, i, line, 3); });
}

TEST_CASE("forms: losses") {
  const auto x = numbers({4, 3}), y = numbers({4, 3}, 2), p = shares({4, 3}, 3), t = shares({4, 3}, 4);
  const auto classes = make<index_t>({4}, {2, 0, 1, 2});
  for (const auto reduction : {tn::loss_reduction::mean, tn::loss_reduction::none}) {
    check_into(tn::mse_loss(x, y, {reduction}), [&](floats& out) { return tn::mse_loss_into(out, lazy(x), y, {reduction}); });
    check_into(tn::l1_loss(x, y, {reduction}), [&](floats& out) { return tn::l1_loss_into(out, x, as_result(y), {reduction}); });
    check_into(tn::smooth_l1_loss(x, y, {reduction}), [&](floats& out) { return tn::smooth_l1_loss_into(out, x, y, {reduction}); });
    check_into(tn::huber_loss(x, y, {reduction}), [&](floats& out) { return tn::huber_loss_into(out, x, y, {reduction}); });
    check_into(tn::kl_div(x, t, {reduction}), [&](floats& out) { return tn::kl_div_into(out, x, lazy(t), {reduction}); });
    check_into(tn::binary_cross_entropy(p, t, tn::none, {reduction}), [&](floats& out) { return tn::binary_cross_entropy_into(out, p, t, tn::none, {reduction}); });
    check_into(tn::binary_cross_entropy_with_logits(x, t, tn::none, tn::none, {reduction}),
               [&](floats& out) { return tn::binary_cross_entropy_with_logits_into(out, x, t, tn::none, tn::none, {reduction}); });
    check_into(tn::nll_loss(x, classes, tn::none, {.reduction = reduction}), [&](floats& out) { return tn::nll_loss_into(out, lazy(x), classes, tn::none, {.reduction = reduction}); });
    check_into(tn::cross_entropy(x, classes, tn::none, {.reduction = reduction}),
               [&](floats& out) { return tn::cross_entropy_into(out, x, classes, tn::none, {.reduction = reduction}); });
  }
  // Classes of any integer type; a batch mean of one number is its sum, as in PyTorch.
  CHECK(values(tn::nll_loss(x, make<std::uint8_t>({4}, {2, 0, 1, 2}))) == values(tn::nll_loss(x, classes)));
  CHECK(values(tn::cross_entropy(x, make<std::int32_t>({4}, {2, 0, 1, 2}))) == values(tn::cross_entropy(x, classes)));
  const auto one = numbers({}), other = shares({});
  CHECK(values(tn::kl_div(one, other, {.reduction = tn::loss_reduction::batch_mean})) == values(tn::kl_div(one, other, {.reduction = tn::loss_reduction::sum})));
}

}  // namespace tenon_test::forms_test

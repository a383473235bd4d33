// The view functions: what they add to the members (tests/core/views.cpp) is lifting, and a few shapes of their own.
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/view.hpp>

#include "../support/cases.hpp"

namespace tenon_test::view_test {

namespace {

const auto square = [](auto x) { return x * x; };

template <class R>
tn::shape shape_of(const R& r) {
  INFO((r ? std::string() : std::string(r.error().message())));
  REQUIRE(r.has_value());
  return r->shape();
}

}  // namespace

TEST_CASE("views take tensors, results, expressions and any_tensors") {
  const auto r = tn::arange<float>(6);
  const auto x = tn::unwrap(tn::view(r, {2, 3}));
  static_assert(std::is_same_v<decltype(tn::transpose(x, 0, 1)), tn::result<tn::tensor<float>>>);
  static_assert(std::is_same_v<decltype(tn::transpose(x.any(), 0, 1)), tn::result<tn::any_tensor>>);
  CHECK(values(tn::transpose(x, 0, 1)) == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(values(tn::transpose(tn::view(r, {2, 3}), 0, 1)) == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(values(tn::transpose(tn::map(square, tn::lazy(x)), 0, 1)) == std::vector<double>{0, 9, 1, 16, 4, 25});
  CHECK(values(tn::as<float>(tn::transpose(tn::result<tn::any_tensor>(x.any()), 0, 1))) == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(tn::transpose(x, 0, 1)->data() == x.data());

  // The first error arrives at the end.
  const auto failed = tn::squeeze(tn::transpose(tn::view(r, {4, 2}), 0, 1), 0);
  CHECK(failed.error().message() == "view: shape [6] has 6 elements, but [4, 2] has 8");
  CHECK(tn::squeeze(tn::tensor<float>()).error() == tn::error_code::invalid_argument);
  CHECK(tn::squeeze(tn::any_tensor()).error() == tn::error_code::invalid_argument);
  CHECK(tn::squeeze(tn::lazy(tn::tensor<float>())).error() == tn::error_code::invalid_argument);
}

TEST_CASE("a view of a temporary holds its memory alone, so that the next op reuses it") {
  const auto x = tn::unwrap(tn::ones<float>({2, 3}));
  const auto v = tn::view(tn::map(square, x), {6});
  CHECK(v->any().memory().unique());
  auto named = tn::map(square, x);
  const auto w = tn::view(named, {6});
  CHECK_FALSE(w->any().memory().unique());
  CHECK(w->data() == named->data());
  const float* before = named->data();
  const auto reused = tn::map(square, tn::view(tn::view(std::move(*named), {3, 2}), {6}));
  CHECK(reused->data() != before);                           // w still sees the old values
}

TEST_CASE("the views that members do not have") {
  const auto x = tn::unwrap(tn::zeros<float>({2, 3, 4}));
  CHECK(shape_of(tn::permute(x, {2, 0, 1})) == tn::shape{4, 2, 3});
  CHECK(shape_of(tn::swapaxes(x, 0, -1)) == tn::shape{4, 3, 2});
  CHECK(shape_of(tn::mT(x)) == tn::shape{2, 4, 3});
  CHECK(shape_of(tn::t(x[0])) == tn::shape{4, 3});
  CHECK(shape_of(tn::t(tn::zeros<float>({5}))) == tn::shape{5});
  CHECK(tn::t(x).error() == tn::error_code::shape_mismatch);
  CHECK(tn::mT(tn::zeros<float>({5})).error() == tn::error_code::shape_mismatch);

  CHECK(shape_of(tn::movedim(x, {0}, {-1})) == tn::shape{3, 4, 2});
  CHECK(shape_of(tn::movedim(x, {0, 1}, {2, 0})) == tn::shape{3, 4, 2});
  CHECK(shape_of(tn::movedim(x, {0, 1}, {1, 2})) == tn::shape{4, 2, 3});
  CHECK(shape_of(tn::movedim(x, {}, {})) == tn::shape{2, 3, 4});
  CHECK(shape_of(tn::movedim(tn::zeros<float>({}), {0}, {-1})) == tn::shape{});
  CHECK(tn::movedim(x, {0, 0}, {1, 2}).error() == tn::error_code::invalid_argument);
  CHECK(tn::movedim(x, {0, 1}, {1, 1}).error() == tn::error_code::invalid_argument);
  CHECK(tn::movedim(x, {0, 1}, {1}).error() == tn::error_code::invalid_argument);
  CHECK(tn::movedim(x, {3}, {1}).error() == tn::error_code::dim_out_of_range);

  CHECK(shape_of(tn::unflatten(x, 2, {2, -1})) == tn::shape{2, 3, 2, 2});
  CHECK(shape_of(tn::unflatten(tn::transpose(x, 0, 2), 0, {2, 2})) == tn::shape{2, 2, 3, 2});
  CHECK(shape_of(tn::unflatten(tn::zeros<float>({0, 4}), 1, {2, 2})) == tn::shape{0, 2, 2});
  CHECK(tn::unflatten(x, 2, {3, -1}).error() == tn::error_code::shape_mismatch);
  CHECK(tn::unflatten(x, 3, {2}).error() == tn::error_code::dim_out_of_range);
  CHECK(tn::unflatten(x, 0, {1, 2, 1, 1, 1, 1, 1}).error() == tn::error_code::unsupported);

  CHECK(shape_of(tn::expand_as(tn::zeros<float>({3, 1}), x)) == tn::shape{2, 3, 4});
  CHECK(shape_of(tn::broadcast_to(tn::zeros<float>({1}), {2, 5})) == tn::shape{2, 5});
  CHECK(shape_of(tn::atleast_1d(tn::zeros<float>({}))) == tn::shape{1});
  CHECK(shape_of(tn::atleast_2d(tn::zeros<float>({5}))) == tn::shape{1, 5});
  CHECK(shape_of(tn::atleast_3d(tn::zeros<float>({5}))) == tn::shape{1, 5, 1});
  CHECK(shape_of(tn::atleast_3d(tn::zeros<float>({5, 6}))) == tn::shape{5, 6, 1});
  CHECK(shape_of(tn::atleast_3d(tn::zeros<float>({}))) == tn::shape{1, 1, 1});
  CHECK(shape_of(tn::atleast_2d(x)) == tn::shape{2, 3, 4});
  CHECK(shape_of(tn::select(tn::narrow(tn::slice(x, 2, {.step = -2}), 1, 1, 2), 0, 1)) == tn::shape{2, 2});
  CHECK(shape_of(tn::diagonal(x)) == tn::shape{4, 2});
  CHECK(shape_of(tn::squeeze(tn::unsqueeze(x, 0))) == tn::shape{2, 3, 4});
}

TEST_CASE("several views of one tensor") {
  const auto x = tn::arange<float>(10);
  const auto pieces = tn::split(x, 4);
  REQUIRE(pieces);
  REQUIRE(pieces->size() == 3);
  CHECK(values((*pieces)[2]) == std::vector<double>{8, 9});
  CHECK(tn::split(x, {3, 3, 4})->size() == 3);
  CHECK(tn::split(x, std::vector<index_t>(10, 1))->size() == 10);
  CHECK(tn::chunk(tn::lazy(x), 3)->size() == 3);
  CHECK(tn::unbind(x)->size() == 10);
  CHECK((*tn::unbind(x))[3].rank() == 0);
  CHECK(tn::tensor_split(x, 3)->size() == 3);
  CHECK(values((*tn::tensor_split(x, {2, 7}))[1]) == std::vector<double>{2, 3, 4, 5, 6});
  CHECK(tn::split(x->any(), 4)->size() == 3);
  CHECK(tn::split(tn::view(x, {3}), 4).error() == tn::error_code::shape_mismatch);
}

}  // namespace tenon_test::view_test

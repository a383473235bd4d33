#include <tenon/linalg/diagonal.hpp>
#include <tenon/linalg/products.hpp>
#include <tenon/linalg/tensorsolve.hpp>

#include "residual.hpp"

namespace tenon_test::products_test {
namespace linalg = tn::linalg;
using list = std::vector<double>;

TEST_CASE("cross and vecdot") {
  const auto x = make<double>({2, 3}, {1, 0, 0, 1, 2, 3}), y = make<double>({2, 3}, {0, 1, 0, 4, 5, 6});
  CHECK(values(linalg::cross(x, y)) == list{0, 0, 1, -3, 6, -3});
  CHECK(values(linalg::cross(x, make<double>({1, 3}, {0, 1, 0}))) == list{0, 0, 1, -3, 0, 1});
  CHECK(values(linalg::cross(*x.transpose(0, 1), *y.transpose(0, 1), 0)) == list{0, -3, 0, 6, 1, -3});
  CHECK(values(linalg::cross(make<std::int32_t>({3}, {1, 2, 3}), make<std::int32_t>({3}, {4, 5, 6}))) == list{-3, 6, -3});
  CHECK(linalg::cross(x, make<double>({2, 2}, {1, 2, 3, 4})).error() == tn::error_code::shape_mismatch);
  CHECK(linalg::cross(x, y, 0).error().message() == "cross: shapes [2, 3] and [2, 3] must have the same rank and three elements in dim 0");
  CHECK(values(linalg::vecdot(x, y)) == list{0, 32});
  CHECK(values(linalg::vecdot(x, y, 0)) == list{4, 10, 18});
  auto z = empty<std::complex<double>>({1});
  z.data()[0] = {0, 2};
  CHECK(*linalg::vecdot(z, z)->at() == std::complex<double>(4, 0));
}

TEST_CASE("kron and vander") {
  const auto a = make<double>({2, 2}, {1, 2, 3, 4}), b = make<double>({1, 2}, {1, 10});
  CHECK(values(linalg::kron(a, b)) == list{1, 10, 2, 20, 3, 30, 4, 40});
  CHECK(linalg::kron(a, b)->shape() == tn::shape{2, 4});
  CHECK(values(linalg::kron(b, a)) == list{1, 2, 10, 20, 3, 4, 30, 40});
  CHECK(values(linalg::kron(make<double>({2}, {1, 2}), a)) == list{1, 2, 2, 4, 3, 4, 6, 8});
  CHECK(values(linalg::kron(*a.transpose(0, 1), b)) == list{1, 10, 3, 30, 2, 20, 4, 40});
  CHECK(linalg::kron(empty<double>({0, 2}), b)->shape() == tn::shape{0, 4});
  CHECK(linalg::kron(empty<double>({1, 1, 1, 1, 1}), b).error() == tn::error_code::unsupported);
  CHECK(values(linalg::vander(make<double>({3}, {1, 2, 3}))) == list{1, 1, 1, 1, 2, 4, 1, 3, 9});
  CHECK(values(linalg::vander(make<double>({2, 1}, {2, 3}), 4)) == list{1, 2, 4, 8, 1, 3, 9, 27});
  CHECK(linalg::vander(make<double>({2}, {2, 3}), 0)->shape() == tn::shape{2, 0});
  CHECK(linalg::vander(make<double>({}, {2})).error() == tn::error_code::shape_mismatch);
}

TEST_CASE("diagonal, diag_embed, trace, block_diag") {
  const auto a = make<double>({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(values(linalg::diagonal(a)) == list{1, 4, 5, 8});
  CHECK(values(linalg::diagonal(a, 1)) == list{2, 6});
  CHECK(values(linalg::diag_embed(make<double>({2}, {1, 2}))) == list{1, 0, 0, 2});
  CHECK(values(linalg::diag_embed(make<double>({2}, {1, 2}), 1)) == list{0, 1, 0, 0, 0, 2, 0, 0, 0});
  CHECK(values(linalg::diag_embed(make<double>({2}, {1, 2}), -1)) == list{0, 0, 0, 1, 0, 0, 0, 2, 0});
  CHECK(values(linalg::diag_embed(make<double>({2, 2}, {1, 2, 3, 4}))) == list{1, 0, 0, 2, 3, 0, 0, 4});
  CHECK(values(linalg::diag_embed(make<double>({2, 2}, {1, 2, 3, 4}), 0, 0, 2)) == list{1, 0, 3, 0, 0, 2, 0, 4});
  CHECK(values(linalg::diag_embed(make<std::int8_t>({0}, {}), 2)) == list{0, 0, 0, 0});
  CHECK(linalg::diag_embed(make<double>({2}, {1, 2}), 0, 1, 1).error().message() == "diag_embed: two different dimensions are needed, got 1 and 1");
  CHECK(linalg::diag_embed(make<double>({}, {1})).error() == tn::error_code::shape_mismatch);
  CHECK(*linalg::trace(*a.select(0, 1))->at() == 13);
  CHECK(*linalg::trace(make<double>({2, 3}, {1, 2, 3, 4, 5, 6}))->at() == 6);
  CHECK(*linalg::trace(empty<double>({0, 0}))->at() == 0);
  CHECK(linalg::trace(a).error().message() == "trace: a matrix is needed, got shape [2, 2, 2]");
  CHECK(values(linalg::block_diag({make<double>({1, 1}, {1}), make<double>({2}, {2, 3}), make<double>({2, 1}, {4, 5})})) ==
        list{1, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 4, 0, 0, 0, 5});
  CHECK(linalg::block_diag({empty<double>({0, 2}), make<double>({}, {7})})->shape() == tn::shape{1, 3});
  CHECK(linalg::block_diag({a}).error() == tn::error_code::shape_mismatch);
}

TEST_CASE("tensorsolve and tensorinv") {
  const auto a = make<double>({2, 3, 6}, uniform(36, -1, 1)), b = make<double>({2, 3}, uniform(6, -1, 1, 2));
  const auto x = linalg::tensorsolve(a, b);
  REQUIRE(x);
  CHECK(x->shape() == tn::shape{6});
  const auto vx = values(x), va = values(a), vb = values(b);
  for (std::size_t i = 0; i < 6; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < 6; ++j) sum += va[6 * i + j] * vx[j];
    CHECK(sum == Approx(vb[i]).margin(1e-12));
  }
  CHECK(linalg::tensorsolve(*a.permute({2, 0, 1}), b, {0})->shape() == tn::shape{6});
  CHECK(values(linalg::tensorsolve(*a.permute({2, 0, 1}), b, {0})) == vx);
  const auto inverse = linalg::tensorinv(a);
  REQUIRE(inverse);
  CHECK(inverse->shape() == tn::shape{6, 2, 3});
  const auto vi = values(inverse);
  for (std::size_t i = 0; i < 6; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < 6; ++j) sum += vi[6 * i + j] * vb[j];
    CHECK(sum == Approx(vx[i]).margin(1e-12));
  }
  CHECK(linalg::tensorinv(a, 1).error().message() == "tensorinv: shape [2, 3, 6] has 2 elements in its first 1 dimensions and 18 in the rest; they must be as many");
  CHECK(linalg::tensorinv(a, 0).error() == tn::error_code::invalid_argument);
  CHECK(linalg::tensorsolve(a, make<double>({2}, {1, 2})).error() == tn::error_code::shape_mismatch);
  CHECK(linalg::tensorinv(make<double>({1, 1}, {0}), 1).error() == tn::error_code::singular_matrix);
}

}  // namespace tenon_test::products_test

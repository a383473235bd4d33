// conv2d_algorithm and its kin: what {.algorithm = automatic} comes to, against what then runs.
#include <tenon/core/memory.hpp>
#include <tenon/linalg/svd.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/random.hpp>

#include "../support/cases.hpp"

namespace tenon_test::algorithm_test {
using tn::conv_algorithm;
using tn::linalg::svd_driver;

namespace {

// The most memory that is in use at once: im2col holds columns, the direct algorithm a few lines, so that it tells which one has run.
template <class F>
std::size_t peak_of(F call) {
  tn::memory::reset_peak();
  REQUIRE(call());
  return tn::memory::statistics().peak;
}

}  // namespace

TEST_CASE("convolution: the algorithm that is named is the one that runs") {
  for (const index_t group_out : {1, 3, 4, 8}) {
    const index_t groups = 2;
    const auto x = tn::unwrap(tn::randn<float>({1, 64, 32, 32})), w = tn::unwrap(tn::randn<float>({groups * group_out, 32, 3, 3}));
    const tn::conv_options<2> options{.padding = 1, .groups = groups};
    const auto named = tn::conv2d_algorithm(x, w, options);
    REQUIRE(named);
    CHECK(*named == (group_out < 4 ? conv_algorithm::direct : conv_algorithm::im2col));
    auto with = options, other = options;
    with.algorithm = *named;
    other.algorithm = *named == conv_algorithm::direct ? conv_algorithm::im2col : conv_algorithm::direct;
    const auto peak = peak_of([&] { return tn::conv2d(x, w, options); });
    CHECK(peak == peak_of([&] { return tn::conv2d(x, w, with); }));
    CHECK(peak != peak_of([&] { return tn::conv2d(x, w, other); }));
    CHECK(*tn::conv2d_algorithm(x, w, other) == other.algorithm);
  }
  CHECK(*tn::conv1d_algorithm(tn::ones<float>({4, 9}), tn::ones<float>({4, 1, 3}), {.groups = 4}) == conv_algorithm::direct);
  CHECK(*tn::conv3d_algorithm(tn::ones<float>({4, 5, 5, 5}), tn::ones<float>({4, 4, 3, 3, 3})) == conv_algorithm::im2col);
  CHECK(tn::conv2d_algorithm(tn::ones<float>({1, 3, 5, 5}), tn::ones<float>({4, 4, 3, 3})).error().message() ==
        "conv2d_algorithm: input [1, 3, 5, 5] has 3 channels, but weight [4, 4, 3, 3] with groups 1 expects 4 (weight.size(1) must equal input.size(1) / groups)");
  CHECK(tn::conv2d_algorithm(tn::ones<float>({1, 4, 5, 5}), tn::ones<float>({4, 4, 3, 3}), {.algorithm = conv_algorithm::cudnn}).error() ==
        tn::error_code::unsupported);
}

TEST_CASE("matmul: on the CPU the library's own") {
  const auto a = tn::ones<float>({2, 3}), b = tn::ones<float>({3, 2});
  CHECK(*tn::matmul_algorithm(a, b) == tn::product_algorithm::own);
  CHECK(*tn::matmul_algorithm(a, b, {.algorithm = tn::product_algorithm::own}) == tn::product_algorithm::own);
  CHECK(tn::matmul_algorithm(a, b, {.algorithm = tn::product_algorithm::library}).error() == tn::error_code::unsupported);
  CHECK(tn::matmul_algorithm(a, a).error() == tn::error_code::shape_mismatch);
  CHECK(std::string(tn::matmul_algorithm(a, a).error().op()) == "matmul_algorithm");
}

TEMPLATE_TEST_CASE("svd: the driver that is named is the one that runs", "", float, double, std::complex<double>) {
  for (const tn::shape& s : {tn::shape(4, 4), tn::shape(9, 4, 3), tn::shape(9, 3, 4), tn::shape(9, 4, 4), tn::shape(9, 5, 5), tn::shape(3, 4, 4), tn::shape(9, 1, 4)}) {
    tn::tensor<TestType> x;
    if constexpr (tn::complex_type<TestType>)
      x = tn::unwrap(tn::to<TestType>(tn::randn<double>(s)));
    else
      x = tn::unwrap(tn::randn<TestType>(s));
    const auto named = tn::linalg::svd_algorithm(x);
    REQUIRE(named);
    INFO("shape " << std::string(tn::make_text(s).view()));
    CHECK(*named != svd_driver::automatic);
    // Rotations and reflections round differently: equal bits tell which driver has run.
    CHECK(values(tn::linalg::svd(x)->u) == values(tn::linalg::svd(x, {.driver = *named})->u));
    CHECK(*tn::linalg::svd_algorithm(x, {.driver = svd_driver::jacobi}) == svd_driver::jacobi);
    CHECK(*tn::linalg::svd_algorithm(x, {.driver = svd_driver::bidiagonal}) == svd_driver::bidiagonal);
#if !defined(TENON_WITH_LAPACK)
    const bool lanes = !tn::complex_type<TestType> && s.rank() == 3 && s[0] == 9 && s[1] > 1 && s[1] <= 4;
    CHECK((*named == svd_driver::jacobi) == lanes);
#endif
  }
  CHECK(tn::linalg::svd_algorithm(tn::ones<TestType>({3})).error() == tn::error_code::shape_mismatch);
}

}  // namespace tenon_test::algorithm_test

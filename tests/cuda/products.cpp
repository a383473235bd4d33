// test: links=tenon_cuda_on_host
// Matrix products by the vendor's library, which is here the CPU's stand-in for it (host/cublaslt.cpp), beside our own kernel: of small whole
// numbers both are exact, so they agree in every bit.
#include <tenon/ops/copy.hpp>
#include <tenon/ops/matmul.hpp>

#include "../support/cases.hpp"

#include <cublasLt.h>

namespace tenon_test::products_test {
using tn::product_algorithm;

namespace {

template <class T>
tn::tensor<T> whole_numbers(const tn::shape& s, std::uint64_t seed) {
  auto v = uniform(static_cast<std::size_t>(s.numel()), -3.5, 3.5, seed);
  for (auto& x : v) x = std::nearbyint(x);
  return tn::unwrap(tn::to(make<T>(s, v), tn::device::cuda));
}

// The product by the library is that by our own kernel; `taken`: the library does take it.
template <class T>
void same(const tn::tensor<T>& a, const tn::tensor<T>& b, bool taken = true) {
  INFO(tn::make_text(tn::dtype_of<T>, " ", a.shape(), a.contiguous() ? "" : " a view", " times ", b.shape(), b.contiguous() ? "" : " a view").view());
  const int before = host_cublaslt_products;
  const auto own = tn::matmul(a, b, {.algorithm = product_algorithm::own});
  CHECK(host_cublaslt_products == before);
  const auto library = tn::matmul(a, b, {.algorithm = product_algorithm::library});
  CHECK(host_cublaslt_products == before + taken);
  if (!taken) {
    CHECK(library.error() == tn::error_code::unsupported);
    CHECK(values(tn::matmul(a, b)) == values(own));                  // automatic: our own
    return;
  }
  CHECK(values(library) == values(own));
  CHECK(values(tn::matmul(a, b)) == values(own));
  CHECK(host_cublaslt_products == before + 2);
}

template <class T>
void check_all() {
  const auto x = whole_numbers<T>({17, 9}, 1), y = whole_numbers<T>({9, 23}, 2);
  same<T>(x, y);
  same<T>(tn::unwrap(whole_numbers<T>({9, 17}, 3).transpose(0, 1)), y);
  same<T>(x, tn::unwrap(whole_numbers<T>({23, 9}, 4).transpose(0, 1)));
  same<T>(tn::unwrap(whole_numbers<T>({9, 17}, 5).transpose(0, 1)), tn::unwrap(whole_numbers<T>({23, 9}, 6).transpose(0, 1)));
  same<T>(tn::unwrap(whole_numbers<T>({17, 14}, 7).narrow(1, 3, 9)), tn::unwrap(whole_numbers<T>({9, 40}, 8).narrow(1, 1, 23)));     // rows at a distance
  same<T>(tn::unwrap(whole_numbers<T>({17, 18}, 9).slice(1, {.step = 2})), y, false);                                                // gaps in both dimensions
  same<T>(whole_numbers<T>({1, 9}, 10), y);
  same<T>(x, whole_numbers<T>({9, 1}, 11));
  same<T>(whole_numbers<T>({1, 1}, 12), whole_numbers<T>({1, 1}, 13));
  same<T>(whole_numbers<T>({17, 1}, 14), whole_numbers<T>({1, 23}, 15));
  // Batches: of their own, one b for all, one a for all, from inside, and two dimensions that do not merge.
  same<T>(whole_numbers<T>({4, 5, 9}, 16), whole_numbers<T>({4, 9, 7}, 17));
  same<T>(whole_numbers<T>({4, 3, 5, 9}, 18), whole_numbers<T>({4, 3, 9, 7}, 19));
  same<T>(whole_numbers<T>({4, 5, 9}, 20), y);
  same<T>(x, whole_numbers<T>({4, 9, 7}, 21));
  same<T>(tn::unwrap(whole_numbers<T>({5, 4, 9}, 22).transpose(0, 1)), whole_numbers<T>({4, 9, 7}, 23));
  same<T>(whole_numbers<T>({4, 1, 5, 9}, 24), whole_numbers<T>({1, 3, 9, 7}, 25), false);
}

}  // namespace

TEST_CASE("the library's product is our own kernel's") {
  check_all<float>();
  check_all<double>();
  check_all<tn::half>();
  check_all<tn::bfloat16>();
}

TEST_CASE("the library's product with something added") {
  const auto a = whole_numbers<float>({17, 9}, 1), b = whole_numbers<float>({9, 23}, 2);
  const auto check = [&](const tn::tensor<float>& c, double beta, double alpha, bool taken) {
    tn::addmm_options options{.beta = beta, .alpha = alpha, .algorithm = product_algorithm::own};
    const auto own = values(tn::addmm(c, a, b, options));
    options.algorithm = product_algorithm::library;
    const auto library = tn::addmm(c, a, b, options);
    if (taken) CHECK(values(library) == own);
    else CHECK(library.error() == tn::error_code::unsupported);
  };
  check(whole_numbers<float>({17, 23}, 3), 1, 1, true);
  check(whole_numbers<float>({17, 23}, 4), -2, 3, true);
  check(whole_numbers<float>({23}, 5), 1, 2, true);                              // a bias
  check(whole_numbers<float>({23}, 6), 2, 1, false);                             // the epilogue has no factor
  check(whole_numbers<float>({17, 1}, 7), 1, 1, false);
  check(tn::unwrap(tn::to(make<float>({17, 23}, std::vector<double>(17 * 23, NaN)), tn::device::cuda)), 0, 1, true);   // not read
  const auto x = whole_numbers<float>({2, 3, 9}, 8), w = whole_numbers<float>({23, 9}, 9), bias = whole_numbers<float>({23}, 10);
  const int before = host_cublaslt_products;
  const auto linear = values(tn::linear(x, w, bias));
  CHECK(host_cublaslt_products == before + 1);
  const auto product = values(tn::matmul(x, w.transpose(0, 1), {.algorithm = product_algorithm::own})), added = values(bias);
  for (std::size_t i = 0; i < linear.size(); ++i) REQUIRE(linear[i] == product[i] + added[i % 23]);
}

TEST_CASE("the heuristic is asked once for each problem, and its answers are bounded") {
  const auto product = [](index_t n) { return tn::matmul(whole_numbers<float>({n, 4}, 1), whole_numbers<float>({4, 8}, 2)).has_value(); };
  REQUIRE(product(100));
  const int before = host_cublaslt_questions;
  for (int i = 0; i < 5; ++i) REQUIRE(product(100));
  CHECK(host_cublaslt_questions == before);
  for (index_t n = 101; n < 101 + 64; ++n) REQUIRE(product(n));                  // 64 others: the first one has made room
  CHECK(host_cublaslt_questions == before + 64);
  REQUIRE(product(100));
  CHECK(host_cublaslt_questions == before + 65);
  REQUIRE(product(164));
  CHECK(host_cublaslt_questions == before + 65);
}

TEST_CASE("on the CPU there is no library") {
  const auto a = tn::unwrap(tn::to(whole_numbers<float>({2, 3}, 1), tn::device::cpu)), b = tn::unwrap(tn::to(whole_numbers<float>({3, 2}, 2), tn::device::cpu));
  CHECK(tn::matmul(a, b, {.algorithm = product_algorithm::library}).error() == tn::error_code::unsupported);
  CHECK(values(tn::matmul(a, b, {.algorithm = product_algorithm::own})) == values(tn::matmul(a, b)));
}

}  // namespace tenon_test::products_test

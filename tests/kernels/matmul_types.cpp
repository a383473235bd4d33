// Matrix product: every element type, alpha and beta, special values, and the error bound.
#include "kernels/matmul.hpp"

namespace tenon_test::matmul_types_test {
using namespace matmul_test;

TEMPLATE_TEST_CASE("matmul of every element type", "", std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, half, bfloat16,
                   double, std::complex<float>, std::complex<double>) {
  using T = TestType;
  constexpr int lanes = kernels::cpu::lanes<kernels::matmul_compute_t<T>>;
  for (const index_t m : {1, 2, 5, 9, 17})
    for (const index_t n : {index_t{1}, index_t{2}, index_t{lanes - 1}, index_t{lanes}, index_t{lanes + 1}, index_t{3 * lanes + 2}})
      for (const index_t k : {1, 2, 19}) {
        INFO(m << " x " << n << " x " << k);
        REQUIRE(exact<T>({}, m, n, k));
      }
  for (const layout lo : {layout::rows, layout::columns, layout::steps})
    for (const layout la : input_layouts)
      for (const layout lb : input_layouts)
        for (const index_t m : {1, 11}) {
          INFO("m " << m << ", layouts " << static_cast<int>(lo) << static_cast<int>(la) << static_cast<int>(lb));
          REQUIRE(exact<T>({2}, m, 35, 20, lo, la, lb));
          REQUIRE(exact<T>({}, 35, 1, 20, lo, la, lb));
        }
  const index_t depth = 2048 / static_cast<index_t>(sizeof(kernels::matmul_compute_t<T>));
  for (const layout l : {layout::rows, layout::columns}) {
    REQUIRE(exact<T>({}, 37, 41, depth + 3, layout::rows, l, l, 2));
    for (const index_t few : {1, 3, 8}) REQUIRE(exact<T>({}, few, 41, depth + 3, layout::rows, l, l, 2));
    REQUIRE(exact<T>({}, 1, 1, 8 * depth + 3, layout::rows, l, l, 2));
    REQUIRE(exact<T>({2}, 400, 500, 3, layout::rows, l, l, 2));
  }
}

TEST_CASE("integer products wrap") {
  operand<std::int8_t> a({3, 200}, layout::rows), b({200, 70}, layout::rows), got({3, 70}, layout::rows), expected({3, 70}, layout::rows);
  const auto any = [](std::uint32_t& s) { return static_cast<std::int8_t>((s = s * 1664525u + 1013904223u) >> 24); };
  a.fill(any, 1), b.fill(any, 2);
  multiply(got.view, a.read(), b.read());
  kernels::reference::matmul(expected.view, a.read(), b.read());
  CHECK(same_bytes(got.block, expected.block));

  operand<std::int64_t> x({2, 50}, layout::rows), y({50, 9}, layout::columns), z({2, 9}, layout::rows), w({2, 9}, layout::rows);
  const auto large = [](std::uint32_t& s) { return static_cast<std::int64_t>(std::uint64_t{s = s * 1664525u + 1013904223u} * 0x9e3779b97f4a7c15u); };
  x.fill(large, 1), y.fill(large, 2);
  multiply(z.view, x.read(), y.read());
  kernels::reference::matmul(w.view, x.read(), y.read());
  CHECK(same_bytes(z.block, w.block));
}

TEMPLATE_TEST_CASE("alpha and beta", "", float, double, half, std::int8_t, std::int32_t, std::complex<float>) {
  using T = TestType;
  using C = compute_t<T>;
#if defined(TENON_TEST_REDUCED)
  constexpr std::array<index_t, 3> larger = {30, 70, 20};
#else
  constexpr std::array<index_t, 3> larger = {90, 260, 20};
#endif
  for (const auto [m, n, k] : {std::array<index_t, 3>{7, 37, 20}, {1, 37, 20}, {37, 1, 20}, {5, 5, 0}, {1, 40, 0}, larger})
    for (const layout lo : {layout::rows, layout::columns, layout::steps})
      for (const layout lc : {layout::rows, layout::columns, layout::steps, layout::one_row, layout::one_column})
        for (const int alpha : {1, 2, 0})
          for (const int beta : {0, 1, 3}) {
            operand<T> a({2, m, k}, layout::rows), b({2, k, n}, layout::rows), c({2, m, n}, lc), got({2, m, n}, lo), expected({2, m, n}, lo);
            a.fill(whole_number<T>, 1), b.fill(whole_number<T>, 2), c.fill(whole_number<T>, 3);
            const matmul_epilogue<T> e = {C(static_cast<real_t<C>>(alpha)), C(static_cast<real_t<C>>(beta)), c.read()};
            multiply(got.view, a.read(), b.read(), e, 2);
            kernels::reference::matmul(expected.view, a.read(), b.read(), e);
            INFO(m << " x " << n << " x " << k << ", layouts " << static_cast<int>(lo) << static_cast<int>(lc) << ", " << alpha << ", " << beta);
            REQUIRE(same_bytes(got.block, expected.block));
          }
}

TEST_CASE("beta 0 does not read c; what out held before does not show") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const index_t m : {1, 20})
    for (const index_t k : {0, 3, 600}) {
      operand<float> a({m, k}, layout::rows), b({k, 30}, layout::rows), c({m, 30}, layout::rows), out({m, 30}, layout::rows);
      a.fill(whole_number<float>, 1), b.fill(whole_number<float>, 2);
      const auto all_nan = [nan](std::uint32_t&) { return nan; };
      c.fill(all_nan, 0), out.fill(all_nan, 0);
      multiply(out.view, a.read(), b.read(), {2.0f, 0.0f, c.read()});
      out.each([](float x) { REQUIRE(x == x); });
    }
}

TEST_CASE("NaN and infinity take part as in the naive sum") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const auto [m, n] : {std::array<index_t, 2>{9, 35}, {1, 35}, {9, 1}})
    for (const layout lb : {layout::rows, layout::columns})
      for (const float special : {nan, inf, -inf})
        for (index_t place = 0; place < 21; place += 5) {
          operand<float> a({m, 21}, layout::rows), b({21, n}, lb), got({m, n}, layout::rows), expected({m, n}, layout::rows);
          a.fill(whole_number<float>, 1), b.fill(whole_number<float>, 2);                     // zeros are among them
          a.view.data[(m - 1) * 21 + place] = special;
          b.view.data[place * b.view.stride[0] + (n - 1) * b.view.stride[1]] = 0;             // infinity * 0
          multiply(got.view, a.read(), b.read());
          kernels::reference::matmul(expected.view, a.read(), b.read());
          for (index_t i = 0; i < m * n; ++i) {
            const float x = got.view.data[i], y = expected.view.data[i];
            REQUIRE((x == y || (x != x && y != y)));
          }
        }
}

// A chain of K fmas has an error of at most K u sum |a||b|, u = eps / 2 (Higham, "Accuracy and Stability of Numerical
// Algorithms", 3.1), one more u per block that is added, and 2 u for the product where there is no fma. Of a complex number
// each part is a sum of 2 K products of parts. The reference's own error is that of a double: it doubles the bound for double.
// Then alpha, beta and c, and the rounding to T.
TEMPLATE_TEST_CASE("matmul stays within its error bound", "", float, double, half, bfloat16, std::complex<float>) {
  using T = TestType;
  using R = real_t<compute_t<T>>;
  using Sum = kernels::reference::reference_sum_t<T>;
  const double u = static_cast<double>(std::numeric_limits<R>::epsilon()) / 2, parts = complex_type<T> ? 2 : 1;
  const double u_out = std::is_same_v<T, half> ? 0x1p-11 : std::is_same_v<T, bfloat16> ? 0x1p-8 : u;
  for (const auto [m, n, k] : {std::array<index_t, 3>{13, 50, 1}, {13, 50, 60}, {9, 33, 1500}, {1, 50, 1500}, {1, 1, 40000}, {50, 1, 1500}})
    for (const layout lb : {layout::rows, layout::columns}) {
      operand<T> a({m, k}, layout::rows), b({k, n}, lb), c({m, n}, layout::rows), got({m, n}, layout::rows);
      a.fill(any_number<T>, 1), b.fill(any_number<T>, 2), c.fill(any_number<T>, 3);
      const matmul_epilogue<T> e = {static_cast<compute_t<T>>(1.5f), static_cast<compute_t<T>>(-0.3f), c.read()};
      multiply(got.view, a.read(), b.read(), e);
      const index_t none[max_rank] = {};
      for (index_t i = 0; i < m; ++i)
        for (index_t j = 0; j < n; ++j) {
          const auto at = [&](const auto& x, index_t r, index_t s) { return static_cast<Sum>(kernels::reference::element(x, none, r, s)); };
          Sum sum = 0;
          double magnitude = 0;
          for (index_t l = 0; l < k; ++l) {
            sum += kernels::reference::product(at(a.view, i, l), at(b.view, l, j));
            magnitude += std::abs(at(a.view, i, l)) * std::abs(at(b.view, l, j));
          }
          const double added = 0.3 * std::abs(at(c.view, i, j));
          const Sum expected = 1.5 * sum + static_cast<Sum>(e.beta) * at(c.view, i, j);
          const double terms = parts * static_cast<double>(k) * (kernels::cpu::has_fma ? 1 : 2) + static_cast<double>(k) / 100 + 4;
          const double bound = (std::is_same_v<R, double> ? 2 : 1) * u * (terms + 3) * 1.5 * magnitude + 3 * u * added + u_out * std::abs(expected) +
                               (half_type<T> ? 0x1p-24 : 0);
          const double error = std::abs(at(got.view, i, j) - expected);
          if (!(error <= bound)) {
            INFO(m << " x " << n << " x " << k << " at " << i << ", " << j << ": error " << error << ", bound " << bound);
            REQUIRE(error <= bound);
          }
        }
      SUCCEED();
    }
}

}  // namespace tenon_test::matmul_types_test

// test: bfloat16
// Products of bfloat16 matrices by whatever this processor multiplies them with: as floats, and by its own instructions in pairs, which
// take numbers below the smallest normal float for zeros, and of which no result may show it.
#include "kernels/matmul.hpp"

#include <cstdlib>
#include <string>

namespace tenon_test::matmul_pairs_test {
using namespace matmul_test;
namespace gemm = kernels::cpu::gemm;

namespace {

enum class way { floats, dots, tiles };

std::vector<way> ways_here() {
  std::vector<way> all = {way::floats};
#if defined(TENON_HAS_BFLOAT16_UNITS)
  if (kernels::cpu::detail::has_dots()) all.push_back(way::dots);
  if (kernels::cpu::detail::has_tiles()) all.push_back(way::tiles);
#endif
  return all;
}

// out = a b in one tile. The workspace is filled with NaN and followed by a guard.
void multiply_by(way w, const strided<bfloat16>& out, const strided<const bfloat16>& a, const strided<const bfloat16>& b,
                 const matmul_epilogue<bfloat16>& e = {}) {
  const auto plan = kernels::plan_matmul(out, a, b, e, 1);
  REQUIRE(plan.algorithm == kernels::matmul_algorithm::tiles);
  REQUIRE(plan.tiles == 1);
  const auto bytes = static_cast<std::size_t>(plan.workspace_bytes);
  std::vector<std::byte> memory(bytes + 192, std::byte{0xff});
  auto* const workspace = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64;
  const gemm::epilogue<bfloat16> end(e);
  const gemm::matrices<bfloat16> x = {out.data, plan.swapped ? b.data : a.data, plan.swapped ? a.data : b.data, e.c.data};
  if (w == way::floats) gemm::compute_tile(plan, end, x, 0, plan.m, 0, plan.n, workspace);
#if defined(TENON_HAS_BFLOAT16_UNITS)
  const auto unit = w == way::tiles ? kernels::cpu::bfloat16_unit::tiles : kernels::cpu::bfloat16_unit::dots;
  if (w != way::floats) gemm::compute_pair_tile(unit, plan, end, x, 0, plan.m, 0, plan.n, workspace);
#endif
  for (std::size_t i = 0; i < 64; ++i) REQUIRE(workspace[bytes + i] == std::byte{0xff});
}

bfloat16 number(double x) { return static_cast<bfloat16>(static_cast<float>(x)); }

using matrix = operand<bfloat16>;

// Row i of a and column j of b, summed up in double: exact as long as the terms span less than 53 bits.
double exact_sum(const matrix& a, const matrix& b, index_t i, index_t j) {
  const index_t none[max_rank] = {};
  double sum = 0;
  for (index_t l = 0; l < a.view.extent[1]; ++l)
    sum += static_cast<double>(kernels::reference::element(a.view, none, i, l)) * static_cast<double>(kernels::reference::element(b.view, none, l, j));
  return sum;
}

// Sums of tiny numbers are multiplied by this, or bfloat16 could not show them.
constexpr float scale = 0x1p24f;

// Whether every element is its exact sum times `scale`, rounded once.
bool equals_sums(const matrix& got, const matrix& a, const matrix& b) {
  bool same = true;
  for (index_t i = 0; i < got.view.extent[0]; ++i)
    for (index_t j = 0; j < got.view.extent[1]; ++j) {
      const index_t none[max_rank] = {};
      const double expected = static_cast<double>(number(scale * exact_sum(a, b, i, j)));
      same = same && static_cast<double>(kernels::reference::element(got.view, none, i, j)) == expected;
    }
  return same;
}

}  // namespace

TEST_CASE("bfloat16 products are right for every size around the edges of panels, in every layout") {
  for (const way w : ways_here()) {
    for (const index_t m : {2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49})
      for (const index_t n : {2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 97})
        for (const index_t k : {1, 2, 31, 32, 33, 63, 65}) {
          matrix a({m, k}, layout::rows), b({k, n}, layout::rows), got({m, n}, layout::rows), expected({m, n}, layout::rows);
          a.fill(whole_number<bfloat16>, 1), b.fill(whole_number<bfloat16>, 2);
          multiply_by(w, got.view, a.read(), b.read());
          kernels::reference::matmul(expected.view, a.read(), b.read());
          INFO("way " << static_cast<int>(w) << ": " << m << " x " << n << " x " << k);
          REQUIRE(same_bytes(got.block, expected.block));
        }
    struct sizes { index_t m, n, k; };
    for (const auto [m, n, k] : {sizes{21, 35, 41}, sizes{40, 210, 530}, sizes{370, 18, 1030}})
      for (const layout la : input_layouts)
        for (const layout lb : input_layouts)
          for (const layout lo : {layout::rows, layout::columns, layout::steps}) {
            const bool large = k > 100;
            if (large && (lo != layout::rows || (la != layout::rows && la != layout::columns) || (lb != layout::rows && lb != layout::columns))) continue;
            matrix a({m, k}, la), b({k, n}, lb), got({m, n}, lo), expected({m, n}, lo);
            a.fill(whole_number<bfloat16>, 1), b.fill(whole_number<bfloat16>, 2);
            multiply_by(w, got.view, a.read(), b.read());
            kernels::reference::matmul(expected.view, a.read(), b.read());
            INFO("way " << static_cast<int>(w) << ": " << m << " x " << n << " x " << k << ", layouts " << static_cast<int>(la) << static_cast<int>(lb)
                        << static_cast<int>(lo));
            REQUIRE(same_bytes(got.block, expected.block));
          }
  }
}

TEST_CASE("bfloat16 products with alpha, beta and c") {
  for (const way w : ways_here()) {
    matrix a({19, 40}, layout::rows), b({40, 50}, layout::rows), c({19, 50}, layout::columns), got({19, 50}, layout::rows), expected({19, 50}, layout::rows);
    a.fill(whole_number<bfloat16>, 1), b.fill(whole_number<bfloat16>, 2), c.fill(whole_number<bfloat16>, 3);
    const matmul_epilogue<bfloat16> e = {2.0f, -3.0f, c.read()};
    multiply_by(w, got.view, a.read(), b.read(), e);
    kernels::reference::matmul(expected.view, a.read(), b.read(), e);
    REQUIRE(same_bytes(got.block, expected.block));
  }
}

// With 2^a and 2^b the smallest magnitudes, sums are multiples of 2^(a+b-14). Row 0 and column 0 make one such multiple out of much larger
// products, which any instruction that has no subnormal numbers loses if a + b - 14 < -126; the other elements are whatever comes.
TEST_CASE("bfloat16 products keep sums below the normal numbers") {
  index_t x = 0, y = 0, z = 0, t = 0;                                      // x y - z t = 1, all of 8 bits
  for (index_t p = 255; p > 128 && x == 0; --p)
    for (index_t q = 255; q > 128 && x == 0; --q)
      for (index_t r = 128; r < 256 && x == 0; ++r)
        if ((p * q - 1) % r == 0 && (p * q - 1) / r < 256 && (p * q - 1) / r >= 128) x = p, y = q, z = r, t = (p * q - 1) / r;
  REQUIRE(x * y - z * t == 1);
  for (const way w : ways_here())
    for (const index_t k : {2, 40, 520})
      for (int sum = -135; sum <= -108; ++sum)
        for (const int low : {-120, -60, -7, 0}) {
          const int high = sum - low;
          if (high < -120) continue;
          matrix a({18, k}, layout::rows), b({k, 20}, layout::rows), got({18, 20}, layout::rows);
          const auto whole = [](int exponent) {
            return [exponent](std::uint32_t& s) {
              s = s * 1664525u + 1013904223u;
              return number(std::ldexp((s >> 30 & 1 ? -1.0 : 1.0) * static_cast<double>(128 + (s >> 8 & 127)), exponent - 7));
            };
          };
          a.fill(whole(low), 1), b.fill(whole(high), 2);
          for (index_t l = 0; l < k; ++l) a.view.data[l] = number(0);
          a.view.data[0] = number(std::ldexp(static_cast<double>(x), low - 7)), a.view.data[k - 1] = number(std::ldexp(-static_cast<double>(z), low - 7));
          b.view.data[0] = number(std::ldexp(static_cast<double>(y), high - 7)), b.view.data[(k - 1) * 20] = number(std::ldexp(static_cast<double>(t), high - 7));
          multiply_by(w, got.view, a.read(), b.read(), {scale, 0.0f, {}});
          INFO("way " << static_cast<int>(w) << ", 2^" << low << " times 2^" << high << ", k " << k);
          REQUIRE(static_cast<double>(got.view.data[0]) == std::ldexp(scale, sum - 14));
          REQUIRE(equals_sums(got, a, b));
        }
}

// Subnormal factors beside large ones, in any block of k; the sums begin in one block and end in another.
TEST_CASE("bfloat16 products of subnormal numbers") {
  for (const way w : ways_here())
    for (const layout la : {layout::rows, layout::columns})
      for (const layout lb : {layout::rows, layout::columns})
        for (const index_t place : {0, 1, 511, 512, 700, 1100})
          for (const bool in_a : {false, true}) {
            const index_t m = 37, n = 53, k = 1101;
            matrix a({m, k}, la), b({k, n}, lb), got({m, n}, layout::rows);
            const auto zero = [](std::uint32_t&) { return number(0); };
            a.fill(zero, 0), b.fill(zero, 0);
            const double tiny = std::ldexp(113.0, -133), large = std::ldexp(1.0, 120);       // bfloat16's least is 2^-133
            const auto set = [](matrix& x, index_t i, index_t j, double value) {
              x.view.data[i * x.view.stride[0] + j * x.view.stride[1]] = number(value);
            };
            for (const index_t i : {0, 16, 36}) set(a, i, place, in_a ? tiny : large);
            for (const index_t j : {3, 16, 52}) set(b, place, j, in_a ? large : tiny);
            // What was summed up before must not be lost by a later block that is harmless.
            set(a, 20, 5, std::ldexp(3.0, -100)), set(b, 5, 20, std::ldexp(5.0, -45));       // 15 * 2^-145
            set(a, 20, 1000, 0.0), set(b, 1000, 20, 1.0);
            multiply_by(w, got.view, a.read(), b.read(), {scale, 0.0f, {}});
            INFO("way " << static_cast<int>(w) << ", layouts " << static_cast<int>(la) << static_cast<int>(lb) << ", at " << place << (in_a ? " of a" : " of b"));
            REQUIRE(equals_sums(got, a, b));
          }
}

TEST_CASE("NaN and infinity in bfloat16 products, with and without tiny numbers beside them") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const way w : ways_here())
    for (const float special : {nan, inf, -inf})
      for (const double beside : {1.0, 1e-39})
        for (const index_t place : {0, 33, 599}) {
          matrix a({19, 600}, layout::rows), b({600, 35}, layout::rows), got({19, 35}, layout::rows), expected({19, 35}, layout::rows);
          a.fill(whole_number<bfloat16>, 1), b.fill(whole_number<bfloat16>, 2);
          a.view.data[7 * 600 + 2] = number(beside), b.view.data[3 * 35 + 9] = number(beside);
          a.view.data[18 * 600 + place] = static_cast<bfloat16>(special), b.view.data[place * 35 + 34] = number(0);
          multiply_by(w, got.view, a.read(), b.read());
          kernels::reference::matmul(expected.view, a.read(), b.read());
          for (index_t i = 0; i < 19 * 35; ++i) {
            const auto x = static_cast<float>(got.view.data[i]), y = static_cast<float>(expected.view.data[i]);
            REQUIRE((x == y || (x != x && y != y)));
          }
        }
}

// The second half of each sum takes the first away again: what is left is rounding, and shows in which order it was done.
TEST_CASE("a bfloat16 element depends on its own row and column alone, tiny numbers or not, and not on the threads", "[threads]") {
  const index_t m = 700, n = 150, k = 600;
  matrix a({m, k}, layout::rows), b({k, n}, layout::rows);
  a.fill(any_number<bfloat16>, 1), b.fill(any_number<bfloat16>, 2);
  for (index_t l = 0; l < k / 2; ++l) {
    for (index_t i = 0; i < m; ++i) a.view.data[i * k + k / 2 + l] = number(-static_cast<double>(a.view.data[i * k + l]));
    for (index_t j = 0; j < n; ++j) b.view.data[(k / 2 + l) * n + j] = b.view.data[l * n + j];
  }
  for (index_t i = 5; i < m; i += 8)
    for (index_t l = i % 3; l < k; l += 7) a.view.data[i * k + l] = number(1e-39);
  for (const index_t j : {0, 17, 149}) b.view.data[300 * n + j] = number(1e-36);
  matrix one({m, n}, layout::rows);
  multiply(one.view, a.read(), b.read());
  for (const int threads : {2, 7}) {
    matrix many({m, n}, layout::rows);
    CHECK(multiply(many.view, a.read(), b.read(), {}, threads).slots > 1);
    REQUIRE(same_bytes(one.block, many.block));
  }
  for (const index_t first : {0, 5, 13})                                   // beside a tiny row, with it, without
    for (const index_t rows : {2, 40})
      for (const index_t columns : {2, 20}) {
        matrix part({rows, columns}, layout::rows);
        auto x = a.read(), y = b.read();
        x.data += first * k, x.extent[0] = rows;
        y.data += 17, y.extent[1] = columns;
        multiply(part.view, x, y);
        INFO("rows " << first << " to " << first + rows << ", " << columns << " columns");
        for (index_t i = 0; i < rows; ++i)
          REQUIRE(std::memcmp(part.view.data + i * columns, one.view.data + (first + i) * n + 17, static_cast<std::size_t>(columns) * sizeof(bfloat16)) == 0);
      }
}

#if defined(TENON_HAS_BFLOAT16_UNITS)
TEST_CASE("TENON_BFLOAT16 chooses among what the processor has") {
  using kernels::cpu::bfloat16_unit;
  const char* const name = std::getenv("TENON_BFLOAT16");
  const std::string wanted = name ? name : "";
  const auto best = kernels::cpu::best_bfloat16_unit();
  const bool tiles = kernels::cpu::detail::has_tiles(), dots = kernels::cpu::detail::has_dots();
  if (wanted == "float") CHECK(best == bfloat16_unit::none);
  else if (wanted == "dots") CHECK(best == (dots ? bfloat16_unit::dots : bfloat16_unit::none));
  else if (tiles) CHECK(best == bfloat16_unit::tiles);
  else CHECK(best == (dots && kernels::cpu::detail::is_from_amd() ? bfloat16_unit::dots : bfloat16_unit::none));
}
#endif

// A sum of k exact products in float, in any order: an error of at most (k - 1) u sum |a||b| (Higham, "Accuracy and Stability of Numerical
// Algorithms", 4.2), and half a unit in the last of bfloat16's 8 digits.
TEST_CASE("bfloat16 products stay within their error bound") {
  for (const way w : ways_here()) {
    const index_t m = 20, n = 40, k = 1500;
    matrix a({m, k}, layout::rows), b({k, n}, layout::columns), got({m, n}, layout::rows);
    a.fill(any_number<bfloat16>, 1), b.fill(any_number<bfloat16>, 2);
    multiply_by(w, got.view, a.read(), b.read());
    for (index_t i = 0; i < m; ++i)
      for (index_t j = 0; j < n; ++j) {
        double magnitude = 0;
        for (index_t l = 0; l < k; ++l) magnitude += std::abs(static_cast<double>(a.view.data[i * k + l]) * static_cast<double>(b.view.data[l + j * k]));
        const double expected = exact_sum(a, b, i, j), error = std::abs(static_cast<double>(got.view.data[i * n + j]) - expected);
        const double bound = static_cast<double>(k) * 0x1p-24 * magnitude;
        REQUIRE(error <= bound + 0x1p-8 * (std::abs(expected) + bound));
      }
  }
}

}  // namespace tenon_test::matmul_pairs_test

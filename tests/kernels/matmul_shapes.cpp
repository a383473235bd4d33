// Matrix product, float and double: every shape around the edges of tiles, every layout, batches, threads. Whole numbers, so
// that the comparison with the reference is exact and one misplaced index shows.
#include "kernels/matmul.hpp"

namespace tenon_test::matmul_shapes_test {
using namespace matmul_test;

TEST_CASE("matmul is right for every size around the tiles' edges") {
  const std::vector<index_t> sizes = {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 25, 31, 32, 33, 47, 48, 49, 65, 97};
  for (const index_t m : sizes)
    for (const index_t n : sizes)
      for (const index_t k : {index_t{1}, index_t{2}, index_t{7}, index_t{16}, index_t{33}}) {
        INFO(m << " x " << n << " x " << k);
        REQUIRE(exact<float>({}, m, n, k));
      }
  for (const index_t m : {1, 5, 8, 9, 13})
    for (index_t n = 1; n <= 60; ++n) {
      INFO(m << " x " << n << " x 5, double");
      REQUIRE(exact<double>({}, m, n, 5));
    }
}

TEST_CASE("matmul of nothing") {
  for (const index_t m : {0, 1, 5})
    for (const index_t n : {0, 1, 40})
      for (const index_t k : {0, 1, 3})
        for (const layout l : output_layouts) {
          REQUIRE(exact<float>({}, m, n, k, l));
          REQUIRE(exact<float>({2, 0}, m, n, k, l));
          REQUIRE(exact<float>({3}, m, n, k, l));
          REQUIRE(exact<float>({2, 0}, m, n, k, l, layout::rows, layout::rows, 1, true, true));
        }
}

TEST_CASE("matmul reads and writes any strides") {
  struct sizes { index_t m, n, k; };
  for (const auto [m, n, k] : {sizes{1, 37, 21}, sizes{37, 1, 21}, sizes{1, 1, 300}, sizes{9, 50, 19}, sizes{40, 18, 70}, sizes{3, 5, 1}})
    for (const layout lo : output_layouts)
      for (const layout la : input_layouts)
        for (const layout lb : input_layouts) {
          INFO(m << " x " << n << " x " << k << ", layouts " << static_cast<int>(lo) << static_cast<int>(la) << static_cast<int>(lb));
          REQUIRE(exact<float>({}, m, n, k, lo, la, lb));
        }
}

TEST_CASE("matmul in blocks along k, packed and in place") {
  // depth is 512 floats; far-away rows make the plan pack.
#if defined(TENON_TEST_REDUCED)
  const std::vector<index_t> depths = {513, 1030}, few_rows = {1, 7};
#else
  const std::vector<index_t> depths = {511, 512, 513, 1030}, few_rows = {1, 2, 4, 7, 8};
#endif
  for (const index_t k : depths)
    for (const layout la : {layout::rows, layout::columns, layout::steps})
      for (const layout lb : {layout::rows, layout::columns, layout::steps})
        for (const layout lo : {layout::rows, layout::columns, layout::steps}) {
          INFO("k " << k << ", layouts " << static_cast<int>(lo) << static_cast<int>(la) << static_cast<int>(lb));
          REQUIRE(exact<float>({}, 41, 67, k, lo, la, lb));
          for (const index_t few : few_rows) REQUIRE(exact<float>({}, few, 70, k, lo, la, lb));
        }
  REQUIRE(exact<float>({}, 200, 700, 520));                  // b's rows far apart: packed, several blocks of columns
  REQUIRE(exact<float>({}, 20, 600, 520));                   // few rows: in place, fetched ahead
  REQUIRE(exact<float>({}, 8, 300, 2100, layout::rows, layout::rows, layout::columns));      // dots, in blocks and chunks
  REQUIRE(exact<float>({}, 500, 90, 130, layout::rows, layout::columns));
  REQUIRE(exact<double>({}, 60, 400, 270, layout::rows, layout::columns, layout::columns));
}

TEST_CASE("matmul of batches, shared operands, more dimensions") {
  for (const bool shared_a : {false, true})
    for (const bool shared_b : {false, true})
      for (const auto& batch : {std::vector<index_t>{3}, {1}, {2, 3}, {2, 1, 2, 1, 2, 2}})
        for (const layout l : {layout::rows, layout::columns, layout::padded}) {
          REQUIRE(exact<float>(batch, 5, 18, 7, l, l, l, 1, shared_a, shared_b));
          REQUIRE(exact<float>(batch, 1, 18, 7, l, l, l, 1, shared_a, shared_b));
          REQUIRE(exact<float>(batch, 18, 1, 7, l, l, l, 1, shared_a, shared_b));
        }
}

TEST_CASE("matmul's bits do not depend on the number of threads", "[threads]") {
  struct sizes { std::vector<index_t> batch; index_t m, n, k; };
  for (const auto& s : {sizes{{}, 150, 130, 600}, sizes{{}, 16, 700, 520}, sizes{{}, 1, 3000, 700}, sizes{{}, 3000, 1, 700},
                        sizes{{9}, 60, 64, 65}, sizes{{}, 300, 20, 530}, sizes{{300}, 17, 16, 15}})
    for (const layout la : {layout::rows, layout::columns})
      for (const layout lb : {layout::rows, layout::columns})
        for (const layout lo : {layout::rows, layout::steps}) {
#if defined(TENON_TEST_REDUCED)
          if (la != lb || (la == layout::rows) != (lo == layout::steps)) continue;
#endif
          const auto shape = [&](index_t rows, index_t columns) {
            auto x = s.batch;
            x.insert(x.end(), {rows, columns});
            return x;
          };
          operand<float> a(shape(s.m, s.k), la), b(shape(s.k, s.n), lb);
          a.fill(any_number<float>, 1);
          b.fill(any_number<float>, 2);
          operand<float> one(shape(s.m, s.n), lo);
          multiply(one.view, a.read(), b.read());
          for (const int threads : {2, 7}) {
            operand<float> many(shape(s.m, s.n), lo);
            const auto plan = multiply(many.view, a.read(), b.read(), {}, threads);
            INFO(s.m << " x " << s.n << " x " << s.k << " on " << threads << ", layouts " << static_cast<int>(la) << static_cast<int>(lb));
            CHECK(plan.slots > 1);
            REQUIRE(same_bytes(one.block, many.block));
          }
        }
}

TEST_CASE("a row of a product does not depend on the rows and columns beside it") {
  const index_t m = 30, n = 100, k = 700;
  operand<float> a({m, k}, layout::rows), b({k, n}, layout::rows), all({m, n}, layout::rows);
  a.fill(any_number<float>, 1);
  b.fill(any_number<float>, 2);
  multiply(all.view, a.read(), b.read());
  for (const index_t rows : {1, 2, 7, 11})
    for (const index_t columns : {2, 15, 50}) {
      operand<float> part({rows, columns}, layout::rows);
      auto x = a.read(), y = b.read();
      x.data += 13 * k;
      x.extent[0] = rows;
      y.data += 29;
      y.extent[1] = columns;
      multiply(part.view, x, y);
      bool same = true;
      for (index_t i = 0; i < rows; ++i)
        same = same && std::memcmp(part.view.data + i * columns, all.view.data + (13 + i) * n + 29, static_cast<std::size_t>(columns) * sizeof(float)) == 0;
      INFO(rows << " x " << columns);
      CHECK(same);
    }
}

}  // namespace tenon_test::matmul_shapes_test

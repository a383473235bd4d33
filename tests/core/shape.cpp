// shape and the arithmetic that every op shares: counting, dimension numbers, broadcasting.
#include <tenon/core/any_tensor.hpp>
#include <tenon/core/print.hpp>

#include "support/catch.hpp"

#include <array>
#include <string>
#include <vector>

namespace tenon_test::shape_test {
namespace tn = tenon;
using tn::error_code;
using tn::index_t;
using tn::shape;

static_assert(shape{2, 3}.numel() == 6 && shape{}.numel() == 1 && shape{0, 5}.numel() == 0 && shape().rank() == 0);
static_assert(shape{2, 3}[-1] == 3 && shape{2, 3}[0] == 2 && shape{2, 3}[2] == 0 && shape{2, 3}[-3] == 0);

TEST_CASE("a shape takes any integers, braces or a container") {
  const std::size_t n = 4;
  const short k = 2;
  CHECK(shape{n, k, 3} == shape{4, 2, 3});
  CHECK(*shape::from(std::vector<int>{1, 2}) == shape{1, 2});
  CHECK(*shape::from(std::array<std::size_t, 3>{1, 2, 3}) == shape{1, 2, 3});
  CHECK(*shape::from(std::vector<int>()) == shape{});
  CHECK(shape::from(std::vector<int>(9)).error() == error_code::unsupported);
  CHECK(shape{1} != shape{1, 1});
  CHECK(shape{} != shape{1});
}

TEST_CASE("insert, erase, set and push_back stay inside") {
  shape s{2, 3};
  CHECK(s.insert(1, 7));
  CHECK(s == shape{2, 7, 3});
  CHECK_FALSE(s.insert(5, 1));
  CHECK_FALSE(s.insert(-1, 1));
  s.erase(0);
  s.erase(9);
  s.erase(-1);
  CHECK(s == shape{7, 3});
  s.set(1, 4);
  s.set(2, 9);
  s.set(-1, 9);
  CHECK(s == shape{7, 4});
  for (int i = 0; i < 6; ++i) CHECK(s.push_back(1));
  CHECK_FALSE(s.push_back(1));
  CHECK(s.rank() == tn::max_rank);
  CHECK(std::vector<index_t>(s.begin(), s.end()) == std::vector<index_t>{7, 4, 1, 1, 1, 1, 1, 1});
}

TEST_CASE("counting elements overflows into an error, never silently") {
  CHECK(*tn::checked_numel("op", {2, 3}, 8) == 6);
  CHECK(*tn::checked_numel("op", {}, 16) == 1);
  CHECK(*tn::checked_numel("op", {0, 7}, 8) == 0);
  CHECK(tn::checked_numel("op", {-1}).error() == error_code::invalid_argument);
  CHECK(tn::checked_numel("op", {0, -1}).error() == error_code::invalid_argument);
  CHECK(*tn::checked_numel("op", {INT64_MAX}) == INT64_MAX);
  CHECK(tn::checked_numel("op", {INT64_MAX}, 2).error() == error_code::size_overflow);
  CHECK(tn::checked_numel("op", {index_t{1} << 32, index_t{1} << 31}).error() == error_code::size_overflow);
  CHECK(*tn::checked_numel("op", {index_t{1} << 31, index_t{1} << 31}) == index_t{1} << 62);
  CHECK(tn::checked_numel("op", {0, INT64_MAX, INT64_MAX}).error() == error_code::size_overflow);
  index_t product = 0;
  CHECK(tn::checked_multiply(INT64_MAX, 1, product));
  CHECK_FALSE(tn::checked_multiply(INT64_MAX, 2, product));
  CHECK(tn::checked_multiply(0, INT64_MAX, product));
}

TEST_CASE("dimension numbers") {
  CHECK(*tn::normalize_dim("op", 1, {2, 3}) == 1);
  CHECK(*tn::normalize_dim("op", -1, {2, 3}) == 1);
  CHECK(*tn::normalize_dim("op", -2, {2, 3}) == 0);
  CHECK(*tn::normalize_dim("op", 0, {}) == 0);
  CHECK(*tn::normalize_dim("op", -1, {}) == 0);
  for (const index_t dim : {index_t{2}, index_t{-3}, INT64_MIN, INT64_MAX})
    CHECK(tn::normalize_dim("op", dim, {2, 3}).error() == error_code::dim_out_of_range);
  CHECK(tn::normalize_dim("op", 1, {}).error() == error_code::dim_out_of_range);
}

TEST_CASE("broadcasting") {
  const auto both = [](const shape& a, const shape& b) -> std::string {
    const auto ab = tn::broadcast_shapes("op", a, b), ba = tn::broadcast_shapes("op", b, a);
    CHECK(ab.has_value() == ba.has_value());
    if (!ab) return "error";
    CHECK(*ab == *ba);
    return std::string(tn::make_text(*ab).view());
  };
  CHECK(both({2, 3}, {2, 3}) == "[2, 3]");
  CHECK(both({2, 3}, {3}) == "[2, 3]");
  CHECK(both({2, 3}, {}) == "[2, 3]");
  CHECK(both({2, 1}, {1, 3}) == "[2, 3]");
  CHECK(both({4, 1, 5}, {3, 1}) == "[4, 3, 5]");
  CHECK(both({1}, {0}) == "[0]");
  CHECK(both({0, 3}, {1, 3}) == "[0, 3]");
  CHECK(both({2}, {0}) == "error");
  CHECK(both({2, 3}, {2}) == "error");
  CHECK(both({0}, {3}) == "error");
}

TEST_CASE("dense strides") {
  const auto s = tn::dense_strides({2, 3, 4});
  CHECK(s[0] == 12);
  CHECK(s[1] == 4);
  CHECK(s[2] == 1);
  CHECK(tn::dense_strides({2, 0, 4})[0] == 4);                // an extent of 0 counts as 1
}

}  // namespace tenon_test::shape_test

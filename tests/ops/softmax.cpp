// test: device
#include <tenon/kernels/reference/softmax.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/softmax.hpp>

#include "../support/cases.hpp"

namespace tenon_test::softmax_test {
namespace reference = tn::kernels::reference;

namespace {

using row_function = void (*)(long double*, const long double*, index_t, index_t);

std::vector<double> by_rows(row_function f, const std::vector<double>& x, const tn::shape& s, int dim) {
  std::vector<long double> in(x.begin(), x.end()), out(x.size());
  index_t inner = 1, n = s.rank() ? s[dim] : 1;
  for (int d = dim + 1; d < s.rank(); ++d) inner *= s[d];
  for (index_t outer = 0; !x.empty() && outer < s.numel() / (n * inner); ++outer)
    for (index_t i = 0; i < inner; ++i) {
      const auto start = static_cast<std::size_t>(outer * n * inner + i);
      f(&out[start], &in[start], n, inner);
    }
  return {out.begin(), out.end()};
}

// The documented bounds. log_softmax: relative to the larger of its two terms; the test's inputs keep |x - m| below 20.
template <class T>
void check(const tn::shape& s, const std::vector<double>& x, int dim) {
  const auto want = by_rows(reference::softmax<long double>, x, s, dim), want_log = by_rows(reference::log_softmax<long double>, x, s, dim);
  for (const auto& [name, t] : layouts<T>(s, x)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", shape of rank " << s.rank() << ", n = " << s[dim] << ", dim " << dim);
    expect_ulp<T>(values(tn::softmax(t, dim)), want, s, 4);
    expect_within(values(tn::log_softmax(t, dim)), want_log, s, [&](std::size_t i) { return 4 * ulp<T>(std::fmax(std::fabs(want_log[i]), 20)); });
  }
}

template <class T>
void check_dtype() {
  for (index_t n = 1; n <= 70; ++n) check<T>({3, n}, rounded<T>(uniform(static_cast<std::size_t>(3 * n), -5, 5)), 1);
  for (int dim = 0; dim < 3; ++dim) {
    check<T>({4, 5, 19}, rounded<T>(uniform(380, -5, 5)), dim);
    check<T>({2, 33, 1}, rounded<T>(uniform(66, -5, 5)), dim);
    check<T>({3, 0, 2}, {}, dim);
    check<T>({0, 3, 2}, {}, dim);
  }
  check<T>({}, {2.5}, 0);
}

}  // namespace

TEST_CASE("softmax and log_softmax equal the reference in every layout", "[device]") {
  check_dtype<float>();
  check_dtype<double>();
  check_dtype<tn::half>();
  check_dtype<tn::bfloat16>();
}

TEST_CASE("softmax of large, infinite and NaN rows", "[device]") {
  const auto softmax = [](std::vector<double> x) { return values(tn::softmax(make<float>({static_cast<index_t>(x.size())}, x), 0)); };
  const auto log_softmax = [](std::vector<double> x) { return values(tn::log_softmax(make<float>({static_cast<index_t>(x.size())}, x), 0)); };
  const tn::shape three{3};
  expect_equal(softmax({1e30, 1e30, -1e30}), {0.5, 0.5, 0}, three);
  expect_equal(softmax({-inf, 0, -inf}), {0, 1, 0}, three);
  expect_equal(softmax({-inf, -inf, -inf}), {NaN, NaN, NaN}, three);
  expect_equal(softmax({0, inf, 0}), {NaN, NaN, NaN}, three);
  expect_equal(softmax({0, NaN, 0}), {NaN, NaN, NaN}, three);
  expect_equal(softmax({-20000, -20000, -30000}), {0.5, 0.5, 0}, three);                 // real scores below -1e4
  expect_equal(log_softmax({0, -1000, -1e30}), {0, -1000, static_cast<double>(-1e30F)}, three);   // never log(0)
  expect_equal(log_softmax({-inf, 0, -inf}), {-inf, 0, -inf}, three);
  for (std::size_t lane = 0; lane < 67; ++lane) {                                        // a NaN spoils its own row only
    auto x = uniform(3 * 67, -1, 1);
    x[67 + lane] = NaN;
    const auto y = values(tn::softmax(make<float>({3, 67}, x), 1));
    for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(std::isnan(y[i]) == (i / 67 == 1));
  }
}

TEST_CASE("softmax of long rows: the error does not grow with the length", "[device]") {
  for (const index_t n : {index_t{4096}, index_t{100003}, index_t{1} << 20}) {
    const auto x = rounded<float>(uniform(static_cast<std::size_t>(n), -3, 3));
    expect_ulp<float>(values(tn::softmax(make<float>({n}, x), 0)), by_rows(reference::softmax<long double>, x, {n}, 0), {n}, 4);
  }
  // 512 equal values in bfloat16: a sum kept in bfloat16 would stick at 256.
  for (const double y : values(tn::softmax(make<tn::bfloat16>({512}, std::vector<double>(512, 1.0)), 0))) REQUIRE(y == 1.0 / 512);
}

// Lengths around what a warp and each block of a GPU keep in registers, and beyond its shared memory; rows and results that begin at every element of a vector, and one vector on.
TEMPLATE_TEST_CASE("softmax of dense rows of every length at every alignment", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  constexpr index_t vector = 16 / static_cast<index_t>(sizeof(T));
  for (const index_t n : std::initializer_list<index_t>{8, 24, 31, 32, 256, 264, 2048, 2056, 4096, 4104, 8192, 8200, 16384, 16392, 6144 * vector, 6144 * vector + 24}) {
    const bool is_long = n > 300;
    const tn::shape s{is_long ? 1 : 2, n};
    const auto x = rounded<T>(uniform(static_cast<std::size_t>(s.numel()), -5, 5));
    const auto want = by_rows(reference::softmax<long double>, x, s, 1), want_log = by_rows(reference::log_softmax<long double>, x, s, 1);
    const auto window = [&](index_t offset, index_t apart) { return tn::unwrap(empty<T>({s[0], n + apart}).narrow(1, offset, n)); };
    for (index_t offset = 0; offset < (is_long ? 1 : vector); ++offset) {
      const index_t apart = offset == 0 ? 2 * vector : offset + 1;                        // one aligned row after the other, or not
      INFO("n = " << n << ", " << offset << " elements behind an aligned one");
      auto in = window(offset, apart), out = window(offset, apart), other = window(vector - 1, vector + 1);
      fill(in, x);
      REQUIRE(tn::softmax_into(out, in, 1));
      expect_ulp<T>(values(out), want, s, 4);
      REQUIRE(tn::softmax_into(other, in, 1));
      expect_ulp<T>(values(other), want, s, 4);
      REQUIRE(tn::log_softmax_into(out, in, 1));
      expect_within(values(out), want_log, s, [&](std::size_t i) { return 4 * ulp<T>(std::fmax(std::fabs(want_log[i]), 20)); });
      REQUIRE(tn::softmax_(in, 1));
      expect_ulp<T>(values(in), want, s, 4);
    }
    // A NaN spoils its own row only, and a number far above all others is alone in its row; in every element of the first vector and the last.
    for (index_t at = 0; !is_long && at < n; at = at + 1 == vector && n > 2 * vector ? n - vector : at + 1) {
      auto v = x;
      v[static_cast<std::size_t>(at)] = NaN;
      v[static_cast<std::size_t>(n + at)] = 1000;
      const auto y = values(tn::softmax(make<T>(s, v), 1));
      index_t right = 0;
      for (std::size_t i = 0; i < y.size(); ++i) right += i < static_cast<std::size_t>(n) ? std::isnan(y[i]) : y[i] == (i == static_cast<std::size_t>(n + at) ? 1 : 0);
      REQUIRE(right == 2 * n);
    }
  }
}

TEST_CASE("softmin is the softmax of the negated row", "[device]") {
  const tn::shape s{3, 21};
  const auto x = rounded<float>(uniform(63, -5, 5));
  auto negated = x;
  for (double& v : negated) v = -v;
  auto ours = layouts<float>(s, x), others = layouts<float>(s, negated);
  for (std::size_t i = 0; i < ours.size(); ++i) {          // a layout decides by which kernel, hence to which last bit
    auto& [name, t] = ours[i];
    auto& u = others[i].x;
    INFO(name);
    CHECK(values(tn::softmin(t, 1)) == values(tn::softmax(u, 1)));
    REQUIRE(tn::softmin_(t, 1));
    REQUIRE(tn::softmax_(u, 1));
    CHECK(values(t) == values(u));
  }
  CHECK(tn::softmin(make<float>({2}, {1, 2}), 5).error().message() == "softmin: dim 5 is out of range for shape [2] (expected -1 .. 0)");
}

TEST_CASE("softmax: a row's bits depend neither on its neighbours nor on the number of rows", "[device]") {
  const auto x = uniform(64 * 77, -4, 4);
  const auto all = make<float>({64, 77}, x);
  const auto together = values(tn::softmax(all, 1));
  for (index_t r = 0; r < 64; ++r) {
    const auto alone = values(tn::softmax(all[r], 0));
    for (index_t i = 0; i < 77; ++i) REQUIRE(alone[static_cast<std::size_t>(i)] == together[static_cast<std::size_t>(r * 77 + i)]);
  }
}

TEST_CASE("softmax: three forms, lazy operands, results and errors", "[device]") {
  const tn::shape s{5, 33};
  const auto x = uniform(165, -4, 4);
  auto a = make<float>(s, x), out = tenon_test::empty<float>(s);
  const auto want = values(tn::softmax(a, 1));
  CHECK(values(tn::softmax(tn::lazy(a), 1)) == want);
  CHECK(values(tn::softmax(tn::result<tn::tensor<float>>(a), -1)) == want);
  REQUIRE(tn::softmax_into(out, a, 1));
  CHECK(values(out) == want);
  auto view = tn::unwrap(a.transpose(0, 1));
  const float* data = a.data();
  const auto calls = tn::memory::statistics().calls;
  REQUIRE(tn::softmax_(view, 0));
  CHECK(tn::memory::statistics().calls <= calls + 1);                     // the workspace; never a result
  CHECK(a.data() == data);
  CHECK(values(a) == want);

  CHECK(tn::softmax(a, 2).error().message() == "softmax: dim 2 is out of range for shape [5, 33] (expected -2 .. 1)");
  CHECK(tn::softmax(a[9], 0).error().code() == tn::error_code::index_out_of_range);
  CHECK(tn::softmax(tn::tensor<float>(), 0).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::softmax_into(view, a, 1).error().code() == tn::error_code::shape_mismatch);
  auto row = make<float>({33}, uniform(33, -1, 1));
  auto expanded = tn::unwrap(row.expand({5, 33}));
  CHECK(tn::softmax_(expanded, 1).error().code() == tn::error_code::overlapping_memory);
  // A shifted window of its own input is computed apart.
  auto long_row = make<float>({40}, uniform(40, -1, 1)), copy = make<float>({40}, uniform(40, -1, 1));
  REQUIRE(tn::softmax_into(long_row.narrow(0, 3, 33), long_row.narrow(0, 0, 33), 0));
  CHECK(values(long_row.narrow(0, 3, 33)) == values(tn::softmax(copy.narrow(0, 0, 33), 0)));
}

}  // namespace tenon_test::softmax_test

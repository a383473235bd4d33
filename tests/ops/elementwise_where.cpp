// test: device
// where, masked_fill, and conversion between dtypes.
#include <tenon/ops/cast.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/where.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_where_test {

// where(x > 0, x, y) and the like, so that the condition varies with the operands.
const auto chosen = [](const auto& x, const auto& y) { return tn::where(tn::gt(x, 0), x, y); };
const auto chosen_into = [](auto& out, const auto& x, const auto& y) {
  return tn::where_into(out, tn::gt(x, 0), x, y);
};
const auto filled = [](const auto& x, const auto& y) { return tn::masked_fill(x, tn::lt(y, 2), 3); };
const auto filled_into = [](auto& out, const auto& x, const auto& y) {
  return tn::masked_fill_into(out, x, tn::lt(y, 2), 3);
};

TEST_CASE("where chooses, and what is not chosen has no influence", "[device]") {
  check_binary<TENON_FLOATS, TENON_INTEGERS>({.name = "where",
                                              .of = TENON_REAL(x[0] > 0 ? x[0] : x[1]),
                                              .of_integers = TENON_WHOLE(x[0] > 0 ? x[0] : x[1]),
                                              .bound = 0},
                                             chosen, chosen_into);
  check_binary<TENON_FLOATS, std::int32_t>({.name = "masked_fill",
                                            .of = TENON_REAL(x[1] < 2 ? 3 : x[0]),
                                            .of_integers = TENON_WHOLE(x[1] < 2 ? 3 : x[0]),
                                            .bound = 0},
                                           filled, filled_into);
}

TEST_CASE("where with scalars, and of mixed types", "[device]") {
  const auto c = make<bool>({3}, {1, 0, 1});
  const auto x = make<float>({3}, {1, 2, NaN});
  static_assert(std::is_same_v<decltype(tn::where(c, 1.0, 0.0)), tn::result<tn::tensor<float>>>);
  static_assert(std::is_same_v<decltype(tn::where(c, 1, 0)), tn::result<tn::tensor<std::int64_t>>>);
  static_assert(
      std::is_same_v<decltype(tn::where(c, make<tn::half>({3}, {1, 2, 3}), 0.5)), tn::result<tn::tensor<tn::half>>>);
  static_assert(
      std::is_same_v<decltype(tn::where(c, make<std::int8_t>({3}, {1, 2, 3}), x)), tn::result<tn::tensor<float>>>);
  CHECK(values(tn::where(c, 1.5, -1)) == std::vector<double>{1.5, -1, 1.5});
  CHECK(values(tn::where(c, true, false)) == std::vector<double>{1, 0, 1});
  expect_equal(values(tn::where(tn::eq(x, x), x, 0)), {1, 2, 0}, {3});
  CHECK(values(tn::where(make<bool>({2, 1}, {1, 0}), make<float>({3}, {1, 2, 3}), 7)) ==
        std::vector<double>{1, 2, 3, 7, 7, 7});
  CHECK(values(tn::eval(tn::where(tn::lt(tn::lazy(x), 2), x, -1))) == std::vector<double>{1, -1, -1});
}

TEST_CASE("masked_fill keeps the dtype, in place too", "[device]") {
  auto h = make<tn::half>({2, 2}, {1, 2, 3, 4});
  const auto m = make<bool>({2}, {1, 0});
  static_assert(std::is_same_v<decltype(tn::masked_fill(h, m, -inf)), tn::result<tn::tensor<tn::half>>>);
  CHECK(values(tn::masked_fill(h, m, -inf)) == std::vector<double>{-inf, 2, -inf, 4});
  const auto calls = tn::memory::statistics(test_device).calls;
  REQUIRE(tn::masked_fill_(h, m, 0.5).has_value());
  CHECK(tn::memory::statistics(test_device).calls == calls);
  CHECK(values(h) == std::vector<double>{0.5, 2, 0.5, 4});
  CHECK(values(tn::masked_fill(make<std::uint8_t>({2}, {1, 2}), m, make<float>({}, {300}))) ==
        std::vector<double>{255, 2});  // converted: saturates
}

TEST_CASE("to<T>: every dtype to every other, by the one rule", "[device]") {
  const std::vector<double> v = {0,     1,     -1,  2.5, -2.5, 127,  128,   255, 256,  300, -129,
                                 32768, 65504, 1e6, 3e9, -3e9, 1e19, -1e19, inf, -inf, NaN};
  const auto to_all = [&]<class From>(tn::type_tag<From>) {
    std::vector<double> own;
    for (const double d : v)
      if (!std::is_integral_v<From> || (std::isfinite(d) && d >= to_double(std::numeric_limits<From>::lowest()) &&
                                        d < to_double(std::numeric_limits<From>::max())))
        own.push_back(d);
    const tn::shape s{static_cast<index_t>(own.size())};
    const auto x = make<From>(s, own);
    own = values(x);
    const auto check = [&]<class To>(tn::type_tag<To>) {
      std::vector<double> want;
      for (const double d : own) {
        if constexpr (std::is_same_v<To, bool>)
          want.push_back(d != 0);
        else if constexpr (!std::is_integral_v<To>)
          want.push_back(to_double(From() == From() ? To(static_cast<tn::compute_t<To>>(d)) : To()));
        else if constexpr (std::is_integral_v<From>)
          want.push_back(static_cast<double>(static_cast<To>(static_cast<std::int64_t>(d))));
        else
          want.push_back(std::isnan(d)                                    ? 0
                         : d >= to_double(std::numeric_limits<To>::max()) ? to_double(std::numeric_limits<To>::max())
                         : d <= to_double(std::numeric_limits<To>::lowest())
                             ? to_double(std::numeric_limits<To>::lowest())
                             : std::trunc(d));
      }
      INFO(tn::name_of(tn::dtype_of<From>) << " to " << tn::name_of(tn::dtype_of<To>));
      expect_equal(values(tn::to<To>(x)), want, s);
      expect_equal(values(tn::to<To>(x.any())), want, s);
      expect_equal(values(tn::eval(tn::to<To>(tn::lazy(x)))), want, s);
    };
    check(tn::type_tag<bool>{}), check(tn::type_tag<std::uint8_t>{}), check(tn::type_tag<std::int8_t>{}),
        check(tn::type_tag<std::int32_t>{}), check(tn::type_tag<std::int64_t>{});
    check(tn::type_tag<tn::half>{}), check(tn::type_tag<tn::bfloat16>{}), check(tn::type_tag<float>{}),
        check(tn::type_tag<double>{});
  };
  to_all(tn::type_tag<bool>{}), to_all(tn::type_tag<std::uint8_t>{}), to_all(tn::type_tag<std::int16_t>{}),
      to_all(tn::type_tag<std::int64_t>{});
  to_all(tn::type_tag<tn::half>{}), to_all(tn::type_tag<tn::bfloat16>{}), to_all(tn::type_tag<float>{}),
      to_all(tn::type_tag<double>{});
}

TEST_CASE("to<T> of a tensor that has the dtype is the same tensor") {
  const auto x = make<float>({2}, {1, 2});
  const auto same = tn::unwrap(tn::to<float>(x));
  CHECK(same.data() == x.data());
  CHECK(tn::to<float>(tn::tensor<float>()).error().code() == tn::error_code::invalid_argument);
  const auto z = tn::unwrap(tn::to<std::complex<double>>(x));
  CHECK(z.data()[1] == std::complex<double>(2, 0));
  CHECK(tn::to<float>(z.any()).error().message() ==
        "to: a complex128 tensor has no one real value: take real(x), imag(x) or abs(x)");
  CHECK(values(tn::to<bool>(z)) == std::vector<double>{1, 1});
}

}  // namespace tenon_test::elementwise_where_test

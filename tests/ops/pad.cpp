// test: device
#include <tenon/kernels/reference/pad.hpp>
#include <tenon/ops/pad.hpp>

#include "../support/positions.hpp"

namespace tenon_test::pad_test {

namespace {

auto reference_of(tn::pad_mode mode) {
  switch (mode) {
    case tn::pad_mode::reflect: return reference::pad_reflect;
    case tn::pad_mode::replicate: return reference::pad_replicate;
    case tn::pad_mode::circular: return reference::pad_circular;
    default: return reference::pad_constant;
  }
}

template <class T>
void check(const tn::shape& s, std::initializer_list<index_t> list, tn::pad_mode mode) {
  const auto widths = tn::unwrap(tn::pad_widths::from(list));
  const auto v = counting(s);
  tn::shape t = s;
  index_t before[tn::max_rank], behind[tn::max_rank];
  for (int d = 0; d < s.rank(); ++d) {
    before[d] = widths[2 * (s.rank() - 1 - d)];
    behind[d] = widths[2 * (s.rank() - 1 - d) + 1];
    t.set(d, s[d] + before[d] + behind[d]);
  }
  const auto want = written(t, [&](auto out) { reference::pad(out, view(v, s), before, behind, reference_of(mode), 3.0); });
  const tn::pad_options options{.mode = mode, .value = 3};
  for (const auto& [name, x] : layouts<T>(s, v)) {
    INFO(tn::name_of(tn::dtype_of<T>) << ", " << name << ", " << tn::name_of(mode) << ", rank " << s.rank());
    const auto y = tn::pad(x, widths, options);
    INFO(message_of(y));
    REQUIRE(y.has_value());
    REQUIRE(y->shape() == t);
    expect_equal(values(y), want, t);
  }
  for (auto& [name, out] : layouts<T>(t, std::vector<double>(want.size(), 7))) {
    REQUIRE(tn::pad_into(out, make<T>(s, v), widths, options));
    expect_equal(values(out), want, t);
  }
}

}  // namespace

TEST_CASE("pad: every mode against its definition, in every layout", "[device]") {
  for_each_size([]<class T>(tn::type_tag<T>) {
    for (const auto mode : {tn::pad_mode::constant, tn::pad_mode::reflect, tn::pad_mode::replicate, tn::pad_mode::circular}) {
      for (index_t n = 3; n <= 40; ++n) check<T>({n}, {2, 1}, mode);
      check<T>({4, 3, 5}, {4, 2}, mode);
      check<T>({4, 3, 5}, {0, 3, 2, 1}, mode);
      check<T>({4, 3, 5}, {1, 0, 0, 2, 3, 3}, mode);
      check<T>({2, 2, 3, 3}, {1, 1, 1, 1, 1, 1, 1, 1}, mode);
      check<T>({4, 6, 5}, {-1, 2, 1, -2}, mode);                 // cut first, then mirrored
      check<T>({4, 6}, {-2, -4, 1, 1}, mode);                    // cut to nothing
      check<T>({5, 4}, {}, mode);
      check<T>({0, 4}, {1, 2}, mode);
      check<T>({1, 1, 1, 1, 1, 1, 1, 2}, {1, 0}, mode);
    }
    check<T>({3, 0}, {1, 2}, tn::pad_mode::constant);
    check<T>({3}, {200, 300}, tn::pad_mode::constant);
    check<T>({3}, {200, 300}, tn::pad_mode::replicate);
    check<T>({1}, {1, 1}, tn::pad_mode::circular);
  });
}

TEST_CASE("pad: values, special values, errors", "[device]") {
  const auto x = make<float>({2, 2}, {NaN, -inf, -0.0, 1});
  expect_equal(values(tn::pad(x, {1, 0}, {.value = inf})), {inf, NaN, -inf, inf, -0.0, 1}, {2, 3});
  CHECK(values(tn::pad(make<std::uint8_t>({1}, {1}), {1, 0}, {.value = 300})) == std::vector<double>{255, 1});
  CHECK(values(tn::pad(make<bool>({1}, {0}), {1, 0}, {.value = NaN})) == std::vector<double>{1, 0});
  CHECK(values(tn::pad(make<float>({}, {5}), {})) == std::vector<double>{5});
  const std::vector<int> widths{1, 1};
  CHECK(tn::pad(x, *tn::pad_widths::from(widths))->shape() == tn::shape{2, 4});

  CHECK(message_of(tn::pad(x, {1})) == "pad: widths [1] must come in pairs, at most one for each dimension of shape [2, 2]");
  CHECK(message_of(tn::pad(x, {1, 1, 1, 1, 1, 1})) == "pad: widths [1, 1, 1, 1, 1, 1] must come in pairs, at most one for each dimension of shape [2, 2]");
  CHECK(message_of(tn::pad(x, {-2, -1})) == "pad: widths [-2, -1] cut away more than dim 1 of shape [2, 2] has");
  CHECK(message_of(tn::pad(x, {2, 0}, {.mode = tn::pad_mode::reflect})) ==
        "pad: widths [2, 0] ask mode reflect for more than dim 1 of shape [2, 2] gives (at most 1)");
  CHECK(message_of(tn::pad(x, {0, 3}, {.mode = tn::pad_mode::circular})) ==
        "pad: widths [0, 3] ask mode circular for more than dim 1 of shape [2, 2] gives (at most 2)");
  CHECK_FALSE(tn::pad(empty<float>({2, 0}), {1, 1}, {.mode = tn::pad_mode::replicate}).has_value());
  CHECK_FALSE(tn::pad(x, {INT64_MIN, 0}).has_value());
  CHECK(tn::pad(x, {INT64_MAX, INT64_MAX}).error().code() == tn::error_code::size_overflow);
  CHECK_FALSE(tn::pad(x, {index_t{1} << 61, 0}).has_value());
}

}  // namespace tenon_test::pad_test

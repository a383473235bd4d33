// test: device
#include <tenon/kernels/reference/pooling.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/pooling.hpp>

#include "../support/cases.hpp"

#include <algorithm>
#include <oneapi/tbb/global_control.h>

namespace tenon_test::pooling_test {
namespace reference = tn::kernels::reference;

namespace {

constexpr index_t unbatched = -1;

// A problem as a caller states it. Adaptive: `kernel` is the size of the output.
template <int D>
struct problem {
  index_t batch, channels;
  tn::spatial<D> in, kernel, stride = 0, pad = 0, dilation = 1;
  bool ceil_mode = false, count_include_pad = true;
  index_t divisor = 0;
  bool adaptive = false;

  tn::shape with_leading(const index_t* spatial) const {
    tn::shape s;
    if (batch != unbatched) s.push_back(batch);
    s.push_back(channels);
    for (int d = 0; d < D; ++d) s.push_back(spatial[d]);
    return s;
  }
  tn::shape input() const { return with_leading(in.at); }
  tn::shape output() const { return with_leading(canonical().out + 3 - D); }
  // In three dimensions, as the reference has it; derived from PyTorch's formula, not from the op.
  tn::kernels::pooling_shape canonical() const {
    tn::kernels::pooling_shape s;
    s.batch = batch == unbatched ? 1 : batch;
    s.channels = channels;
    s.adaptive = adaptive, s.count_padding = count_include_pad, s.divisor = divisor;
    for (int d = 0; d < D; ++d) {
      const int to = 3 - D + d;
      s.in[to] = in[d], s.out[to] = kernel[d];
      if (adaptive) continue;
      s.kernel[to] = kernel[d], s.stride[to] = stride[d] ? stride[d] : kernel[d], s.pad[to] = pad[d], s.dilation[to] = dilation[d];
      const double steps = static_cast<double>(in[d] + 2 * pad[d] - dilation[d] * (kernel[d] - 1) - 1) / static_cast<double>(s.stride[to]);
      s.out[to] = static_cast<index_t>(ceil_mode ? std::ceil(steps) : std::floor(steps)) + 1;
      if (ceil_mode && (s.out[to] - 1) * s.stride[to] >= in[d] + pad[d]) --s.out[to];
    }
    return s;
  }
};

template <int D, class T>
auto max_pool(const tn::tensor<T>& x, const problem<D>& p) {
  const tn::max_pool_options<D> o{p.stride, p.pad, p.dilation, p.ceil_mode};
  if constexpr (D == 1) return p.adaptive ? tn::adaptive_max_pool1d(x, p.kernel) : tn::max_pool1d(x, p.kernel, o);
  if constexpr (D == 2) return p.adaptive ? tn::adaptive_max_pool2d(x, p.kernel) : tn::max_pool2d(x, p.kernel, o);
  if constexpr (D == 3) return p.adaptive ? tn::adaptive_max_pool3d(x, p.kernel) : tn::max_pool3d(x, p.kernel, o);
}
template <int D, class T>
auto max_pool_with_indices(const tn::tensor<T>& x, const problem<D>& p) {
  const tn::max_pool_options<D> o{p.stride, p.pad, p.dilation, p.ceil_mode};
  if constexpr (D == 1) return p.adaptive ? tn::adaptive_max_pool1d_with_indices(x, p.kernel) : tn::max_pool1d_with_indices(x, p.kernel, o);
  if constexpr (D == 2) return p.adaptive ? tn::adaptive_max_pool2d_with_indices(x, p.kernel) : tn::max_pool2d_with_indices(x, p.kernel, o);
  if constexpr (D == 3) return p.adaptive ? tn::adaptive_max_pool3d_with_indices(x, p.kernel) : tn::max_pool3d_with_indices(x, p.kernel, o);
}
template <int D, class T>
auto avg_pool(const tn::tensor<T>& x, const problem<D>& p) {
  const tn::avg_pool_options<D> o{p.stride, p.pad, p.ceil_mode, p.count_include_pad, p.divisor};
  if constexpr (D == 1) return p.adaptive ? tn::adaptive_avg_pool1d(x, p.kernel) : tn::avg_pool1d(x, p.kernel, o);
  if constexpr (D == 2) return p.adaptive ? tn::adaptive_avg_pool2d(x, p.kernel) : tn::avg_pool2d(x, p.kernel, o);
  if constexpr (D == 3) return p.adaptive ? tn::adaptive_avg_pool3d(x, p.kernel) : tn::avg_pool3d(x, p.kernel, o);
}

template <int D>
std::string describe(const problem<D>& p, tn::dtype type, const char* layout) {
  return std::string(tn::make_text(type, ", ", layout, ", input ", p.input(), ", kernel or size ", p.kernel, ", stride ", p.stride, ", padding ", p.pad,
                                   ", dilation ", p.dilation, p.ceil_mode ? ", ceil" : "", p.adaptive ? ", adaptive" : "")
                         .view());
}

// Maximum and its place are exact.
template <class T, int D>
void check_max(const problem<D>& p, const std::vector<double>& x) {
  const auto s = p.canonical();
  const tn::shape out_shape = p.output();
  std::vector<double> want(static_cast<std::size_t>(out_shape.numel()));
  std::vector<std::int64_t> places(want.size());
  const bool has_infinity = std::numeric_limits<T>::has_infinity;
  reference::max_pool(s, want.data(), places.data(), x.data(), has_infinity ? -inf : to_double(std::numeric_limits<T>::lowest()));
  const std::vector<double> want_places(places.begin(), places.end());
  for (const auto& [name, t] : layouts<T>(p.input(), x)) {
    INFO(describe(p, tn::dtype_of<T>, name));
    const auto y = max_pool(t, p);
    expect_equal(values(y), want, out_shape);
    REQUIRE(y->shape() == out_shape);
    const auto both = max_pool_with_indices(t, p);
    REQUIRE(both);
    expect_equal(values(both->values), want, out_shape);
    expect_equal(values(both->indices), want_places, out_shape);
  }
}

template <class T, int D>
void check_avg(const problem<D>& p) {
  const auto s = p.canonical();
  const tn::shape out_shape = p.output();
  const auto x = rounded<T>(uniform(static_cast<std::size_t>(p.input().numel()), -1, 1));
  std::vector<long double> wide(x.begin(), x.end()), want(static_cast<std::size_t>(out_shape.numel())), size(want.size());
  reference::avg_pool(s, want.data(), wide.data());
  for (auto& v : wide) v = std::fabs(v);
  reference::avg_pool(s, size.data(), wide.data());
  const std::vector<double> expected(want.begin(), want.end());
  index_t window = 1;                                              // the largest one
  for (int d = 0; d < 3; ++d) window *= p.adaptive ? (s.out[d] ? s.in[d] / s.out[d] + 2 : 0) : s.kernel[d];
  const double u = std::numeric_limits<tn::compute_t<T>>::epsilon() / 2;
  for (const auto& [name, t] : layouts<T>(p.input(), x)) {
    INFO(describe(p, tn::dtype_of<T>, name));
    const auto y = avg_pool(t, p);
    expect_within(values(y), expected, out_shape,
                  [&](std::size_t i) { return static_cast<double>(window + 1) * u * static_cast<double>(size[i]) + ulp<T>(expected[i]) / 2; });
    REQUIRE(y->shape() == out_shape);
  }
}

template <class T, int D>
void check(const problem<D>& p) {
  // Small whole numbers: ties abound, so the first place must win.
  std::vector<double> x = uniform(static_cast<std::size_t>(p.input().numel()), 0, 6);
  for (auto& v : x) v = std::floor(v) - (std::is_unsigned_v<T> ? 0 : 3);
  check_max<T>(p, x);
  bool dilated = false;
  for (int d = 0; d < D; ++d) dilated = dilated || p.dilation[d] != 1;
  if constexpr (tn::floating<T>) {
    if (!dilated) check_avg<T>(p);
    const auto place = uniform(x.size(), 0, 1, 7);                 // NaN and infinities strewn in
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = place[i] < 0.08 ? NaN : place[i] < 0.3 ? -inf : place[i] < 0.35 ? inf : x[i];
    check_max<T>(p, x);
    check_max<T>(p, std::vector<double>(x.size(), -inf));
    check_max<T>(p, std::vector<double>(x.size(), NaN));
  }
}

template <class T>
void check_all() {
  for (const auto& p : std::initializer_list<problem<1>>{
           {.batch = 1, .channels = 1, .in = 1, .kernel = 1},
           {.batch = 2, .channels = 3, .in = 37, .kernel = 5},
           {.batch = unbatched, .channels = 2, .in = 71, .kernel = 3, .stride = 1, .pad = 1},
           {.batch = 1, .channels = 2, .in = 71, .kernel = 2, .stride = 2, .ceil_mode = true},
           {.batch = 1, .channels = 2, .in = 23, .kernel = 2, .stride = 5},                                           // kernel < stride
           {.batch = 1, .channels = 2, .in = 3, .kernel = 6, .stride = 2, .pad = 3},                                  // kernel > input
           {.batch = 1, .channels = 2, .in = 3, .kernel = 6, .stride = 2, .pad = 3, .ceil_mode = true, .count_include_pad = false},
           {.batch = 2, .channels = 1, .in = 29, .kernel = 4, .stride = 3, .pad = 2, .dilation = 3},
           {.batch = 1, .channels = 1, .in = 1, .kernel = 2, .stride = 1, .pad = 1, .dilation = 2},                   // padding only
           {.batch = 1, .channels = 1, .in = 4, .kernel = 3, .stride = 2, .pad = 1, .ceil_mode = true},
           {.batch = 0, .channels = 3, .in = 9, .kernel = 3},
           {.batch = 2, .channels = 0, .in = 9, .kernel = 3},
           {.batch = 2, .channels = 3, .in = 17, .kernel = 5, .adaptive = true},
           {.batch = unbatched, .channels = 1, .in = 3, .kernel = 8, .adaptive = true},                               // larger than the input
           {.batch = 1, .channels = 1, .in = 3, .kernel = 0, .adaptive = true}})
    check<T>(p);
  for (const auto& p : std::initializer_list<problem<2>>{
           {.batch = 2, .channels = 3, .in = {7, 11}, .kernel = {3, 2}, .pad = {1, 1}},
           {.batch = unbatched, .channels = 2, .in = {5, 70}, .kernel = 2, .stride = 1},
           {.batch = 1, .channels = 2, .in = {9, 8}, .kernel = 3, .stride = 2, .pad = 1, .ceil_mode = true},
           {.batch = 1, .channels = 2, .in = {9, 8}, .kernel = 3, .stride = {2, 3}, .pad = {1, 0}, .ceil_mode = true, .count_include_pad = false},
           {.batch = 1, .channels = 1, .in = {9, 13}, .kernel = {2, 3}, .stride = {3, 1}, .pad = {1, 1}, .dilation = {4, 2}},
           {.batch = 1, .channels = 2, .in = {6, 6}, .kernel = {6, 6}, .divisor = 7},
           {.batch = 2, .channels = 2, .in = {7, 10}, .kernel = {3, 4}, .adaptive = true},
           {.batch = 2, .channels = 3, .in = {9, 23}, .kernel = 1, .adaptive = true},                                 // global
           {.batch = 1, .channels = 2, .in = {13, 21}, .kernel = {7, 11}, .stride = {2, 5}, .pad = {3, 5}, .ceil_mode = true},
           {.batch = 1, .channels = 1, .in = {1, 9}, .kernel = {2, 1}, .adaptive = true}})
    check<T>(p);
  for (const auto& p : std::initializer_list<problem<3>>{
           {.batch = 1, .channels = 2, .in = {4, 5, 9}, .kernel = {2, 3, 2}, .pad = {1, 1, 0}},
           {.batch = unbatched, .channels = 1, .in = {3, 4, 7}, .kernel = 2, .stride = {1, 2, 3}, .ceil_mode = true},
           {.batch = 1, .channels = 1, .in = {5, 1, 6}, .kernel = {3, 1, 2}, .stride = 1, .pad = {1, 0, 1}, .dilation = {2, 1, 3}},
           {.batch = 1, .channels = 2, .in = {5, 4, 6}, .kernel = {2, 3, 4}, .adaptive = true}})
    check<T>(p);
}

}  // namespace

TEST_CASE("max_pool and avg_pool equal the definition in every layout: float and double", "[device]") { check_all<float>(), check_all<double>(); }
TEST_CASE("max_pool and avg_pool equal the definition in every layout: half and bfloat16", "[device]") { check_all<tn::half>(), check_all<tn::bfloat16>(); }
TEST_CASE("max_pool equals the definition in every layout: integers", "[device]") {
  check_all<std::int8_t>(), check_all<std::uint8_t>(), check_all<std::int16_t>(), check_all<std::int32_t>(), check_all<std::int64_t>();
}

TEST_CASE("pooling of every width", "[device]") {
  for (index_t n = 2; n <= 4 * 16 + 3; ++n)
    for (const index_t stride : {1, 2, 3}) check<float, 1>({.batch = 1, .channels = 2, .in = n, .kernel = 2, .stride = stride, .pad = 1});
}

TEST_CASE("pooling: PyTorch's numbers", "[device]") {
  const auto x = make<float>({1, 4, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const auto top = tn::unwrap(tn::max_pool2d_with_indices(x, 2));
  CHECK(values(top.values) == std::vector<double>{6, 8, 14, 16});
  CHECK(values(top.indices) == std::vector<double>{5, 7, 13, 15});
  CHECK(values(tn::avg_pool2d(x, 2)) == std::vector<double>{3.5, 5.5, 11.5, 13.5});
  CHECK(values(tn::avg_pool2d(x, 2, {.divisor_override = 1})) == std::vector<double>{14, 22, 46, 54});
  // A last window that starts inside the input reaches over its end; places outside the padded input never count.
  const auto row = make<float>({1, 5}, {1, 2, 3, 4, 5});
  CHECK(values(tn::max_pool1d(row, 2, {.ceil_mode = true})) == std::vector<double>{2, 4, 5});
  CHECK(values(tn::avg_pool1d(row, 2, {.ceil_mode = true})) == std::vector<double>{1.5, 3.5, 5});
  CHECK(values(tn::avg_pool1d(row, 3, {.stride = 3, .padding = 1, .ceil_mode = true})) == std::vector<double>{1, 4});
  CHECK(values(tn::avg_pool1d(row, 3, {.stride = 3, .padding = 1, .ceil_mode = true, .count_include_pad = false})) == std::vector<double>{1.5, 4});
}

TEST_CASE("max_pool: NaN at each place of a window wins, an index is always inside", "[device]") {
  for (index_t at = 0; at < 9; ++at) {
    std::vector<double> x = uniform(9, -1, 1);
    x[static_cast<std::size_t>(at)] = NaN;
    for (const bool padded : {false, true}) {
      const auto y = tn::unwrap(padded ? tn::max_pool2d_with_indices(make<float>({1, 3, 3}, x), 5, {.padding = 1}) : tn::max_pool2d_with_indices(make<float>({1, 3, 3}, x), 3));
      CHECK(std::isnan(values(y.values)[0]));
      CHECK(values(y.indices)[0] == static_cast<double>(at));
    }
  }
  const auto lowest = tn::unwrap(tn::max_pool2d_with_indices(make<float>({1, 3, 3}, std::vector<double>(9, -inf)), 3, {.stride = 1, .padding = 1}));
  for (const double v : values(lowest.values)) CHECK(v == -inf);
  for (const double i : values(lowest.indices)) CHECK((i >= 0 && i < 9));
}

TEST_CASE("pooling: the bits do not depend on the number of threads") {
  const oneapi::tbb::global_control allow(oneapi::tbb::global_control::max_allowed_parallelism, 7);
  const auto x = make<float>({5, 7, 60, 61}, uniform(5 * 7 * 60 * 61, -1, 1));
  const auto largest = values(tn::max_pool2d(x, 3, {.stride = 2})), mean = values(tn::avg_pool2d(x, 3, {.stride = 2, .padding = 1})),
             adaptive = values(tn::adaptive_avg_pool2d(x, 7));
  for (const int threads : {1, 2, 3, 7})
    oneapi::tbb::task_arena(threads).execute([&] {
      REQUIRE(values(tn::max_pool2d(x, 3, {.stride = 2})) == largest);
      REQUIRE(values(tn::avg_pool2d(x, 3, {.stride = 2, .padding = 1})) == mean);
      REQUIRE(values(tn::adaptive_avg_pool2d(x, 7)) == adaptive);
    });
}

TEST_CASE("pooling: numbers far beyond the input neither hang nor overflow", "[device]") {
  const index_t far = index_t{1} << 40, most = INT64_MAX;
  const auto x = make<float>({1, 8}, uniform(8, 0, 1));
  const auto all = values(x);
  CHECK(values(tn::max_pool1d(x, far, {.padding = far / 2})) == std::vector<double>(1, *std::max_element(all.begin(), all.end())));
  CHECK(tn::max_pool1d(x, 2, {.stride = most})->numel() == 1);
  CHECK(tn::max_pool1d(x, 2, {.stride = most, .ceil_mode = true})->numel() == 1);
  CHECK(tn::max_pool1d(x, 1, {.dilation = most})->numel() == 8);
  CHECK(tn::max_pool1d(x, 2, {.dilation = most}).error().code() == tn::error_code::size_overflow);
  CHECK(tn::max_pool1d(x, most).error().code() == tn::error_code::size_overflow);
  CHECK(tn::adaptive_max_pool1d(x, most).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::adaptive_avg_pool3d(make<float>({1, 1, 1, 1}, {3}), index_t{1} << 30).error().code() == tn::error_code::size_overflow);
}

TEST_CASE("pooling: forms, lazy operands, targets", "[device]") {
  const auto x = make<float>({2, 3, 8, 9}, uniform(432, -1, 1));
  const tn::shape s{2, 3, 4, 4};
  const auto want = values(tn::max_pool2d(x, 2));
  CHECK(values(tn::max_pool2d(tn::lazy(x), 2)) == want);
  CHECK(values(tn::max_pool2d(tn::result<tn::tensor<float>>(x), 2)) == want);
  for (auto& [name, out] : layouts<float>(s, std::vector<double>(96, 7.0))) {
    INFO(name);
    REQUIRE(tn::max_pool2d_into(out, x, 2));
    CHECK(values(out) == want);
    REQUIRE(tn::avg_pool2d_into(out, x, 2));
    CHECK(values(out) == values(tn::avg_pool2d(x, 2)));
    REQUIRE(tn::adaptive_max_pool2d_into(out, x, 4));
    CHECK(values(out) == values(tn::adaptive_max_pool2d(x, 4)));
    REQUIRE(tn::adaptive_avg_pool2d_into(out, x, 4));
    CHECK(values(out) == values(tn::adaptive_avg_pool2d(x, 4)));
  }
  auto same = make<float>({1, 5, 5}, uniform(25, -1, 1));
  const auto smoothed = values(tn::avg_pool2d(same, 3, {.stride = 1, .padding = 1}));
  REQUIRE(tn::avg_pool2d_into(same, same, 3, {.stride = 1, .padding = 1}));                              // out is the input
  CHECK(values(same) == smoothed);
}

TEST_CASE("pooling: a refused allocation is an error, whichever it is") {
  const auto x = make<float>({3, 9, 8}, uniform(216, -1, 1));
  int refused = 0;
  for (;; ++refused) {
    tn::memory::fail_after(refused);
    const auto y = tn::max_pool2d_with_indices(x, 2);
    tn::memory::fail_after(-1);
    if (y) break;
    REQUIRE(y.error().code() == tn::error_code::out_of_memory);
  }
  CHECK(refused >= 2);
}

TEST_CASE("pooling: errors", "[device]") {
  const auto x = empty<float>({1, 3, 4, 5});
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  CHECK(message(tn::max_pool2d(x, 5)) == "max_pool2d: the window of kernel (5, 5) with dilation (1, 1) is larger than the padded input [1, 3, 4, 5]");
  CHECK(message(tn::avg_pool2d(x, 2, {.padding = 2})) ==
        "avg_pool2d: kernel (2, 2) and dilation (1, 1) must be positive, stride (0, 0) positive or 0 (the kernel's size), and padding (2, 2) between 0 and half the kernel");
  CHECK(message(tn::max_pool1d(x, 2)) == "max_pool1d: input [1, 3, 4, 5] must have 3 dimensions (batch, channels, 1 spatial) or 2 without a batch");
  CHECK(message(tn::avg_pool2d(x, 2, {.divisor_override = -1})) == "avg_pool2d: divisor_override must be positive (or 0 for none), got -1");
  CHECK(message(tn::adaptive_avg_pool2d(x, {2, -1})) == "adaptive_avg_pool2d: input [1, 3, 4, 5] cannot be pooled to a size of (2, -1)");
  CHECK(message(tn::max_pool2d_with_indices(empty<float>({1, 3, 0, 5}), 2, {.padding = 1})) ==
        "max_pool2d_with_indices: the padded input [1, 3, 0, 5] has no place for a window of (2, 2)");
  CHECK(tn::adaptive_max_pool1d(empty<float>({3, 0}), 2).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::max_pool2d(x, 0).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::max_pool2d(x, 2, {.stride = -1}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::max_pool2d(x[4], 2).error().code() == tn::error_code::index_out_of_range);
  auto wrong = empty<float>({1, 3, 2, 3});
  CHECK(tn::max_pool2d_into(wrong, x, 2).error().code() == tn::error_code::shape_mismatch);
}

}  // namespace tenon_test::pooling_test

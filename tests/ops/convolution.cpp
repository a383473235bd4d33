// test: device
#include <tenon/kernels/reference/convolution.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/lazy.hpp>

#include "../support/turns.hpp"

#include <oneapi/tbb/global_control.h>

namespace tenon_test::convolution_test {
namespace reference = tn::kernels::reference;
using tn::conv_algorithm;

namespace {

constexpr index_t unbatched = -1;

// A problem as a caller states it. same: padding::same instead of `pad`.
template <int D>
struct problem {
  index_t batch, groups, in_channels, out_channels;
  tn::spatial<D> in, kernel, stride = 1, pad = 0, dilation = 1;
  bool same = false, bias = true;

  tn::shape input() const {
    tn::shape s;
    if (batch != unbatched) s.push_back(batch);
    s.push_back(in_channels);
    for (int d = 0; d < D; ++d) s.push_back(in[d]);
    return s;
  }
  tn::shape weight() const {
    tn::shape s{out_channels, in_channels / groups};
    for (int d = 0; d < D; ++d) s.push_back(kernel[d]);
    return s;
  }
  tn::shape output() const {
    const auto c = canonical();
    tn::shape s;
    if (batch != unbatched) s.push_back(batch);
    s.push_back(out_channels);
    for (int d = 0; d < D; ++d) s.push_back(c.out[3 - D + d]);
    return s;
  }
  tn::conv_options<D> options(conv_algorithm algorithm) const {
    tn::conv_options<D> o;
    o.stride = stride;
    if (same)
      o.padding = tn::padding::same;
    else
      o.padding.amount = pad;
    o.dilation = dilation;
    o.groups = groups;
    o.algorithm = algorithm;
    return o;
  }
  // In three dimensions, as the reference has it; derived from PyTorch's formula, not from the op.
  tn::kernels::convolution_shape canonical() const {
    tn::kernels::convolution_shape s;
    s.batch = batch == unbatched ? 1 : batch;
    s.in_channels = in_channels, s.out_channels = out_channels, s.groups = groups;
    for (int d = 0; d < D; ++d) {
      const int to = 3 - D + d;
      const index_t total = same ? dilation[d] * (kernel[d] - 1) : 2 * pad[d];
      s.in[to] = in[d], s.kernel[to] = kernel[d], s.stride[to] = stride[d], s.dilation[to] = dilation[d];
      s.pad[to] = same ? total / 2 : pad[d];
      s.out[to] = (in[d] + total - dilation[d] * (kernel[d] - 1) - 1) / stride[d] + 1;
    }
    return s;
  }
};

template <class T, int D, class X, class W>
auto convolve(const X& x, const W& w, const tn::tensor<T>* bias, const tn::conv_options<D>& o) {
  if constexpr (D == 1)
    return bias ? tn::conv1d(x, w, *bias, o) : tn::conv1d(x, w, o);
  else if constexpr (D == 2)
    return bias ? tn::conv2d(x, w, *bias, o) : tn::conv2d(x, w, o);
  else
    return bias ? tn::conv3d(x, w, *bias, o) : tn::conv3d(x, w, o);
}

std::vector<long double> widened(const std::vector<double>& v, bool magnitude = false) {
  std::vector<long double> r(v.begin(), v.end());
  if (magnitude)
    for (auto& x : r) x = std::fabs(x);
  return r;
}

// All that this device has, in their order of the enumeration. (A machine with a GPU may be without cuDNN.)
std::vector<conv_algorithm> algorithms() {
  std::vector<conv_algorithm> all{conv_algorithm::automatic, conv_algorithm::direct, conv_algorithm::im2col};
  static const bool with_cudnn = [] {
    const auto one = make<float>({1, 1, 1}, {1});
    return tn::conv1d(one, one, {.algorithm = conv_algorithm::cudnn}).has_value();
  }();
  if (with_cudnn) all.push_back(conv_algorithm::cudnn);
  return all;
}

template <class T, int D>
void check(const problem<D>& p) {
  const auto s = p.canonical();
  const tn::shape x_shape = p.input(), w_shape = p.weight(), out_shape = p.output();
  const auto x = rounded<T>(uniform(static_cast<std::size_t>(x_shape.numel()), -1, 1, 1));
  const auto w = rounded<T>(uniform(static_cast<std::size_t>(w_shape.numel()), -1, 1, 2));
  const auto b = rounded<T>(uniform(static_cast<std::size_t>(p.out_channels), -1, 1, 3));
  std::vector<long double> want(static_cast<std::size_t>(out_shape.numel())), size(want.size());
  for (const bool magnitude : {false, true}) {
    const auto wide_x = widened(x, magnitude), wide_w = widened(w, magnitude), wide_b = widened(b, magnitude);
    reference::convolution(s, (magnitude ? size : want).data(), wide_x.data(), wide_w.data(), p.bias ? wide_b.data() : nullptr);
  }
  const std::vector<double> expected(want.begin(), want.end());
  const double u = std::numeric_limits<tn::compute_t<T>>::epsilon() / 2, terms = static_cast<double>(s.depth() + 1);
  const auto bound = [&](std::size_t i) { return terms * u * static_cast<double>(size[i]) + ulp<T>(expected[i]) / 2; };

  const auto bias = make<T>({p.out_channels}, b);
  const auto inputs = layouts<T>(x_shape, x), weights = layouts<T>(w_shape, w);
  for (const auto algorithm : algorithms())
    for (const std::size_t i : turns(inputs.size())) {
      INFO(tn::name_of(tn::dtype_of<T>) << ", algorithm " << static_cast<int>(algorithm) << ", " << inputs[i].name << ", input "
                                        << tn::make_text(x_shape).view() << ", weight " << tn::make_text(w_shape).view()
                                        << tn::make_text(", stride ", p.stride, ", padding ", p.pad, ", dilation ", p.dilation).view());
      const auto y = convolve(inputs[i].x, weights[i].x, p.bias ? &bias : nullptr, p.options(algorithm));
      expect_within(values(y), expected, out_shape, bound);
      REQUIRE(y->shape() == out_shape);
      if (i > 0) expect_within(values(convolve(inputs[i].x, weights[0].x, p.bias ? &bias : nullptr, p.options(algorithm))), expected, out_shape, bound);
    }
}

template <class T>
void check_1d() {
  for (const auto& p : std::initializer_list<problem<1>>{
           {.batch = 1, .groups = 1, .in_channels = 1, .out_channels = 1, .in = 1, .kernel = 1, .bias = false},
           {.batch = 2, .groups = 1, .in_channels = 3, .out_channels = 7, .in = 37, .kernel = 5, .pad = 2},
           {.batch = unbatched, .groups = 1, .in_channels = 2, .out_channels = 5, .in = 11, .kernel = 4, .same = true},
           {.batch = 3, .groups = 3, .in_channels = 6, .out_channels = 9, .in = 23, .kernel = 3, .stride = 4, .pad = 1},        // kernel < stride
           {.batch = 1, .groups = 5, .in_channels = 5, .out_channels = 5, .in = 67, .kernel = 3, .pad = 3, .dilation = 3},      // depthwise
           {.batch = 1, .groups = 1, .in_channels = 2, .out_channels = 3, .in = 3, .kernel = 7, .pad = 2},                       // kernel > input
           {.batch = 1, .groups = 1, .in_channels = 2, .out_channels = 3, .in = 3, .kernel = 7, .stride = 3, .pad = 9, .dilation = 2},
           {.batch = 0, .groups = 1, .in_channels = 2, .out_channels = 3, .in = 9, .kernel = 3},
           {.batch = 2, .groups = 1, .in_channels = 0, .out_channels = 3, .in = 9, .kernel = 3},                                 // nothing to sum: the bias
           {.batch = 2, .groups = 1, .in_channels = 2, .out_channels = 0, .in = 9, .kernel = 3},
           {.batch = 1, .groups = 1, .in_channels = 2, .out_channels = 2, .in = 0, .kernel = 2, .pad = 2}})                      // padding only
    check<T>(p);
}

template <class T>
void check_2d() {
  for (const auto& p : std::initializer_list<problem<2>>{
           {.batch = 2, .groups = 1, .in_channels = 3, .out_channels = 13, .in = {7, 19}, .kernel = {3, 3}, .pad = 1},
           {.batch = unbatched, .groups = 1, .in_channels = 5, .out_channels = 4, .in = {6, 5}, .kernel = {1, 1}},                // pointwise
           {.batch = 2, .groups = 2, .in_channels = 4, .out_channels = 8, .in = {5, 7}, .kernel = {1, 1}, .stride = {2, 3}},
           {.batch = 1, .groups = 7, .in_channels = 7, .out_channels = 14, .in = {9, 17}, .kernel = {3, 2}, .stride = {1, 2}, .pad = {2, 0}},
           {.batch = 1, .groups = 1, .in_channels = 2, .out_channels = 6, .in = {13, 11}, .kernel = {3, 5}, .stride = {2, 1}, .pad = {3, 5}, .dilation = {2, 3}},
           {.batch = 1, .groups = 1, .in_channels = 3, .out_channels = 5, .in = {8, 9}, .kernel = {2, 5}, .dilation = {3, 1}, .same = true},
           {.batch = 1, .groups = 1, .in_channels = 1, .out_channels = 1, .in = {1, 1}, .kernel = {3, 3}, .pad = 1, .bias = false},
           {.batch = 3, .groups = 1, .in_channels = 1, .out_channels = 2, .in = {1, 31}, .kernel = {1, 3}, .stride = {5, 3}},
           {.batch = 1, .groups = 1, .in_channels = 33, .out_channels = 17, .in = {10, 10}, .kernel = {3, 3}}})
    check<T>(p);
}

template <class T>
void check_3d() {
  for (const auto& p : std::initializer_list<problem<3>>{
           {.batch = 1, .groups = 1, .in_channels = 2, .out_channels = 5, .in = {3, 4, 9}, .kernel = {2, 3, 3}, .pad = 1},
           {.batch = 2, .groups = 2, .in_channels = 4, .out_channels = 6, .in = {5, 3, 7}, .kernel = {3, 1, 2}, .stride = {2, 1, 3}, .pad = {1, 0, 1}, .dilation = {2, 1, 1}},
           {.batch = unbatched, .groups = 1, .in_channels = 1, .out_channels = 2, .in = {2, 5, 5}, .kernel = {2, 2, 3}, .same = true},
           {.batch = 1, .groups = 3, .in_channels = 3, .out_channels = 3, .in = {1, 1, 6}, .kernel = {3, 3, 1}, .pad = {1, 1, 0}}})
    check<T>(p);
}

const std::vector<double> ones_of(std::size_t n) { return std::vector<double>(n, 1.0); }

}  // namespace

TEST_CASE("conv1d, conv2d and conv3d equal the definition in every layout: float", "[device]") { check_1d<float>(), check_2d<float>(), check_3d<float>(); }
TEST_CASE("conv1d, conv2d and conv3d equal the definition in every layout: double", "[device]") { check_1d<double>(), check_2d<double>(), check_3d<double>(); }
TEST_CASE("conv1d, conv2d and conv3d equal the definition in every layout: half", "[device]") { check_1d<tn::half>(), check_2d<tn::half>(), check_3d<tn::half>(); }
TEST_CASE("conv1d, conv2d and conv3d equal the definition in every layout: bfloat16", "[device]") {
  check_1d<tn::bfloat16>(), check_2d<tn::bfloat16>(), check_3d<tn::bfloat16>();
}

TEST_CASE("convolution of every width, with strides around the kernel's size", "[device]") {
  for (index_t n = 3; n <= 4 * 16 + 3; ++n)
    for (const index_t stride : {1, 2, 3, 5}) check<float, 1>({.batch = 1, .groups = 1, .in_channels = 2, .out_channels = 7, .in = n, .kernel = 3, .stride = stride});
}

TEST_CASE("convolution: a wide kernel, more products than a tile of columns has room for", "[device]") {
  check<float, 2>({.batch = 1, .groups = 1, .in_channels = 64, .out_channels = 5, .in = {12, 13}, .kernel = {5, 5}, .pad = 2});
  check<float, 2>({.batch = 1, .groups = 1, .in_channels = 300, .out_channels = 2, .in = {9, 9}, .kernel = {7, 7}});
}

TEST_CASE("convolution: more columns than a GPU's workspace holds at once, of one image and of several", "[device]") {
  for (const index_t side : {40, 20}) {
    const index_t batch = side == 40 ? 1 : 4, pixels = side * side;
    const auto x = make<double>({batch, 64, side, side}, uniform(static_cast<std::size_t>(batch * 64 * pixels), -1, 1)), w = make<double>({5, 64, 7, 7}, uniform(5 * 64 * 49, -1, 1, 2));
    const auto convolved = [&](conv_algorithm a) { return values(tn::conv2d(x, w, {.padding = 3, .algorithm = a})); };
    const double bound = 2 * (64 * 49 + 1) * 0x1p-53 * 64 * 49;                                          // of two sums of numbers up to 1
    expect_within(convolved(conv_algorithm::im2col), convolved(conv_algorithm::direct), {batch, 5, side, side}, [=](std::size_t) { return bound; });
  }
}

TEST_CASE("convolution: NaN and infinities reach every output whose window holds them, and no other", "[device]") {
  for (const auto algorithm : algorithms())
    for (const double special : {NaN, inf, -inf})
      for (index_t at = 0; at < 40; at += 3) {
        std::vector<double> x(40, 1.0);
        x[static_cast<std::size_t>(at)] = special;
        const auto y = values(tn::conv1d(make<float>({1, 1, 40}, x), make<float>({1, 1, 3}, {1, 2, 1}), {.padding = 1, .algorithm = algorithm}));
        for (index_t i = 0; i < 40; ++i) {
          const double got = y[static_cast<std::size_t>(i)];
          const bool met = i >= at - 1 && i <= at + 1;
          REQUIRE((met ? (std::isnan(special) ? std::isnan(got) : got == special) : std::isfinite(got)));
        }
      }
}

TEST_CASE("convolution: padding is zeros, also against an infinite weight, in every dimension and algorithm", "[device]") {
  // Top left tap infinite: the first row and the first column of outputs meet it with padding, 0 * inf = NaN.
  std::vector<double> w = ones_of(9);
  w[0] = inf;
  for (const auto algorithm : algorithms()) {
    const auto y = values(tn::conv2d(make<float>({1, 1, 5, 6}, ones_of(30)), make<float>({1, 1, 3, 3}, w), {.padding = 1, .algorithm = algorithm}));
    for (std::size_t i = 0; i < 30; ++i) REQUIRE((i < 6 || i % 6 == 0 ? std::isnan(y[i]) : y[i] == inf));
  }
}

TEST_CASE("convolution: both algorithms are chosen by name, and automatic agrees with one of them bit for bit", "[device]") {
  const auto x = make<float>({2, 12, 15, 21}, uniform(2 * 12 * 15 * 21, -1, 1)), w = make<float>({8, 12, 3, 3}, uniform(8 * 12 * 9, -1, 1, 2));
  const auto automatic = values(tn::conv2d(x, w)), direct = values(tn::conv2d(x, w, {.algorithm = conv_algorithm::direct})),
             im2col = values(tn::conv2d(x, w, {.algorithm = conv_algorithm::im2col}));
  CHECK((automatic == direct || automatic == im2col || test_device == tn::device::cuda));                // there it is cuDNN's
  const auto cudnn = tn::conv2d(x, w, {.algorithm = conv_algorithm::cudnn});
  if (algorithms().size() > 3) CHECK(values(cudnn) == automatic);
  if (test_device == tn::device::cpu)
    CHECK(std::string(cudnn.error().message()) == "conv2d: algorithm cudnn is for the GPU: move the operands with to(x, device::cuda), or choose automatic");
  expect_within(direct, im2col, {2, 8, 13, 19}, [](std::size_t) { return 2 * 109 * 0x1p-24 * 108; });
}

TEST_CASE("convolution: the bits depend neither on the number of threads nor on the place in the batch") {
  const oneapi::tbb::global_control allow(oneapi::tbb::global_control::max_allowed_parallelism, 7);
  const auto x = make<float>({5, 6, 33, 40}, uniform(5 * 6 * 33 * 40, -1, 1)), w = make<float>({9, 6, 3, 3}, uniform(9 * 6 * 9, -1, 1, 2));
  for (const auto algorithm : {conv_algorithm::direct, conv_algorithm::im2col}) {
    const tn::conv_options<2> options{.padding = 1, .algorithm = algorithm};
    const auto all = values(tn::conv2d(x, w, options));
    for (const int threads : {1, 2, 3, 7}) {
      std::vector<double> some;
      oneapi::tbb::task_arena(threads).execute([&] { some = values(tn::conv2d(x, w, options)); });
      REQUIRE(some == all);
    }
    for (index_t i = 0; i < 5; ++i) {
      const auto alone = values(tn::conv2d(x[i], w, options));
      REQUIRE(std::equal(alone.begin(), alone.end(), all.begin() + i * static_cast<index_t>(alone.size())));
    }
  }
}

TEST_CASE("convolution of a large image never makes the whole column matrix") {
#if defined(TENON_TEST_REDUCED)
  const index_t side = 256, part = 8;
#else
  const index_t side = 512, part = 16;             // a workspace does not grow with the image
#endif
  const auto pixels = static_cast<std::size_t>(16 * side * side);
  const auto x = make<float>({16, side, side}, std::vector<double>(pixels, 0.5)), w = make<float>({16, 16, 3, 3}, ones_of(16 * 16 * 9));
  const std::size_t result_bytes = pixels * sizeof(float), columns_bytes = 9 * result_bytes;
  for (const auto algorithm : {conv_algorithm::direct, conv_algorithm::im2col}) {
    tn::memory::reset_peak();
    const auto before = tn::memory::statistics().peak;
    oneapi::tbb::task_arena(2).execute([&] { CHECK(*tn::conv2d(x, w, {.padding = 1, .algorithm = algorithm})->at(3, 100, 100) == 72); });
    CHECK(tn::memory::statistics().peak - before <= result_bytes + columns_bytes / static_cast<std::size_t>(part));
  }
}

TEST_CASE("convolution: numbers far beyond the input neither hang nor overflow", "[device]") {
  const index_t far = index_t{1} << 40, most = INT64_MAX;
  const auto x = make<float>({1, 8}, ones_of(8)), w = make<float>({1, 1, 3}, ones_of(3)), point = make<float>({1, 1, 1}, {2});
  for (const auto algorithm : algorithms()) {
    CHECK(values(tn::conv1d(x, w, {.stride = far, .algorithm = algorithm})) == std::vector<double>{3});
    CHECK(values(tn::conv1d(x, w, {.stride = most, .padding = 1, .algorithm = algorithm})) == std::vector<double>{2});
    CHECK(values(tn::conv1d(x, point, {.dilation = most, .algorithm = algorithm})) == std::vector<double>(8, 2.0));
    CHECK(values(tn::conv1d(x, point, {.stride = 1000000, .padding = 2000000, .algorithm = algorithm})) == std::vector<double>{0, 0, 2, 0, 0});
    CHECK(tn::conv1d(x, w, {.padding = most, .algorithm = algorithm}).error().code() == tn::error_code::size_overflow);
    CHECK(tn::conv1d(x, w, {.padding = far, .dilation = far, .algorithm = algorithm}).error().code() == tn::error_code::size_overflow);
    CHECK(tn::conv1d(x, w, {.dilation = most, .algorithm = algorithm}).error().code() == tn::error_code::size_overflow);
  }
}

TEST_CASE("convolution: forms, lazy operands, targets", "[device]") {
  const auto x = make<float>({2, 3, 9, 8}, uniform(432, -1, 1)), w = make<float>({4, 3, 3, 3}, uniform(108, -1, 1, 2)), b = make<float>({4}, uniform(4, -1, 1, 3));
  const tn::shape s{2, 4, 9, 8};
  const auto want = values(tn::conv2d(x, w, b, {.padding = 1}));
  CHECK(values(tn::conv2d(tn::lazy(x), tn::result<tn::tensor<float>>(w), b, {.padding = 1})) == want);
  for (auto& [name, out] : layouts<float>(s, std::vector<double>(want.size(), 7.0))) {
    INFO(name);
    REQUIRE(tn::conv2d_into(out, x, w, b, {.padding = 1}));
    CHECK(values(out) == want);
  }
  auto square = make<float>({1, 1, 5, 5}, uniform(25, -1, 1));
  const auto filter = make<float>({1, 1, 3, 3}, uniform(9, -1, 1, 4));
  const auto filtered = values(tn::conv2d(square, filter, {.padding = tn::padding::same}));
  REQUIRE(tn::conv2d_into(square, square, filter, tn::none, {.padding = tn::padding::same}));            // out is the input
  CHECK(values(square) == filtered);
  auto line = make<double>({2, 9}, uniform(18, -1, 1));
  const auto tap = make<double>({2, 2, 2}, uniform(8, -1, 1, 5));
  const auto shorter = values(tn::conv1d(line, tap));
  auto inside = tn::unwrap(line.narrow(1, 1, 8));
  REQUIRE(tn::conv1d_into(inside, line, tap, tn::none));                                                  // a window of the input
  CHECK(values(inside) == shorter);
  auto volume = empty<float>({2, 2, 2, 2});
  REQUIRE(tn::conv3d_into(volume, make<float>({1, 3, 3, 3}, ones_of(27)), make<float>({2, 1, 2, 2, 2}, ones_of(16)), tn::none));
  CHECK(values(volume) == std::vector<double>(16, 8.0));
}

TEST_CASE("convolution: a refused allocation is an error, whichever it is") {
  const auto x = tn::unwrap(make<float>({1, 5, 9, 8}, uniform(360, -1, 1)).transpose(2, 3)), w = tn::unwrap(make<float>({3, 3, 5, 4}, uniform(180, -1, 1)).permute({3, 2, 1, 0}));
  for (const auto algorithm : {conv_algorithm::direct, conv_algorithm::im2col}) {
    int refused = 0;
    for (;; ++refused) {
      tn::memory::fail_after(refused);
      const auto y = tn::conv2d(x, w, {.algorithm = algorithm});
      tn::memory::fail_after(-1);
      if (y) break;
      REQUIRE(y.error().code() == tn::error_code::out_of_memory);
    }
    CHECK(refused >= 2);
  }
}

TEST_CASE("convolution: errors", "[device]") {
  const auto x = empty<float>({8, 3, 32, 32}), w = empty<float>({16, 4, 3, 3}), good = empty<float>({16, 3, 3, 3});
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  CHECK(message(tn::conv2d(x, w)) ==
        "conv2d: input [8, 3, 32, 32] has 3 channels, but weight [16, 4, 3, 3] with groups 1 expects 4 (weight.size(1) must equal input.size(1) / groups)");
  CHECK(message(tn::conv2d(empty<float>({32, 32}), good)) ==
        "conv2d: input [32, 32] must have 4 dimensions (batch, channels, 2 spatial) or 3 without a batch");
  CHECK(message(tn::conv1d(empty<float>({1, 3, 9}), good)) == "conv1d: weight [16, 3, 3, 3] must have 3 dimensions (out, in / groups, 1 spatial)");
  CHECK(message(tn::conv2d(x, good, {.groups = 2})) == "conv2d: groups 2 must divide the 3 input and 16 output channels");
  CHECK(message(tn::conv2d(x, good, empty<float>({3}))) == "conv2d: bias [3] must have shape [16], one for each output channel");
  CHECK(message(tn::conv2d(x, good, {.stride = {1, 0}})) ==
        "conv2d: stride (1, 0) must be 1 or more in each dimension");
  CHECK(message(tn::conv2d(x, good, {.padding = {1, -1}})) ==
        "conv2d: padding (1, -1) must be 0 or more in each dimension; to cut the input at its ends, take a narrow or slice of it");
  CHECK(message(tn::conv2d(x, good, {.dilation = 0})) == "conv2d: dilation (0, 0) must be 1 or more in each dimension; 1 leaves no gaps between the taps");
  CHECK(message(tn::conv2d(x, empty<float>({16, 3, 0, 3}))) == "conv2d: weight [16, 3, 0, 3] has an empty kernel; its last 2 extents must be 1 or more");
  CHECK(message(tn::conv2d(x, good, {.stride = 2, .padding = tn::padding::same})) == "conv2d: padding::same needs stride 1, got (2, 2)");
  CHECK(message(tn::conv2d(empty<float>({3, 4, 4}), good, {.dilation = 3})) ==
        "conv2d: the kernel of weight [16, 3, 3, 3] with dilation (3, 3) reaches over 7 places, but the padded input [3, 4, 4] has 4 in spatial dimension 0");
  CHECK(tn::conv2d(x, good, {.padding = -1}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::conv2d(x, empty<float>({16, 3, 0, 3})).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::conv2d(x, good, {.groups = 0}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::conv2d(x[99], good).error().code() == tn::error_code::index_out_of_range);
  auto wrong = empty<float>({8, 16, 31, 30});
  CHECK(tn::conv2d_into(wrong, x, good, tn::none).error().code() == tn::error_code::shape_mismatch);
  auto repeated = tn::unwrap(empty<float>({16, 1, 1}).expand({16, 30, 30}));
  CHECK(tn::conv2d_into(repeated, x[0], good, tn::none).error().code() == tn::error_code::overlapping_memory);
}

}  // namespace tenon_test::convolution_test

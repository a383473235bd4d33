// test: links=tenon_cuda_on_host
// Convolution by the vendor's library, which is here the CPU's stand-in for it (host/cudnn.cpp), beside our own kernels: of small whole numbers
// both are exact, so they agree in every bit. tests/ops/convolution.cpp has the whole table.
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>

#include "../support/cases.hpp"
#include "host_cudnn.hpp"

#include <thread>

namespace tenon_test::convolutions_test {
namespace memory = tn::memory;
using tn::conv_algorithm, tn::device, tn::error_code;

namespace {

template <class T>
tn::tensor<T> whole_numbers(const tn::shape& s, std::uint64_t seed, tn::placement where = device::cuda) {
  auto v = uniform(static_cast<std::size_t>(s.numel()), -3.5, 3.5, seed);
  for (auto& x : v) x = std::nearbyint(x);
  return tn::unwrap(tn::to(make<T>(s, v), where));
}

template <int D>
tn::conv_options<D> with(tn::conv_options<D> o, conv_algorithm a) {
  o.algorithm = a;
  return o;
}

// The library's convolution is our own; automatic takes it, or, of groups of few output channels, leaves it to our own.
template <class T, int D>
void same(const tn::tensor<T>& x, const tn::tensor<T>& w, const tn::conv_options<D>& o, bool chosen = true) {
  INFO(tn::make_text(tn::dtype_of<T>, " ", x.shape(), x.contiguous() ? "" : " a view", " with ", w.shape()).view());
  const auto b = whole_numbers<T>({w.size(0)}, 99);
  const auto run = [&](bool bias, conv_algorithm a) {
    if constexpr (D == 1) return bias ? tn::conv1d(x, w, b, with(o, a)) : tn::conv1d(x, w, with(o, a));
    else if constexpr (D == 2) return bias ? tn::conv2d(x, w, b, with(o, a)) : tn::conv2d(x, w, with(o, a));
    else return bias ? tn::conv3d(x, w, b, with(o, a)) : tn::conv3d(x, w, with(o, a));
  };
  for (const bool bias : {false, true}) {
    const int before = host_cudnn_convolutions;
    const auto own = values(run(bias, conv_algorithm::direct));
    CHECK(values(run(bias, conv_algorithm::im2col)) == own);
    CHECK(host_cudnn_convolutions == before);
    CHECK(values(run(bias, conv_algorithm::cudnn)) == own);
    CHECK(host_cudnn_convolutions == before + 1);
    CHECK(values(run(bias, conv_algorithm::automatic)) == own);
    CHECK(host_cudnn_convolutions == before + 1 + chosen);
  }
  CHECK(host_cudnn_misuses == 0);
}

template <class T>
void check_all() {
  const auto x = whole_numbers<T>({2, 4, 9, 7}, 1), w = whole_numbers<T>({8, 4, 3, 3}, 2);
  same<T, 2>(x, w, {});
  same<T, 2>(x, w, {.stride = {2, 3}, .padding = {1, 2}, .dilation = {2, 1}});
  same<T, 2>(x, whole_numbers<T>({8, 2, 3, 3}, 3), {.padding = 1, .groups = 2});
  same<T, 2>(x, whole_numbers<T>({4, 1, 3, 3}, 4), {.groups = 4}, false);                                     // depthwise
  same<T, 2>(x, whole_numbers<T>({2, 4, 3, 3}, 5), {});
  same<T, 2>(x, whole_numbers<T>({8, 4, 5, 3}, 6), {.stride = 5});                                            // no step is taken, though there is room
  same<T, 2>(x, whole_numbers<T>({8, 4, 2, 4}, 7), {.padding = tn::padding::same});                           // one more zero behind
  same<T, 2>(x, whole_numbers<T>({8, 4, 1, 1}, 8), {});
  same<T, 2>(tn::unwrap(whole_numbers<T>({2, 9, 7, 4}, 9).permute({0, 3, 1, 2})), w, {.padding = 1});         // channels last
  same<T, 2>(tn::unwrap(whole_numbers<T>({1, 4, 9, 7}, 10).expand({2, 4, 9, 7})), w, {});
  same<T, 2>(tn::unwrap(whole_numbers<T>({3, 4, 9, 7}, 11).narrow(0, 1, 2)), w, {});                          // dense, at another address
  same<T, 1>(whole_numbers<T>({2, 4, 21}, 12), whole_numbers<T>({8, 4, 4}, 13), {.stride = 2, .padding = 3});
  same<T, 1>(whole_numbers<T>({4, 21}, 14), whole_numbers<T>({8, 4, 4}, 15), {.padding = tn::padding::same});
  same<T, 3>(whole_numbers<T>({2, 4, 3, 5, 6}, 16), whole_numbers<T>({8, 4, 2, 3, 3}, 17), {.padding = {1, 0, 1}});
  same<T, 3>(whole_numbers<T>({2, 4, 1, 5, 6}, 18), whole_numbers<T>({8, 4, 1, 3, 3}, 19), {});               // flat after all
  same<T, 3>(whole_numbers<T>({2, 4, 1, 5, 6}, 20), whole_numbers<T>({8, 4, 3, 3, 3}, 21), {.padding = 1});
}

const auto& input() {
  static const auto x = whole_numbers<float>({2, 4, 9, 7}, 1);
  return x;
}
const auto& weight() {
  static const auto w = whole_numbers<float>({8, 4, 3, 3}, 2);
  return w;
}
const tn::conv_options<2> by_cudnn{.algorithm = conv_algorithm::cudnn};

std::string message(const tn::result<tn::tensor<float>>& r) { return std::string(r.error().message()); }

}  // namespace

TEST_CASE("a handle that cannot be had is asked for again if it was for want of memory") {
  host_cudnn_create_status = 4003;
  CHECK(message(tn::conv2d(input(), weight(), by_cudnn)) == "conv2d: algorithm cudnn: cuDNN had no memory on the host (cuDNN's status 4003)");
  CHECK(tn::conv2d(input(), weight(), by_cudnn).error() == error_code::out_of_memory);
  CHECK(tn::conv2d(input(), weight()));
  host_cudnn_create_status = 0;
  CHECK(tn::conv2d(input(), weight(), by_cudnn));
}

TEST_CASE("a handle that cannot be had for another reason: the error says so, and automatic is our own") {
  const tn::placement second{device::cuda, 1};
  const auto x = whole_numbers<float>({2, 4, 9, 7}, 1, second), w = whole_numbers<float>({8, 4, 3, 3}, 2, second);
  host_cudnn_create_status = 1001;
  for (int i = 0; i < 2; ++i) {
    const auto y = tn::conv2d(x, w, by_cudnn);
    CHECK(y.error() == error_code::unsupported);
    CHECK(message(y) == "conv2d: algorithm cudnn: cuDNN could not start on this GPU. Its driver may be older than this cuDNN needs (cuDNN's status 1001)");
    CHECK(values(tn::conv2d(x, w)) == values(tn::conv2d(input(), weight())));
    host_cudnn_create_status = 0;                // not asked again
  }
}

TEST_CASE("the library's convolution is our own kernels'") {
  check_all<float>();
  check_all<double>();
  check_all<tn::half>();
  check_all<tn::bfloat16>();
}

TEST_CASE("float is not cut to TF32; half types use tensor cores") {
  REQUIRE(tn::conv2d(input(), weight()));
  CHECK(host_cudnn_math == 3);                   // CUDNN_FMA_MATH
  REQUIRE(tn::conv2d(whole_numbers<tn::half>({2, 4, 9, 7}, 1), whole_numbers<tn::half>({8, 4, 3, 3}, 2)));
  CHECK(host_cudnn_math == 1);                   // CUDNN_TENSOR_OP_MATH
}

TEST_CASE("half types with a bias are rounded once") {
  // 2049 and 4095 are no halves; their sums with the bias are.
  const auto at = [](double x, double b) {
    const auto there = [](const tn::tensor<tn::half>& t) { return tn::unwrap(tn::to(t, device::cuda)); };
    return values(tn::conv1d(there(make<tn::half>({1, 1, 2}, {x, 1})), there(make<tn::half>({4, 1, 2}, {1, 1, 1, 1, 1, 1, 1, 1})),
                             there(make<tn::half>({4}, {b, b, b, b})), {.algorithm = conv_algorithm::cudnn}));
  };
  CHECK(at(2048, -1) == std::vector<double>(4, 2048));
  CHECK(at(2048, 1) == std::vector<double>(4, 2050));
}

TEST_CASE("operands and targets that do not begin at a multiple of 16 bytes") {
  const auto line = whole_numbers<float>({1 + 2 * 4 * 9 * 7}, 31), weights = whole_numbers<float>({1 + 8 * 4 * 9}, 32);
  const auto odd = [](const tn::tensor<float>& t, const tn::shape& s) { return tn::unwrap(tn::unwrap(t.narrow(0, 1, t.size(0) - 1)).view(s)); };
  const auto x = odd(line, {2, 4, 9, 7}), w = odd(weights, {8, 4, 3, 3});
  same<float, 2>(x, w, {});
  const auto memory_of_out = whole_numbers<float>({1 + 2 * 8 * 7 * 5}, 33);
  auto out = odd(memory_of_out, {2, 8, 7, 5});
  const auto b = odd(whole_numbers<float>({9}, 34), {8});
  REQUIRE(tn::conv2d_into(out, x, w, b, by_cudnn));
  CHECK(values(out) == values(tn::conv2d(x, w, b, {.algorithm = conv_algorithm::direct})));
  auto strided = tn::unwrap(whole_numbers<float>({2, 8, 7, 10}, 35).slice(3, {.step = 2}));
  REQUIRE(tn::conv2d_into(strided, x, w, tn::none, by_cudnn));
  CHECK(values(strided) == values(tn::conv2d(x, w, {.algorithm = conv_algorithm::direct})));
  CHECK(host_cudnn_misuses == 0);
}

TEST_CASE("what is empty, and a sum without terms, need no library") {
  const auto ones = whole_numbers<float>({8}, 41);
  const int before = host_cudnn_convolutions;
  CHECK(tn::conv2d(whole_numbers<float>({0, 4, 9, 7}, 1), weight(), by_cudnn)->shape() == tn::shape{0, 8, 7, 5});
  const auto y = values(tn::conv2d(whole_numbers<float>({1, 0, 4, 4}, 1), whole_numbers<float>({8, 0, 3, 3}, 1), ones, by_cudnn)), b = values(ones);
  for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(y[i] == b[i / 4]);
  CHECK(host_cudnn_convolutions == before);
}

TEST_CASE("the heuristic is asked once for each problem, and plans are bounded") {
  const auto convolved = [](index_t n) { return tn::conv2d(whole_numbers<float>({1, 4, 9, n}, 1), weight(), by_cudnn).has_value(); };
  REQUIRE(convolved(100));
  const int before = host_cudnn_questions;
  for (int i = 0; i < 5; ++i) REQUIRE(convolved(100));
  CHECK(host_cudnn_questions == before);
  for (index_t n = 101; n < 101 + 64; ++n) REQUIRE(convolved(n));               // 64 others: the first one has made room
  CHECK(host_cudnn_questions == before + 64);
  CHECK(host_cudnn_descriptors == 64 * 4);
  REQUIRE(convolved(100));
  CHECK(host_cudnn_questions == before + 65);
  REQUIRE(convolved(164));
  CHECK(host_cudnn_questions == before + 65);
  CHECK(host_cudnn_descriptors == 64 * 4);
}

TEST_CASE("statuses are errors that say what to change, and automatic is our own where nothing has run") {
  const auto own = values(tn::conv2d(input(), weight(), {.algorithm = conv_algorithm::direct}));
  struct row {
    int status;
    error_code code;
    const char* says;
  };
  for (const auto& r : {row{1008, error_code::unsupported, "Reinstall cuDNN 9"}, row{2000, error_code::unsupported, "Choose another algorithm"},
                        row{3000, error_code::unsupported, "Choose another algorithm"}, row{3007, error_code::unsupported, "architecture"},
                        row{4000, error_code::device_failure, "CUDNN_LOGLEVEL_DBG"}, row{4004, error_code::out_of_memory, "release_cached"}}) {
    host_cudnn_convolution_status = r.status;
    const auto y = tn::conv2d(input(), weight(), by_cudnn);
    INFO(message(y));
    CHECK(y.error() == r.code);
    CHECK(message(y).find("conv2d: algorithm cudnn: ") == 0);
    CHECK(message(y).find(r.says) != std::string::npos);
    CHECK(message(y).find(std::to_string(r.status)) != std::string::npos);
    CHECK(values(tn::conv2d(input(), weight())) == own);
    host_cudnn_convolution_status = 0;
  }
  host_cudnn_convolution_status = 5000;          // a kernel has failed: nothing hides that
  CHECK(tn::conv2d(input(), weight(), by_cudnn).error() == error_code::device_failure);
  CHECK(tn::conv2d(input(), weight()).error() == error_code::device_failure);
  host_cudnn_convolution_status = 0;

  host_cudnn_question_status = 3000;             // remembered with the problem
  const auto x = whole_numbers<float>({1, 4, 5, 6}, 51);
  CHECK(tn::conv2d(x, weight(), by_cudnn).error() == error_code::unsupported);
  host_cudnn_question_status = 0;
  const int before = host_cudnn_questions, descriptors = host_cudnn_descriptors;
  CHECK(tn::conv2d(x, weight(), by_cudnn).error() == error_code::unsupported);
  CHECK(tn::conv2d(x, weight()));
  CHECK(host_cudnn_questions == before);
  CHECK(host_cudnn_descriptors == descriptors);

  host_cudnn_question_status = 4004;             // but for want of memory
  const auto z = whole_numbers<float>({1, 4, 6, 5}, 52);
  CHECK(tn::conv2d(z, weight(), by_cudnn).error() == error_code::out_of_memory);
  host_cudnn_question_status = 0;
  CHECK(tn::conv2d(z, weight(), by_cudnn));
}

TEST_CASE("a workspace that is refused: an algorithm that needs none; without memory for a copy: an error") {
  const auto own = values(tn::conv2d(input(), weight(), {.algorithm = conv_algorithm::direct}));
  const std::size_t whole = memory::limit(device::cuda), result_bytes = 2 * 8 * 7 * 5 * sizeof(float);
  REQUIRE(tn::conv2d(input(), weight(), by_cudnn));
  CHECK(host_cudnn_algorithm == 1);              // with 4096 bytes
  memory::set_limit(memory::statistics(device::cuda).allocated + result_bytes + 100, device::cuda);
  const auto y = tn::conv2d(input(), weight(), by_cudnn);
  const auto copied = tn::conv2d(tn::unwrap(input().transpose(2, 3)), weight(), by_cudnn);
  memory::set_limit(whole, device::cuda);
  CHECK(host_cudnn_algorithm == 0);
  CHECK(values(y) == own);
  CHECK(copied.error() == error_code::out_of_memory);
  CHECK(message(copied).find("see memory::set_limit") != std::string::npos);
}

TEST_CASE("automatic takes its workspace from what our own kernel would have had") {
  memory::reset_peak(device::cuda);
  const std::size_t before = memory::statistics(device::cuda).peak;
  REQUIRE(tn::conv2d(input(), weight()));
  CHECK(host_cudnn_algorithm == 1);
  CHECK(memory::statistics(device::cuda).peak - before == sizeof(float) * (2 * 8 * 7 * 5 + 2 * 7 * 5 * 4 * 9));       // out, and the columns
}

TEST_CASE("more than cuDNN counts: an error, before anything is allocated") {
  const auto x = whole_numbers<float>({1, 1, 2}, 1), w = whole_numbers<float>({1, 1, 1}, 1);
  const auto y = tn::conv1d(x, w, {.stride = index_t{1} << 31, .padding = index_t{1} << 31, .algorithm = conv_algorithm::cudnn});
  CHECK(y.error() == error_code::unsupported);
  CHECK(message(y).find("fewer than 2^31 elements") != std::string::npos);
  CHECK(tn::conv1d(x, w, {.stride = index_t{1} << 31, .padding = index_t{1} << 31}));
}

TEST_CASE("several threads: each has its turn") {
  const auto own = values(tn::conv2d(input(), weight(), {.algorithm = conv_algorithm::direct}));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto y = tn::conv2d(input(), weight(), by_cudnn);
        if (!y || values(y) != own) ++wrong;
      }
    });
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK(host_cudnn_misuses == 0);
}

TEST_CASE("no misuse was seen") { CHECK(host_cudnn_misuses == 0); }

}  // namespace tenon_test::convolutions_test

// test: unoptimised
// Printed tensors, character by character. Where PyTorch pads enough, the elements are laid out as it does.
#include <tenon/core/print.hpp>
#include <tenon/io/ostream.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/view.hpp>

#include "../support/cases.hpp"

#include <clocale>
#include <sstream>

namespace tenon_test::print_test {

namespace {

template <class X>
std::string text_of(const X& x, const tn::print_options& options = {}) {
  return std::string(tn::to_text(x, options).view());
}

}  // namespace

TEST_CASE("integers and booleans") {
  CHECK(text_of(tn::arange<int>(5)) == "tensor([0, 1, 2, 3, 4], dtype=int32, shape=[5])");
  CHECK(text_of(tn::from_list<std::int64_t>({{1, -20}, {300, INT64_MIN}})) ==
        "tensor([[                   1,                  -20],\n"
        "        [                 300, -9223372036854775808]], dtype=int64,\n"
        "       shape=[2, 2])");
  CHECK(text_of(tn::from_list<std::uint8_t>({200})) == "tensor([200], dtype=uint8, shape=[1])");
  CHECK(text_of(tn::from_list<bool>({{true, false}})) == "tensor([[ true, false]], dtype=bool, shape=[1, 2])");
}

TEST_CASE("whole numbers, fractions, and exponents where they are needed") {
  CHECK(text_of(tn::view(tn::arange<float>(6), {2, 3})) ==
        "tensor([[0., 1., 2.],\n"
        "        [3., 4., 5.]], dtype=float32, shape=[2, 3])");
  CHECK(text_of(tn::from_list<float>({999.5, 1})) == "tensor([999.5000,   1.0000], dtype=float32, shape=[2])");
  CHECK(text_of(tn::from_list<float>({100000, 0.5})) == "tensor([1.0000e+05, 5.0000e-01], dtype=float32, shape=[2])");
  CHECK(text_of(tn::from_list<float>({1e-5, 2e-5})) == "tensor([1.0000e-05, 2.0000e-05], dtype=float32, shape=[2])");
  CHECK(text_of(tn::from_list<float>({1e9, 1})) == "tensor([1.0000e+09, 1.0000e+00], dtype=float32, shape=[2])");
  CHECK(text_of(tn::from_list<double>({1e300, 1e-300})) == "tensor([1.0000e+300, 1.0000e-300], dtype=float64, shape=[2])");
  CHECK(text_of(tn::from_list<tn::half>({0.5, -2})) == "tensor([ 0.5000, -2.0000], dtype=float16, shape=[2])");
  CHECK(text_of(tn::from_list<tn::bfloat16>({3, 0})) == "tensor([3., 0.], dtype=bfloat16, shape=[2])");
  CHECK(text_of(tn::from_list<float>({0.123456}), {.precision = 2}) == "tensor([0.12], dtype=float32, shape=[1])");
  CHECK(text_of(tn::from_list<float>({0.5}), {.precision = -3}) == "tensor([0], dtype=float32, shape=[1])");
}

TEST_CASE("NaN, infinities and zeros") {
  CHECK(text_of(tn::from_list<double>({{1, 2.5}, {-3, NaN}})) ==
        "tensor([[ 1.0000,  2.5000],\n"
        "        [-3.0000,     nan]], dtype=float64, shape=[2, 2])");
  CHECK(text_of(tn::from_list<float>({NaN, 1})) == "tensor([nan,  1.], dtype=float32, shape=[2])");
  CHECK(text_of(tn::from_list<float>({inf, -inf})) == "tensor([ inf, -inf], dtype=float32, shape=[2])");
  CHECK(text_of(tn::from_list<float>({1e-5, 1, inf})) == "tensor([1.0000e-05, 1.0000e+00,        inf], dtype=float32, shape=[3])");
  CHECK(text_of(tn::from_list<double>({-0.0, 0})) == "tensor([-0.,  0.], dtype=float64, shape=[2])");
}

TEST_CASE("complex numbers") {
  using C = std::complex<float>;
  CHECK(text_of(tn::from_list<C>({C(1, -2), C(1.5f, 2)})) == "tensor([1.0000-2.j, 1.5000+2.j], dtype=complex64, shape=[2])");
  CHECK(text_of(tn::from_list<C>({C(1, -0.0f), C(-3, static_cast<float>(NaN))})) == "tensor([  1.-0.j, -3.+nanj], dtype=complex64, shape=[2])");
}

TEST_CASE("rank 0, empty, undefined, and errors") {
  CHECK(text_of(tn::full<float>({}, 3.14159)) == "tensor(3.1416, dtype=float32, shape=[])");
  CHECK(text_of(tn::full<int>({}, 3)) == "tensor(3, dtype=int32, shape=[])");
  CHECK(text_of(tn::zeros<float>({0})) == "tensor([], dtype=float32, shape=[0])");
  CHECK(text_of(tn::zeros<float>({0, 3})) == "tensor([], dtype=float32, shape=[0, 3])");
  CHECK(text_of(tn::tensor<float>()) == "tensor(undefined)");
  CHECK(text_of(tn::zeros<float>({-1})) == "error: zeros: shape [-1] has a negative extent; extents are 0 or more");
}

TEST_CASE("matrices are a line apart, views are read where they lie") {
  const auto x = tn::view(tn::arange<int>(8), {2, 2, 2});
  CHECK(text_of(x) ==
        "tensor([[[0, 1],\n"
        "         [2, 3]],\n"
        "\n"
        "        [[4, 5],\n"
        "         [6, 7]]], dtype=int32, shape=[2, 2, 2])");
  CHECK(text_of(tn::slice(tn::transpose(x, 0, 2), 1, {.step = -1})) ==
        "tensor([[[2, 6],\n"
        "         [0, 4]],\n"
        "\n"
        "        [[3, 7],\n"
        "         [1, 5]]], dtype=int32, shape=[2, 2, 2])");
}

TEST_CASE("lines are broken, large tensors shortened") {
  CHECK(text_of(tn::arange<float>(0, 30, 0.7)) ==
        "tensor([ 0.0000,  0.7000,  1.4000,  2.1000,  2.8000,  3.5000,  4.2000,  4.9000,\n"
        "         5.6000,  6.3000,  7.0000,  7.7000,  8.4000,  9.1000,  9.8000, 10.5000,\n"
        "        11.2000, 11.9000, 12.6000, 13.3000, 14.0000, 14.7000, 15.4000, 16.1000,\n"
        "        16.8000, 17.5000, 18.2000, 18.9000, 19.6000, 20.3000, 21.0000, 21.7000,\n"
        "        22.4000, 23.1000, 23.8000, 24.5000, 25.2000, 25.9000, 26.6000, 27.3000,\n"
        "        28.0000, 28.7000, 29.4000], dtype=float32, shape=[43])");
  CHECK(text_of(tn::arange<int>(1001)) == "tensor([   0,    1,    2,  ...,  998,  999, 1000], dtype=int32, shape=[1001])");
  CHECK(text_of(tn::view(tn::arange<int>(10000), {100, 100})) ==
        "tensor([[   0,    1,    2,  ...,   97,   98,   99],\n"
        "        [ 100,  101,  102,  ...,  197,  198,  199],\n"
        "        [ 200,  201,  202,  ...,  297,  298,  299],\n"
        "        ...,\n"
        "        [9700, 9701, 9702,  ..., 9797, 9798, 9799],\n"
        "        [9800, 9801, 9802,  ..., 9897, 9898, 9899],\n"
        "        [9900, 9901, 9902,  ..., 9997, 9998, 9999]], dtype=int32,\n"
        "       shape=[100, 100])");
  CHECK(text_of(tn::view(tn::arange<float>(2000), {2, 1000}), {.edge_items = 1}) ==
        "tensor([[   0.,  ...,  999.],\n"
        "        [1000.,  ..., 1999.]], dtype=float32, shape=[2, 1000])");
  CHECK(text_of(tn::arange<int>(6), {.threshold = 5, .edge_items = 2}) == "tensor([0, 1,  ..., 4, 5], dtype=int32, shape=[6])");
  CHECK(text_of(tn::arange<int>(3), {.line_width = 1}) == "tensor([0,\n        1,\n        2],\n       dtype=int32,\n       shape=[3])");
  // Only what is shown is read: this one has 2^60 elements.
  CHECK(text_of(tn::expand(tn::ones<std::uint8_t>({}), {index_t{1} << 60})) ==
        "tensor([1, 1, 1,  ..., 1, 1, 1], dtype=uint8, shape=[1152921504606846976])");
}

TEST_CASE("the locale has no say") {
  const char* old = std::setlocale(LC_ALL, nullptr);
  const std::string saved = old ? old : "C";
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) (void)std::setlocale(LC_ALL, name);
  CHECK(text_of(tn::from_list<float>({0.5})) == "tensor([0.5000], dtype=float32, shape=[1])");
  CHECK(tn::make_text(0.5).view() == "0.5");
  std::setlocale(LC_ALL, saved.c_str());
}

TEST_CASE("streams") {
  std::ostringstream s;
  const auto x = tn::arange<int>(3);
  s << x << '\n' << *x << '\n' << x->any() << '\n' << tn::result<double>(2.5) << ' ' << tn::zeros<float>({-1}) << '\n';
  s << x->shape() << ' ' << tn::dtype::bfloat16 << ' ' << tn::device::cuda << ' ' << tn::placement(tn::device::cuda, 1) << ' ' << tn::half(0.5f);
  CHECK(s.str() ==
        "tensor([0, 1, 2], dtype=int32, shape=[3])\ntensor([0, 1, 2], dtype=int32, shape=[3])\ntensor([0, 1, 2], dtype=int32, shape=[3])\n"
        "2.5 error: zeros: shape [-1] has a negative extent; extents are 0 or more\n[3] bfloat16 cuda cuda:1 0.5");
}

}  // namespace tenon_test::print_test

// test: unoptimised
// Every error code that the core and the first ops can give, with the whole text of one such error: what happened, shapes
// and numbers, and a way out. And the error object itself.
#include <tenon/core/memory.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/view.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tenon_test::error_test {
namespace tn = tenon;
using tn::error_code;
using tn::index_t;

namespace {

const auto sum = [](auto a, auto b) { return a + b; };

template <class R>
void expect(const R& r, error_code code, const std::string& message) {
  CHECK(r.error().code() == code);
  CHECK(std::string(r.error().message()) == message);
}

}  // namespace

static_assert(sizeof(tn::error) <= 16);

TEST_CASE("invalid_argument") {
  const auto x = tn::zeros<float>({2, 3});
  expect(tn::zeros<float>({2, -3}), error_code::invalid_argument, "zeros: shape [2, -3] has a negative extent; extents are 0 or more");
  expect(tn::slice(x, 0, {.step = 0}), error_code::invalid_argument, "slice: step 0 is not allowed; it must not be 0");
  expect(tn::permute(x, {0, -2}), error_code::invalid_argument, "permute: dim 0 appears twice in [0, -2]");
  expect(tn::permute(x, {0}), error_code::invalid_argument, "permute: shape [2, 3] has 2 dimensions, but 1 were given: [0]");
  expect(tn::diagonal(x, 0, 1, 1), error_code::invalid_argument, "diagonal: two different dimensions are needed, got 1 and 1 for shape [2, 3]");
  expect(tn::map(sum, tn::tensor<float>(), x), error_code::invalid_argument,
         "tensor: the handle holds no tensor: it was default-constructed or moved from");
  expect(tn::transpose(x, 0, 1)->span(), error_code::invalid_argument, "span: a tensor of shape [3, 2] that is not dense has no span; use contiguous(x)");
}

TEST_CASE("shape_mismatch") {
  const auto a = tn::zeros<float>({2, 3}), b = tn::zeros<float>({4, 3});
  expect(tn::map(sum, a, b), error_code::shape_mismatch,
         "map: shapes [2, 3] and [4, 3] do not broadcast: counted from the end, dimension 2 is 2 and 4 (they must be equal, or one of them 1)");
  expect(tn::view(a, {5}), error_code::shape_mismatch, "view: shape [2, 3] has 6 elements, but [5] has 5");
  expect(tn::view(tn::transpose(a, 0, 1), {6}), error_code::shape_mismatch,
         "view: shape [3, 2] cannot be seen as [6] without a copy, because its memory is not dense there; use reshape");
  expect(tn::expand(a, {2, 4}), error_code::shape_mismatch, "expand: shape [2, 3] does not broadcast to [2, 4]: only an extent of 1 can be repeated");
  auto out = tn::unwrap(tn::zeros<float>({3, 2}));
  expect(tn::assign(out, a), error_code::shape_mismatch, "assign: the result has shape [2, 3], but out has [3, 2]");
}

TEST_CASE("dim_out_of_range and index_out_of_range") {
  const auto x = tn::zeros<float>({4, 128});
  expect(tn::transpose(x, 0, 3), error_code::dim_out_of_range, "transpose: dim 3 is out of range for shape [4, 128] (expected -2 .. 1)");
  expect(tn::unsqueeze(x, 4), error_code::dim_out_of_range, "unsqueeze: dim 4 is out of range for shape [4, 128] (expected -3 .. 2)");
  expect(tn::select(x, 0, 4), error_code::index_out_of_range, "select: index 4 is out of range for dim 0 of shape [4, 128]");
  expect(tn::narrow(x, 1, 100, 29), error_code::index_out_of_range, "narrow: start 100 and length 29 do not fit dim 1 of shape [4, 128]");
  expect(x->at(1, 128), error_code::index_out_of_range, "at: index [1, 128] is out of range for shape [4, 128]");
  expect(x->at(1), error_code::index_out_of_range, "at: shape [4, 128] needs 2 indices, got 1");
}

TEST_CASE("dtype_mismatch") {
  const tn::any_tensor x = *tn::zeros<float>({2});
  expect(tn::as<double>(x), error_code::dtype_mismatch, "as: the tensor holds float32, not float64; convert it with to<T>(x)");
  expect(tn::to(*tn::zeros<std::complex<float>>({2}), tn::dtype::float32), error_code::dtype_mismatch,
         "to: a complex64 tensor has no one real value: take real(x), imag(x) or abs(x)");
}

TEST_CASE("device_mismatch and device_unavailable") {
  const auto x = tn::unwrap(tn::zeros<float>({2}));
  const auto elsewhere = tn::tensor<float>::unchecked(
      tn::any_tensor(x.any().memory(), x.any().memory()->data, x.shape(), tn::dense_strides(x.shape()), tn::dtype::float32, tn::device::cuda));
  expect(tn::map(sum, x, elsewhere), error_code::device_mismatch, "map: operands live on cpu and cuda:0; move one with to(x, device)");
  expect(elsewhere.span(), error_code::device_mismatch, "span: the tensor is on cuda:0; move it with to(x, device::cpu)");
  expect(elsewhere.at(0), error_code::device_mismatch, "at: the tensor is on cuda:0; move it with to(x, device::cpu)");
  expect(tn::to(x, tn::device::cuda), error_code::device_unavailable, "to: this program was built without cuda support");
  expect(tn::zeros<float>({2}, {.device = {tn::device::cpu, 3}}), error_code::device_unavailable, "zeros: there is one cpu, with number 0; got 3");
}

TEST_CASE("unsupported") {
  expect(tn::unsqueeze(tn::zeros<float>({1, 1, 1, 1, 1, 1, 1, 1}), 0), error_code::unsupported, "unsqueeze: a tensor has at most 8 dimensions");
  expect(tn::shape::from(std::vector<int>(9, 1)), error_code::unsupported, "shape: a tensor has at most 8 dimensions");
}

TEST_CASE("out_of_memory and size_overflow") {
  const std::size_t limit = tn::memory::limit();
  tn::memory::set_limit(std::size_t{64} << 20);
  expect(tn::zeros<float>({1 << 10, 1 << 15}), error_code::out_of_memory,
         "zeros: no memory for float32 [1024, 32768] (134217728 bytes; the limit for all tensors is 67108864, see memory::set_limit)");
  tn::memory::set_limit(limit);
  expect(tn::zeros<double>({index_t{1} << 40, index_t{1} << 40}), error_code::size_overflow,
         "zeros: shape [1099511627776, 1099511627776] has more bytes than 63 bits can count");
}

TEST_CASE("not_writable and overlapping_memory") {
  const std::vector<float> constant(3);
  auto x = tn::unwrap(tn::wrap(constant));
  expect(tn::assign(x, tn::ones<float>({3})), error_code::not_writable, "assign: out is read-only memory; clone it first");
  expect(x.set({0}, 1), error_code::not_writable, "set: the tensor is read-only memory; clone it first");
  auto repeated = tn::unwrap(tn::expand(tn::zeros<float>({1}), {3}));
  expect(tn::assign(repeated, tn::ones<float>({3})), error_code::overlapping_memory,
         "assign: out of shape [3] reaches the same element by two indices (an expanded view?); clone it first");
}

TEST_CASE("the error object: copies share its text, a code alone is described") {
  const tn::error none;
  CHECK(none.code() == error_code::none);
  CHECK(none.message() == "no error");
  CHECK(std::string_view(none.op()).empty());
  for (int c = 0; c <= static_cast<int>(error_code::invalid_format); ++c) {
    const tn::error e(static_cast<error_code>(c));
    CHECK_FALSE(e.message().empty());
    CHECK(e.message() != "unknown error");
    CHECK(std::string(e.message().data()) == e.message());   // zero-terminated
  }
  tn::error e(error_code::not_found, "op", tn::make_text("x ", 1, ' ', 2.5, true, tn::shape{2, 3}));
  CHECK(e.message() == "op: x 1322.5true[2, 3]");
  CHECK(tn::make_text(INT64_MIN, ' ', INT64_MAX).view() == "-9223372036854775808329223372036854775807");
  CHECK(tn::make_text(UINT64_MAX, "/", std::int8_t{-128}, "/", std::uint16_t{65535}, "/", 0, "/", -10u, "/", 100L).view() ==
        "18446744073709551615/-128/65535/0/4294967286/100");
  const tn::error copy = e;
  CHECK(copy.message().data() == e.message().data());
  const tn::error moved = std::move(e);
  CHECK(moved.message() == copy.message());
  tn::error assigned;
  assigned = copy;
  CHECK(assigned == error_code::not_found);
  CHECK(tn::error(error_code::io_failure, "op", tn::text()).message() == "op: ");
}

}  // namespace tenon_test::error_test

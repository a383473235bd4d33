// test: unoptimised
// Every error code is reached, with its whole text: a code that is added without a line here fails. Where no input leads to a
// code (an iteration that always ends, a device that is not there), it is reached through the status of a kernel, which is
// how it would come.
#include <tenon/core/memory.hpp>
#include <tenon/io/npy.hpp>
#include <tenon/linalg/cholesky.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/lazy.hpp>

#include "support/catch.hpp"
#include "support/paths.hpp"

#include <map>
#include <string>

namespace tenon_test::error_codes_test {
namespace tn = tenon;
using tn::error_code;
using tn::index_t;

namespace {

struct golden {
  tn::error got;
  std::string text;
};

template <class R>
golden expect(const R& r, std::string text) {
  return {r.error(), std::move(text)};
}
tn::tensor<double> matrix(double a, double b, double c, double d) { return *tn::from_list<double>({{a, b}, {c, d}}); }

tn::error beyond_the_limit() {
  const std::size_t limit = tn::memory::limit();
  tn::memory::set_limit(std::size_t{1} << 20);
  const auto r = tn::zeros<float>({1 << 20});
  tn::memory::set_limit(limit);
  return r.error();
}
tn::error read_only() {
  const float constant[3] = {};
  auto x = tn::unwrap(tn::wrap(constant, {3}));
  return tn::fill_(x, 1).error();
}
tn::error write_to_a_full_disk() { return tn::io::save_npy("/dev/full", *tn::zeros<float>({4})).error(); }
}  // namespace

TEST_CASE("every error code has a call that reaches it") {
  const auto x = tn::unwrap(tn::zeros<float>({2, 3}));
  const auto elsewhere = tn::tensor<float>::unchecked(
      tn::any_tensor(x.any().memory(), x.any().memory()->data, x.shape(), tn::dense_strides(x.shape()), tn::dtype::float32, tn::device::cuda));
  const auto sum = [](auto a, auto b) { return a + b; };
  const auto of_status = [](tn::kernels::status_code code, index_t detail) { return tn::calls::finish("op", tn::kernels::status{code, detail}); };
  const std::string prose = std::string(tenon_test::source_dir()) + "/fixtures/README.md";
  auto repeated = tn::unwrap(tn::expand(x.select(0, 0), {2, 3}));

  const std::map<error_code, golden> reached = {
      {error_code::invalid_argument, expect(tn::permute(x, {0, 0}), "permute: dim 0 appears twice in [0, 0]")},
      {error_code::shape_mismatch, expect(tn::view(x, {5}), "view: shape [2, 3] has 6 elements, but [5] has 5")},
      {error_code::dim_out_of_range, expect(tn::transpose(x, 0, 3), "transpose: dim 3 is out of range for shape [2, 3] (expected -2 .. 1)")},
      {error_code::index_out_of_range,
       expect(tn::index_select(x, 0, tn::from_list<index_t>({2})),
              "index_select: index 2 at [0] of the index tensor of shape [1] is out of range for dim 0 of shape [2, 3] (expected 0 .. 1)")},
      {error_code::dtype_mismatch, expect(tn::as<double>(x.any()), "as: the tensor holds float32, not float64; convert it with to<T>(x)")},
      {error_code::device_mismatch, expect(tn::map(sum, x, elsewhere), "map: operands live on cpu and cuda:0; move one with to(x, device)")},
      {error_code::device_unavailable, expect(tn::to(x, tn::device::cuda), "to: this program was built without cuda support")},
      {error_code::unsupported, expect(tn::unsqueeze(tn::zeros<float>({1, 1, 1, 1, 1, 1, 1, 1}), 0), "unsqueeze: a tensor has at most 8 dimensions")},
      {error_code::out_of_memory,
       {beyond_the_limit(), "zeros: no memory for float32 [1048576] (4194304 bytes; the limit for all tensors is 1048576, see memory::set_limit)"}},
      {error_code::size_overflow, expect(tn::zeros<double>({index_t{1} << 40, index_t{1} << 40}),
                                         "zeros: shape [1099511627776, 1099511627776] has more bytes than 63 bits can count")},
      {error_code::not_writable, {read_only(), "fill_: out is read-only memory; clone it first"}},
      {error_code::overlapping_memory,
       expect(tn::fill_(repeated, 1), "fill_: out of shape [2, 3] reaches the same element by two indices (an expanded view?); clone it first")},
      {error_code::non_finite_input, expect(of_status(tn::kernels::status_code::non_finite, 0), "op: the input holds NaN or infinity")},
      {error_code::no_convergence, expect(of_status(tn::kernels::status_code::no_convergence, 3), "op: no convergence: 3 values are missing")},
      {error_code::singular_matrix, expect(tn::linalg::cholesky(matrix(1, 2, 2, 1)), "cholesky: the matrix is not positive definite: pivot 2 is not positive")},
      {error_code::device_failure, expect(of_status(tn::kernels::status_code::launch_failed, 700), "op: the kernel failed with device code 700")},
      {error_code::not_found, expect(tn::io::load_npy("/no/such/file.npy"), "io::load_npy: cannot open '/no/such/file.npy': No such file or directory")},
      {error_code::io_failure, {write_to_a_full_disk(), "io::save_npy: cannot write '/dev/full': No space left on device"}},
      {error_code::invalid_format,
       expect(tn::io::load_npy(prose), "io::load_npy: '" + prose + "': this is not an .npy file (it does not start with \\x93NUMPY)")},
  };
  for (int c = 1; std::string(tn::describe(static_cast<error_code>(c))) != "unknown error"; ++c) {
    const auto found = reached.find(static_cast<error_code>(c));
    INFO("error code " << c << ": " << tn::describe(static_cast<error_code>(c)));
    REQUIRE(found != reached.end());
    CHECK(found->second.got.code() == static_cast<error_code>(c));
    CHECK(std::string(found->second.got.message()) == found->second.text);
  }
}

}  // namespace tenon_test::error_codes_test

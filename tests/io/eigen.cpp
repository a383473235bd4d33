// test: links=Eigen3::Eigen
// The bridge to Eigen: the same addresses on both sides, every stride pattern, and what must not be written.
#include <tenon/io/eigen.hpp>

#include "io/files.hpp"

#include <complex>

namespace tenon_test::eigen_test {
using tenon::any_tensor;
using tenon::dtype;
using tenon::error_code;
using tenon::shape;
using tenon::tensor;
namespace io = tenon::io;

namespace {

tensor<float> numbers(const shape& s) {
  auto x = tensor<float>::unchecked(counting(s, dtype::float32));
  for (tenon::index_t i = 0; i < x.numel(); ++i) x.data()[i] = static_cast<float>(i);
  return x;
}

template <class X>
concept matrix_mappable = requires(X&& x) {
  { io::map_matrix(std::forward<X>(x)) } -> std::same_as<tenon::result<io::eigen_matrix_map<float>>>;
};
static_assert(matrix_mappable<tensor<float>&> && !matrix_mappable<tensor<float>>);

}  // namespace

TEST_CASE("a map shows the tensor's elements under any strides", "[eigen]") {
  const auto x = numbers({4, 6});
  const tensor<float> views[] = {x,
                                 tenon::unwrap(x.transpose(0, 1)),
                                 tenon::unwrap(x.slice(1, {.step = 2})),
                                 tenon::unwrap(x.slice(0, {.step = -1})),
                                 tenon::unwrap(x.slice(1, {.step = -2})),
                                 tenon::unwrap(tenon::unwrap(x.narrow(0, 2, 1)).expand({3, 6})),
                                 tenon::unwrap(x.narrow(0, 1, 0)),
                                 tenon::unwrap(x.narrow(1, 3, 1))};
  for (const tensor<float>& v : views) {
    const auto m = tenon::unwrap(io::map_matrix(v));
    REQUIRE((m.rows() == v.size(0) && m.cols() == v.size(1)));
    for (int i = 0; i < v.size(0); ++i)
      for (int j = 0; j < v.size(1); ++j) REQUIRE(&m.coeffRef(i, j) == v.data() + i * v.stride(0) + j * v.stride(1));
    const auto copy = tenon::unwrap(io::from_eigen(m));
    check_same(copy, v);
    CHECK(copy.contiguous());
    if (v.size(0) == 0) continue;
    const auto row = tenon::unwrap(v.select(0, 0));
    check_same(tenon::unwrap(io::from_eigen(tenon::unwrap(io::map_vector(row)))), row);
    const Eigen::MatrixXf product = m * m.transpose();               // and Eigen computes with it
    CHECK(product.rows() == v.size(0));
  }
}

TEST_CASE("writing through a map writes the tensor", "[eigen]") {
  auto x = numbers({2, 3});
  const auto before = x.version();
  auto column = tenon::unwrap(x.select(1, 1));
  tenon::unwrap(io::map_vector(column)).setConstant(-1);
  CHECK(x.version() > before);
  auto m = tenon::unwrap(io::map_matrix(x));
  m *= 2;
  CHECK(bytes_of(x) ==
        bytes_of(tenon::unwrap(io::from_eigen((Eigen::Matrix<float, 2, 3>() << 0, -2, 4, 6, -2, 10).finished()))));
}

TEST_CASE("what comes from Eigen has the shape and the order of the matrix", "[eigen]") {
  const Eigen::Matrix<double, 2, 3> fixed{{1, 2, 3}, {4, 5, 6}};
  const auto a = tenon::unwrap(io::from_eigen(fixed));
  CHECK((a.shape() == shape{2, 3}));
  CHECK(a.at(1, 0).value() == 4);
  CHECK(tenon::unwrap(io::from_eigen(fixed.transpose() * 2)).at(0, 1).value() == 8);
  CHECK((tenon::unwrap(io::from_eigen(Eigen::VectorXcf::Constant(3, {1, 2}))).shape() == shape{3}));
  CHECK((tenon::unwrap(io::from_eigen(Eigen::RowVectorXi::Zero(4))).shape() == shape{4}));
  CHECK((tenon::unwrap(io::from_eigen(Eigen::ArrayXXd(0, 5))).shape() == shape{0, 5}));
  CHECK(tenon::unwrap(io::from_eigen(Eigen::Array<bool, 2, 1>(true, false))).at(0).value());
}

TEST_CASE("what cannot be mapped is an error", "[eigen]") {
  auto x = numbers({2, 3});
  auto deep = numbers({2, 3, 4});
  tensor<float> nothing;
  CHECK(io::map_vector(x).error() == error_code::shape_mismatch);
  CHECK(io::map_matrix(deep).error() == error_code::shape_mismatch);
  CHECK(io::map_matrix(nothing).error() == error_code::invalid_argument);
  auto repeated = tenon::unwrap(tenon::unwrap(x.narrow(0, 0, 1)).expand({5, 3}));
  CHECK(io::map_matrix(repeated).error() == error_code::overlapping_memory);
  CHECK(io::map_matrix(std::as_const(repeated)).has_value());
  static const float constants[2] = {1, 2};
  auto fixed = tensor<float>::unchecked(
      any_tensor(tenon::adopt_storage(const_cast<float*>(constants), sizeof constants, false, nullptr, nullptr),
                 reinterpret_cast<std::byte*>(const_cast<float*>(constants)), {1, 2}, tenon::dense_strides({1, 2}),
                 dtype::float32));
  CHECK(io::map_matrix(fixed).error() == error_code::not_writable);
  CHECK(io::map_matrix(std::as_const(fixed)).has_value());
}

}  // namespace tenon_test::eigen_test

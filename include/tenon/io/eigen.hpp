#pragma once
// The bridge to Eigen 3.4; the only header of the library that includes Eigen, and none includes this one. (Eigen's
// allocation follows the compiler's flags while its symbols do not: a program should include it under one set of flags.)
//
//   map_matrix(x)   -> Eigen::Map of x's own memory, rank 2, any strides, read or write
//   map_vector(x)   -> the same for rank 1, a column vector
//   from_eigen(m)   -> tensor<Scalar> of shape [rows, cols], or [size] for what Eigen knows to be a vector; a copy
// A map is valid as long as the tensor's memory lives. x must be on the CPU; to write, it must be writable and not
// overlap itself (expand). bool, integers, float, double and complex: Eigen computes with other 16-bit types than ours.
// from_eigen evaluates its argument; what Eigen throws where it needs temporaries passes through.
#include <tenon/core/tensor.hpp>

// g++ 12 warns of its own AVX-512 header unless the first inclusion is quiet; Eigen would be the first.
#if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif
#include <Eigen/Core>

namespace tenon::inline v0::io {

template <class T>
concept eigen_scalar = element<T> && !half_type<T>;

// T is const for a map that only reads.
template <class T>
using eigen_matrix_map = Eigen::Map<
    std::conditional_t<std::is_const_v<T>,
                       const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
                       Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>,
    Eigen::Unaligned, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
template <class T>
using eigen_vector_map =
    Eigen::Map<std::conditional_t<std::is_const_v<T>, const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, 1>,
                                  Eigen::Matrix<T, Eigen::Dynamic, 1>>,
               Eigen::Unaligned, Eigen::InnerStride<Eigen::Dynamic>>;

namespace detail {

inline result<void> check_mappable(const char* op, const any_tensor& x, int rank, bool to_write) {
  if (!x.defined())
    return error(error_code::invalid_argument, op,
                 make_text("the handle holds no tensor: it was default-constructed or moved from"));
  if (x.device() != device::cpu)
    return error(error_code::device_mismatch, op,
                 make_text("the tensor is on ", x.where(), "; move it with to(x, device::cpu)"));
  if (x.rank() != rank)
    return error(error_code::shape_mismatch, op,
                 make_text("shape ", x.shape(), " has rank ", x.rank(), ", expected ", rank));
  if (to_write && !x.writable())
    return error(error_code::not_writable, op,
                 make_text("the tensor is read-only memory; clone it, or map it through a const reference"));
  if (to_write && x.overlaps_itself())
    return error(
        error_code::overlapping_memory, op,
        make_text("elements of shape ", x.shape(), " share memory; clone it, or map it through a const reference"));
  if (to_write) x.written();
  return {};
}

}  // namespace detail

inline namespace TENON_BUILD {

template <eigen_scalar T>
result<eigen_matrix_map<T>> map_matrix(tensor<T>& x) {
  TENON_TRY_VOID(detail::check_mappable("io::map_matrix", x, 2, true));
  return eigen_matrix_map<T>(x.data(), x.size(0), x.size(1), {x.stride(0), x.stride(1)});
}
template <eigen_scalar T>
result<eigen_matrix_map<const T>> map_matrix(const tensor<T>& x) {
  TENON_TRY_VOID(detail::check_mappable("io::map_matrix", x, 2, false));
  return eigen_matrix_map<const T>(x.data(), x.size(0), x.size(1), {x.stride(0), x.stride(1)});
}
template <eigen_scalar T>
void map_matrix(tensor<T>&&) = delete;                     // the memory would be gone

template <eigen_scalar T>
result<eigen_vector_map<T>> map_vector(tensor<T>& x) {
  TENON_TRY_VOID(detail::check_mappable("io::map_vector", x, 1, true));
  return eigen_vector_map<T>(x.data(), x.size(0), Eigen::InnerStride<Eigen::Dynamic>(x.stride(0)));
}
template <eigen_scalar T>
result<eigen_vector_map<const T>> map_vector(const tensor<T>& x) {
  TENON_TRY_VOID(detail::check_mappable("io::map_vector", x, 1, false));
  return eigen_vector_map<const T>(x.data(), x.size(0), Eigen::InnerStride<Eigen::Dynamic>(x.stride(0)));
}
template <eigen_scalar T>
void map_vector(tensor<T>&&) = delete;

template <class Derived>
  requires eigen_scalar<typename Derived::Scalar>
result<tensor<typename Derived::Scalar>> from_eigen(const Eigen::DenseBase<Derived>& m) {
  using T = typename Derived::Scalar;
  shape s(m.rows(), m.cols());
  if constexpr (Derived::IsVectorAtCompileTime) s = shape(m.size());
  TENON_TRY(auto any, allocate_tensor("io::from_eigen", s, dtype_of<T>));
  using matrix = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic,
                              Derived::ColsAtCompileTime == 1 ? Eigen::ColMajor : Eigen::RowMajor>;
  Eigen::Map<matrix>(reinterpret_cast<T*>(any.bytes()), m.rows(), m.cols()) = m.derived().array();
  return tensor<T>::unchecked(std::move(any));
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::io

#pragma once
// What the ops of linear algebra share: their checks, and matrices in the column-major memory that kernels work on.
//
// An operand of any strides is copied once, into memory that is usually the result's own; there the kernel works in place.
// A result is a view with its last two dimensions exchanged: column-major, as PyTorch's are.
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/linalg/backend.hpp>

namespace tenon::inline v0 {

inline constexpr dtype_set linalg_dtypes(dtype::float32, dtype::float64, dtype::complex64, dtype::complex128);

namespace linalg {
template <class T>
concept number = std::same_as<T, float> || std::same_as<T, double> || complex_type<T>;
}  // namespace linalg

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD::calls {

template <class T>
constexpr void check_linalg_dtype() {
  static_assert(linalg::number<T>, "linear algebra is for float, double, complex<float> and complex<double>; convert with tenon::to<T>(x)");
}

// The leading dimensions, and their count.
inline shape batch_shape(const shape& s) {
  shape b = s;
  for (int i = 0; i < 2; ++i) b.erase(b.rank() - 1);
  return b;
}
inline shape with_matrix(shape batch, index_t rows, index_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}
inline shape with_vector(shape batch, index_t n) {
  batch.push_back(n);
  return batch;
}
inline index_t batch_count(const any_tensor& x) { return batch_shape(x.shape()).numel(); }

inline result<void> check_matrix(const char* op, const any_tensor& x) {
  if (x.rank() >= 2) return {};
  return error(error_code::shape_mismatch, op, make_text("a matrix or a batch of them is needed, got shape ", x.shape()));
}
inline result<void> check_square(const char* op, const any_tensor& x) {
  TENON_TRY_VOID(check_matrix(op, x));
  if (x.size(-1) == x.size(-2)) return {};
  return error(error_code::shape_mismatch, op, make_text("square matrices are needed, got shape ", x.shape()));
}

// Uninitialised column-major matrices.
inline result<any_tensor> allocate_columns(const char* op, const shape& s, dtype type, placement where = {}) {
  const int r = s.rank();
  shape swapped = s;
  swapped.set(r - 2, s[r - 1]);
  swapped.set(r - 1, s[r - 2]);
  TENON_TRY(const any_tensor memory, allocate_tensor(op, swapped, type, where));
  return memory.transpose(r - 2, r - 1);
}
// A column-major copy. x may be broadcast to `s` first.
inline result<any_tensor> copy_columns(const char* op, const any_tensor& x, const shape& s) {
  TENON_TRY(const any_tensor from, x.expand(s));
  TENON_TRY(any_tensor to, allocate_columns(op, s, x.dtype(), x.where()));
  copy(from, to);
  return to;
}
inline result<any_tensor> copy_columns(const char* op, const any_tensor& x) { return copy_columns(op, x, x.shape()); }

// The matrices of x where they are, if each is dense and they are one distance apart; else in a column-major copy, which `copied` holds.
template <class T>
result<kernels::linalg::lane_source<T>> matrices_in_place(const char* op, const any_tensor& x, any_tensor& copied) {
  const index_t rows = x.size(-2), cols = x.size(-1);
  const auto look = [&](const any_tensor& y, kernels::linalg::lane_source<T>& s) {
    const bool by_rows = (cols == 1 || y.stride(-1) == 1) && (rows == 1 || y.stride(-2) == cols);
    const bool by_columns = (rows == 1 || y.stride(-2) == 1) && (cols == 1 || y.stride(-1) == rows);
    s.data = reinterpret_cast<const T*>(y.bytes());
    s.by_rows = !by_columns;
    s.step = 0;
    index_t expected = 0;
    for (int d = y.rank() - 3; d >= 0; --d) {
      if (y.size(d) == 1) continue;
      if (s.step == 0) expected = s.step = y.stride(d);
      if (y.stride(d) != expected || s.step <= 0) return false;
      expected *= y.size(d);
    }
    return by_rows || by_columns;
  };
  kernels::linalg::lane_source<T> s;
  if (look(x, s)) return s;
  TENON_TRY(copied, copy_columns(op, x));
  look(copied, s);
  return s;
}

template <class T>
T* data_as(any_tensor& x) { return reinterpret_cast<T*>(x.bytes()); }
template <class T>
const T* data_as(const any_tensor& x) { return reinterpret_cast<const T*>(x.bytes()); }

// "the matrix", or "matrix [1, 2] of the batch"
inline void name_matrix(text& t, const shape& batch, index_t number) {
  if (batch.rank() == 0) {
    t << "the matrix";
    return;
  }
  shape at = batch;
  for (int d = batch.rank() - 1; d >= 0; --d) {
    at.set(d, number % batch[d]);
    number /= batch[d];
  }
  t << "matrix " << at << " of the batch";
}

inline error non_finite(const char* op, const shape& batch, index_t number) {
  text t;
  name_matrix(t, batch, number);
  t << " holds NaN or infinity";
  return error(error_code::non_finite_input, op, t);
}
// Of kernels that look themselves: the first of the batch with -1 for its number.
inline result<void> check_numbers(const char* op, const any_tensor& info) {
  const auto* const p = reinterpret_cast<const std::int32_t*>(info.bytes());
  for (index_t i = 0; i < info.numel(); ++i)
    if (p[i] < 0) return non_finite(op, info.shape(), i);
  return {};
}

// Refuses NaN and infinity. The matrices (or vectors) of the batch are dense in memory, but there may be gaps between them.
template <class T>
result<void> check_finite(const char* op, const any_tensor& x, const shape& batch) {
  const index_t count = batch.numel();
  if (x.numel() == 0) return {};
  const index_t n = x.numel() / count, step = batch.rank() > 0 ? x.stride(batch.rank() - 1) : n;
  const auto context = kernels::cpu::make_context(0.1 * static_cast<double>(x.numel()));
  const index_t bad = kernels::cpu::entry<kernels::linalg::finite_kernel<T>>()(context, data_as<T>(x), count, n, step);
  if (bad < 0) return {};
  return non_finite(op, batch, bad);
}

template <class T>
result<void> check_finite_matrices(const char* op, const any_tensor& x) { return check_finite<T>(op, x, batch_shape(x.shape())); }

// What is wrong with one matrix of a batch: "matrix [3] of the batch " + why.
inline error matrix_error(error_code code, const char* op, const shape& batch, index_t number, const text& why) {
  text t;
  name_matrix(t, batch, number);
  t << " " << why.view();
  return error(code, op, t);
}

// One number per matrix, 0 where all went well, -1 where it holds NaN or infinity: the first that is not 0 as an error, `why` before it
// and `after` behind.
inline result<void> check_info(error_code code, const char* op, const any_tensor& info, const char* why, const char* after) {
  const std::int32_t* const p = data_as<std::int32_t>(info);
  for (index_t i = 0; i < info.numel(); ++i) {
    if (p[i] == 0) continue;
    if (p[i] < 0) return non_finite(op, info.shape(), i);
    text t;
    name_matrix(t, info.shape(), i);
    t << " " << why << index_t{p[i]} << after;
    return error(code, op, t);
  }
  return {};
}
inline result<void> check_invertible(const char* op, const any_tensor& info) {
  return check_info(error_code::singular_matrix, op, info, "is singular: pivot ", " is zero");
}
inline result<void> check_definite(const char* op, const any_tensor& info) {
  return check_info(error_code::singular_matrix, op, info, "is not positive definite: pivot ", " is not positive");
}

// The right-hand side of a system with A (..., m, n): a matrix, or a vector where B has one dimension or is of the shape of A
// without its last. Batch dimensions are broadcast. `b` is B as matrices.
struct right_side {
  any_tensor b;
  shape batch;
  bool vector = false;
  index_t rows = 0, cols = 0;
};
inline result<right_side> arrange_right_side(const char* op, const any_tensor& a, const any_tensor& b, bool on_left) {
  right_side r;
  shape without_last = a.shape();
  without_last.erase(a.rank() - 1);
  r.vector = b.rank() == 1 || (b.rank() == a.rank() - 1 && b.shape() == without_last);
  const auto mismatch = [&] {
    return error(error_code::shape_mismatch, op,
                 make_text("shapes ", a.shape(), " and ", b.shape(), " do not fit (", on_left ? "A.size(-2) must equal B.size(-2)" : "A.size(-1) must equal B.size(-1)",
                           ", leading dimensions broadcast)"));
  };
  r.b = b;
  if (r.vector) {
    if (!on_left) return error(error_code::invalid_argument, op, make_text("a vector as right-hand side needs left = true; B has shape ", b.shape()));
    TENON_TRY(r.b, b.unsqueeze(b.rank()));
  }
  if (r.b.rank() < 2 || r.b.size(on_left ? -2 : -1) != a.size(on_left ? -2 : -1)) return mismatch();
  TENON_TRY(r.batch, broadcast_shapes(op, batch_shape(a.shape()), batch_shape(r.b.shape())));
  r.rows = r.b.size(-2);
  r.cols = r.b.size(-1);
  return r;
}
// The solution, in the shape that the caller expects.
inline result<any_tensor> arrange_solution(const right_side& r, any_tensor x) {
  if (!r.vector) return x;
  return x.squeeze(-1);
}

// op_into: the finished result into memory that exists.
template <class T, target O>
result<void> store_result(const char* op, O&& out, const result<tensor<T>>& r) {
  static_assert(std::is_same_v<value_t<O>, T>, "out must have the result's element type");
  if (!r) return r.error();
  const holder_of<std::remove_cvref_t<O>> held(out);
  if (!held.good()) return held.error();
  any_tensor target = *held.get();
  TENON_TRY_VOID(check_target(op, target, r->shape()));
  copy(r->any(), target);
  return {};
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

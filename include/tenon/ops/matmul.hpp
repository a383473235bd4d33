#pragma once
// Products of matrices and vectors: matmul, mm, bmm, mv, dot, outer, linear, addmm, baddbmm.
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/cpu/matmul.hpp>
#include <tenon/ops/calls/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

using product_algorithm = kernels::product_algorithm;     // automatic, own, library

struct matmul_options {
  product_algorithm algorithm = product_algorithm::automatic;
};

namespace op {

// Which shapes a product accepts. matmul: PyTorch's rules for any rank; the others: exactly the ranks of their names.
enum class product_rank : std::uint8_t { any, mm, bmm, mv, dot };

// alpha * a b + beta * c. The base of all products: `a` and `b` as the caller gave them, c broadcast to the result.
template <product_rank Rank, bool TransposeB = false>
struct product {
  static constexpr const char* name = TransposeB                  ? "linear"
                                      : Rank == product_rank::any ? "matmul"
                                      : Rank == product_rank::mm  ? "mm"
                                      : Rank == product_rank::bmm ? "bmm"
                                      : Rank == product_rank::mv  ? "mv"
                                                                  : "dot";
  static constexpr dtype_set dtypes = numeric_dtypes | complex_dtypes;
  template <class T>
  using kernel = kernels::matmul_kernel<T>;
  std::complex<double> alpha = 1, beta = 1;
  product_algorithm algorithm = product_algorithm::automatic;

  static error mismatch(const any_tensor& a, const any_tensor& b) {
    if constexpr (TransposeB)
      return error(error_code::shape_mismatch, name,
                   make_text("input ", a.shape(), " and weight ", b.shape(), " do not fit: input.size(-1) must equal weight.size(-1)"));
    constexpr const char* wanted = Rank == product_rank::mm    ? "(n, k) and (k, m)"
                                   : Rank == product_rank::bmm ? "(batch, n, k) and (batch, k, m)"
                                   : Rank == product_rank::mv  ? "(n, k) and (k)"
                                   : Rank == product_rank::dot ? "(k) and (k)"
                                                               : "a.size(-1) == b.size(-2), leading dimensions broadcast";
    return error(error_code::shape_mismatch, name, make_text("shapes ", a.shape(), " and ", b.shape(), " do not fit (expected ", wanted, ")"));
  }

  // Operands as matrices with leading dimensions; a vector becomes a row (left) or a column (right).
  struct arranged {
    any_tensor a, b;
    shape leading, out;
    bool drop_row = false, drop_column = false;
  };
  static result<arranged> arrange(const any_tensor& x, const any_tensor& y) {
    constexpr int ranks[][2] = {{0, 0}, {2, 2}, {3, 3}, {2, 1}, {1, 1}};
    const auto [left, right] = ranks[static_cast<int>(Rank)];
    if (x.rank() == 0 || y.rank() == 0 || (Rank != product_rank::any && (x.rank() != left || y.rank() != right)) || (TransposeB && y.rank() > 2))
      return mismatch(x, y);
    arranged r{x, y, {}, {}, x.rank() == 1, y.rank() == 1};
    if (r.drop_row) {
      TENON_TRY(r.a, x.unsqueeze(0));
    }
    if (r.drop_column) {
      TENON_TRY(r.b, y.unsqueeze(1));
    } else if (TransposeB) {
      TENON_TRY(r.b, y.transpose(0, 1));
    }
    if (r.a.size(-1) != r.b.size(-2)) return mismatch(x, y);
    shape a_leading = r.a.shape(), b_leading = r.b.shape();
    for (int i = 0; i < 2; ++i) a_leading.erase(a_leading.rank() - 1), b_leading.erase(b_leading.rank() - 1);
    if (Rank == product_rank::bmm && a_leading != b_leading) return mismatch(x, y);
    TENON_TRY(r.leading, broadcast_shapes(name, a_leading, b_leading));
    if (r.leading.rank() > max_rank - 2)
      return error(error_code::unsupported, name, make_text("shapes ", x.shape(), " and ", y.shape(), " need more than ", max_rank, " dimensions"));
    r.out = r.leading;
    if (!r.drop_row) r.out.push_back(r.a.size(-2));
    if (!r.drop_column) r.out.push_back(r.b.size(-1));
    return r;
  }

  result<shape> check(const any_tensor& a, const any_tensor& b, const any_tensor* c) const {
    TENON_TRY(const auto r, arrange(a, b));
    for (const auto& factor : {alpha, beta})
      if (is_integer(a.dtype()) && !(factor.imag() == 0 && factor.real() >= -0x1p63 && factor.real() < 0x1p63 &&
                                     static_cast<double>(static_cast<std::int64_t>(factor.real())) == factor.real()))
        return error(error_code::invalid_argument, name, make_text("alpha and beta must be whole numbers for ", a.dtype(), ", got ", factor.real()));
    if (c) {
      TENON_TRY(const shape joined, broadcast_shapes(name, r.out, c->shape()));
      if (joined != r.out)
        return error(error_code::shape_mismatch, name, make_text("the added ", c->shape(), " does not broadcast to the product ", r.out));
    }
    TENON_TRY_VOID(checked_numel(name, r.out, 16));
    return r.out;
  }
  result<shape> check(const any_tensor& a, const any_tensor& b) const { return check(a, b, nullptr); }

  template <class T, class U>
  result<void> run(any_tensor& out, const any_tensor& a, const any_tensor& b) const {
    return run<T, U, void>(out, a, b, nullptr);
  }
  template <class T, class U, class V>
  result<void> run(any_tensor& out, const any_tensor& a, const any_tensor& b, const any_tensor* c) const {
    static_assert(std::is_same_v<T, U> && (std::is_void_v<V> || std::is_same_v<V, T>),
                  "the operands of a product must have one element type; convert with tenon::to<T>(x)");
    if (out.numel() == 0) return {};
    TENON_TRY(const auto r, arrange(a, b));
    TENON_TRY(const any_tensor x, with_leading(r.a, r.leading));
    TENON_TRY(const any_tensor y, with_leading(r.b, r.leading));
    TENON_TRY(any_tensor z, with_matrix_dims(out, r));
    kernels::matmul_epilogue<T> epilogue;
    epilogue.alpha = scalar_of<T>(alpha);
    if (c) {
      TENON_TRY(const any_tensor expanded, c->expand(r.out));
      TENON_TRY(const any_tensor added, with_matrix_dims(expanded, r));
      epilogue.beta = scalar_of<T>(beta);
      epilogue.c = added.kernel_view<T>();
    }
    const double work = 0.01 * sizeof(T) * static_cast<double>(out.numel()) * static_cast<double>(x.size(-1));
    TENON_TRY(const auto multiply, calls::kernel<kernel<T>>(name, x.where(), work));
    const auto o = z.kernel_view<T>();
    kernels::matmul_plan p;                      // of the CPU's work; a GPU's kernel makes its own cut
    p.wanted = algorithm;
    if (!multiply.context.queue && algorithm == product_algorithm::library) return calls::finish(name, {kernels::status_code::unsupported, 0});
    if (!multiply.context.queue) p = kernels::plan_matmul<T>(o, x.kernel_view<T>(), y.kernel_view<T>(), epilogue, multiply.context.threads);
    TENON_TRY(const storage_ptr memory, calls::workspace(name, p.workspace_bytes));
    return calls::finish(name, multiply(p, o, x.kernel_view<T>(), y.kernel_view<T>(), epilogue, calls::data_of(memory)));
  }

 private:
  template <class T>
  static compute_t<T> scalar_of(std::complex<double> v) {
    if constexpr (complex_type<T>)
      return T(static_cast<real_t<T>>(v.real()), static_cast<real_t<T>>(v.imag()));
    else if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::int64_t>(v.real()));              // `check` has seen that it fits; wraps to T
    else
      return static_cast<compute_t<T>>(v.real());
  }
  static result<any_tensor> with_leading(const any_tensor& x, const shape& leading) {
    shape s = leading;
    s.push_back(x.size(-2));
    s.push_back(x.size(-1));
    return x.expand(s);
  }
  // A tensor of the result's shape with the dimensions back that a vector operand took away.
  static result<any_tensor> with_matrix_dims(const any_tensor& x, const arranged& r) {
    any_tensor m = x;
    if (r.drop_row) {
      TENON_TRY(m, m.unsqueeze(r.drop_column ? m.rank() : m.rank() - 1));
    }
    if (r.drop_column) {
      TENON_TRY(m, m.unsqueeze(m.rank()));
    }
    return m;
  }
};

using matmul = product<product_rank::any>;
using linear = product<product_rank::any, true>;

// A column times a row.
struct outer {
  static constexpr const char* name = "outer";
  static constexpr dtype_set dtypes = all_dtypes;
  template <class T>
  using kernel = kernels::matmul_kernel<T>;

  result<shape> check(const any_tensor& x, const any_tensor& y) const {
    if (x.rank() != 1 || y.rank() != 1)
      return error(error_code::shape_mismatch, name, make_text("shapes ", x.shape(), " and ", y.shape(), " must have one dimension each"));
    const shape s(x.size(0), y.size(0));
    TENON_TRY_VOID(checked_numel(name, s, 16));
    return s;
  }
  template <class T, class U>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& y) const {
    static_assert(std::is_same_v<T, U>, "both operands of outer must have one element type; convert with tenon::to<T>(x)");
    TENON_TRY(const any_tensor column, x.unsqueeze(1));
    TENON_TRY(const any_tensor row, y.unsqueeze(0));
    if constexpr (std::is_same_v<T, bool>) {                 // 0 and 1: `and` is their product
      any_tensor bytes = as_bytes(out);
      return product<product_rank::mm>{}.run<std::uint8_t, std::uint8_t>(bytes, as_bytes(column), as_bytes(row));
    } else {
      return product<product_rank::mm>{}.run<T, T>(out, column, row);
    }
  }

 private:
  static any_tensor as_bytes(const any_tensor& x) {
    return any_tensor(x.memory(), const_cast<std::byte*>(x.bytes()), x.shape(), x.strides(), dtype::uint8, x.where());
  }
};

}  // namespace op

/// matmul(a, b), with PyTorch's rules: vectors are a row on the left and a column on the right, and lose that dimension
/// again; leading dimensions broadcast.        a (..., n, k)  b (..., k, m)  ->  (..., n, m)
///
/// Dtypes   all but bool; both operands the same. half and bfloat16 are summed up in float and rounded once; integers wrap.
/// Special  k = 0 gives zeros. NaN and inf propagate: nothing is skipped.
/// Bound    |error| <= k u sum_i |a_i| |b_i|, u = half an ulp of 1 (complex: four times that). The bits do not depend on the
///          number of threads. Half types by a GPU's library, whose tensor cores cut off where others round: twice that.
/// Options  {.algorithm}: on a GPU the product is cuBLASLt's where that is installed and takes the operands (one dimension of each without gaps,
///          batches at one distance), else our own kernel's. `own` and `library` insist; there is no library on the CPU.
/// Errors   shape_mismatch, unsupported (more than 8 dimensions; an algorithm that is not there), out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto matmul(A&& a, B&& b, const matmul_options& options = {}) {
  return calls::allocate(op::matmul{.algorithm = options.algorithm}, a, b);
}
template <target O, operand A, operand B>
result<void> matmul_into(O&& out, A&& a, B&& b, const matmul_options& options = {}) {
  return calls::into(op::matmul{.algorithm = options.algorithm}, out, a, b);
}

/// mm: (n, k) (k, m).   bmm: (b, n, k) (b, k, m).   mv: (n, k) (k).   dot: (k) (k), a tensor of rank 0.   Else as matmul.
template <operand A, operand B>
[[nodiscard]] auto mm(A&& a, B&& b) {
  return calls::allocate(op::product<op::product_rank::mm>{}, a, b);
}
template <operand A, operand B>
[[nodiscard]] auto bmm(A&& a, B&& b) {
  return calls::allocate(op::product<op::product_rank::bmm>{}, a, b);
}
template <operand A, operand B>
[[nodiscard]] auto mv(A&& a, B&& b) {
  return calls::allocate(op::product<op::product_rank::mv>{}, a, b);
}
template <operand A, operand B>
[[nodiscard]] auto dot(A&& a, B&& b) {
  return calls::allocate(op::product<op::product_rank::dot>{}, a, b);
}
template <target O, operand A, operand B>
result<void> mm_into(O&& out, A&& a, B&& b) {
  return calls::into(op::product<op::product_rank::mm>{}, out, a, b);
}
template <target O, operand A, operand B>
result<void> bmm_into(O&& out, A&& a, B&& b) {
  return calls::into(op::product<op::product_rank::bmm>{}, out, a, b);
}
template <target O, operand A, operand B>
result<void> mv_into(O&& out, A&& a, B&& b) {
  return calls::into(op::product<op::product_rank::mv>{}, out, a, b);
}
template <target O, operand A, operand B>
result<void> dot_into(O&& out, A&& a, B&& b) {
  return calls::into(op::product<op::product_rank::dot>{}, out, a, b);
}

/// outer(a, b)_ij = a_i b_j, rounded once.        a (n)  b (m)  ->  (n, m)        Dtypes: all; of bools it is `and`.
template <operand A, operand B>
[[nodiscard]] auto outer(A&& a, B&& b) {
  return calls::allocate(op::outer{}, a, b);
}
template <target O, operand A, operand B>
result<void> outer_into(O&& out, A&& a, B&& b) {
  return calls::into(op::outer{}, out, a, b);
}

/// linear(x, w, b) = x w^T + b.        x (..., in)  w (out, in)  b (out) or none  ->  (..., out)
/// Dtypes, bound and errors as matmul.
template <operand X, operand W, calls::optional_operand B = none_t>
[[nodiscard]] auto linear(X&& x, W&& w, B&& b = {}) {
  return calls::allocate(op::linear{}, x, w, b);
}
template <target O, operand X, operand W, calls::optional_operand B = none_t>
result<void> linear_into(O&& out, X&& x, W&& w, B&& b = {}) {
  return calls::into(op::linear{}, out, x, w, b);
}

struct addmm_options {
  std::complex<double> beta = 1;     // factor of the added tensor; 0: it is not read, not even its NaN
  std::complex<double> alpha = 1;    // factor of the product
  product_algorithm algorithm = product_algorithm::automatic;      // as matmul's
};

/// addmm(c, a, b) = beta c + alpha a b, one rounding of the sum.   c broadcasts to (n, m).   baddbmm: the same in batches.
template <operand C, operand A, operand B>
[[nodiscard]] auto addmm(C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return calls::allocate(op::product<op::product_rank::mm>{options.alpha, options.beta, options.algorithm}, a, b, c);
}
template <operand C, operand A, operand B>
[[nodiscard]] auto baddbmm(C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return calls::allocate(op::product<op::product_rank::bmm>{options.alpha, options.beta, options.algorithm}, a, b, c);
}
template <target O, operand C, operand A, operand B>
result<void> addmm_into(O&& out, C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return calls::into(op::product<op::product_rank::mm>{options.alpha, options.beta, options.algorithm}, out, a, b, c);
}
template <target O, operand C, operand A, operand B>
result<void> baddbmm_into(O&& out, C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return calls::into(op::product<op::product_rank::bmm>{options.alpha, options.beta, options.algorithm}, out, a, b, c);
}
// c = beta c + alpha a b, through memory of c's size.
template <target C, operand A, operand B>
result<void> addmm_(C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return addmm_into(c, c, a, b, options);
}
template <target C, operand A, operand B>
result<void> baddbmm_(C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return baddbmm_into(c, c, a, b, options);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

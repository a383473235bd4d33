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
enum class product_rank : std::uint8_t { broadcasting, mm, bmm, mv, dot };

// alpha * a b + beta * c. The base of all products: `a` and `b` as the caller gave them, c broadcast to the result.
template <product_rank Rank, bool TransposeB = false>
struct product {
  static constexpr const char* name = TransposeB                           ? "linear"
                                      : Rank == product_rank::broadcasting ? "matmul"
                                      : Rank == product_rank::mm           ? "mm"
                                      : Rank == product_rank::bmm          ? "bmm"
                                      : Rank == product_rank::mv           ? "mv"
                                                                           : "dot";
  static constexpr dtype_set dtypes = numeric_dtypes | complex_dtypes;
  static constexpr bool trusts_noalias = true;
  template <class T>
  using kernel = kernels::matmul_kernel<T>;
  std::complex<double> alpha = 1, beta = 1;
  product_algorithm algorithm = product_algorithm::automatic;

  [[gnu::cold, gnu::noinline]] static error mismatch(const any_tensor& a, const any_tensor& b) {
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

  // A vector is a row on the left and a column on the right; the result has no dimension for it.
  static bool has_rows(const any_tensor& a) { return a.rank() > 1; }
  static bool has_columns(const any_tensor& b) { return b.rank() > 1; }

  // The result's shape without an added c.
  static result<shape> product_shape(const any_tensor& a, const any_tensor& b) {
    constexpr int ranks[][2] = {{0, 0}, {2, 2}, {3, 3}, {2, 1}, {1, 1}};
    const auto [left, right] = ranks[static_cast<int>(Rank)];
    if (a.rank() == 0 || b.rank() == 0 || (Rank != product_rank::broadcasting && (a.rank() != left || b.rank() != right)) || (TransposeB && b.rank() > 2))
      return mismatch(a, b);
    if (a.size(-1) != b.size(has_columns(b) && !TransposeB ? -2 : -1)) return mismatch(a, b);
    shape out;
    if (a.rank() > 2 || b.rank() > 2) {
      shape a_leading = a.shape(), b_leading = b.shape();
      for (int i = 0; i < 2; ++i) a_leading.erase(a_leading.rank() - 1), b_leading.erase(b_leading.rank() - 1);
      if (Rank == product_rank::bmm && a_leading != b_leading) return mismatch(a, b);
      TENON_TRY(out, broadcast_shapes(name, a_leading, b_leading));
      if (out.rank() > max_rank - 2)
        return error(error_code::unsupported, name, make_text("shapes ", a.shape(), " and ", b.shape(), " need more than ", max_rank, " dimensions"));
    }
    if (has_rows(a)) out.push_back(a.size(-2));
    if (has_columns(b)) out.push_back(b.size(TransposeB ? 0 : -1));
    return out;
  }

  result<shape> check(const any_tensor& a, const any_tensor& b, const any_tensor* c) const {
    TENON_TRY(shape out, product_shape(a, b));
    for (const auto& factor : {alpha, beta})
      if (is_integer(a.dtype()) && !(factor.imag() == 0 && factor.real() >= -0x1p63 && factor.real() < 0x1p63 &&
                                     static_cast<double>(static_cast<std::int64_t>(factor.real())) == factor.real()))
        return error(error_code::invalid_argument, name, make_text("alpha and beta must be whole numbers for ", a.dtype(), ", got ", factor.real()));
    if (c) {
      TENON_TRY(const shape joined, broadcast_shapes(name, out, c->shape()));
      if (joined != out)
        return error(error_code::shape_mismatch, name, make_text("the added ", c->shape(), " does not broadcast to the product ", out));
    }
    TENON_TRY_VOID(checked_numel(name, out, 16));
    return out;
  }
  result<shape> check(const any_tensor& a, const any_tensor& b) const { return check(a, b, nullptr); }

  template <class T, class U>
  result<void> run(any_tensor& out, const any_tensor& a, const any_tensor& b) const {
    return run<T, U, void>(out, a, b, nullptr);
  }
  template <class T, class U, class V>
  result<void> run(any_tensor& out, const any_tensor& a, const any_tensor& b, [[maybe_unused]] const any_tensor* c) const {
    static_assert(std::is_same_v<T, U> && (std::is_void_v<V> || std::is_same_v<V, T>),
                  "the operands of a product must have one element type; convert with tenon::to<T>(x)");
    if (out.numel() == 0) return {};
    const bool rows = has_rows(a), columns = has_columns(b);
    const int leading = out.rank() - rows - columns, a_leading = rows ? a.rank() - 2 : 0, b_leading = columns ? b.rank() - 2 : 0;
    const index_t m = rows ? a.size(-2) : 1, n = columns ? out.size(-1) : 1, k = a.size(-1);
    const auto o = matrices<T>(out, out, {leading, 0, m, rows ? leading : -1, n, columns ? leading + rows : -1});
    const auto x = matrices<const T>(a, out, {leading, a_leading - leading, m, rows ? a_leading : -1, k, a.rank() - 1});
    const auto y = matrices<const T>(b, out, {leading, b_leading - leading, k, columns ? b_leading + TransposeB : 0, n, columns ? b_leading + !TransposeB : -1});
    kernels::matmul_epilogue<T> epilogue;
    epilogue.alpha = scalar_of<T>(alpha);
    if constexpr (!std::is_void_v<V>) {
      const int missing = out.rank() - c->rank();
      epilogue.beta = scalar_of<T>(beta);
      epilogue.c = matrices<const T>(*c, out, {leading, -missing, m, rows ? leading - missing : -1, n, columns ? leading + rows - missing : -1});
    }
    const double work = 0.01 * sizeof(T) * static_cast<double>(out.numel()) * static_cast<double>(k);
    TENON_TRY(const auto multiply, calls::kernel<kernel<T>>(name, out.where(), work));
    kernels::matmul_plan p;                      // of the CPU's work; a GPU's kernel makes its own cut
    p.wanted = algorithm;
    if (!multiply.context.queue && algorithm == product_algorithm::library) return calls::finish(name, {kernels::status_code::unsupported, 0});
    if (!multiply.context.queue) p = kernels::plan_matmul<T>(o, x, y, epilogue, multiply.context.threads);
    TENON_TRY(const storage_ptr memory, calls::workspace(name, p.workspace_bytes));
    return calls::finish(name, multiply(p, o, x, y, epilogue, calls::data_of(memory)));
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
  // Where a tensor has the dimensions of `leading` matrices: dimension d of these is its own d + shift; a negative one is missing,
  // and broadcasts like one of extent 1.
  struct arrangement {
    int leading, shift;
    index_t rows;
    int row;
    index_t columns;
    int column;
  };
  // From extents and strides at once: a chain of expand and unsqueeze would take longer than a product of 16 x 16.
  template <class T, class Tensor>
  static strided<T> matrices(Tensor& x, const any_tensor& out, const arrangement& at) {
    strided<T> v;
    v.data = reinterpret_cast<T*>(x.bytes());
    v.rank = at.leading + 2;
    arrange(v.extent, v.stride, x, out, at);
    return v;
  }
  // Not inlined: into a product, four times.
  [[gnu::noinline]] static void arrange(index_t* extents, index_t* strides, const any_tensor& x, const any_tensor& out, const arrangement& at) {
    const auto place = [&](int to, index_t extent, int from) {
      extents[to] = extent;
      strides[to] = from < 0 || x.size(from) == 1 ? 0 : x.stride(from);
    };
    for (int d = 0; d < at.leading; ++d) place(d, out.size(d), d + at.shift);
    place(at.leading, at.rows, at.row);
    place(at.leading + 1, at.columns, at.column);
  }
};

using matmul = product<product_rank::broadcasting>;
using linear = product<product_rank::broadcasting, true>;

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

/// matmul_algorithm(a, b, {.algorithm}): what matmul with these operands runs. On the CPU that is `own`.
/// unsupported: automatic on a GPU, where only the call itself finds out whether cuBLASLt takes the operands. Else the errors of matmul.
template <operand A, operand B>
[[nodiscard]] result<product_algorithm> matmul_algorithm(const A& a, const B& b, const matmul_options& options = {}) {
  constexpr const char* name = "matmul_algorithm";
  return calls::with_tensors<true>(
      name,
      [&](const any_tensor& x, const any_tensor& y) -> result<product_algorithm> {
        TENON_TRY_VOID(op::matmul{}.check(x, y));
        const bool automatic = options.algorithm == product_algorithm::automatic, on_cpu = x.device() == device::cpu;
        if (on_cpu && options.algorithm == product_algorithm::library) return calls::finish(name, {kernels::status_code::unsupported, 0}).error();
        if (!on_cpu && automatic)
          return error(error_code::unsupported, name, make_text("on a GPU cuBLASLt is asked first, and only the call itself finds out whether it takes the operands"));
        return automatic ? product_algorithm::own : options.algorithm;
      },
      a, b);
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
  return calls::allocate_as("addmm", op::product<op::product_rank::mm>{options.alpha, options.beta, options.algorithm}, a, b, c);
}
template <operand C, operand A, operand B>
[[nodiscard]] auto baddbmm(C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return calls::allocate_as("baddbmm", op::product<op::product_rank::bmm>{options.alpha, options.beta, options.algorithm}, a, b, c);
}
template <target O, operand C, operand A, operand B>
result<void> addmm_into(O&& out, C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return calls::into_as("addmm", op::product<op::product_rank::mm>{options.alpha, options.beta, options.algorithm}, out, a, b, c);
}
template <target O, operand C, operand A, operand B>
result<void> baddbmm_into(O&& out, C&& c, A&& a, B&& b, const addmm_options& options = {}) {
  return calls::into_as("baddbmm", op::product<op::product_rank::bmm>{options.alpha, options.beta, options.algorithm}, out, a, b, c);
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

#pragma once
// The same elements in another order: flip, fliplr, flipud, roll, rot90. Copies, as in PyTorch; a reversed view without one is
// x.slice(d, {.step = -1}).
//
// Dtypes    all.
// Layout    any strides; each op is a few copies between views (kernels/cpu/copy.hpp).
// Errors    dim_out_of_range, invalid_argument (as each one says), out_of_memory; _into also shape_mismatch, not_writable and
//           overlapping_memory.
#include <tenon/ops/calls/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

struct flip {
  static constexpr const char* name = "flip";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool any_device = true;
  dim_list dims;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY_VOID(reversed(x));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    calls::copy(*reversed(x), out);
    return {};
  }
  result<any_tensor> reversed(const any_tensor& x) const {
    any_tensor view = x;
    unsigned seen = 0;
    for (const index_t dim : dims) {
      TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
      if (seen & (1u << d)) return error(error_code::invalid_argument, name, make_text("dim ", d, " appears twice in ", dims));
      seen |= 1u << d;
      if (x.rank() == 0) continue;
      TENON_TRY(view, view.slice(d, {.step = -1}));
    }
    return view;
  }
};

struct roll {
  static constexpr const char* name = "roll";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool any_device = true;
  dim_list shifts, dims;

  result<shape> check(const any_tensor& x) const {
    if (dims.rank() == 0 && shifts.rank() != 1)
      return error(error_code::invalid_argument, name, make_text("without dims the elements are rolled in C order by one shift, got ", shifts));
    if (dims.rank() != 0 && shifts.rank() != dims.rank())
      return error(error_code::invalid_argument, name, make_text("shifts ", shifts, " and dims ", dims, " must be equally many"));
    for (const index_t dim : dims) TENON_TRY_VOID(normalize_dim(name, dim, x.shape()));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    return roll_bytes(out, x);
  }
  result<void> roll_bytes(any_tensor& out, const any_tensor& x) const {
    const index_t n = x.numel();
    if (n == 0) return {};
    if (dims.rank() != 0) {
      dim_list by;
      for (int d = 0; d < x.rank(); ++d) by.push_back(0);
      for (int i = 0; i < dims.rank() && x.rank() > 0; ++i) {
        const int d = *normalize_dim(name, dims[i], x.shape());
        by.set(d, modulo(by[d] + shifts[i] % x.size(d), x.size(d)));
      }
      roll_dims(out, x, by, 0);
      return {};
    }
    // All elements as one dimension; what is not dense, through a dense copy.
    TENON_TRY(const any_tensor from, calls::dense(name, x));
    any_tensor to = out;
    if (!out.contiguous()) {
      TENON_TRY(to, allocate_tensor(name, out.shape(), out.dtype(), out.where()));
    }
    roll_dims(*to.view(shape(n)), *from.view(shape(n)), dim_list(modulo(shifts[0], n)), 0);
    if (!out.contiguous()) calls::copy(to, out);
    return {};
  }

 private:
  static index_t modulo(index_t i, index_t n) {
    i %= n;
    return i < 0 ? i + n : i;
  }
  // out = x with each dimension from d on rolled: its last `by` indices come first.
  static void roll_dims(any_tensor out, const any_tensor& x, const dim_list& by, int d) {
    while (d < x.rank() && by[d] == 0) ++d;
    if (d >= x.rank()) return calls::copy(x, out);
    const index_t k = by[d], rest = x.size(d) - k;
    roll_dims(*out.narrow(d, k, rest), *x.narrow(d, 0, rest), by, d + 1);
    roll_dims(*out.narrow(d, 0, k), *x.narrow(d, rest, k), by, d + 1);
  }
};

struct rot90 {
  static constexpr const char* name = "rot90";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool any_device = true;
  index_t k;
  dim_list dims;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const any_tensor view, rotated(x));
    return view.shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    calls::copy(*rotated(x), out);
    return {};
  }
  result<any_tensor> rotated(const any_tensor& x) const {
    if (dims.rank() != 2 || x.rank() < 2)
      return error(error_code::invalid_argument, name, make_text("two dimensions are needed, got ", dims, " for shape ", x.shape()));
    TENON_TRY(const int a, normalize_dim(name, dims[0], x.shape()));
    TENON_TRY(const int b, normalize_dim(name, dims[1], x.shape()));
    if (a == b) return error(error_code::invalid_argument, name, make_text("dim ", a, " appears twice in ", dims));
    const index_t turns = ((k % 4) + 4) % 4;
    any_tensor view = x;
    if (turns == 1 || turns == 2) {
      TENON_TRY(view, view.slice(b, {.step = -1}));
    }
    if (turns == 2 || turns == 3) {
      TENON_TRY(view, view.slice(a, {.step = -1}));
    }
    if (turns % 2 == 1) return view.transpose(a, b);
    return view;
  }
};

}  // namespace op

/// The order of the elements along each of `dims` reversed.           invalid_argument: a dim appears twice
template <operand X>
[[nodiscard]] auto flip(X&& x, const dim_list& dims) {
  return calls::allocate(op::flip{dims}, x);
}
template <target O, operand X>
result<void> flip_into(O&& out, X&& x, const dim_list& dims) {
  return calls::into(op::flip{dims}, out, x);
}
// Through memory of x's size.
template <target X>
result<void> flip_(X&& x, const dim_list& dims) {
  return flip_into(x, x, dims);
}
/// Columns (dim 1), or rows (dim 0), in reverse order.
template <operand X>
[[nodiscard]] auto fliplr(X&& x) {
  return calls::allocate_as("fliplr", op::flip{dim_list(1)}, x);
}
template <operand X>
[[nodiscard]] auto flipud(X&& x) {
  return calls::allocate_as("flipud", op::flip{dim_list(0)}, x);
}

/// Index i along dims[j] moves to i + shifts[j]; what is pushed over the end comes in again at the other.
/// Shifts may be negative, and larger than the extent; those of a dim that appears twice add up. Without dims there is one
/// shift, of all elements in C order.            invalid_argument: not as many shifts as dims
template <operand X>
[[nodiscard]] auto roll(X&& x, const dim_list& shifts, const dim_list& dims = {}) {
  return calls::allocate(op::roll{shifts, dims}, x);
}
template <target O, operand X>
result<void> roll_into(O&& out, X&& x, const dim_list& shifts, const dim_list& dims = {}) {
  return calls::into(op::roll{shifts, dims}, out, x);
}
// Through memory of x's size.
template <target X>
result<void> roll_(X&& x, const dim_list& shifts, const dim_list& dims = {}) {
  return roll_into(x, x, shifts, dims);
}

/// k quarter turns in the plane of two dims, from the first towards the second; negative k turns back.
/// invalid_argument: not two different dims
template <operand X>
[[nodiscard]] auto rot90(X&& x, index_t k = 1, const dim_list& dims = {0, 1}) {
  return calls::allocate(op::rot90{k, dims}, x);
}
template <target O, operand X>
result<void> rot90_into(O&& out, X&& x, index_t k = 1, const dim_list& dims = {0, 1}) {
  return calls::into(op::rot90{k, dims}, out, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

#pragma once
// Copies of a tensor, or of its slices: repeat, tile, repeat_interleave. A repetition that costs no memory is expand.
//
// Dtypes    all.
// Layout    any strides. repeat fills its result from the innermost dimension outwards, each step doubling what is there:
//           as many bytes are read and written as in one copy of the result. repeat_interleave is an index_select.
// Errors    invalid_argument (a negative number of copies, or not one for each dimension), unsupported (more than eight
//           dimensions), size_overflow, out_of_memory; _into also shape_mismatch, not_writable and overlapping_memory.
#include <tenon/kernels/cpu/index.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/index.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

template <bool Tile>
struct repeat_family {
  static constexpr const char* name = Tile ? "tile" : "repeat";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool any_device = true;
  shape counts;

  result<shape> check(const any_tensor& x) const {
    if (!Tile && counts.rank() < x.rank())
      return error(error_code::invalid_argument, name,
                   make_text("shape ", x.shape(), " needs ", x.rank(), " numbers of copies or more, got ", counts));
    const int rank = counts.rank() > x.rank() ? counts.rank() : x.rank();
    shape s;
    for (int d = 0; d < rank; ++d) {
      const index_t times = at(counts, d, rank), n = at(x.shape(), d, rank);
      index_t total = 0;
      if (times < 0) return error(error_code::invalid_argument, name, make_text("the numbers of copies must be 0 or more, got ", counts));
      if (!checked_multiply(times, n, total))
        return error(error_code::size_overflow, name, make_text("shape ", x.shape(), " repeated ", counts, " times does not fit 63 bits"));
      s.push_back(total);
    }
    return s;
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    fill(out, x);
    return {};
  }

 private:
  // Entry d of a list that has `rank` entries once ones are put in front.
  static index_t at(const shape& s, int d, int rank) { return d < rank - s.rank() ? 1 : s[d - (rank - s.rank())]; }

  static void fill(any_tensor& out, const any_tensor& x) {
    const int rank = out.rank();
    if (out.numel() == 0) return;
    any_tensor first = out;                                  // the first copy
    for (int d = 0; d < rank; ++d) first = *first.narrow(d, 0, at(x.shape(), d, rank));
    calls::copy(*x.expand(first.shape()), first);
    for (int d = rank - 1; d >= 0; --d) {
      any_tensor block = out;                                // whole in the dimensions behind d
      for (int e = 0; e < d; ++e) block = *block.narrow(e, 0, at(x.shape(), e, rank));
      const index_t total = out.size(d);
      for (index_t have = at(x.shape(), d, rank); have < total;) {
        const index_t step = have < total - have ? have : total - have;
        any_tensor next = *block.narrow(d, have, step);
        calls::copy(*block.narrow(d, 0, step), next);
        have += step;
      }
    }
  }
};
using repeat = repeat_family<false>;
using tile = repeat_family<true>;

// Index j of the dimension, counts[j] times. counts is a vector with one number for each index, or one number for all.
struct repeat_interleave {
  static constexpr const char* name = "repeat_interleave";
  static constexpr dtype_set dtypes = all_dtypes;
  index_t dim;

  result<any_tensor> indices(const any_tensor& x, const any_tensor& counts) const {
    TENON_TRY_VOID(calls::check_on_cpu(name, x.where()));
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    const index_t n = x.rank() == 0 ? 1 : x.size(d);
    if (counts.rank() > 1 || (counts.numel() != n && counts.numel() != 1))
      return error(error_code::shape_mismatch, name,
                   make_text("repeats of shape ", counts.shape(), " must be one number, or one for each of the ", n, " indices of dim ", d,
                             " of shape ", x.shape()));
    TENON_TRY(const any_tensor c, counts.rank() == 0 || counts.numel() != n ? counts.view(shape(1)) : counts);
    TENON_TRY(const any_tensor each, c.expand(shape(n)));
    const auto view = each.kernel_view<index_t>();
    index_t total = 0;
    const index_t bad = kernels::cpu::total_of_counts(view.data, view.stride[0], n, total);
    if (bad >= 0)
      return error(error_code::invalid_argument, name,
                   make_text("repeats must be 0 or more, and their sum within 63 bits; number ", bad, " is ", view.data[bad * view.stride[0]]));
    TENON_TRY(any_tensor index, allocate_tensor(name, shape(total), dtype::int64, x.where()));
    kernels::cpu::expand_counts(view.data, view.stride[0], n, index.kernel_view<index_t>().data);
    return index;
  }
  result<any_tensor> apply(const any_tensor& x, const any_tensor& counts) const {
    TENON_TRY(const any_tensor index, indices(x, counts));
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    TENON_TRY(const any_tensor line, x.rank() == 0 ? x.view(shape(1)) : x);
    shape s = line.shape();
    s.set(d, index.numel());
    TENON_TRY(any_tensor out, allocate_tensor(name, s, x.dtype(), x.where()));
    TENON_TRY_VOID(calls::select_indices(out, line, d, index));
    return out;
  }
};

}  // namespace op

namespace calls {

template <class X, class R>
result<tensor<value_t<X>>> repeat_interleave(const X& x, const R& repeats, index_t dim, bool flat) {
  constexpr const char* name = op::repeat_interleave::name;
  return with_tensors(
      name,
      [&](const any_tensor& t, const any_tensor& counts) -> result<tensor<value_t<X>>> {
        any_tensor source = t;
        if (flat) {
          TENON_TRY(const any_tensor whole, dense(name, t));
          TENON_TRY(source, whole.view(shape(t.numel())));
        }
        TENON_TRY(any_tensor out, op::repeat_interleave{dim}.apply(source, counts));
        return tensor<value_t<X>>::unchecked(std::move(out));
      },
      x, repeats);
}

}  // namespace calls

/// The whole tensor, counts[d] times along dimension d.         (n_0, n_1, ..) -> (counts_0 n_0, counts_1 n_1, ..)
/// Further counts in front add dimensions there. invalid_argument: fewer counts than dimensions.
template <operand X>
[[nodiscard]] auto repeat(X&& x, const shape& counts) {
  return calls::allocate(op::repeat{counts}, x);
}
template <target O, operand X>
result<void> repeat_into(O&& out, X&& x, const shape& counts) {
  return calls::into(op::repeat{counts}, out, x);
}
/// As repeat; counts that are missing in front are 1.
template <operand X>
[[nodiscard]] auto tile(X&& x, const shape& counts) {
  return calls::allocate(op::tile{counts}, x);
}
template <target O, operand X>
result<void> tile_into(O&& out, X&& x, const shape& counts) {
  return calls::into(op::tile{counts}, out, x);
}

/// Each index of `dim` several times in a row: repeat_interleave([a, b], 2) is [a, a, b, b].
/// `repeats` is a number, or an integer tensor with one number for each index. Without dim, x is flattened in C order.
/// Errors   invalid_argument: a negative number; shape_mismatch: not as many numbers as indices.
template <operand X>
[[nodiscard]] auto repeat_interleave(X&& x, index_t repeats, index_t dim) {
  return calls::repeat_interleave(x, calls::one_index(op::repeat_interleave::name, repeats), dim, false);
}
template <operand X>
[[nodiscard]] auto repeat_interleave(X&& x, index_t repeats) {
  return calls::repeat_interleave(x, calls::one_index(op::repeat_interleave::name, repeats), 0, true);
}
template <operand X, operand R>
[[nodiscard]] auto repeat_interleave(X&& x, R&& repeats, index_t dim) {
  return calls::repeat_interleave(x, calls::indices(op::repeat_interleave::name, repeats), dim, false);
}
template <operand X, operand R>
[[nodiscard]] auto repeat_interleave(X&& x, R&& repeats) {
  return calls::repeat_interleave(x, calls::indices(op::repeat_interleave::name, repeats), 0, true);
}
// Computed apart, and copied.
template <target O, operand X>
result<void> repeat_interleave_into(O&& out, X&& x, index_t repeats, index_t dim) {
  return calls::give(op::repeat_interleave::name, out, repeat_interleave(x, repeats, dim));
}
template <target O, operand X>
result<void> repeat_interleave_into(O&& out, X&& x, index_t repeats) {
  return calls::give(op::repeat_interleave::name, out, repeat_interleave(x, repeats));
}
template <target O, operand X, operand R>
result<void> repeat_interleave_into(O&& out, X&& x, R&& repeats, index_t dim) {
  return calls::give(op::repeat_interleave::name, out, repeat_interleave(x, repeats, dim));
}
template <target O, operand X, operand R>
result<void> repeat_interleave_into(O&& out, X&& x, R&& repeats) {
  return calls::give(op::repeat_interleave::name, out, repeat_interleave(x, repeats));
}

}  // namespace tenon::inline v0::inline TENON_BUILD

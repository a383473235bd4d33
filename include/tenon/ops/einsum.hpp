#pragma once
// einsum: sums of products written with index letters. And tensordot, which is einsum with the letters chosen by position.
//
// Method     Operands are contracted from left to right, two at a time. Letters that only one of the two has, and nobody
//            needs later, are summed first; the rest become batch, kept and contracted dimensions of one batched matrix
//            product. A letter that repeats within an operand takes its diagonal; an extent of 1 broadcasts.
#include <tenon/ops/copy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/reduction.hpp>

#include <string_view>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

// The letters of one operand, one per dimension. '\1' ... '\10' stand for the dimensions of an ellipsis.
struct letters {
  char at[max_rank] = {};
  int count = 0;

  int find(char c) const {
    for (int i = 0; i < count; ++i)
      if (at[i] == c) return i;
    return -1;
  }
  bool has(char c) const { return find(c) >= 0; }
  bool push(char c) {
    if (count == max_rank) return false;
    at[count++] = c;
    return true;
  }
  void erase(int i) {
    for (--count; i < count; ++i) at[i] = at[i + 1];
  }
};

inline constexpr int max_einsum_operands = 16;

struct einsum_equation {
  letters operand[max_einsum_operands];
  letters out;
};

inline bool is_index_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// One side of a comma: letters, and an ellipsis that stands for the dimensions that are left (of the given rank).
inline result<letters> parse_letters(std::string_view part, int ellipsis_rank) {
  letters l;
  bool ellipsis = false;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == ' ') continue;
    bool room = true;
    if (part_of(part, i, 3) == "..." && !ellipsis) {
      for (int d = ellipsis_rank; d > 0; --d) room = room && l.push(static_cast<char>(d));     // aligned at the end
      ellipsis = true;
      i += 2;
    } else if (is_index_letter(part[i])) {
      room = l.push(part[i]);
    } else {
      return error(error_code::invalid_argument, "einsum",
                   make_text("'", part_of(part, i, 1), "' is not an index; letters, one '...' per operand, ',' and '->' are"));
    }
    if (!room) return error(error_code::unsupported, "einsum", make_text("\"", part, "\" has more than ", max_rank, " dimensions"));
  }
  return l;
}

inline int count_letters(std::string_view part) {
  int n = 0;
  for (const char c : part) n += is_index_letter(c);
  return n;
}

inline result<einsum_equation> parse_einsum(std::string_view equation, const any_tensor* const* x, int count) {
  einsum_equation e;
  const std::size_t arrow = equation.find("->");
  std::string_view inputs = part_of(equation, 0, arrow);
  int ellipsis_rank = 0, i = 0;
  for (;; ++i) {
    const std::size_t comma = inputs.find(',');
    const std::string_view part = part_of(inputs, 0, comma);
    if (i >= count)
      return error(error_code::invalid_argument, "einsum", make_text("\"", equation, "\" names more operands than the ", count, " given"));
    const int named = count_letters(part), rest = x[i]->rank() - named;
    const bool ellipsis = part.find("...") != std::string_view::npos;
    if (rest < 0 || (rest > 0 && !ellipsis))
      return error(error_code::shape_mismatch, "einsum",
                   make_text("operand ", i, " has shape ", x[i]->shape(), ", but \"", part, "\" names ", named, " dimensions"));
    if (rest > ellipsis_rank) ellipsis_rank = rest;
    TENON_TRY(e.operand[i], parse_letters(part, rest));
    if (comma == std::string_view::npos) break;
    inputs = part_of(inputs, comma + 1);
  }
  if (i + 1 != count)
    return error(error_code::invalid_argument, "einsum", make_text("\"", equation, "\" names ", i + 1, " operands, but ", count, " were given"));

  if (arrow != std::string_view::npos) {
    TENON_TRY(e.out, parse_letters(part_of(equation, arrow + 2), ellipsis_rank));
  } else {                                       // what appears once, in alphabetical order, behind the ellipsis
    for (int d = ellipsis_rank; d > 0; --d) e.out.push(static_cast<char>(d));
    for (char c = 'A'; c <= 'z'; ++c) {
      int seen = 0;
      for (int k = 0; k < count; ++k)
        for (int d = 0; d < e.operand[k].count; ++d) seen += e.operand[k].at[d] == c;
      if (seen == 1 && !e.out.push(c))
        return error(error_code::unsupported, "einsum", make_text("the result of \"", equation, "\" has more than ", max_rank, " dimensions"));
    }
  }
  for (int d = 0; d < e.out.count; ++d) {
    bool known = false;
    for (int k = 0; k < count; ++k) known = known || e.operand[k].has(e.out.at[d]);
    if (!known || e.out.find(e.out.at[d]) != d)
      return error(error_code::invalid_argument, "einsum",
                   make_text("the output of \"", equation, "\" must name each index once, and only indices of the operands"));
  }
  return e;
}

// Takes diagonals, and drops dimensions of extent 1 whose letter is longer elsewhere.
inline result<void> prepare_operands(einsum_equation& e, any_tensor* x, int count) {
  for (int k = 0; k < count; ++k) {
    letters& l = e.operand[k];
    for (int d = 0; d < l.count; ++d)
      for (int f = l.count - 1; f > d; --f) {
        if (l.at[f] != l.at[d]) continue;
        if (x[k].size(d) != x[k].size(f))
          return error(error_code::shape_mismatch, "einsum",
                       make_text("an index repeats in operand ", k, " of shape ", x[k].shape(), " with extents ", x[k].size(d), " and ", x[k].size(f)));
        TENON_TRY(x[k], x[k].diagonal(0, d, f));                       // appends the diagonal as the last dimension
        TENON_TRY(any_tensor back, x[k].unsqueeze(d));
        TENON_TRY(back, back.transpose(d, -1));
        TENON_TRY(x[k], back.select(-1, 0));
        l.erase(f);
      }
  }
  for (int k = 0; k < count; ++k)
    for (int d = e.operand[k].count - 1; d >= 0; --d) {
      const char c = e.operand[k].at[d];
      index_t longest = x[k].size(d);
      for (int j = 0; j < count; ++j)
        if (const int f = e.operand[j].find(c); f >= 0) {
          const index_t extent = x[j].size(f);
          if (extent != x[k].size(d) && extent != 1 && x[k].size(d) != 1)
            return error(error_code::shape_mismatch, "einsum",
                         make_text("an index has extent ", x[k].size(d), " in operand ", k, " of shape ", x[k].shape(), " and ", extent,
                                   " in operand ", j, " of shape ", x[j].shape()));
          if (longest == 1) longest = extent;
        }
      if (longest == 1 || x[k].size(d) != 1) continue;
      TENON_TRY(x[k], x[k].select(d, 0));
      e.operand[k].erase(d);
    }
  return {};
}

// Sums over the letters of x that `kept` does not hold.
template <class T, class Kept>
result<tensor<T>> sum_out(tensor<T> x, letters& l, Kept kept) {
  dim_list dims;
  for (int d = l.count - 1; d >= 0; --d)
    if (!kept(l.at[d])) {
      dims.push_back(d);
      l.erase(d);
    }
  if (dims.rank() == 0) return x;
  return tenon::to<T>(tenon::sum(x, dims));      // small integers are summed up in a wide one; here they wrap, as in matmul
}

// x with its dimensions in the order of three groups of letters, each group as one dimension.
template <class T>
result<tensor<T>> as_matrices(const tensor<T>& x, const letters& l, const letters* groups) {
  dim_list order;
  shape grouped;
  for (int g = 0; g < 3; ++g) {
    index_t extent = 1;
    for (int i = 0; i < groups[g].count; ++i) {
      const int d = l.find(groups[g].at[i]);
      order.push_back(d);
      extent *= x.size(d);
    }
    grouped.push_back(extent);
  }
  TENON_TRY(const auto permuted, x.permute(order));
  return tenon::reshape(permuted, grouped);
}

// sum over the letters that both have and `needed` does not hold. `l` becomes the letters of the result.
template <class T, class Needed>
result<tensor<T>> contract(tensor<T> a, letters& l, tensor<T> b, letters r, Needed needed) {
  TENON_TRY(a, sum_out(a, l, [&](char c) { return r.has(c) || needed(c); }));
  TENON_TRY(b, sum_out(b, r, [&](char c) { return l.has(c) || needed(c); }));
  letters batch, left, inner, right;
  shape out;
  for (int d = 0; d < l.count; ++d) (!r.has(l.at[d]) ? left : needed(l.at[d]) ? batch : inner).push(l.at[d]);
  for (int d = 0; d < r.count; ++d)
    if (!l.has(r.at[d])) right.push(r.at[d]);
  if (batch.count + left.count + right.count > max_rank)
    return error(error_code::unsupported, "einsum", make_text("an intermediate result has more than ", max_rank, " dimensions"));
  const letters a_groups[] = {batch, left, inner}, b_groups[] = {batch, inner, right};
  TENON_TRY(const auto x, as_matrices(a, l, a_groups));
  TENON_TRY(const auto y, as_matrices(b, r, b_groups));
  for (int d = 0; d < batch.count; ++d) out.push_back(a.size(l.find(batch.at[d])));
  for (int d = 0; d < left.count; ++d) out.push_back(a.size(l.find(left.at[d])));
  for (int d = 0; d < right.count; ++d) out.push_back(b.size(r.find(right.at[d])));
  l = batch;
  for (int d = 0; d < left.count; ++d) l.push(left.at[d]);
  for (int d = 0; d < right.count; ++d) l.push(right.at[d]);
  TENON_TRY(const auto product, tenon::bmm(x, y));
  return product.view(out);
}

template <class T>
result<tensor<T>> einsum(std::string_view equation, any_tensor* x, int count) {
  const any_tensor* pointers[max_einsum_operands];
  for (int k = 0; k < count; ++k) pointers[k] = &x[k];
  TENON_TRY(auto e, parse_einsum(equation, pointers, count));
  TENON_TRY_VOID(prepare_operands(e, x, count));
  auto result = tensor<T>::unchecked(x[0]);
  letters l = e.operand[0];
  for (int k = 1; k < count; ++k) {
    const auto needed = [&](char c) {
      bool later = e.out.has(c);
      for (int j = k + 1; j < count; ++j) later = later || e.operand[j].has(c);
      return later;
    };
    TENON_TRY(result, contract(std::move(result), l, tensor<T>::unchecked(x[k]), e.operand[k], needed));
  }
  TENON_TRY(result, sum_out(std::move(result), l, [&](char c) { return e.out.has(c); }));
  dim_list order;
  for (int d = 0; d < e.out.count; ++d) order.push_back(l.find(e.out.at[d]));
  TENON_TRY(auto permuted, result.permute(order));
  return count == 1 ? clone(permuted) : tenon::result<tensor<T>>(permuted);
}

}  // namespace calls

/// einsum("bij,bjk->bik", a, b): for each output index, the sum over all other indices of the product of the operands.
///
/// Equation  letters a-z, A-Z; one '...' per operand for the dimensions not named (broadcast, aligned at the end); without
///           '->' the output has every letter that appears once, in alphabetical order. Spaces are ignored.
/// Dtypes    those of matmul; all operands of one dtype. Accuracy as matmul and sum.
/// Errors    invalid_argument (the equation), shape_mismatch, unsupported (more than 8 dimensions), out_of_memory.
template <operand X, operand... Xs>
[[nodiscard]] auto einsum(std::string_view equation, X&& x, Xs&&... xs) {
  using T = value_t<X>;
  static_assert((std::is_same_v<value_t<Xs>, T> && ...), "all operands of einsum must have one element type; convert with tenon::to<T>(x)");
  static_assert(sizeof...(Xs) < calls::max_einsum_operands, "einsum takes at most 16 operands");
  return calls::with_tensors<true>(
      "einsum",
      [&](auto... in) -> result<tensor<T>> {
        any_tensor operands[] = {static_cast<const any_tensor&>(in)...};
        return calls::einsum<T>(equation, operands, static_cast<int>(sizeof...(Xs)) + 1);
      },
      x, xs...);
}
// Computed apart, and copied.
template <target O, operand X, operand... Xs>
result<void> einsum_into(O&& out, std::string_view equation, X&& x, Xs&&... xs) {
  return calls::give("einsum", out, einsum(equation, x, xs...));
}

/// tensordot(a, b, a_dims, b_dims): the sum over pairs of dimensions; what is left of a, then what is left of b.
/// tensordot(a, b, n): over the last n dimensions of a and the first n of b.
/// Errors    invalid_argument (dims that repeat or differ in number, n outside 0 .. 8), dim_out_of_range, shape_mismatch,
///           unsupported (more than 8 dimensions), out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto tensordot(A&& a, B&& b, const dim_list& a_dims, const dim_list& b_dims) {
  using T = value_t<A>;
  static_assert(std::is_same_v<value_t<B>, T>, "both operands of tensordot must have one element type; convert with tenon::to<T>(x)");
  return calls::with_tensors<true>(
      "tensordot",
      [&](const any_tensor& x, const any_tensor& y) -> result<tensor<T>> {
        if (a_dims.rank() != b_dims.rank())
          return error(error_code::invalid_argument, "tensordot", make_text("dims ", a_dims, " and ", b_dims, " must be of equal length"));
        calls::letters l, r;
        for (int d = 0; d < x.rank(); ++d) l.push(static_cast<char>('a' + d));
        for (int d = 0; d < y.rank(); ++d) r.push(static_cast<char>('A' + d));
        for (int i = 0; i < a_dims.rank(); ++i) {
          TENON_TRY(const int d, normalize_dim("tensordot", a_dims.begin()[i], x.shape()));
          TENON_TRY(const int f, normalize_dim("tensordot", b_dims.begin()[i], y.shape()));
          if (d >= l.count || f >= r.count || r.at[f] >= 'a' || r.has(l.at[d]))
            return error(error_code::invalid_argument, "tensordot", make_text("dims ", a_dims, " and ", b_dims, " must not repeat a dimension"));
          if (x.size(d) != y.size(f))
            return error(error_code::shape_mismatch, "tensordot",
                         make_text("dim ", d, " of ", x.shape(), " and dim ", f, " of ", y.shape(), " have different extents"));
          r.at[f] = l.at[d];
        }
        return calls::contract(tensor<T>::unchecked(x), l, tensor<T>::unchecked(y), r, [l, r](char c) { return !(l.has(c) && r.has(c)); });
      },
      a, b);
}
template <operand A, operand B>
[[nodiscard]] auto tensordot(A&& a, B&& b, int n = 2) -> result<tensor<value_t<A>>> {
  if (n < 0 || n > max_rank)
    return error(error_code::invalid_argument, "tensordot", make_text("the number of dimensions must lie in 0 .. ", max_rank, ", got ", n));
  dim_list a_dims, b_dims;
  for (int i = 0; i < n; ++i) {
    a_dims.push_back(i - n);
    b_dims.push_back(i);
  }
  return tensordot(a, b, a_dims, b_dims);
}
// Computed apart, and copied.
template <target O, operand A, operand B>
result<void> tensordot_into(O&& out, A&& a, B&& b, const dim_list& a_dims, const dim_list& b_dims) {
  return calls::give("tensordot", out, tensordot(a, b, a_dims, b_dims));
}
template <target O, operand A, operand B>
result<void> tensordot_into(O&& out, A&& a, B&& b, int n = 2) {
  return calls::give("tensordot", out, tensordot(a, b, n));
}

}  // namespace tenon::inline v0::inline TENON_BUILD

#pragma once
// views: the view functions of any_tensor. Arithmetic on extents and strides; no element is touched.
#include <tenon/core/any_tensor.hpp>

namespace tenon::inline v0 {

inline result<void> any_tensor::check_defined(const char* op) const {
  if (defined()) return {};
  return error(error_code::invalid_argument, op, make_text("the handle holds no tensor: it was default-constructed or moved from"));
}

// Room for n handles. They count as memory like everything else: a list beyond the limit is refused before it is asked for.
inline result<list<any_tensor>> any_tensor::make_pieces(const char* op, index_t n) {
  if (static_cast<std::size_t>(n) > memory::limit() / sizeof(any_tensor))
    return error(error_code::out_of_memory, op, make_text("no memory for ", n, " pieces"));
  return list<any_tensor>::make(op, n);
}

inline bool any_tensor::overlaps_itself() const {
  // Dimensions from the smallest step to the largest; each must step over everything that the smaller ones reach.
  int order[max_rank], n = 0;
  for (int d = 0; d < rank(); ++d) {
    if (shape_[d] == 0) return false;
    if (shape_[d] == 1) continue;
    const index_t step = strides_[d] < 0 ? -strides_[d] : strides_[d];
    if (step == 0) return true;
    int at = n++;
    for (; at > 0; --at) {
      const index_t other = strides_[order[at - 1]];
      if ((other < 0 ? -other : other) <= step) break;
      order[at] = order[at - 1];
    }
    order[at] = d;
  }
  index_t reach = 0;
  for (int i = 0; i < n; ++i) {
    const index_t step = strides_[order[i]] < 0 ? -strides_[order[i]] : strides_[order[i]];
    if (step <= reach) return true;
    reach += step * (shape_[order[i]] - 1);
  }
  return false;
}

inline result<any_tensor> any_tensor::view(tenon::shape s) const {
  TENON_TRY_VOID(check_defined("view"));
  // One extent of -1 takes what is left over.
  int open = -1;
  index_t known = 1;
  for (int d = 0; d < s.rank(); ++d) {
    if (s[d] == -1 && open < 0)
      open = d;
    else if (s[d] < 0 || !checked_multiply(known, s[d], known))
      return error(error_code::invalid_argument, "view", make_text("shape ", s, " has a negative extent (one -1 is allowed) or overflows"));
  }
  const index_t n = numel();
  if (open >= 0) {
    if (known == 0 || n % known != 0)
      return error(error_code::shape_mismatch, "view", make_text("shape ", shape_, " has ", n, " elements, which ", s, " cannot hold"));
    s.set(open, n / known);
    known *= s[open];
  }
  if (known != n)
    return error(error_code::shape_mismatch, "view", make_text("shape ", shape_, " has ", n, " elements, but ", s, " has ", known));
  if (n == 0) return with(s, dense_strides(s));

  // Walk both shapes from the end. Old dimensions that lie dense in each other form a run; new ones must divide a run.
  strides_list strides;
  int from = rank() - 1, to = s.rank() - 1;
  while (to >= 0) {
    while (from >= 0 && shape_[from] == 1) --from;
    index_t run = 1, step = 1;
    if (from >= 0) {
      run = shape_[from];
      step = strides_[from];
      for (--from; from >= 0 && (shape_[from] == 1 || strides_[from] == step * run); --from)
        if (shape_[from] != 1) run *= shape_[from];
    }
    for (; to >= 0 && (run > 1 || s[to] == 1); --to) {
      if (run % s[to] != 0)
        return error(error_code::shape_mismatch, "view",
                     make_text("shape ", shape_, " cannot be seen as ", s, " without a copy, because its memory is not dense there; use reshape"));
      strides[to] = step;
      step *= s[to];
      run /= s[to];
    }
    if (run > 1)
      return error(error_code::shape_mismatch, "view",
                   make_text("shape ", shape_, " cannot be seen as ", s, " without a copy, because its memory is not dense there; use reshape"));
    if (from < 0 && run == 1)
      for (; to >= 0; --to) strides[to] = step;
  }
  return with(s, strides);
}

inline result<any_tensor> any_tensor::permute(const dim_list& dims) const {
  TENON_TRY_VOID(check_defined("permute"));
  if (dims.rank() != rank())
    return error(error_code::invalid_argument, "permute",
                 make_text("shape ", shape_, " has ", rank(), " dimensions, but ", dims.rank(), " were given: ", dims));
  tenon::shape s = shape_;
  strides_list strides;
  unsigned seen = 0;
  for (int d = 0; d < rank(); ++d) {
    TENON_TRY(const int from, normalize_dim("permute", dims.begin()[d], shape_));
    if (seen & (1u << from))
      return error(error_code::invalid_argument, "permute", make_text("dim ", from, " appears twice in ", dims));
    seen |= 1u << from;
    s.set(d, shape_[from]);
    strides[d] = strides_[from];
  }
  return with(s, strides);
}

inline result<any_tensor> any_tensor::transpose(index_t dim0, index_t dim1) const {
  TENON_TRY_VOID(check_defined("transpose"));
  TENON_TRY(const int a, normalize_dim("transpose", dim0, shape_));
  TENON_TRY(const int b, normalize_dim("transpose", dim1, shape_));
  if (rank() == 0) return *this;
  tenon::shape s = shape_;
  strides_list strides = strides_;
  s.set(a, shape_[b]);
  s.set(b, shape_[a]);
  std::swap(strides[a], strides[b]);
  return with(s, strides);
}

inline result<any_tensor> any_tensor::slice(index_t dim, slice_range r) const {
  TENON_TRY_VOID(check_defined("slice"));
  TENON_TRY(const int d, normalize_dim("slice", dim, shape_));
  if (rank() == 0) return error(error_code::dim_out_of_range, "slice", make_text("a tensor of rank 0 has no dimension to slice"));
  if (r.step == 0 || r.step == INT64_MIN)
    return error(error_code::invalid_argument, "slice", make_text("step ", r.step, " is not allowed; it must not be 0"));
  const index_t n = shape_[d];
  const bool forward = r.step > 0;
  // Python's rule: count from the end when negative, then clamp into [0, n], or [-1, n - 1] when stepping back.
  const index_t low = forward ? 0 : -1, high = forward ? n : n - 1;
  const auto clamp = [&](index_t i, index_t fallback) {
    if (i == omitted) return fallback;
    if (i < 0) i += n;
    return i < low ? low : i > high ? high : i;
  };
  const index_t start = clamp(r.start, forward ? low : high), stop = clamp(r.stop, forward ? high : low);
  const index_t span = forward ? stop - start : start - stop, step = forward ? r.step : -r.step;
  tenon::shape s = shape_;
  strides_list strides = strides_;
  const index_t length = span <= 0 ? 0 : (span - 1) / step + 1;
  s.set(d, length);
  if (length > 1) strides[d] *= r.step;           // else the stride is never used, and the product could overflow
  return with(s, strides, length == 0 ? 0 : start * strides_[d]);
}

inline result<any_tensor> any_tensor::narrow(index_t dim, index_t start, index_t length) const {
  TENON_TRY_VOID(check_defined("narrow"));
  TENON_TRY(const int d, normalize_dim("narrow", dim, shape_));
  const index_t n = shape_[d], first = start < 0 ? start + n : start;
  if (rank() == 0 || first < 0 || length < 0 || first > n || length > n - first)
    return error(error_code::index_out_of_range, "narrow",
                 make_text("start ", start, " and length ", length, " do not fit dim ", d, " of shape ", shape_));
  return slice(d, {first, first + length, 1});
}

inline result<any_tensor> any_tensor::select(index_t dim, index_t index) const {
  TENON_TRY_VOID(check_defined("select"));
  TENON_TRY(const int d, normalize_dim("select", dim, shape_));
  const index_t n = shape_[d];
  if (rank() == 0 || index < -n || index >= n)
    return error(error_code::index_out_of_range, "select",
                 make_text("index ", index, " is out of range for dim ", d, " of shape ", shape_,
                           rank() == 0 ? " (rank 0 has nothing to index)" : ""));
  return without_dim(d, (index < 0 ? index + n : index) * strides_[d]);
}

inline result<any_tensor> any_tensor::expand(tenon::shape s) const {
  TENON_TRY_VOID(check_defined("expand"));
  const int added = s.rank() - rank();
  if (added < 0)
    return error(error_code::shape_mismatch, "expand", make_text("shape ", shape_, " has more dimensions than the target ", s));
  strides_list strides;
  for (int d = 0; d < s.rank(); ++d) {
    const int from = d - added;
    if (s[d] == -1 && from >= 0) s.set(d, shape_[from]);
    if (s[d] < 0 || (from >= 0 && shape_[from] != s[d] && shape_[from] != 1))
      return error(error_code::shape_mismatch, "expand",
                   make_text("shape ", shape_, " does not broadcast to ", s, ": only an extent of 1 can be repeated"));
    strides[d] = from >= 0 && shape_[from] == s[d] ? strides_[from] : 0;
  }
  TENON_TRY_VOID(checked_numel("expand", s, size_of(dtype_)));
  return with(s, strides);
}

inline result<any_tensor> any_tensor::squeeze() const {
  TENON_TRY_VOID(check_defined("squeeze"));
  any_tensor r = *this;
  for (int d = rank() - 1; d >= 0; --d)
    if (shape_[d] == 1) r = r.without_dim(d, 0);
  return r;
}

inline result<any_tensor> any_tensor::squeeze(index_t dim) const {
  TENON_TRY_VOID(check_defined("squeeze"));
  TENON_TRY(const int d, normalize_dim("squeeze", dim, shape_));
  return rank() > 0 && shape_[d] == 1 ? without_dim(d, 0) : *this;
}

inline result<any_tensor> any_tensor::unsqueeze(index_t dim) const {
  TENON_TRY_VOID(check_defined("unsqueeze"));
  tenon::shape s = shape_;
  const index_t at = dim < 0 ? dim + rank() + 1 : dim;
  if (at < 0 || at > rank())
    return error(error_code::dim_out_of_range, "unsqueeze",
                 make_text("dim ", dim, " is out of range for shape ", shape_, " (expected ", -rank() - 1, " .. ", rank(), ")"));
  if (!s.insert(static_cast<int>(at), 1))
    return error(error_code::unsupported, "unsqueeze", make_text("a tensor has at most ", max_rank, " dimensions"));
  strides_list strides = strides_;
  for (int d = rank(); d > at; --d) strides[d] = strides[d - 1];
  strides[static_cast<int>(at)] = at < rank() ? shape_[at] * strides_[static_cast<int>(at)] : 1;
  return with(s, strides);
}

inline result<any_tensor> any_tensor::diagonal(index_t offset, index_t dim0, index_t dim1) const {
  TENON_TRY_VOID(check_defined("diagonal"));
  TENON_TRY(const int a, normalize_dim("diagonal", dim0, shape_));
  TENON_TRY(const int b, normalize_dim("diagonal", dim1, shape_));
  if (rank() < 2 || a == b)
    return error(error_code::invalid_argument, "diagonal",
                 make_text("two different dimensions are needed, got ", dim0, " and ", dim1, " for shape ", shape_));
  const index_t rows = shape_[a], columns = shape_[b];
  const index_t skip_rows = offset < 0 ? (offset < -rows ? rows : -offset) : 0;
  const index_t skip_columns = offset > 0 ? (offset > columns ? columns : offset) : 0;
  const index_t length = rows - skip_rows < columns - skip_columns ? rows - skip_rows : columns - skip_columns;
  const index_t start = length > 0 ? skip_rows * strides_[a] + skip_columns * strides_[b] : 0;
  any_tensor r = without_dim(a > b ? a : b, start).without_dim(a > b ? b : a, 0);
  r.shape_.push_back(length);
  r.strides_[r.rank() - 1] = strides_[a] + strides_[b];
  return r;
}

inline result<list<any_tensor>> any_tensor::split(std::span<const index_t> sizes, index_t dim) const {
  TENON_TRY_VOID(check_defined("split"));
  TENON_TRY(const int d, normalize_dim("split", dim, shape_));
  index_t left = rank() > 0 ? shape_[d] : 1;
  bool fits = rank() > 0;
  for (const index_t size : sizes) {
    fits = fits && size >= 0 && size <= left;
    left -= fits ? size : 0;
  }
  if (!fits || left != 0)
    return error(error_code::shape_mismatch, "split", make_text("the ", sizes.size(), " sizes do not add up to dim ", dim, " of shape ", shape_));
  TENON_TRY(auto pieces, make_pieces("split", static_cast<index_t>(sizes.size())));
  index_t start = 0;
  for (const index_t size : sizes) {
    TENON_TRY(auto piece, narrow(d, start, size));
    pieces.push_back(std::move(piece));
    start += size;
  }
  return pieces;
}

inline result<list<any_tensor>> any_tensor::split(index_t size, index_t dim) const {
  TENON_TRY_VOID(check_defined("split"));
  TENON_TRY(const int d, normalize_dim("split", dim, shape_));
  const index_t n = shape_[d];
  if (size < 0 || (size == 0 && n > 0))
    return error(error_code::invalid_argument, "split", make_text("pieces of size ", size, " cannot fill dim ", d, " of shape ", shape_));
  const index_t count = n == 0 || size == 0 ? 1 : (n - 1) / size + 1;
  TENON_TRY(auto pieces, make_pieces("split", count));
  for (index_t i = 0; i < count; ++i) {
    TENON_TRY(auto piece, narrow(d, i * size, n - i * size < size ? n - i * size : size));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

inline result<list<any_tensor>> any_tensor::chunk(index_t chunks, index_t dim) const {
  TENON_TRY_VOID(check_defined("chunk"));
  TENON_TRY(const int d, normalize_dim("chunk", dim, shape_));
  if (chunks <= 0) return error(error_code::invalid_argument, "chunk", make_text("chunks must be 1 or more, got ", chunks));
  const index_t n = shape_[d];
  if (n > 0 || rank() == 0) return split((n - 1) / chunks + 1, d);
  TENON_TRY(auto pieces, make_pieces("chunk", chunks));      // that many empty ones, as in PyTorch
  while (pieces.push_back(*this)) {
  }
  return pieces;
}

inline result<list<any_tensor>> any_tensor::tensor_split(index_t sections, index_t dim) const {
  TENON_TRY_VOID(check_defined("tensor_split"));
  TENON_TRY(const int d, normalize_dim("tensor_split", dim, shape_));
  if (sections < 1 || rank() == 0)
    return error(error_code::invalid_argument, "tensor_split",
                 make_text("dim ", dim, " of shape ", shape_, " cannot give ", sections, " pieces (1 or more, of rank 1 or more)"));
  TENON_TRY(auto pieces, make_pieces("tensor_split", sections));
  const index_t size = shape_[d] / sections, longer = shape_[d] % sections;
  for (index_t i = 0, start = 0; i < sections; ++i) {
    const index_t length = size + (i < longer ? 1 : 0);
    TENON_TRY(auto piece, narrow(d, start, length));
    pieces.push_back(std::move(piece));
    start += length;
  }
  return pieces;
}

inline result<list<any_tensor>> any_tensor::tensor_split(std::span<const index_t> indices, index_t dim) const {
  TENON_TRY_VOID(check_defined("tensor_split"));
  TENON_TRY(const int d, normalize_dim("tensor_split", dim, shape_));
  const auto count = static_cast<index_t>(indices.size());
  TENON_TRY(auto pieces, make_pieces("tensor_split", count + 1));
  for (index_t i = 0; i <= count; ++i) {
    const index_t start = i == 0 ? 0 : indices[static_cast<std::size_t>(i - 1)];
    TENON_TRY(auto piece, slice(d, {start, i == count ? omitted : indices[static_cast<std::size_t>(i)], 1}));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

inline result<list<any_tensor>> any_tensor::unbind(index_t dim) const {
  TENON_TRY_VOID(check_defined("unbind"));
  TENON_TRY(const int d, normalize_dim("unbind", dim, shape_));
  if (rank() == 0) return error(error_code::dim_out_of_range, "unbind", make_text("a tensor of rank 0 has no dimension to unbind"));
  TENON_TRY(auto pieces, make_pieces("unbind", shape_[d]));
  for (index_t i = 0; i < shape_[d]; ++i) {
    TENON_TRY(auto piece, select(d, i));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace tenon::inline v0

#pragma once
// shape: up to eight extents, by value. And the shape arithmetic that every op shares: counting, dimension numbers,
// broadcasting. All of it is checked; nothing overflows silently.
#include <tenon/core/result.hpp>

#include <concepts>
#include <span>

namespace tenon::inline v0 {

class shape {
 public:
  constexpr shape() = default;                                    // rank 0: one element
  template <std::integral... I>
  constexpr shape(I... extents) : extent_{static_cast<index_t>(extents)...}, rank_(sizeof...(I)) {
    static_assert(sizeof...(I) <= max_rank, "a Tenon tensor has at most 8 dimensions");
  }
  // From a container of integers; an error if there are more than eight.
  template <class Range>
    requires requires(const Range& r) {
      { *r.begin() } -> std::convertible_to<index_t>;
      r.end();
    }
  static result<shape> from(const Range& extents) {
    shape s;
    for (const auto extent : extents)
      if (!s.push_back(static_cast<index_t>(extent)))
        return error(error_code::unsupported, "shape", make_text("a tensor has at most ", max_rank, " dimensions"));
    return s;
  }

  constexpr int rank() const { return rank_; }
  // Counts from the end when negative. A dimension that does not exist has extent 0.
  constexpr index_t operator[](index_t dim) const {
    if (dim < 0) dim += rank_;
    return dim >= 0 && dim < rank_ ? extent_[dim] : 0;
  }
  constexpr const index_t* begin() const { return extent_; }
  constexpr const index_t* end() const { return extent_ + rank_; }

  // The number of elements of a shape that has passed `checked_numel`.
  constexpr index_t numel() const {
    index_t n = 1;
    for (const index_t extent : *this) n *= extent;
    return n;
  }

  constexpr void set(int dim, index_t extent) {
    if (dim >= 0 && dim < rank_) extent_[dim] = extent;
  }
  constexpr bool push_back(index_t extent) { return insert(rank_, extent); }
  constexpr bool insert(int dim, index_t extent) {
    if (rank_ == max_rank || dim < 0 || dim > rank_) return false;
    for (int d = rank_; d > dim; --d) extent_[d] = extent_[d - 1];
    extent_[dim] = extent;
    ++rank_;
    return true;
  }
  constexpr void erase(int dim) {
    if (dim < 0 || dim >= rank_) return;
    --rank_;
    for (int d = dim; d + 1 < max_rank; ++d) extent_[d] = extent_[d + 1];        // to a constant end: g++ 12 sees no other bound
    extent_[max_rank - 1] = 0;
  }

  // [0]: of a handle that has lost its memory.
  constexpr void become_empty() {
    extent_[0] = 0;
    rank_ = 1;
  }

  friend constexpr bool operator==(const shape& a, const shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int d = 0; d < a.rank_; ++d)
      if (a.extent_[d] != b.extent_[d]) return false;
    return true;
  }

 private:
  index_t extent_[max_rank] = {};
  int rank_ = 0;
};

inline text& operator<<(text& t, const shape& s) {
  t << "[";
  for (int d = 0; d < s.rank(); ++d) t << (d ? ", " : "") << s[d];
  return t << "]";
}

// a * b, or false where it does not fit into 63 bits. Both are at least 0.
constexpr bool checked_multiply(index_t a, index_t b, index_t& product) {
#if defined(__GNUC__) || defined(__clang__)
  return !__builtin_mul_overflow(a, b, &product);
#else
  if (a != 0 && b > INT64_MAX / a) return false;
  product = a * b;
  return true;
#endif
}

// The number of elements, for a shape that a caller gave: no extent negative, the byte count within 63 bits.
// Not inlined: into an op's check, and once more where it allocates.
[[gnu::noinline]] inline result<index_t> checked_numel(const char* op, const shape& s, index_t item_bytes = 1) {
  index_t n = 1, bytes = 0;
  bool fits = true, empty = false;
  for (const index_t extent : s) {
    if (extent < 0)
      return error(error_code::invalid_argument, op, make_text("shape ", s, " has a negative extent; extents are 0 or more"));
    // An extent of 0 does not excuse the others: strides and partial products of an empty shape must fit as well.
    empty = empty || extent == 0;
    fits = fits && (extent == 0 || checked_multiply(n, extent, n));
  }
  if (!fits || !checked_multiply(n, item_bytes, bytes))
    return error(error_code::size_overflow, op, make_text("shape ", s, " has more bytes than 63 bits can count"));
  return empty ? index_t{0} : n;
}

// A dimension number as the caller wrote it -> [0, rank). A tensor of rank 0 has the dimensions -1 and 0, as in PyTorch.
inline result<int> normalize_dim(const char* op, index_t dim, const shape& s) {
  const int rank = s.rank() == 0 ? 1 : s.rank();
  if (dim < -rank || dim >= rank)
    return error(error_code::dim_out_of_range, op,
                 make_text("dim ", dim, " is out of range for shape ", s, " (expected ", -rank, " .. ", rank - 1, ")"));
  return static_cast<int>(dim < 0 ? dim + rank : dim);
}

// The shape that a and b broadcast to (NumPy's rule: aligned at the end, extents equal or 1).
inline result<shape> broadcast_shapes(const char* op, const shape& a, const shape& b) {
  if (a == b) return a;
  const shape& longer = a.rank() >= b.rank() ? a : b;
  const shape& shorter = a.rank() >= b.rank() ? b : a;
  shape out = longer;
  for (int d = 1; d <= shorter.rank(); ++d) {
    const index_t m = longer[-d], n = shorter[-d];
    if (m != n && m != 1 && n != 1)
      return error(error_code::shape_mismatch, op,
                   make_text("shapes ", a, " and ", b, " do not broadcast: counted from the end, dimension ", d, " is ", a[-d],
                             " and ", b[-d], " (they must be equal, or one of them 1)"));
    if (m == 1) out.set(longer.rank() - d, n);
  }
  return out;
}

}  // namespace tenon::inline v0

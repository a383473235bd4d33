#pragma once
// pad: a margin around a tensor, or (negative widths) a part of it cut away.
//
//   pad(x, {1, 2})               one element before, two behind, along the last dimension
//   pad(x, {1, 1, 2, 2})         1 before and behind along the last dimension, 2 along the one before it; and so on
//
// Modes, for a b c d with two elements before and behind:
//   constant     v v a b c d v v         `value`, converted to x's dtype by the rule of core/convert.hpp
//   reflect      c b a b c d c b         each width must be smaller than the extent
//   replicate    a a a b c d d d         the extent must not be 0
//   circular     c d a b c d a b         each width must be at most the extent
//
// Dtypes    all.
// Layout    any strides. The middle is one copy; the margins follow from the last dimension to the first, copied from what is
//           there already. Where widths are negative, x is cut first, and the rest is what is mirrored.
// Errors    invalid_argument (an odd number of widths, more than two for each dimension, or a width that the mode does not
//           allow), size_overflow, out_of_memory; _into also shape_mismatch, not_writable and overlapping_memory.
#include <tenon/core/convert.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/fill.hpp>

namespace tenon::inline v0 {

enum class pad_mode : std::uint8_t { constant, reflect, replicate, circular };
constexpr const char* name_of(pad_mode m) {
  constexpr const char* names[] = {"constant", "reflect", "replicate", "circular"};
  return names[static_cast<int>(m)];
}

struct pad_options {
  pad_mode mode = pad_mode::constant;
  double value = 0;
};

// Before and behind the last dimension, before and behind the one in front of it, and so on.
class pad_widths {
 public:
  constexpr pad_widths() = default;
  template <std::integral... I>
  constexpr pad_widths(I... widths) : width_{static_cast<index_t>(widths)...}, size_(sizeof...(I)) {
    static_assert(sizeof...(I) <= 2 * max_rank, "there are at most two widths for each of eight dimensions");
  }
  // From a container of integers.
  template <class Range>
  static result<pad_widths> from(const Range& widths) {
    pad_widths p;
    for (const auto width : widths) {
      if (p.size_ == 2 * max_rank)
        return error(error_code::unsupported, "pad", make_text("there are at most two widths for each of ", max_rank, " dimensions"));
      p.width_[p.size_++] = static_cast<index_t>(width);
    }
    return p;
  }
  constexpr int size() const { return size_; }
  constexpr index_t operator[](int i) const { return i >= 0 && i < size_ ? width_[i] : 0; }

  friend text& operator<<(text& t, const pad_widths& p) {
    t << "[";
    for (int i = 0; i < p.size_; ++i) t << (i ? ", " : "") << p.width_[i];
    return t << "]";
  }

 private:
  index_t width_[2 * max_rank] = {};
  int size_ = 0;
};

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

struct pad {
  static constexpr const char* name = "pad";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool any_device = true;
  pad_widths widths;
  pad_options options;

  struct side {
    index_t before, behind;
  };
  side of_dim(int d, int rank) const { return {widths[2 * (rank - 1 - d)], widths[2 * (rank - 1 - d) + 1]}; }

  result<shape> check(const any_tensor& x) const {
    if (widths.size() % 2 != 0 || widths.size() > 2 * x.rank())
      return error(error_code::invalid_argument, name,
                   make_text("widths ", widths, " must come in pairs, at most one for each dimension of shape ", x.shape()));
    shape s = x.shape();
    for (int d = 0; d < x.rank(); ++d) {
      const side w = of_dim(d, x.rank());
      const auto cut = [](index_t v) { return v >= 0 ? 0 : v == INT64_MIN ? INT64_MAX : -v; };
      const index_t n = x.size(d), from = cut(w.before), to = cut(w.behind);
      if (from > n || to > n - from)
        return error(error_code::invalid_argument, name, make_text("widths ", widths, " cut away more than dim ", d, " of shape ", x.shape(), " has"));
      const index_t left = n - from - to, before = w.before + from, behind = w.behind + to;
      const index_t most = options.mode == pad_mode::reflect ? left - 1 : options.mode == pad_mode::circular ? left : left > 0 ? INT64_MAX : 0;
      if (options.mode != pad_mode::constant && ((before > 0 && before > most) || (behind > 0 && behind > most)))
        return error(error_code::invalid_argument, name,
                     make_text("widths ", widths, " ask mode ", name_of(options.mode), " for more than dim ", d, " of shape ", x.shape(), " gives (at most ",
                               most < 0 ? 0 : most, ")"));
      if (before > INT64_MAX - left || behind > INT64_MAX - left - before)
        return error(error_code::size_overflow, name, make_text("shape ", x.shape(), " padded by ", widths, " does not fit 63 bits"));
      s.set(d, left + before + behind);
    }
    return s;
  }

  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const T value = convert_value<T>(options.value);
    run_bytes(out, x, &value);
    return {};
  }

 private:
  void run_bytes(any_tensor& out, const any_tensor& x, const void* value) const {
    const int rank = x.rank();
    any_tensor from = x, middle = out;
    for (int d = 0; d < rank; ++d) {
      const auto [before, behind] = of_dim(d, rank);
      const index_t first = before < 0 ? -before : 0, left = x.size(d) - first + (behind < 0 ? behind : 0);
      from = *from.narrow(d, first, left);
      middle = *middle.narrow(d, before > 0 ? before : 0, left);
    }
    calls::copy(from, middle);
    // The margins of d, whole in the dimensions behind d, which are done, and only the middle of those before it.
    for (int d = rank - 1; d >= 0; --d) {
      any_tensor slab = out;
      for (int e = 0; e < d; ++e) slab = *slab.narrow(e, of_dim(e, rank).before > 0 ? of_dim(e, rank).before : 0, from.size(e));
      const side w = of_dim(d, rank);
      fill_margins(slab, d, w.before > 0 ? w.before : 0, from.size(d), w.behind > 0 ? w.behind : 0, value);
    }
  }

  // Along d, slab has `before` elements, n that are there, and `behind` elements.
  void fill_margins(const any_tensor& slab, int d, index_t before, index_t n, index_t behind, const void* value) const {
    any_tensor left = *slab.narrow(d, 0, before), right = *slab.narrow(d, before + n, behind);
    const auto fill = [&](any_tensor& margin, index_t source) {
      if (margin.numel() == 0) return;
      switch (options.mode) {
        case pad_mode::constant: return calls::fill(margin, value);
        case pad_mode::replicate: return calls::copy(*slab.narrow(d, source, 1)->expand(margin.shape()), margin);
        case pad_mode::reflect: return calls::copy(*slab.narrow(d, source, margin.size(d))->slice(d, {.step = -1}), margin);
        case pad_mode::circular: return calls::copy(*slab.narrow(d, source, margin.size(d)), margin);
      }
    };
    const index_t last = before + n - 1;
    switch (options.mode) {
      case pad_mode::constant: fill(left, 0), fill(right, 0); break;
      case pad_mode::replicate: fill(left, before), fill(right, last); break;
      case pad_mode::reflect: fill(left, before + 1), fill(right, last - behind); break;
      case pad_mode::circular: fill(left, n), fill(right, before); break;
    }
  }
};

}  // namespace op

/// x with a margin.          (.., n, ..) -> (.., before + n + behind, ..)
template <operand X>
[[nodiscard]] auto pad(X&& x, const pad_widths& widths, const pad_options& options = {}) {
  return calls::allocate(op::pad{widths, options}, x);
}
template <target O, operand X>
result<void> pad_into(O&& out, X&& x, const pad_widths& widths, const pad_options& options = {}) {
  return calls::into(op::pad{widths, options}, out, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD

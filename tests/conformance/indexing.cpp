// Reading and writing through indices, cutting, triangles, sorting.
#include <tenon/ops/arg_reduction.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/division.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/nonzero.hpp>
#include <tenon/ops/one_hot.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/scatter.hpp>
#include <tenon/ops/topk.hpp>
#include <tenon/ops/triangle.hpp>
#include <tenon/ops/unique.hpp>
#include <tenon/ops/where.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

using i32 = std::int32_t;
using indices = tn::tensor<index_t>;

// ONNX counts negative indices from the end.
tn::result<indices> from_the_start(const any_tensor& index, index_t extent) { return tn::remainder(tn::to<index_t>(index), extent); }

tn::result<outputs> onnx_gather(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const any_tensor at = c.input(1);
  const index_t axis = c.integer("axis", 0), d = axis < 0 ? axis + x.rank() : axis;
  tn::shape s;
  for (index_t e = 0; e < x.rank(); ++e) {
    if (e != d) s.push_back(x.size(e));
    if (e == d)
      for (const index_t extent : at.shape()) s.push_back(extent);
  }
  return give(tn::reshape(tn::index_select(x, d, tn::flatten(from_the_start(at, x.size(d)))), s));
}
tn::result<outputs> gather_elements(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const index_t axis = c.integer("axis", 0);
  return give(tn::gather(x, axis, from_the_start(c.input(1), x.size(axis))));
}

// The last dimension of `index` holds k coordinates into dimensions [batch, batch + k) of s: as one coordinate each into
// these dimensions taken as one.
tn::result<indices> joined_coordinates(const any_tensor& index, const tn::shape& s, index_t batch) {
  const index_t k = index.size(-1);
  std::vector<index_t> steps(static_cast<std::size_t>(k), 1), extents;
  for (index_t i = 0; i < k; ++i) extents.push_back(s[batch + i]);
  for (index_t i = k - 2; i >= 0; --i) steps[static_cast<std::size_t>(i)] = steps[static_cast<std::size_t>(i + 1)] * extents[static_cast<std::size_t>(i + 1)];
  const auto positive = tn::remainder(tn::to<index_t>(index), tn::from_span<index_t>(extents));
  return tn::sum(positive * tn::from_span<index_t>(steps), {-1});
}
index_t product(const tn::shape& s, index_t begin, index_t end) {
  index_t n = 1;
  for (index_t d = begin; d < end; ++d) n *= s[d];
  return n;
}
tn::result<outputs> gather_nd(const test_case& c) {
  const auto x = typed<i32>(c, 0);
  const any_tensor at = c.input(1);
  const index_t batch = c.integer("batch_dims", 0), k = at.size(-1), rank = x.rank();
  const index_t b = product(x.shape(), 0, batch), rest = product(x.shape(), batch + k, rank), q = product(at.shape(), batch, at.rank() - 1);
  tn::shape s;
  for (index_t d = 0; d + 1 < at.rank(); ++d) s.push_back(at.size(d));
  for (index_t d = batch + k; d < rank; ++d) s.push_back(x.size(d));
  const auto index = tn::expand(tn::reshape(joined_coordinates(at, x.shape(), batch), {b, q, 1}), {b, q, rest});
  return give(tn::reshape(tn::gather(tn::reshape(x, {b, product(x.shape(), batch, batch + k), rest}), 1, index), s));
}
tn::result<outputs> scatter_nd(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const any_tensor at = c.input(1);
  const std::string reduction = c.text("reduction", "none");
  const index_t k = at.size(-1), rest = product(x.shape(), k, x.rank()), q = product(at.shape(), 0, at.rank() - 1);
  const auto table = tn::reshape(x, {product(x.shape(), 0, k), rest}), updates = tn::reshape(typed<float>(c, 2), {q, rest});
  const auto rows = tn::reshape(joined_coordinates(at, x.shape(), 0), {q, 1});
  const auto index = tn::expand(rows, {q, rest});
  if (reduction == "none") return give(tn::reshape(tn::scatter(table, 0, index, updates), x.shape()));
  if (reduction == "add") return give(tn::reshape(tn::scatter_add(table, 0, index, updates), x.shape()));
  // One update after the other: rows may repeat.
  tn::result<tn::tensor<float>> out = table;
  for (index_t i = 0; i < q; ++i) {
    const auto one = tn::narrow(index, 0, i, 1);
    const auto there = tn::gather(out, 0, one), update = tn::narrow(updates, 0, i, 1);
    out = tn::scatter(out, 0, one, reduction == "max" ? tn::maximum(there, update) : tn::minimum(there, update));
  }
  return give(tn::reshape(out, x.shape()));
}
tn::result<outputs> scatter_elements(const test_case& c) {
  const auto x = typed<float>(c, 0), updates = typed<float>(c, 2);
  const index_t axis = c.integer("axis", 0);
  const auto at = from_the_start(c.input(1), x.size(axis));
  const std::string reduction = c.text("reduction", "none");
  if (reduction == "none") return give(tn::scatter(x, axis, at, updates));
  if (reduction == "add") return give(tn::scatter_add(x, axis, at, updates));
  return cannot(make_text("reduction ", std::string_view(reduction)));
}

// Elements where the condition holds, of the flattened tensor or along an axis; the condition may be shorter.
tn::result<outputs> compress(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const auto keep = typed<bool>(c, 1);
  if (c.given("axis")) return give(tn::index_select(x, c.integer("axis", 0), tn::flatten(tn::nonzero(keep))));
  return give(tn::masked_select(tn::narrow(tn::flatten(x), 0, 0, keep.numel()), keep));
}

// values = {off, on}; indices may be negative, and of any type.
tn::result<outputs> onnx_one_hot(const test_case& c) {
  const index_t depth = c.integers(1)[0], axis = c.integer("axis", -1);
  const std::vector<double> off_on = numbers(c.input(2));
  const auto hot = tn::movedim(tn::one_hot(from_the_start(c.input(0), depth), depth), {-1}, {axis});
  return give(tn::where(tn::ne(hot, 0), static_cast<float>(off_on[1]), static_cast<float>(off_on[0])));
}

tn::result<outputs> onnx_slice(const test_case& c) {
  const std::vector<index_t> starts = c.integers(1), ends = c.integers(2), axes = c.integers(3), steps = c.integers(4);
  tn::result<any_tensor> x = c.input(0);
  for (std::size_t i = 0; i < starts.size(); ++i)
    x = tn::slice(x, axes.empty() ? static_cast<index_t>(i) : axes[i], {starts[i], ends[i], steps.empty() ? 1 : steps[i]});
  return give(x);
}
tn::result<outputs> trilu(const test_case& c) {
  const index_t k = c.has(1) ? c.integers(1)[0] : 0;
  const auto x = typed<index_t>(c, 0);
  return c.flag("upper", true) ? give(tn::triu(x, k)) : give(tn::tril(x, k));
}

// Beside PyTorch's results, where each value stands first: the first true place in each row of (value == inverse).
tn::result<outputs> onnx_unique(const test_case& c) {
  TENON_TRY(const auto u, tn::unique(typed<float>(c, 0), {.return_inverse = true, .return_counts = true, .dim = c.given("axis") ? c.integer("axis", 0) : tn::omitted}));
  const auto which = tn::reshape(tn::arange<index_t>(u.counts.numel()), {-1, 1});
  const auto first = tn::argmax(tn::to<std::uint8_t>(tn::eq(which, tn::flatten(u.inverse_indices))), 1);
  return give(u.output, first, tn::flatten(u.inverse_indices), u.counts);
}
tn::result<outputs> top_k(const test_case& c) {
  return over<float, index_t>(c.dtype(), [&]<class T>(tn::type_tag<T>) -> tn::result<outputs> {
    TENON_TRY(const auto top, tn::topk(typed<T>(c, 0), c.integers(1)[0], c.integer("axis", -1), {.largest = c.flag("largest", true), .sorted = c.flag("sorted", true)}));
    return give(top.values, top.indices);
  });
}

}  // namespace

void add_indexing(registry& r) {
  r.add("Gather", onnx_gather);
  r.add("GatherElements", gather_elements);
  r.add("GatherND", gather_nd);
  r.add("ScatterND", scatter_nd);
  r.add("ScatterElements", scatter_elements);
  r.add("Compress", compress);
  r.add("OneHot", onnx_one_hot);
  r.add("Slice", onnx_slice);
  r.add("Trilu", trilu);
  r.add("Unique", onnx_unique);
  r.add("TopK", top_k);
  r.add("embedding", [](const test_case& c) { return give(tn::embedding(typed<index_t>(c, 0), typed<float>(c, 1))); });
  r.add("one_hot", [](const test_case& c) { return give(tn::one_hot(typed<index_t>(c, 0), c.integer("num_classes", -1))); });
}

}  // namespace conformance

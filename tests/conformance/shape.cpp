// Shapes and views, joining, padding, repeating; tensors made from numbers.
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/pad.hpp>
#include <tenon/ops/repeat.hpp>
#include <tenon/ops/view.hpp>

#include <algorithm>

#include "registry.hpp"

namespace conformance {

namespace {

// Dimensions from `axis` on become one, and those before it.
tn::result<outputs> onnx_flatten(const test_case& c) {
  const any_tensor x = c.input(0);
  const index_t axis = c.integer("axis", 1), end = axis < 0 ? axis + x.rank() : axis;
  index_t rows = 1;
  for (index_t d = 0; d < end; ++d) rows *= x.size(d);
  return give(tn::reshape(x, {rows, x.numel() / (rows > 0 ? rows : 1)}));
}
// An extent of 0 is that of x.
tn::result<outputs> onnx_reshape(const test_case& c) {
  TENON_TRY(tn::shape s, shape_of(c.integers(1)));
  for (int d = 0; d < s.rank(); ++d)
    if (s[d] == 0 && !c.flag("allowzero")) s.set(d, c.input(0).size(d));
  return give(tn::reshape(c.input(0), s));
}
tn::result<outputs> onnx_shape(const test_case& c) {
  const tn::shape s = c.input(0).shape();
  const auto clamped = [&](index_t i) { return std::clamp<index_t>(i < 0 ? i + s.rank() : i, 0, s.rank()); };
  std::vector<index_t> extents(s.begin() + clamped(c.integer("start", 0)), s.begin() + clamped(c.integer("end", s.rank())));
  return give(tn::from_span<index_t>(extents));
}
tn::result<outputs> onnx_transpose(const test_case& c) {
  TENON_TRY(tn::dim_list dims, shape_of(c.list("perm")));
  if (!c.given("perm"))
    for (int d = c.input(0).rank() - 1; d >= 0; --d) dims.push_back(d);
  return give(tn::permute(c.input(0), dims));
}
// Axes count in the result and may come in any order.
tn::result<outputs> onnx_unsqueeze(const test_case& c) {
  std::vector<index_t> axes = c.has(1) ? c.integers(1) : c.list("axes");
  const index_t rank = c.input(0).rank() + static_cast<index_t>(axes.size());
  for (index_t& a : axes) a = a < 0 ? a + rank : a;
  std::sort(axes.begin(), axes.end());
  tn::result<any_tensor> x = c.input(0);
  for (const index_t a : axes) x = tn::unsqueeze(x, a);
  return give(x);
}
tn::result<outputs> onnx_expand(const test_case& c) {
  TENON_TRY(const tn::shape wanted, shape_of(c.integers(1)));
  TENON_TRY(const tn::shape s, tn::broadcast_shapes("Expand", c.input(0).shape(), wanted));
  return give(tn::expand(c.input(0), s));
}
tn::result<outputs> concat(const test_case& c) {
  std::vector<any_tensor> xs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) xs.push_back(c.input(i));
  return give(tn::cat(xs, c.integer("axis", 0)));
}
// Sizes are given, or there are as many equal parts as outputs (the last one may be smaller).
tn::result<outputs> onnx_split(const test_case& c) {
  const any_tensor x = c.input(0);
  const index_t axis = c.integer("axis", 0), parts = static_cast<index_t>(c.outputs.size());
  const std::vector<index_t> sizes = c.has(1) ? c.integers(1) : c.list("split");
  auto pieces = sizes.empty() ? tn::split(x, (x.size(axis) + parts - 1) / parts, axis) : tn::split(x, std::span<const index_t>(sizes), axis);
  if (!pieces) return pieces.error();
  return outputs(pieces->begin(), pieces->end());
}

// All begins, then all ends, as PyTorch's pairs from the last dimension on.
tn::result<tn::pad_widths> onnx_widths(const std::vector<index_t>& pads) {
  std::vector<index_t> widths;
  for (std::size_t rank = pads.size() / 2, d = rank; d-- > 0;) {
    widths.push_back(pads[d]);
    widths.push_back(pads[rank + d]);
  }
  return tn::pad_widths::from(widths);
}
tn::result<tn::pad_mode> pad_mode_of(const std::string& name) {
  if (name == "constant") return tn::pad_mode::constant;
  if (name == "reflect") return tn::pad_mode::reflect;
  if (name == "edge" || name == "replicate") return tn::pad_mode::replicate;
  if (name == "wrap" || name == "circular") return tn::pad_mode::circular;
  return cannot(make_text("pad mode ", std::string_view(name)));
}
tn::result<outputs> onnx_pad(const test_case& c) {
  tn::pad_options options;
  TENON_TRY(options.mode, pad_mode_of(c.text("mode", "constant")));
  options.value = c.has(2) ? numbers(c.input(2))[0] : c.number("value", 0);
  TENON_TRY(const tn::pad_widths widths, onnx_widths(c.has(1) ? c.integers(1) : c.list("pads")));
  return unary<float>(c, [&](const auto& x) { return tn::pad(x, widths, options); });
}
tn::result<outputs> torch_pad(const test_case& c) {
  tn::pad_options options;
  TENON_TRY(options.mode, pad_mode_of(c.text("mode", "constant")));
  options.value = c.number("value", 0);
  TENON_TRY(const tn::pad_widths widths, tn::pad_widths::from(c.list("pad")));
  return unary<double>(c, [&](const auto& x) { return tn::pad(x, widths, options); });
}
// Each axis cut or padded around its middle to the wanted extent.
tn::result<outputs> center_crop_pad(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const std::vector<index_t> wanted = c.integers(1);
  std::vector<index_t> axes = c.list("axes"), pads(static_cast<std::size_t>(2 * x.rank()));
  if (axes.empty())
    for (index_t d = 0; d < x.rank(); ++d) axes.push_back(d);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const index_t d = axes[i] < 0 ? axes[i] + x.rank() : axes[i], change = wanted[i] - x.size(d);
    const index_t before = change < 0 ? -(-change / 2) : change / 2;
    pads[static_cast<std::size_t>(d)] = before;
    pads[static_cast<std::size_t>(x.rank() + d)] = change - before;
  }
  TENON_TRY(const tn::pad_widths widths, onnx_widths(pads));
  return give(tn::pad(x, widths));
}
tn::result<outputs> space_to_depth(const test_case& c) {
  const any_tensor x = c.input(0);
  const index_t b = c.integer("blocksize", 1);
  const auto blocks = tn::view(x, {x.size(0), x.size(1), x.size(2) / b, b, x.size(3) / b, b});
  return give(tn::reshape(tn::permute(blocks, {0, 3, 5, 1, 2, 4}), {x.size(0), x.size(1) * b * b, x.size(2) / b, x.size(3) / b}));
}
tn::result<outputs> pixel_shuffle(const test_case& c) {
  const any_tensor x = c.input(0);
  const index_t r = c.integer("upscale_factor", 1);
  const auto blocks = tn::view(x, {x.size(0), x.size(1) / (r * r), r, r, x.size(2), x.size(3)});
  return give(tn::reshape(tn::permute(blocks, {0, 1, 4, 2, 5, 3}), {x.size(0), x.size(1) / (r * r), x.size(2) * r, x.size(3) * r}));
}

tn::result<outputs> constant_of_shape(const test_case& c) {
  TENON_TRY(const any_tensor value, c.tensor("value"));
  TENON_TRY(const tn::shape s, shape_of(c.integers(0)));
  return over<float, std::int32_t>(value.dtype(), [&]<class T>(tn::type_tag<T>) { return give(tn::full<T>(s, numbers(value)[0])); });
}
tn::result<outputs> range(const test_case& c) {
  return over<tn::half, std::int32_t>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
    const auto value = [&](std::size_t i) {
      if constexpr (std::is_integral_v<T>)
        return c.integers(i)[0];
      else
        return numbers(c.input(i))[0];
    };
    return give(tn::arange<T>(value(0), value(1), value(2)));
  });
}
tn::result<outputs> eye_like(const test_case& c) {
  if (c.integer("k", 0) != 0) return cannot(make_text("a diagonal beside the main one"));
  return over<std::int32_t>(c.dtype(), [&]<class T>(tn::type_tag<T>) { return give(tn::eye<T>(c.input(0).size(0), c.input(0).size(1))); });
}

}  // namespace

void add_shape(registry& r) {
  r.add("Flatten", onnx_flatten);
  r.add("Reshape", onnx_reshape);
  r.add("Shape", onnx_shape);
  r.add("Transpose", onnx_transpose);
  r.add("Unsqueeze", onnx_unsqueeze);
  r.add("Expand", onnx_expand);
  r.add("Concat", concat);
  r.add("Split", onnx_split);
  r.add("Pad", onnx_pad);
  r.add("pad", torch_pad);
  r.add("CenterCropPad", center_crop_pad);
  r.add("SpaceToDepth", space_to_depth);
  r.add("pixel_shuffle", pixel_shuffle);
  r.add("Tile", [](const test_case& c) -> tn::result<outputs> {
    TENON_TRY(const tn::shape counts, shape_of(c.integers(1)));
    return unary<float>(c, [&](const auto& x) { return tn::tile(x, counts); });
  });
  r.add("ConstantOfShape", constant_of_shape);
  r.add("Range", range);
  r.add("EyeLike", eye_like);
}

}  // namespace conformance

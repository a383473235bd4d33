#include "compare.hpp"

#include <tenon/ops/cast.hpp>
#include <tenon/ops/copy.hpp>

#include <cmath>

namespace conformance {

namespace {

std::string text_of(const tn::text& t) { return std::string(t.view()); }

std::string place(index_t i, const tn::shape& s) {
  tn::shape at = s;
  for (int d = s.rank() - 1; d >= 0; --d) {
    at.set(d, s[d] ? i % s[d] : 0);
    i = s[d] ? i / s[d] : 0;
  }
  return text_of(make_text(at));
}

// Integers: exact, modulo the width of an unsigned type that is held in a wider one.
std::string whole_difference(const argument& want, const any_tensor& got) {
  const auto a = whole_numbers(got), b = whole_numbers(want.tensor);
  const int bits = want.type.unsigned_bits;
  const std::uint64_t mask = bits == 0 || bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  for (std::size_t i = 0; i < b.size(); ++i)
    if ((static_cast<std::uint64_t>(a[i]) & mask) != (static_cast<std::uint64_t>(b[i]) & mask))
      return text_of(make_text("at ", std::string_view(place(static_cast<index_t>(i), got.shape())), ": got ", a[i], ", want ", b[i]));
  return "";
}

std::string real_difference(const test_case& c, const argument& want, const any_tensor& got, bool first) {
  const auto a = numbers(got), b = numbers(want.tensor);
  const auto tolerances = first && c.tolerance ? numbers(*c.tolerance) : std::vector<double>();
  std::size_t failures = 0;
  std::string where;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double atol = i < tolerances.size() ? tolerances[i] : c.atol;
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    if (same || (std::isfinite(a[i]) && std::isfinite(b[i]) && std::fabs(a[i] - b[i]) <= atol + c.rtol * std::fabs(b[i]))) continue;
    if (failures++ == 0)
      where = text_of(make_text("at ", std::string_view(place(static_cast<index_t>(i), got.shape())), ": got ", a[i], ", want ", b[i], " (rtol ", c.rtol, ", atol ",
                                atol, ")"));
  }
  return failures == 0 ? "" : where + "; " + std::to_string(failures) + " of " + std::to_string(b.size());
}

// Complex numbers, by the distance in the plane. Unordered: along the last axis, each expected value takes the nearest one that is
// left.
std::string complex_difference(const test_case& c, const argument& want, const any_tensor& got, bool first) {
  auto a = complex_numbers(got);
  const auto b = complex_numbers(want.tensor);
  const auto tolerances = first && c.tolerance ? numbers(*c.tolerance) : std::vector<double>();
  const std::size_t n = got.rank() > 0 ? static_cast<std::size_t>(got.size(-1)) : 1;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (c.compare == "unordered") {
      std::size_t nearest = i;
      for (std::size_t k = i; k < i - i % n + n; ++k)
        if (std::abs(a[k] - b[i]) < std::abs(a[nearest] - b[i])) nearest = k;
      std::swap(a[i], a[nearest]);
    }
    const double allowed = (i < tolerances.size() ? tolerances[i] : c.atol) + c.rtol * std::abs(b[i]);
    if (std::abs(a[i] - b[i]) <= allowed) continue;
    return text_of(make_text("at ", std::string_view(place(static_cast<index_t>(i), got.shape())), ": got ", a[i].real(), " + ", a[i].imag(), "i, want ", b[i].real(),
                             " + ", b[i].imag(), "i (within ", allowed, ")"));
  }
  return "";
}

// Rows by the sign that makes their diagonal element positive.
any_tensor with_positive_diagonal(const any_tensor& x) {
  auto t = tn::contiguous(tn::to<double>(x));
  if (!t || t->rank() != 2) return x;
  auto y = tn::unwrap(tn::clone(*t));
  const index_t columns = y.size(1);
  for (index_t i = 0; i < y.size(0) && i < columns; ++i)
    if (y.data()[i * columns + i] < 0)
      for (index_t j = 0; j < columns; ++j) y.data()[i * columns + j] = -y.data()[i * columns + j];
  return y.any();
}

}  // namespace

std::string difference(const test_case& c, const tn::result<std::vector<any_tensor>>& got) {
  const bool runner_gave_up = !got && std::string_view(got.error().op()) == "conformance";
  if (!c.expect.empty() && !runner_gave_up) {
    if (!got) return "";
    if (c.expect == "error_or_nonfinite")
      for (const any_tensor& x : *got)
        for (const double v : numbers(x))
          if (!std::isfinite(v)) return "";
    return "an error was expected";
  }
  if (!got) return std::string(got.error().message());
  const bool signs = c.compare == "up_to_row_sign";
  if (!signs && c.compare != "elementwise" && c.compare != "unordered" && c.compare != "properties")
    return "the comparison '" + c.compare + "' is not known to the runner";
  if (got->size() < c.outputs.size()) return "the runner gave " + std::to_string(got->size()) + " outputs of " + std::to_string(c.outputs.size());
  for (std::size_t i = 0; i < c.outputs.size(); ++i) {
    if (!c.outputs[i]) continue;
    const argument& want = *c.outputs[i];
    const any_tensor& x = (*got)[i];
    const std::string output = c.outputs.size() > 1 ? "output " + std::to_string(i) + " (" + want.name + "): " : "";
    if (!x.defined()) return output + "the runner left it out";
    if (x.dtype() != want.type.held) return output + text_of(make_text("got dtype ", x.dtype(), ", want ", std::string_view(want.type.name)));
    if (x.shape() != want.tensor.shape()) return output + text_of(make_text("got shape ", x.shape(), ", want ", want.tensor.shape()));
    std::string wrong;
    if (tn::is_complex(x.dtype())) wrong = complex_difference(c, want, x, i == 0);
    else if (c.compare == "unordered") wrong = "the runner compares real numbers in order only";
    else if (signs) wrong = real_difference(c, {want.name, want.type, with_positive_diagonal(want.tensor)}, with_positive_diagonal(x), i == 0);
    else if (tn::is_floating(x.dtype())) wrong = real_difference(c, want, x, i == 0);
    else wrong = whole_difference(want, x);
    if (!wrong.empty()) return output + wrong;
  }
  return "";
}

}  // namespace conformance

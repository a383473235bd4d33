#include "compare.hpp"

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
  if (c.compare != "elementwise") return "the comparison '" + c.compare + "' is not known to the runner";
  if (got->size() < c.outputs.size()) return "the runner gave " + std::to_string(got->size()) + " outputs of " + std::to_string(c.outputs.size());
  for (std::size_t i = 0; i < c.outputs.size(); ++i) {
    if (!c.outputs[i]) continue;
    const argument& want = *c.outputs[i];
    const any_tensor& x = (*got)[i];
    const std::string output = c.outputs.size() > 1 ? "output " + std::to_string(i) + " (" + want.name + "): " : "";
    if (!x.defined()) return output + "the runner left it out";
    if (x.dtype() != want.type.held) return output + text_of(make_text("got dtype ", x.dtype(), ", want ", std::string_view(want.type.name)));
    if (x.shape() != want.tensor.shape()) return output + text_of(make_text("got shape ", x.shape(), ", want ", want.tensor.shape()));
    const bool real = tn::is_floating(x.dtype());
    if (const std::string wrong = real ? real_difference(c, want, x, i == 0) : whole_difference(want, x); !wrong.empty()) return output + wrong;
  }
  return "";
}

}  // namespace conformance

// Products of matrices.
#include <tenon/ops/einsum.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/operators.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

// alpha A' B' + beta C, either matrix transposed or not; C broadcasts and may be left out.
tn::result<outputs> gemm(const test_case& c) {
  tn::result<tn::tensor<float>> a = typed<float>(c, 0), b = typed<float>(c, 1);
  if (c.flag("transA")) a = tn::t(a);
  if (c.flag("transB")) b = tn::t(b);
  const double alpha = c.number("alpha", 1), beta = c.number("beta", 1);
  if (c.has(2)) return give(tn::addmm(typed<float>(c, 2), a, b, {.beta = beta, .alpha = alpha}));
  return alpha == 1 ? give(tn::mm(a, b)) : give(tn::mm(a, b) * static_cast<float>(alpha));
}
tn::result<outputs> einsum(const test_case& c) {
  const std::string equation = c.text("equation");
  if (c.inputs.size() > 2) return cannot(make_text("einsum of more than two operands"));
  const auto x = typed<double>(c, 0);
  return c.has(1) ? give(tn::einsum(equation, x, typed<double>(c, 1))) : give(tn::einsum(equation, x));
}

}  // namespace

void add_matmul(registry& r) {
  r.add("Gemm", gemm);
  r.add("Einsum", einsum);
  for (const char* name : {"matmul", "MatMul"})
    r.add(name, [](const test_case& c) { return binary<float, double>(c, [](const auto& a, const auto& b) { return tn::matmul(a, b); }); });
  r.add("linear", [](const test_case& c) {
    const auto x = typed<float>(c, 0), w = typed<float>(c, 1);
    return c.has(2) ? give(tn::linear(x, w, typed<float>(c, 2))) : give(tn::linear(x, w));
  });
}

}  // namespace conformance

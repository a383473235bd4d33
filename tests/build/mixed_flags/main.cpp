// Tensors, views and errors travel between files compiled for unlike instruction sets, with and without exceptions, by g++
// and by nvcc. The program is linked twice, with its files in opposite order: the linker keeps the first body that it sees of each symbol.
#include "part.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace tn = tenon;
using mixed::part;

static int failures = 0;

static void check(bool holds, const part& a, const part& b, const char* what) {
  if (holds) return;
  std::printf("FAILED %s -> %s: %s\n", a.name, b.name, what);
  ++failures;
}

static bool machine_has(const char* arch) {
  if (arch == nullptr) return true;
#if defined(__x86_64__)
  if (std::string(arch) == "avx2") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2");
#else
  return false;
#endif
}

// |a - b| <= bound everywhere, for two dense tensors of one shape.
static bool near(const mixed::matrix& a, const mixed::matrix& b, double bound) {
  if (!a || !b || a->shape() != b->shape()) return false;
  for (tn::index_t i = 0; i < a->numel(); ++i)
    if (!(std::fabs(double{a->data()[i]} - double{b->data()[i]}) <= bound)) return false;
  return true;
}

// `from` makes; `to` computes on it, and the baseline file computes the same.
static void exchange(const part& from, const part& to) {
  const auto x = from.make(7);
  const auto same = mixed::baseline.make(7);
  check(near(x, same, 4e-7), from, to, "random numbers differ");          // a logarithm and a sine: 2 ulp of values below 4
  if (!x) return;

  const auto y = to.softmax(*x);
  check(near(y, mixed::baseline.softmax(*x), 4 * 1.2e-7), from, to, "softmax differs");   // probabilities: 4 ulp of 1
  const auto t = to.view(*x);
  check(t && t->shape() == tn::shape{17, 33} && t->data() == x->data(), from, to, "the view is another tensor");
  if (!t) return;
  check(near(to.matmul(*x, *t), mixed::baseline.matmul(*x, *t), 17 * 16 * 1.2e-7), from, to, "matmul differs");   // n |a| |b| eps
  check(near(to.fused(*x), mixed::baseline.fused(*x), 32 * 1.2e-7), from, to, "the fused expression differs");

  const auto error = from.wrong(*x);
  check(!error && error.error().code() == tn::error_code::shape_mismatch, from, to, "no shape_mismatch");
  check(!error && error.error().message().find("[33, 17]") != std::string::npos, from, to, "the message lacks the shapes");
}

int main() {
  std::vector<const part*> parts;
#if defined(WITH_CUDA)
  parts.push_back(&mixed::cuda);                             // on CPU tensors; no GPU is needed
#endif
  for (const part* p : {&mixed::baseline, &mixed::avx2, &mixed::avx512, &mixed::noexcept_, &mixed::plain}) {
    if (machine_has(p->needs)) parts.push_back(p);
    else std::printf("linked, but not run: %s (not on this processor)\n", p->name);
  }
  for (const part* from : parts)
    for (const part* to : parts) exchange(*from, *to);
  std::printf("%zu files with unlike flags, %d failures\n", parts.size(), failures);
  return failures == 0 ? 0 : 1;
}

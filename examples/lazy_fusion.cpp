// An expression is written first and run in one pass over memory. `auto` is safe: nodes own what they refer to.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/random.hpp>

#include <chrono>
#include <cstdio>

namespace tn = tenon;

// Returning an expression is fine: the local tensor lives on in it.
auto gate(const tn::tensor<float>& a) {
  const auto half = tn::unwrap(tn::full<float>({1}, 0.5F));
  return tn::sigmoid(tn::lazy(a)) + half;
}

template <class F>
double milliseconds(F f) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

int main() {
  const tn::shape s{2048, 2048};
  const auto a = tn::unwrap(tn::randn<float>(s)), b = tn::unwrap(tn::randn<float>(s));
  const auto row = tn::unwrap(tn::randn<float>({2048}));         // broadcasts over the rows

  const auto e = tn::relu(tn::lazy(a) * b + row) * gate(a);      // nothing has run
  const auto fused = tn::eval(e);                                // one pass, no temporary
  const auto eager = tn::relu(a * b + row) * (tn::sigmoid(a) + 0.5F);
  std::printf("same result: %d\n", tn::unwrap(tn::allclose(fused, eager)));

  auto out = tn::unwrap(tn::empty<float>(s));
  tn::unwrap(tn::assign(out, e));                                // into memory that exists
  std::printf("fused %.1f ms, eager %.1f ms\n", milliseconds([&] { tn::unwrap(tn::assign(out, e)); }),
              milliseconds([&] { tn::unwrap(tn::relu(a * b + row) * (tn::sigmoid(a) + 0.5F)); }));
}

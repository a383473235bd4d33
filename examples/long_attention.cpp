// Attention over 32768 tokens: the scores would take 4 GiB; flash attention never makes them.
#include <tenon/ops/attention.hpp>
#include <tenon/ops/random.hpp>

#include <chrono>
#include <cstdio>

namespace tn = tenon;

int main() {
  constexpr tn::index_t tokens = 32768, width = 32;
  const tn::shape s{1, 1, tokens, width};
  const auto q = tn::unwrap(tn::randn<float>(s)), k = tn::unwrap(tn::randn<float>(s)), v = tn::unwrap(tn::randn<float>(s));

  tn::memory::reset_peak();
  const auto before = tn::memory::statistics().peak;
  const auto start = std::chrono::steady_clock::now();
  const auto out = tn::unwrap(tn::flash_attention(q, k, v, {.causal = true}));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto peak = tn::memory::statistics().peak - before;

  constexpr double mib = 1 << 20;
  std::printf("%lld tokens in %.2f s\n", static_cast<long long>(tokens), seconds);
  std::printf("peak memory beyond q, k, v: %.1f MiB (the result is %.1f MiB; all scores would be %.0f MiB)\n", static_cast<double>(peak) / mib,
              static_cast<double>(out.numel()) * sizeof(float) / mib, static_cast<double>(tokens) * tokens * sizeof(float) / mib);
  return static_cast<double>(peak) < 48 * mib ? 0 : 1;
}

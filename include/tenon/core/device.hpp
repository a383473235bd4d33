#pragma once
// device: the kind of processor that holds a tensor and runs the ops on it. placement: which one of that kind.
#include <tenon/core/text.hpp>

namespace tenon::inline v0 {

enum class device : std::uint8_t { cpu, cuda };

struct placement {
  device kind = device::cpu;
  int ordinal = 0;

  constexpr placement() = default;
  constexpr placement(device k, int i = 0) : kind(k), ordinal(i) {}
  friend constexpr bool operator==(const placement&, const placement&) = default;
};

constexpr const char* name_of(device d) { return d == device::cpu ? "cpu" : "cuda"; }
inline text& operator<<(text& t, const placement& p) {
  t << name_of(p.kind);
  return p.kind == device::cpu ? t : t << ":" << p.ordinal;
}

}  // namespace tenon::inline v0

#pragma once
// Which instruction set the dispatched kernels run with: the best that the processor has, or what the environment variable
// TENON_ARCH asks for (sse4_2, avx2, avx512), if the processor has it. Decided once.
//
// A kernel K is dispatched when K::dispatched says so; src/dispatch compiles it once per instruction set and defines
// dispatched_entry<K>. That is the only thing that a program built for baseline x86-64 sees of the faster code.
#include <tenon/core/build.hpp>

#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace tenon::inline v0::kernels::cpu {

enum class arch_level : int { sse4_2, avx2, avx512 };

constexpr const char* name_of(arch_level a) {
  return a == arch_level::sse4_2 ? "sse4_2" : a == arch_level::avx2 ? "avx2" : "avx512";
}

template <class K>
inline constexpr bool dispatched = requires { requires K::dispatched; };

template <class K>
typename K::function dispatched_entry(arch_level level);

// Whether this processor and operating system run that instruction set.
inline bool has_arch(arch_level a) {
#if (defined(__x86_64__) || defined(_M_X64)) && (defined(__GNUC__) || defined(__clang__))
  __builtin_cpu_init();
  switch (a) {
    case arch_level::sse4_2: return __builtin_cpu_supports("sse4.2");
    case arch_level::avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    case arch_level::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  }
#else
  (void)a;
#endif
  return false;
}

inline arch_level choose_arch() {
  arch_level best = arch_level::sse4_2;
  if (has_arch(arch_level::avx2)) best = arch_level::avx2;
  if (has_arch(arch_level::avx512)) best = arch_level::avx512;
  if (const char* wanted = std::getenv("TENON_ARCH"))
    for (const arch_level a : {arch_level::sse4_2, arch_level::avx2, arch_level::avx512})
      if (std::strcmp(wanted, name_of(a)) == 0 && has_arch(a)) best = a;
  return best;
}

inline arch_level dispatch_level() {
  static const arch_level level = choose_arch();
  return level;
}

}  // namespace tenon::inline v0::kernels::cpu

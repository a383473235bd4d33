// on_cpu ARCH PROGRAM ARGUMENTS...
//
// Runs the program if this machine's processor has the instruction set, named as TENON_ARCH names it. Otherwise says so
// and returns 77, which CTest counts as skipped. The question is asked by a program apart, because one that is compiled
// for AVX-512 may die of an illegal instruction before its main begins.
#include <unistd.h>

#include <cstdio>
#include <cstring>

static bool has(const char* arch) {
  const auto is = [arch](const char* name) { return std::strcmp(arch, name) == 0; };
#if defined(__x86_64__)
  if (is("sse2")) return true;
  if (is("sse4_2")) return __builtin_cpu_supports("sse4.2");
  if (is("avx2")) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (is("avx512"))
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
#endif
  return is("scalar");
}

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: on_cpu ARCH PROGRAM ARGUMENTS...\n");
    return 2;
  }
  if (!has(argv[1])) {
    std::printf("skipped: this processor has no %s\n", argv[1]);
    return 77;
  }
  execv(argv[2], argv + 2);
  std::perror(argv[2]);
  return 2;
}

// The system's allocator.
#include <cstdlib>

#include "problem.hpp"

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

namespace compare {

namespace {

std::string version() {
#if defined(__GLIBC__)
  return std::string("glibc ") + gnu_get_libc_version();
#else
  return "the system's";
#endif
}

solver solve(const problem& p, float*) {
  if (p.op != "allocate") return {};
  return [size = p.n[0]](float* copy) {
    auto* const bytes = static_cast<volatile char*>(std::malloc(static_cast<std::size_t>(size)));
    for (std::int64_t i = 0; i < size; i += 4096) bytes[i] = 1;
    std::free(const_cast<char*>(bytes));
    if (copy) *copy = 1;
  };
}

const rival self = {"malloc", version, [](int) {}, solve};

}  // namespace

const rival* system_malloc() { return &self; }

}  // namespace compare

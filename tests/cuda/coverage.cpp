// test: links=tenon_cuda_on_host
// Which elementwise functions the CUDA library has: all, in every type that the CPU has them in.
#include <tenon/tenon.hpp>

#include "../support/catch.hpp"

#include <string>

using namespace tenon;

namespace {

// op_at_7<T>: the struct of the row in line 7 of docs/support.md's rows.
#define JOIN_NAMES(a, b) a##b
#define JOIN(a, b) JOIN_NAMES(a, b)
#define SECTION_OF_ROWS(title)
#define CONSTRAINED(name, ...)
#define ROW(name, op, ...) \
  template <class T>       \
  using JOIN(op_at_, __LINE__) = op;
#pragma push_macro("SECTION")
#undef SECTION
#define SECTION SECTION_OF_ROWS
#include "../build/support_table/rows.inc"
#undef ROW

// What of F is missing: its name and the types.
template <template <class> class F>
std::string missing(const char* name) {
  std::string types;
  for (int i = 0; i < dtype_count; ++i)
    visit(static_cast<dtype>(i), [&]<class T>(type_tag<T>) {
      if constexpr (requires { typename F<T>::rule; })
        if (supports<F<T>>(dtype_of<T>) && !supports<F<T>>(dtype_of<T>, device::cuda)) types += std::string(" ") + name_of(dtype_of<T>);
    });
  return types.empty() ? types : name + (":" + types + "\n");
}

std::string all_missing() {
  std::string all;
#define ROW(name, op, ...) all += missing<JOIN(op_at_, __LINE__)>(name);
#include "../build/support_table/rows.inc"
#undef ROW
  return all;
}
#pragma pop_macro("SECTION")

}  // namespace

TEST_CASE("every elementwise function has its kernels") { CHECK(all_missing() == ""); }

// The table of dtypes that each op has, from the structs that the calls themselves ask (ops/supports.hpp).
//
//   support_table            docs/support.md
//   support_table yes        a C++ file with a function for each cell that is set: all of it must compile
//   support_table no         the same for the cells that are not: each line must be refused (check_support.sh)
#include <tenon/tenon.hpp>

#include <cstdio>
#include <string_view>

namespace {

using namespace tenon;

#include "row_structs.inc"
#undef CONSTRAINED
#undef SECTION

struct row {
  const char *name, *call;
  bool has[dtype_count];
  bool on_cuda;
};

template <template <class> class Op>
constexpr row row_of(const char* name, const char* call) {
  row r{name, call, {}, false};
  for (int i = 0; i < dtype_count; ++i)
    visit(static_cast<dtype>(i), [&]<class T>(type_tag<T>) {
      r.has[i] = supports<Op<T>>(dtype_of<T>);
      r.on_cuda = r.on_cuda || supports<Op<T>>(dtype_of<T>, device::cuda);
    });
  return r;
}
// A function whose signature says it: can_call(type_tag<T>) is whether the call is well-formed.
template <class Can>
constexpr row constrained_row(const char* name, const char* call, Can can_call) {
  row r{name, call, {}, false};
  for (int i = 0; i < dtype_count; ++i) visit(static_cast<dtype>(i), [&](auto tag) { r.has[i] = can_call(tag); });
  return r;
}

#define X (std::declval<tensor<T>&>())
template <class Section, class Each>
void for_each_row(Section section, Each each) {
#define SECTION(title) section(title);
#define ROW(name, op, ...) each(row_of<JOIN(op_at_, __LINE__)>(name, #__VA_ARGS__));
#define CONSTRAINED(name, ...) \
  each(constrained_row(name, #__VA_ARGS__, []<class T>(type_tag<T>) { return requires { __VA_ARGS__; }; }));
#include "rows.inc"
#undef CONSTRAINED
#undef ROW
#undef SECTION
}
#undef X

void print_table() {
  std::puts(
      "# Which op has which dtype\n"
      "\n"
      "Written by `tests/build/support_table/table.cpp` from the structs that the calls themselves ask: `supports<op::softmax>(dtype::float16)` and\n"
      "a cell below are the same answer, and a test compiles every cell: where there is a dot, the call does not compile, and says why. The\n"
      "dtype is that of the operands. Integers and bools in ops that answer with fractions become float. Views (`reshape`, `permute`, `slice`,\n"
      "`expand`, ...), `clone`, `contiguous`, `copy_`, `fill_`, `to`, `item`, `cast` have all dtypes.\n"
      "\n"
      "Device: all rows are for the CPU. Which of them `tenon::cuda` has, `supports<...>(dtype, device::cuda)` says in a program that links\n"
      "it; elsewhere a call on another device answers `unsupported`. What PyTorch has and this table has not: see KNOWN_ISSUES.md.");
  for_each_row(
      [](const char* title) {
        std::printf("\n## %s\n\n| op | bool | uint8 | int8 | int16 | int32 | int64 | half | bfloat16 | float | double | complex64 | complex128 |\n|---|", title);
        for (int i = 0; i < dtype_count; ++i) std::printf("---|");
        std::printf("\n");
      },
      [](const row& r) {
        std::printf("| `%s` |", r.name);
        for (const bool cell : r.has) std::printf(" %s |", cell ? "x" : "·");
        std::printf("%s\n", r.on_cuda ? " CUDA" : "");
      });
}

// A function for each cell, on a line of its own.
void print_cells(bool set) {
  std::puts("#include <tenon/tenon.hpp>\nnamespace tn = tenon;\nusing tn::op::product_rank;\nextern tn::tensor<bool> B;\nextern tn::tensor<std::int64_t> I;\nextern tn::tensor<float> F;");
  constexpr const char* types[] = {"bool",     "std::uint8_t", "std::int8_t", "std::int16_t", "std::int32_t",        "std::int64_t",
                                   "tn::half", "tn::bfloat16", "float",       "double",       "std::complex<float>", "std::complex<double>"};
  int cell = 0;
  for_each_row([](const char*) {},
               [&](const row& r) {
                 for (int i = 0; i < dtype_count; ++i)
                   if (r.has[i] == set)
                     std::printf("void cell_%d(tn::tensor<%s>& X) { using T = %s; static_cast<void>(sizeof(X)); static_cast<void>(T()); static_cast<void>(tn::%s); }  // %s\n",
                                 ++cell, types[i], types[i], r.call, r.name);
               });
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  if (wanted.empty())
    print_table();
  else
    print_cells(wanted == "yes");
}

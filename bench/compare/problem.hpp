#pragma once
// One row of the comparison: a task on given numbers, which Tenon and its rivals each solve.
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace compare {

// Where the result goes. kept: into memory that exists, as PyTorch's out= does. fresh: the call allocates it and it dies after
// the call, as in a chain of functional calls.
enum class form { kept, fresh };

struct problem {
  std::string op;                                // gemm, conv2d, relu, ...: rows.cpp lists them with their sizes n
  std::vector<std::int64_t> n;
  form result = form::kept;
  std::vector<const float*> in;
  std::size_t out_size = 0;                      // in elements
  std::size_t compared = 0;                      // numbers that a solver copies out to be compared, where the kept result is not
                                                 // floats, or is random
  double flops = 0, bytes = 0;                   // what the task needs at least
  double tolerance = 1e-5;                       // relative to the largest value: every contender must agree
  double floor = 0;                              // the ratio that must be reached; 0: none stated
  std::string against;                           // the rival that the floor speaks of; empty: the best of all

  std::string sizes() const {
    std::string text;
    for (const auto size : n) text.append(text.empty() ? "" : " x ").append(std::to_string(size));
    return text;
  }
};

// Solves the problem once. A result of form::fresh, or what stands for it (`compared`), is copied to `copy`, unless that is null.
// Empty: this contender does not do it, or is not built in.
using solver = std::function<void(float* copy)>;

struct rival {
  const char* name;
  std::string (*version)();                      // and what it picked for this processor
  void (*set_threads)(int n);
  solver (*solve)(const problem&, float* out);
};

std::vector<problem> rows();

// Memory for numbers, from the start of a page, as allocators place large blocks.
struct free_pages {
  void operator()(float* p) const { ::operator delete(p, std::align_val_t{4096}); }
};
using memory = std::unique_ptr<float, free_pages>;
inline memory allocate(std::size_t count) { return memory(static_cast<float*>(::operator new((count + 1) * sizeof(float), std::align_val_t{4096}))); }

// Places below `size`, from numbers in [-1, 1): what gathers read, and classes.
inline std::vector<std::int64_t> places(const float* x, std::int64_t count, std::int64_t size) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  for (auto& place : all) place = static_cast<std::int64_t>((static_cast<double>(*x++) + 1) / 2 * static_cast<double>(size));
  return all;
}

// What stands for a random result.
inline void mean_and_variance(const float* x, std::int64_t count, float* two) {
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += x[i], squares += static_cast<double>(x[i]) * x[i];
  const double n = static_cast<double>(count), mean = sum / n;
  two[0] = static_cast<float>(mean);
  two[1] = static_cast<float>(squares / n - mean * mean);
}

solver tenon_solver(const problem&, float* out);

// Each is defined in its own file, there as null where the library was not found.
const rival* torch();
const rival* openblas();
const rival* onednn();
const rival* eigen();
const rival* system_malloc();

}  // namespace compare

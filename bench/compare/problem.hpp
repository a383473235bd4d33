#pragma once
// One row of the comparison: a task on given numbers, which Tenon and its rivals each solve into memory of their own.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace compare {

struct problem {
  std::string op;                                // gemm, conv2d, relu, add, exp, chain, softmax, ..., add_1
  std::vector<std::int64_t> n;                   // its sizes, as `rows.cpp` documents them
  std::vector<const float*> in;
  double flops = 0, bytes = 0;                   // what the task needs at least
  std::size_t out_size = 0;
  double tolerance = 1e-4;                       // relative to the largest value: every contender must agree
  double floor = 0;                              // the ratio to the best rival that must be reached; 0: none stated
  bool functional_floor = false;                 // the floor is against a rival's functional form

  std::string name() const {
    std::string text = op;
    for (const auto size : n) text += "_" + std::to_string(size);
    return text;
  }
};

// Solves the problem once into `out`. Empty: this rival does not do it, or is not built in.
using solver = std::function<void()>;

struct rival {
  const char* name;                              // "torch", "torch functional", "openblas", "eigen", "onednn"
  std::string (*version)();
  solver (*solve)(const problem&, float* out);
};

// Each is defined in its own file, or here as missing where the library was not found.
const rival* torch();
const rival* torch_functional();
const rival* openblas();
const rival* eigen();
const rival* onednn();

solver tenon_solver(const problem&, float* out);

void set_threads(int n);                         // of every contender
void set_torch_threads(int n);
void set_openblas_threads(int n);
void set_onednn_threads(int n);

}  // namespace compare

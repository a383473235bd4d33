#pragma once
// What the contenders of bench_linalg solve, and what they hand in.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bench_linalg {

using index = std::int64_t;

enum class op { solve, inv, cholesky, qr, lstsq, eigvals, eig, eigvalsh, eigh, svdvals, svd };
const char* name_of(op o);

// `count` matrices (m, n), one after the other, column-major; by rows as well, the order of a dense tensor.
struct problem {
  op what = op::solve;
  index count = 1, m = 0, n = 0;
  std::vector<double> columns, rows;
  std::vector<double> right;                     // solve, lstsq: a vector of m for each
  index size() const { return m * n; }
};

// The results for one matrix, column-major. Complex numbers are pairs.
struct answer {
  std::vector<double> first, second, third;      // x | X | L | Q, R | w | w, V | s | U, s, V^T
};

// One contender on one problem.
struct task {
  std::function<void()> run;                     // all matrices
  std::function<answer(index)> collect;          // what the last run found for one of them
};

struct contender {
  std::string name, version;
  std::function<void(int threads)> set_threads;
  std::function<task(const problem&, int threads)> prepare;
};

contender tenon_contender();
contender eigen_contender();
// LAPACK from a shared library that has its Fortran names; no name: it is not there.
contender lapack_contender(const std::string& name, const char* library);

// The work of `count` matrices on so many threads: f(first, last).
void share(index count, int threads, const std::function<void(index, index)>& f);

}  // namespace bench_linalg

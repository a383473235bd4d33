// test: unoptimised
// Iterations that reach their cap: no_convergence, which matrix, after how much work, and how many values had been found.
//
// Matrices are a dense block of three and a diagonal, whose values need no sweep: without sweeps, just the block's are missing, whatever
// rounding does.
#include <tenon/linalg/cond.hpp>
#include <tenon/linalg/eig.hpp>
#include <tenon/linalg/eigh.hpp>
#include <tenon/linalg/pinv.hpp>
#include <tenon/linalg/schur.hpp>
#include <tenon/linalg/svd.hpp>

#include "residual.hpp"

namespace tenon_test::convergence_test {
namespace linalg = tn::linalg;

namespace {

constexpr auto jacobi = linalg::svd_driver::jacobi;

// For as long as it lives.
struct sweep_limit {
  explicit sweep_limit(index_t n) { linalg::limit_sweeps(n); }
  ~sweep_limit() { linalg::limit_sweeps(-1); }
};

// The block is symmetric, and at the end where the iteration comes last.
zoo::matrix<double> block_and_diagonal(index_t n, bool at_end) {
  const double block[3][3] = {{1, 2, 3}, {2, 5, 7}, {3, 7, 4}};
  const index_t from = at_end ? n - 3 : 0;
  return zoo::build(n, n, [&](index_t i, index_t j) {
    if (i >= from && i < from + 3 && j >= from && j < from + 3) return block[i - from][j - from];
    return i == j ? static_cast<double>(i + 10) : 0.0;
  });
}
template <class T>
tn::tensor<T> hard(index_t n, bool at_end = false) {
  return zoo::tensor_of(zoo::convert<T>(block_and_diagonal(n, at_end)));
}
// The diagonal matrix nine times, but for number 5.
template <class T>
tn::tensor<T> hard_batch(index_t n, bool at_end = false) {
  auto x = empty<T>({9, n, n});
  const auto a = zoo::convert<T>(block_and_diagonal(n, at_end));
  for (index_t b = 0; b < 9; ++b)
    for (index_t i = 0; i < n * n; ++i) x.data()[b * n * n + i] = b == 5 || i % (n + 1) == 0 ? a.v[static_cast<std::size_t>(i)] : T(0);
  return x;
}

template <class R>
std::string message(const R& r) {
  REQUIRE(!r);
  CHECK(r.error().code() == tn::error_code::no_convergence);
  return std::string(r.error().message());
}

// "...: 17 of 32 are found"; all n where there is no error.
template <class R>
index_t found(const R& r, index_t n) {
  if (r) return n;
  const auto text = message(r);
  return std::stoll(text.substr(text.find(": ", text.find(": ") + 2) + 2));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("no sweeps: what needs none is found", "", zoo::types) {
  using T = TestType;
  const sweep_limit none(0);
  const auto top = hard<T>(8), end = hard<T>(8, true);
  CHECK(message(linalg::svd(top)) == "svd: the matrix has not converged after 0 sweeps for each singular value: 5 of 8 are found");
  CHECK(message(linalg::svdvals(top)) == "svdvals: the matrix has not converged after 0 sweeps for each singular value: 5 of 8 are found");
  CHECK(message(linalg::eigh(end)) == "eigh: the matrix has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
  CHECK(message(linalg::eigvalsh(end)) == "eigvalsh: the matrix has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
  CHECK(message(linalg::eig(top)) == "eig: the matrix has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
  CHECK(message(linalg::eigvals(top)) == "eigvals: the matrix has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
  CHECK(message(linalg::schur(top)) == "schur: the matrix has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
  CHECK(message(linalg::pinv(top)) == "pinv: the matrix has not converged after 0 sweeps for each singular value: 5 of 8 are found");
  CHECK(message(linalg::cond(top)) == "cond: the matrix has not converged after 0 sweeps for each singular value: 5 of 8 are found");
  // Diagonal matrices are not iterated on.
  CHECK(linalg::svd(hard_batch<T>(3).select(0, 0)));
  CHECK(linalg::eigh(hard_batch<T>(3).select(0, 0)));
}

TEMPLATE_LIST_TEST_CASE("no sweeps: beyond every crossover", "", zoo::types) {
  using T = TestType;
  const sweep_limit none(0);
  // Divide and conquer: three values of one of its pieces. The multishift QR algorithm counts rounds, of which it needs one for a diagonal element, too.
  CHECK(message(linalg::svd(hard<T>(100))) == "svd: the matrix has not converged after 0 sweeps for each singular value: 97 of 100 are found");
  CHECK(message(linalg::svdvals(hard<T>(100))) == "svdvals: the matrix has not converged after 0 sweeps for each singular value: 97 of 100 are found");
  CHECK(message(linalg::eigh(hard<T>(100, true))) == "eigh: the matrix has not converged after 0 sweeps for each eigenvalue: 97 of 100 are found");
  CHECK(message(linalg::schur(hard<T>(100))) == "schur: the matrix has not converged after 0 sweeps for each eigenvalue: 0 of 100 are found");
}

TEMPLATE_LIST_TEST_CASE("no sweeps: one matrix of a batch", "", zoo::types) {
  using T = TestType;
  {
    const sweep_limit none(0);
    CHECK(message(linalg::svd(hard_batch<T>(8))) == "svd: matrix [5] of the batch has not converged after 0 sweeps for each singular value: 5 of 8 are found");
    CHECK(message(linalg::svdvals(hard_batch<T>(8))) ==
          "svdvals: matrix [5] of the batch has not converged after 0 sweeps for each singular value: 5 of 8 are found");
    CHECK(message(linalg::svdvals(hard_batch<T>(4))) ==
          "svdvals: matrix [5] of the batch has not converged after 0 sweeps for each singular value: 1 of 4 are found");
    CHECK(message(linalg::eigh(hard_batch<T>(8, true))) ==
          "eigh: matrix [5] of the batch has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
    CHECK(message(linalg::eigvalsh(hard_batch<T>(8, true))) ==
          "eigvalsh: matrix [5] of the batch has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
    CHECK(message(linalg::eig(hard_batch<T>(8))) == "eig: matrix [5] of the batch has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
    CHECK(message(linalg::schur(hard_batch<T>(8))) == "schur: matrix [5] of the batch has not converged after 0 sweeps for each eigenvalue: 5 of 8 are found");
  }
  CHECK(linalg::svd(hard_batch<T>(8)));
  CHECK(linalg::eig(hard_batch<T>(8)));
}

// In the first sweep each column of the block is turned, and none of the others.
TEMPLATE_LIST_TEST_CASE("Jacobi's svd stops after its sweeps", "", zoo::types) {
  using T = TestType;
  const sweep_limit one(1);
  CHECK(message(linalg::svd(hard<T>(8), {.driver = jacobi})) == "svd: the matrix has not converged after 1 sweeps over all pairs of columns: 5 of 8 are found");
  CHECK(message(linalg::svdvals(hard<T>(40), {.driver = jacobi})) ==
        "svdvals: the matrix has not converged after 1 sweeps over all pairs of columns: 37 of 40 are found");
  CHECK(message(linalg::svd(hard_batch<T>(8), {.driver = jacobi})) ==
        "svd: matrix [5] of the batch has not converged after 1 sweeps over all pairs of columns: 5 of 8 are found");
}

// With more sweeps more is found, until all is. QR finds values one after the other; Jacobi may turn all columns in one sweep and none in
// the next.
TEMPLATE_LIST_TEST_CASE("what is found grows with the sweeps", "", zoo::types) {
  using T = TestType;
  const index_t n = 40;
  const auto r = zoo::random(n, n, 3);
  const auto x = zoo::tensor_of(zoo::convert<T>(zoo::build(n, n, [&](index_t i, index_t j) { return r(std::min(i, j), std::max(i, j)); })));
  const auto check = [&](const char* name, auto call) {
    INFO(name);
    index_t before = 0, partly = 0;
    for (const index_t sweeps : {0, 1, 2, 3, 4, 6, 8, 30}) {
      const sweep_limit limit(sweeps);
      const index_t now = found(call(), n);
      CHECK(now >= before);
      if (sweeps == 0) CHECK(now < n);
      partly += now > 0 && now < n;
      before = now;
    }
    CHECK(before == n);
    return partly;
  };
  CHECK(check("svd", [&] { return linalg::svd(x); }) > 0);
  CHECK(check("eigh", [&] { return linalg::eigh(x); }) > 0);
  CHECK(check("eigvalsh", [&] { return linalg::eigvalsh(x); }) > 0);
  check("Jacobi", [&] { return linalg::svd(x, {.driver = jacobi}); });
}

}  // namespace tenon_test::convergence_test

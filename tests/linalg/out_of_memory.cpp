// test: serial unoptimised
// Memory runs out at every n-th allocation of each op: it ends in out_of_memory with its name, leaks nothing, and leaves its inputs as
// they were.
#include <tenon/core/memory.hpp>
#include <tenon/linalg.hpp>

#include "residual.hpp"

namespace tenon_test::out_of_memory_test {
namespace linalg = tn::linalg;
namespace memory = tn::memory;

namespace {

// f() with ever more memory, until it succeeds.
template <class F>
void starve(F f) {
  const auto live = memory::statistics().allocated;
  for (std::int64_t n = 0; n < 1000; ++n) {
    memory::fail_after(n);
    {
      const auto r = f();
      memory::fail_after(-1);
      INFO("after " << n << " allocations: " << r.error().message());
      if (r) {
        CHECK(n > 0);                                        // it did allocate
        CHECK(memory::statistics().allocated >= live);
        break;
      }
      CHECK(r.error() == tn::error_code::out_of_memory);
      CHECK_FALSE(std::string(r.error().op()).empty());
    }
    REQUIRE(memory::statistics().allocated == live);
  }
  CHECK(memory::statistics().allocated == live);
}

}  // namespace

TEST_CASE("linear algebra without memory") {
  const auto a = zoo::tensor_of(zoo::convert<double>(zoo::lehmer(6))), b = zoo::tensor_of(zoo::convert<double>(zoo::random(6, 2)));
  const auto c = zoo::tensor_of(zoo::convert<double>(zoo::random(6, 6)));
  const auto before = values(a);
  const auto f = linalg::lu_factor(a);
  const auto l = linalg::cholesky(a);
  const auto g = linalg::ldl_factor(a);
  starve([&] { return linalg::lu(a); });
  starve([&] { return linalg::lu_factor(a); });
  starve([&] { return linalg::lu_solve(f->lu, f->pivots, b); });
  starve([&] { return linalg::solve(a, b); });
  starve([&] { return linalg::inv(a); });
  starve([&] { return linalg::det(a); });
  starve([&] { return linalg::slogdet(a); });
  starve([&] { return linalg::cholesky(a, {.upper = true}); });
  starve([&] { return linalg::cholesky_solve(b, l); });
  starve([&] { return linalg::cholesky_inverse(l); });
  starve([&] { return linalg::ldl_factor(a); });
  starve([&] { return linalg::ldl_solve(g->ld, g->pivots, b); });
  starve([&] { return linalg::qr(a); });
  starve([&] { return linalg::qr(b, linalg::qr_mode::complete); });
  starve([&] { return linalg::geqrf(a); });
  starve([&] { return linalg::solve_triangular(a, b, true); });
  starve([&] { return linalg::lstsq(b, a); });
  starve([&] { return linalg::householder_product(b, tn::unwrap(tn::select(b, 0, 0))); });
  starve([&] { return linalg::hessenberg(c); });
  starve([&] { return linalg::schur(c); });
  starve([&] { return linalg::eig(c); });
  starve([&] { return linalg::eigvals(c); });
  starve([&] { return linalg::eigh(a); });
  starve([&] { return linalg::eigvalsh(a); });
  starve([&] { return linalg::svd(b); });
  starve([&] { return linalg::svdvals(b); });
  starve([&] { return linalg::svd_lowrank(b, {.q = 2}); });
  starve([&] { return linalg::pca_lowrank(b, {.q = 2}); });
  starve([&] { return linalg::polar(b); });
  starve([&] { return linalg::pinv(b); });
  starve([&] { return linalg::matrix_rank(b); });
  starve([&] { return linalg::matrix_norm(a, linalg::nuc); });
  starve([&] { return linalg::cond(a, 1); });
  starve([&] { return linalg::matrix_exp(a); });
  starve([&] { return linalg::matrix_power(a, -3); });
  starve([&] { return linalg::multi_dot({a, a, b}); });
  starve([&] { return linalg::kron(a, b); });
  starve([&] { return linalg::vander(b); });
  starve([&] { return linalg::diag_embed(b); });
  starve([&] { return linalg::block_diag({a, b}); });
  starve([&] { return linalg::tensorinv(a, 1); });
  starve([&] { return linalg::tensorsolve(a, tn::unwrap(tn::select(c, 0, 0))); });
  CHECK(values(a) == before);
}

}  // namespace tenon_test::out_of_memory_test

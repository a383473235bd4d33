#pragma once
// What svd and svdvals promise of a matrix, whichever driver computes them.
#include <tenon/linalg/svd.hpp>

#include "residual.hpp"

namespace tenon_test::svd_contract {

namespace linalg = tn::linalg;

// The bound of the contract: ||A - U diag(s) V^H|| <= c n eps ||A|| and as much for the orthogonality of U and V. Singular values move
// by no more than the backward error's norm (Weyl), so they are within c n eps ||A|| too: down to eps times the largest. The zoo's worst
// is 5.3, of a matrix whose rotations all have the same rounding error in c^2 + s^2; usual is 1.
inline constexpr double c = 10;

// All that is asked of a batch, computed once however many of its matrices are looked at.
template <class T>
struct answers {
  tn::result<tn::tensor<tn::real_t<T>>> values;
  tn::result<linalg::svd_result<T>> full, thin;

  explicit answers(const tn::tensor<T>& x, linalg::svd_driver driver = linalg::svd_driver::automatic)
      : values(in_time(x, [&] { return linalg::svdvals(x, {.driver = driver}); })), full(in_time(x, [&] { return linalg::svd(x, {.driver = driver}); })), thin(in_time(x, [&] { return linalg::svd(x, {.full_matrices = false, .driver = driver}); })) {}
};

template <class T>
void check(const zoo::animal& animal, const tn::tensor<T>& x, const answers<T>& got, index_t batch) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << animal.name);
  const auto a = read_matrix(x, batch);
  const index_t m = a.rows, n = a.cols, k = std::min(m, n);
  const auto size = frobenius(a);
  // Values are rounded to T once more at the end, which counts where they are subnormal.
  const auto rounding = static_cast<double>(std::numeric_limits<tn::real_t<T>>::denorm_min() / (size > 0 ? size : 1));
  const double unit = static_cast<double>(std::max<index_t>({m, n, 1})) * epsilon_of<T> + rounding;
  REQUIRE(got.values);
  const auto alone = read_vector(*got.values, batch);
  REQUIRE(alone.size() == static_cast<std::size_t>(k));
  const auto descends = [](const auto& v) { return std::is_sorted(v.rbegin(), v.rend()) && (v.empty() || v.back() >= 0); };
  CHECK(descends(alone));
  for (const bool full : {true, false}) {
    const auto& f = full ? got.full : got.thin;
    REQUIRE(f);
    const auto u = read_matrix(f->u, batch), vh = read_matrix(f->vh, batch);
    const auto s = read_vector(f->s, batch);
    REQUIRE(u.rows == m);
    REQUIRE(u.cols == (full ? m : k));
    REQUIRE(vh.rows == (full ? n : k));
    REQUIRE(vh.cols == n);
    REQUIRE(s.size() == static_cast<std::size_t>(k));
    CHECK(descends(s));
    CHECK(orthogonality<T>(u) <= c);
    CHECK(orthogonality<T>(adjoint(vh)) <= c);
    wide_matrix<T> left(m, k), right(k, n);
    for (index_t i = 0; i < m; ++i)
      for (index_t j = 0; j < k; ++j) left(i, j) = u(i, j);
    for (index_t i = 0; i < k; ++i)
      for (index_t j = 0; j < n; ++j) right(i, j) = vh(i, j);
    CHECK(svd_residual<T>(a, left, s, right) <= c);
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (size > 0) CHECK(static_cast<double>(std::abs(s[i] - alone[i]) / size) <= 2 * c * unit);
      else CHECK(s[i] == 0);
    }
  }
  if (size > 0)
    for (std::size_t i = 0; i < animal.singular_values.size(); ++i) {
      // Rounding the zoo's entries to T moves them, too.
      CHECK(static_cast<double>(std::abs(alone[i] - static_cast<wider_t<tn::real_t<T>>>(animal.singular_values[i])) / size) <= 2 * c * unit);
    }
}

template <class T>
void check(const zoo::animal& animal, const tn::tensor<T>& x, index_t batch = 0, linalg::svd_driver driver = linalg::svd_driver::automatic) {
  check(animal, x, answers<T>(x, driver), batch);
}

// What of the zoo has this shape, and so many random ones.
template <class T>
std::vector<zoo::animal> animals_of(index_t m, index_t n, std::uint64_t random) {
  std::vector<zoo::animal> animals;
  const auto add = [&](const auto& all) {
    for (const auto& x : zoo::choose(all))
      if (x.a.rows == m && x.a.cols == n && zoo::representable<T>(x.a)) animals.push_back(x);
  };
  if (m == n) {
    add(zoo::general(n));
    add(zoo::symmetric(n));
  }
  add(zoo::rectangular(m, n));
  for (std::uint64_t seed = 1; seed <= random; ++seed) animals.push_back({.name = "random", .a = zoo::random(m, n, seed)});
  return animals;
}

}  // namespace tenon_test::svd_contract

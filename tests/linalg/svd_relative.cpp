// What svd by one-sided Jacobi promises beyond svd's contract: each singular value of A = B D, D diagonal, to a relative error that
// B's condition bounds, however far D spreads.
//
// Bound      |ds_i| <= c n eps kappa(B) s_i (Demmel & Veselic 1992, theorem 2.14 with the errors of the QR before it): a step changes column j by
//            a few eps of its length, a perturbation E D of B D with ||E|| <= n eps ||B||, and s_i(B D + E D) = s_i((I + E B^-1) B D).
//            What is measured here stays below c = 0.5.
// Reference  The same method in long double, on the rounded entries of A: 64 bits and sizes to 10^4932, so that nothing has to be scaled.
#include "svd_contract.hpp"

namespace tenon_test::svd_relative_test {
namespace linalg = tn::linalg;

namespace {

using number = std::complex<long double>;
constexpr double c = 1;

// Singular values, descending. a (m, n), m >= n.
std::vector<long double> reference_values(zoo::matrix<number> a) {
  const index_t m = a.rows, n = a.cols;
  for (bool turned = true; turned;) {
    turned = false;
    for (index_t i = 0; i < n; ++i)
      for (index_t j = i + 1; j < n; ++j) {
        long double x = 0, y = 0;
        number g = 0;
        for (index_t k = 0; k < m; ++k) {
          x += std::norm(a(k, i));
          y += std::norm(a(k, j));
          g += times(std::conj(a(k, i)), a(k, j));
        }
        const long double size = std::abs(g);
        if (size <= 8 * std::numeric_limits<long double>::epsilon() * std::sqrt(x) * std::sqrt(y)) continue;
        turned = true;
        const long double zeta = (y - x) / (2 * size), t = (zeta < 0 ? -1 : 1) / (std::fabs(zeta) + std::sqrt(1 + zeta * zeta));
        const long double cosine = 1 / std::sqrt(1 + t * t), sine = cosine * t;
        const number phase = g / size;
        for (index_t k = 0; k < m; ++k) {
          const number p = a(k, i), q = times(a(k, j), std::conj(phase));
          a(k, i) = cosine * p - sine * q;
          a(k, j) = sine * p + cosine * q;
        }
      }
  }
  std::vector<long double> s;
  for (index_t j = 0; j < n; ++j) {
    long double sum = 0;
    for (index_t k = 0; k < m; ++k) sum += std::norm(a(k, j));
    s.push_back(std::sqrt(sum));
  }
  std::sort(s.rbegin(), s.rend());
  return s;
}

// A = B D: B (m, n) with singular values from 1 to 1 / kappa, D's powers of two spread evenly from 2^-bits to 2^bits, shuffled.
template <class T>
zoo::matrix<T> graded(index_t m, index_t n, double kappa, int bits, std::uint64_t seed) {
  std::vector<double> s;
  for (index_t i = 0; i < n; ++i) s.push_back(std::pow(kappa, -static_cast<double>(i) / static_cast<double>(n - 1)));
  auto a = zoo::convert<T>(zoo::with_singular_values(m, n, s, seed));
  for (index_t j = 0; j < n; ++j) {
    const index_t step = (j * 5 + static_cast<index_t>(seed)) % n;                    // n is no multiple of 5
    const auto d = std::ldexp(tn::real_t<T>(1), static_cast<int>(-bits + 2 * bits * step / (n - 1)));
    for (index_t i = 0; i < m; ++i) a(i, j) *= d;
  }
  return a;
}

// The largest |ds_i| / s_i.
template <class T>
double relative_error(const tn::tensor<tn::real_t<T>>& values, index_t batch, const std::vector<long double>& expected) {
  const auto s = read_vector(values, batch);
  REQUIRE(s.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < s.size(); ++i) worst = std::max(worst, static_cast<double>(std::fabs(static_cast<long double>(s[i]) - expected[i]) / expected[i]));
  return worst;
}

template <class T>
void check_graded(index_t m, index_t n, double kappa, int bits) {
  constexpr index_t count = zoo::reduced ? 5 : 11;                                     // whole groups of lanes and a part of one
  auto x = empty<T>({count, m, n});
  std::vector<std::vector<long double>> expected;
  for (index_t b = 0; b < count; ++b) {
    const auto a = graded<T>(m, n, kappa, bits, static_cast<std::uint64_t>(b + 1));
    std::copy(a.v.begin(), a.v.end(), x.data() + b * m * n);
    zoo::matrix<number> wide(m, n);
    for (std::size_t k = 0; k < a.v.size(); ++k) wide.v[k] = number(a.v[k]);
    expected.push_back(reference_values(wide));
  }
  const double bound = c * static_cast<double>(m) * epsilon_of<T> * kappa;
  const linalg::svd_options thin{.full_matrices = false, .driver = linalg::svd_driver::jacobi};
  const auto together = linalg::svdvals(x, {.driver = linalg::svd_driver::jacobi});
  const auto vectors = linalg::svd(x, thin), wide = linalg::svd(*x.transpose(1, 2), thin);
  const auto plain = linalg::svdvals(x, {.driver = linalg::svd_driver::bidiagonal});
  REQUIRE((together && vectors && wide && plain));
  double worst = 0;                                                                   // of the other driver
  for (index_t b = 0; b < count; ++b) {
    INFO(tn::name_of(tn::dtype_of<T>) << " " << m << "x" << n << ", kappa " << kappa << ", 2^+-" << bits << ", matrix " << b);
    const auto& e = expected[static_cast<std::size_t>(b)];
    CHECK(relative_error<T>(*together, b, e) <= bound);
    CHECK(relative_error<T>(vectors->s, b, e) <= bound);
    if (m > n) CHECK(relative_error<T>(wide->s, b, e) <= bound);                      // of A^T: D B^T
    CHECK(relative_error<T>(*linalg::svdvals(*x.select(0, b), {.driver = linalg::svd_driver::jacobi}), 0, e) <= bound);
    worst = std::max(worst, relative_error<T>(*plain, b, e));
  }
  if (n > 3) CHECK(worst > 1000 * bound);                                             // which is no error of its: it promises s_1 eps
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("singular values of graded matrices, each to its last digits", "", zoo::types) {
  using R = tn::real_t<TestType>;
  // The largest entry is moved to 2^-24 times the largest number; columns down to 2^-20 times the shortest keep all their digits above the smallest.
  using limits = std::numeric_limits<R>;
  const int most = (limits::max_exponent - limits::min_exponent - limits::digits - 44) / 2;
  for (const auto& [m, n] : {std::pair<index_t, index_t>{2, 2}, {4, 4}, {9, 3}, {8, 8}, {31, 12}, {32, 32}, zoo::reduced ? std::pair<index_t, index_t>{38, 34} : std::pair<index_t, index_t>{52, 41}})
    for (const double kappa : {1.0, 100.0})
      for (const int bits : {30, most}) check_graded<TestType>(m, n, kappa, bits);
}

}  // namespace tenon_test::svd_relative_test

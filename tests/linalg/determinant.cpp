#include <tenon/linalg/determinant.hpp>

#include "residual.hpp"

namespace tenon_test::determinant_test {
namespace linalg = tn::linalg;

namespace {

// By elimination with complete pivoting in a wider type; and the condition that its error is measured with, ||A|| ||A^-1||.
template <class W>
struct reference {
  W sign = 1;
  long double log = 0, condition = 0;                        // of |det|

  explicit reference(zoo::matrix<W> a) {
    const index_t n = a.rows;
    const auto norm = frobenius(a);
    auto inverse = wide_identity<W>(n);
    for (index_t k = 0; k < n; ++k) {
      index_t p = k;
      for (index_t i = k; i < n; ++i)
        if (std::abs(a(i, k)) > std::abs(a(p, k))) p = i;
      for (index_t j = 0; j < n; ++j) {
        std::swap(a(k, j), a(p, j));
        std::swap(inverse(k, j), inverse(p, j));
      }
      if (p != k) sign = -sign;
      const W pivot = a(k, k);
      if (pivot == W(0)) {
        sign = 0;
        log = -inf;
        return;
      }
      sign *= pivot / std::abs(pivot);
      log += std::log(static_cast<long double>(std::abs(pivot)));
      for (index_t i = 0; i < n; ++i) {
        if (i == k) continue;
        const W f = a(i, k) / pivot;
        for (index_t j = 0; j < n; ++j) {
          a(i, j) -= times(f, a(k, j));
          inverse(i, j) -= times(f, inverse(k, j));
        }
      }
    }
    for (index_t i = 0; i < n; ++i)
      for (index_t j = 0; j < n; ++j) inverse(i, j) /= a(i, i);
    condition = static_cast<long double>(norm) * static_cast<long double>(frobenius(inverse));
  }
};

// det(A + E) = det(A) (1 + trace(A^-1 E) + ...): an error of at most n ||A^-1|| ||E|| relatively, with ||E|| <= 2 n eps g ||A||.
// The zoo's growth is below 8.
template <class T>
void check(const zoo::animal& animal) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << animal.name);
  const auto x = zoo::tensor_of<T>(animal);
  const auto n = static_cast<double>(x.size(0));
  const reference<wider_t<T>> want(read_matrix(x));
  using limits = std::numeric_limits<tn::real_t<T>>;
  // Below the smallest normal number there are fewer digits.
  const double norm = static_cast<double>(frobenius(read_matrix(x))), digits = norm > 0 && norm < static_cast<double>(limits::min()) ? static_cast<double>(limits::min()) / norm : 1;
  const double error = 16 * n * digits * epsilon_of<T> * static_cast<double>(want.condition) * std::sqrt(n);
  const bool singular = want.sign == wider_t<T>(0);
  if (!(error < 0.1) && !singular) return;                   // numerically singular: any small number is right
  const auto det = in_time(x, [&] { return linalg::det(x); });
  REQUIRE(det);
  const auto got = std::complex<long double>(static_cast<wider_t<T>>(det->data()[0]));
  // Of a singular matrix, that of a neighbour: at most n ||E|| ||A||^(n-1).
  const long double most = n * std::log(static_cast<long double>(frobenius(read_matrix(x)))) + std::log(16 * n * n * epsilon_of<T>);
  if (singular) {
    CHECK((got == 0.0L || std::log(std::abs(got)) <= most));
  } else if (want.log < std::log(static_cast<long double>(limits::max())) && want.log > std::log(static_cast<long double>(limits::min()))) {
    const long double log_error = 1e-18L * std::fabs(want.log);                        // of the reference itself
    CHECK(std::abs(got / std::exp(want.log) - std::complex<long double>(want.sign)) <= error + static_cast<double>(log_error));
  }
  const auto log = in_time(x, [&] { return linalg::slogdet(x); });
  REQUIRE(log);
  const auto logabsdet = static_cast<long double>(log->logabsdet.data()[0]);
  const auto sign = static_cast<wider_t<T>>(log->sign.data()[0]);
  if (singular) {
    CHECK((sign == wider_t<T>(0) ? logabsdet == -inf : logabsdet <= most));
  } else {
    CHECK(std::fabs(logabsdet - want.log) <= error + 4 * epsilon_of<T> * std::fabs(logabsdet));
    CHECK(std::abs(sign - want.sign) <= error + 4 * epsilon_of<T>);
  }
}

template <class T>
void check_zoo() {
  for (const index_t n : {0, 1, 2, 3, 8, 17, 33}) {
    for (const auto& x : zoo::general(n))
      if (zoo::representable<T>(x.a)) check<T>(x);
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) check<T>(x);
  }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("det and slogdet of the zoo", "", zoo::types) { check_zoo<TestType>(); }

TEST_CASE("det: larger matrices") {
  check<double>({.name = "random", .a = zoo::random(300, 300)});
  CHECK(*linalg::det(zoo::tensor_of(zoo::convert<double>(zoo::second_difference(300))))->at() == Approx(301).epsilon(1e-10));
}

TEST_CASE("det: special values") {
  CHECK(*linalg::det(empty<double>({0, 0}))->at() == 1);
  CHECK(values(linalg::det(empty<double>({2, 0, 0}))) == std::vector<double>{1, 1});
  CHECK(*linalg::slogdet(empty<double>({0, 0}))->logabsdet.at() == 0);
  // The product overflows and vanishes on the way, but not in the end.
  const auto graded = make<double>({4, 4}, {1e200, 0, 0, 0, 0, 1e200, 0, 0, 0, 0, 1e-200, 0, 0, 0, 0, 1e-200});
  CHECK(*linalg::det(graded)->at() == Approx(1));
  CHECK(*linalg::det(make<double>({2, 2}, {1e200, 0, 0, 1e200}))->at() == inf);
  CHECK(*linalg::slogdet(make<double>({2, 2}, {1e200, 0, 0, 1e200}))->logabsdet.at() == Approx(400 * std::numbers::ln10));
  CHECK(*linalg::det(make<double>({2, 2}, {0, 1, 1, 0}))->at() == -1);
  for (const index_t n : {2, 9, 40}) {
    CHECK(*linalg::det(zoo::tensor_of(zoo::convert<double>(zoo::matrix<double>(n, n, 1.0))))->at() == 0);
    CHECK(*linalg::det(zoo::tensor_of(zoo::convert<double>(zoo::jordan_block(n, 0))))->at() == 0);
    CHECK(*linalg::slogdet(zoo::tensor_of(zoo::convert<double>(zoo::matrix<double>(n, n))))->logabsdet.at() == -inf);
  }
  CHECK(values(linalg::det(make<double>({2, 2, 2}, {1, 2, 3, 4, 1, 2, 2, 4}))) == std::vector<double>{-2, 0});
  CHECK(values(linalg::logdet(make<double>({4, 1, 1}, {1, 0, -1, std::numbers::e})))[3] == Approx(1));
  CHECK(*linalg::logdet(make<double>({1, 1}, {0}))->at() == -inf);
  CHECK(std::isnan(*linalg::logdet(make<double>({1, 1}, {-1}))->at()));
  const auto turn = linalg::logdet(make<std::complex<double>>({1, 1}, {-1}));
  CHECK(std::abs(*turn->at() - std::complex<double>(0, std::numbers::pi)) < 1e-15);
  auto out = empty<float>({2});
  CHECK(linalg::det_into(out, make<float>({2, 1, 1}, {3, 4})));
  CHECK(values(out) == std::vector<double>{3, 4});
  CHECK(*linalg::det(*make<double>({2, 3, 3}, uniform(18, -1, 1)).transpose(1, 2))->at(1) == Approx(*linalg::det(make<double>({2, 3, 3}, uniform(18, -1, 1)))->at(1)));
}

TEST_CASE("det: errors") {
  CHECK(linalg::det(make<double>({2}, {1, 2})).error().message() == "det: a matrix or a batch of them is needed, got shape [2]");
  CHECK(linalg::slogdet(make<double>({1, 2}, {1, 2})).error().message() == "slogdet: square matrices are needed, got shape [1, 2]");
  CHECK(linalg::det(make<double>({2, 1, 1}, {1, NaN})).error().message() == "det: matrix [1] of the batch holds NaN or infinity");
}

}  // namespace tenon_test::determinant_test

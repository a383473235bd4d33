#include <tenon/linalg/eigh.hpp>

#include <oneapi/tbb/task_arena.h>

#include "residual.hpp"

namespace tenon_test::eigh_test {
namespace linalg = tn::linalg;

namespace {

// The bound of the contract: ||A Z - Z diag(w)|| <= c n eps ||A||, ||Z^H Z - I|| <= c n eps. Eigenvalues of a Hermitian matrix move by
// no more than the backward error's norm (Weyl).
constexpr double c = 4;

// All that is asked of a batch, computed once however many of its matrices are looked at.
template <class T>
struct answers {
  tn::result<linalg::eigh_result<T>> pairs;
  tn::result<tn::tensor<tn::real_t<T>>> values;

  explicit answers(const tn::tensor<T>& x) : pairs(in_time(x, [&] { return linalg::eigh(x); })), values(in_time(x, [&] { return linalg::eigvalsh(x); })) {}
};

template <class T>
void check(const zoo::animal& animal, const tn::tensor<T>& x, const answers<T>& got, index_t batch) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << animal.name);
  const auto a = read_matrix(x, batch);
  const index_t n = a.rows;
  const auto& f = got.pairs;
  REQUIRE(f);
  const auto w = read_vector(f->eigenvalues, batch);
  const auto z = read_matrix(f->eigenvectors, batch);
  REQUIRE(w.size() == static_cast<std::size_t>(n));
  REQUIRE(std::is_sorted(w.begin(), w.end()));
  const std::vector<wider_t<T>> as_entries(w.begin(), w.end());
  CHECK(eigen_residual<T>(a, z, as_entries) <= c);
  CHECK(orthogonality<T>(z) <= c);
  REQUIRE(got.values);
  const auto alone = read_vector(*got.values, batch);
  REQUIRE(std::is_sorted(alone.begin(), alone.end()));
  const auto size = frobenius(a);
  // Values are rounded to T once more at the end, which counts where they are subnormal.
  const auto last = static_cast<double>(std::numeric_limits<tn::real_t<T>>::denorm_min() / (size > 0 ? size : 1));
  const double unit = static_cast<double>(std::max<index_t>(n, 1)) * epsilon_of<T> + last;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (size > 0) CHECK(static_cast<double>(std::abs(w[i] - alone[i]) / size) <= 2 * c * unit);
    else CHECK(alone[i] == 0);
  }
  if (!animal.eigenvalues.empty() && size > 0) {
    std::vector<double> expected;
    for (const auto& e : animal.eigenvalues) expected.push_back(e.real());
    std::sort(expected.begin(), expected.end());
    // The zoo's matrices are rounded to T, some after rotations in double.
    for (std::size_t i = 0; i < w.size(); ++i) CHECK(static_cast<double>(std::abs(w[i] - expected[i]) / size) <= 2 * c * unit);
  }
}

template <class T>
void check(const zoo::animal& animal, const tn::tensor<T>& x, index_t batch = 0) {
  check(animal, x, answers<T>(x), batch);
}

template <class T>
void check_zoo() {
  for (const index_t n : {0, 1, 2, 3, 8, 17, 33, 70})
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) check<T>(x, zoo::tensor_of<T>(x));
}

template <class T>
zoo::matrix<T> random_hermitian(index_t n, std::uint64_t seed = 3) {
  const auto r = zoo::random(n, n, seed);
  return zoo::convert<T>(zoo::build(n, n, [&](index_t i, index_t j) { return r(std::min(i, j), std::max(i, j)); }));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("eigh of the zoo", "", zoo::types) { check_zoo<TestType>(); }

TEMPLATE_LIST_TEST_CASE("eigh of larger matrices", "", zoo::some_types) {
  for (const index_t n : {zoo::large * 2 / 5 + 1, zoo::large}) check<TestType>({.name = "random", .a = {}}, zoo::tensor_of(random_hermitian<TestType>(n)));
  const std::size_t times = zoo::reduced ? 15 : 30;
  std::vector<double> w(5 * times);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<double>(i / times);
  zoo::animal repeats{.name = "repeats", .a = zoo::symmetric_with_eigenvalues(w, 5)};
  repeats.eigenvalues = zoo::as_complex(w);
  check<TestType>(repeats, zoo::tensor_of<TestType>(repeats));
}

// Wilkinson's matrices glued by small entries: hundreds of eigenvalues in tight clusters. Nearly everything deflates.
TEST_CASE("eigh of glued Wilkinson matrices") {
  const index_t n = 21 * 9;
  const auto a = zoo::build(n, n, [](index_t i, index_t j) {
    if (i == j) return static_cast<double>(std::abs(i % 21 - 10));
    if (std::abs(i - j) != 1) return 0.0;
    return std::max(i, j) % 21 == 0 ? 1e-9 : 1.0;
  });
  check<double>({.name = "glued", .a = {}}, zoo::tensor_of(zoo::convert<double>(a)));
}

TEMPLATE_LIST_TEST_CASE("eigh of batches and of strided input", "", zoo::two_types) {
  using T = TestType;
  auto x = empty<T>({2, 3, 6, 6});
  for (index_t b = 0; b < 6; ++b) {
    const auto a = random_hermitian<T>(6, static_cast<std::uint64_t>(b + 5));
    std::copy(a.v.begin(), a.v.end(), x.data() + b * 36);
  }
  for (index_t b = 0; b < 6; ++b) {
    check<T>({.name = "batch", .a = {}}, x, b);
    check<T>({.name = "transposed", .a = {}}, *x.transpose(2, 3), b);
  }
  for (index_t b = 0; b < 3; ++b) check<T>({.name = "broadcast", .a = {}}, *(*x.narrow(0, 0, 1)).expand({4, 3, 6, 6}), b);
  const auto values = linalg::eigvalsh(x);
  REQUIRE(values);
  CHECK(values->shape() == tn::shape{2, 3, 6});
}

// Small matrices of a batch are computed one in each lane of a vector: all kinds beside each other, whole groups and partial ones.
TEMPLATE_LIST_TEST_CASE("eigh of a batch of unlike small matrices", "", zoo::some_types) {
  using T = TestType;
  for (const index_t n : {2, 3, 8, 17, 32}) {
    std::vector<zoo::animal> animals;
    for (auto& x : zoo::symmetric(n))
      if (x.a.rows == n && zoo::representable<T>(x.a)) animals.push_back(x);
    for (std::uint64_t seed = 1; seed < 20; ++seed) {
      const auto r = zoo::random(n, n, seed);
      animals.push_back({.name = "random", .a = zoo::build(n, n, [&](index_t i, index_t j) { return r(std::min(i, j), std::max(i, j)); })});
    }
    const auto count = static_cast<index_t>(animals.size());
    auto x = empty<T>({count, n, n});
    for (index_t b = 0; b < count; ++b) {
      const auto a = zoo::convert<T>(animals[static_cast<std::size_t>(b)].a);
      std::copy(a.v.begin(), a.v.end(), x.data() + b * n * n);
    }
    const answers<T> got(x);
    for (index_t b = 0; b < count; ++b) check<T>(animals[static_cast<std::size_t>(b)], x, got, b);
    // A matrix's bits do not depend on its place or its neighbours.
    const auto whole = linalg::eigh(x), rest = linalg::eigh(*x.narrow(0, 3, count - 3));
    REQUIRE(whole);
    REQUIRE(rest);
    for (index_t i = 3 * n; i < count * n; ++i) CHECK(whole->eigenvalues.data()[i] == rest->eigenvalues.data()[i - 3 * n]);
    // One that is not finite is refused by its number, wherever it stands.
    x.data()[(count - 2) * n * n] = std::numeric_limits<tn::real_t<T>>::infinity();
    const auto refused = linalg::eigvalsh(x);
    REQUIRE(!refused);
    CHECK(std::string(refused.error().message()) == "eigvalsh: matrix [" + std::to_string(count - 2) + "] of the batch holds NaN or infinity");
  }
}

TEMPLATE_TEST_CASE("eigh reads one triangle", "", double, std::complex<float>) {
  using T = TestType;
  const index_t n = 40;
  const auto a = random_hermitian<T>(n);
  const auto whole = linalg::eigvalsh(zoo::tensor_of(a));
  REQUIRE(whole);
  for (const auto part : {linalg::uplo::lower, linalg::uplo::upper}) {
    auto half = a;
    for (index_t i = 0; i < n; ++i)
      for (index_t j = 0; j < n; ++j)
        if (part == linalg::uplo::lower ? j > i : j < i) half(i, j) = T(std::numeric_limits<tn::real_t<T>>::quiet_NaN());
    const auto w = linalg::eigvalsh(zoo::tensor_of(half), part);
    REQUIRE(w);
    for (index_t i = 0; i < n; ++i) CHECK(w->data()[i] == whole->data()[i]);
    CHECK(linalg::eigh(zoo::tensor_of(half), part));
  }
}

TEST_CASE("eigh of a diagonal matrix is exact over the whole range") {
  auto x = empty<double>({4, 4});
  std::fill_n(x.data(), 16, 0.0);
  const double d[4] = {1e300, -3e-310, 1e-300, -1e308};
  for (index_t i = 0; i < 4; ++i) x.data()[i * 5] = d[i];
  const auto f = linalg::eigh(x);
  REQUIRE(f);
  const double sorted[4] = {-1e308, -3e-310, 1e-300, 1e300};
  for (index_t i = 0; i < 4; ++i) CHECK(f->eigenvalues.data()[i] == sorted[i]);
}

// The bits do not depend on the number of threads.
TEST_CASE("eigh is the same on one thread") {
  const auto x = zoo::tensor_of(random_hermitian<double>(zoo::large));
  const auto many = linalg::eigh(x);
  REQUIRE(many);
  oneapi::tbb::task_arena arena(1);
  arena.execute([&] {
    const auto one = linalg::eigh(x);
    REQUIRE(one);
    CHECK(std::equal(one->eigenvalues.data(), one->eigenvalues.data() + zoo::large, many->eigenvalues.data()));
    CHECK(frobenius(difference(read_matrix(one->eigenvectors), read_matrix(many->eigenvectors))) == 0);
  });
}

TEST_CASE("eigh refuses what it cannot do") {
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  CHECK(message(linalg::eigh(empty<double>({3}))) == "eigh: a matrix or a batch of them is needed, got shape [3]");
  CHECK(message(linalg::eigvalsh(empty<double>({3, 4}))) == "eigvalsh: square matrices are needed, got shape [3, 4]");
  auto x = empty<float>({2, 2, 2});
  std::fill_n(x.data(), 8, 1.0f);
  x.data()[7] = std::numeric_limits<float>::quiet_NaN();
  const auto r = linalg::eigh(x);
  REQUIRE(!r);
  CHECK(r.error().code() == tn::error_code::non_finite_input);
  CHECK(message(r) == "eigh: matrix [1] of the batch holds NaN or infinity");
}

}  // namespace tenon_test::eigh_test

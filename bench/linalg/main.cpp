// Tenon's linear algebra beside LAPACK through OpenBLAS, MKL and Eigen, all in double: one table from one run.
//
//   sh bench/linalg/run.sh                       installs the rivals, builds, runs on 1 and 2 threads, writes the table
//   bench_linalg [--threads N] [--rows TEXT,...] [--csv FILE]        a part of it
//
// Every contender solves the same problem; its result is checked by residuals (against random vectors, so that the check costs a
// product with a vector) and by orthogonality before the clock runs. One that fails is shown as wrong and does not count. Times are
// medians, of repetitions of the contenders in turn. A batch is shared between the threads for every contender, whose own
// threads are then one; else the contender's own threads do the work. LAPACK and Eigen write into memory that they keep, Tenon
// returns new tensors.
#include <algorithm>
#include <chrono>
#include <complex>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "problem.hpp"

namespace bench_linalg {

const char* name_of(op o) {
  static constexpr const char* names[] = {"solve", "inv", "cholesky", "qr", "lstsq", "eigvals", "eig", "eigvalsh", "eigh", "svdvals", "svd"};
  return names[static_cast<int>(o)];
}

void share(index count, int threads, const std::function<void(index, index)>& f) {
  if (threads < 2 || count < 2) return f(0, count);
  std::vector<std::thread> others;
  const index each = (count + threads - 1) / threads;
  for (int t = 1; t < threads; ++t) others.emplace_back([&f, each, count, t] { f(std::min(t * each, count), std::min((t + 1) * each, count)); });
  f(0, each);
  for (auto& t : others) t.join();
}

namespace {

double uniform(std::uint64_t& state) {                         // splitmix64, in [-1, 1)
  std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

problem make_problem(op what, index count, index m, index n) {
  problem p{what, count, m, n, {}, {}, {}};
  std::uint64_t state = 1;
  const auto total = static_cast<std::size_t>(count * m * n);
  p.columns.resize(total);
  p.rows.resize(total);
  for (auto& x : p.columns) x = uniform(state);
  const bool symmetric = what == op::eigvalsh || what == op::eigh || what == op::cholesky;
  for (index b = 0; b < count; ++b) {
    double* const a = p.columns.data() + b * m * n;
    for (index j = 0; symmetric && j < n; ++j) {
      for (index i = 0; i < j; ++i) a[i + j * m] = a[j + i * m];
      if (what == op::cholesky) a[j + j * m] += static_cast<double>(n);
    }
    for (index i = 0; i < m; ++i)
      for (index j = 0; j < n; ++j) p.rows[static_cast<std::size_t>(b * m * n + i * n + j)] = a[i + j * m];
  }
  if (what == op::solve || what == op::lstsq) {
    p.right.resize(static_cast<std::size_t>(count * m));
    for (auto& x : p.right) x = uniform(state);
  }
  return p;
}

// ---- checks, on complex vectors throughout

using number = std::complex<double>;
using vector = std::vector<number>;

struct view {                                                  // column-major, real or pairs
  const double* data;
  index rows, cols;
  bool pairs = false;
  number operator()(index i, index j) const {
    const double* p = data + (pairs ? 2 : 1) * (i + j * rows);
    return {p[0], pairs ? p[1] : 0};
  }
};
vector times(const view& a, const vector& x) {
  vector y(static_cast<std::size_t>(a.rows));
  for (index j = 0; j < a.cols; ++j)
    for (index i = 0; i < a.rows; ++i) y[static_cast<std::size_t>(i)] += a(i, j) * x[static_cast<std::size_t>(j)];
  return y;
}
vector adjoint_times(const view& a, const vector& x) {
  vector y(static_cast<std::size_t>(a.cols));
  for (index j = 0; j < a.cols; ++j)
    for (index i = 0; i < a.rows; ++i) y[static_cast<std::size_t>(j)] += std::conj(a(i, j)) * x[static_cast<std::size_t>(i)];
  return y;
}
vector random_vector(index n) {
  vector x(static_cast<std::size_t>(n));
  std::uint64_t state = 99;
  for (auto& v : x) v = uniform(state);
  return x;
}
double norm(const vector& x) {
  double sum = 0;
  for (const auto& v : x) sum += std::norm(v);
  return std::sqrt(sum);
}
double norm(const view& a) {
  double sum = 0;
  for (index j = 0; j < a.cols; ++j)
    for (index i = 0; i < a.rows; ++i) sum += std::norm(a(i, j));
  return std::sqrt(sum);
}
vector minus(vector x, const vector& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] -= y[i];
  return x;
}
// Q^H Q x = x
double orthogonality(const view& q) {
  const vector x = random_vector(q.cols);
  return norm(minus(adjoint_times(q, times(q, x)), x)) / norm(x);
}
vector scaled(vector x, const view& w) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= w(static_cast<index>(i), 0);
  return x;
}

// The worst relative error; NaN where something is NaN.
double error_of(const problem& p, index at, const answer& r, const answer& reference) {
  const index m = p.m, n = p.n, k = std::min(m, n);
  const view a{p.columns.data() + at * p.size(), m, n};
  const double size = norm(a);
  const auto apart = [&](const vector& x, const vector& y) { return norm(minus(x, y)); };
  const auto values = [](const answer& v, bool pairs) {
    vector x;
    for (std::size_t i = 0; i < v.first.size(); i += pairs ? 2 : 1) x.emplace_back(v.first[i], pairs ? v.first[i + 1] : 0);
    std::sort(x.begin(), x.end(), [](number s, number t) { return std::pair(s.real() + 1e-3 * s.imag(), s.imag()) < std::pair(t.real() + 1e-3 * t.imag(), t.imag()); });
    return x;
  };
  switch (p.what) {
    case op::solve: {
      vector x(r.first.begin(), r.first.end()), b(p.right.begin() + at * m, p.right.begin() + (at + 1) * m);
      return apart(times(a, x), b) / (size * norm(x));
    }
    case op::lstsq: {
      vector x(r.first.begin(), r.first.begin() + n), b(p.right.begin() + at * m, p.right.begin() + (at + 1) * m);
      return norm(adjoint_times(a, minus(times(a, x), b))) / (size * size * norm(x));
    }
    case op::inv: {
      const view inverse{r.first.data(), n, n};
      const vector x = random_vector(n);
      return apart(times(inverse, times(a, x)), x) / (size * norm(inverse) * norm(x));
    }
    case op::cholesky: {
      const view l{r.first.data(), n, n};
      const vector x = random_vector(n);
      return apart(times(l, adjoint_times(l, x)), times(a, x)) / (size * norm(x));
    }
    case op::qr: {
      const view q{r.first.data(), m, k}, upper{r.second.data(), k, n};
      const vector x = random_vector(n);
      return std::max(apart(times(q, times(upper, x)), times(a, x)) / (size * norm(x)), orthogonality(q));
    }
    case op::eigvals: return apart(values(r, true), values(reference, true)) / size / 1e3;     // of a random matrix: well conditioned enough
    case op::eig: {
      const view w{r.first.data(), n, 1, true}, v{r.second.data(), n, n, true};
      const vector x = random_vector(n);
      return apart(times(a, times(v, x)), times(v, scaled(x, w))) / (size * norm(x));
    }
    case op::eigvalsh:
    case op::svdvals: return apart(values(r, false), values(reference, false)) / size;
    case op::eigh: {
      const view w{r.first.data(), n, 1}, v{r.second.data(), n, n};
      const vector x = random_vector(n);
      return std::max(apart(times(a, times(v, x)), times(v, scaled(x, w))) / (size * norm(x)), orthogonality(v));
    }
    case op::svd: {
      const view u{r.first.data(), m, k}, s{r.second.data(), k, 1}, vt{r.third.data(), k, n};
      const vector x = random_vector(n);
      return std::max(apart(times(u, scaled(times(vt, x), s)), times(a, x)) / (size * norm(x)), orthogonality(u));
    }
  }
  return 0;
}

// ---- time

double seconds_of(const std::function<void()>& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct outcome {
  double seconds = 0;
  bool right = false, present = false;
};

std::vector<outcome> measure(const problem& p, const std::vector<contender>& all, int threads) {
  constexpr int repetitions = 7;
  constexpr double enough = 1.5;                               // seconds for a contender
  std::vector<outcome> outcomes(all.size());
  std::vector<task> tasks(all.size());
  std::vector<std::vector<double>> times(all.size());
  std::vector<int> calls(all.size(), 1);
  std::vector<double> spent(all.size(), 0);
  answer reference;
  for (std::size_t c = 0; c < all.size(); ++c) {
    if (!all[c].prepare) continue;
    all[c].set_threads(p.count > 1 && c > 0 ? 1 : threads);
    tasks[c] = all[c].prepare(p, threads);
    if (!tasks[c].run) continue;
    outcomes[c].present = true;
    const double first = seconds_of(tasks[c].run), second = first > 1 ? first : seconds_of(tasks[c].run);
    calls[c] = std::max(1, static_cast<int>(0.01 / second));
    if (first > 1) {
      times[c].push_back(first);
      spent[c] = first;
    }
    outcomes[c].right = true;
    for (const index at : {index{0}, p.count - 1}) {
      const answer r = tasks[c].collect(at);
      if (c == 0 && at == 0) reference = r;
      if ((p.what == op::eigvals || p.what == op::eigvalsh || p.what == op::svdvals) && at != 0) break;
      outcomes[c].right = outcomes[c].right && error_of(p, at, r, reference) < 1e-12 * std::sqrt(static_cast<double>(std::max(p.m, p.n)));
    }
  }
  for (int round = 0; round < repetitions; ++round)
    for (std::size_t c = 0; c < all.size(); ++c) {
      if (!outcomes[c].present || spent[c] > enough) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));               // the last contender's threads stop looking for work
      all[c].set_threads(p.count > 1 && c > 0 ? 1 : threads);
      const double s = seconds_of([&] {
        for (int i = 0; i < calls[c]; ++i) tasks[c].run();
      });
      spent[c] += s;
      times[c].push_back(s / calls[c]);
    }
  for (std::size_t c = 0; c < all.size(); ++c) {
    if (times[c].empty()) continue;
    std::sort(times[c].begin(), times[c].end());
    outcomes[c].seconds = times[c][times[c].size() / 2];
  }
  return outcomes;
}

struct row {
  op what;
  index count, m, n;
  std::string name() const {
    char text[64];
    int length = std::snprintf(text, sizeof text, m == n ? "%s %d" : "%s %dx%d", name_of(what), static_cast<int>(m), static_cast<int>(n));
    if (count > 1) length += std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), " x%d", static_cast<int>(count));
    return std::string(text, static_cast<std::size_t>(length));
  }
};

std::vector<row> all_rows() {
  std::vector<row> rows;
  for (const op o : {op::solve, op::inv, op::cholesky, op::qr, op::eigvals, op::eig, op::eigvalsh, op::eigh, op::svdvals, op::svd}) {
    for (const index n : {8, 32}) rows.push_back({o, 1000, n, n});
    for (const index n : {100, 300, 1000}) rows.push_back({o, 1, n, n});
    if (o == op::qr || o == op::svdvals || o == op::svd) rows.push_back({o, 1, 2000, 200});
  }
  rows.push_back({op::lstsq, 1, 2000, 200});
  return rows;
}

int run(int argc, char** argv) {
  // Threads that have nothing to do spin for 200 ms in MKL, for 20 ms in OpenBLAS, and would take a core from who comes next. A millisecond
  // is enough to bridge the gaps within one call.
  setenv("KMP_BLOCKTIME", "1", 0);
  setenv("OPENBLAS_THREAD_TIMEOUT", "22", 0);                                  // 2^22 clocks
  int threads = 1;
  std::string filter;
  std::FILE* csv = nullptr;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--threads")) threads = std::atoi(argv[i + 1]);
    else if (!std::strcmp(argv[i], "--rows")) filter = argv[i + 1];
    else if (!std::strcmp(argv[i], "--csv")) csv = std::fopen(argv[i + 1], "a");
    else return std::fprintf(stderr, "bench_linalg [--threads N] [--rows TEXT,...] [--csv FILE]\n"), 2;
  }
  const char* const mkl = std::getenv("TENON_PEER_MKL");
  const char* const openblas = std::getenv("TENON_PEER_OPENBLAS");
  const std::vector<contender> all = {tenon_contender(), lapack_contender("openblas", openblas ? openblas : "libopenblas.so.0"),
                                      lapack_contender("mkl", mkl ? mkl : "libmkl_rt.so"), eigen_contender()};
  for (const auto& c : all) std::printf("%s %s\n", c.prepare ? c.name.c_str() : "missing", c.version.c_str());
  std::printf("%-20s %12s %12s %12s %12s   best/tenon\n", "", "tenon", "openblas", "mkl", "eigen");
  for (const row& r : all_rows()) {
    const std::string name = r.name();
    bool wanted = filter.empty();
    for (std::size_t begin = 0; !wanted && begin <= filter.size();) {
      const std::size_t end = std::min(filter.find(',', begin), filter.size());
      wanted = name.starts_with(filter.substr(begin, end - begin));
      begin = end + 1;
    }
    if (!wanted) continue;
    const problem p = make_problem(r.what, r.count, r.m, r.n);
    const auto outcomes = measure(p, all, threads);
    double best = 0;
    std::printf("%-20s", name.c_str());
    if (csv) std::fprintf(csv, "%s,%d", name.c_str(), threads);
    for (std::size_t c = 0; c < all.size(); ++c) {
      const outcome& o = outcomes[c];
      if (!o.present) std::printf(" %12s", "missing");
      else std::printf(" %9.3f ms%s", 1e3 * o.seconds, o.right ? "" : "!");
      if (csv) std::fprintf(csv, ",%.9g", !o.present ? 0 : o.right ? o.seconds : -o.seconds);
      if (c > 0 && o.present && o.right && (best == 0 || o.seconds < best)) best = o.seconds;
    }
    std::printf("   %.2f\n", outcomes[0].right && outcomes[0].seconds > 0 ? best / outcomes[0].seconds : 0.0);
    std::fflush(stdout);
    if (csv) std::fprintf(csv, "\n"), std::fflush(csv);
  }
  if (csv) std::fclose(csv);
  return 0;
}

}  // namespace

}  // namespace bench_linalg

int main(int argc, char** argv) { return bench_linalg::run(argc, argv); }

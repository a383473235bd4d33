// LAPACK through its Fortran interface, from a library that is opened by name: OpenBLAS and MKL have the same names, and here each keeps
// its own. The input is copied before each call, because LAPACK writes over it; workspace is asked for once, ahead of time.
#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "problem.hpp"

// MKL takes slow generic code on processors that are not Intel's, unless this function of its own says otherwise; the program's
// definition comes before MKL's.
extern "C" int mkl_serv_intel_cpu_true() { return 1; }

namespace bench_linalg {

namespace {

using integer = int;
using character = const char*;

struct library {
  void* handle = nullptr;
  template <class F>
  void find(F*& f, const char* symbol) const { f = reinterpret_cast<F*>(dlsym(handle, symbol)); }

  void (*gesv)(const integer*, const integer*, double*, const integer*, integer*, double*, const integer*, integer*) = nullptr;
  void (*getrf)(const integer*, const integer*, double*, const integer*, integer*, integer*) = nullptr;
  void (*getri)(const integer*, double*, const integer*, const integer*, double*, const integer*, integer*) = nullptr;
  void (*potrf)(character, const integer*, double*, const integer*, integer*) = nullptr;
  void (*geqrf)(const integer*, const integer*, double*, const integer*, double*, double*, const integer*, integer*) = nullptr;
  void (*orgqr)(const integer*, const integer*, const integer*, double*, const integer*, const double*, double*, const integer*, integer*) = nullptr;
  void (*gels)(character, const integer*, const integer*, const integer*, double*, const integer*, double*, const integer*, double*, const integer*, integer*) = nullptr;
  void (*geev)(character, character, const integer*, double*, const integer*, double*, double*, double*, const integer*, double*, const integer*, double*,
               const integer*, integer*) = nullptr;
  void (*syevd)(character, character, const integer*, double*, const integer*, double*, double*, const integer*, integer*, const integer*, integer*) = nullptr;
  void (*gesdd)(character, const integer*, const integer*, double*, const integer*, double*, double*, const integer*, double*, const integer*, double*,
                const integer*, integer*, integer*) = nullptr;

  explicit library(const char* file) : handle(file && *file ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : nullptr) {
    if (!handle) return;
    find(gesv, "dgesv_");
    find(getrf, "dgetrf_");
    find(getri, "dgetri_");
    find(potrf, "dpotrf_");
    find(geqrf, "dgeqrf_");
    find(orgqr, "dorgqr_");
    find(gels, "dgels_");
    find(geev, "dgeev_");
    find(syevd, "dsyevd_");
    find(gesdd, "dgesdd_");
  }
  bool complete() const { return handle && gesv && getrf && getri && potrf && geqrf && orgqr && gels && geev && syevd && gesdd; }
};

// What one thread needs besides the results.
struct scratch {
  std::vector<double> a, work, imag, vectors;
  std::vector<integer> integers;
};

struct results {
  std::vector<double> first, second, third;
  index first_size = 0, second_size = 0, third_size = 0;
};

class lapack_task {
 public:
  lapack_task(const library& l, const problem& p) : l_(l), p_(p), m_(static_cast<integer>(p.m)), n_(static_cast<integer>(p.n)), k_(std::min(m_, n_)) {
    const index m = p.m, n = p.n, k = k_;
    const bool complex = p.what == op::eigvals || p.what == op::eig;
    switch (p.what) {
      case op::solve: r_.first_size = m; break;
      case op::inv: case op::cholesky: r_.first_size = n * n; break;
      case op::qr: r_.first_size = m * k; r_.second_size = k * n; break;
      case op::lstsq: r_.first_size = m; break;
      case op::eigvals: case op::eig: case op::eigvalsh: case op::eigh: r_.first_size = complex ? 2 * n : n; break;
      case op::svdvals: r_.first_size = k; break;
      case op::svd: r_.first_size = m * k; r_.second_size = k; r_.third_size = k * n; break;
    }
    if (p.what == op::eig) r_.second_size = 2 * n * n;
    if (p.what == op::eigh) r_.second_size = n * n;
    r_.first.resize(static_cast<std::size_t>(p.count * r_.first_size));
    r_.second.resize(static_cast<std::size_t>(p.count * r_.second_size));
    r_.third.resize(static_cast<std::size_t>(p.count * r_.third_size));
  }

  void run(int threads) {
    share(p_.count, threads, [&](index begin, index end) {
      static thread_local scratch s;
      prepare(s);
      for (index i = begin; i < end; ++i) one(i, s);
    });
  }
  answer collect(index i) const {
    const auto part = [i](const std::vector<double>& v, index size) { return std::vector<double>(v.begin() + i * size, v.begin() + (i + 1) * size); };
    return {part(r_.first, r_.first_size), part(r_.second, r_.second_size), part(r_.third, r_.third_size)};
  }

 private:
  const library& l_;
  const problem& p_;
  integer m_, n_, k_;
  results r_;

  void prepare(scratch& s) const {
    const auto size = static_cast<std::size_t>(p_.size());
    s.a.resize(size);
    s.integers.resize(static_cast<std::size_t>(8 * std::max(m_, n_) + 8));
    s.imag.resize(2 * static_cast<std::size_t>(n_) + 1);
    if (p_.what == op::eig) s.vectors.resize(size);
    const index all = std::max(p_.m, p_.n);
    const index most = p_.what == op::eigh || p_.what == op::svd || p_.what == op::svdvals ? 5 * all * std::min(p_.m, p_.n) + 80 * all + 8 : 80 * all + 8;
    if (static_cast<index>(s.work.size()) < most) s.work.resize(static_cast<std::size_t>(most));
    const auto integers = static_cast<std::size_t>(8 * all + 8);
    if (s.integers.size() < integers) s.integers.resize(integers);
  }

  void one(index i, scratch& s) {
    const integer one = 1, lwork = static_cast<integer>(s.work.size()), liwork = static_cast<integer>(s.integers.size());
    integer info = 0;
    double* const a = s.a.data();
    double* const x = r_.first.data() + i * r_.first_size;
    double* const y = r_.second_size ? r_.second.data() + i * r_.second_size : nullptr;
    double* const z = r_.third_size ? r_.third.data() + i * r_.third_size : nullptr;
    const double* const given = p_.columns.data() + i * p_.size();
    const auto bytes = static_cast<std::size_t>(p_.size()) * sizeof(double);
    switch (p_.what) {
      case op::solve:
        std::memcpy(a, given, bytes);
        std::memcpy(x, p_.right.data() + i * p_.m, static_cast<std::size_t>(p_.m) * sizeof(double));
        l_.gesv(&n_, &one, a, &n_, s.integers.data(), x, &n_, &info);
        break;
      case op::inv:
        std::memcpy(x, given, bytes);
        l_.getrf(&n_, &n_, x, &n_, s.integers.data(), &info);
        l_.getri(&n_, x, &n_, s.integers.data(), s.work.data(), &lwork, &info);
        break;
      case op::cholesky:
        std::memcpy(x, given, bytes);
        l_.potrf("L", &n_, x, &n_, &info);
        for (index j = 1; j < p_.n; ++j) std::fill_n(x + j * p_.n, j, 0.0);
        break;
      case op::qr:
        std::memcpy(x, given, bytes);
        l_.geqrf(&m_, &n_, x, &m_, s.imag.data(), s.work.data(), &lwork, &info);
        for (index j = 0; j < p_.n; ++j)
          for (index r = 0; r < k_; ++r) y[r + j * k_] = r <= j ? x[r + j * p_.m] : 0;
        l_.orgqr(&m_, &k_, &k_, x, &m_, s.imag.data(), s.work.data(), &lwork, &info);
        break;
      case op::lstsq:
        std::memcpy(a, given, bytes);
        std::memcpy(x, p_.right.data() + i * p_.m, static_cast<std::size_t>(p_.m) * sizeof(double));
        l_.gels("N", &m_, &n_, &one, a, &m_, x, &m_, s.work.data(), &lwork, &info);
        break;
      case op::eigvals:
      case op::eig: {
        std::memcpy(a, given, bytes);
        double* const re = s.imag.data();
        double* const im = re + n_;
        double* const v = s.vectors.data();
        l_.geev("N", p_.what == op::eig ? "V" : "N", &n_, a, &n_, re, im, nullptr, &one, v, &n_, s.work.data(), &lwork, &info);
        for (index j = 0; j < p_.n; ++j) {
          x[2 * j] = re[j];
          x[2 * j + 1] = im[j];
        }
        if (y)
          for (index j = 0; j < p_.n; ++j) {
            const bool pair = im[j] > 0;
            for (index r = 0; r < p_.n; ++r) {
              y[2 * (r + j * p_.n)] = v[r + j * p_.n];
              y[2 * (r + j * p_.n) + 1] = pair ? v[r + (j + 1) * p_.n] : 0;
              if (pair) {
                y[2 * (r + (j + 1) * p_.n)] = v[r + j * p_.n];
                y[2 * (r + (j + 1) * p_.n) + 1] = -v[r + (j + 1) * p_.n];
              }
            }
            if (pair) ++j;
          }
        break;
      }
      case op::eigvalsh:
        std::memcpy(a, given, bytes);
        l_.syevd("N", "L", &n_, a, &n_, x, s.work.data(), &lwork, s.integers.data(), &liwork, &info);
        break;
      case op::eigh:
        std::memcpy(y, given, bytes);
        l_.syevd("V", "L", &n_, y, &n_, x, s.work.data(), &lwork, s.integers.data(), &liwork, &info);
        break;
      case op::svdvals:
        std::memcpy(a, given, bytes);
        l_.gesdd("N", &m_, &n_, a, &m_, x, nullptr, &one, nullptr, &one, s.work.data(), &lwork, s.integers.data(), &info);
        break;
      case op::svd:
        std::memcpy(a, given, bytes);
        l_.gesdd("S", &m_, &n_, a, &m_, y, x, &m_, z, &k_, s.work.data(), &lwork, s.integers.data(), &info);
        break;
    }
    if (info != 0) x[0] = __builtin_nan("");                   // the check then fails
  }
};

}  // namespace

contender lapack_contender(const std::string& name, const char* file) {
  auto l = std::make_shared<library>(file);
  if (!l->complete()) return {};
  std::string version;
  char*(*openblas_config)() = nullptr;
  l->find(openblas_config, "openblas_get_config");
  if (openblas_config) version = openblas_config();
  void (*mkl_version)(char*, int) = nullptr;
  l->find(mkl_version, "MKL_Get_Version_String");
  if (mkl_version) {
    char text[200] = {};
    mkl_version(text, sizeof text - 1);
    version = text;
  }
  void (*set_openblas)(int) = nullptr;
  void (*set_mkl)(int) = nullptr;
  l->find(set_openblas, "openblas_set_num_threads");
  l->find(set_mkl, "MKL_Set_Num_Threads");
  return {name, version,
          [=](int threads) {
            if (set_openblas) set_openblas(threads);
            if (set_mkl) set_mkl(threads);
          },
          [l](const problem& p, int threads) {
            auto t = std::make_shared<lapack_task>(*l, p);
            return task{[t, threads] { t->run(threads); }, [t](index i) { return t->collect(i); }};
          }};
}

}  // namespace bench_linalg

#pragma once
// The matrix exponential by scaling and squaring with a Pade approximant.
//
//   exp(A) = (r_m(A / 2^s))^(2^s),   r_m = q(-A)^-1 q(A)
//
// Method     Al-Mohy & Higham, "A new scaling and squaring algorithm for the matrix exponential", SIAM J. Matrix Anal. Appl. 31(3), 2009:
//            degree and scaling follow ||A^4||^(1/4) and ||A^6||^(1/6), which for far from normal A are much smaller than ||A||,
//            so that A is not scaled more than it needs; `more_scaling` adds what the powers of |A| ask for.
//            Degrees 3, 5, 7, 9 and 13 for double, 3, 5 and 7 for float, with the bounds of table 3.1 there (and Higham 2005).
// Departure  ||A^8|| and ||A^10|| are not estimated: ||A^4|| and ||A^6|| bound what is needed of them.
// Precision  Backward stable but for the squarings, whose rounding errors can grow with s.
#include <tenon/kernels/cpu/linalg/lu.hpp>
#include <tenon/kernels/cpu/linalg/real.hpp>
#include <tenon/kernels/linalg/matrix_exp.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

template <class R>
struct exp_degrees;
template <>
struct exp_degrees<double> {
  static constexpr int count = 5, degree[5] = {3, 5, 7, 9, 13};
  static constexpr double theta[5] = {1.495585217958292e-2, 2.539398330063230e-1, 9.504178996162932e-1, 2.097847961257068, 4.25};
};
template <>
struct exp_degrees<float> {
  static constexpr int count = 3, degree[3] = {3, 5, 7};
  static constexpr double theta[3] = {4.258730016922831e-1, 1.880152677804762, 3.925724783138660};
};

// The largest column sum of magnitudes.
template <class T>
double one_norm(matrix<const T> a) {
  double most = 0;
  for (index_t j = 0; j < a.cols; ++j) {
    double sum = 0;
    for (index_t i = 0; i < a.rows; ++i) sum += static_cast<double>(magnitude(a(i, j)));
    most = sum > most || sum != sum ? sum : most;
  }
  return most;
}

template <class T>
class exponential {
  using R = real_of<T>;
  using degrees = exp_degrees<R>;

 public:
  // a becomes exp(a).
  static void compute(matrix<T> a, workspace w) {
    const index_t n = a.rows;
    const auto take = [&] { return matrix<T>{w.template take<T>(n * n), n, n, n}; };
    const matrix<T> a2 = take(), a4 = take(), a6 = take(), a8 = take(), u = take(), v = take(), x = take();
    R* const row = w.template take<R>(n);
    R* const next = w.template take<R>(n);
    std::int32_t* const pivots = w.template take<std::int32_t>(n);

    // The denominator of a lower triangular A would be pivoted, and its unit diagonal lost to rounding, which hundreds of squarings turn into
    // anything. That of an upper triangular one is not.
    const bool lower = is_lower(a);
    if (lower) transpose_square(a);

    // First of all small enough for the powers to be numbers: by the largest element, since a norm may overflow, then by the norm. What is finite is
    // below 2^1024, so that all scalings of this function together are by less than 2^1100 for any n that there is memory for.
    int squarings = 0;
    const auto shrink = [&](double size) {
      if (!(size > 0x1p20)) return;
      const int halvings = __builtin_ilogb(size) - 19;
      scale_all(a, -halvings);
      squarings += halvings;
    };
    shrink(static_cast<double>(largest_part<T>(a)));
    shrink(one_norm<T>(a));
    product_into(a2, plain(a), plain(a), w);
    product_into(a4, plain(a2), plain(a2), w);
    product_into(a6, plain(a4), plain(a2), w);
    const double eta = larger(__builtin_sqrt(__builtin_sqrt(one_norm<T>(a4))), __builtin_cbrt(__builtin_sqrt(one_norm<T>(a6))));
    int which = 0;
    while (which + 1 < degrees::count && !(eta <= degrees::theta[which] && more_scaling(a, degrees::degree[which], row, next) == 0)) ++which;
    const int m = degrees::degree[which];
    if (which + 1 == degrees::count) {
      int s = eta > degrees::theta[which] ? __builtin_ilogb(eta / degrees::theta[which]) + 1 : 0;
      scale_all(a, -s);
      const int more = more_scaling(a, m, row, next);
      scale_all(a, -more);
      s += more;
      scale_all(a2, -2 * s);
      scale_all(a4, -4 * s);
      scale_all(a6, -6 * s);
      squarings += s;
    }
    if (m == 9) product_into(a8, plain(a4), plain(a4), w);

    double b[14] = {1};                                     // q's coefficients
    for (int j = 1; j <= m; ++j) b[j] = b[j - 1] * (m - j + 1) / ((2 * m - j + 1) * static_cast<double>(j));
    if (m == 13) {
      combine(x, {0, b[9], b[11], b[13], 0}, a2, a4, a6, a8);
      product_into(u, plain(a6), plain(x), w);
      combine(x, {b[1], b[3], b[5], b[7], 0}, a2, a4, a6, a8);
      for (index_t j = 0; j < n; ++j) add_scaled<T>(n, T(1), u.col(j), x.col(j));
    } else {
      combine(x, {b[1], b[3], m >= 5 ? b[5] : 0, m >= 7 ? b[7] : 0, m >= 9 ? b[9] : 0}, a2, a4, a6, a8);
    }
    product_into(u, plain(a), plain(x), w);                 // the odd part
    if (m == 13) {
      combine(x, {0, b[8], b[10], b[12], 0}, a2, a4, a6, a8);
      product_into(v, plain(a6), plain(x), w);
      combine(x, {b[0], b[2], b[4], b[6], 0}, a2, a4, a6, a8);
      for (index_t j = 0; j < n; ++j) add_scaled<T>(n, T(1), x.col(j), v.col(j));
    } else {
      combine(v, {b[0], b[2], m >= 5 ? b[4] : 0, m >= 7 ? b[6] : 0, m >= 9 ? b[8] : 0}, a2, a4, a6, a8);
    }
    for (index_t j = 0; j < n; ++j)
      for (index_t i = 0; i < n; ++i) {
        a(i, j) = v(i, j) + u(i, j);
        v(i, j) = v(i, j) - u(i, j);
      }
    factor_lu(v, pivots, w);                                // well conditioned by the choice of m and s
    solve_by_lu<T>(v, pivots, transposition::none, true, a, w);
    matrix<T> from = a, to = x;
    for (int i = 0; i < squarings; ++i) {
      product_into(to, plain(from), plain(from), w);
      const matrix<T> t = from;
      from = to;
      to = t;
    }
    if (from.data != a.data) copy<T>(from, a);
    if (lower) transpose_square(a);
  }

 private:
  static bool is_lower(matrix<const T> a) {
    for (index_t j = 1; j < a.cols; ++j)
      for (index_t i = 0; i < j; ++i)
        if (!is_zero(a(i, j))) return false;
    return true;
  }
  static void transpose_square(matrix<T> a) {
    for (index_t j = 1; j < a.cols; ++j)
      for (index_t i = 0; i < j; ++i) exchange(a(i, j), a(j, i));
  }
  static void scale_all(matrix<T> a, int power) {
    if (power == 0) return;
    const double factor = __builtin_ldexp(1.0, power);
    if (static_cast<R>(factor) != 0) {
      for (index_t j = 0; j < a.cols; ++j) scale(a.rows, static_cast<R>(factor), a.col(j));
      return;
    }
    scale_all(a, power / 2);                                // beyond the type's range in one step
    scale_all(a, power - power / 2);
  }
  // out = c_0 I + c_1 A^2 + c_2 A^4 + c_3 A^6 + c_4 A^8
  static void combine(matrix<T> out, const double (&c)[5], matrix<T> a2, matrix<T> a4, matrix<T> a6, matrix<T> a8) {
    set_identity(out, T(static_cast<R>(c[0])));
    const matrix<T> powers[4] = {a2, a4, a6, a8};
    for (int k = 0; k < 4; ++k)
      if (c[k + 1] != 0)
        for (index_t j = 0; j < out.cols; ++j) add_scaled<T>(out.rows, T(static_cast<R>(c[k + 1])), powers[k].col(j), out.col(j));
  }
  // ell of the paper: how many further halvings the first neglected term asks for, by the exact 1-norm of |A|^(2m+1).
  static int more_scaling(matrix<T> a, int m, R* row, R* next) {
    const double norm = one_norm<T>(a);
    if (norm == 0) return 0;
    double c = 1;                                            // 1 / (binomial(2m, m) (2m + 1)!)
    for (int i = 1; i <= m; ++i) c *= static_cast<double>(i) / static_cast<double>(m + i);
    for (int i = 2; i <= 2 * m + 1; ++i) c /= i;
    for (index_t j = 0; j < a.cols; ++j) row[j] = R(1);
    double log = 0;                                          // what was divided out of the row on the way
    for (int step = 0; step < 2 * m + 1; ++step) {
      R most = 0;
      for (index_t j = 0; j < a.cols; ++j) {
        R sum = 0;
        for (index_t i = 0; i < a.rows; ++i) sum += row[i] * magnitude(a(i, j));
        next[j] = sum;
        most = sum > most ? sum : most;
      }
      if (most == 0) return 0;
      for (index_t j = 0; j < a.cols; ++j) row[j] = next[j] / most;
      log += __builtin_log2(static_cast<double>(most));
    }
    const double excess = log + __builtin_log2(c) - __builtin_log2(norm) - __builtin_log2(static_cast<double>(epsilon<R>) / 2);
    const double more = __builtin_ceil(excess / (2 * m));
    return more > 0 ? static_cast<int>(more) : 0;
  }
};

template <class E>
void run_matrix_exp(const context& ctx, const kernels::linalg::matrix_exp_plan& p, E* data, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    exponential<T>::compute(matrix<T>{as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n}, w);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::matrix_exp_kernel<T>::function function_of(kernels::linalg::matrix_exp_kernel<T>, this_arch) {
  return &linalg::run_matrix_exp<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

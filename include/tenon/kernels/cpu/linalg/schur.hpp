#pragma once
// The Schur form of a Hessenberg matrix of any size.      H = Q T Q^H,   Z <- Z Q
//
//   up to 75 rows   one bulge at a time (schur_small.hpp); so is what is left of a larger one
//   beyond          rounds of aggressive early deflation (schur_deflation.hpp) and a multishift sweep (schur_sweep.hpp), with the
//                   window's undeflated eigenvalues for shifts; where a window has deflated a good part of itself, the
//                   next one is tried before any sweep
//
// Method     Braman, Byers & Mathias, "The multishift QR algorithm", parts I and II, SIAM J. Matrix Anal. Appl. 23 (2002); the sizes of
//            windows and chains follow Byers, "LAPACK 3.1 xHSEQR: tuning and implementation notes" (LAPACK Working Note 187, 2007).
// Cap        30 rounds for each eigenvalue. After 5 rounds without deflation the window grows, after 6 the shifts are exceptional.
#include <tenon/kernels/cpu/linalg/schur_deflation.hpp>
#include <tenon/kernels/cpu/linalg/schur_sweep.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

using kernels::linalg::schur_crossover;

// Which matrix of a batch has failed first, and how many eigenvalues it lacks. Threads may note at once.
struct first_failure {
  index_t matrix = -1, missing = 0;
  bool lock = false;
  void note(index_t i, index_t lacking) {
    if (lacking == 0) return;
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {}
    if (matrix < 0 || i < matrix) {
      matrix = i;
      missing = lacking;
    }
    __atomic_clear(&lock, __ATOMIC_RELEASE);
  }
  kernels::linalg::batch_status outcome() const {
    if (matrix < 0) return {};
    return {{status_code::no_convergence, missing}, matrix};
  }
};

template <class T>
struct multishift_schur {
  using R = real_of<T>;
  bool whole;
  index_t low, high;
  matrix<T> h;
  cplx<R>* w;
  matrix<T> z;
  index_t most_rounds;                                       // for each eigenvalue

  // As small_schur::run. w[high + 1 ...) is not touched.
  index_t run(workspace work) {
    const index_t n = high - low + 1, most_window = kernels::linalg::most_window(n), most_shifts = kernels::linalg::most_shifts(n);
    const index_t usual_window = smaller(kernels::linalg::recommended_window(n), most_window);
    T* const scratch = work.take<T>(most_window * most_window);
    index_t bottom = high, window = usual_window, idle = 1, shrink = -1;             // idle: rounds without deflation, from 1
    for (index_t round = most_rounds * larger(10, n); bottom >= low; --round) {
      if (round == 0) return bottom + 1;
      index_t top = bottom;
      while (top > low && !is_zero(h(top, top - 1))) --top;
      const index_t rows = bottom - top + 1, limit = smaller(rows, most_window);
      if (rows <= schur_crossover) {
        const index_t missing = small_schur<T>{.whole = whole, .low = top, .high = bottom, .h = h, .w = w, .z = z, .most_sweeps = most_rounds}.run();
        if (missing > 0) return missing;
        bottom = top - 1;
        idle = 1;
        continue;
      }

      window = smaller(limit, idle < 5 ? usual_window : 2 * window);
      if (window < most_window) {                            // it begins below the smaller of two elements
        if (window >= rows - 1) window = rows;
        else if (magnitude1(h(bottom - window + 1, bottom - window)) > magnitude1(h(bottom - window, bottom - window - 1))) ++window;
      }
      if (idle < 5) {
        shrink = -1;
      } else if (shrink >= 0 || window >= limit) {           // cannot grow: try another size
        ++shrink;
        if (window - shrink < 2) shrink = 0;
        window -= shrink;
      }

      early_deflation<T> aed(whole, h, z, top, bottom, window, w);
      aed.run([](matrix<T> t, matrix<T> v, cplx<R>* values, workspace inner) { return schur_form(true, 0, t.rows - 1, t, values, v, inner); }, work);
      bottom -= aed.deflated;
      if (bottom - top + 1 > schur_crossover && 100 * aed.deflated <= 14 * window) {
        index_t count = smaller(most_shifts, bottom - top);
        count -= count % 2;
        const index_t first_shift = find_shifts(top, bottom, bottom - aed.shifts + 1, count, idle % 6 == 0, scratch, work);
        count = smaller(count, bottom - first_shift + 1);
        count -= count % 2;
        multishift_sweep<T>(whole, h, z, top, bottom, w + bottom - count + 1, count / 2).run(work);
      }
      idle = aed.deflated > 0 ? 1 : idle + 1;
    }
    return 0;
  }

  // sweeps: the cap, which is the usual one for windows and shifts.
  static index_t schur_form(bool whole, index_t low, index_t high, matrix<T> h, cplx<R>* w, matrix<T> z, workspace work,
                            index_t sweeps = kernels::linalg::usual_sweeps) {
    if (high - low + 1 <= schur_crossover) return small_schur<T>{.whole = whole, .low = low, .high = high, .h = h, .w = w, .z = z, .most_sweeps = sweeps}.run();
    return multishift_schur{whole, low, high, h, w, z, sweeps}.run(work);
  }

 private:
  // `count` shifts in w[... bottom], in pairs. Answers where they begin.
  index_t find_shifts(index_t top, index_t bottom, index_t first, index_t count, bool exceptional, T* scratch, const workspace& work) {
    if (exceptional) {
      first = bottom - count + 1;
      exceptional_shifts(top, first, bottom);
    } else if (bottom - first + 1 <= count / 2) {
      // The window gave few: eigenvalues of the last rows and columns, without vectors.
      first = bottom - count + 1;
      const matrix<T> t{scratch, count, count, count};
      copy<T>(h.block(first, first, count, count), t);
      const index_t missing = schur_form(false, 0, count - 1, t, w + first, matrix<T>{}, work);
      first += missing;
      if (first >= bottom) {
        first = bottom - 1;
        last_block_shifts(bottom);
      }
    }
    if (bottom - first + 1 > count) sort_by_size(first, bottom);
    pair_up(first, bottom);
    if (bottom - first + 1 == 2) prefer_nearer(bottom);
    return first;
  }
  void exceptional_shifts(index_t top, index_t first, index_t bottom) {
    for (index_t i = bottom; i > first; i -= 2) {
      if constexpr (is_cplx<T>) {
        w[i] = w[i - 1] = h(i, i) + T(R(0.75) * magnitude1(h(i, i - 1)));
      } else {
        if (i < top + 2) {
          w[i] = w[i - 1] = {h(i, i), R(0)};
          continue;
        }
        const R s = absolute(h(i, i - 1)) + absolute(h(i - 1, i - 2)), a = R(0.75) * s + h(i, i);
        const standard_block<R> block(a, s, R(-0.4375) * s, a);
        w[i - 1] = block.first;
        w[i] = block.second;
      }
    }
  }
  void last_block_shifts(index_t bottom) {
    if constexpr (is_cplx<T>) {
      w[bottom - 1] = w[bottom] = h(bottom, bottom);
    } else {
      const standard_block<R> block(h(bottom - 1, bottom - 1), h(bottom - 1, bottom), h(bottom, bottom - 1), h(bottom, bottom));
      w[bottom - 1] = block.first;
      w[bottom] = block.second;
    }
  }
  static R size_of(cplx<R> x) { return absolute(x.re) + absolute(x.im); }
  // Large ones first, so that of too many the smallest are used. Insertion keeps conjugates together.
  void sort_by_size(index_t first, index_t bottom) {
    for (index_t i = first + 1; i <= bottom; ++i) {
      const cplx<R> x = w[i];
      index_t k = i;
      for (; k > first && size_of(w[k - 1]) < size_of(x); --k) w[k] = w[k - 1];
      w[k] = x;
    }
  }
  // Of real matrices: moves single real shifts, so that each pair counted from the end is of two real ones or conjugates.
  void pair_up(index_t first, index_t bottom) {
    if constexpr (!is_cplx<T>) {
      for (index_t i = bottom; i >= first + 2; i -= 2) {
        if (w[i].im == -w[i - 1].im) continue;
        const cplx<R> x = w[i];
        w[i] = w[i - 1];
        w[i - 1] = w[i - 2];
        w[i - 2] = x;
      }
    }
  }
  // Of two real shifts alone, the one nearer to the last element, twice.
  void prefer_nearer(index_t bottom) {
    if (!is_cplx<T> && w[bottom].im != 0) return;
    const cplx<R> last = {real_part(h(bottom, bottom)), imag_part(h(bottom, bottom))};
    if (size_of(w[bottom] - last) < size_of(w[bottom - 1] - last)) w[bottom - 1] = w[bottom];
    else w[bottom] = w[bottom - 1];
  }
};

template <class T>
kernels::linalg::batch_status run_schur(const context& ctx, const kernels::linalg::schur_plan& plan, T* a, T* z, std::byte* memory) {
  using S = kernel_t<T>;
  const index_t n = plan.n;
  first_failure failure;
  for_each_matrix(ctx, plan.batch, memory, [&](index_t i, workspace work) {
    const matrix<S> t{as_scalars(a) + i * n * n, n, n, n}, basis{as_scalars(z) + i * n * n, n, n, n};
    S* const tau = work.take<S>(n);
    auto* const w = work.take<cplx<real_of<S>>>(n);
    const auto unscaled = scale_to_safe_range(t);
    reduce_to_hessenberg(t, 0, n - 1, tau, work);
    form_hessenberg_q<S>(t, 0, n - 1, tau, basis, work);
    clear_below_subdiagonal(t);
    failure.note(i, multishift_schur<S>::schur_form(true, 0, n - 1, t, w, basis, work, plan.sweeps));
    divide(t, unscaled);
  });
  return failure.outcome();
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::schur_kernel<T>::function function_of(kernels::linalg::schur_kernel<T>, this_arch) {
  return &linalg::run_schur<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// The singular values alone of a real upper bidiagonal matrix, to high relative accuracy.
//
//   B (n, n): d on the diagonal, e above it  ->  d = singular values, unsorted, >= 0
//
// Method     dqds: Fernando & Parlett, "Accurate singular values and differential qd algorithms", Numer. Math. 67 (1994); with the failures
//            and flips of Parlett & Marques, Linear Algebra Appl. 309 (2000). On squares q_i = d_i^2, e_i = e_i^2, one sweep is
//
//              d = q_0 - s;   for each i:  q'_i = d + e_i,  t = q_{i+1} / q'_i,  e'_i = e_i t,  d = d t - s
//
//            which takes s off every squared singular value, with no subtraction but that of s: what is left keeps its relative
//            accuracy as long as d stays positive. A sweep in which it does not is thrown away, and s made smaller.
// Shift      Below the least value: that of the last 2 x 2 block of B^T B, less a bound of what the block does not see; or, where the
//            least d of the last sweep was not at its end, a part of that d, which grows as long as it does well. A shift that was too
//            large only at the very end gives an excellent one, s + d.
// Cost       Some 2.5 n^2 steps, each one chain of an addition, a division and a fused product.
// Beside     bidiagonal_qr.hpp, which takes 2.5 times as long: for what lies further apart than squares can tell, or does not
//            converge here.
#include <tenon/kernels/cpu/linalg/bidiagonal_qr.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
class bidiagonal_values {
 public:
  // `work` holds 5 n numbers.
  bidiagonal_values(index_t n, R* d, R* e, R* work, index_t sweeps)
      : n_(n), sweeps_(sweeps), d_(d), e_(e), work_(work), q_(work), f_(work + n), q_new_(work + 2 * n), f_new_(work + 3 * n), found_(work + 4 * n) {}

  status run() {
    if (suitable() && solve() && none_vanished()) {
      for (index_t i = 0; i < n_; ++i) d_[i] = square_root(found_[i]);
      return {};
    }
    return bidiagonal_qr<R>(n_, d_, e_, {}, {}, work_, sweeps_).run();
  }

 private:
  index_t n_, sweeps_;
  R *d_, *e_, *work_;
  R *q_, *f_, *q_new_, *f_new_;        // the squares of d and e, and what a sweep makes of them
  R* found_;                           // squared singular values

  // A relative change of a squared value by this much is one of its root by 10 u at most, where e_i / q_i bounds its square.
  static constexpr R tolerance2 = 100 * unit_roundoff<R> * unit_roundoff<R>;

  struct sweep_facts {
    R least, last, least_e;            // of d over the sweep; its last value; of the new e
    bool late;                         // d was positive but for its last value
  };

  // Whether all squares keep their digits: entries are within 10^140 (float: 10^15) of 1, or zero above the diagonal.
  bool suitable() const {
    constexpr R low = sizeof(R) == 4 ? R(1e-15) : R(1e-140);
    for (index_t i = 0; i < n_; ++i)
      if (magnitude(d_[i]) < low || (i + 1 < n_ && e_[i] != 0 && magnitude(e_[i]) < low)) return false;
    return true;
  }

  // A value below all that squares can tell, of entries that are not so small.
  bool none_vanished() const {
    for (index_t i = 0; i < n_; ++i)
      if (!(found_[i] > smallest_normal<R> / unit_roundoff<R>)) return false;
    return true;
  }

  bool solve() {
    for (index_t i = 0; i < n_; ++i) {
      q_[i] = d_[i] * d_[i];
      f_[i] = i + 1 < n_ ? e_[i] * e_[i] : R(0);
    }
    // Pieces are solved from the last to the first. Where one begins, f_[first - 1] holds minus the shift of the piece before.
    R taken = 0;                                                 // off the current piece so far
    index_t first = 0, last = n_ - 1, sweeps = 0;
    bool fresh = true;                                           // the piece has not been looked at since it became one
    // From the last sweep: an upper bound of the least value, whether it came from before the end, and which part of it to take.
    R least = 0, part = R(0.25);
    bool inside = true;
    while (last >= 0) {
      if (last < first) {                                        // the piece is done: on to the one before
        if (first == 0) break;
        taken = -f_[first - 1];
        first = last;
        while (first > 0 && f_[first - 1] > 0) --first;
        fresh = true;
        continue;
      }
      if (last == first || f_[last - 1] <= tolerance2 * (taken + q_[last])) {
        found_[last] = q_[last] + taken;
        --last;
        continue;
      }
      if (last == first + 1 || f_[last - 2] <= tolerance2 * taken) {
        solve_pair(last - 1, taken);
        last -= 2;
        continue;
      }
      if (fresh) {
        // Split where an e is negligible; turn round where the smaller end is on top.
        for (index_t i = last - 1; i >= first; --i)
          if (f_[i] <= tolerance2 * q_[i] || f_[i] <= tolerance2 * taken) {
            f_[i] = -taken;
            first = i + 1;
            break;
          }
        if (first == last) continue;
        if (q_[first] * R(1.5) < q_[last]) reverse(first, last);
        fresh = false;
        inside = true;
        least = 0;
        part = R(0.25);
        if (last <= first + 1) continue;
      }
      if (++sweeps > sweeps_ * n_) return false;
      R shift = choose_shift(first, last, least, inside, part);
      for (int attempt = 0;; ++attempt) {
        const sweep_facts s = sweep(first, last, shift);
        if (s.least >= 0) {                                      // NaN is not
          least = s.least;
          inside = s.last > s.least;
          part = inside && attempt == 0 ? part + (1 - part) / 3 : R(0.25);
          taken += shift;
          fresh = s.least_e <= tolerance2 * (taken + 1);         // worth a look for splits
          break;
        }
        if (shift == 0 || attempt > 6) return false;
        shift = attempt == 5 ? R(0) : s.late && s.last < 0 && shift + s.last > 0 ? (shift + s.last) * (1 - 4 * unit_roundoff<R>) : shift / 4;
      }
      for (index_t i = first; i < last; ++i) {
        q_[i] = q_new_[i];
        f_[i] = f_new_[i];
      }
      q_[last] = q_new_[last];
    }
    return true;
  }

  sweep_facts sweep(index_t first, index_t last, R shift) {
    R d = q_[first] - shift, least = d, least_e = f_[first];
    for (index_t i = first; i < last; ++i) {
      const R q = d + f_[i], t = q_[i + 1] / q;
      q_new_[i] = q;
      f_new_[i] = f_[i] * t;
      d = d * t - shift;
      if (i + 1 < last) least = d < least ? d : least;
      least_e = f_new_[i] < least_e ? f_new_[i] : least_e;
    }
    q_new_[last] = d;
    const bool late = least >= 0;
    return {d < least || d != d ? d : least, d, least_e, late};
  }

  // See the file's comment. B^T B has q_i + e_{i-1} on its diagonal, and the roots of q_i e_i beside it.
  R choose_shift(index_t first, index_t last, R least, bool inside, R part) const {
    const R a = q_[last - 1] + (last - 1 > first ? f_[last - 2] : R(0)), b2 = q_[last - 1] * f_[last - 1], c = q_[last] + f_[last - 1];
    const R half = (a - c) / 2, root = square_root(half * half + b2), larger_root = (a + c) / 2 + root;
    const R theta = (q_[last - 1] / larger_root) * q_[last] + (last - 1 > first ? (f_[last - 2] / larger_root) * c : R(0));
    // Its eigenvector's first component x: (a - theta) x + b y = 0, x^2 + y^2 = 1. What is beside the block has the norm r.
    const R distance = a - theta, x2 = b2 / (b2 + distance * distance);
    const R r2 = last - 1 > first ? q_[last - 2] * f_[last - 2] * x2 : R(0), r = square_root(r2), gap = 2 * root;
    const R lower = r < gap / 4 ? theta - 2 * r2 / gap : theta - r, careful = part * least;
    if (lower <= 0 || (inside && careful < lower)) return careful;
    return (least > 0 && least < lower ? least : lower) * (1 - 8 * unit_roundoff<R>);
  }

  // The last two values of the piece, rows i and i + 1.
  void solve_pair(index_t i, R taken) {
    R high = q_[i], low = q_[i + 1];
    if (low > high) exchange(high, low);
    const R e = f_[i], t = ((high - low) + e) / 2;
    if (e > low * tolerance2 && t != 0) {
      R s = low * (e / t);
      s = s <= t ? low * (e / (t * (1 + square_root(1 + s / t)))) : low * (e / (t + square_root(t) * square_root(t + s)));
      const R sum = high + (s + e);
      low *= high / sum;
      high = sum;
    }
    found_[i] = high + taken;
    found_[i + 1] = low + taken;
  }

  void reverse(index_t first, index_t last) {
    for (index_t i = first, j = last; i < j; ++i, --j) exchange(q_[i], q_[j]);
    for (index_t i = first, j = last - 1; i < j; ++i, --j) exchange(f_[i], f_[j]);
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

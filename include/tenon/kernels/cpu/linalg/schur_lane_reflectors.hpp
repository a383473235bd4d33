#pragma once
// The reflectors of a few sweeps of shifted QR, kept to be applied to Z together: four rows of Z at a time, which stay in the first cache for all of
// them. Of the three columns that a reflector mixes two stay in registers for the next one.
#include <tenon/kernels/cpu/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
class schur_lane_reflectors {
 public:
  using V = vec<R>;

  // memory: 2 n^2 vectors, n > 2 where there are sweeps
  schur_lane_reflectors(index_t n, V* memory) : n_(n), memory_(memory) {}

  bool full() const { return sweeps_ == smaller(most, 2 * n_ / 3); }
  // A new sweep: where its reflectors go, those of columns k, k + 1, k + 2 for k = begin .. end - 1, each as tau, v_1, v_2. The last of all may have no
  // third column.
  V* begin(index_t begin, index_t end) {
    begin_[sweeps_] = begin;
    end_[sweeps_] = end;
    return memory_ + 3 * n_ * sweeps_++;
  }
  // To the columns of z, ld apart; then there are none.
  void apply(V* z, index_t ld) {
    index_t i = 0;
    for (; sweeps_ > 0 && i + 4 <= n_; i += 4) apply_to<4>(z + i, ld);
    for (; sweeps_ > 0 && i < n_; ++i) apply_to<1>(z + i, ld);
    sweeps_ = 0;
  }

 private:
  static constexpr index_t most = 4;           // beside four rows in the first cache

  index_t n_;
  V* memory_;
  index_t sweeps_ = 0, begin_[most], end_[most];

  template <int Rows>
  void apply_to(V* rows, index_t ld) const {
    for (index_t s = 0; s < sweeps_; ++s) {
      const V* kept = memory_ + 3 * n_ * s;
      const index_t end = end_[s];
      index_t k = begin_[s];
      V x[Rows], y[Rows];                      // of columns k and k + 1
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) {
        x[r] = rows[k * ld + r];
        y[r] = rows[(k + 1) * ld + r];
      }
      for (; k < end && k + 2 < n_; ++k, kept += 3) {
        const V tau = kept[0], v1 = kept[1], v2 = kept[2], t1 = tau * v1, t2 = tau * v2;
        TENON_UNROLL(4)
        for (int r = 0; r < Rows; ++r) {
          const V next = rows[(k + 2) * ld + r], sum = fma(v2, next, fma(v1, y[r], x[r]));
          rows[k * ld + r] = fnma(tau, sum, x[r]);
          x[r] = fnma(t1, sum, y[r]);
          y[r] = fnma(t2, sum, next);
        }
      }
      if (k < end) {                           // the last two columns of all
        const V tau = kept[0], v1 = kept[1], t1 = tau * v1;
        TENON_UNROLL(4)
        for (int r = 0; r < Rows; ++r) {
          const V sum = fma(v1, y[r], x[r]);
          x[r] = fnma(tau, sum, x[r]);
          y[r] = fnma(t1, sum, y[r]);
        }
      }
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) {
        rows[k * ld + r] = x[r];
        rows[(k + 1) * ld + r] = y[r];
      }
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

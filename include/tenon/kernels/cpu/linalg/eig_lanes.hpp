#pragma once
// Eigenvalues and eigenvectors of small real matrices, one in each lane of a vector.
//
// Method     The real Schur form (schur_lanes.hpp). For vectors, its 2x2 blocks are triangularised by complex rotations: then every
//            lane has the same triangular system to solve, wherever its pairs stand. A pair takes both columns; the second is the
//            first's conjugate, and of a real eigenvalue the imaginary part, which is rounding, is dropped.
// Overflow   As in eigenvectors.hpp.
#include <tenon/kernels/cpu/linalg/schur_lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
class eig_lanes {
 public:
  using V = vec<R>;
  using M = mask<R, lanes<R>>;
  static constexpr index_t N = lanes<R>;
  static constexpr R limit = sizeof(R) == 4 ? R(0x1p40) : R(0x1p400);
  static constexpr index_t room(index_t n) { return schur_lanes<R>::room(n) + 2 * n * n + 8 * n; }

  schur_lanes<R> schur;

  eig_lanes(index_t n, V* memory)
      : schur(n, memory, memory + schur_lanes<R>::room(n)), n_(n), t_im_(memory + schur_lanes<R>::room(n)), z_im_(t_im_ + n * n), w_(z_im_ + n * n), x_re_(w_ + 2 * n),
        x_im_(x_re_ + n), v_re_(x_im_ + n), v_im_(v_re_ + n), column_(v_im_ + n) {}

  // The lanes that have converged. `w` and `v` (null: not wanted) are where matrix l's results go, where w[l] is not null.
  M run(cplx<R>* const* w, cplx<R>* const* v, index_t sweeps) {
    const M converged = schur.run(v != nullptr, sweeps);
    R* out[N];
    for (index_t l = 0; l < N; ++l) out[l] = converged[static_cast<int>(l)] && w[l] ? reinterpret_cast<R*>(w[l]) : nullptr;
    read_eigenvalues();
    for (index_t i = 0; i < n_; ++i) {
      column_[2 * i] = w_[2 * i] * schur.unit;
      column_[2 * i + 1] = w_[2 * i + 1] * schur.unit;
    }
    store(out);
    if (v == nullptr) return converged;
    triangularize();
    for (index_t j = 0; j < n_; ++j) {
      for (index_t l = 0; l < N; ++l) out[l] = out[l] ? reinterpret_cast<R*>(v[l] + j * n_) : nullptr;
      solve(j);
      multiply(j);
      normalize(j);
      store(out);
    }
    return converged;
  }

 private:
  index_t n_;
  V *t_im_, *z_im_;                            // imaginary parts of T and Z; the Schur form's reflectors before that
  V *w_;                                       // eigenvalues, real and imaginary parts in turn
  V *x_re_, *x_im_, *v_re_, *v_im_;            // a column of X and of V
  V *column_;                                  // the same, parts in turn: what goes out; it is kept for the conjugate

  V& t(index_t i, index_t j) const { return schur.a[i + j * schur.ld]; }
  V& t_im(index_t i, index_t j) const { return t_im_[i + j * n_]; }

  void store(R* const* out) const {
    for (index_t r = 0; r < 2 * n_; r += N) {
      const index_t some = smaller(2 * n_ - r, N);
      V block[N];
      for (index_t i = 0; i < N; ++i) block[i] = i < some ? column_[r + i] : V(R(0));
      transpose(block);
      for (index_t l = 0; l < N; ++l)
        if (out[l]) block[l].store(out[l] + r, some);
    }
  }

  void read_eigenvalues() {
    for (index_t i = 0; i < n_; ++i) {
      w_[2 * i] = t(i, i);
      w_[2 * i + 1] = V(R(0));
    }
    for (index_t i = 0; i + 1 < n_; ++i) {
      const M pair = ~(t(i + 1, i) == V(R(0)));
      const V im = sqrt(abs(t(i, i + 1))) * sqrt(abs(t(i + 1, i)));
      w_[2 * i + 1] = select(pair, im, w_[2 * i + 1]);
      w_[2 * i + 3] = select(pair, -im, w_[2 * i + 3]);
    }
  }

  // For a block ( a b ; c a ) with eigenvalue a + i w: rows (k, k + 1) by ( -i g  s ; -s  i g ), columns by its adjoint, with
  // (g, s) = (w, c) / |(w, c)|.
  void triangularize() {
    const index_t n = n_;
    for (index_t k = 0; k < n * n; ++k) t_im_[k] = z_im_[k] = V(R(0));
    for (index_t k = n - 2; k >= 0; --k) {
      const V below = t(k + 1, k), im = w_[2 * k + 1];
      const M pair = ~(below == V(R(0)));
      if (!any(pair)) continue;
      // Both near 1 first: squares of what is tiny would vanish.
      const V unit = select(pair, at_least(abs(im), abs(below)), V(R(1))), w = im / unit, c = below / unit;
      const V length = V(R(1)) / select(pair, sqrt(fma(w, w, c * c)), V(R(1)));
      const V g = w * length, s = c * length;
      for (index_t j = k; j < n; ++j) {
        V &xr = t(k, j), &xi = t_im(k, j), &yr = t(k + 1, j), &yi = t_im(k + 1, j);
        const V ar = fma(g, xi, s * yr), ai = fma(s, yi, -(g * xr)), br = -fma(g, yi, s * xr), bi = fma(g, yr, -(s * xi));
        xr = select(pair, ar, xr);
        xi = select(pair, ai, xi);
        yr = select(pair, br, yr);
        yi = select(pair, bi, yi);
      }
      const auto columns = [&](V* re, V* imaginary, index_t rows) {
        for (index_t i = 0; i < rows; ++i) {
          V &xr = re[i], &xi = imaginary[i], &yr = re[i + schur.ld], &yi = imaginary[i + n];
          const V ar = fma(s, yr, -(g * xi)), ai = fma(g, xr, s * yi), br = fma(g, yi, -(s * xr)), bi = -fma(g, yr, s * xi);
          xr = select(pair, ar, xr);
          xi = select(pair, ai, xi);
          yr = select(pair, br, yr);
          yi = select(pair, bi, yi);
        }
      };
      columns(&t(0, k), &t_im(0, k), k + 2);
      columns(schur.z + k * schur.ld, z_im_ + k * n, n);
    }
  }

  // Column j of X: (T - w_j) x = 0 with x_j = 1.
  void solve(index_t j) {
    const V re = w_[2 * j], im = w_[2 * j + 1];
    const V least = at_least(V(epsilon<R>) * (abs(re) + abs(im)), V(smallest_normal<R> / epsilon<R> * R(lane_order)));
    for (index_t i = 0; i < j; ++i) {
      x_re_[i] = -t(i, j);
      x_im_[i] = -t_im(i, j);
    }
    x_re_[j] = V(R(1));
    x_im_[j] = V(R(0));
    for (index_t i = j - 1; i >= 0; --i) {
      V dr = w_[2 * i] - re, di = w_[2 * i + 1] - im;
      const M tiny = abs(dr) + abs(di) < least;
      dr = select(tiny, least, dr);
      di = select(tiny, V(R(0)), di);
      const V divisor = abs(dr) + abs(di), size = abs(x_re_[i]) + abs(x_im_[i]);
      const M large = size > V(limit) * divisor;
      if (any(large)) {
        const V factor = select(large, divisor / size, V(R(1)));
        for (index_t k = 0; k <= j; ++k) {
          x_re_[k] *= factor;
          x_im_[k] *= factor;
        }
      }
      // Both scaled by the divisor's size, so that its square neither vanishes nor overflows.
      const V unit = V(R(1)) / divisor, er = dr * unit, ei = di * unit, square = unit / fma(er, er, ei * ei);
      const V br = x_re_[i], bi = x_im_[i], xr = fma(br, er, bi * ei) * square, xi = fma(bi, er, -(br * ei)) * square;
      x_re_[i] = xr;
      x_im_[i] = xi;
      for (index_t k = 0; k < i; ++k) {
        const V tr = t(k, i), ti = t_im(k, i);
        x_re_[k] = fnma(tr, xr, fma(ti, xi, x_re_[k]));
        x_im_[k] = fnma(tr, xi, fnma(ti, xr, x_im_[k]));
      }
    }
  }

  // V's column: D Z x.
  void multiply(index_t j) {
    const index_t n = n_;
    const auto rows = [&]<int Rows>(index_t i) TENON_INLINE_LAMBDA {
      V re[Rows], im[Rows];
      for (int r = 0; r < Rows; ++r) re[r] = im[r] = V(R(0));
      for (index_t l = 0; l <= j; ++l) {
        const V xr = x_re_[l], xi = x_im_[l];
        TENON_UNROLL(4)
        for (int r = 0; r < Rows; ++r) {
          const V zr = schur.z[i + r + l * schur.ld], zi = z_im_[i + r + l * n];
          re[r] = fma(zr, xr, fnma(zi, xi, re[r]));
          im[r] = fma(zr, xi, fma(zi, xr, im[r]));
        }
      }
      for (int r = 0; r < Rows; ++r) {
        v_re_[i + r] = re[r] * schur.scale[i + r];
        v_im_[i + r] = im[r] * schur.scale[i + r];
      }
    };
    index_t i = 0;
    for (; i + 4 <= n; i += 4) rows.template operator()<4>(i);
    for (; i < n; ++i) rows.template operator()<1>(i);
  }

  // Norm 1, the largest element real; see write_vectors. The result goes to column_.
  void normalize(index_t j) {
    const index_t n = n_;
    const V zero(R(0)), one(R(1)), im = w_[2 * j + 1];
    const M real = im == zero, conjugate = im < zero;
    V most(smallest_normal<R>);
    for (index_t i = 0; i < n; ++i) {
      v_im_[i] = select(real, zero, v_im_[i]);
      most = at_least(at_least(abs(v_re_[i]), abs(v_im_[i])), most);
    }
    const V unit = one / most;
    V sum(R(0)), best(R(-1)), best_re(R(1)), best_im(R(0)), best_at(R(0));
    for (index_t i = 0; i < n; ++i) {
      const V x = v_re_[i] = v_re_[i] * unit, y = v_im_[i] = v_im_[i] * unit, size = fma(x, x, y * y);
      sum += size;
      const M better = size > best;
      best = select(better, size, best);
      best_re = select(better, x, best_re);
      best_im = select(better, y, best_im);
      best_at = select(better, V(static_cast<R>(i)), best_at);
    }
    const V factor = one / sqrt(sum), turn = copysign(factor / sqrt(best), best_re);
    const V c = select(real, factor, turn * best_re), s = select(real, zero, turn * best_im);
    for (index_t i = 0; i < n; ++i) {
      const V x = fma(v_re_[i], c, v_im_[i] * s), y = fma(v_im_[i], c, -(v_re_[i] * s));
      const M largest = best_at == V(static_cast<R>(i));
      column_[2 * i] = select(conjugate, column_[2 * i], x);
      column_[2 * i + 1] = select(conjugate, -column_[2 * i + 1], select(real | largest, zero, y));
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg

#pragma once
// The end of a product: from sums to out.         out = alpha * sum + beta * c
//
// A pass of its own over a tile that has just been computed and lies in cache: an element here stands for K multiply-adds, so
// building it into the micro-kernel would gain little and double its variants. Where the sums stand in out itself, alpha is 1
// and there is no c, there is no pass.
//
// Precision  half and bfloat16: sum, alpha, beta and c are float; one rounding at the end. With c: fma(beta, c, alpha * sum).
#include <tenon/kernels/cpu/gemm/types.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

template <class S>
struct epilogue {
  using W = whole_type<S>;
  using V = vec<W>;
  static constexpr index_t N = lanes<W>;

  V alpha, beta;
  bool scales, adds;                    // alpha is not 1; beta is not 0
  const S* c;

  explicit epilogue(const matmul_epilogue<S>& e)
      : alpha(static_cast<W>(e.alpha)), beta(static_cast<W>(e.beta)), scales(!is(e.alpha, 1)), adds(!is(e.beta, 0) && e.c.rank != 0), c(e.c.data) {}

  // Whether sums that stand in out are the result.
  bool empty() const { return !scales && !adds; }

  // A row of n sums; they may stand in `out` itself.
  void finish(S* out, index_t out_step, const W* sum, const S* c_row, index_t c_step, index_t n) const {
    for (index_t j = 0; j < n; j += N) {
      const index_t count = smaller(n - j, N);
      V x = V::load(sum + j, count);
      if (scales) x = x * alpha;
      if (adds) x = multiply_add(beta, load_strided(c_row + j * c_step, c_step, count), x);
      store_strided(out + j * out_step, out_step, x, count);
    }
  }
  // A tile of sums, its rows sum_row apart; `column` and `columns` count elements of S.
  void finish_tile(const matmul_plan& p, const matrices<S>& x, const W* sum, index_t sum_row, index_t row, index_t rows, index_t column,
                   index_t columns) const {
    for (index_t i = row; i < row + rows; ++i, sum += sum_row)
      finish(x.out + i * p.out.row + column * p.out.column, p.out.column, sum, adds ? x.c + i * p.c.row + column * p.c.column : nullptr, p.c.column,
             columns);
  }

 private:
  template <class C>
  static bool is(const C& x, int value) {
    if constexpr (complex_type<C>) {
      const auto p = __builtin_bit_cast(complex_parts<real_t<C>>, x);      // no call of std::complex: it would be a shared symbol
      return p.re == static_cast<real_t<C>>(value) && p.im == 0;
    } else {
      return x == static_cast<C>(value);
    }
  }
  static V load_strided(const S* p, index_t step, index_t n) {
    if (step == 1) return load_as<W>(p, n);
    if (step == 0) return V(static_cast<W>(*p));
    S buffer[N] = {};
    for (index_t i = 0; i < n; ++i) buffer[i] = p[i * step];
    return load_as<W>(buffer);
  }
  static void store_strided(S* p, index_t step, V x, index_t n) {
    if (step == 1) return store_as(p, x, n);
    S buffer[N];
    store_as(buffer, x);
    for (index_t i = 0; i < n; ++i) p[i * step] = buffer[i];
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm

#pragma once
// repeat, tile and repeat_interleave: which element of x each element of the result is.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// out[i] = x[i modulo n] along every dimension; out may have more, in front. Also tile.
template <class T>
void repeat(const strided<T>& out, const source<T>& x) {
  const int added = out.rank - x.rank;
  for_each_position(out, [&](const position& p) {
    position from;
    for (int d = 0; d < x.rank; ++d) from[d] = p[added + d] % x.extent[d];
    element(out, p) = element(x, from);
  });
}

// x[0] repeats[0] times, then x[1] repeats[1] times, and so on along dim
template <class T>
void repeat_interleave(const strided<T>& out, const source<T>& x, int dim, const index_t* repeats) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    from[dim] = 0;
    for (index_t rest = p[dim]; rest >= repeats[from[dim]]; ++from[dim]) rest -= repeats[from[dim]];
    element(out, p) = element(x, from);
  });
}

}  // namespace tenon::inline v0::kernels::reference

#pragma once
// masked_select and nonzero in plain loops: the specification. Both answer with the number of elements that were found.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// The elements of x where the mask is not 0, in C order.
template <class T, class M>
index_t masked_select(T* out, const source<T>& x, const strided<M>& mask) {
  index_t found = 0;
  for_each_position(x, [&](const position& p) {
    if (element(mask, p) != M(0)) out[found++] = element(x, p);
  });
  return found;
}

// The positions of the elements of x that are not 0, in C order; a row of x.rank indices for each. NaN is not 0.
template <class T>
index_t nonzero(index_t* out, const strided<T>& x) {
  index_t found = 0;
  for_each_position(x, [&](const position& p) {
    if (element(x, p) == T(0)) return;
    for (int d = 0; d < x.rank; ++d) out[found * x.rank + d] = p[d];
    ++found;
  });
  return found;
}

}  // namespace tenon::inline v0::kernels::reference

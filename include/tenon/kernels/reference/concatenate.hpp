#pragma once
// cat and stack: of which tensor, and which element of it, each element of the result is.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// The tensors one behind the other along dim.
template <class T>
void cat(const strided<T>& out, const source<T>* tensors, int dim) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    const auto* x = tensors;
    for (; from[dim] >= x->extent[dim]; ++x) from[dim] -= x->extent[dim];
    element(out, p) = element(*x, from);
  });
}

// out[i, k, j] = tensors[k][i, j]: the new dimension dim tells which tensor.
template <class T>
void stack(const strided<T>& out, const source<T>* tensors, int dim) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    for (int d = dim; d + 1 < out.rank; ++d) from[d] = p[d + 1];
    element(out, p) = element(tensors[p[dim]], from);
  });
}

}  // namespace tenon::inline v0::kernels::reference

#pragma once
// tril and triu: the element at row i and column j of a matrix is kept, or becomes 0.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// Keeps what is on diagonal k and below: j - i <= k
template <class T>
void tril(const strided<T>& out, const source<T>& x, index_t k) {
  for_each_position(out, [&](const position& p) {
    const index_t i = p[out.rank - 2], j = p[out.rank - 1];
    element(out, p) = j - i <= k ? element(x, p) : T(0);
  });
}

// Keeps what is on diagonal k and above: j - i >= k
template <class T>
void triu(const strided<T>& out, const source<T>& x, index_t k) {
  for_each_position(out, [&](const position& p) {
    const index_t i = p[out.rank - 2], j = p[out.rank - 1];
    element(out, p) = j - i >= k ? element(x, p) : T(0);
  });
}

}  // namespace tenon::inline v0::kernels::reference

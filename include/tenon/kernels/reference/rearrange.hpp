#pragma once
// flip, roll and rot90: which element of x each element of the result is.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// i modulo n, in 0 .. n - 1
constexpr index_t modulo(index_t i, index_t n) { return (i % n + n) % n; }

// out[i] = x[n - 1 - i] along each of the dims
template <class T>
void flip(const strided<T>& out, const source<T>& x, const int* dims, int count) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    for (int k = 0; k < count; ++k) from[dims[k]] = x.extent[dims[k]] - 1 - p[dims[k]];
    element(out, p) = element(x, from);
  });
}

// out[i + shift modulo n] = x[i] along each of the dims
template <class T>
void roll(const strided<T>& out, const source<T>& x, const index_t* shifts, const int* dims, int count) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    for (int k = 0; k < count; ++k) from[dims[k]] = modulo(p[dims[k]] - modulo(shifts[k], x.extent[dims[k]]), x.extent[dims[k]]);
    element(out, p) = element(x, from);
  });
}

// Without dims: all n elements in C order are one line.
template <class T>
void roll(T* out, const T* x, index_t n, index_t shift) {
  for (index_t i = 0; i < n; ++i) out[(i + modulo(shift, n)) % n] = x[i];
}

// k quarter turns from dimension a towards b. One turn: out[i, j] = x[j, m - 1 - i], of m columns that become rows.
template <class T>
void rot90(const strided<T>& out, const source<T>& x, index_t k, int a, int b) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    index_t rows = out.extent[a], columns = out.extent[b];
    for (index_t turn = 0; turn < modulo(k, 4); ++turn) {
      const index_t i = from[a], m = rows;
      from[a] = from[b];
      from[b] = m - 1 - i;
      rows = columns;
      columns = m;
    }
    element(out, p) = element(x, from);
  });
}

}  // namespace tenon::inline v0::kernels::reference

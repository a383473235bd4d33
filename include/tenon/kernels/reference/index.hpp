#pragma once
// Reading and writing through an index, in plain loops: the specification. Indices lie inside; that is the op's check.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// out[i, j, k] = x[i, index[i, j, k], k]     out and index have one shape; but along dim, x may be larger
template <class T>
void gather(const strided<T>& out, const source<T>& x, int dim, const source<index_t>& index) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    from[dim] = element(index, p);
    element(out, p) = element(x, from);
  });
}

// The same; an index below 0 counts from the end.
template <class T>
void take_along_dim(const strided<T>& out, const source<T>& x, int dim, const source<index_t>& index) {
  for_each_position(out, [&](const position& p) {
    const index_t i = element(index, p);
    position from = p;
    from[dim] = i < 0 ? i + x.extent[dim] : i;
    element(out, p) = element(x, from);
  });
}

// out[i, j, k] = x[i, index[j], k]
template <class T>
void index_select(const strided<T>& out, const source<T>& x, int dim, const index_t* index) {
  for_each_position(out, [&](const position& p) {
    position from = p;
    from[dim] = index[p[dim]];
    element(out, p) = element(x, from);
  });
}

// out[p..., c] = weight[index[p...], c]
template <class T>
void embedding(const strided<T>& out, const source<index_t>& index, const source<T>& weight) {
  for_each_position(out, [&](const position& p) {
    position from;
    from[0] = element(index, p);
    from[1] = p[index.rank];
    element(out, p) = element(weight, from);
  });
}

// out[p..., c] = 1 where index[p...] is c, else 0
template <class T>
void one_hot(const strided<T>& out, const source<index_t>& index) {
  for_each_position(out, [&](const position& p) { element(out, p) = static_cast<T>(element(index, p) == p[index.rank]); });
}

// out[c]: how many elements of index are c
inline void bincount(index_t* out, index_t classes, const strided<const index_t>& index) {
  for (index_t c = 0; c < classes; ++c) out[c] = 0;
  for_each_position(index, [&](const position& p) { ++out[element(index, p)]; });
}

// x[i, index[i, j, k], k] = src[i, j, k], in C order: of several to one place, the last one stays
template <class T>
void scatter(const strided<T>& x, int dim, const strided<const index_t>& index, const source<T>& src) {
  for_each_position(index, [&](const position& p) {
    position to = p;
    to[dim] = element(index, p);
    element(x, to) = element(src, p);
  });
}

// x[i, index[i, j, k], k] += src[i, j, k], in the same order
template <class T>
void scatter_add(const strided<T>& x, int dim, const strided<const index_t>& index, const source<T>& src) {
  for_each_position(index, [&](const position& p) {
    position to = p;
    to[dim] = element(index, p);
    element(x, to) += element(src, p);
  });
}

}  // namespace tenon::inline v0::kernels::reference

#pragma once
// Positions of a tensor's elements: what the references of the ops that move elements are written with.
#include <tenon/core/strided.hpp>

namespace tenon::inline v0::kernels::reference {

struct position {
  index_t at[max_rank] = {};

  index_t& operator[](int d) { return at[d]; }
  index_t operator[](int d) const { return at[d]; }
};

// What is only read. (It takes no part in the deduction of T, so that a writable view will do.)
template <class T>
using source = std::type_identity_t<strided<const T>>;

template <class T>
T& element(const strided<T>& x, const position& p) {
  index_t offset = 0;
  for (int d = 0; d < x.rank; ++d) offset += p[d] * x.stride[d];
  return x.data[offset];
}

// Calls f(position) for every position of x, in C order: the last index runs first.
template <class T, class F>
void for_each_position(const strided<T>& x, F f) {
  for (index_t i = 0, n = x.numel(); i < n; ++i) {
    position p;
    for (index_t d = x.rank - 1, rest = i; d >= 0; rest /= x.extent[d--]) p.at[d] = rest % x.extent[d];
    f(p);
  }
}

}  // namespace tenon::inline v0::kernels::reference

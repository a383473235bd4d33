#pragma once
// einsum and tensordot in plain loops: the specification. A dimension is named by a letter; the ellipsis and the missing arrow
// are ways to write, and not here.
#include <tenon/kernels/reference/positions.hpp>

namespace tenon::inline v0::kernels::reference {

// "ij,jk->ik": letters[0] = "ij", letters[1] = "jk", out_letters = "ik". For every value of all letters, the product of the
// operands' elements is added to the element of out.
template <class R>
void einsum(const strided<R>& out, const char* out_letters, const source<R>* x, const char* const* letters, int count) {
  constexpr int names = 128;
  index_t extent[names], value[names], combinations = 1;
  for (auto& n : extent) n = 1;
  for (int k = 0; k < count; ++k)
    for (int d = 0; d < x[k].rank; ++d) extent[static_cast<int>(letters[k][d])] = x[k].extent[d];
  for (const index_t n : extent) combinations *= n;
  const auto position_of = [&](const char* names_of, int rank) {
    position p;
    for (int d = 0; d < rank; ++d) p[d] = value[static_cast<int>(names_of[d])];
    return p;
  };

  for_each_position(out, [&](const position& p) { element(out, p) = 0; });
  for (index_t i = 0; i < combinations; ++i) {
    index_t rest = i;
    for (int name = 0; name < names; rest /= extent[name++]) value[name] = rest % extent[name];
    R product = 1;
    for (int k = 0; k < count; ++k) product *= element(x[k], position_of(letters[k], x[k].rank));
    element(out, position_of(out_letters, out.rank)) += product;
  }
}

// The sum over dimension dims_a[k] of a and dims_b[k] of b, for each k. The other dimensions of a come first, then those of b.
template <class R>
void tensordot(const strided<R>& out, const source<R>& a, const source<R>& b, const int* dims_a, const int* dims_b, int count) {
  char of_a[max_rank], of_b[max_rank], of_out[2 * max_rank];
  bool summed[max_rank] = {};
  for (int d = 0; d < a.rank; ++d) of_a[d] = static_cast<char>('a' + d);
  for (int d = 0; d < b.rank; ++d) of_b[d] = static_cast<char>('A' + d);
  for (int k = 0; k < count; ++k) {
    of_b[dims_b[k]] = of_a[dims_a[k]];
    summed[dims_a[k]] = true;
  }
  int n = 0;
  for (int d = 0; d < a.rank; ++d)
    if (!summed[d]) of_out[n++] = of_a[d];
  for (int d = 0; d < b.rank; ++d)
    if (of_b[d] < 'a') of_out[n++] = of_b[d];
  const source<R> x[] = {a, b};
  const char* const letters[] = {of_a, of_b};
  einsum(out, of_out, x, letters, 2);
}

}  // namespace tenon::inline v0::kernels::reference

#pragma once
// tril and triu: which part of a row stays.
//
//   tril   keeps the columns j <= i + diagonal of row i,    triu   the columns j >= i + diagonal
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels {

struct triangle_plan {
  bool lower = true;
  index_t diagonal = 0;                    // between -rows and columns: beyond that nothing changes
  index_t rows = 0, columns = 0;           // of one matrix
  index_t item = 0;                        // bytes of one element
  index_t out_column = 0;                  // bytes from one element of a row of out to the next; those of x lie side by side

  // All rows: the dimensions but the last, that of the rows being the innermost. Strides in bytes.
  struct dim {
    index_t extent, out, x;
  };
  int loops = 0;
  dim loop[max_rank];
  index_t units = 1;                       // product of the loops' extents
};

struct column_range {
  index_t begin, end;
};

constexpr column_range kept_columns(const triangle_plan& p, index_t row) {
  const index_t edge = row + p.diagonal + (p.lower ? 1 : 0);
  const index_t at = edge < 0 ? 0 : edge > p.columns ? p.columns : edge;
  return p.lower ? column_range{0, at} : column_range{at, p.columns};
}

}  // namespace tenon::inline v0::kernels

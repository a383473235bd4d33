#pragma once
// Batches of small systems and inverses: groups of matrices in lanes, and the odd one alone.
//
// Singular   is the same here and alone: the pivots are the same to the bit, and a triangular matrix is looked at where it has a zero on its
//            diagonal. Solutions may differ in their last bits, because lanes substitute in another order.
#include <tenon/kernels/cpu/linalg/lu.hpp>
#include <tenon/kernels/cpu/linalg/lu_lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

using kernels::linalg::lane_source;

// Matrix i of a source as a column-major copy.
template <class R>
void copy_source(const lane_source<R>& source, index_t i, matrix<R> to) {
  const R* const p = source.data + i * source.step;
  if (source.by_rows) transpose_into<R>({p, to.cols, to.rows, to.cols}, to);
  else copy<R>({p, to.rows, to.cols, to.rows}, to);
}

// The lanes whose matrix is triangular with a zero on its diagonal, which pivoting could turn into a rounding error.
template <class R>
std::uint64_t singular_triangles(const lane_source<R>& source, index_t first, index_t count, index_t n, const vec<R>* packed, index_t ld) {
  vec<R> least = abs(packed[0]);
  for (index_t i = 1; i < n; ++i) least = at_most(abs(packed[i + i * ld]), least);
  std::uint64_t found = 0;
  for (std::uint64_t rest = to_bits(least == vec<R>(R(0))); rest != 0; rest &= rest - 1) {
    const int l = __builtin_ctzll(rest);
    if (l >= count) break;
    const structure kind = structure_of<R>({source.data + (first + l) * source.step, n, n, n});
    if (kind == structure::lower || kind == structure::upper) found |= std::uint64_t{1} << l;
  }
  return found;
}

template <int Panel, class R>
void solve_group(const kernels::linalg::lane_plan& p, index_t first, const lane_source<R>& a, const lane_source<R>& b, R* x, std::int32_t* info, workspace w) {
  using lanes_of_group = lu_lanes<R, Panel>;
  constexpr index_t N = lanes<R>;
  const index_t n = p.n, count = smaller(N, p.count - first);
  lanes_of_group group(n, p.right, w.template take<vec<R>>(lanes_of_group::room(n, p.right)));
  R* const out = x + first * n * p.right;
  const bool around = kernels::linalg::goes_around_caches(p.count * n * p.right * static_cast<index_t>(sizeof(R)));
  mask<R> finite = pack_group(a, first, count, n, n, group.a, group.ld), good;
  const std::uint64_t hopeless = singular_triangles(a, first, count, n, group.a, group.ld);
  if (b.data == nullptr) {
    good = group.invert() & finite;
    R* to[N];
    for (index_t l = 0; l < N; ++l) to[l] = (to_bits(good) >> l) & 1 ? out + l * n * n : nullptr;
    unpack_columns(group.b, group.ld, n, n, to, count, group.order, around);
  } else {
    finite = finite & pack_group(b, first, count, n, p.right, group.b, group.ld);
    good = group.solve() & finite;
    unpack_group(group.b, group.ld, count, good, n, p.right, out, false, around);
  }
  const std::uint64_t solved = to_bits(good) & ~hopeless, numbers = to_bits(finite);
  for (index_t l = 0; l < count; ++l) {
    info[first + l] = (numbers >> l) & 1 ? 0 : -1;
    if (((solved >> l) & 1) || info[first + l] != 0) continue;
    workspace own = w;
    const matrix<R> alone = {own.template take<R>(n * n), n, n, n}, result = {out + l * n * p.right, n, p.right, n};
    copy_source(a, first + l, b.data ? alone : result);
    if (b.data) copy_source(b, first + l, result);
    info[first + l] = static_cast<std::int32_t>(b.data ? solve_system(alone, true, result, own) : invert(result, own));
  }
}

template <class R>
void run_solve_lanes(const context& ctx, const kernels::linalg::lane_plan& p, const lane_source<R>& a, const lane_source<R>& b, R* x,
                     std::int32_t* info, std::byte* memory) {
  for_each_matrix(ctx, p.batch, memory, [&](index_t group, const workspace& w) {
    if (p.n >= 16) solve_group<8>(p, group * lanes<R>, a, b, x, info, w);
    else solve_group<4>(p, group * lanes<R>, a, b, x, info, w);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::solve_lanes_kernel<T>::function function_of(kernels::linalg::solve_lanes_kernel<T>, this_arch) {
  return &linalg::run_solve_lanes<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

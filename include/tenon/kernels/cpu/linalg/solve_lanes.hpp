#pragma once
// Batches of small systems and inverses: groups of matrices in lanes, and the odd one alone.
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

template <int Panel, class R>
void solve_group(const kernels::linalg::lane_plan& p, index_t first, const lane_source<R>& a, const lane_source<R>& b, R* x, std::int32_t* info, workspace w) {
  using lanes_of_group = lu_lanes<R, Panel>;
  constexpr index_t N = lanes<R>;
  const index_t n = p.n, count = smaller(N, p.count - first);
  lanes_of_group group(n, p.right, w.template take<vec<R>>(lanes_of_group::room(n, p.right)));
  R* const out = x + first * n * p.right;
  mask<R> finite = pack_group(a, first, count, n, n, group.a, group.ld), good;
  if (b.data == nullptr) {
    good = group.invert() & finite;
    R* to[N];
    for (index_t l = 0; l < N; ++l) to[l] = (to_bits(good) >> l) & 1 ? out + l * n * n : nullptr;
    unpack_columns(group.b, group.ld, n, n, to, count, group.order);
  } else {
    finite = finite & pack_group(b, first, count, n, p.right, group.b, group.ld);
    good = group.solve() & finite;
    unpack_group(group.b, group.ld, count, good, n, p.right, out, false);
  }
  const std::uint64_t solved = to_bits(good), numbers = to_bits(finite);
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

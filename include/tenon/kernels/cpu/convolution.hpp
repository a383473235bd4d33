#pragma once
// Convolution on the CPU: choosing the algorithm, and one entry for all of them.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/convolution_direct.hpp>
#include <tenon/kernels/cpu/convolution_im2col.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

// `o` gives strides only; its pointers are not followed.
template <class T>
convolution_plan plan_convolution(const convolution_shape& s, convolution_algorithm wanted, const convolution_operands<T>& o, int threads) {
  convolution_plan p;
  p.s = s;
  p.algorithm = choose_convolution(s, wanted);
  if (p.algorithm == convolution_algorithm::direct)
    plan_direct_convolution<compute_t<T>>(p, !std::is_same_v<T, compute_t<T>>, threads);
  else
    plan_im2col_convolution(p, o, threads);
  return p;
}

template <class T>
status run_convolution(const context& ctx, const convolution_plan& p, const convolution_operands<T>& o, std::byte* workspace) {
  using C = compute_t<T>;
  if (p.algorithm != convolution_algorithm::direct) return run_im2col_convolution(ctx, p, o, workspace);
  if constexpr (std::is_same_v<T, C>) {
    run_direct_convolution(ctx, p, o, o.w, workspace);
  } else {
    C* const weights = reinterpret_cast<C*>(workspace);
    for (index_t i = 0, n = p.s.out_channels * p.s.depth(); i < n; ++i) weights[i] = static_cast<C>(o.w[i]);
    run_direct_convolution<T>(ctx, p, o, weights, workspace + p.weight_bytes);
  }
  return {};
}

template <class T>
constexpr typename convolution_kernel<T>::function function_of(convolution_kernel<T>, this_arch) {
  return &run_convolution<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

#pragma once
// What the reductions share: dimensions as a caller names them, the shape of the result, and the call of the kernel.
// Nothing here depends on an element type.
//
// dims       A list of dimension numbers: sum(x, 1), sum(x, {0, -1}). Negative ones count from the end; one that appears twice
//            is an error; the empty list, which is the default, means all.
// keepdim    The reduced dimensions stay, with extent 1.
// Layout     Any strides; x is read where it is.
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/cpu/reduction/loop.hpp>
#include <tenon/ops/calls/two_results.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// Which dimensions of a shape are reduced, one bit each.
using dim_mask = unsigned;
inline constexpr dim_mask all_dims = ~0u;

inline result<dim_mask> reduced_dims(const char* op, const dim_list& dims, const shape& s) {
  if (dims.rank() == 0) return all_dims;
  dim_mask mask = 0;
  for (const index_t dim : dims) {
    TENON_TRY(const int d, normalize_dim(op, dim, s));
    if (mask & (1u << d)) return error(error_code::invalid_argument, op, make_text("dim ", d, " appears twice in ", dims));
    mask |= 1u << d;
  }
  return mask;
}

inline shape reduced_shape(const shape& s, dim_mask mask, bool keepdim) {
  shape out;
  for (int d = 0; d < s.rank(); ++d)
    if (!(mask & (1u << d)))
      out.push_back(s[d]);
    else if (keepdim)
      out.push_back(1);
  return out;
}
inline result<shape> reduced_shape(const char* op, const shape& s, const dim_list& dims, bool keepdim) {
  TENON_TRY(const dim_mask mask, reduced_dims(op, dims, s));
  return reduced_shape(s, mask, keepdim);
}

// For ops without a value for nothing.
inline result<void> check_not_empty(const char* op, const shape& s, dim_mask mask) {
  for (int d = 0; d < s.rank(); ++d)
    if ((mask & (1u << d)) && s[d] == 0)
      return error(error_code::shape_mismatch, op,
                   make_text("dim ", d, " of shape ", s, " is empty, and ", op, " of no elements has no value"));
  return {};
}

inline index_t elements_per_output(const shape& s, dim_mask mask) {
  index_t n = 1;
  for (int d = 0; d < s.rank(); ++d)
    if (mask & (1u << d)) n *= s[d];
  return n;
}

// The kernel of a kind for elements T and outputs Out.
struct reduction_kernels {
  const kernels::reduction_functions* cpu;
  const kernels::device_reduction_kernel<kernels::reduction_kind::sum, float, float>::function* cuda;        // or a place for it
};
template <kernels::reduction_kind Kind, class T, class... Out>
reduction_kernels reduction_functions_of() {
  return {kernels::cpu::entry<kernels::reduction_kernel<Kind, T, Out...>>(),
          &kernels::device_entry<kernels::device_reduction_kernel<Kind, T, Out...>, device::cuda>};
}

[[gnu::cold, gnu::noinline]] inline result<void> reduce_elsewhere(const char* op, any_tensor* const (&outs)[2], const any_tensor& x,
                                                                  const kernels::reduction_dim* dims, int rank, const reduction_kernels& kernel,
                                                                  const kernels::reduction_options& options) {
  if (*kernel.cuda == nullptr) return no_kernel(op, x.where());
  TENON_TRY(const auto context, device_context(op, x.where()));
  auto r = kernels::plan_device_reduction(dims, rank, *kernel.cpu);
  TENON_TRY(const storage_ptr memory, workspace(op, r.workspace_bytes, x.where()));
  r.x = x.bytes();
  const auto real = [](dtype t) { return t == dtype::complex64 ? dtype::float32 : t == dtype::complex128 ? dtype::float64 : t; };
  r.type = real(x.dtype());
  for (int i = 0; i < 2; ++i) {
    r.out[i] = outs[i] ? outs[i]->bytes() : nullptr;
    if (outs[i]) r.out_type[i] = real(outs[i]->dtype());
  }
  r.workspace = data_of(memory);
  return finish(op, (*kernel.cuda)(context, r, options));
}

// Runs the kernel. outs: up to two, null where not wanted, each with the kept dimensions (or all, reduced ones being 1).
// A complex tensor is read as real numbers with a last dimension of 2, which is kept.
inline result<void> reduce(const char* op, any_tensor* const (&outs)[2], const any_tensor& x, dim_mask mask, const reduction_kernels& kernel,
                           const kernels::reduction_options& options) {
  const kernels::reduction_functions& f = *kernel.cpu;
  const index_t parts = is_complex(x.dtype()) ? 2 : 1;
  kernels::reduction_dim dims[kernels::reduction_rank];
  int rank = x.rank();
  for (int d = 0; d < rank; ++d) {
    dims[d].extent = x.size(d);
    if (x.size(d) > 1) dims[d].x = x.stride(d) * parts * f.item;             // else it is not used, and may be anything
    dims[d].reduced = (mask >> d) & 1u;
  }
  for (int i = 0; i < 2; ++i) {
    const bool keeps = outs[i] && outs[i]->rank() == rank;
    for (int d = 0, to = 0; outs[i] && d < rank; ++d) {
      if (!dims[d].reduced && x.size(d) > 1) dims[d].out[i] = outs[i]->stride(to) * parts * f.out_item[i];
      if (keeps || !dims[d].reduced) ++to;
    }
  }
  if (parts == 2) dims[rank++] = {.extent = 2, .x = f.item, .out = {f.out_item[0], f.out_item[1]}};

  if (x.device() != device::cpu) [[unlikely]] return reduce_elsewhere(op, outs, x, dims, rank, kernel, options);
  const auto context = kernels::cpu::make_context((f.nanoseconds + 0.02 * static_cast<double>(f.item)) * static_cast<double>(x.numel()));
  const auto plan = kernels::plan_reduction(dims, rank, f, context.threads);
  alignas(64) std::byte small[2048];
  storage_ptr memory;
  if (plan.workspace_bytes > static_cast<index_t>(sizeof(small))) {
    TENON_TRY(memory, workspace(op, plan.workspace_bytes));
  }
  std::byte* const to[2] = {outs[0] ? outs[0]->bytes() : nullptr, outs[1] ? outs[1]->bytes() : nullptr};
  return finish(op, kernels::cpu::run_reduction(context, plan, f, options, to, x.bytes(), memory ? memory->data : small));
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls


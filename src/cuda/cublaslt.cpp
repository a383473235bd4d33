// Matrix products by cuBLASLt.
//
// Layout     cuBLASLt counts along columns, so out^T = b^T a^T is asked for: a row of ours is a column of its. Each operand needs one
//            dimension without gaps; the other may have any distance. One batch dimension, after merging.
// Epilogue   c with rows of its own is cuBLASLt's C; one row for all, as a bias, is added by its epilogue.
// Precision  float in float (no TF32), half types in float.
// Choice     its heuristic's first answer for these extents, distances and alignments, kept for the next call: `most_choices` for each device, of
//            which the one unused for longest makes room. One handle for each device, never destroyed.
// Workspace  from the stream-ordered pool, for the time of the call: calls on several streams do not share any.
#include "cublaslt.hpp"

#if __has_include(<cublasLt.h>)
#include "runtime.hpp"

#include <tenon/core/storage.hpp>
#include <tenon/kernels/cuda/device_guard.cuh>

#include <cublasLt.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <type_traits>
#include <utility>

namespace tenon::inline v0::kernels::cuda::inline library {

namespace {

constexpr int max_devices = 16;
constexpr std::size_t most_choices = 64;
constexpr std::uint64_t most_workspace = std::uint64_t{32} << 20;      // what cuBLAS itself takes on sm_90

#define TENON_CUBLASLT_FUNCTIONS(f)                                                                              \
  f(cublasLtCreate) f(cublasLtMatmul) f(cublasLtMatmulAlgoGetHeuristic) f(cublasLtMatmulDescInit_internal)       \
  f(cublasLtMatmulDescSetAttribute) f(cublasLtMatrixLayoutInit_internal) f(cublasLtMatrixLayoutSetAttribute)     \
  f(cublasLtMatmulPreferenceInit_internal) f(cublasLtMatmulPreferenceSetAttribute)

struct functions {
#define TENON_MEMBER(name) decltype(&::name) name = nullptr;
  TENON_CUBLASLT_FUNCTIONS(TENON_MEMBER)
#undef TENON_MEMBER
  bool found = false;
};

// From the program, if it has cuBLASLt itself; else from the library of the version that this file was compiled for.
functions load() {
  functions f;
  void* from = RTLD_DEFAULT;
  if (dlsym(from, "cublasLtCreate") == nullptr) {
#define TENON_TEXT(x) #x
#define TENON_SONAME(version) "libcublasLt.so." TENON_TEXT(version)
    from = dlopen(TENON_SONAME(CUBLAS_VER_MAJOR), RTLD_LAZY | RTLD_LOCAL);
#undef TENON_SONAME
#undef TENON_TEXT
    if (from == nullptr) return f;
  }
#define TENON_FIND(name)                                                                  \
  f.name = reinterpret_cast<decltype(f.name)>(dlsym(from, #name));                        \
  if (f.name == nullptr) return f;
  TENON_CUBLASLT_FUNCTIONS(TENON_FIND)
#undef TENON_FIND
  f.found = true;
  return f;
}
const functions& lt() {
  static const functions f = load();
  return f;
}

// What a choice depends on, in words without padding.
struct problem {
  std::int64_t type = 0, m = 0, n = 0, k = 0, batches = 1, bias = 0, alignment = 0;
  struct operand {
    std::int64_t distance = 0, batch = 0, transposed = 0;      // from row to row; transposed: from column to column, and columns have no gaps
  } a = {}, b = {}, c = {}, out = {};
};
static_assert(std::has_unique_object_representations_v<problem>);

struct choice {
  problem key;
  bool possible;                                 // also that there is none is remembered
  cublasLtMatmulAlgo_t algorithm;
  std::size_t workspace;
};

struct device_state {
  std::mutex lock;
  cublasLtHandle_t handle = nullptr;
  std::array<choice, most_choices> choices;      // the latest first
  std::size_t count = 0;
};
device_state& state_of(int ordinal) {
  static device_state all[max_devices];
  return all[ordinal];
}

// A matrix (rows, columns) of ours.
bool describe(const matmul_strides& s, index_t rows, index_t columns, problem::operand& to) {
  const bool dense_rows = s.column == 1 || columns == 1, dense_columns = s.row == 1 || rows == 1;
  const std::int64_t by_rows = rows == 1 ? columns : s.row, by_columns = columns == 1 ? rows : s.column;
  to.transposed = !(dense_rows && by_rows >= columns);
  to.distance = to.transposed ? by_columns : by_rows;
  to.batch = s.batch[0];
  return !to.transposed || (dense_columns && by_columns >= rows);
}

std::int64_t alignment_of(std::initializer_list<const void*> pointers) {
  std::uintptr_t bits = 256;
  for (const void* p : pointers) bits |= reinterpret_cast<std::uintptr_t>(p);
  return static_cast<std::int64_t>(bits & (~bits + 1));
}

struct description {
  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatrixLayoutOpaque_t a, b, c, out;
};

// All descriptors on the stack: a call allocates none.
bool describe(const problem& p, const library_product& call, description& d) {
  bool ok = true;
  const auto done = [&ok](cublasStatus_t s) { ok = ok && s == CUBLAS_STATUS_SUCCESS; };
  const bool twice = call.type == dtype::float64;
  const cudaDataType_t element = twice ? CUDA_R_64F : call.type == dtype::float32 ? CUDA_R_32F : call.type == dtype::float16 ? CUDA_R_16F : CUDA_R_16BF;
  done(lt().cublasLtMatmulDescInit_internal(&d.operation, sizeof d.operation, twice ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F, twice ? CUDA_R_64F : CUDA_R_32F));
  const auto set = [&](cublasLtMatmulDescAttributes_t what, const auto& value) {
    done(lt().cublasLtMatmulDescSetAttribute(&d.operation, what, &value, sizeof value));
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, static_cast<std::int32_t>(p.b.transposed ? CUBLAS_OP_T : CUBLAS_OP_N));
  set(CUBLASLT_MATMUL_DESC_TRANSB, static_cast<std::int32_t>(p.a.transposed ? CUBLAS_OP_T : CUBLAS_OP_N));
  if (p.bias) {
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, static_cast<std::uint32_t>(CUBLASLT_EPILOGUE_BIAS));
    set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, call.c);
  }
  const auto layout = [&](cublasLtMatrixLayoutOpaque_t& l, const auto& o, std::int64_t rows, std::int64_t columns) {
    const auto [high, wide] = o.transposed ? std::pair(rows, columns) : std::pair(columns, rows);
    done(lt().cublasLtMatrixLayoutInit_internal(&l, sizeof l, element, static_cast<std::uint64_t>(high), static_cast<std::uint64_t>(wide), o.distance));
    const auto count = static_cast<std::int32_t>(p.batches);
    done(lt().cublasLtMatrixLayoutSetAttribute(&l, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count));
    done(lt().cublasLtMatrixLayoutSetAttribute(&l, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &o.batch, sizeof o.batch));
  };
  layout(d.a, p.a, p.m, p.k);
  layout(d.b, p.b, p.k, p.n);
  layout(d.c, p.c, p.m, p.n);
  layout(d.out, p.out, p.m, p.n);
  return ok;
}

// The heuristic's answer.
choice ask(cublasLtHandle_t handle, const problem& p, description d) {
  choice answer{p, false, {}, 0};
  cublasLtMatmulPreferenceOpaque_t preference;
  if (lt().cublasLtMatmulPreferenceInit_internal(&preference, sizeof preference) != CUBLAS_STATUS_SUCCESS) return answer;
  const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t what, const auto& value) {
    return lt().cublasLtMatmulPreferenceSetAttribute(&preference, what, &value, sizeof value) == CUBLAS_STATUS_SUCCESS;
  };
  const auto alignment = static_cast<std::uint32_t>(p.alignment);
  bool ok = prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, most_workspace);
  for (const auto what : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
    ok = ok && prefer(what, alignment);
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  ok = ok && lt().cublasLtMatmulAlgoGetHeuristic(handle, &d.operation, &d.b, &d.a, &d.c, &d.out, &preference, 1, &found, &count) == CUBLAS_STATUS_SUCCESS;
  if (ok && count > 0 && found.state == CUBLAS_STATUS_SUCCESS) answer = {p, true, found.algo, found.workspaceSize};
  return answer;
}

// The same, remembered. The device's lock is held.
const choice& choose(device_state& device, const problem& p, const description& d) {
  const auto first = device.choices.begin(), last = first + static_cast<std::ptrdiff_t>(device.count);
  const auto known = std::find_if(first, last, [&p](const choice& c) { return std::memcmp(&c.key, &p, sizeof p) == 0; });
  if (known != last) {
    std::rotate(first, known, known + 1);
  } else {
    device.count = std::min(device.count + 1, most_choices);
    std::move_backward(first, first + static_cast<std::ptrdiff_t>(device.count - 1), first + static_cast<std::ptrdiff_t>(device.count));
    *first = ask(device.handle, p, d);
  }
  return *first;
}

}  // namespace

library_outcome multiply_by_cublaslt(const context& ctx, const library_product& call) {
  const matmul_plan& plan = call.plan;
  const int ordinal = ctx.queue->ordinal;
  if (!lt().found || ordinal >= max_devices || plan.batch_rank > 1 || plan.batches > 0x7fffffff || plan.m == 0 || plan.n == 0 || plan.k == 0) return {false, {}};
  problem p;
  p.type = static_cast<std::int64_t>(call.type);
  p.m = plan.m, p.n = plan.n, p.k = plan.k, p.batches = plan.batches;
  if (!describe(plan.a, plan.m, plan.k, p.a) || !describe(plan.b, plan.k, plan.n, p.b) || !describe(plan.out, plan.m, plan.n, p.out) || p.out.transposed)
    return {false, {}};
  double beta = call.c ? call.beta : 0;
  p.c = p.out;
  if (beta != 0) {
    p.bias = beta == 1 && plan.m > 1 && plan.c.row == 0 && (plan.c.column == 1 || plan.n == 1) && (plan.batches == 1 || plan.c.batch[0] == 0);
    if (p.bias) beta = 0;
    else if (!describe(plan.c, plan.m, plan.n, p.c) || p.c.transposed || (plan.batches > 1 && p.c.batch == 0)) return {false, {}};
  }
  const void* const a = plan.swapped ? call.b : call.a;
  const void* const b = plan.swapped ? call.a : call.b;
  const void* const c = beta != 0 ? call.c : call.out;
  p.alignment = alignment_of({a, b, c, call.out, p.bias ? call.c : nullptr});
  description d;
  if (!describe(p, call, d)) return {false, {}};
  choice chosen;
  device_state& device = state_of(ordinal);
  const device_guard on(ordinal);
  {
    const std::lock_guard guard(device.lock);
    if (device.handle == nullptr && lt().cublasLtCreate(&device.handle) != CUBLAS_STATUS_SUCCESS) return {false, {}};
    chosen = choose(device, p, d);
  }
  if (!chosen.possible) return {false, {}};
  storage_ptr workspace;
  if (chosen.workspace > 0) {
    auto memory = runtime().allocate("matmul", chosen.workspace, ordinal);
    if (!memory) return {false, {}};             // our own kernel needs none
    workspace = *std::move(memory);
  }
  const float alpha_single = static_cast<float>(call.alpha), beta_single = static_cast<float>(beta);
  const bool twice = call.type == dtype::float64;
  const void* const alpha_at = twice ? static_cast<const void*>(&call.alpha) : &alpha_single;
  const void* const beta_at = twice ? static_cast<const void*>(&beta) : &beta_single;
  const cublasStatus_t s = lt().cublasLtMatmul(device.handle, &d.operation, alpha_at, b, &d.b, a, &d.a, beta_at, c, &d.c, call.out, &d.out, &chosen.algorithm,
                                               workspace ? workspace->data : nullptr, chosen.workspace, static_cast<cudaStream_t>(ctx.queue->stream));
  static_cast<void>(cudaGetLastError());
  if (s == CUBLAS_STATUS_SUCCESS) return {true, {}};
  return {true, {s == CUBLAS_STATUS_ALLOC_FAILED ? status_code::out_of_memory : status_code::launch_failed, static_cast<index_t>(s)}};
}

}  // namespace tenon::inline v0::kernels::cuda::inline library

#else

namespace tenon::inline v0::kernels::cuda::inline library {
library_outcome multiply_by_cublaslt(const context&, const library_product&) { return {false, {}}; }       // compiled without its header
}  // namespace tenon::inline v0::kernels::cuda::inline library
#endif

#pragma once
// What the tests of the matrix product share: operands in any layout with guard values around them, a context that runs on
// real threads, and the comparison with kernels/reference.
#include <tenon/kernels/cpu/matmul.hpp>
#include <tenon/kernels/reference/matmul.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace matmul_test {

using namespace tenon;
using kernels::matmul_epilogue;
using kernels::matmul_plan;

enum class layout { rows, columns, padded, reversed_rows, reversed_columns, steps, one_row, one_column };
#if defined(TENON_TEST_REDUCED)
inline constexpr layout input_layouts[] = {layout::rows, layout::columns, layout::reversed_rows, layout::one_row};
inline constexpr layout output_layouts[] = {layout::rows, layout::columns, layout::steps};
#else
inline constexpr layout input_layouts[] = {layout::rows,  layout::columns, layout::padded, layout::reversed_rows, layout::reversed_columns,
                                           layout::steps, layout::one_row, layout::one_column};
inline constexpr layout output_layouts[] = {layout::rows, layout::columns, layout::padded, layout::reversed_rows, layout::reversed_columns, layout::steps};
#endif

// Small whole numbers, so that every sum is exact and any order of additions gives the same; or numbers that are not.
template <class T>
T whole_number(std::uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  const int value = static_cast<int>(state >> 24) % 9 - 4;
  if constexpr (complex_type<T>) return T(static_cast<real_t<T>>(value), static_cast<real_t<T>>(static_cast<int>(state >> 16 & 255) % 5 - 2));
  else return static_cast<T>(static_cast<compute_t<T>>(value));
}
template <class T>
T any_number(std::uint32_t& state) {
  const auto next = [&state] {
    state = state * 1664525u + 1013904223u;
    return static_cast<double>(state >> 8) * 0x1p-24 - 0.5;
  };
  if constexpr (complex_type<T>) {
    const auto re = static_cast<real_t<T>>(next());
    return T(re, static_cast<real_t<T>>(next()));
  } else {
    return static_cast<T>(static_cast<compute_t<T>>(next()));
  }
}

// A batch of matrices in a block of its own, in the given layout. Everything in the block that is no element is `guard`.
template <class T>
struct operand {
  std::vector<T> block;
  strided<T> view;

  operand(std::vector<index_t> shape, layout l, bool shared_batch = false) {
    const int rank = static_cast<int>(shape.size());
    const index_t rows = shape[shape.size() - 2], columns = shape[shape.size() - 1];
    index_t row = columns, column = 1, origin = 5;           // not aligned to anything
    switch (l) {
      case layout::rows: break;
      case layout::columns: row = 1, column = rows; break;
      case layout::padded: row = columns + 3; break;
      case layout::reversed_rows: row = -columns, origin += columns * rows; break;
      case layout::reversed_columns: column = -1, origin += columns; break;
      case layout::steps: row = 2 * columns + 1, column = 2; break;
      case layout::one_row: row = 0; break;
      case layout::one_column: row = 1, column = 0; break;
    }
    const index_t matrix = 2 * (rows + 2) * (columns + 2) + 3;
    index_t batches = 1;
    view.rank = rank;
    for (int d = rank - 1; d >= 0; --d) {
      view.extent[d] = shape[static_cast<std::size_t>(d)];
      view.stride[d] = d == rank - 1 ? column : d == rank - 2 ? row : shared_batch ? 0 : matrix * batches;
      if (d < rank - 2) batches *= view.extent[d];
    }
    block.assign(static_cast<std::size_t>(matrix * (batches + 1) + 16), guard());
    view.data = block.data() + origin;
  }
  operand(const operand&) = delete;

  static T guard() { return static_cast<T>(static_cast<compute_t<T>>(77)); }

  template <class F>
  void each(F f) {
    const int r = view.rank - 2;
    index_t batches = 1;
    for (int d = 0; d < r; ++d) batches *= view.extent[d];
    for (index_t i = 0; i < batches; ++i) {
      index_t at[max_rank] = {};
      for (index_t d = r - 1, rest = i; d >= 0; rest /= view.extent[d--]) at[d] = rest % view.extent[d];
      for (index_t m = 0; m < view.extent[r]; ++m)
        for (index_t n = 0; n < view.extent[r + 1]; ++n) f(kernels::reference::element(view, at, m, n));
    }
  }
  template <class F>
  operand& fill(F f, std::uint32_t seed) {
    each([&](T& x) { x = f(seed); });
    return *this;
  }
  strided<const T> read() const { return view; }
};

// A context whose loop runs on real threads, each taking every n-th task.
inline kernels::context on_threads(int threads) {
  if (threads == 1) return {};
  return {[](int n, index_t tasks, kernels::context::task t, void* self) {
            std::vector<std::thread> all;
            for (index_t i = 0; i < n; ++i)
              all.emplace_back([=] {
                for (index_t task = i; task < tasks; task += n) t(self, task);
              });
            for (auto& thread : all) thread.join();
          },
          threads};
}

// The product by the kernel. The workspace is filled with NaN and followed by a guard.
template <class T>
matmul_plan multiply(const strided<T>& out, const strided<const T>& a, const strided<const T>& b, const matmul_epilogue<T>& e = {}, int threads = 1) {
  const auto plan = kernels::plan_matmul(out, a, b, e, threads);
  const auto bytes = static_cast<std::size_t>(plan.workspace_bytes);
  std::vector<std::byte> memory(bytes + 192, std::byte{0xff});
  auto* const workspace = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64;
  const auto run = function_of(kernels::matmul_kernel<T>{}, kernels::cpu::this_arch{});
  CHECK(static_cast<bool>(run(on_threads(threads), plan, out, a, b, e, workspace)));
  for (std::size_t i = 0; i < 64; ++i) REQUIRE(workspace[bytes + i] == std::byte{0xff});
  return plan;
}

template <class T>
bool same_bytes(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0;
}

// Of operands of whole numbers: the kernel and the reference must leave the same bytes, around the result as in it.
template <class T>
bool exact(std::vector<index_t> batch, index_t m, index_t n, index_t k, layout lo = layout::rows, layout la = layout::rows,
           layout lb = layout::rows, int threads = 1, bool shared_a = false, bool shared_b = false) {
  const auto shape = [&](index_t rows, index_t columns) {
    auto s = batch;
    s.insert(s.end(), {rows, columns});
    return s;
  };
  operand<T> a(shape(m, k), la, shared_a), b(shape(k, n), lb, shared_b), got(shape(m, n), lo), expected(shape(m, n), lo);
  a.fill(whole_number<T>, 1);
  b.fill(whole_number<T>, 2);
  multiply(got.view, a.read(), b.read(), {}, threads);
  kernels::reference::matmul(expected.view, a.read(), b.read());
  return same_bytes(got.block, expected.block);
}

}  // namespace matmul_test

#pragma once
// The instructions of kernels/cuda/mma.cuh, as the PTX ISA describes them (8.x, "Warp-level matrix instructions", "Asynchronous copy"):
// what lane 4 g + q holds of a fragment is written here from its tables, and not from the kernels.
//
// Copies   in forward order they are done when they start, in the others when they are waited for: what is overwritten too early
//          shows in the one, what is read too early in the others, and what is never waited for in all.
// Caught   also: addresses that are not aligned to 16 bytes, lanes that miss an instruction of the warp; and bank conflicts are counted.
#include "host_cuda.hpp"

#include <cmath>

namespace host_cuda {

inline void expect_aligned(const void* p) {
  if (reinterpret_cast<std::uintptr_t>(p) % 16 != 0) problem = "an address that is not aligned to 16 bytes";
}

inline void perform(async_copy& c) {
  if (c.done) return;
  std::memset(c.to, 0, 16);
  std::memcpy(c.to, c.from, static_cast<std::size_t>(c.bytes));
  c.done = true;
}
inline void copy_async(void* to, const void* from, int bytes) {
  expect_aligned(to);
  expect_aligned(from);
  async_copy c{to, from, bytes, false};
  if (run_order == order::forward) perform(c);
  copies().open.push_back(c);
}
inline void commit_copies() {
  copies().groups.push_back(std::move(copies().open));
  copies().open.clear();
}
inline void wait_for_copies(unsigned groups) {
  pause();                                       // others may be ahead, as far as barriers let them
  auto& pending = copies().groups;
  while (pending.size() > groups) {
    for (auto& c : pending.front()) perform(c);
    pending.erase(pending.begin());
  }
}

// ldmatrix .x4: matrix i's row r begins at the address of lane 8 i + r. Of matrix i, lane l receives elements 2 (l % 4) and the next of
// row l / 4; transposed, of column l / 4.
struct matrix_load {
  std::uint32_t* to;
  const void* row;
  bool transposed;
};
inline void load_matrices(std::uint32_t (&r)[4], const void* row, bool transposed) {
  expect_aligned(row);
  matrix_load mine{r, row, transposed};
  as_warp([](void* const* all) {
    const auto lane = [&](unsigned l) -> matrix_load& { return *static_cast<matrix_load*>(all[l]); };
    for (unsigned i = 0; i < 4; ++i) {
      std::uint16_t x[8][8];
      unsigned banks = 0;                        // in fours, as 16 bytes fill them
      for (unsigned k = 0; k < 8; ++k) {
        std::memcpy(x[k], lane(8 * i + k).row, 16);
        const unsigned bank = 1u << (reinterpret_cast<std::uintptr_t>(lane(8 * i + k).row) / 16 % 8);
        bank_conflicts += (banks & bank) != 0;
        banks |= bank;
      }
      for (unsigned l = 0; l < 32; ++l) {
        const unsigned g = l / 4, q = l % 4 * 2;
        const auto word = [](std::uint16_t low, std::uint16_t high) { return static_cast<std::uint32_t>(low) | static_cast<std::uint32_t>(high) << 16; };
        lane(l).to[i] = lane(l).transposed ? word(x[q][g], x[q + 1][g]) : word(x[g][q], x[g][q + 1]);
      }
    }
  }, &mine);
}

// mma .m16n8k16 .row.col: sum (16, 8) += left (16, 16) right (16, 8). Products are exact; the sum is cut off to float, once.
struct matrix_product {
  float* sum;
  const std::uint32_t* left;
  std::uint32_t right[2];
};
template <class T>
void multiply_add(float (&sum)[4], const std::uint32_t (&left)[4], std::uint32_t right0, std::uint32_t right1) {
  matrix_product mine{sum, left, {right0, right1}};
  as_warp([](void* const* all) {
    const auto element = [](std::uint32_t word, unsigned i) { return static_cast<double>(static_cast<float>(T::from_bits(static_cast<std::uint16_t>(word >> 16 * i)))); };
    double a[16][16], b[16][8];
    for (unsigned l = 0; l < 32; ++l) {
      const auto& o = *static_cast<const matrix_product*>(all[l]);
      const unsigned g = l / 4, q = l % 4 * 2;
      for (unsigned i = 0; i < 2; ++i) {
        a[g][q + i] = element(o.left[0], i);
        a[g + 8][q + i] = element(o.left[1], i);
        a[g][q + 8 + i] = element(o.left[2], i);
        a[g + 8][q + 8 + i] = element(o.left[3], i);
        b[q + i][g] = element(o.right[0], i);
        b[q + 8 + i][g] = element(o.right[1], i);
      }
    }
    for (unsigned l = 0; l < 32; ++l)
      for (unsigned i = 0; i < 4; ++i) {
        const unsigned row = l / 4 + i / 2 * 8, column = l % 4 * 2 + i % 2;
        float& c = static_cast<const matrix_product*>(all[l])->sum[i];
        double exact = static_cast<double>(c);
        for (unsigned k = 0; k < 16; ++k) exact += a[row][k] * b[k][column];
        c = static_cast<float>(exact);
        if (std::isfinite(exact) && std::fabs(static_cast<double>(c)) > std::fabs(exact)) c = std::nextafter(c, 0.0f);
      }
  }, &mine);
}

}  // namespace host_cuda

#pragma once
// CUDA kernels on the CPU: the machine.
//
// Every thread of a block is a fiber with a stack of its own; one block runs at a time. A fiber runs until it waits at a barrier, for
// its warp or for its copies (warp_matrix.hpp), or ends. The order in which fibers run between two barriers is chosen by the test: a result
// that depends on it is a missing barrier, or a copy that was not waited for. Warps are run greedily: one of them is always as far ahead
// of the others as the barriers allow. In random order every other block, by chance, is run in turns instead: a warp that has exchanged
// something, or waits for its copies, may be left for another.
//
// Caught     a wrong index (AddressSanitizer sees every access; device memory is one allocation each, dynamic shared memory one for
//            each launch), a missing barrier, a barrier that some threads do not reach, lanes that miss a shuffle, shared
//            memory that is read before it is written (dynamic shared memory starts as NaN in every floating type), a copy that is
//            under way when its thread ends.
// Not caught weak memory order, bank conflicts, coalescing, alignment faults, anything about time.
//
// A problem ends the launch with cudaErrorLaunchFailure; `problem` tells what it was. The machine itself is host_cuda.cpp, compiled
// once and optimised.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <type_traits>
#include <vector>

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};

// Set for the thread that runs, each time that it goes on.
inline thread_local uint3 threadIdx, blockIdx;
inline thread_local dim3 blockDim, gridDim;

namespace host_cuda {

enum class order { forward, reverse, random };
// Of the launches that follow; at first what the environment variable HOST_CUDA_ORDER says, else forward.
inline order run_order = [] {
  const char* const wanted = std::getenv("HOST_CUDA_ORDER");
  if (wanted == nullptr) return order::forward;
  return std::strcmp(wanted, "random") == 0 ? order::random : std::strcmp(wanted, "reverse") == 0 ? order::reverse : order::forward;
}();

// Of this thread of the host: the fiber that runs, its block's dynamic shared memory, and what was found.
struct fiber;
inline thread_local fiber* current = nullptr;
inline thread_local void* shared = nullptr;
inline thread_local std::string_view problem;
inline thread_local long bank_conflicts = 0;     // rows of matrices that were read after one another because they share banks

inline void* dynamic_shared() { return shared; }
unsigned lane();                                 // of the fiber that runs, in its warp
void wait_at_barrier();
void pause();                                    // others may run first

// Whether all blocks ended well.
bool launch(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& kernel);

// ---- a warp ------------------------------------------------------------------------------------------------------------
// The value of lane `source`; of a lane outside the mask, which CUDA leaves undefined, one's own.
std::uint64_t exchange_bits(unsigned mask, std::uint64_t value, unsigned source);
template <class T>
[[gnu::no_sanitize("address", "undefined")]] T exchange(        // a place of its own for each variable takes longer than the exchange
    unsigned mask, T value, unsigned source) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = exchange_bits(mask, bits, source);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// f(operands of lane 0 .. 31), when all lanes have come.
void as_warp(void (*f)(void* const* operands), void* operands);

// Copies to shared memory that run beside the thread: in finished groups, and since the last of them.
struct async_copy {
  void* to;
  const void* from;
  int bytes;
  bool done;                                     // though nobody has waited for it
};
struct async_copies {
  std::vector<std::vector<async_copy>> groups;
  std::vector<async_copy> open;

  bool under_way() const {
    return !open.empty() || std::any_of(groups.begin(), groups.end(), [](const auto& g) { return !g.empty(); });
  }
};
async_copies& copies();                          // of the fiber that runs

}  // namespace host_cuda

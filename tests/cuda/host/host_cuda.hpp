#pragma once
// CUDA kernels on the CPU: the machine.
//
// Every thread of a block is a fiber with a stack of its own; one block runs at a time. A fiber runs until it waits at a barrier or for
// its warp, or ends. The order in which fibers run between two barriers is chosen by the test: a result that depends on it
// is a missing barrier, or a copy that was not waited for (warp_matrix.hpp). Warps are run greedily: one of them is always as far ahead of the others as the barriers allow.
//
// Caught     a wrong index (AddressSanitizer sees every access, device memory is one allocation each), a missing barrier, a
//            barrier that some threads do not reach, lanes that miss a shuffle, shared memory that is read before it is
//            written (dynamic shared memory starts as NaN in every floating type).
// Not caught weak memory order, bank conflicts, coalescing, alignment faults, anything about time.
//
// A problem ends the launch with cudaErrorLaunchFailure; `problem()` tells what it was.
#include <ucontext.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>
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

enum class state { ready, at_barrier, at_warp, done };

struct async_copy {
  void* to;
  const void* from;
  int bytes;
};

struct fiber {
  uint3 thread{};
  unsigned number = 0;                           // in the block
  state now = state::ready;
  bool started = false;
  void* place[5] = {};                           // where to go on
  ucontext_t context{};
  std::unique_ptr<char[]> stack;
  // What is exchanged in a warp: the lanes that take part, whose value is wanted, and the values.
  unsigned lanes = 0, source = 0;
  std::uint64_t sent = 0, received = 0;
  // Or: what the whole warp does at once, and this lane's operands (warp_matrix.hpp).
  void (*together)(void* const* operands) = nullptr;
  void* operands = nullptr;
  // Copies to shared memory that run beside the thread: in finished groups, and since the last of them.
  std::vector<std::vector<async_copy>> copies;
  std::vector<async_copy> open_copies;
};

struct machine {
  std::vector<std::unique_ptr<fiber>> fibers;    // kept for the next launch
  unsigned threads = 0;
  std::vector<unsigned char> shared;
  std::vector<unsigned> warps;
  std::mt19937 random{1};
  fiber* current = nullptr;
  const std::function<void()>* kernel = nullptr;
  void* scheduler[5] = {};
  std::string problem;
  long bank_conflicts = 0;                       // rows of matrices that were read after one another because they share banks
};

inline machine& here() {
  thread_local machine m;
  return m;
}
inline const std::string& problem() { return here().problem; }
inline void* dynamic_shared() { return here().shared.data(); }

// ---- switching ---------------------------------------------------------------------------------------------------------
// __builtin_longjmp may not be called by the function that called __builtin_setjmp.
[[noreturn, gnu::noinline]] inline void jump(void** place) { __builtin_longjmp(place, 1); }

[[gnu::noinline]] inline void wait_as(state s) {
  fiber* const me = here().current;
  me->now = s;
  if (!__builtin_setjmp(me->place)) jump(here().scheduler);
}
inline void fiber_main() {
  for (;;) {                                     // a fiber serves thread after thread
    (*here().kernel)();
    wait_as(state::done);
  }
}
[[gnu::noinline]] inline void run(fiber& f) {
  constexpr std::size_t stack_bytes = 128 * 1024;
  machine& m = here();
  m.current = &f;
  threadIdx = f.thread;
  const bool first = !f.started;
  f.started = true;
  if (__builtin_setjmp(m.scheduler)) return;     // the fiber waits, or has ended
  if (!first) jump(f.place);
  if (!f.stack) f.stack.reset(new char[stack_bytes]);
  getcontext(&f.context);
  f.context.uc_stack.ss_sp = f.stack.get();
  f.context.uc_stack.ss_size = stack_bytes;
  f.context.uc_link = nullptr;
  makecontext(&f.context, fiber_main, 0);
  setcontext(&f.context);
}

// ---- a warp ------------------------------------------------------------------------------------------------------------
// What all lanes of a warp have asked for, once.
inline void do_together(machine& m, unsigned warp, unsigned group) {
  void* operands[32];
  for (unsigned l = 0; l < 32; ++l) {
    if (group != ~0u || m.fibers[warp * 32 + l]->together != m.fibers[warp * 32]->together) {
      m.problem = "an instruction of the whole warp that some of its lanes do not execute";
      return;
    }
    operands[l] = m.fibers[warp * 32 + l]->operands;
  }
  m.fibers[warp * 32]->together(operands);
}

// Lets those lanes go on whose partners have all arrived, and hands over their values. A lane that has ended counts as
// arrived, as on the device.
inline bool release_warp(machine& m, unsigned warp, unsigned lanes) {
  const auto lane = [&](unsigned l) -> fiber& { return *m.fibers[warp * 32 + l]; };
  unsigned arrived = 0, alive = 0;
  for (unsigned l = 0; l < lanes; ++l) {
    arrived |= static_cast<unsigned>(lane(l).now == state::at_warp) << l;
    alive |= static_cast<unsigned>(lane(l).now != state::done) << l;
  }
  bool any = false;
  for (unsigned l = 0; l < lanes; ++l) {
    if (!(arrived >> l & 1)) continue;
    const unsigned group = lane(l).lanes & alive;
    if ((arrived & group) != group) continue;
    if (lane(l).together != nullptr) do_together(m, warp, group);
    for (unsigned k = 0; k < lanes; ++k)
      if (group >> k & 1) lane(k).received = lane(lane(k).source).sent;
    for (unsigned k = 0; k < lanes; ++k)
      if (group >> k & 1) lane(k).now = state::ready;
    arrived &= ~group;
    any = true;
  }
  return any;
}

// The value of lane `source`; of a lane outside the mask, which CUDA leaves undefined, one's own.
template <class T>
T exchange(unsigned mask, T value, unsigned source) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
  fiber& me = *here().current;
  const unsigned lane = me.number % 32;
  me.together = nullptr;
  me.sent = 0;
  std::memcpy(&me.sent, &value, sizeof value);
  me.lanes = mask | 1u << lane;
  me.source = source < 32 && (mask >> source & 1) ? source : lane;
  wait_as(state::at_warp);
  T result;
  std::memcpy(&result, &me.received, sizeof result);
  return result;
}

// f(operands of lane 0 .. 31), when all lanes have come.
template <class T>
void as_warp(void (*f)(void* const* operands), T& operands) {
  fiber& me = *here().current;
  me.together = f;
  me.operands = &operands;
  me.lanes = ~0u;
  me.source = me.number % 32;
  wait_as(state::at_warp);
}

// ---- a block, a launch -------------------------------------------------------------------------------------------------
inline bool run_block(machine& m) {
  for (unsigned i = 0; i < m.threads; ++i) {
    m.fibers[i]->now = state::ready;
    m.fibers[i]->copies.clear();
    m.fibers[i]->open_copies.clear();
  }
  std::fill(m.shared.begin(), m.shared.end(), static_cast<unsigned char>(0xFF));
  for (;;) {
    if (run_order == order::random) std::shuffle(m.warps.begin(), m.warps.end(), m.random);
    for (const unsigned w : m.warps) {
      const unsigned lanes = std::min(32u, m.threads - w * 32);
      do {
        for (unsigned i = 0; i < lanes; ++i) {
          fiber& f = *m.fibers[w * 32 + (run_order == order::reverse ? lanes - 1 - i : i)];
          if (f.now == state::ready) run(f);
        }
      } while (release_warp(m, w, lanes));
    }
    unsigned at_barrier = 0, done = 0;
    for (unsigned i = 0; i < m.threads; ++i) {
      at_barrier += m.fibers[i]->now == state::at_barrier;
      done += m.fibers[i]->now == state::done;
    }
    if (!m.problem.empty()) return false;
    if (done == m.threads) return true;
    if (at_barrier + done != m.threads)
      m.problem = "some lanes wait for their warp, and the others never come";
    else if (done > 0)
      m.problem = "a barrier that some threads never reach: they have ended";
    if (!m.problem.empty()) return false;
    for (unsigned i = 0; i < m.threads; ++i) m.fibers[i]->now = state::ready;
  }
}

// Whether all blocks ended well.
inline bool launch(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& kernel) {
  machine& m = here();
  m.problem.clear();
  m.threads = block.x * block.y * block.z;
  if (m.threads == 0 || m.threads > 1024 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535) {
    m.problem = "a grid or a block of a size that there is not";
    return false;
  }
  while (m.fibers.size() < m.threads) m.fibers.push_back(std::make_unique<fiber>());
  for (unsigned i = 0; i < m.threads; ++i) {
    m.fibers[i]->number = i;
    m.fibers[i]->thread = {i % block.x, i / block.x % block.y, i / block.x / block.y};
  }
  m.warps.resize((m.threads + 31) / 32);
  std::iota(m.warps.begin(), m.warps.end(), 0u);
  if (run_order == order::reverse) std::reverse(m.warps.begin(), m.warps.end());
  m.shared.assign(shared_bytes, 0xFF);
  m.kernel = &kernel;
  blockDim = block;
  gridDim = grid;
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = {x, y, z};
        if (run_block(m)) continue;
        for (const auto& f : m.fibers) f->started = false;           // where they stand, they would never get on
        return false;
      }
  return true;
}

}  // namespace host_cuda

// The machine of host_cuda.hpp. Compiled with optimisation also where tests are not: most of a kernel's time on the CPU is spent between
// its threads.
#include "host_cuda.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

// ---- switching ---------------------------------------------------------------------------------------------------------
// Without swapcontext, which asks the system for the mask of signals, and without longjmp: a function that never returns makes
// AddressSanitizer ask the system for the stack, and forget what it knew of it.
#if defined(__x86_64__)
extern "C" void host_cuda_switch(void** from, void* to);
asm(R"(
        .pushsection .text
        .type host_cuda_switch, @function
host_cuda_switch:
        pushq %rbp
        pushq %rbx
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rsp, (%rdi)
        movq %rsi, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbx
        popq %rbp
        ret
        .size host_cuda_switch, .-host_cuda_switch
        .popsection
)");
#endif

namespace host_cuda {
namespace {

constexpr std::size_t stack_bytes = 128 * 1024;
constexpr unsigned warp_size = 32, most_threads = 1024;

// Where to go on.
struct place {
  // AddressSanitizer is told which stack is in use.
  const void* stack = nullptr;
  std::size_t bytes = 0;
  void* frames = nullptr;                        // its own, of variables that it finds used after their function has returned
#if defined(__x86_64__)
  void* registers = nullptr;                     // on the stack, as host_cuda_switch has left them
  void leave_for(place& to) { host_cuda_switch(&registers, to.registers); }
#else
  ucontext_t context{};
  void leave_for(place& to) { swapcontext(&context, &to.context); }
#endif

  // The beginning of f, which never returns, on a stack of its own.
  void start(char* bottom, void (*f)()) {
    *this = {};
    stack = bottom;
    bytes = stack_bytes;
#if defined(__x86_64__)
    void** top = reinterpret_cast<void**>(bottom + stack_bytes);     // aligned to 16 bytes; f begins 8 below that, as if called
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(f);
    for (int i = 0; i < 6; ++i) *--top = nullptr;
    registers = top;
#else
    getcontext(&context);
    context.uc_stack.ss_sp = bottom;
    context.uc_stack.ss_size = stack_bytes;
    makecontext(&context, f, 0);
#endif
  }
  void go([[maybe_unused]] place& to) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&frames, to.stack, to.bytes);
#endif
    leave_for(to);
    arrived(nullptr);
  }
  // f calls this first, with the place that it was started from.
  void arrived([[maybe_unused]] place* from) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(frames, from ? &from->stack : nullptr, from ? &from->bytes : nullptr);
#endif
  }
};

enum class state { ready, at_barrier, at_warp, done };

}  // namespace

struct fiber {
  uint3 thread{};
  unsigned number = 0;                           // in the block
  state now = state::ready;
  place at;
  std::unique_ptr<char[]> stack;
  // What is exchanged in a warp: the lanes that take part, whose value is wanted, and the values.
  unsigned lanes = 0, source = 0;
  std::uint64_t sent = 0, received = 0;
  // Or: what the whole warp does at once, and this lane's operands.
  void (*together)(void* const* operands) = nullptr;
  void* operands = nullptr;
  async_copies copies;
};

namespace {

struct machine {
  std::vector<fiber> fibers{most_threads};       // kept from launch to launch
  unsigned threads = 0;
  std::unique_ptr<unsigned char[]> shared;
  std::size_t shared_bytes = 0;
  std::vector<unsigned> warps, lanes;            // in which order they run
  std::mt19937 random{1};
  bool in_turns = false;                         // a warp may stop for another where nothing makes it wait
  const std::function<void()>* kernel = nullptr;
  place scheduler;
};
machine& here() {
  thread_local machine m;
  return m;
}

// One time in four, where warps are run in turns.
bool stops(machine& m) { return m.in_turns && m.random() % 4 == 0; }

void wait_as(state s) {
  fiber& me = *current;
  me.now = s;
  me.at.go(here().scheduler);
}
void fiber_main() {
  current->at.arrived(&here().scheduler);
  for (;;) {                                     // a fiber serves thread after thread
    (*here().kernel)();
    wait_as(state::done);
  }
}
// Until the fiber waits, or has ended.
void run(machine& m, fiber& f) {
  if (!f.stack) {
    f.stack.reset(new char[stack_bytes]);
    f.at.start(f.stack.get(), fiber_main);
  }
  current = &f;
  threadIdx = f.thread;
  m.scheduler.go(f.at);
}

// ---- a warp ------------------------------------------------------------------------------------------------------------
// What all lanes of a warp have asked for, once.
void do_together(fiber* warp, unsigned group) {
  void* operands[warp_size];
  for (unsigned l = 0; l < warp_size; ++l) {
    if (group != ~0u || warp[l].together != warp[0].together) {
      problem = "an instruction of the whole warp that some of its lanes do not execute";
      return;
    }
    operands[l] = warp[l].operands;
  }
  warp[0].together(operands);
}

// Lets those lanes go on whose partners have all arrived, and hands over their values. A lane that has ended counts as
// arrived, as on the device.
bool release_warp(fiber* warp, unsigned lanes) {
  unsigned arrived = 0, alive = 0;
  for (unsigned l = 0; l < lanes; ++l) {
    arrived |= static_cast<unsigned>(warp[l].now == state::at_warp) << l;
    alive |= static_cast<unsigned>(warp[l].now != state::done) << l;
  }
  bool any = false;
  for (unsigned l = 0; l < lanes; ++l) {
    if (!(arrived >> l & 1)) continue;
    const unsigned group = warp[l].lanes & alive;
    if ((arrived & group) != group) continue;
    if (warp[l].together != nullptr) do_together(warp, group);
    for (unsigned k = 0; k < lanes; ++k)
      if (group >> k & 1) warp[k].received = warp[warp[k].source].sent;
    for (unsigned k = 0; k < lanes; ++k)
      if (group >> k & 1) warp[k].now = state::ready;
    arrived &= ~group;
    any = true;
  }
  return any;
}

// ---- a block -----------------------------------------------------------------------------------------------------------
bool run_block(machine& m) {
  const auto all = [&](auto f) { std::for_each_n(m.fibers.begin(), m.threads, f); };
  all([](fiber& f) {
    f.now = state::ready;
    f.copies.groups.clear();
    f.copies.open.clear();
  });
  m.in_turns = run_order == order::random && m.random() % 2 == 0;
  std::fill_n(m.shared.get(), m.shared_bytes, static_cast<unsigned char>(0xFF));
  for (;;) {
    if (run_order == order::random) {
      std::shuffle(m.warps.begin(), m.warps.end(), m.random);
      std::shuffle(m.lanes.begin(), m.lanes.end(), m.random);
    }
    for (const unsigned w : m.warps) {
      fiber* const warp = &m.fibers[w * warp_size];
      const unsigned lanes = std::min(warp_size, m.threads - w * warp_size);
      do {
        for (const unsigned l : m.lanes)
          if (l < lanes && warp[l].now == state::ready) run(m, warp[l]);
      } while (release_warp(warp, lanes) && !stops(m));
    }
    unsigned at_barrier = 0, done = 0, ready = 0;
    all([&](const fiber& f) {
      at_barrier += f.now == state::at_barrier;
      done += f.now == state::done;
      ready += f.now == state::ready;
      if (f.now == state::done && f.copies.under_way()) problem = "a thread that has ended with copies under way";
    });
    if (!problem.empty()) return false;
    if (done == m.threads) return true;
    if (ready > 0) continue;
    if (at_barrier + done != m.threads)
      problem = "some lanes wait for their warp, and the others never come";
    else if (done > 0)
      problem = "a barrier that some threads never reach: they have ended";
    if (!problem.empty()) return false;
    all([](fiber& f) { f.now = state::ready; });
  }
}

}  // namespace

unsigned lane() { return current->number % warp_size; }
void wait_at_barrier() { wait_as(state::at_barrier); }
void pause() {
  if (stops(here())) wait_as(state::ready);
}
async_copies& copies() { return current->copies; }

std::uint64_t exchange_bits(unsigned mask, std::uint64_t value, unsigned source) {
  fiber& me = *current;
  const unsigned own = lane();
  me.together = nullptr;
  me.sent = value;
  me.lanes = mask | 1u << own;
  me.source = source < warp_size && (mask >> source & 1) ? source : own;
  wait_as(state::at_warp);
  return me.received;
}

void as_warp(void (*f)(void* const* operands), void* operands) {
  fiber& me = *current;
  me.together = f;
  me.operands = operands;
  me.lanes = ~0u;
  me.source = lane();
  wait_as(state::at_warp);
}

bool launch(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& kernel) {
  machine& m = here();
  problem = "";
  m.threads = block.x * block.y * block.z;
  if (m.threads == 0 || m.threads > most_threads || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535) {
    problem = "a grid or a block of a size that there is not";
    return false;
  }
  for (unsigned i = 0; i < m.threads; ++i) {
    m.fibers[i].number = i;
    m.fibers[i].thread = {i % block.x, i / block.x % block.y, i / block.x / block.y};
  }
  m.warps.resize((m.threads + warp_size - 1) / warp_size);
  m.lanes.resize(warp_size);
  for (auto* const numbers : {&m.warps, &m.lanes}) {
    std::iota(numbers->begin(), numbers->end(), 0u);
    if (run_order == order::reverse) std::reverse(numbers->begin(), numbers->end());
  }
  m.shared.reset(new unsigned char[shared_bytes]);
  m.shared_bytes = shared_bytes;
  m.kernel = &kernel;
  shared = m.shared.get();
  blockDim = block;
  gridDim = grid;
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = {x, y, z};
        if (run_block(m)) continue;
        for (fiber& f : m.fibers) f.stack.reset();                   // where they stand, they would never get on
        return false;
      }
  return true;
}

}  // namespace host_cuda

#pragma once
// parallel_loop: the one parallel loop of the library, on oneTBB, in the caller's arena.
//
// Isolated     A thread that waits for the loop does not pick up other tasks of the caller's: it could enter the same op
//              again above its own half-used state. And each loop has a task group context of its own: inside a cancelled
//              group of the caller's, TBB would otherwise skip the loop silently.
// No throwing  TBB may throw when it has no memory for its tasks. The loop marks what is done and finishes the rest itself.
// Own share    Each thread of the arena has a stretch of the tasks that is its own, by its slot: called again on the same tensors,
//              it finds in its second cache what it left there (add of 256 KiB on two threads: up to 1.2 times as fast). Done
//              with that, it takes from the others'.
// Short wait   The caller, done before the others, looks for their end itself for a microsecond or two: TBB looks about three times in one
//              (relu of 256 KiB on two threads: a tenth less time).
// Not touched  global TBB state, thread-local memory, the number of threads. To use fewer threads, call from a smaller arena, or set a
//              global_control.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/onetbb.hpp>

#include <atomic>

namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD {

inline void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

inline void parallel_loop(index_t count, context::task task, void* self) {
  struct alignas(64) share {
    std::atomic<index_t> next;
    index_t end;
  };
  constexpr index_t most = 32;
  share shares[most];
  const index_t workers = oneapi::tbb::this_task_arena::max_concurrency(), calls = workers < count ? workers : count,
                parts = calls < most ? calls : most;
  for (index_t i = 0; i < parts; ++i) {
    shares[i].next.store(count / parts * i + (i < count % parts ? i : count % parts), std::memory_order_relaxed);
    shares[i].end = count / parts * (i + 1) + (i + 1 < count % parts ? i + 1 : count % parts);
  }
  alignas(64) std::atomic<index_t> left{count};
  const int caller = oneapi::tbb::this_task_arena::current_thread_index();       // negative outside of any arena
  const auto work = [&](index_t) {
    const int slot = oneapi::tbb::this_task_arena::current_thread_index();
    index_t done = 0;
    for (index_t k = 0; k < parts; ++k) {
      share& s = shares[((slot > 0 ? slot : 0) + k) % parts];
      for (index_t i; (i = s.next.fetch_add(1, std::memory_order_relaxed)) < s.end; ++done) task(self, i);
    }
    left.fetch_sub(done, std::memory_order_relaxed);
    for (int looks = 0; slot == caller && left.load(std::memory_order_relaxed) > 0 && looks < 100; ++looks) pause_briefly();
  };
  const auto loop = [&] {
    oneapi::tbb::task_group_context group(oneapi::tbb::task_group_context::isolated);
    oneapi::tbb::parallel_for(index_t{0}, calls, work, oneapi::tbb::simple_partitioner{}, group);
  };
#if defined(__cpp_exceptions)
  try {
    oneapi::tbb::this_task_arena::isolate(loop);
  } catch (...) {
    work(0);                                     // the tasks themselves do not throw: what is left is only not started
  }
#else
  oneapi::tbb::this_task_arena::isolate(loop);
#endif
}

// A context for work that a second thread pays for.
inline context arena_context() {
  using control = oneapi::tbb::global_control;
  const int slots = oneapi::tbb::this_task_arena::max_concurrency();                      // whether or not there are threads for them
  const auto allowed = static_cast<int>(control::active_value(control::max_allowed_parallelism));
  const int threads = slots < allowed ? slots : allowed;
  return threads > 1 ? context{&parallel_loop, threads} : context{};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD

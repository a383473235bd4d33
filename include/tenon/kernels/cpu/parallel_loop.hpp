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
// Standby      A worker that has finished its part stays awake for some microseconds, for the next loop of the same thread (cpu/standby.hpp).
//              It waits in a task of its own, which TBB starts when the arena has nothing else to do. TBB is asked for the threads that are
//              not on standby only.
// Short wait   The caller, done before the others, looks for their end itself for a microsecond or two: TBB looks about three times in one.
// Not touched  global TBB state, thread-local memory, the number of threads. To use fewer threads, call from a smaller arena, or set a
//              global_control.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/onetbb.hpp>
#include <tenon/kernels/cpu/standby.hpp>

#include <atomic>

namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD {

namespace loop {

// About the 20 us that it takes to wake a worker: longer than that, standing by would cost more than it can save.
inline constexpr int patience = 600;

// The workers that stand by for the loops of this thread. Two threads may share a crew; one of them may then find it in use.
inline standby& standby_for(std::thread::id caller) {
  constexpr std::size_t many = 16;
  static standby crews[many];
  static const struct at_end {
    // A worker may still be in this code when the library that it is part of is unloaded. Not for ever: after a fork there are no workers.
    ~at_end() {
      for (const standby& s : crews)
        for (int looks = 0; s.on_standby() > 0 && looks < 10000; ++looks) std::this_thread::yield();
    }
  } wait_at_end;
  return crews[std::hash<std::thread::id>{}(caller) % many];
}

inline void stand_by(standby& crew, std::thread::id caller) {
  crew.enlist();
  oneapi::tbb::task_arena here{oneapi::tbb::task_arena::attach{}};
  // The caller may take the task itself, while it waits in TBB for something else.
  const auto stay = [&crew, caller] { crew.stay(std::this_thread::get_id() == caller ? 0 : patience); };
#if defined(__cpp_exceptions)
  try {
    here.enqueue(stay);
  } catch (...) {
    crew.stay(0);
  }
#else
  here.enqueue(stay);
#endif
}

// The tasks of one loop, by threads that come and take some.
class shared_tasks {
 public:
  shared_tasks(index_t count, index_t threads, context::task task, void* self)
      : parts_(threads < most ? threads : most), left_(count), task_(task), self_(self) {
    for (index_t i = 0; i < parts_; ++i) {
      shares_[i].next.store(count / parts_ * i + (i < count % parts_ ? i : count % parts_), std::memory_order_relaxed);
      shares_[i].end = count / parts_ * (i + 1) + (i + 1 < count % parts_ ? i + 1 : count % parts_);
    }
  }

  // Returns how many it did, which report() must be told.
  index_t work() {
    const int slot = oneapi::tbb::this_task_arena::current_thread_index();      // negative outside of any arena
    index_t done = 0;
    for (index_t k = 0; k < parts_; ++k) {
      share& s = shares_[((slot > 0 ? slot : 0) + k) % parts_];
      for (index_t i; (i = s.next.fetch_add(1, std::memory_order_relaxed)) < s.end; ++done) task_(self_, i);
    }
    return done;
  }
  void report(index_t done) { left_.fetch_sub(done, std::memory_order_relaxed); }

  void wait_briefly() const {
    for (int looks = 0; left_.load(std::memory_order_relaxed) > 0 && looks < 100; ++looks) pause_briefly();
  }

 private:
  static constexpr index_t most = 32;
  struct alignas(64) share {
    std::atomic<index_t> next;
    index_t end;
  };
  share shares_[most];
  index_t parts_;
  alignas(64) std::atomic<index_t> left_;
  context::task task_;
  void* self_;
};

// The caller and `threads` - 1 workers, by TBB.
inline void work_by_tbb(index_t threads, shared_tasks& tasks, standby& crew) {
  const auto caller = std::this_thread::get_id();
  const auto loop = [&] {
    oneapi::tbb::task_group_context group(oneapi::tbb::task_group_context::isolated);
    oneapi::tbb::parallel_for(index_t{0}, threads, [&](index_t) {
      const index_t done = tasks.work();
      const bool helping = std::this_thread::get_id() != caller;
      if (helping) stand_by(crew, caller);      // before the report, so that the short wait covers it
      tasks.report(done);
      if (!helping) tasks.wait_briefly();
    }, oneapi::tbb::simple_partitioner{}, group);
  };
#if defined(__cpp_exceptions)
  try {
    oneapi::tbb::this_task_arena::isolate(loop);
  } catch (...) {
    tasks.report(tasks.work());                  // the tasks themselves do not throw: what is left is only not started
  }
#else
  oneapi::tbb::this_task_arena::isolate(loop);
#endif
}

}  // namespace loop

inline void parallel_loop(int at_most, index_t count, context::task task, void* self) {
  const index_t threads = at_most < count ? at_most : count;
  const auto work = [](void* shared) {
    auto& tasks = *static_cast<loop::shared_tasks*>(shared);
    tasks.report(tasks.work());
  };
  loop::shared_tasks tasks(count, threads, task, self);
  standby& crew = loop::standby_for(std::this_thread::get_id());
  const index_t come = crew.call(static_cast<unsigned>(threads - 1), work, &tasks);
  if (1 + come < threads) loop::work_by_tbb(threads - come, tasks, crew);
  else work(&tasks);
  if (come > 0) crew.finish();
}

// A context of the arena's threads; or, where the work is not worth waking them (`wakes` is false), of those that are on standby.
inline context arena_context(bool wakes) {
  using control = oneapi::tbb::global_control;
  const int slots = oneapi::tbb::this_task_arena::max_concurrency();                      // whether or not there are threads for them
  const auto allowed = static_cast<int>(control::active_value(control::max_allowed_parallelism));
  int threads = slots < allowed ? slots : allowed;
  if (!wakes) {
    const int awake = 1 + static_cast<int>(loop::standby_for(std::this_thread::get_id()).on_standby());
    if (threads > awake) threads = awake;
  }
  return threads > 1 ? context{&parallel_loop, threads} : context{};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD

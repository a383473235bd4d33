#pragma once
// parallel_loop: the one parallel loop of the library, on oneTBB, in the caller's arena.
//
// Standby      Workers come as tasks of the arena that wait for loops of one thread: the first loop asks TBB for them, and each stays awake for
//              some microseconds after it has taken part, for the next (cpu/standby.hpp). TBB starts such a task when it has nothing else to do, and is
//              asked only for as many as are missing. The caller does not wait for them to come: it works on its loop itself.
// Isolated     A thread that waits for its loop does not pick up other tasks of the caller's: it could enter the same op
//              again above its own half-used state. Nor does a cancelled group of the caller's make TBB skip the loop.
// No throwing  TBB may throw when it has no memory for its tasks. Then there is one thread less.
// Own share    Each thread of the arena has a stretch of the tasks that is its own, by its slot: called again on the same tensors,
//              it finds in its second cache what it left there (add of 256 KiB on two threads: up to 1.2 times as fast). Done
//              with that, it takes from the others'.
// Not touched  global TBB state, thread-local memory, the number of threads. To use fewer threads, call from a smaller arena, or set a
//              global_control.
// Tried        TBB's parallel_for, in which the caller waits: relu of 256 KiB on two threads took 6 to 7 us instead of 5.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/onetbb.hpp>
#include <tenon/kernels/cpu/standby.hpp>

#include <atomic>

namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD {

namespace loop {

// About the 20 us that it takes to wake a worker: longer than that, standing by would cost more than it can save.
inline constexpr int patience = 600;

constexpr std::size_t crews = 16;

// The workers that stand by for the loops of this thread, unless these are in use: by another thread, or by a loop around this one. Then the next.
inline standby& crew_of(std::thread::id caller, std::size_t next = 0) {
  static standby all[crews];
  static const struct at_end {
    // A worker may still be in this code when the library that it is part of is unloaded. Not for ever: after a fork there are no workers.
    ~at_end() {
      for (const standby& s : all)
        for (int looks = 0; s.on_standby() > 0 && looks < 10000; ++looks) std::this_thread::yield();
    }
  } wait_at_end;
  return all[(std::hash<std::thread::id>{}(caller) + next) % crews];
}

// Asks TBB for one worker more.
[[gnu::noinline]] inline void ask_for_worker(standby& crew) {
  crew.enlist();
  // The caller may take the task itself, while it waits in TBB for something else.
  const auto stay = [&crew, caller = std::this_thread::get_id()] { crew.stay(std::this_thread::get_id() == caller ? 0 : patience); };
  const auto ask = [&stay] {                             // in isolate, which gives a thread its arena if it has not got one
    oneapi::tbb::task_arena here{oneapi::tbb::task_arena::attach{}};
    here.enqueue(stay);
  };
#if defined(__cpp_exceptions)
  try {
    oneapi::tbb::this_task_arena::isolate(ask);
  } catch (...) {
    crew.stay(0);
  }
#else
  oneapi::tbb::this_task_arena::isolate(ask);
#endif
}

// The tasks of one loop, by threads that come and take some.
class shared_tasks {
 public:
  shared_tasks(index_t count, index_t threads, context::task task, void* self) : parts_(threads < most ? threads : most), task_(task), self_(self) {
    for (index_t i = 0; i < parts_; ++i) {
      shares_[i].next.store(count / parts_ * i + (i < count % parts_ ? i : count % parts_), std::memory_order_relaxed);
      shares_[i].end = count / parts_ * (i + 1) + (i + 1 < count % parts_ ? i + 1 : count % parts_);
    }
  }

  [[gnu::noinline]] void work() {
    const int slot = oneapi::tbb::this_task_arena::current_thread_index();      // negative outside of any arena
    for (index_t k = 0; k < parts_; ++k) {
      share& s = shares_[((slot > 0 ? slot : 0) + k) % parts_];
      for (index_t i; (i = s.next.fetch_add(1, std::memory_order_relaxed)) < s.end;) task_(self_, i);
    }
  }

 private:
  static constexpr index_t most = 32;
  struct alignas(64) share {
    std::atomic<index_t> next;
    index_t end;
  };
  share shares_[most];
  index_t parts_;
  context::task task_;
  void* self_;
};

}  // namespace loop

inline void parallel_loop(int at_most, index_t count, context::task task, void* self) {
  const auto threads = static_cast<unsigned>(at_most < count ? at_most : count);
  loop::shared_tasks tasks(count, threads, task, self);
  for (std::size_t next = 0; next < loop::crews; ++next) {
    standby& crew = loop::crew_of(std::this_thread::get_id(), next);
    if (!crew.claim()) continue;
    unsigned come = crew.call(threads - 1, [](void* t) { static_cast<loop::shared_tasks*>(t)->work(); }, &tasks);
    for (; come + 1 < threads; ++come) loop::ask_for_worker(crew);
    tasks.work();
    crew.finish();
    crew.release();
    return;
  }
  tasks.work();
}

// A context of the arena's threads; or, where the work is not worth waking them (`wakes` is false), of those that are on standby.
inline context arena_context(bool wakes) {
  using control = oneapi::tbb::global_control;
  const int slots = oneapi::tbb::this_task_arena::max_concurrency();                      // whether or not there are threads for them
  const auto allowed = static_cast<int>(control::active_value(control::max_allowed_parallelism));
  int threads = slots < allowed ? slots : allowed;
  if (!wakes) {
    const int awake = 1 + static_cast<int>(loop::crew_of(std::this_thread::get_id()).on_standby());
    if (threads > awake) threads = awake;
  }
  return threads > 1 ? context{&parallel_loop, threads} : context{};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD

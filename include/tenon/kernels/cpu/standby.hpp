#pragma once
// standby: threads that have finished a loop and stay awake a little for the next one.
//
// To wake a worker, or to have it find a task by itself, takes some microseconds; ops of that length come in rows, one after the other. A
// thread on standby looks at one word, and starts a tenth of a microsecond after it has changed.
//
// One word     Everything that must agree is in `state_`: whether a call is open, how many may still come in, how many are inside, how many
//              are on standby. Who is on standby when a call opens comes, or finds all places taken: nobody leaves without having seen it. So
//              the caller may count on them, also with a long loop.
// No waiting   for those who come late: the caller works, too, then closes the call, and waits only for who is inside.
#include <tenon/core/build.hpp>
#include <tenon/kernels/cpu/simd/intrinsics.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD {

inline void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb");                                                      // yield takes no time
#endif
}

class standby {
 public:
  using job = void (*)(void* self);

  // ---- the threads ----
  // One more is on standby. stay() must follow, on this thread or another.
  void enlist() { state_.fetch_add(one_waiting, std::memory_order_relaxed); }

  // Works in each call, until none has come for so many looks. (A look takes 10 to 70 ns, by the processor's idea of a pause.)
  void stay(int patience) {
    word served = ~word{0}, s = state_.load(std::memory_order_acquire);
    for (int looks = 0;;) {
      if (is_open(s) && places(s) > 0 && round(s) != served) {
        if (!state_.compare_exchange_weak(s, s - one_place + one_inside, std::memory_order_acquire)) continue;
        served = round(s);
        job_(self_);
        s = state_.fetch_sub(one_inside, std::memory_order_release) - one_inside;
        looks = 0;
      } else if (looks >= patience) {
        if (state_.compare_exchange_weak(s, s - one_waiting, std::memory_order_acquire)) return;
      } else {
        ++looks;
        pause_briefly();
        s = state_.load(std::memory_order_acquire);
      }
    }
  }

  // ---- the caller ----
  // One at a time: whoever is told true, until release().
  bool claim() { return !in_use_.load(std::memory_order_relaxed) && !in_use_.exchange(true, std::memory_order_acquire); }
  void release() { in_use_.store(false, std::memory_order_release); }

  // Has f(self) called on up to `most` threads that are on standby, or come until finish(). Returns how many are on standby.
  unsigned call(unsigned most, job f, void* self) {
    job_ = f;
    self_ = self;
    word s = state_.load(std::memory_order_relaxed);
    while (!state_.compare_exchange_weak(s, (s & all_waiting) | (most * one_place) | ((round(s) + 1) * one_round) | 1, std::memory_order_acq_rel,
                                         std::memory_order_relaxed)) {}
    return waiting(s);
  }

  // Nobody comes any more; returns when all have left f.
  void finish() {
    word s = state_.fetch_sub(1, std::memory_order_acq_rel);
    for (int looks = 0; inside(s) > 0; ++looks) {
      if (looks < 1000) pause_briefly(); else std::this_thread::yield();
      s = state_.load(std::memory_order_acquire);
    }
  }

  unsigned on_standby() const { return waiting(state_.load(std::memory_order_relaxed)); }

 private:
  // From the lowest bit: open 1, places 12, inside 12, waiting 12, round 27.
  using word = std::uint64_t;
  static constexpr word one_place = word{1} << 1, one_inside = word{1} << 13, one_waiting = word{1} << 25, one_round = word{1} << 37,
                        all_waiting = one_round - one_waiting;
  static bool is_open(word s) { return (s & 1) != 0; }
  static unsigned places(word s) { return static_cast<unsigned>(s >> 1 & 0xfff); }
  static unsigned inside(word s) { return static_cast<unsigned>(s >> 13 & 0xfff); }
  static unsigned waiting(word s) { return static_cast<unsigned>(s >> 25 & 0xfff); }
  static word round(word s) { return s >> 37; }

  alignas(64) std::atomic<word> state_{0};          // and what is read with it: in one line
  job job_ = nullptr;
  void* self_ = nullptr;
  alignas(64) std::atomic<bool> in_use_{false};     // only callers look at it
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_BUILD

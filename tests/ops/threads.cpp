// test: threads
// How many threads a call counts on, and that each task of a loop runs once, whatever the number and whoever stands by.
#include <tenon/kernels/cpu/parallel.hpp>

#include "../support/catch.hpp"

#include <atomic>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <thread>
#include <vector>

namespace tenon_test::threads_test {

namespace {

namespace cpu = tenon::kernels::cpu;
using oneapi::tbb::global_control, oneapi::tbb::task_arena;

constexpr double much = 1e9, little = 1e3;       // nanoseconds

int threads_of(int slots, double work) {
  return task_arena(slots).execute([work] { return cpu::make_context(work).threads; });
}

}  // namespace

TEST_CASE("a call counts on the threads of its arena, within what the program allows, and on one for little work") {
  const global_control allow(global_control::max_allowed_parallelism, 5);
  CHECK(threads_of(1, much) == 1);
  CHECK(threads_of(3, much) == 3);
  CHECK(threads_of(7, much) == 5);
  CHECK(threads_of(7, little) == 1);
  const global_control alone(global_control::max_allowed_parallelism, 1);
  CHECK(threads_of(7, much) == 1);
}

TEST_CASE("each task runs once") {
  const global_control allow(global_control::max_allowed_parallelism, 7);
  for (const int slots : {1, 2, 7})
    for (const tenon::index_t count : {0, 1, 2, 5, 31, 32, 33, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      task_arena(slots).execute([&] {
        cpu::make_context(much).parallel(count, [&](tenon::index_t i) { ++runs[static_cast<std::size_t>(i)]; });
      });
      for (const auto& n : runs) REQUIRE(n == 1);
    }
}

// Loops in a row find workers on standby; loops inside of a task, and of several threads at once, may find them in use.
TEST_CASE("each task runs once in loops in a row, in loops inside of loops, and in those of several threads", "[threads]") {
  const global_control allow(global_control::max_allowed_parallelism, 4);
  std::atomic<int> wrong{0};
  const auto loops = [&wrong] {
    for (int round = 0; round < 1000; ++round) {
      const tenon::index_t count = 2 + round % 7;
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      const auto again = [&](tenon::index_t i) {
        if (i > 0) return ++runs[static_cast<std::size_t>(i)], void();
        cpu::make_context(much).parallel(3, [&](tenon::index_t) { ++runs[0]; });
      };
      cpu::make_context(much).parallel(count, again);
      for (std::size_t i = 0; i < runs.size(); ++i) wrong += runs[i] != (i == 0 ? 3 : 1);
    }
  };
  loops();
  std::vector<std::thread> callers;
  for (int c = 0; c < 3; ++c) callers.emplace_back(loops);
  task_arena(3).execute(loops);
  for (auto& c : callers) c.join();
  CHECK(wrong == 0);
}

// Whoever stands by from a loop of many threads does not come in greater number than a loop of fewer threads may use.
TEST_CASE("a limit set between two loops holds for the second") {
  const global_control allow(global_control::max_allowed_parallelism, 4);
  task_arena arena(4);
  for (int round = 0; round < 50; ++round)
    arena.execute([] {
      cpu::make_context(much).parallel(64, [](tenon::index_t) { std::this_thread::yield(); });
      const global_control fewer(global_control::max_allowed_parallelism, 2);
      std::atomic<int> inside{0}, highest{0};
      cpu::make_context(much).parallel(64, [&](tenon::index_t) {
        const int now = ++inside;
        for (int h = highest; now > h && !highest.compare_exchange_weak(h, now);) {}
        std::this_thread::yield();
        --inside;
      });
      CHECK(highest <= 2);
    });
}

}  // namespace tenon_test::threads_test

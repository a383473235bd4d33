// How many threads a call counts on, and that each task of a loop runs once, whatever the number.
#include <tenon/kernels/cpu/parallel.hpp>

#include "../support/catch.hpp"

#include <atomic>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
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

}  // namespace tenon_test::threads_test

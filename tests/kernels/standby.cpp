// test: threads
// Threads on standby: that who is counted on comes, each once, nobody after the end, and never more than may.
#include <tenon/kernels/cpu/standby.hpp>

#include "../support/catch.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace tenon_test::standby_test {

namespace {

using tenon::kernels::cpu::standby;
using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Threads that enlist again as soon as their patience has ended, until the end of the test.
class crew {
 public:
  crew(standby& s, int threads, int patience) {
    for (int i = 0; i < threads; ++i)
      all_.emplace_back([this, &s, patience] {
        while (!ended_) {
          s.enlist();
          s.stay(patience);
        }
      });
  }
  ~crew() {
    ended_ = true;
    for (auto& t : all_) t.join();
  }

 private:
  std::atomic<bool> ended_{false};
  std::vector<std::thread> all_;
};

// Calls until `calls` of them were answered by somebody, or a minute is over; during(come) while they are inside, after(come) then.
template <class Task, class F, class G>
int call_often(standby& s, int calls, unsigned most, Task& task, F&& during, G&& after) {
  int answered = 0;
  for (const auto start = clock::now(); answered < calls && clock::now() - start < 60s;) {
    if (!s.claim()) {
      std::this_thread::yield();
      continue;
    }
    const unsigned waiting = s.call(most, [](void* t) { (*static_cast<Task*>(t))(); }, &task), come = waiting < most ? waiting : most;
    answered += come > 0;
    during(come);
    s.finish();
    after(come);
    s.release();
    if (come == 0) std::this_thread::yield();
  }
  return answered;
}

// Whether at least as many came, before half a minute was over.
bool all_come(const std::atomic<unsigned>& arrived, unsigned come) {
  for (const auto start = clock::now(); arrived < come && clock::now() - start < 30s;) std::this_thread::yield();
  return arrived >= come;
}

}  // namespace

TEST_CASE("nobody on standby: a call finds nobody, and patience ends", "[threads]") {
  standby s;
  REQUIRE(s.claim());
  CHECK(s.call(4, [](void*) { FAIL("called"); }, nullptr) == 0);
  s.finish();
  s.release();
  s.enlist();
  CHECK(s.on_standby() == 1);
  s.stay(0);
  CHECK(s.on_standby() == 0);
}

TEST_CASE("who comes while a call is open takes part, once", "[threads]") {
  standby s;
  int times = 0;
  REQUIRE(s.claim());
  CHECK(s.call(2, [](void* t) { ++*static_cast<int*>(t); }, &times) == 0);
  s.enlist();
  s.stay(10);
  CHECK(times == 1);
  CHECK(s.on_standby() == 0);
  s.finish();
  s.release();
}

TEST_CASE("who is counted on comes, however short the patience", "[threads]") {
  for (const int patience : {0, 100, 20000}) {
    standby s;
    std::atomic<unsigned> arrived{0};
    auto arrive = [&] { ++arrived; };
    bool all_came = true;
    {
      const crew threads(s, 3, patience);
      CHECK(call_often(s, 100, 3, arrive, [&](unsigned come) { all_came = all_came && all_come(arrived, come); },
                       [&](unsigned) { arrived = 0; }) == 100);
    }
    CHECK(all_came);
    CHECK(s.on_standby() == 0);
  }
}

TEST_CASE("nobody works after finish, and no more at once than may", "[threads]") {
  for (const unsigned most : {1u, 2u, 4u}) {
    standby s;
    std::atomic<unsigned> inside{0}, highest{0}, late{0}, times{0};
    std::atomic<bool> open{true};
    auto work = [&] {
      const unsigned now = ++inside;
      for (unsigned h = highest; now > h && !highest.compare_exchange_weak(h, now);) {}
      std::this_thread::yield();
      if (!open) ++late;
      ++times;
      --inside;
    };
    bool in_order = true, pause = false;
    {
      const crew threads(s, 4, 2000);
      CHECK(call_often(
                s, 100, most, work,
                [&](unsigned) {
                  if ((pause = !pause)) std::this_thread::yield();
                },
                [&](unsigned come) {
                  open = false;
                  in_order = in_order && come <= most && times.exchange(0) <= most && inside == 0;
                  open = true;
                }) == 100);
    }
    CHECK(in_order);
    CHECK(late == 0);
    CHECK(highest <= most);
  }
}

TEST_CASE("one call at a time: another thread, or a call inside, cannot claim what is in use", "[threads]") {
  standby s;
  std::atomic<unsigned> claimed{0}, arrived{0};
  auto claim_again = [&] {
    claimed += s.claim();
    ++arrived;
  };
  const crew threads(s, 2, 200000);
  CHECK(call_often(
            s, 100, 2, claim_again,
            [&](unsigned) {
              claimed += s.claim();
              std::thread([&] { claimed += s.claim(); }).join();
            },
            [](unsigned) {}) == 100);
  CHECK(claimed == 0);
  CHECK(arrived > 0);
}

TEST_CASE("callers take turns", "[threads]") {
  standby s;
  std::atomic<int> wrong{0};
  {
    const crew threads(s, 2, 2000);
    std::vector<std::thread> callers;
    for (int c = 0; c < 3; ++c)
      callers.emplace_back([&] {
        std::atomic<unsigned> mine{0};
        auto count = [&] { ++mine; };
        const int answered = call_often(
            s, 100, 2, count,
            [&](unsigned come) {
              if (!all_come(mine, come)) ++wrong;
            },
            [&](unsigned) { mine = 0; });
        if (answered != 100) ++wrong;
      });
    for (auto& c : callers) c.join();
  }
  CHECK(wrong == 0);
}

}  // namespace tenon_test::standby_test

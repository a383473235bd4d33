// test: threads
// Handles of one tensor in several threads: counting is safe, reads are safe, and the last one frees the memory once.
#include <tenon/core/memory.hpp>
#include <tenon/core/tensor.hpp>
#include <tenon/core/wrap.hpp>

#include "../support/cases.hpp"

#include <atomic>
#include <memory>
#include <thread>

namespace tenon_test::threads_test {

namespace {

template <class F>
void in_threads(int n, F f) {
  std::vector<std::thread> pool;
  for (int t = 0; t < n; ++t) pool.emplace_back([&f, t] { f(t); });
  for (auto& t : pool) t.join();
}

}  // namespace

TEST_CASE("threads copy, view, read and drop handles of one tensor", "[threads]") {
  const auto live = tn::memory::statistics().allocated;
  {
    const auto x = make<float>({4, 100}, uniform(400, 0, 1));
    const auto want = values(x);
    std::atomic<int> wrong{0};
    in_threads(4, [&](int t) {
      for (int i = 0; i < 200; ++i) {
        tn::tensor<float> copy = x;
        const auto row = copy.select(0, t);
        copy = tn::tensor<float>();
        if (!row || *row->at(i % 100) != static_cast<float>(want[static_cast<std::size_t>(t * 100 + i % 100)])) ++wrong;
      }
    });
    CHECK(wrong == 0);
    CHECK(x.any().memory().unique());
  }
  CHECK(tn::memory::statistics().allocated == live);
}

TEST_CASE("the last handle, in whichever thread, releases the owner once", "[threads]") {
  for (int round = 0; round < 50; ++round) {
    auto owner = std::make_shared<std::vector<float>>(16, 1.0f);
    std::vector<tn::tensor<float>> handles(4, tn::unwrap(tn::wrap(owner->data(), {16}, owner)));
    CHECK(owner.use_count() == 2);
    in_threads(4, [&](int t) { handles[static_cast<std::size_t>(t)] = tn::tensor<float>(); });
    CHECK(owner.use_count() == 1);
  }
}

TEST_CASE("threads allocate and free large and small blocks at once", "[threads]") {
  const auto before = tn::memory::statistics();
  std::atomic<int> failed{0};
  in_threads(4, [&](int t) {
    std::vector<tn::any_tensor> kept;
    for (int i = 0; i < 100; ++i) {
      auto x = tn::allocate_tensor("test", {(t + 1) * (i % 7 == 0 ? 600000 : 50)}, tn::dtype::float32);
      if (!x) {
        ++failed;
        continue;
      }
      x->bytes()[0] = std::byte{1};
      if (kept.size() > 5) kept.erase(kept.begin());
      kept.push_back(*std::move(x));
    }
  });
  CHECK(failed == 0);
  CHECK(tn::memory::statistics().allocated == before.allocated);
  CHECK(tn::memory::statistics().calls == before.calls + 400);
}

TEST_CASE("errors are shared between threads", "[threads]") {
  const tn::error e(tn::error_code::not_found, "test", tn::make_text("shared"));
  std::atomic<int> wrong{0};
  in_threads(4, [&](int) {
    for (int i = 0; i < 500; ++i) {
      const tn::error copy = e;
      tn::result<int> r = copy;
      const tn::error passed = tn::error(r.error()).passed(__FILE__, __LINE__);
      if (passed.message() != "test: shared") ++wrong;
    }
  });
  CHECK(wrong == 0);
}

}  // namespace tenon_test::threads_test

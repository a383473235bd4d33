// test: serial
// Where the bytes come from: statistics, the bound, the cache and its off switch, poison, a user's resource (also a
// std::pmr one), and refusal on request.
#include <tenon/core/memory_resource.hpp>
#include <tenon/core/tensor.hpp>

#include "support/catch.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tenon_test::memory_test {
namespace tn = tenon;
namespace memory = tn::memory;
using tn::index_t;

namespace {

constexpr std::size_t MiB = std::size_t{1} << 20;

tn::result<tn::any_tensor> bytes_of(std::size_t n) { return tn::allocate_tensor("test", tn::shape(n), tn::dtype::uint8); }

// What a test changes, put back at its end.
struct settings {
  std::size_t limit = memory::limit();
  ~settings() {
    memory::set_limit(limit);
    memory::set_caching(true);
    memory::set_poison(false);
    memory::set_resource(nullptr);
    memory::fail_after(-1);
    memory::release_cached();
  }
};

}  // namespace

TEST_CASE("live bytes are counted and return to where they were") {
  const settings restore;
  memory::release_cached();
  const auto before = memory::statistics();
  CHECK(before.reserved >= before.allocated);
  {
    const auto small = bytes_of(1000), large = bytes_of(64 * MiB);
    REQUIRE((small && large));
    const auto now = memory::statistics();
    CHECK(now.allocated >= before.allocated + 64 * MiB + 1000);
    CHECK(now.allocated < before.allocated + 64 * MiB + 2000);
    CHECK(now.calls == before.calls + 2);
    CHECK(now.reserved == before.reserved + (now.allocated - before.allocated));
  }
  CHECK(memory::statistics().allocated == before.allocated);
  CHECK(memory::statistics().reserved == before.reserved + 64 * MiB);          // in the cache
  memory::release_cached();
  CHECK(memory::statistics().reserved == before.reserved);
  CHECK(memory::statistics(tn::device::cuda).allocated == 0);
}

TEST_CASE("counts of other threads are seen, also after they have ended") {
  const settings restore;
  const auto before = memory::statistics();
  auto kept = tn::result<tn::any_tensor>(tn::any_tensor());
  std::thread([&] { kept = bytes_of(5000); }).join();
  CHECK(memory::statistics().allocated >= before.allocated + 5000);
  CHECK(memory::statistics().calls == before.calls + 1);
  kept = tn::any_tensor();                                                     // freed by another thread than made it
  CHECK(memory::statistics().allocated == before.allocated);
}

TEST_CASE("a freed large block is used again") {
  const settings restore;
  memory::release_cached();
  const std::byte* place = nullptr;
  {
    const auto x = bytes_of(10 * MiB);
    place = x->bytes();
    CHECK(reinterpret_cast<std::uintptr_t>(place) % (2 * MiB) == 0);           // on a huge page
  }
  const auto before = memory::statistics();
  {
    const auto x = bytes_of(9 * MiB + 1);                                      // the same size class
    CHECK(x->bytes() == place);
  }
  CHECK(memory::statistics().hits == before.hits + 1);
  memory::set_caching(false);
  CHECK(memory::statistics().reserved == memory::statistics().allocated);
  {
    const auto x = bytes_of(10 * MiB);
    CHECK(memory::statistics().hits == before.hits + 1);
  }
  CHECK(memory::statistics().reserved == memory::statistics().allocated);
}

TEST_CASE("two blocks of a middling size are used again") {       // glibc would return both to the system
  const settings restore;
  memory::set_caching(true);
  const std::size_t bytes = memory::large_block;
  for (int round = 0; round < 2; ++round) {
    const auto before = memory::statistics().hits;
    { const auto a = bytes_of(bytes), b = bytes_of(bytes); }
    if (round == 1) CHECK(memory::statistics().hits == before + 2);
  }
}

TEST_CASE("size classes waste at most a quarter") {
  using memory::block_cache;
  for (std::size_t n = MiB; n < (std::size_t{1} << 40); n += n / 7 + 12345) {
    const std::size_t r = block_cache::rounded(n);
    CHECK(r >= n);
    CHECK((r <= 2 * MiB || r - n <= r / 4));
    CHECK(r % 4096 == 0);
  }
  CHECK(block_cache::rounded(MiB) == 2 * MiB);
  for (std::size_t n = memory::large_block; n < MiB; n += n / 7 + 12345) {       // no huge page for each of these
    const std::size_t r = block_cache::rounded(n);
    CHECK(r >= n);
    CHECK(r - n <= r / 4);
  }
  CHECK(block_cache::rounded(SIZE_MAX) == 0);
}

TEST_CASE("the peak is the most that was live at once") {
  const settings restore;
  const auto base = memory::statistics().allocated;
  memory::reset_peak();
  const auto peak = memory::statistics().peak;
  {
    const auto a = bytes_of(16 * MiB);
    const auto b = bytes_of(16 * MiB);
  }
  { const auto c = bytes_of(20 * MiB); }
  CHECK(memory::statistics().peak == peak + 32 * MiB);
  CHECK(memory::statistics().allocated == base);
  memory::reset_peak();
  CHECK(memory::statistics().peak == peak);
}

TEST_CASE("beyond the limit a request is refused before the system is asked") {
  const settings restore;
  memory::release_cached();
  const auto live = memory::statistics().allocated;
  memory::set_limit(live + 40 * MiB);
  const auto a = bytes_of(32 * MiB);
  REQUIRE(a);
  CHECK(bytes_of(32 * MiB).error() == tn::error_code::out_of_memory);
  CHECK(bytes_of(1000).has_value());
  memory::set_limit(live + 80 * MiB);
  CHECK(bytes_of(32 * MiB).has_value());
  // By default the limit is below what the machine has, so that nothing is granted that is not there.
  memory::set_limit(restore.limit);
  CHECK(bytes_of(std::size_t{1} << 50).error() == tn::error_code::out_of_memory);
  CHECK(bytes_of(restore.limit + 1).error() == tn::error_code::out_of_memory);
}

TEST_CASE("cached blocks make room for others") {
  const settings restore;
  memory::release_cached();
  const auto live = memory::statistics().allocated;
  memory::set_limit(live + 100 * MiB);
  { const auto x = bytes_of(20 * MiB); }
  CHECK(memory::statistics().reserved >= live + 20 * MiB);
  CHECK(bytes_of(96 * MiB).has_value());
}

TEST_CASE("poison fills new memory with NaN") {
  const settings restore;
  memory::set_poison(true);
  for (const std::size_t n : {std::size_t{100}, 3 * MiB}) {
    const auto x = tn::unwrap(tn::as<float>(*tn::allocate_tensor("test", tn::shape(n), tn::dtype::float32)));
    bool all = true;
    for (index_t i = 0; i < x.numel(); ++i) all = all && x.data()[i] != x.data()[i];
    CHECK(all);
  }
}

TEST_CASE("empty tensors have an address, and all data is aligned to a cache line") {
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{5000}, MiB - 1, MiB, 5 * MiB}) {
    const auto x = bytes_of(n);
    REQUIRE(x);
    CHECK(x->bytes() != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(x->bytes()) % memory::block_alignment == 0);
    CHECK(x->memory()->owned);
    CHECK(x->writable());
  }
}

namespace {

struct counting_resource final : memory::resource {
  int allocated = 0, freed = 0;
  std::size_t bytes = 0;
  bool refuse = false;
  void* allocate(std::size_t n, std::size_t alignment) noexcept override {
    if (refuse) return nullptr;
    ++allocated;
    bytes += n;
    return std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment);
  }
  void deallocate(void* block, std::size_t n, std::size_t) noexcept override {
    ++freed;
    bytes -= n;
    std::free(block);
  }
};

}  // namespace

TEST_CASE("a resource of the user's makes and frees all memory while it is set") {
  const settings restore;
  counting_resource r;
  const auto before = memory::statistics();
  memory::set_resource(&r);
  auto small = bytes_of(10), large = bytes_of(4 * MiB);
  REQUIRE((small && large));
  CHECK(r.allocated == 2);
  CHECK(r.bytes >= 4 * MiB + 10);
  CHECK(memory::statistics().allocated == before.allocated + r.bytes);
  r.refuse = true;
  CHECK(bytes_of(10).error() == tn::error_code::out_of_memory);
  CHECK(bytes_of(4 * MiB).error() == tn::error_code::out_of_memory);
  memory::set_resource(nullptr);
  const auto ours = bytes_of(10);
  CHECK(ours);
  small = tn::any_tensor();                                                    // a block goes back to whoever made it
  large = tn::any_tensor();
  CHECK(r.freed == 2);
  CHECK(r.bytes == 0);
}

TEST_CASE("a std::pmr::memory_resource as a resource") {
  const settings restore;
  alignas(64) static std::array<std::byte, 64 * 1024> buffer;
  std::pmr::monotonic_buffer_resource arena(buffer.data(), buffer.size(), std::pmr::null_memory_resource());
  memory::pmr_resource adapter(&arena);
  memory::set_resource(&adapter);
  {
    const auto x = bytes_of(1000);
    REQUIRE(x);
    CHECK((x->bytes() >= buffer.data() && x->bytes() < buffer.data() + buffer.size()));
#if defined(__cpp_exceptions)
    CHECK(bytes_of(MiB).error() == tn::error_code::out_of_memory);             // the arena throws bad_alloc
#endif
  }
}

TEST_CASE("allocations fail on request, from the n-th on") {
  const settings restore;
  memory::fail_after(2);
  CHECK(bytes_of(10));
  CHECK(bytes_of(3 * MiB));
  CHECK(bytes_of(10).error() == tn::error_code::out_of_memory);
  CHECK(bytes_of(3 * MiB).error() == tn::error_code::out_of_memory);
  memory::fail_after(0);
  CHECK_FALSE(bytes_of(1));
  memory::fail_after(-1);
  CHECK(bytes_of(10));
}

namespace {
tn::any_tensor kept_until_exit;                                                // freed after everything else
}

TEST_CASE("a tensor in a static variable may be the last thing to go") {
  kept_until_exit = *bytes_of(5 * MiB);
  CHECK(kept_until_exit.defined());
}

}  // namespace tenon_test::memory_test

#pragma once
// generator: a seed, and how far its sequence of random numbers has been used.
//
// An op that fills n elements reserves n positions; element i takes philox{seed} at first + i. Two calls therefore never
// share numbers, and the same calls after the same seed give the same tensors. A copy is a clone: it goes on from the same
// place and repeats what the original will give; that is also how a state is saved and restored.
// reserve may be called from many threads, each call gets positions of its own (in which order is then the threads'
// affair). A manual_seed beside a reserve is the caller's to order; unordered, that reserve may get the old seed.
#include <tenon/core/philox.hpp>

#include <atomic>

namespace tenon::inline v0 {

class generator {
 public:
  static constexpr std::uint64_t default_seed = 0x74656e6f6e;           // "tenon": fixed, so that programs repeat

  struct reservation {
    philox numbers;
    std::uint64_t first;
  };

  constexpr explicit generator(std::uint64_t seed = default_seed, std::uint64_t offset = 0) noexcept
      : seed_(seed), offset_(offset) {}
  generator(const generator& g) noexcept : generator(g.seed(), g.offset()) {}
  generator& operator=(const generator& g) noexcept {
    set(g.seed(), g.offset());
    return *this;
  }

  std::uint64_t seed() const noexcept { return seed_.load(std::memory_order_relaxed); }
  std::uint64_t offset() const noexcept { return offset_.load(std::memory_order_relaxed); }
  generator clone() const noexcept { return *this; }

  // Starts the sequence of `seed` from its beginning.
  void manual_seed(std::uint64_t seed) noexcept { set(seed, 0); }

  // The next n positions. They wrap after 2^64.
  reservation reserve(std::uint64_t n) noexcept {
    const std::uint64_t first = offset_.fetch_add(n, std::memory_order_relaxed);
    return {philox{seed()}, first};
  }

 private:
  void set(std::uint64_t seed, std::uint64_t offset) noexcept {
    seed_.store(seed, std::memory_order_relaxed);
    offset_.store(offset, std::memory_order_relaxed);
  }

  std::atomic<std::uint64_t> seed_, offset_;
};

namespace detail {
inline constinit generator the_default_generator;
}

// The generator of every op that is not given one; one for the whole program.
inline generator& default_generator() noexcept { return detail::the_default_generator; }

inline void manual_seed(std::uint64_t seed) noexcept { default_generator().manual_seed(seed); }

}  // namespace tenon::inline v0

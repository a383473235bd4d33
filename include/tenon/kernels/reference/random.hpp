#pragma once
// Random numbers: the generator as its paper has it, and how each distribution is made of its words. Shares nothing with
// core/philox.hpp. What is made of logarithms and cosines is the exact number, which that file comes near, by operations that
// give the same bits everywhere; all else is equal to it.
//
//   element i of a tensor takes the words v0 v1 v2 v3 at position first + i;  0.v0v1 is the number of 64 binary digits
#include <tenon/kernels/reference/sort.hpp>

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace tenon::inline v0::kernels::reference {

struct random_words {
  std::uint32_t v[4];
};

// Philox4x32-10: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3. In each round the
// first and third word are multiplied; the high words of the products change places, and take in the other words and the key.
inline random_words philox4x32_10(random_words counter, std::uint32_t key0, std::uint32_t key1) {
  std::uint32_t* const v = counter.v;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{v[0]} * 0xD2511F53, product1 = std::uint64_t{v[2]} * 0xCD9E8D57;
    const auto high0 = static_cast<std::uint32_t>(product0 >> 32), low0 = static_cast<std::uint32_t>(product0);
    const auto high1 = static_cast<std::uint32_t>(product1 >> 32), low1 = static_cast<std::uint32_t>(product1);
    counter = {{high1 ^ v[1] ^ key0, low1, high0 ^ v[3] ^ key1, low0}};
    key0 += 0x9E3779B9;                                      // Weyl sequences: the golden ratio, and sqrt(3) - 1
    key1 += 0xBB67AE85;
  }
  return counter;
}

// The seed is the key, the position is the lower half of the counter; `draw` is the upper half.
inline random_words random_at(std::uint64_t seed, std::uint64_t position, std::uint64_t draw = 0) {
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
  return philox4x32_10({{low(position), high(position), low(draw), high(draw)}}, low(seed), high(seed));
}
inline std::uint64_t first_half(const random_words& w) { return std::uint64_t{w.v[0]} << 32 | w.v[1]; }
inline std::uint64_t second_half(const random_words& w) { return std::uint64_t{w.v[2]} << 32 | w.v[3]; }

// 0.v0v1, cut to the digits that the type holds: 53 of double, 24 of float, 11 of half, 8 of bfloat16.
inline double uniform(std::uint64_t seed, std::uint64_t position, int digits) {
  return std::ldexp(static_cast<double>(first_half(random_at(seed, position)) >> (64 - digits)), -digits);
}

// 0.v0v1 between 0 and 1, without both: half a unit behind the digits that are taken. Float takes 31, whose sum is rounded.
template <class T>
long double open_uniform(const random_words& w) {
  if constexpr (std::is_same_v<T, float>)
    return static_cast<float>(w.v[0] >> 1) * 0x1p-31f + 0x1p-32f;
  else
    return static_cast<long double>(first_half(w) >> 12) * 0x1p-52L + 0x1p-53L;
}

// Box, Muller 1958: sqrt(-2 ln u) cos(2 pi w), with 0.v2v3 as w, of which float takes 32 digits and double 54. radius: the root
// alone, which is what an error is measured by.
template <class T>
long double normal_radius(std::uint64_t seed, std::uint64_t position) {
  return std::sqrt(-2 * std::log(open_uniform<T>(random_at(seed, position))));
}
template <class T>
long double normal(std::uint64_t seed, std::uint64_t position) {
  const long double pi = 3.14159265358979323846264338327950288L;
  const random_words words = random_at(seed, position);
  const int digits = std::is_same_v<T, float> ? 32 : 54;
  const long double w = std::ldexp(static_cast<long double>(second_half(words) >> (64 - digits)), -digits);
  return normal_radius<T>(seed, position) * std::cos(2 * pi * w);
}

// -ln u, with the u of `normal`. Where float has rounded it to 1: the middle of what became 1.
template <class T>
long double exponential(std::uint64_t seed, std::uint64_t position) {
  const long double u = open_uniform<T>(random_at(seed, position));
  return u < 1 ? -std::log(u) : 0x1p-26L;
}

// low + floor(0.v0v1 * (high - low)): Lemire 2019, "Fast random integer generation in an interval", without the rejection.
inline std::int64_t randint(std::uint64_t seed, std::uint64_t position, std::int64_t low, std::int64_t high) {
  if (high <= low) return low;
  __extension__ using uint128 = unsigned __int128;
  const std::uint64_t count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const auto steps = static_cast<std::uint64_t>(uint128{first_half(random_at(seed, position))} * count >> 64);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + steps);
}

inline bool bernoulli(std::uint64_t seed, std::uint64_t position, double p) { return uniform(seed, position, 53) < p; }

// A distribution moved and stretched, in the type of the arithmetic, with each step rounded by itself.
template <class C>
C affine(C number, C factor, C offset) {
  volatile C product = number * factor;
  return product + offset;
}

// The positions 0 .. n - 1 in the order of v0v1. order, scratch: n indices.
inline void randperm(index_t* order, index_t* scratch, index_t n, std::uint64_t seed, std::uint64_t first) {
  const auto key = [&](index_t i) { return first_half(random_at(seed, first + static_cast<std::uint64_t>(i))); };
  stable_order(order, scratch, n, [&](index_t a, index_t b) { return key(a) < key(b); });
}

}  // namespace tenon::inline v0::kernels::reference

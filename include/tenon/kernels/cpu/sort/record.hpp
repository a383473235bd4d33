#pragma once
// Records of a key and an index, and sorting them: stable, in time n log n at worst, with one scratch buffer.
//
// Method     Few records: runs of 16 by insertion, then merged pairwise; the merge has no branch that depends on data. Many: radix sort
//            from the lowest digit of 8 bits. One pass counts all digits; a digit that is the same in all records (the high
//            bytes of small integers, the exponent of numbers of one size) costs nothing more.
// Stability  A narrow record holds the index in its low bits, so that no two are equal. Wide ones are compared by the key alone, in
//            methods that are stable.
#include <tenon/core/build.hpp>
#include <tenon/kernels/cpu/arch.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

struct narrow_record {
  std::uint64_t bits;
  TENON_INLINE static narrow_record make(std::uint64_t key, index_t index) { return {key << 32 | static_cast<std::uint64_t>(index)}; }
  TENON_INLINE std::uint64_t key() const { return bits >> 32; }
  TENON_INLINE index_t index() const { return static_cast<index_t>(bits & 0xffffffffu); }
  TENON_INLINE unsigned digit(int d) const { return static_cast<unsigned>(bits >> (32 + 8 * d)) & 0xff; }
  TENON_INLINE friend bool operator<(narrow_record a, narrow_record b) { return a.bits < b.bits; }
};

struct wide_record {
  std::uint64_t word, place;
  TENON_INLINE static wide_record make(std::uint64_t key, index_t index) { return {key, static_cast<std::uint64_t>(index)}; }
  TENON_INLINE std::uint64_t key() const { return word; }
  TENON_INLINE index_t index() const { return static_cast<index_t>(place); }
  TENON_INLINE unsigned digit(int d) const { return static_cast<unsigned>(word >> (8 * d)) & 0xff; }
  TENON_INLINE friend bool operator<(wide_record a, wide_record b) { return a.word < b.word; }
};

namespace detail {

template <class R>
void insertion_sort(R* a, index_t n) {
  for (index_t i = 1; i < n; ++i) {
    const R x = a[i];
    index_t j = i;
    for (; j > 0 && x < a[j - 1]; --j) a[j] = a[j - 1];
    a[j] = x;
  }
}

template <class R>
void merge(R* out, const R* a, const R* a_end, const R* b, const R* b_end) {
  while (a != a_end && b != b_end) {
    const bool second = *b < *a;
    *out++ = second ? *b : *a;
    a += !second;
    b += second;
  }
  while (a != a_end) *out++ = *a++;
  while (b != b_end) *out++ = *b++;
}

template <class R>
R* merge_sort(R* a, R* scratch, index_t n) {
  constexpr index_t run = 16;
  for (index_t i = 0; i < n; i += run) insertion_sort(a + i, n - i < run ? n - i : run);
  for (index_t width = run; width < n; width *= 2) {
    for (index_t i = 0; i < n; i += 2 * width) {
      const index_t middle = n - i < width ? n : i + width, end = n - i < 2 * width ? n : i + 2 * width;
      merge(scratch + i, a + i, a + middle, a + middle, a + end);
    }
    R* const merged = scratch;
    scratch = a;
    a = merged;
  }
  return a;
}

template <class R>
R* radix_sort(R* a, R* scratch, index_t n, int digits) {
  index_t count[8][256] = {};
  for (index_t i = 0; i < n; ++i)
    for (int d = 0; d < digits; ++d) ++count[d][a[i].digit(d)];
  for (int d = 0; d < digits; ++d) {
    index_t* const place = count[d];
    if (place[a[0].digit(d)] == n) continue;
    for (index_t k = 0, next = 0; k < 256; ++k) {
      const index_t here = place[k];
      place[k] = next;
      next += here;
    }
    for (index_t i = 0; i < n; ++i) scratch[place[a[i].digit(d)]++] = a[i];
    R* const sorted = scratch;
    scratch = a;
    a = sorted;
  }
  return a;
}

}  // namespace detail

// Sorts a[0 .. n); the result stands in a or in scratch, as the answer says. `digits`: bytes of the key.
template <class R>
R* sort_records(R* a, R* scratch, index_t n, int digits) {
  return n < 64 * digits ? detail::merge_sort(a, scratch, n) : detail::radix_sort(a, scratch, n, digits);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

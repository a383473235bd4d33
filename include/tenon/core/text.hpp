#pragma once
// text: a growing character buffer for messages. Unlike std::string it never throws: when memory runs out, it stops.
#include <tenon/core/build.hpp>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tenon::inline v0 {

// At most `count` characters of s from `from` on; empty behind its end, where string_view::substr throws or aborts.
constexpr std::string_view part_of(std::string_view s, std::size_t from, std::size_t count = SIZE_MAX) {
  from = from < s.size() ? from : s.size();
  return {s.data() + from, count < s.size() - from ? count : s.size() - from};
}

class text {
 public:
  text() = default;
  text(text&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  text& operator=(text&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  TENON_COLD ~text() { std::free(data_); }

  std::string_view view() const { return {data_ ? data_ : "", size_}; }
  std::size_t size() const { return size_; }

  TENON_COLD text& append(std::string_view s) {
    const std::size_t capacity = size_ == 0 ? 0 : round_up(size_);
    if (size_ + s.size() > capacity) {
      char* grown = static_cast<char*>(std::realloc(data_, round_up(size_ + s.size())));
      if (grown == nullptr) return *this;
      data_ = grown;
    }
    if (!s.empty()) std::memcpy(data_ + size_, s.data(), s.size());
    size_ += s.size();
    return *this;
  }

  friend text& operator<<(text& t, std::string_view s) { return t.append(s); }
  friend text& operator<<(text& t, const char* s) { return t.append(s ? s : "(null)"); }
  friend text& operator<<(text& t, bool b) { return t.append(b ? "true" : "false"); }
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  friend text& operator<<(text& t, T value) {
    if constexpr (std::is_floating_point_v<T>)
      return t.append_number(static_cast<double>(value));
    else if constexpr (std::is_signed_v<T>)
      return t.append_integer(static_cast<std::uint64_t>(value), value < 0);
    else
      return t.append_integer(value, false);
  }

 private:
  // Not through printf, which would use the program's locale; and integers not through to_chars, of which each program would compile three.
  TENON_COLD text& append_number(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 6);
    const auto length = static_cast<std::size_t>(end.ptr - buffer);
    return append({buffer, length < sizeof buffer ? length : 0});        // always less; g++ 12 warns if it is not told
  }
  TENON_COLD text& append_integer(std::uint64_t bits, bool negative) {
    char digits[20];
    int first = 20;
    std::uint64_t rest = negative ? 0 - bits : bits;
    do digits[--first] = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (negative) append("-");
    return append({digits + first, static_cast<std::size_t>(20 - first)});
  }

  static std::size_t round_up(std::size_t n) {
    std::size_t capacity = 128;
    while (capacity < n) capacity *= 2;
    return capacity;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {
// Literals as pointers: one body for all of them, whatever their lengths.
template <class Part>
using text_part = std::conditional_t<std::is_array_v<Part>, const char*, const Part&>;
template <class... Parts>
TENON_COLD text join_text(Parts... parts) {
  text t;
  (void)(t << ... << parts);
  return t;
}
}  // namespace detail

// Joins its arguments into one text: make_text("dim ", 3, " is out of range").
template <class... Parts>
TENON_ALWAYS_INLINE text make_text(const Parts&... parts) {
  return detail::join_text<detail::text_part<Parts>...>(parts...);
}

}  // namespace tenon::inline v0

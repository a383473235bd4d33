#pragma once
// json_reader: a strict pull parser (RFC 8259) for small headers. It holds no tree and allocates nothing: the caller walks
// the text, strings are unescaped in place, and their views stay valid as long as the text does.
//
//   json_reader r(text, length);
//   if (r.begin_object()) while (r.next_member(key)) ... one of string, integer, number, boolean, null, begin_object,
//   begin_array, skip; `peek` says which of them fits ...
//   if (!r.finish()) ... r.problem(), at byte r.position()
//
// Every function returns false on malformed text, and after that all of them do. Refused beyond the grammar: nesting
// deeper than 32, U+0000 in a string (names end up in messages), and integers that are negative or do not fit 63 bits
// where `integer` is asked for. Strings must be valid UTF-8. Repeated names are the caller's affair.
#include <tenon/core/build.hpp>

#include <string_view>

namespace tenon::inline v0::io {

namespace detail {

// The length of the UTF-8 sequence at p, or 0: too short, overlong, a surrogate, or beyond U+10FFFF.   p < end
inline int utf8_length(const char* p, const char* end) {
  const auto byte = [p](int i) { return static_cast<unsigned char>(p[i]); };
  const unsigned char c = byte(0);
  if (c < 0x80) return 1;
  const int n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  if (c < 0xc2 || c > 0xf4 || end - p < n) return 0;
  for (int i = 1; i < n; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(1);
  const bool overlong = (c == 0xe0 && second < 0xa0) || (c == 0xf0 && second < 0x90);
  const bool beyond = (c == 0xed && second > 0x9f) || (c == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : n;
}

}  // namespace detail

enum class json_kind : std::uint8_t { none, null, boolean, number, string, array, object };

class json_reader {
 public:
  static constexpr int max_depth = 32;

  json_reader(char* text, std::size_t length) : begin_(text), p_(text), end_(text + length) {}

  const char* problem() const { return problem_; }         // null: none so far
  std::size_t position() const { return static_cast<std::size_t>(p_ - begin_); }

  // What stands next, by its first character; none at the end, after a problem, and where no value can start.
  json_kind peek() {
    if (problem_) return json_kind::none;
    blanks();
    switch (p_ == end_ ? '\0' : *p_) {
      case '{': return json_kind::object;
      case '[': return json_kind::array;
      case '"': return json_kind::string;
      case 't':
      case 'f': return json_kind::boolean;
      case 'n': return json_kind::null;
      default: return p_ != end_ && (*p_ == '-' || (*p_ >= '0' && *p_ <= '9')) ? json_kind::number : json_kind::none;
    }
  }

  bool begin_object() { return open('{', "an object is expected"); }
  bool begin_array() { return open('[', "an array is expected"); }

  // The next name of the object, with the reader before its value; false at the object's end.
  bool next_member(std::string_view& name) {
    if (!next('}')) return false;
    if (!string(name)) return false;
    return take(':') || fail("':' is expected after a name");
  }
  // Whether the array goes on, with the reader before the next value.
  bool next_item() { return next(']'); }

  bool string(std::string_view& s) {
    if (!take('"')) return fail("a string is expected");
    const char* const first = p_;
    char* out = p_;                                        // what is unescaped is never longer than its escapes
    while (p_ != end_ && *p_ != '"') {
      const auto c = static_cast<unsigned char>(*p_);
      if (c < 0x20) return fail("a control character stands in a string");
      if (c == '\\') {
        if (!escape(out)) return false;
      } else {
        const int n = detail::utf8_length(p_, end_);
        if (n == 0) return fail("a string is not valid UTF-8");
        for (int i = 0; i < n; ++i) *out++ = *p_++;
      }
    }
    if (p_ == end_) return fail("a string does not end");
    ++p_;
    first_ = false;
    s = {first, static_cast<std::size_t>(out - first)};
    return true;
  }

  bool integer(index_t& value) {
    if (problem_) return false;
    blanks();
    if (p_ == end_ || *p_ < '0' || *p_ > '9') return fail("a whole number, 0 or more, is expected");
    if (*p_ == '0' && end_ - p_ > 1 && p_[1] >= '0' && p_[1] <= '9') return fail("a number starts with 0");
    index_t n = 0;
    for (; p_ != end_ && *p_ >= '0' && *p_ <= '9'; ++p_) {
      const index_t digit = *p_ - '0';
      if (n > (INT64_MAX - digit) / 10) return fail("a number does not fit 63 bits");
      n = n * 10 + digit;
    }
    if (p_ != end_ && (*p_ == '.' || *p_ == 'e' || *p_ == 'E')) return fail("a whole number is expected");
    first_ = false;
    value = n;
    return true;
  }

  // Any number, as it is written.
  bool number(std::string_view& text) {
    if (problem_) return false;
    blanks();
    const char* const start = p_;
    if (!number()) return false;
    text = {start, static_cast<std::size_t>(p_ - start)};
    return true;
  }
  bool boolean(bool& value) {
    if (peek() != json_kind::boolean) return fail("true or false is expected");
    value = *p_ == 't';
    return word(value ? "true" : "false");
  }
  bool null() { return peek() == json_kind::null ? word("null") : fail("null is expected"); }

  // Any value, checked and left aside.
  bool skip() {
    std::string_view ignored;
    bool either = false;
    switch (peek()) {
      case json_kind::object:
        if (begin_object())
          while (next_member(ignored)) skip();
        break;
      case json_kind::array:
        if (begin_array())
          while (next_item()) skip();
        break;
      case json_kind::string: string(ignored); break;
      case json_kind::boolean: boolean(either); break;
      case json_kind::null: null(); break;
      default: number(ignored);
    }
    return problem_ == nullptr;
  }

  // Nothing but blanks is left.
  bool finish() {
    if (problem_) return false;
    blanks();
    return p_ == end_ || fail("something follows the end");
  }

 private:
  bool fail(const char* problem) {
    if (problem_ == nullptr) problem_ = problem;
    return false;
  }
  void blanks() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
  }
  bool take(char c) {
    if (problem_) return false;
    blanks();
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  bool open(char bracket, const char* problem) {
    if (!take(bracket)) return fail(problem);
    if (++depth_ > max_depth) return fail("nested too deeply");
    first_ = true;
    return true;
  }
  // Past the comma to the next entry, or past the closing bracket.
  bool next(char closing) {
    if (take(closing)) {
      --depth_;
      first_ = false;
      return false;
    }
    if (problem_) return false;
    if (first_) {
      first_ = false;
      return true;
    }
    if (!take(',')) return fail("',' or a closing bracket is expected");
    blanks();
    return (p_ != end_ && *p_ != closing) || fail("a ',' is followed by nothing");
  }
  bool word(std::string_view w) {
    for (const char c : w)
      if (p_ == end_ || *p_++ != c) return fail("a value is expected");
    first_ = false;
    return true;
  }
  bool digits() {
    const char* const start = p_;
    while (p_ != end_ && *p_ >= '0' && *p_ <= '9') ++p_;
    return p_ != start || fail("a value is expected");
  }
  bool number() {
    if (p_ != end_ && *p_ == '-') ++p_;
    if (p_ != end_ && *p_ == '0') ++p_;
    else if (!digits()) return false;
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!digits()) return false;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!digits()) return false;
    }
    first_ = false;
    return true;
  }

  bool hex4(unsigned& value) {
    value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = p_ == end_ ? '\0' : *p_++;
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return fail("\\u needs four hexadecimal digits");
      value = value * 16 + static_cast<unsigned>(digit);
    }
    return true;
  }
  // Reads the escape at p_ and writes what it stands for at `out`, which it advances.
  bool escape(char*& out) {
    constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    ++p_;
    if (p_ == end_) return fail("a string does not end");
    const char c = *p_++;
    if (const std::size_t i = names.find(c); i != std::string_view::npos) {
      *out++ = meanings[i];
      return true;
    }
    unsigned u = 0;
    if (c != 'u') return fail("an unknown escape stands in a string");
    if (!hex4(u)) return false;
    if (u >= 0xd800 && u < 0xe000) {                       // two surrogates make one character beyond U+FFFF
      unsigned low = 0;
      if (u >= 0xdc00 || end_ - p_ < 2 || p_[0] != '\\' || p_[1] != 'u') return fail("a surrogate stands alone");
      p_ += 2;
      if (!hex4(low)) return false;
      if (low < 0xdc00 || low >= 0xe000) return fail("a surrogate stands alone");
      u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
    }
    if (u == 0) return fail("U+0000 stands in a string");
    const auto put = [&out](unsigned byte) { *out++ = static_cast<char>(static_cast<unsigned char>(byte)); };
    if (u < 0x80) {
      put(u);
    } else if (u < 0x800) {
      put(0xc0 | u >> 6), put(0x80 | (u & 0x3f));
    } else if (u < 0x10000) {
      put(0xe0 | u >> 12), put(0x80 | (u >> 6 & 0x3f)), put(0x80 | (u & 0x3f));
    } else {
      put(0xf0 | u >> 18), put(0x80 | (u >> 12 & 0x3f)), put(0x80 | (u >> 6 & 0x3f)), put(0x80 | (u & 0x3f));
    }
    return true;
  }

  const char* begin_;
  char* p_;
  char* end_;
  const char* problem_ = nullptr;
  int depth_ = 0;
  bool first_ = true;                  // nothing stands before the next entry of the innermost object or array
};

}  // namespace tenon::inline v0::io

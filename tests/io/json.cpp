// The JSON reader: the grammar's right and wrong sides, strings with every kind of escape, and that no text, however
// broken, is read past its end (each lies at the end of a block of exactly its size, for the address sanitizer).
#include <tenon/io/json.hpp>

#include "support/catch.hpp"

#include <cstring>
#include <memory>
#include <string>

namespace tenon_test::json_test {
using tenon::io::json_reader;

namespace {

struct exact {                         // the text without a terminating zero behind it
  explicit exact(const std::string& s) : size(s.size()), data(new char[s.size() == 0 ? 1 : s.size()]) {
    std::memcpy(data.get(), s.data(), s.size());
  }
  std::size_t size;
  std::unique_ptr<char[]> data;
};

bool valid(const std::string& s) {
  const exact text(s);
  json_reader r(text.data.get(), text.size);
  return r.skip() && r.finish();
}

// The string that `s` denotes, or "(no)".
std::string decoded(const std::string& s) {
  const exact text(s);
  json_reader r(text.data.get(), text.size);
  std::string_view v;
  return r.string(v) && r.finish() ? std::string(v) : "(no)";
}

bool is_integer(const std::string& s, tenon::index_t want) {
  const exact text(s);
  json_reader r(text.data.get(), text.size);
  tenon::index_t n = -1;
  return r.integer(n) && r.finish() && n == want;
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

}  // namespace

TEST_CASE("what the grammar allows is accepted", "[json]") {
  for (const char* s :
       {"{}", "[]", " [ ] ", "0", "-0", "1.5e+10", "-12E-3", "true", "false", "null", "\"\"", "[1,2,[3,{}],\"x\"]",
        "{\"a\":1,\"b\":{\"c\":[]},\"\":null}", "\t{\r\n\"a\" : [ 1 , 2 ] }\n", "{\"a\":[],\"b\":{}}"})
    CHECK(valid(s));
  CHECK(valid(nested(json_reader::max_depth)));
}

TEST_CASE("what it does not allow is refused", "[json]") {
  for (const char* s : {"",
                        " ",
                        "{",
                        "}",
                        "[",
                        "]",
                        "{]",
                        "[}",
                        "[1,]",
                        "[,1]",
                        "[1 2]",
                        "{\"a\"}",
                        "{\"a\":}",
                        "{\"a\":1,}",
                        "{,}",
                        "{a:1}",
                        "{\"a\" 1}",
                        "{\"a\":1 \"b\":2}",
                        "{1:2}",
                        "01",
                        "+1",
                        "1.",
                        ".5",
                        "1e",
                        "1e+",
                        "-",
                        "--1",
                        "0x1",
                        "NaN",
                        "Infinity",
                        "tru",
                        "truee",
                        "nul",
                        "\"",
                        "\"a",
                        "'a'",
                        "\"\\",
                        "\"\\x\"",
                        "\"\\u12\"",
                        "\"\\u12g4\"",
                        "[] []",
                        "{} x",
                        "\xef\xbb\xbf{}",
                        "\"\n\"",
                        "\"\x01\"",
                        "\"\\u0000\"",
                        "// comment\n1",
                        "[1]]",
                        "{\"a\":1}}",
                        "[\"a\":1]"})
    CHECK_FALSE(valid(s));
  CHECK_FALSE(valid(std::string("\"\0\"", 3)));
  CHECK_FALSE(valid(nested(json_reader::max_depth + 1)));
  CHECK_FALSE(valid(std::string(1000000, '[')));                     // deep nesting costs no stack
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK_FALSE(valid(objects));
}

TEST_CASE("strings are unescaped", "[json]") {
  CHECK(decoded("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"") == "a\"\\/\b\f\n\r\tz");
  CHECK(decoded("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"") == "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(decoded("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"") == "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  for (const char* s : {"\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"",
                        "\"\\ud83d\\", "\"\\ud83d\\u"})
    CHECK(decoded(s) == "(no)");
}

TEST_CASE("strings must be UTF-8", "[json]") {
  for (const char* s : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    CHECK(decoded("\"" + std::string(s) + "\"") == s);
  for (const char* s : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xed\xa0\x80",
                        "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xf0\x9f\x98"})
    CHECK(decoded("\"" + std::string(s) + "\"") == "(no)");
  CHECK(decoded("\"\xf0\x9f\x98") == "(no)");                        // the text ends inside a character
}

TEST_CASE("integers are whole, not negative and fit 63 bits", "[json]") {
  CHECK(is_integer("0", 0));
  CHECK(is_integer(" 9223372036854775807 ", INT64_MAX));
  for (const char* s : {"", "-1", "-0", "9223372036854775808", "18446744073709551616", "99999999999999999999999", "00",
                        "01", "1.0", "1e3", "\"1\"", "x"})
    CHECK_FALSE(is_integer(s, -1));
}

TEST_CASE("peek tells what stands next; numbers as written, booleans and null", "[json]") {
  using tenon::io::json_kind;
  const exact text(" [ null, true ,false, -1.5e3, \"x\", {}, [] ]");
  json_reader r(text.data.get(), text.size);
  std::string_view number, string, name;
  bool yes = false, no = true;
  CHECK((r.peek() == json_kind::array && r.begin_array()));
  CHECK((r.next_item() && r.peek() == json_kind::null && r.null()));
  CHECK((r.next_item() && r.peek() == json_kind::boolean && r.boolean(yes) && yes));
  CHECK((r.next_item() && r.peek() == json_kind::boolean && r.boolean(no) && !no));
  CHECK((r.next_item() && r.peek() == json_kind::number && r.number(number) && number == "-1.5e3"));
  CHECK((r.next_item() && r.peek() == json_kind::string && r.string(string)));
  CHECK((r.next_item() && r.peek() == json_kind::object && r.begin_object() && !r.next_member(name)));
  CHECK((r.next_item() && r.peek() == json_kind::array && r.begin_array() && !r.next_item()));
  CHECK((!r.next_item() && r.finish() && r.peek() == json_kind::none));
  for (const char* s : {"1", "tru", "null", "", "\"true\"", "+1", "01x"}) {
    const exact wrong(s);
    json_reader boolean(wrong.data.get(), wrong.size), null(wrong.data.get(), wrong.size), numeral(wrong.data.get(), wrong.size);
    CHECK_FALSE(boolean.boolean(yes));
    CHECK((null.null() && null.finish()) == (std::string(s) == "null"));
    CHECK((numeral.number(number) && numeral.finish()) == (std::string(s) == "1"));
  }
}

TEST_CASE("members and items are walked in order", "[json]") {
  const exact text("{\"a\\n\":[3,4],\"b\":{\"x\":true},\"c\":\"s\"}");
  json_reader r(text.data.get(), text.size);
  std::string_view key, first, value;
  tenon::index_t a = 0, b = 0;
  REQUIRE(r.begin_object());
  REQUIRE(r.next_member(first));
  REQUIRE((r.begin_array() && r.next_item() && r.integer(a) && r.next_item() && r.integer(b) && !r.next_item()));
  REQUIRE(r.next_member(key));
  CHECK(key == "b");
  REQUIRE(r.skip());
  REQUIRE((r.next_member(key) && r.string(value)));
  CHECK_FALSE(r.next_member(key));
  CHECK(r.finish());
  CHECK(r.problem() == nullptr);
  CHECK(first == "a\n");                                             // still valid: the text was changed in place
  CHECK((a == 3 && b == 4 && value == "s"));
}

TEST_CASE("a problem is named once, with its place, and everything after it fails", "[json]") {
  const exact text("{\"a\" 1}");
  json_reader r(text.data.get(), text.size);
  std::string_view s;
  tenon::index_t n = 0;
  CHECK(r.begin_object());
  CHECK_FALSE(r.next_member(s));
  CHECK(std::string(r.problem()) == "':' is expected after a name");
  CHECK(r.position() == 5);
  CHECK_FALSE((r.skip() || r.string(s) || r.integer(n) || r.begin_array() || r.begin_object() || r.next_item() ||
               r.next_member(s) || r.finish()));
  CHECK(std::string(r.problem()) == "':' is expected after a name");
}

TEST_CASE("no truncation and no flipped bit reads past the end", "[json]") {
  const std::string whole =
      "{\"na\\u00e9me\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},\"x\":[true,-1.5e3,null,"
      "\"\\ud83d\\ude00\xc3\xa9\"]}";
  REQUIRE(valid(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK_FALSE(valid(whole.substr(0, n)));
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      refused += !valid(damaged);
    }
  CHECK(refused > 400);
}

}  // namespace tenon_test::json_test

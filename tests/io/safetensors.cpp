// safetensors: a literal file, round trips over dtype and strides, what `get` says when it cannot, and files that lie:
// wrong lengths, gaps, overlaps, doubled names, deep nesting, every truncation, every flipped bit of the header.
#include <tenon/io/safetensors.hpp>

#include "io/files.hpp"

#include <complex>
#include <vector>

namespace tenon_test::safetensors_test {
using tenon::any_tensor;
using tenon::dtype;
using tenon::error_code;
using tenon::shape;
namespace io = tenon::io;

namespace {

std::string file_of(const std::string& header, const std::string& data) {
  std::string s;
  for (std::size_t i = 0, n = header.size(); i < 8; ++i, n >>= 8) s += static_cast<char>(n & 0xff);
  return s + header + data;
}

tenon::result<io::weights> load(const std::string& content) {
  const temporary_file f(content);
  return io::load_weights(f.path());
}

error_code code_of(const std::string& header, const std::string& data = "12345678") {
  return load(file_of(header, data)).error().code();
}

const char* const two =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}   )";

}  // namespace

TEST_CASE("a literal file is read", "[safetensors]") {
  const auto w = tenon::unwrap(load(file_of(two, literal("\0\0\x80\x3f\0\0\0\xc0xyz"))));
  CHECK(w.size() == 2);
  CHECK((w.contains("a") && w.contains("b") && !w.contains("c")));
  const auto a = tenon::unwrap(w.get<float>("a", {1, 2}));
  CHECK(a.at(0, 0).value() == 1);
  CHECK(a.at(0, 1).value() == -2);
  CHECK(bytes_of(tenon::unwrap(w.get("b"))) == "xyz");
  CHECK(tenon::unwrap(w.get("b")).memory().get() == a.any().memory().get());     // both are views of one block
  REQUIRE(w.metadata().size() == 1);
  CHECK(w.metadata()[0].key == "format");
  CHECK(w.metadata()[0].value == "pt");
  std::string names;
  for (const auto& e : w) names += std::string(e.name) + ":" + std::string(e.type_name) + " ";
  CHECK(names == "a:F32 b:U8 ");
}

TEST_CASE("tensors outlive the weights they came from", "[safetensors]") {
  any_tensor a;
  {
    a = tenon::unwrap(tenon::unwrap(load(file_of(two, literal("\0\0\x80\x3f\0\0\0\xc0xyz")))).get("a"));
  }
  CHECK(bytes_of(a) == literal("\0\0\x80\x3f\0\0\0\xc0"));
  CHECK(a.writable());
}

TEST_CASE("a name that is missing, a shape and a dtype that differ, are errors that say which", "[safetensors]") {
  const auto w = tenon::unwrap(load(file_of(
      R"({"model.layer.0.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"model.layer.0.bias":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}})",
      "12345678")));
  const auto missing = w.get("model.layer.0.wieght").error();
  CHECK(missing == error_code::not_found);
  CHECK(mentions(
      missing,
      "io::weights::get: there is no tensor 'model.layer.0.wieght' among 2; did you mean 'model.layer.0.weight'"));
  CHECK(mentions(w.get("layer.0.weight").error(), "did you mean 'model.layer.0.weight'"));
  CHECK(mentions(w.get("x.model.layer.0.bias").error(), "did you mean 'model.layer.0.bias'"));
  CHECK_FALSE(mentions(w.get("entirely different").error(), "did you mean"));
  CHECK(w.get("").error() == error_code::not_found);
  const auto shaped = w.get("model.layer.0.weight", {2, 1}).error();
  CHECK(shaped == error_code::shape_mismatch);
  CHECK(mentions(shaped, "'model.layer.0.weight' has shape [2], expected [2, 1]"));
  const auto typed = w.get<double>("model.layer.0.weight").error();
  CHECK(typed == error_code::dtype_mismatch);
  CHECK(mentions(typed, "holds float32, not float64"));
  CHECK(w.get<float>("model.layer.0.weight", {3}).error() == error_code::shape_mismatch);
}

TEST_CASE("the three closest names are suggested, closest first", "[safetensors]") {
  io::detail::near_miss near("abcdef");
  for (const char* name : {"xbcdxx", "abcdxx", "abcdef.x", "zzzzzz", "abcdeX", "abXdeX", "m.abcdef"}) near.offer(name);
  CHECK(std::string(tenon::make_text(near).view()) == "; did you mean 'm.abcdef' or 'abcdeX' or 'abcdxx'?");
  CHECK(io::detail::name_distance("kitten", "sitting", 9) == 3);
  CHECK(io::detail::name_distance("", "abc", 9) == 3);
  CHECK(io::detail::name_distance("abc", "", 9) == 3);
  CHECK(io::detail::name_distance("same", "same", 9) == 0);
  CHECK(io::detail::name_distance(std::string(500, 'a'), std::string(501, 'a'), 99) == 99);
  CHECK(std::string(tenon::make_text(io::detail::near_miss("")).view()).empty());
}

TEST_CASE("safetensors: every dtype, rank and stride pattern comes back", "[safetensors]") {
  std::vector<any_tensor> tensors;
  std::vector<std::string> names;
  for (int t = 0; t < tenon::dtype_count; ++t) {
    if (dtype_at(t) == dtype::complex128) continue;
    for (const shape& s : {shape{}, shape{1}, shape{0}, shape{7}, shape{2, 3}, shape{3, 0, 2},
                           shape{1, 2, 1, 2, 1, 2, 1, 3}, shape{70, 80}}) {
      const any_tensor x = counting(s, dtype_at(t));
      tensors.push_back(x);
      if (x.rank() == 0) continue;
      tensors.push_back(tenon::unwrap(x.transpose(0, -1)));
      tensors.push_back(tenon::unwrap(x.slice(-1, {.step = -2})));
    }
  }
  std::vector<io::named_tensor> entries;
  names.reserve(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    names.push_back("t." + std::to_string(i));
    entries.push_back({names.back(), tensors[i]});
  }
  const io::metadata_entry metadata[] = {{"z", "last"}, {"a\n\"\\", "\xc3\xa9 \x01"}};
  const temporary_file f;
  tenon::unwrap(io::save_safetensors(f.path(), entries, metadata));
  for (const bool map : {false, true}) {
    const auto w = tenon::unwrap(io::load_weights(f.path(), {.map = map}));
    CHECK(static_cast<std::size_t>(w.size()) == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const any_tensor x = tenon::unwrap(w.get(names[i]));
      check_same(x, tensors[i]);
      CHECK(x.writable() != map);
      CHECK(reinterpret_cast<std::uintptr_t>(x.bytes()) %
                static_cast<std::uintptr_t>(io::detail::scalar_bytes(x.dtype())) ==
            0);
    }
    REQUIRE(w.metadata().size() == 2);
    CHECK(w.metadata()[0].key == "a\n\"\\");
    CHECK(w.metadata()[0].value == "\xc3\xa9 \x01");
    CHECK(w.metadata()[1].value == "last");
  }
}

TEST_CASE("a typed tensor is saved without ceremony, and a saved file is byte for byte what it should be",
          "[safetensors]") {
  const auto a = tenon::unwrap(tenon::as<std::uint8_t>(counting({2}, dtype::uint8)));
  const auto b = tenon::unwrap(tenon::as<float>(counting({1}, dtype::float32)));
  const temporary_file f;
  tenon::unwrap(io::save_safetensors(f.path(), {{"a", a}, {"b", b}}, {{"k", "v"}}));
  std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}})";
  while (header.size() % 8 != 0) header += ' ';
  CHECK(f.get() == file_of(header, literal("\0\x07\x0e\x15\0\x07")));
  tenon::unwrap(io::save_safetensors(f.path(), {}));
  CHECK(f.get() == file_of("{}      ", ""));
  CHECK(tenon::unwrap(io::load_weights(f.path())).size() == 0);
  CHECK(tenon::unwrap(io::load_weights(f.path(), {.map = true})).size() == 0);
}

TEST_CASE("what cannot be saved is an error before the file is touched", "[safetensors]") {
  const temporary_file f("precious");
  const any_tensor x = counting({2}, dtype::float32);
  CHECK(io::save_safetensors(f.path(), {{"a", x}, {"a", x}}).error() == error_code::invalid_argument);
  CHECK(io::save_safetensors(f.path(), {{"__metadata__", x}}).error() == error_code::invalid_argument);
  CHECK(io::save_safetensors(f.path(), {{"\xff", x}}).error() == error_code::invalid_argument);
  CHECK(io::save_safetensors(f.path(), {{std::string_view("a\0b", 3), x}}).error() == error_code::invalid_argument);
  CHECK(io::save_safetensors(f.path(), {{"a", x}}, {{"k", "1"}, {"k", "2"}}).error() == error_code::invalid_argument);
  CHECK(io::save_safetensors(f.path(), {{"a", x}}, {{"k", "\x80"}}).error() == error_code::invalid_argument);
  CHECK(io::save_safetensors(f.path(), {{"a", any_tensor()}}).error() == error_code::invalid_argument);
  CHECK(io::save_safetensors(f.path(), {{"a", counting({2}, dtype::complex128)}}).error() == error_code::unsupported);
  const any_tensor huge = tenon::unwrap(counting({1}, dtype::uint8).expand({INT64_MAX / 2 + 1}));
  CHECK(io::save_safetensors(f.path(), {{"a", huge}, {"b", huge}}).error() == error_code::size_overflow);
  CHECK(f.get() == "precious");
  CHECK(io::save_safetensors("/no/such/file", {{"a", x}}).error() == error_code::not_found);
  CHECK(io::save_safetensors("/dev/full", {{"a", x}}).error() == error_code::io_failure);
}

TEST_CASE("tensors that the file does not align are copied", "[safetensors]") {
  const std::string header =
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"c":{"dtype":"F64","shape":[1],"data_offsets":[5,13]}})";
  const temporary_file f(file_of(header, literal("x\0\0\x80\x3f\0\0\0\0\0\0\xf8\x3f")));
  for (const bool map : {false, true}) {
    const auto w = tenon::unwrap(io::load_weights(f.path(), {.map = map}));
    CHECK(tenon::unwrap(w.get<float>("b")).at(0).value() == 1.0f);
    CHECK(tenon::unwrap(w.get<double>("c")).at(0).value() == 1.5);
  }
}

TEST_CASE("a bool that is neither 0 nor 1 is true, mapped or not", "[safetensors]") {
  const temporary_file f(file_of(R"({"m":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}})", literal("\0\1\2\xff")));
  for (const bool map : {false, true})
    CHECK(bytes_of(tenon::unwrap(tenon::unwrap(io::load_weights(f.path(), {.map = map})).get("m"))) ==
          literal("\0\1\1\1"));
}

TEST_CASE("what the library cannot hold does not stop the rest", "[safetensors]") {
  const auto w = tenon::unwrap(load(file_of(
      R"({"ok":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"u":{"dtype":"U32","shape":[1],"data_offsets":[1,5]},"new":{"dtype":"F6","shape":[4],"data_offsets":[5,8]},"deep":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[8,9],"note":{"x":[1,null]}}})",
      "123456789")));
  CHECK(w.size() == 4);
  CHECK(w.get("ok").has_value());
  for (const char* name : {"u", "new", "deep"}) CHECK(w.get(name).error() == error_code::unsupported);
  CHECK(mentions(w.get("u").error(), "U32"));
  CHECK(code_of(R"({"u":{"dtype":"U32","shape":[1],"data_offsets":[0,8]}})") == error_code::invalid_format);
  CHECK(code_of(R"({"u":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,7],"data_offsets":[0,8]}})") ==
        error_code::invalid_format);
}

TEST_CASE("a header that lies is an error that names the tensor", "[safetensors]") {
  const auto one = [](const char* fields) { return code_of("{\"a\":{" + std::string(fields) + "}}"); };
  CHECK(one(R"("dtype":"U8","shape":[8],"data_offsets":[0,8])") == error_code::none);
  CHECK(one(R"("dtype":"U8","shape":[7],"data_offsets":[0,7])") == error_code::invalid_format);   // a byte is left over
  CHECK(one(R"("dtype":"U8","shape":[9],"data_offsets":[0,9])") == error_code::invalid_format);       // beyond the file
  CHECK(one(R"("dtype":"U8","shape":[7],"data_offsets":[1,8])") == error_code::invalid_format);       // a gap in front
  CHECK(one(R"("dtype":"U8","shape":[7],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[0],"data_offsets":[8,0])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[8],"data_offsets":[0,8,9])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[8],"data_offsets":[8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[8],"data_offsets":[-1,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[8],"data_offsets":[0,9223372036854775807])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[8],"data_offsets":[0,18446744073709551624])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[-8],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[8.0],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8])") == error_code::size_overflow);
  CHECK(one(R"("dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0])") == error_code::size_overflow);
  CHECK(one(R"("dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8])") ==
        error_code::size_overflow);   // 2^61 + 1 of 8 bytes is 8 in 64 bits
  CHECK(one(R"("dtype":"U8","shape":[8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("shape":[8],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(one(R"("dtype":8,"shape":[8],"data_offsets":[0,8])") == error_code::invalid_format);
  CHECK(
      code_of(
          R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})") ==
      error_code::invalid_format);
  CHECK(
      code_of(
          R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})") ==
      error_code::invalid_format);
  CHECK(
      code_of(
          R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})") ==
      error_code::invalid_format);
  CHECK(
      code_of(
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})") ==
      error_code::invalid_format);
  CHECK(
      code_of(
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"\u0061":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})") ==
      error_code::invalid_format);
  CHECK(code_of(R"({"__metadata__":{"a":1}})", "") == error_code::invalid_format);
  CHECK(code_of(R"({"__metadata__":{},"__metadata__":{}})", "") == error_code::invalid_format);
  CHECK(code_of("{\"a\xff\":{}}", "") == error_code::invalid_format);
  CHECK(code_of(" {}", "") == error_code::invalid_format);
  CHECK(code_of("[]", "") == error_code::invalid_format);
  CHECK(code_of("", "") == error_code::invalid_format);
  CHECK(code_of("{} x", "") == error_code::invalid_format);
  CHECK(code_of("{\"a\":" + std::string(100000, '['), "") == error_code::invalid_format);
  CHECK(code_of("{\"a\":{\"x\":" + std::string(100000, '['), "") == error_code::invalid_format);
  const auto e = load(file_of(R"({"layer":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", "12345678")).error();
  CHECK(mentions(e, "'layer' has 8 bytes where F32 [3] needs 12"));
  CHECK(mentions(e, "io::load_weights: '"));
}

TEST_CASE("lengths that the file does not have are not believed", "[safetensors]") {
  for (const char* start : {"\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\x7f",
                            "\x00\xe1\xf5\x05\x00\x00\x00\x01", "\x09\x00\x00\x00\x00\x00\x00\x00"})
    CHECK(load(std::string(start, 8) + "{      }").error() == error_code::invalid_format);
  CHECK(load("").error() == error_code::invalid_format);
  CHECK(load("1234567").error() == error_code::invalid_format);
  CHECK(io::load_weights("/no/such/file").error() == error_code::not_found);
  CHECK(io::load_weights("/tmp").error() == error_code::io_failure);
}

TEST_CASE("safetensors: every truncation is an error, and no flipped bit does harm", "[safetensors]") {
  const std::string whole = file_of(two, literal("\0\0\x80\x3f\0\0\0\xc0xyz"));
  const temporary_file f(whole);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    f.set(whole.substr(0, n));
    for (const bool map : {false, true})
      CHECK(io::load_weights(f.path(), {.map = map}).error() == error_code::invalid_format);
  }
  f.set(whole + "!");
  CHECK(io::load_weights(f.path()).error() == error_code::invalid_format);
  int loaded = 0;
  for (std::size_t i = 0; i < whole.size() - 11; ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      f.set(damaged);
      const auto w = io::load_weights(f.path());
      if (!w) continue;
      for (const auto& e : *w)                                       // what is accepted lies within the data
        if (e.value.defined()) loaded += static_cast<int>(bytes_of(e.value).size() <= 11);
    }
  CHECK(loaded > 0);
}

TEST_CASE("safetensors: when memory is full the error says so", "[safetensors]") {
  const temporary_file f(file_of(two, literal("\0\0\x80\x3f\0\0\0\xc0xyz")));
  for (int n = 0; n < 2; ++n) {
    tenon::memory::fail_after(n);
    const auto r = io::load_weights(f.path());
    tenon::memory::fail_after(-1);
    CHECK(r.error() == error_code::out_of_memory);
  }
}

}  // namespace tenon_test::safetensors_test

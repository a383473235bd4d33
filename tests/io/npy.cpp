// .npy: files as NumPy writes them, byte for byte; round trips over dtype, rank and order; then files that lie.
#include <tenon/io/npy.hpp>

#include "io/files.hpp"

#include <complex>

namespace tenon_test::npy_test {
using tenon::any_tensor;
using tenon::dtype;
using tenon::error_code;
using tenon::shape;

namespace {

// version 1.0, header padded as NumPy pads it
std::string npy(std::string dictionary, const std::string& data, int version = 1) {
  const std::size_t before = version == 1 ? 10 : 12;
  while ((before + dictionary.size() + 1) % 64 != 0) dictionary += ' ';
  dictionary += '\n';
  std::string s = literal("\x93NUMPY") + static_cast<char>(version) + '\0';
  for (std::size_t i = 0, n = dictionary.size(); i < before - 8; ++i, n >>= 8) s += static_cast<char>(n & 0xff);
  return s + dictionary + data;
}

tenon::result<any_tensor> load(const std::string& content) {
  const temporary_file f(content);
  return tenon::io::load_npy(f.path());
}

error_code code_of(const std::string& content) { return load(content).error().code(); }

}  // namespace

TEST_CASE("files that NumPy wrote are read", "[npy]") {
  // numpy.save of numpy.array([[1, 2, 3], [4, 5, 6]], dtype='<i2')
  const auto x = tenon::unwrap(
      load(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", literal("\1\0\2\0\3\0\4\0\5\0\6\0"))));
  CHECK(x.dtype() == dtype::int16);
  CHECK((x.shape() == shape{2, 3}));
  CHECK(tenon::unwrap(tenon::as<std::int16_t>(x)).at(1, 0).value() == 4);
  CHECK(x.writable());

  SECTION("Fortran order becomes strides") {
    const auto f = tenon::unwrap(tenon::as<std::int16_t>(tenon::unwrap(
        load(npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", literal("\1\0\4\0\2\0\5\0\3\0\6\0"))))));
    CHECK(f.stride(0) == 1);
    CHECK(f.stride(1) == 2);
    check_same(f, x);
  }
  SECTION("the other byte order is turned round") {
    check_same(tenon::unwrap(load(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }",
                                      literal("\0\1\0\2\0\3\0\4\0\5\0\6")))),
               x);
    const auto c = tenon::unwrap(tenon::as<std::complex<float>>(tenon::unwrap(
        load(npy("{'descr': '>c8', 'fortran_order': False, 'shape': (1,), }", literal("\x3f\x80\0\0\xc0\0\0\0"))))));
    CHECK(c.at(0).value() == std::complex<float>(1, -2));
  }
  SECTION("versions 2 and 3 have a longer length field") {
    for (const int version : {2, 3})
      check_same(tenon::unwrap(load(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }",
                                        literal("\1\0\2\0\3\0\4\0\5\0\6\0"), version))),
                 x);
  }
  SECTION("rank 0, no elements, other spellings") {
    const auto scalar = tenon::unwrap(
        load(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", literal("\0\0\0\0\0\0\xf8\x3f"))));
    CHECK(scalar.rank() == 0);
    CHECK(tenon::unwrap(tenon::as<double>(scalar)).at().value() == 1.5);
    const auto empty = tenon::unwrap(load(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 0, 2), }", "")));
    CHECK((empty.shape() == shape{3, 0, 2}));
    const auto old = tenon::unwrap(load(npy("{\"shape\":(2L , 1L),\"fortran_order\":False,\"descr\":\"|u1\"}", "ab")));
    CHECK((old.shape() == shape{2, 1}));
    CHECK(bytes_of(old) == "ab");
  }
  SECTION("a bool that is neither 0 nor 1 is true") {
    CHECK(bytes_of(tenon::unwrap(load(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (4,), }",
                                          literal("\0\1\2\xff"))))) == literal("\0\1\1\1"));
  }
  SECTION("what follows the elements is left alone") {
    CHECK(load(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "ab, and a second array")).has_value());
  }
}

TEST_CASE("a saved file is NumPy's, byte for byte", "[npy]") {
  const temporary_file f;
  const any_tensor x = tenon::unwrap(
      load(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", literal("\1\0\2\0\3\0\4\0\5\0\6\0"))));
  tenon::unwrap(tenon::io::save_npy(f.path(), x));
  CHECK(f.get() ==
        npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", literal("\1\0\2\0\3\0\4\0\5\0\6\0")));
  tenon::unwrap(tenon::io::save_npy(std::string(f.path()), tenon::unwrap(x.transpose(0, 1))));
  CHECK(f.get() ==
        npy("{'descr': '<i2', 'fortran_order': True, 'shape': (3, 2), }", literal("\1\0\2\0\3\0\4\0\5\0\6\0")));
  tenon::unwrap(tenon::io::save_npy(std::filesystem::path(f.path()), tenon::unwrap(x.select(0, 1))));
  CHECK(f.get() == npy("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }", literal("\4\0\5\0\6\0")));
}

TEST_CASE("npy: every dtype, rank and stride pattern comes back", "[npy]") {
  const shape shapes[] = {{},      {1}, {0}, {7}, {2, 3}, {3, 0, 2}, {2, 1, 3}, {2, 3, 2, 2}, {1, 2, 1, 2, 1, 2, 1, 3},
                          {70, 80}};
  const temporary_file f;
  for (int t = 0; t < tenon::dtype_count; ++t) {
    for (const shape& s : shapes) {
      const any_tensor x = counting(s, dtype_at(t));
      const auto check = [&](const any_tensor& y) {
        CAPTURE(name_of(y.dtype()), tenon::make_text(y.shape()).view());
        const auto saved = tenon::io::save_npy(f.path(), y);
        if (y.dtype() == dtype::bfloat16) {
          CHECK(saved.error() == error_code::unsupported);
          return;
        }
        REQUIRE(saved.has_value());
        check_same(tenon::unwrap(tenon::io::load_npy(f.path())), y);
      };
      check(x);
      for (int d = 0; d < x.rank(); ++d) {
        check(tenon::unwrap(x.slice(d, {.step = -1})));
        check(tenon::unwrap(x.slice(d, {.start = 1, .step = 2})));
        check(tenon::unwrap(x.transpose(0, d)));
      }
      if (x.rank() < tenon::max_rank && x.numel() < 100) {
        shape wider = x.shape();
        wider.insert(0, 3);
        check(tenon::unwrap(x.expand(wider)));
      }
    }
  }
}

TEST_CASE("what is missing or not a file is an error with its name", "[npy]") {
  const auto missing = tenon::io::load_npy("/no/such/file.npy").error();
  CHECK(missing == error_code::not_found);
  CHECK(mentions(missing, "'/no/such/file.npy'"));
  CHECK(mentions(missing, "No such file"));
  CHECK(tenon::io::load_npy("/").error() == error_code::io_failure);
  CHECK(tenon::io::load_npy("/dev/zero").error() == error_code::io_failure);
  CHECK(tenon::io::load_npy(nullptr).error() == error_code::not_found);
  CHECK(tenon::io::save_npy("/no/such/file.npy", counting({2}, dtype::float32)).error() == error_code::not_found);
  CHECK(tenon::io::save_npy("/dev/full", counting({2}, dtype::float32)).error() == error_code::io_failure);
  CHECK(tenon::io::save_npy("/dev/full", counting({4096}, dtype::float32)).error() == error_code::io_failure);
  CHECK(tenon::io::save_npy("/dev/null", any_tensor()).error() == error_code::invalid_argument);
}

TEST_CASE("a file that lies about itself is an error", "[npy]") {
  const auto with = [](const char* dictionary) { return code_of(npy(dictionary, "12345678")); };
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }") == error_code::none);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }") == error_code::invalid_format);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }") ==
        error_code::size_overflow);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4, 0), }") ==
        error_code::size_overflow);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }") ==
        error_code::size_overflow);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999999,), }") ==
        error_code::size_overflow);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }") ==
        error_code::invalid_format);   // no 4 TB are asked for
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }") == error_code::invalid_format);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }") == error_code::unsupported);
  CHECK(with("{'descr': '<u4', 'fortran_order': False, 'shape': (2,), }") == error_code::unsupported);
  CHECK(with("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") == error_code::unsupported);
  CHECK(with("{'descr': '', 'fortran_order': False, 'shape': (1,), }") == error_code::unsupported);
  CHECK(with("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }") == error_code::unsupported);
  CHECK(with("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,), }") == error_code::invalid_format);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, }") == error_code::invalid_format);
  CHECK(with("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }") ==
        error_code::invalid_format);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}") == error_code::invalid_format);
  CHECK(with("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } again") == error_code::invalid_format);
  CHECK(with("{'descr': '<f4' 'fortran_order': False, 'shape': (2,), }") == error_code::invalid_format);
  CHECK(with("") == error_code::invalid_format);
  CHECK(code_of("") == error_code::invalid_format);
  CHECK(code_of("PK\3\4 this is an .npz") == error_code::invalid_format);
  CHECK(code_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678", 4)) ==
        error_code::unsupported);
  CHECK(code_of(literal("\x93NUMPY\2\0\xff\xff\xff\xff{}")) == error_code::invalid_format);   // a 4 GiB header
  const auto e = load(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "12345678")).error();
  CHECK(mentions(e, "float32 [3] needs 12 bytes, the file has 8"));
}

TEST_CASE("npy: every truncation is an error, and no flipped bit does harm", "[npy]") {
  const std::string whole =
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "123456789012345678901234");
  const temporary_file f(whole);
  REQUIRE(tenon::io::load_npy(f.path()).has_value());
  for (std::size_t n = 0; n < whole.size(); ++n) {
    f.set(whole.substr(0, n));
    CHECK(tenon::io::load_npy(f.path()).error() == error_code::invalid_format);
  }
  int loaded = 0;
  for (std::size_t i = 0; i < 128; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      f.set(damaged);
      const auto r = tenon::io::load_npy(f.path());
      if (r) loaded += static_cast<int>(bytes_of(*r).size() <= 24);
    }
  }
  CHECK(loaded > 0);
}

TEST_CASE("npy: when memory is full the error says so", "[npy]") {
  const temporary_file f(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678"));
  for (int n = 0; n < 2; ++n) {
    tenon::memory::fail_after(n);
    const auto r = tenon::io::load_npy(f.path());
    tenon::memory::fail_after(-1);
    CHECK(r.error() == error_code::out_of_memory);
  }
}

}  // namespace tenon_test::npy_test

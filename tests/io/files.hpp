#pragma once
// Files for the tests of the readers: a name of its own for each, removed at the end; bytes in, bytes out.
#include <tenon/core/tensor.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace tenon_test {

class temporary_file {
 public:
  explicit temporary_file(const std::string& content = {}) {
    static std::atomic<int> next{0};
    path_ = (std::filesystem::temp_directory_path() /
             ("tenon-" + std::to_string(::getpid()) + "-" + std::to_string(next++)))
                .string();
    set(content);
  }
  temporary_file(const temporary_file&) = delete;
  ~temporary_file() { std::remove(path_.c_str()); }
  const char* path() const { return path_.c_str(); }
  void set(const std::string& content) const { std::ofstream(path_, std::ios::binary) << content; }
  std::string get() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_;
};

template <std::size_t N>
std::string literal(const char (&bytes)[N]) { return std::string(bytes, N - 1); }

// Every element of x, in C order, as bytes.
inline std::string bytes_of(const tenon::any_tensor& x) {
  std::string r;
  const auto item = static_cast<std::size_t>(size_of(x.dtype()));
  for (tenon::index_t i = 0; i < x.numel(); ++i) {
    tenon::index_t rest = i, offset = 0;
    for (int d = x.rank() - 1; d >= 0; --d) {
      offset += rest % x.size(d) * x.stride(d);
      rest /= x.size(d);
    }
    r.append(reinterpret_cast<const char*>(x.bytes() + offset * size_of(x.dtype())), item);
  }
  return r;
}

// Bytes 0, 1, 2, … in memory order; bool gets 0 and 1 only.
inline tenon::any_tensor counting(const tenon::shape& s, tenon::dtype type) {
  tenon::any_tensor x = tenon::unwrap(tenon::allocate_tensor("counting", s, type));
  for (tenon::index_t i = 0; i < x.numel() * size_of(type); ++i)
    x.bytes()[i] = static_cast<std::byte>(type == tenon::dtype::boolean ? i % 2 : i * 7 % 251);
  return x;
}

inline void check_same(const tenon::any_tensor& got, const tenon::any_tensor& want) {
  CHECK(got.dtype() == want.dtype());
  CHECK((got.shape() == want.shape()));
  CHECK(bytes_of(got) == bytes_of(want));
}

inline bool mentions(const tenon::error& e, const char* part) {
  UNSCOPED_INFO(e.message());
  return e.message().find(part) != std::string_view::npos;
}

inline tenon::dtype dtype_at(int i) { return static_cast<tenon::dtype>(i); }

}  // namespace tenon_test

#pragma once
// Reads the idx files of MNIST-like data sets, gzip-compressed or not: a magic number that gives type and rank, extents, bytes.
#include <tenon/core/tensor.hpp>

#include <string>
#include <vector>
#include <zlib.h>

namespace fashion_mnist {

// The bytes of an idx file of unsigned bytes, in its shape.
inline tenon::result<tenon::tensor<std::uint8_t>> load_idx(const std::string& path) {
  using namespace tenon;
  gzFile file = gzopen(path.c_str(), "rb");                    // reads plain files, too
  if (file == nullptr) return error(error_code::not_found, "load_idx", make_text(path, " cannot be opened"));
  std::vector<unsigned char> bytes;
  unsigned char chunk[1 << 16];
  int n = 0;
  while ((n = gzread(file, chunk, sizeof chunk)) > 0) bytes.insert(bytes.end(), chunk, chunk + n);
  gzclose(file);

  const auto malformed = [&](const char* what) { return error(error_code::invalid_format, "load_idx", make_text(path, ": ", what)); };
  if (n < 0 || bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != 8) return malformed("not an idx file of unsigned bytes");
  const std::size_t rank = bytes[3], header = 4 + 4 * rank;
  shape s;
  if (bytes.size() < header) return malformed("the header is cut off");
  for (std::size_t d = 0; d < rank; ++d) {
    const unsigned char* p = &bytes[4 + 4 * d];                // big-endian
    if (!s.push_back(index_t{p[0]} << 24 | p[1] << 16 | p[2] << 8 | p[3])) return malformed("more than eight dimensions");
  }
  TENON_TRY(const index_t count, checked_numel("load_idx", s));
  if (bytes.size() - header != static_cast<std::size_t>(count)) return malformed("its length does not fit its header");
  TENON_TRY(any_tensor x, allocate_tensor("load_idx", s, dtype::uint8));
  std::memcpy(x.bytes(), bytes.data() + header, static_cast<std::size_t>(count));
  return as<std::uint8_t>(x);
}

}  // namespace fashion_mnist

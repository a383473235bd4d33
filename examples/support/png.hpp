#pragma once
// Writes a picture as PNG, with zlib for its compression and checksums. rgb: three bytes for each pixel, by lines.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
#include <zlib.h>

namespace examples {

namespace detail {

inline void append(std::vector<std::uint8_t>& to, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(v >> shift));
}
inline bool write_chunk(std::FILE* file, const char* type, const std::vector<std::uint8_t>& data) {
  std::vector<std::uint8_t> bytes;
  append(bytes, static_cast<std::uint32_t>(data.size()));
  bytes.insert(bytes.end(), type, type + 4);
  bytes.insert(bytes.end(), data.begin(), data.end());
  append(bytes, static_cast<std::uint32_t>(crc32(0, bytes.data() + 4, static_cast<uInt>(bytes.size() - 4))));
  return std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
}

}  // namespace detail

inline bool write_png(const std::string& path, const std::vector<std::uint8_t>& rgb, int width, int height) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  std::vector<std::uint8_t> lines;                                         // each line begins with its filter: none
  for (int y = 0; y < height; ++y) {
    lines.push_back(0);
    const auto line = static_cast<std::ptrdiff_t>(3) * y * width;
    lines.insert(lines.end(), rgb.begin() + line, rgb.begin() + line + 3 * width);
  }
  uLongf packed_size = compressBound(static_cast<uLong>(lines.size()));
  std::vector<std::uint8_t> packed(packed_size);
  compress(packed.data(), &packed_size, lines.data(), static_cast<uLong>(lines.size()));
  packed.resize(packed_size);

  const std::uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  bool good = std::fwrite(signature, 1, sizeof signature, file) == sizeof signature;
  std::vector<std::uint8_t> header;
  detail::append(header, static_cast<std::uint32_t>(width));
  detail::append(header, static_cast<std::uint32_t>(height));
  header.insert(header.end(), {8, 2, 0, 0, 0});                            // 8 bits, RGB
  good = good && detail::write_chunk(file, "IHDR", header) && detail::write_chunk(file, "IDAT", packed) && detail::write_chunk(file, "IEND", {});
  return std::fclose(file) == 0 && good;
}

}  // namespace examples

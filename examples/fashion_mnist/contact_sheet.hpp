#pragma once
// A picture of many images: green frames around those that were classified rightly, red ones around the others. Written as
// PNG, with zlib for its compression and checksums.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
#include <zlib.h>

namespace fashion_mnist {

class contact_sheet {
 public:
  contact_sheet(int columns, int rows) : columns_(columns), width_(columns * cell), height_(rows * cell), rgb_(3 * size(), 255) {}

  // image: 28 x 28 bytes, dark on light in the picture.
  void place(int index, const std::uint8_t* image, bool right) {
    const int x0 = index % columns_ * cell, y0 = index / columns_ * cell;
    for (int y = 0; y < cell - gap; ++y)
      for (int x = 0; x < cell - gap; ++x) {
        const int px = (x - frame) / zoom, py = (y - frame) / zoom;
        const bool inside = x >= frame && y >= frame && px < 28 && py < 28;
        std::uint8_t* const p = &rgb_[3 * (static_cast<std::size_t>(y0 + y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x0 + x))];
        const auto gray = static_cast<std::uint8_t>(inside ? 255 - image[py * 28 + px] : 0);
        p[0] = inside ? gray : right ? 46 : 214;
        p[1] = inside ? gray : right ? 160 : 40;
        p[2] = inside ? gray : right ? 67 : 40;
      }
  }

  bool write(const std::string& path) const {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return false;
    std::vector<std::uint8_t> lines;                                       // each line begins with its filter: none
    for (int y = 0; y < height_; ++y) {
      lines.push_back(0);
      const auto line = static_cast<std::ptrdiff_t>(3) * y * width_;
      lines.insert(lines.end(), rgb_.begin() + line, rgb_.begin() + line + 3 * width_);
    }
    uLongf packed_size = compressBound(static_cast<uLong>(lines.size()));
    std::vector<std::uint8_t> packed(packed_size);
    compress(packed.data(), &packed_size, lines.data(), static_cast<uLong>(lines.size()));
    packed.resize(packed_size);

    const std::uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    bool good = std::fwrite(signature, 1, sizeof signature, file) == sizeof signature;
    std::vector<std::uint8_t> header;
    append(header, static_cast<std::uint32_t>(width_));
    append(header, static_cast<std::uint32_t>(height_));
    header.insert(header.end(), {8, 2, 0, 0, 0});                          // 8 bits, RGB
    good = good && chunk(file, "IHDR", header) && chunk(file, "IDAT", packed) && chunk(file, "IEND", {});
    return std::fclose(file) == 0 && good;
  }

 private:
  static constexpr int zoom = 2, frame = 3, gap = 4, cell = 28 * zoom + 2 * frame + gap;

  std::size_t size() const { return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_); }
  static void append(std::vector<std::uint8_t>& to, std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(v >> shift));
  }
  static bool chunk(std::FILE* file, const char* type, const std::vector<std::uint8_t>& data) {
    std::vector<std::uint8_t> bytes;
    append(bytes, static_cast<std::uint32_t>(data.size()));
    bytes.insert(bytes.end(), type, type + 4);
    bytes.insert(bytes.end(), data.begin(), data.end());
    append(bytes, static_cast<std::uint32_t>(crc32(0, bytes.data() + 4, static_cast<uInt>(bytes.size() - 4))));
    return std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  }

  int columns_, width_, height_;
  std::vector<std::uint8_t> rgb_;
};

}  // namespace fashion_mnist

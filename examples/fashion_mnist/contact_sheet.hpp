#pragma once
// A picture of many images: green frames around those that were classified rightly, red ones around the others.
#include "../support/png.hpp"

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

  bool write(const std::string& path) const { return examples::write_png(path, rgb_, width_, height_); }

 private:
  static constexpr int zoom = 2, frame = 3, gap = 4, cell = 28 * zoom + 2 * frame + gap;

  std::size_t size() const { return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_); }

  int columns_, width_, height_;
  std::vector<std::uint8_t> rgb_;
};

}  // namespace fashion_mnist

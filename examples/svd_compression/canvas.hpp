#pragma once
// A picture to draw on: pixels, lines, photographs, and labels in a font of 5 x 7 dots.
#include "../support/png.hpp"

#include <tenon/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace svd_compression {

namespace tn = tenon;

struct colour {
  std::uint8_t r, g, b;
};
inline constexpr colour black = {30, 30, 30}, grey = {205, 205, 205}, blue = {31, 90, 170}, orange = {214, 110, 20};

class canvas {
 public:
  canvas(int width, int height) : width_(width), height_(height), rgb_(static_cast<std::size_t>(3 * width * height), 255) {}

  void dot(int x, int y, colour c) {
    if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
    std::uint8_t* const p = &rgb_[static_cast<std::size_t>(3 * (y * width_ + x))];
    p[0] = c.r, p[1] = c.g, p[2] = c.b;
  }
  void disc(double x, double y, double radius, colour c) {
    for (int py = static_cast<int>(y - radius); py <= static_cast<int>(y + radius) + 1; ++py)
      for (int px = static_cast<int>(x - radius); px <= static_cast<int>(x + radius) + 1; ++px)
        if (std::hypot(px - x, py - y) <= radius) dot(px, py, c);
  }
  void line(double x0, double y0, double x1, double y1, double thickness, colour c) {
    const int steps = static_cast<int>(2 * std::hypot(x1 - x0, y1 - y0)) + 1;
    for (int i = 0; i <= steps; ++i) {
      const double t = static_cast<double>(i) / steps;
      disc(x0 + t * (x1 - x0), y0 + t * (y1 - y0), thickness / 2, c);
    }
  }
  // picture (3, h, w), 0 to 255, its upper left corner at (x, y)
  void place(int x, int y, const tn::tensor<float>& picture) {
    const tn::index_t h = picture.size(1), w = picture.size(2);
    const auto byte = [&](tn::index_t channel, tn::index_t i, tn::index_t j) {
      const float v = picture.data()[channel * picture.stride(0) + i * picture.stride(1) + j * picture.stride(2)];
      return static_cast<std::uint8_t>(std::clamp(v + 0.5F, 0.0F, 255.0F));
    };
    for (tn::index_t i = 0; i < h; ++i)
      for (tn::index_t j = 0; j < w; ++j) dot(x + static_cast<int>(j), y + static_cast<int>(i), {byte(0, i, j), byte(1, i, j), byte(2, i, j)});
  }
  // Letters, digits and a few signs; each is 12 pixels wide and 14 high.
  void write(int x, int y, const std::string& words, colour c) {
    for (const char character : words) {
      const char* const at = std::strchr(signs, character);
      if (at != nullptr && character != '\0')
        for (int row = 0; row < 7; ++row)
          for (int column = 0; column < 5; ++column)
            if (glyphs[at - signs][row] >> (4 - column) & 1)
              for (int d = 0; d < 4; ++d) dot(x + 2 * column + d % 2, y + 2 * row + d / 2, c);
      x += 12;
    }
  }
  bool save(const std::string& path) const { return examples::write_png(path, rgb_, width_, height_); }

 private:
  static constexpr const char* signs = "0123456789.%abcdefghiklmnoprstuvwxyz,:";
  static constexpr std::uint8_t glyphs[][7] = {
      {14, 17, 19, 21, 25, 17, 14}, {4, 12, 4, 4, 4, 4, 14},      {14, 17, 1, 2, 4, 8, 31},   {31, 2, 4, 2, 1, 17, 14},     // 0 - 3
      {2, 6, 10, 18, 31, 2, 2},     {31, 16, 30, 1, 1, 17, 14},   {6, 8, 16, 30, 17, 17, 14}, {31, 1, 2, 4, 8, 8, 8},       // 4 - 7
      {14, 17, 17, 14, 17, 17, 14}, {14, 17, 17, 15, 1, 2, 12},   {0, 0, 0, 0, 0, 12, 12},    {24, 25, 2, 4, 8, 19, 3},     // 8 9 . %
      {0, 0, 14, 1, 15, 17, 15},    {16, 16, 22, 25, 17, 17, 30}, {0, 0, 14, 16, 16, 17, 14}, {1, 1, 13, 19, 17, 17, 15},   // a - d
      {0, 0, 14, 17, 31, 16, 14},   {6, 9, 8, 28, 8, 8, 8},       {0, 15, 17, 17, 15, 1, 14}, {16, 16, 22, 25, 17, 17, 17}, // e - h
      {4, 0, 12, 4, 4, 4, 14},      {16, 16, 18, 20, 24, 20, 18}, {12, 4, 4, 4, 4, 4, 14},    {0, 0, 26, 21, 21, 17, 17},   // i k l m
      {0, 0, 22, 25, 17, 17, 17},   {0, 0, 14, 17, 17, 17, 14},   {0, 0, 30, 17, 30, 16, 16}, {0, 0, 22, 25, 16, 16, 16},   // n o p r
      {0, 0, 14, 16, 14, 1, 30},    {8, 8, 28, 8, 8, 9, 6},       {0, 0, 17, 17, 17, 19, 13}, {0, 0, 17, 17, 17, 10, 4},    // s t u v
      {0, 0, 17, 17, 21, 21, 10},   {0, 0, 17, 10, 4, 10, 17},    {0, 0, 17, 17, 15, 1, 14},  {0, 0, 31, 2, 4, 8, 31},      // w x y z
      {0, 0, 0, 0, 12, 4, 8},       {0, 12, 12, 0, 12, 12, 0}};                                                             // , :

  int width_, height_;
  std::vector<std::uint8_t> rgb_;
};

}  // namespace svd_compression

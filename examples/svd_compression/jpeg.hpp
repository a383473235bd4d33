#pragma once
// Reads a JPEG file as a tensor (3, height, width) of float, 0 to 255.
#include <tenon/core/tensor.hpp>
#include <tenon/ops/factory.hpp>

#include <csetjmp>
#include <cstdio>
#include <string>
#include <vector>

#include <jpeglib.h>

namespace svd_compression {

namespace tn = tenon;

// libjpeg ends the program when it meets an error, unless it is led away by a jump.
struct jpeg_guard {
  jpeg_error_mgr base;
  std::jmp_buf back;
};

inline tn::result<tn::tensor<float>> read_jpeg(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return tn::error(tn::error_code::io_failure, "read_jpeg", tn::make_text("cannot open ", path));
  std::vector<std::uint8_t> pixels;
  jpeg_decompress_struct reader;
  jpeg_guard guard;
  reader.err = jpeg_std_error(&guard.base);
  guard.base.error_exit = [](j_common_ptr c) { std::longjmp(reinterpret_cast<jpeg_guard*>(c->err)->back, 1); };
  jpeg_create_decompress(&reader);
  volatile bool good = false;
  if (setjmp(guard.back) == 0) {
    jpeg_stdio_src(&reader, file);
    jpeg_read_header(&reader, TRUE);
    reader.out_color_space = JCS_RGB;
    jpeg_start_decompress(&reader);
    pixels.resize(std::size_t{3} * reader.output_width * reader.output_height);
    while (reader.output_scanline < reader.output_height) {
      JSAMPROW line = pixels.data() + std::size_t{3} * reader.output_width * reader.output_scanline;
      jpeg_read_scanlines(&reader, &line, 1);
    }
    jpeg_finish_decompress(&reader);
    good = true;
  }
  const tn::index_t height = reader.output_height, width = reader.output_width;
  jpeg_destroy_decompress(&reader);
  std::fclose(file);
  if (!good) return tn::error(tn::error_code::io_failure, "read_jpeg", tn::make_text(path, " is not a JPEG file that libjpeg can read"));
  TENON_TRY(auto picture, tn::empty<float>({3, height, width}));
  for (tn::index_t c = 0; c < 3; ++c)
    for (tn::index_t i = 0; i < height * width; ++i) picture.data()[c * height * width + i] = pixels[static_cast<std::size_t>(3 * i + c)];
  return picture;
}

}  // namespace svd_compression

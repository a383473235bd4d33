// Compresses a photograph by keeping its largest singular values, and shows what that costs and saves.
//
//   svd_compression [--photo FILE.jpg] [--sheet FILE.png] [--plot FILE.png]
//
// A channel A (height, width) of the picture is U diag(s) V^H. Of all matrices of rank r, the one made of the first r singular values and
// vectors is the nearest (Eckart & Young 1936), and what is missing has the norm sqrt(s_{r+1}^2 + ... + s_k^2). It is stored in
// r (height + width + 1) numbers instead of height * width.
//
// The photograph is that of Rear Admiral Grace Hopper by J. S. Davis, US Navy, 1984 (public domain), from Debian's python-matplotlib-data.
#include "canvas.hpp"
#include "jpeg.hpp"

#include <tenon/linalg/svd.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/reduction/norm.hpp>
#include <tenon/ops/view.hpp>

#include <chrono>
#include <unistd.h>

namespace {

using namespace svd_compression;
using tn::index_t;

constexpr index_t ranks[] = {5, 20, 50, 100};

struct arguments {
  std::string photo = "/usr/share/matplotlib/mpl-data/sample_data/grace_hopper.jpg", sheet = "svd_compression.png", plot = "svd_compression_plot.png";
};

// What the first r singular values of each channel make.
tn::result<tn::tensor<float>> keep(const tn::linalg::svd_result<float>& f, index_t r) {
  const auto u = tn::narrow(f.u, -1, 0, r), s = tn::narrow(f.s, -1, 0, r), vh = tn::narrow(f.vh, -2, 0, r);
  return tn::matmul(u * tn::unsqueeze(s, -2), vh);
}

// error[r]: the norm of what is missing at rank r, as a share of the picture's.
std::vector<double> errors(const tn::tensor<float>& s) {
  const index_t channels = s.size(0), k = s.size(1);
  std::vector<double> e(static_cast<std::size_t>(k) + 1, 0.0);
  for (index_t r = k - 1; r >= 0; --r) {
    e[static_cast<std::size_t>(r)] = e[static_cast<std::size_t>(r) + 1];
    for (index_t c = 0; c < channels; ++c) e[static_cast<std::size_t>(r)] += std::pow(static_cast<double>(s.data()[c * k + r]), 2);
  }
  const double all = e[0];
  for (double& x : e) x = std::sqrt(x / all);
  return e;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%", 100 * share);
  return text;
}

// Both axes logarithmic: rank from 1 to the full one, shares from 0.1 % to 200 %.
canvas draw_plot(const std::vector<double>& error, const std::vector<double>& size) {
  canvas picture(900, 600);
  const double left = 90, right = 870, top = 40, bottom = 520, most = static_cast<double>(error.size() - 1);
  const auto x_of = [&](double rank) { return left + (right - left) * std::log(rank) / std::log(most); };
  const auto y_of = [&](double share) { return bottom - (bottom - top) * std::log(share / 0.001) / std::log(2.0 / 0.001); };
  for (const double share : {0.001, 0.01, 0.1, 1.0}) {
    picture.line(left, y_of(share), right, y_of(share), 1, grey);
    picture.write(15, static_cast<int>(y_of(share)) - 7, share < 0.01 ? "0.1%" : share < 0.1 ? "1%" : share < 1 ? "10%" : "100%", black);
  }
  for (const double rank : {1.0, 5.0, 20.0, 50.0, 100.0, most}) {
    picture.line(x_of(rank), top, x_of(rank), bottom, 1, grey);
    const std::string label = std::to_string(static_cast<int>(rank));
    picture.write(static_cast<int>(x_of(rank)) - 6 * static_cast<int>(label.size()), static_cast<int>(bottom) + 12, label, black);
  }
  picture.write(430, 565, "rank", black);
  picture.line(left, top, left, bottom, 2, black);
  picture.line(left, bottom, right, bottom, 2, black);
  const auto curve = [&](const std::vector<double>& values, colour c) {
    for (std::size_t r = 1; r + 1 < values.size(); ++r)
      if (values[r] >= 0.001 && values[r + 1] >= 0.001)
        picture.line(x_of(static_cast<double>(r)), y_of(values[r]), x_of(static_cast<double>(r + 1)), y_of(values[r + 1]), 3, c);
    for (const index_t r : ranks)
      if (static_cast<std::size_t>(r) < values.size()) picture.disc(x_of(static_cast<double>(r)), y_of(values[static_cast<std::size_t>(r)]), 6, c);
  };
  curve(size, orange);
  curve(error, blue);
  picture.write(120, 470, "error, norm of what is missing", blue);
  picture.write(120, 490, "size, numbers that are kept", orange);
  return picture;
}

tn::result<void> run(const arguments& a) {
  TENON_TRY(const auto photo, read_jpeg(a.photo));
  const index_t height = photo.size(1), width = photo.size(2);
  const auto start = std::chrono::steady_clock::now();
  TENON_TRY(const auto f, tn::linalg::svd(photo, {.full_matrices = false}));                    // u (3, h, k)  s (3, k)  vh (3, k, w)
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  const index_t k = f.s.size(1);
  if (k < ranks[3]) return tn::error(tn::error_code::invalid_argument, "svd_compression", tn::make_text("the picture is smaller than rank ", ranks[3]));
  std::printf("%s: %lld x %lld, decomposed in %.1f ms\n\n rank    error     size\n", a.photo.c_str(), static_cast<long long>(width),
              static_cast<long long>(height), ms);

  const auto error = errors(f.s);
  std::vector<double> size(error.size());
  for (std::size_t r = 0; r < size.size(); ++r)
    size[r] = static_cast<double>(r) * static_cast<double>(height + width + 1) / static_cast<double>(height * width);
  TENON_TRY(const float norm, tn::item(tn::norm(photo)));

  // The ranks beside each other, the photograph itself last.
  const int w = static_cast<int>(width), h = static_cast<int>(height), margin = 16, label = 32;
  canvas sheet(3 * w + 4 * margin, 2 * (h + label) + 3 * margin);
  int place = 0;
  const auto add = [&](const tn::tensor<float>& picture, const std::string& words) {
    const int x = margin + place % 3 * (w + margin), y = margin + place / 3 * (h + label + margin);
    sheet.place(x, y, picture);
    sheet.write(x, y + h + 8, words, black);
    ++place;
  };
  for (const index_t r : ranks) {
    TENON_TRY(const auto picture, keep(f, r));
    TENON_TRY(const float missing, tn::item(tn::norm(photo - picture)));
    const double predicted = error[static_cast<std::size_t>(r)], measured = static_cast<double>(missing / norm), share = size[static_cast<std::size_t>(r)];
    std::printf("%5lld   %6.2f%%   %6.2f%%\n", static_cast<long long>(r), 100 * measured, 100 * share);
    if (!(std::fabs(measured - predicted) <= 1e-4 * predicted))
      return tn::error(tn::error_code::invalid_argument, "svd_compression", tn::make_text("rank ", r, ": the error is not what the singular values say"));
    add(picture, "rank " + std::to_string(r) + ": size " + percent(share) + ", error " + percent(measured));
  }
  add(photo, "photograph");
  if (!sheet.save(a.sheet) || !draw_plot(error, size).save(a.plot))
    return tn::error(tn::error_code::io_failure, "svd_compression", tn::make_text("cannot write ", a.sheet, " or ", a.plot));
  std::printf("\npictures: %s, %s\n", a.sheet.c_str(), a.plot.c_str());
  return {};
}

}  // namespace

int main(int count, char** values) {
  arguments a;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = values[i];
    (name == "--photo" ? a.photo : name == "--sheet" ? a.sheet : a.plot) = values[i + 1];
  }
  if (access(a.photo.c_str(), R_OK) != 0) {
    std::fprintf(stderr, "No photograph at %s (Debian: python-matplotlib-data; `sh examples/svd_compression/run.sh` installs it)\n", a.photo.c_str());
    return 77;
  }
  const auto done = run(a);
  if (!done) std::fprintf(stderr, "%.*s\n", static_cast<int>(done.error().message().size()), done.error().message().data());
  return done ? 0 : 1;
}

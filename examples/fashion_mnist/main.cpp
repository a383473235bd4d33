// Classifies the 10,000 test images of Fashion-MNIST and shows what came out.
//
//   fashion_mnist [--data FOLDER] [--weights FILE] [--sheet FILE.png] [--check LOGITS.npy] [--device cpu|cuda|cuda:N]
//
// FOLDER holds t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz (Debian: package dataset-fashion-mnist). --check
// compares the logits with recorded ones: the same class for every image, and within 1e-4.
#include "../support/device.hpp"
#include "contact_sheet.hpp"
#include "idx.hpp"
#include "network.hpp"

#include <tenon/io/npy.hpp>
#include <tenon/ops/arg_reduction.hpp>
#include <tenon/ops/factory.hpp>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace {

using namespace fashion_mnist;
using tn::index_t;

constexpr const char* names[10] = {"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"};

struct arguments {
  std::string data = "/usr/share/datasets/fashion-mnist", weights = FASHION_MNIST_WEIGHTS, sheet = "fashion_mnist.png", check, device = "cpu";
};

// The logits of all images (N, 10), computed in batches, with a progress line on a terminal.
tn::result<tn::tensor<float>> classify(const network& net, const tn::tensor<std::uint8_t>& images, tn::placement where) {
  constexpr index_t batch = 250;
  const index_t n = images.size(0);
  TENON_TRY(auto logits, tn::empty<float>({n, 10}));
  for (index_t first = 0; first < n; first += batch) {
    const index_t count = std::min(batch, n - first);
    TENON_TRY(auto some, logits.narrow(0, first, count));
    TENON_TRY(const auto pixels, images.narrow(0, first, count));
    TENON_TRY(const auto there, tn::to(pixels, where));
    TENON_TRY_VOID(tn::copy_(some, tn::to(net(there), tn::device::cpu)));
    if (isatty(fileno(stderr))) std::fprintf(stderr, "\r%lld of %lld images", static_cast<long long>(first + count), static_cast<long long>(n));
  }
  if (isatty(fileno(stderr))) std::fprintf(stderr, "\r%30s\r", "");
  return logits;
}

tn::result<void> compare(const tn::tensor<float>& logits, const std::string& path) {
  TENON_TRY(const auto file, tn::io::load_npy(path.c_str()));
  TENON_TRY(const auto recorded, tn::as<float>(file));
  TENON_TRY(const float largest, tn::item(tn::amax(tn::abs(logits - recorded))));
  TENON_TRY(const bool same, tn::equal(tn::argmax(logits, 1), tn::argmax(recorded, 1)));
  std::printf("\nrecorded logits: %s, largest difference %.1e\n", same ? "the same class for every image" : "other classes", static_cast<double>(largest));
  if (!same || !(largest <= 1e-4F)) return tn::error(tn::error_code::invalid_argument, "check", tn::make_text("the logits differ from ", path));
  return {};
}

void print_confusion(const int (&count)[10][10]) {
  std::printf("\nconfusion (rows: the image, columns: the answer)\n%9s", "");
  for (const char* name : names) std::printf("%9s", name);
  std::printf("\n");
  for (int truth = 0; truth < 10; ++truth) {
    std::printf("%9s", names[truth]);
    for (int answer = 0; answer < 10; ++answer) std::printf("%9d", count[truth][answer]);
    std::printf("\n");
  }
}

tn::result<void> run(const arguments& a) {
  TENON_TRY(const auto where, examples::find_device(a.device));
  TENON_TRY(const auto images, load_idx(a.data + "/t10k-images-idx3-ubyte.gz"));
  TENON_TRY(const auto labels, load_idx(a.data + "/t10k-labels-idx1-ubyte.gz"));
  TENON_TRY(const auto net, network::load(a.weights, where));
  const index_t n = images.size(0);

  const auto start = std::chrono::steady_clock::now();
  TENON_TRY(const auto logits, classify(net, images, where));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  TENON_TRY(const auto answers, tn::argmax(logits, 1));
  int count[10][10] = {}, right = 0;
  for (index_t i = 0; i < n; ++i) {
    const int truth = labels.data()[i], answer = static_cast<int>(answers.data()[i]);
    ++count[truth][answer];
    right += truth == answer;
  }
  std::printf("accuracy  %.2f %%  (%d of %lld)\n", 100.0 * right / static_cast<double>(n), right, static_cast<long long>(n));
  std::printf("speed     %.0f images per second\n", static_cast<double>(n) / seconds);
  print_confusion(count);

  contact_sheet sheet(20, 10);                                   // the first 150, and then only mistakes
  int placed = 0;
  for (index_t i = 0; i < n && placed < 200; ++i) {
    const bool good = labels.data()[i] == answers.data()[i];
    if (placed >= 150 && good) continue;
    sheet.place(placed++, images.data() + i * 28 * 28, good);
  }
  if (!sheet.write(a.sheet)) return tn::error(tn::error_code::io_failure, "contact_sheet", tn::make_text(a.sheet, " cannot be written"));
  std::printf("\ncontact sheet written to %s (green frames: right; red: wrong)\n", a.sheet.c_str());
  if (!a.check.empty()) return compare(logits, a.check);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--data") == 0) a.data = argv[i + 1];
    if (std::strcmp(argv[i], "--weights") == 0) a.weights = argv[i + 1];
    if (std::strcmp(argv[i], "--sheet") == 0) a.sheet = argv[i + 1];
    if (std::strcmp(argv[i], "--check") == 0) a.check = argv[i + 1];
    if (std::strcmp(argv[i], "--device") == 0) a.device = argv[i + 1];
  }
  const auto outcome = run(a);
  if (outcome) return 0;
  const std::string_view message = outcome.error().message();
  std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  if (!(outcome.error() == tn::error_code::not_found)) return 1;
  std::fprintf(stderr, "the images come with Debian's package dataset-fashion-mnist; --data names another folder\n");
  return 77;
}

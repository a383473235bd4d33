// Embeds the sentences of a file with all-MiniLM-L6-v2 and shows how alike they are.
//
//   sentence_embedding [--model FOLDER] [--sentences FILE] [--check EMBEDDINGS.npy] [--repeat N] [--device cpu|cuda|cuda:N]
//
// fetch_model.py makes FOLDER. --check compares with recorded embeddings (1e-5) and is what the test runs; --repeat times N
// rounds over all sentences, one sentence a call, as the lines mode=single of reference.py do.
#include "../support/device.hpp"
#include "encoder.hpp"
#include "tokenizer.hpp"

#include <tenon/io/npy.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace {

using namespace sentence_embedding;
using tn::index_t;

struct arguments {
  std::string model = MODEL_DIR, sentences = SENTENCES, check, device = "cpu";
  int repeat = 0;
};

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

// (sentences, width)
tn::result<tensor> embed_all(const encoder& encode, const std::vector<std::vector<std::int64_t>>& ids) {
  TENON_TRY(auto all, tn::empty<float>({static_cast<index_t>(ids.size()), width}));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    TENON_TRY(auto row, all[static_cast<index_t>(i)]);
    TENON_TRY_VOID(tn::copy_(row, tn::to(encode(ids[i]), tn::device::cpu)));
  }
  return all;
}

void print_similarity(const tensor& alike, const std::vector<std::string>& sentences) {
  const index_t n = alike.size(0);
  std::printf("similarity (cosine, in hundredths)\n    ");
  for (index_t j = 0; j < n; ++j) std::printf("%4lld", static_cast<long long>(j + 1));
  std::printf("\n");
  for (index_t i = 0; i < n; ++i) {
    std::printf("%3lld ", static_cast<long long>(i + 1));
    for (index_t j = 0; j < n; ++j) std::printf("%4.0f", 100.0 * static_cast<double>(alike.data()[i * n + j]));
    std::printf("\n");
  }
  std::printf("\nnearest\n");
  for (index_t i = 0; i < n; ++i) {
    index_t best = i == 0 ? 1 : 0;
    for (index_t j = 0; j < n; ++j)
      if (j != i && alike.data()[i * n + j] > alike.data()[i * n + best]) best = j;
    std::printf("%5.2f  %s\n       %s\n", static_cast<double>(alike.data()[i * n + best]), sentences[static_cast<std::size_t>(i)].c_str(),
                sentences[static_cast<std::size_t>(best)].c_str());
  }
}

tn::result<void> run(const arguments& a) {
  TENON_TRY(const auto where, examples::find_device(a.device));
  const auto tokenizer = tenon::examples::wordpiece_tokenizer::load(a.model + "/vocab.txt");
  if (!tokenizer) return tn::error(tn::error_code::not_found, "vocabulary", tn::make_text(a.model, "/vocab.txt is missing; run fetch_model.py"));
  TENON_TRY(const auto encode, encoder::load(a.model + "/model.safetensors", where));
  const auto sentences = read_lines(a.sentences);
  if (sentences.size() < 2) return tn::error(tn::error_code::not_found, "sentences", tn::make_text(a.sentences, " needs two lines or more"));
  std::vector<std::vector<std::int64_t>> ids;
  for (const auto& s : sentences) ids.push_back(tokenizer->encode(s));

  TENON_TRY(const auto embeddings, embed_all(encode, ids));
  TENON_TRY(const auto alike, tn::matmul(embeddings, tn::transpose(embeddings, 0, 1)));
  print_similarity(alike, sentences);

  std::vector<double> seconds;
  for (int i = 0; i < a.repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    TENON_TRY_VOID(embed_all(encode, ids));
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  if (!seconds.empty()) {
    std::nth_element(seconds.begin(), seconds.begin() + a.repeat / 2, seconds.end());
    std::printf("\ntime peer=tenon version=%s mode=single sentences_per_second=%.1f\n", TENON_VERSION_STRING,
                static_cast<double>(ids.size()) / seconds[static_cast<std::size_t>(a.repeat / 2)]);
  }
  if (!a.check.empty()) {
    TENON_TRY(const auto recorded, tn::as<float>(tn::io::load_npy(a.check.c_str())));
    TENON_TRY(const auto distance, tn::amax(tn::abs(embeddings - recorded)));
    TENON_TRY(const float largest, tn::item(distance));
    std::printf("\nlargest difference from the recorded embeddings: %.2e\n", static_cast<double>(largest));
    if (!(largest <= 1e-5F)) return tn::error(tn::error_code::invalid_argument, "check", tn::make_text("the embeddings differ by more than 1e-5"));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--model") a.model = value;
    if (name == "--sentences") a.sentences = value;
    if (name == "--check") a.check = value;
    if (name == "--device") a.device = value;
    if (name == "--repeat") a.repeat = std::atoi(value.c_str());
  }
  const auto outcome = run(a);
  if (outcome) return 0;
  const std::string_view message = outcome.error().message();
  std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  return outcome.error() == tn::error_code::not_found ? 77 : 1;
}

// Compares tokenizer.hpp with recorded ids of the Python package `tokenizers`.
//
//   tokenizer_check vocab.txt wordpiece_cases.txt sentences.txt minilm_token_ids.json
//
// Prints every difference and a closing line; returns 0 if there is none, 1 if there is one, 77 if a file is missing
// (the vocabulary comes with the model: fetch_model.py).

#include <cstdint>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer.hpp"

namespace {

using tenon::examples::wordpiece_tokenizer;

/// All whole numbers in a line, whatever stands between them.
std::vector<std::int64_t> numbers(std::string_view line) {
  std::vector<std::int64_t> out;
  bool inside = false;
  for (char c : line) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && !inside) out.push_back(0);
    if (digit) out.back() = out.back() * 10 + (c - '0');
    inside = digit;
  }
  return out;
}

std::string from_hex(std::string_view hex) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(value(hex[i]) * 16 + value(hex[i + 1])));
  }
  return out;
}

struct tally {
  int same = 0, different = 0;

  void compare(const wordpiece_tokenizer& tokenizer, std::string_view text, const std::vector<std::int64_t>& expected) {
    const auto ids = tokenizer.encode(text);
    if (ids == expected) {
      ++same;
      return;
    }
    ++different;
    std::cout << "different: \"" << text << "\"\n  expected";
    for (auto id : expected) std::cout << ' ' << id;
    std::cout << "\n  got     ";
    for (auto id : ids) std::cout << ' ' << id;
    std::cout << '\n';
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: tokenizer_check VOCABULARY CASES SENTENCES TOKEN_IDS\n";
    return 2;
  }
  const auto tokenizer = wordpiece_tokenizer::load(argv[1]);
  std::ifstream cases(argv[2]), sentences(argv[3]), token_ids(argv[4]);
  if (!tokenizer || !cases || !sentences || !token_ids) {
    std::cerr << "tokenizer_check: a file is missing, or the vocabulary has no [PAD] [UNK] [CLS] [SEP] [MASK]\n";
    return 77;
  }

  tally result;
  for (std::string line; std::getline(cases, line);) {
    std::istringstream fields(line);
    std::string hex, rest;
    fields >> hex;
    std::getline(fields, rest);
    result.compare(*tokenizer, from_hex(hex), numbers(rest));
  }
  for (std::string text, ids; std::getline(sentences, text) && std::getline(token_ids, ids);) {
    result.compare(*tokenizer, text, numbers(ids));
  }
  std::cout << result.same << " passed, " << result.different << " failed\n";
  return result.different == 0 && result.same != 0 ? 0 : 1;
}

#pragma once
// BERT's uncased tokenizer: UTF-8 text to token ids, with the standard library alone.
//
// Contract   encode(text) = [CLS] pieces... [SEP], the pieces cut off so that at most max_tokens ids are returned. The
//            ids are those of Hugging Face's `tokenizers` for the same vocabulary, wherever both know a character
//            (that package classifies by Unicode 8, unicode_tables.hpp by a newer version: see its generator).
// Method     1 clean     drop U+0000, U+FFFD, control, format and private-use characters; white space becomes a space
//            2 ideograph each CJK ideograph stands alone, as if between spaces
//            3 fold      canonical decomposition (NFD), nonspacing marks dropped, lower case
//            4 split     at white space, and before and after every punctuation character, which is kept
//            5 WordPiece from the left, the longest piece of the vocabulary that the word begins with, then the
//                        longest "##" piece that continues it, and so on (Schuster & Nakajima 2012; Wu et al. 2016,
//                        arXiv:1609.08144, section 4.1). A word that cannot be covered, or is longer than 100
//                        characters, is one [UNK].
//            The literals [PAD] [UNK] [CLS] [SEP] [MASK] in the text become their ids, as in the original.
// Departure  Steps 1 to 4 are one pass over the characters: a character folds alike wherever it stands. NFD's
//            reordering of marks is left out: almost everything that it could move is dropped in the same step.
// Errors     Bytes that are not UTF-8 are dropped (they decode to U+FFFD). load returns nothing when the file cannot be
//            read or lacks a special token.
// Cost       linear in the text; a word of n bytes takes at most n^2 / 2 look-ups, n <= 400.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "unicode_tables.hpp"

namespace tenon::examples {

namespace unicode {

/// Whether c lies in one of the sorted ranges.
template <std::size_t N>
[[nodiscard]] inline bool contains(const range (&table)[N], char32_t c) {
  const auto* after = std::upper_bound(table, table + N, c, [](char32_t x, const range& r) { return x < r.first; });
  return after != table && c <= (after - 1)->last;
}

/// The code point that starts at text[at], and at moved behind it; U+FFFD for each byte that begins none.
[[nodiscard]] inline char32_t next_code_point(std::string_view text, std::size_t& at) {
  constexpr char32_t malformed = 0xfffd;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at++);
  if (lead < 0x80) return lead;
  const std::size_t rest = lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0;
  if (rest == 0 || rest > text.size() - at) return malformed;
  char32_t c = lead & (0x3fu >> rest);
  for (std::size_t i = 0; i < rest; ++i) {
    if ((byte(at + i) & 0xc0u) != 0x80) return malformed;
    c = c << 6 | (byte(at + i) & 0x3fu);
  }
  constexpr char32_t smallest[] = {0, 0x80, 0x800, 0x10000};  // below it the form is overlong
  if (c < smallest[rest] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return malformed;
  at += rest;
  return c;
}

inline void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
    }
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

[[nodiscard]] inline bool is_removed(char32_t c) { return contains(removed_table, c); }
[[nodiscard]] inline bool is_space(char32_t c) { return contains(space_table, c); }
[[nodiscard]] inline bool is_punctuation(char32_t c) { return contains(punctuation_table, c); }

/// The blocks that the original tokenizer calls Chinese characters (its sixth begins at 2B920, not at Unicode's 2B820).
[[nodiscard]] inline bool is_ideograph(char32_t c) {
  constexpr range blocks[] = {{0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},   {0x20000, 0x2a6df},
                              {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0x2f800, 0x2fa1f}};
  return c >= blocks[0].first && contains(blocks, c);
}

/// What a character becomes: 0 to 4 code points, decomposed, without nonspacing marks, in lower case.
struct folded {
  std::array<char32_t, 4> points{};
  std::size_t size = 0;
  constexpr void push(char32_t c) { points[size++] = c; }
};

[[nodiscard]] inline folded fold(char32_t c) {
  folded out;
  if (c < 0x80) {
    out.push(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  } else if (c >= 0xac00 && c <= 0xd7a3) {  // a Hangul syllable is 21 vowels x 28 finals per initial (Unicode 3.12)
    const char32_t s = c - 0xac00;
    out.push(0x1100 + s / (21 * 28));
    out.push(0x1161 + s % (21 * 28) / 28);
    if (s % 28 != 0) out.push(0x11a7 + s % 28);
  } else if (!contains(mark_table, c)) {
    const auto* run = std::upper_bound(std::begin(fold_table), std::end(fold_table), c,
                                       [](char32_t x, const fold_run& r) { return x < r.first; });
    if (run != std::begin(fold_table) && c <= (--run)->last && (c - run->first) % run->step == 0) {
      out.push(run->to + (c - run->first));
      return out;
    }
    for (const fold_many& entry : fold_to_several_table) {
      if (entry.from != c) continue;
      for (char32_t part : entry.to) {
        if (part != 0) out.push(part);
      }
      return out;
    }
    out.push(c);
  }
  return out;
}

}  // namespace unicode

class wordpiece_tokenizer {
 public:
  /// The vocabulary: one piece a line, the line's number (from 0) is its id, "##" in front marks a continuation.
  [[nodiscard]] static std::optional<wordpiece_tokenizer> from_text(std::string_view vocabulary) {
    wordpiece_tokenizer out;
    for (std::int64_t id = 0; !vocabulary.empty(); ++id) {
      const std::size_t end = std::min(vocabulary.find('\n'), vocabulary.size());
      std::string_view piece = vocabulary.substr(0, end);
      vocabulary.remove_prefix(std::min(end + 1, vocabulary.size()));
      if (piece.ends_with('\r')) piece.remove_suffix(1);
      if (piece.size() > 2 && piece.starts_with("##")) {
        out.continuations_.emplace(piece.substr(2), id);
      } else {
        out.beginnings_.emplace(piece, id);
      }
    }
    for (std::size_t i = 0; i < special_names.size(); ++i) {
      const auto found = out.beginnings_.find(special_names[i]);
      if (found == out.beginnings_.end()) return std::nullopt;
      out.special_[i] = found->second;
    }
    return out;
  }

  /// The same from a file (vocab.txt).
  [[nodiscard]] static std::optional<wordpiece_tokenizer> load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return from_text(std::string(std::istreambuf_iterator<char>(file), {}));
  }

  /// [CLS] pieces... [SEP]; max_tokens (at least 2) counts these two.
  [[nodiscard]] std::vector<std::int64_t> encode(std::string_view text, std::size_t max_tokens = 256) const {
    const std::size_t room = std::max<std::size_t>(max_tokens, 2) - 1;  // all but the final [SEP]
    std::vector<std::int64_t> ids{special_[cls]};
    while (!text.empty() && ids.size() < room) {
      const auto [at, which] = find_special(text);
      append_plain(ids, text.substr(0, at), room);
      if (at == text.size()) break;
      ids.push_back(special_[which]);
      text.remove_prefix(at + special_names[which].size());
    }
    ids.resize(std::min(ids.size(), room));
    ids.push_back(special_[sep]);
    return ids;
  }

  [[nodiscard]] std::int64_t padding_id() const { return special_[pad]; }

 private:
  static constexpr std::array<std::string_view, 5> special_names = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  enum : std::size_t { pad, unknown, cls, sep, mask };
  static constexpr std::size_t longest_word = 100;  // characters

  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  using piece_map = std::unordered_map<std::string, std::int64_t, hash, std::equal_to<>>;

  /// Where the first special literal begins and which it is; text.size() when there is none.
  static std::pair<std::size_t, std::size_t> find_special(std::string_view text) {
    for (std::size_t at = text.find('['); at < text.size(); at = text.find('[', at + 1)) {
      for (std::size_t i = 0; i < special_names.size(); ++i) {
        if (text.substr(at).starts_with(special_names[i])) return {at, i};
      }
    }
    return {text.size(), 0};
  }

  /// Steps 1 to 5 on text without special literals; stops once there are `room` ids or a few more.
  void append_plain(std::vector<std::int64_t>& ids, std::string_view text, std::size_t room) const {
    std::string word;
    std::size_t characters = 0;
    const auto finish_word = [&] {
      if (characters > longest_word) {
        ids.push_back(special_[unknown]);
      } else if (characters != 0) {
        append_word(ids, word);
      }
      word.clear();
      characters = 0;
    };
    for (std::size_t at = 0; at < text.size() && ids.size() < room;) {
      const char32_t c = unicode::next_code_point(text, at);
      if (unicode::is_removed(c)) continue;
      const bool alone = unicode::is_ideograph(c);
      if (alone) finish_word();
      const unicode::folded f = unicode::fold(c);
      for (std::size_t i = 0; i < f.size; ++i) {
        const char32_t part = f.points[i];
        const bool space = unicode::is_space(part), punctuation = unicode::is_punctuation(part);
        if (space || punctuation) finish_word();
        if (space) continue;
        if (characters++ < longest_word) unicode::append_utf8(word, part);  // a longer word's text is not needed
        if (punctuation) finish_word();
      }
      if (alone) finish_word();
    }
    finish_word();
  }

  void append_word(std::vector<std::int64_t>& ids, std::string_view word) const {
    const std::size_t start = ids.size();
    const piece_map* pieces = &beginnings_;
    while (!word.empty()) {
      // A piece is whole UTF-8, so a prefix that ends inside a character is in neither map.
      std::size_t length = word.size();
      auto found = pieces->find(word);
      while (found == pieces->end() && --length > 0) found = pieces->find(word.substr(0, length));
      if (found == pieces->end()) {
        ids.resize(start);
        ids.push_back(special_[unknown]);
        return;
      }
      ids.push_back(found->second);
      word.remove_prefix(length);
      pieces = &continuations_;
    }
  }

  piece_map beginnings_, continuations_;
  std::array<std::int64_t, special_names.size()> special_{};
};

}  // namespace tenon::examples

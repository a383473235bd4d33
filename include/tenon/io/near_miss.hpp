#pragma once
// near_miss: "did you mean ...?" for a name that was not found.
//
// Two names are close when few letters must be changed, inserted or left out (Levenshtein 1966), or when one is the other
// behind a prefix that ends in a dot ("weight" and "model.weight"). Runs on errors only; names beyond 128 characters are
// compared by their prefixes alone, so that the cost is at most 128^2 steps a name.
#include <tenon/core/text.hpp>

namespace tenon::inline v0::io {

namespace detail {

inline constexpr std::size_t longest_compared = 128;

inline bool behind_prefix(std::string_view longer, std::string_view shorter) {
  return longer.size() > shorter.size() + 1 && part_of(longer, longer.size() - shorter.size()) == shorter &&
         longer[longer.size() - shorter.size() - 1] == '.';
}

// 0: the same name apart from a prefix; else the number of edits; `limit` or more where it does not matter.
inline std::size_t name_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (behind_prefix(a, b) || behind_prefix(b, a)) return 0;
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference >= limit || a.size() > longest_compared || b.size() > longest_compared) return limit;
  unsigned char row[longest_compared + 1];                 // edits from a's first i letters to b's first j
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<unsigned char>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    unsigned diagonal = row[0];
    row[0] = static_cast<unsigned char>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const unsigned changed = diagonal + (a[i - 1] != b[j - 1] ? 1u : 0u);
      const unsigned dropped = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1u;
      diagonal = row[j];
      row[j] = static_cast<unsigned char>(changed < dropped ? changed : dropped);
    }
  }
  return row[b.size()] < limit ? row[b.size()] : limit;
}

// The three names closest to the wanted one; offered one after the other.
class near_miss {
 public:
  // Up to a third of the letters may differ.
  explicit near_miss(std::string_view wanted) : wanted_(wanted), limit_(wanted.size() / 3 + 2) {}

  void offer(std::string_view name) {
    const std::size_t d = name_distance(wanted_, name, limit_);
    if (d >= limit_) return;
    int at = count_ < most ? count_++ : most;
    for (; at > 0 && distance_[at - 1] > d; --at) {
      if (at == most) continue;
      name_[at] = name_[at - 1];
      distance_[at] = distance_[at - 1];
    }
    if (at == most) return;
    name_[at] = name;
    distance_[at] = d;
  }

  // "; did you mean 'a' or 'b'?", or nothing.
  friend text& operator<<(text& t, const near_miss& n) {
    for (int i = 0; i < n.count_; ++i) t << (i == 0 ? "; did you mean '" : "' or '") << part_of(n.name_[i], 0, 200);
    return n.count_ == 0 ? t : t << "'?";
  }

 private:
  static constexpr int most = 3;
  std::string_view wanted_;
  std::size_t limit_;
  std::string_view name_[most];
  std::size_t distance_[most] = {};
  int count_ = 0;
};

}  // namespace detail

}  // namespace tenon::inline v0::io

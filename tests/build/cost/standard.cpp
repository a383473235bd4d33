// What the standard library costs on this machine, with this compiler: about as much to read as a program of one op has, and about as
// much to generate. Whoever changes it measures the reference in check_cost.sh again.
#include <algorithm>
#include <complex>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

std::vector<std::string> sorted_words(const std::string& text) {
  std::map<std::string, int> count;
  std::istringstream words(text);
  for (std::string word; words >> word;) ++count[word];
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [word, n] : count) order.emplace_back(-n, word);
  std::sort(order.begin(), order.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  std::vector<std::string> out;
  for (auto& [n, word] : order) out.push_back(std::move(word));
  return out;
}

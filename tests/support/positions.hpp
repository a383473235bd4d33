#pragma once
// Naive references for ops that move elements: a result is built position by position from a rule.
#include "cases.hpp"

namespace tenon_test {

using position = std::vector<index_t>;

inline position position_of(index_t flat, const tn::shape& s) {
  position p(static_cast<std::size_t>(s.rank()));
  for (int d = s.rank() - 1; d >= 0; flat /= s[d--]) p[static_cast<std::size_t>(d)] = flat % s[d];
  return p;
}
inline index_t flat_of(const position& p, const tn::shape& s) {
  index_t flat = 0;
  for (int d = 0; d < s.rank(); ++d) flat = flat * s[d] + p[static_cast<std::size_t>(d)];
  return flat;
}

// f(position) for each position of s, in C order.
template <class F>
std::vector<double> build(const tn::shape& s, F f) {
  std::vector<double> v;
  for (index_t i = 0, n = s.numel(); i < n; ++i) v.push_back(f(position_of(i, s)));
  return v;
}
inline double at(const std::vector<double>& v, const tn::shape& s, const position& p) { return v[static_cast<std::size_t>(flat_of(p, s))]; }

// 1, 2, 3, ...: no two equal, and exact in every dtype for n <= 120.
inline std::vector<double> counting(const tn::shape& s) {
  std::vector<double> v;
  for (index_t i = 0; i < s.numel(); ++i) v.push_back(static_cast<double>(i % 120 + 1));
  return v;
}

// A type of each size; what moves elements does not look at more.
template <class F>
void for_each_size(F f) {
  f(tn::type_tag<std::uint8_t>{});
  f(tn::type_tag<tn::half>{});
  f(tn::type_tag<float>{});
  f(tn::type_tag<double>{});
  f(tn::type_tag<std::complex<double>>{});
}

template <class T>
std::string message_of(const tn::result<T>& r) {
  return std::string(r.error().message());
}

}  // namespace tenon_test

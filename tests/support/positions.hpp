#pragma once
// What the tests of ops that move elements share: vectors as views, for the references, and contents that tell elements apart.
#include <tenon/kernels/reference/positions.hpp>

#include "cases.hpp"

namespace tenon_test {

namespace reference = tn::kernels::reference;

// A vector's elements as a dense view of shape s: what the references read and write.
template <class V>
auto view(V& v, const tn::shape& s) {
  tn::strided<std::remove_pointer_t<decltype(v.data())>> x;
  x.data = v.data();
  x.rank = s.rank();
  index_t stride = 1;
  for (int d = s.rank() - 1; d >= 0; stride *= s[d--]) {
    x.extent[d] = s[d];
    x.stride[d] = stride;
  }
  return x;
}
// The elements that write(view) leaves in a tensor of shape s.
template <class F>
std::vector<double> written(const tn::shape& s, F write) {
  std::vector<double> v(static_cast<std::size_t>(s.numel()));
  write(view(v, s));
  return v;
}
inline std::vector<index_t> as_indices(const std::vector<double>& v) { return {v.begin(), v.end()}; }
template <class Range>
std::vector<double> as_doubles(const Range& v) { return {v.begin(), v.end()}; }

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

#pragma once
// operator<< for std::ostream: tensors as core/print.hpp writes them, and the small types of the library. Opt-in, so that
// nothing else of Tenon includes <ostream>.
//
//   std::cout << x << '\n';       a tensor, an any_tensor, or a result of one (which may print "error: ...")
//
// Width, precision and flags of the stream play no part; to_text(x, {.precision = 6}) has options.
#include <tenon/core/print.hpp>

#include <ostream>

namespace tenon::inline v0 {

inline std::ostream& operator<<(std::ostream& s, const text& t) { return s << t.view(); }
inline std::ostream& operator<<(std::ostream& s, const any_tensor& x) { return s << to_text(x); }
template <element T>
std::ostream& operator<<(std::ostream& s, const tensor<T>& x) {
  return s << to_text(x);
}
inline std::ostream& operator<<(std::ostream& s, const shape& x) { return s << make_text(x); }
inline std::ostream& operator<<(std::ostream& s, dtype x) { return s << name_of(x); }
inline std::ostream& operator<<(std::ostream& s, device x) { return s << name_of(x); }
inline std::ostream& operator<<(std::ostream& s, const placement& x) { return s << make_text(x); }
inline std::ostream& operator<<(std::ostream& s, error_code x) { return s << describe(x); }
inline std::ostream& operator<<(std::ostream& s, const error& x) { return s << to_text(x); }
inline std::ostream& operator<<(std::ostream& s, half x) { return s << float(x); }
inline std::ostream& operator<<(std::ostream& s, bfloat16 x) { return s << float(x); }

template <class T>
  requires requires(std::ostream& s, const T& x) { s << x; }
std::ostream& operator<<(std::ostream& s, const result<T>& x) {
  return x ? s << *x : s << x.error();
}

}  // namespace tenon::inline v0

#pragma once
// One conformance case: what case.json says, with its tensors read.
#include <tenon/core/tensor.hpp>

#include <complex>
#include <optional>
#include <string>
#include <vector>

#include "value.hpp"

namespace conformance {

namespace tn = tenon;
using tn::any_tensor;
using tn::index_t;
using tn::make_text;

// What a case says of an element type. The library has no unsigned type beyond uint8; such values are held in the next wider
// signed one, and results are taken modulo 2^width again.
struct element_type {
  std::string name;                  // as in case.json
  tn::dtype held = tn::dtype::float32;
  int unsigned_bits = 0;             // 16, 32 or 64 where the library has no such type
};

struct argument {
  std::string name;
  element_type type;
  any_tensor tensor;
};

// A reason why the runner cannot say what the case asks for. It counts as a failure.
tn::error cannot(const tn::text& why);

class test_case {
 public:
  static tn::result<test_case> load(const std::string& folder);

  std::string op;
  int opset = 0;
  std::string expect;                // "", "error" or "error_or_nonfinite"
  std::string compare = "elementwise";
  double rtol = 0, atol = 0;
  bool stretch = false;
  bool properties = false;           // residuals are to be checked too, within property_tolerance
  double property_tolerance = 0;
  std::string amended;               // attributes that the case has lost and the runner has put back
  std::optional<any_tensor> tolerance;                       // one absolute tolerance per element of the first output
  std::vector<std::optional<argument>> inputs, outputs;      // empty: left out, or not checked

  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].has_value(); }
  // Input i; an undefined tensor, which every op refuses, where it is left out.
  any_tensor input(std::size_t i) const { return has(i) ? inputs[i]->tensor : any_tensor(); }
  tn::dtype dtype(std::size_t i = 0) const { return has(i) ? inputs[i]->tensor.dtype() : tn::dtype::float32; }
  // The numbers in an integer input, or in any other rounded to integers.
  std::vector<index_t> integers(std::size_t i) const;

  // Attributes: as given, else as the format's default, else `otherwise`.
  bool given(std::string_view name) const { return attribute(name) != nullptr; }
  double number(std::string_view name, double otherwise) const;
  index_t integer(std::string_view name, index_t otherwise) const { return static_cast<index_t>(number(name, static_cast<double>(otherwise))); }
  bool flag(std::string_view name, bool otherwise = false) const;
  std::string text(std::string_view name, const char* otherwise = "") const;
  std::vector<index_t> list(std::string_view name) const;    // a number counts as a list of one
  tn::result<any_tensor> tensor(std::string_view name) const;

 private:
  const value* attribute(std::string_view name) const;
  void amend(const std::string& folder);
  value document_;
};

// The elements as numbers, in C order.
std::vector<double> numbers(const any_tensor& x);
std::vector<std::complex<double>> complex_numbers(const any_tensor& x);
std::vector<std::int64_t> whole_numbers(const any_tensor& x);

}  // namespace conformance

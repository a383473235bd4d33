#pragma once
// A JSON document as a tree, for case.json: small files, read once.
#include <tenon/io/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace conformance {

struct value {
  using kind_type = tenon::io::json_kind;
  kind_type kind = kind_type::null;
  double number = 0;
  bool boolean = false;
  std::string text;                                          // of a string
  std::vector<value> items;                                  // of an array
  std::vector<std::pair<std::string, value>> members;        // of an object, in order

  bool is(kind_type k) const { return kind == k; }
  // The member of that name, or null.
  const value* find(std::string_view name) const {
    for (const auto& [key, v] : members)
      if (key == name) return &v;
    return nullptr;
  }
};

// False where the reader has a problem.
bool read_value(tenon::io::json_reader& r, value& v);

}  // namespace conformance

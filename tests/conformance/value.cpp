#include "value.hpp"

#include <cstdlib>

namespace conformance {

bool read_value(tenon::io::json_reader& r, value& v) {
  using kind = tenon::io::json_kind;
  std::string_view text;
  v.kind = r.peek();
  switch (v.kind) {
    case kind::object:
      if (!r.begin_object()) return false;
      while (r.next_member(text)) {
        v.members.emplace_back(std::string(text), value());
        if (!read_value(r, v.members.back().second)) return false;
      }
      break;
    case kind::array:
      if (!r.begin_array()) return false;
      while (r.next_item()) {
        v.items.emplace_back();
        if (!read_value(r, v.items.back())) return false;
      }
      break;
    case kind::string:
      if (!r.string(text)) return false;
      v.text = text;
      break;
    case kind::number:
      if (!r.number(text)) return false;
      v.number = std::strtod(std::string(text).c_str(), nullptr);
      break;
    case kind::boolean: return r.boolean(v.boolean);
    case kind::null: return r.null();
    case kind::none: return r.skip();                        // which says what is wrong
  }
  return r.problem() == nullptr;
}

}  // namespace conformance

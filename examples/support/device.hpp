#pragma once
// Where an example computes: --device cpu, cuda or cuda:1.
#include <tenon/core/stream.hpp>

#include <string_view>

namespace examples {

// The device of that name, if it is there: device_unavailable says why not.
inline tenon::result<tenon::placement> find_device(std::string_view name) {
  tenon::placement where;
  const bool numbered = name.size() == 6 && name[4] == ':' && name[5] >= '0' && name[5] <= '9';
  if (name.substr(0, 4) == "cuda" && (name.size() == 4 || numbered))
    where = tenon::placement(tenon::device::cuda, numbered ? name[5] - '0' : 0);
  else if (name != "cpu")
    return tenon::error(tenon::error_code::invalid_argument, "--device", tenon::make_text(name, " is not cpu, cuda, or cuda:0 to cuda:9"));
  if (auto there = tenon::synchronize(where); !there) return std::move(there).error();
  return where;
}

}  // namespace examples

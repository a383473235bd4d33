#pragma once
// What the tests of reductions share: shapes and sets of dimensions, and the elements of each output one by one.
#include <tenon/kernels/reference/reduction.hpp>

#include "../support/turns.hpp"

namespace tenon_test {

using R = long double;
using elements = std::vector<R>;

inline bool is_reduced(const tn::dim_list& dims, int d, int rank) {
  for (const index_t dim : dims)
    if ((dim < 0 ? dim + rank : dim) == d) return true;
  return dims.rank() == 0;
}

// f(all elements of one output, in C order) for every output.
template <class F>
std::vector<double> by_output(const std::vector<double>& x, const tn::shape& s, const tn::dim_list& dims, F f) {
  tn::shape kept;
  for (int d = 0; d < s.rank(); ++d)
    if (!is_reduced(dims, d, s.rank())) kept.push_back(s[d]);
  std::vector<elements> groups(static_cast<std::size_t>(kept.numel()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t rest = i, output = 0, step = 1;
    for (int d = s.rank() - 1; d >= 0; --d) {
      const auto extent = static_cast<std::size_t>(s[d]);
      if (!is_reduced(dims, d, s.rank())) {
        output += rest % extent * step;
        step *= extent;
      }
      rest /= extent;
    }
    groups[output].push_back(x[i]);
  }
  std::vector<double> out;
  for (const auto& g : groups) out.push_back(static_cast<double>(f(g)));
  return out;
}

inline index_t size(const elements& g) { return static_cast<index_t>(g.size()); }

struct reduction_case {
  tn::shape s;
  std::vector<tn::dim_list> dims;
};

inline const std::vector<reduction_case>& shapes() {
  static const std::vector<reduction_case> all = {
      {{}, {{}, {0}, {-1}}},
      {{1}, {{}, {0}}},
      {{37}, {{}, {0}}},
      {{3, 5}, {{}, {0}, {1}, {-1}, {1, 0}}},
      {{1, 7}, {{0}, {1}}},
      {{5, 1}, {{0}, {1}}},
      {{70, 33}, {{}, {0}, {1}}},
      {{3, 4, 5}, {{}, {0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {-3, -1}}},
      {{17, 3, 20}, {{0}, {1}, {2}, {0, 2}, {1, 2}, {0, 1}}},
      {{2, 3, 2, 5}, {{1}, {0, 2}, {1, 3}, {0, 1, 3}, {3, 0, 2}}},
      {{600, 3}, {{0}, {1}}},                              // few columns: widened
      {{200, 6, 2}, {{0}, {0, 1}, {2}}},                   // many short rows
      {{2, 5000}, {{0}, {1}, {}}},                         // a row of several units
  };
  return all;
}

template <class T>
std::string describe(const tn::shape& s, const tn::dim_list& dims, const char* layout) {
  return std::string(tn::make_text(tn::dtype_of<T>, " ", s, " over ", dims, ", ", layout).view());
}

// Calls f(shape, dims, values, view) for all shapes, dimension sets and layouts.
template <class T, class Values, class F>
void for_all(Values make_values, F f) {
  for (const auto& c : shapes()) {
    const auto v = rounded<T>(make_values(static_cast<std::size_t>(c.s.numel())));
    const auto all = layouts<T>(c.s, v);
    for (const auto& dims : c.dims)
      for (const std::size_t i : turns(all.size())) {
        INFO(describe<T>(c.s, dims, all[i].name));
        f(c.s, dims, v, all[i].x);
      }
  }
}

}  // namespace tenon_test

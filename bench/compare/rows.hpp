#pragma once
// What the lists of rows share.
#include "problem.hpp"

namespace compare {

constexpr std::int64_t large = 16 << 20, small = 64 << 10;        // elements: 64 MiB, which no cache holds; 256 KiB

class list {
 public:
  std::vector<problem> all;

  // With numbers for its inputs, and neither a floor nor a rival that it speaks of.
  problem& add(const std::string& op, std::vector<std::int64_t> n, std::size_t inputs, std::int64_t out_size);
};

double product(const std::vector<std::int64_t>& n);

// A task that reads its inputs once and writes its result once. The floor is 1 beside PyTorch with a kept result, 2 beside its
// functional form where the result is larger than 16 MiB: then PyTorch pays for fresh pages in every call.
problem& pass(list& rows, const std::string& op, std::vector<std::int64_t> n, std::size_t inputs, std::int64_t out_size, form result = form::kept);

void layers(list&);
void moves(list&);
void half_types(list&);

}  // namespace compare

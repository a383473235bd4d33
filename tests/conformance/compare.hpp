#pragma once
// Whether an op's outputs are what a case expects. An empty text: yes; else what is wrong.
#include "case.hpp"

namespace conformance {

std::string difference(const test_case& c, const tn::result<std::vector<any_tensor>>& got);

}  // namespace conformance

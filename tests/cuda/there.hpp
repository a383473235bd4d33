#pragma once
#include <tenon/ops/copy.hpp>

#include "../support/cases.hpp"

namespace tenon_test {

// x on the device.
template <class T>
tn::tensor<T> there(const tn::tensor<T>& x) {
  return tn::unwrap(tn::to(x, tn::device::cuda));
}

}  // namespace tenon_test

#include "chain.hpp"

#include <tenon/ops/activation.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/operators.hpp>

namespace tn = tenon;

tn::result<void> fused_chain(tn::tensor<float>& out, const tn::tensor<float>& a, const tn::tensor<float>& b, const tn::tensor<float>& c) {
  return tn::assign(out, tn::relu(tn::lazy(a) * b + c) * tn::sigmoid(tn::lazy(a)));
}

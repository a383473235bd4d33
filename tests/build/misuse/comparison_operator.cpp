// expect: (no match for .operator<|invalid operands to binary expression .*tensor<float>)
#include <tenon/ops/operators.hpp>
auto f(const tenon::tensor<float>& x) { return x < 1; }

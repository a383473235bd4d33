// expect: (no match for .operator==.|invalid operands to binary expression).*result<.*tensor<bool>
#include <tenon/ops/predicates.hpp>
int f(const tenon::tensor<float>& x) { return tenon::isnan(x) == true; }

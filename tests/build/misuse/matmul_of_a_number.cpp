// expect: (\(operand<B>\)|.int. does not satisfy .operand.)
#include <tenon/ops/matmul.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::matmul(x, 3); }

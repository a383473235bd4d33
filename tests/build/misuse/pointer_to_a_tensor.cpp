// expect: (operand<X>|does not satisfy .operand.)
#include <tenon/ops/activation.hpp>
auto f(const tenon::tensor<float>* x) { return tenon::relu(x); }

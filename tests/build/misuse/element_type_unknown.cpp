// expect: (\(operand<X>\)|requires +operand<X>|does not satisfy .operand.)
#include <tenon/ops/activation.hpp>
auto f(const tenon::any_tensor& x) { return tenon::relu(x); }

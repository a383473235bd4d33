// expect: (requires +operand<X>|does not satisfy .operand.)
#include <tenon/ops/softmax.hpp>
#include <vector>
auto f(const std::vector<float>& values) { return tenon::softmax(values, -1); }

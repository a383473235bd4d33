// expect: (requires +target<X>|does not satisfy .(target|eager_operand).)
#include <tenon/ops/activation.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::relu_(tenon::lazy(x)); }

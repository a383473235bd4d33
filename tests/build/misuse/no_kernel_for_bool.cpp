// expect: no kernel for these element types
#include <tenon/ops/activation.hpp>
auto f(const tenon::tensor<bool>& x) { return tenon::relu(x); }

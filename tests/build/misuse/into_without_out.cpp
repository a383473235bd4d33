// expect: (candidate expects 2 arguments, 1 provided|requires 2 arguments, but 1 was provided)
#include <tenon/ops/activation.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::relu_into(x); }

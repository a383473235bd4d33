// expect: (candidate expects 2 arguments, 1 provided|requires 2 arguments, but 1 was provided)
#include <tenon/ops/softmax.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::softmax(x); }

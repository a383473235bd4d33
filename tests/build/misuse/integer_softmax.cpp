// expect: no kernel for that element type
#include <tenon/ops/softmax.hpp>
auto f(const tenon::tensor<int>& x) { return tenon::softmax(x, 0); }

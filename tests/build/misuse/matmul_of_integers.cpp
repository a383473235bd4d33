// expect: no kernel for that element type
#include <tenon/ops/matmul.hpp>
auto f(const tenon::tensor<bool>& x) { return tenon::matmul(x, x); }

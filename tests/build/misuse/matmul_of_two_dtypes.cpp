// expect: the operands of a product must have one element type; convert with tenon::to<T>\(x\)
#include <tenon/ops/matmul.hpp>
auto f(const tenon::tensor<tenon::half>& x, const tenon::tensor<double>& y) { return tenon::matmul(x, y); }

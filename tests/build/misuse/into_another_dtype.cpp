// expect: out must have the result's element type
#include <tenon/ops/softmax.hpp>
auto f(tenon::tensor<double>& out, const tenon::tensor<float>& x) { return tenon::softmax_into(out, x, -1); }

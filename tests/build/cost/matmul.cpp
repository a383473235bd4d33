#include <tenon/ops/matmul.hpp>
tenon::result<tenon::tensor<float>> f(const tenon::tensor<float>& x) { return tenon::matmul(x, x); }

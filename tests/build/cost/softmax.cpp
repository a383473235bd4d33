#include <tenon/ops/softmax.hpp>
tenon::result<tenon::tensor<float>> f(const tenon::tensor<float>& x) { return tenon::softmax(x, -1); }

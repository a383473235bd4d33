#include <tenon/ops/activation.hpp>
tenon::result<tenon::tensor<float>> f(const tenon::tensor<float>& x) { return tenon::relu(x); }

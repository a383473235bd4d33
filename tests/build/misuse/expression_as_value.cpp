// expect: (expression<.*has no member named .item.|no member named .item. in .*expression<)
#include <tenon/ops/activation.hpp>
float f(const tenon::tensor<float>& x) { return tenon::relu(tenon::lazy(x)).item(); }

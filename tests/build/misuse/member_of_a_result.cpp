// expect: result<tenon::(v0::)?tensor<float> ?>.*(has no member named .shape.|did you mean to use .->.)
#include <tenon/ops/activation.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::relu(x).shape(); }

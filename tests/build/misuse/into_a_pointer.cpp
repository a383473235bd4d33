// expect: (target<O>|.float \*&. does not satisfy .target.)
#include <tenon/ops/activation.hpp>
auto f(float* out, const tenon::tensor<float>& x) { return tenon::relu_into(out, x); }

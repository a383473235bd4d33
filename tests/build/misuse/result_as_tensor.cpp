// expect: (conversion from .*result<.*to non-scalar type .*tensor<float>|no viable conversion from .*result<.* to .*tensor<float>)
#include <tenon/ops/activation.hpp>
void f(const tenon::tensor<float>& x) { tenon::tensor<float> y = tenon::relu(x); }

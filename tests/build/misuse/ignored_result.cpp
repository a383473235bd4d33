// expect: ignoring return.*nodiscard
#include <tenon/ops/activation.hpp>
void f(tenon::tensor<float>& x) { tenon::relu_(x); }

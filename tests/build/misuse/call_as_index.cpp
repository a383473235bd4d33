// expect: (no match for call to .*tensor<float>|does not provide a call operator)
#include <tenon/core/tensor.hpp>
auto f(const tenon::tensor<float>& x) { return x(0, 1); }

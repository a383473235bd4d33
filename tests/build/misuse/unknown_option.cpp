// expect: (cannot convert|no known conversion|cannot convert initializer list argument).*conv_options
#include <tenon/ops/convolution.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::conv2d(x, x, {.strides = 2}); }

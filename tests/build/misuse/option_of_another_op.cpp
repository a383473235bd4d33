// expect: (cannot convert .*max_pool_options.* to .*conv_options|no known conversion from .*max_pool_options.* to .*conv_options|optional_operand)
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/pooling.hpp>
auto f(const tenon::tensor<float>& x, const tenon::max_pool_options<2>& options) { return tenon::conv2d(x, x, options); }

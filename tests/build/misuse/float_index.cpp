// expect: indices are tensors of integers
#include <tenon/ops/gather.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::gather(x, 0, x); }

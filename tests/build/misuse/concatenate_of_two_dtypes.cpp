// expect: (conflicting types for parameter .*tensor<float>.* and .*tensor<double>|deduced conflicting types)
#include <tenon/ops/concatenate.hpp>
auto f(const tenon::tensor<float>& x, const tenon::tensor<double>& y) { return tenon::cat({x, y}, 0); }

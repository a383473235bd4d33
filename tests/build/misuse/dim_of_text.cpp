// expect: (cannot convert .*rows|no known conversion from .const char)
#include <tenon/ops/reduction.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::sum(x, "rows"); }

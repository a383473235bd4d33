// expect: (use of|selected) deleted (function|operator).*\*
#include <tenon/ops/operators.hpp>
auto f(const tenon::tensor<float>& x, tenon::device d) { return x * d; }

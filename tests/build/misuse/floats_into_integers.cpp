// expect: a floating one a floating out; convert with to<T>\(x\)
#include <tenon/ops/exponential.hpp>
auto f(tenon::tensor<int>& x) { return tenon::exp_(x); }

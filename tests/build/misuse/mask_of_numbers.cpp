// expect: the condition must be a bool tensor; make one with ne\(c, 0\), gt\(x, y\)
#include <tenon/ops/where.hpp>
auto f(const tenon::tensor<float>& x) { return tenon::where(x, x, 0); }

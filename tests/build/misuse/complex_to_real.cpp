// expect: a complex number has no one real value: take real\(x\), imag\(x\) or abs\(x\)
#include <tenon/ops/cast.hpp>
auto f(const tenon::tensor<std::complex<float>>& x) { return tenon::to<float>(x); }

// expect: out cannot hold the result: a complex result needs a complex out
#include <tenon/ops/exponential.hpp>
auto f(tenon::tensor<float>& out, const tenon::tensor<std::complex<float>>& x) { return tenon::exp_into(out, x); }

// expect: (assignment of read-only location|read-only variable is not assignable)
#include <tenon/core/tensor.hpp>
void f(const tenon::tensor<float>& x) { x.data()[0] = 1; }

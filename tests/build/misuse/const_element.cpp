// expect: (element<T>|.const float. does not satisfy .element.)
#include <tenon/core/tensor.hpp>
void f(const tenon::tensor<const float>& x);

// expect: (element<T>|.long double. does not satisfy .element.)
#include <tenon/core/tensor.hpp>
void f(const tenon::tensor<long double>& x);

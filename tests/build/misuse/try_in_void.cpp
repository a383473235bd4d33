// expect: (return-statement with a value, in function returning .void.|void function .f. should not return a value)
#include <tenon/ops/activation.hpp>
void f(const tenon::tensor<float>& x) {
  TENON_TRY(auto y, tenon::relu(x));
}

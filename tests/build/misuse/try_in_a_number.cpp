// expect: (cannot convert .*error. to .float. in return|no viable conversion from returned value of type .*error. to function return type .float.)
#include <tenon/ops/activation.hpp>
float f(tenon::tensor<float>& x) {
  TENON_TRY_VOID(tenon::relu_(x));
  return 1;
}

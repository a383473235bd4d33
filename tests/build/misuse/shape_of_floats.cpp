// expect: (narrowing|invalid initialization of reference of type .const tenon::(v0::)?shape|cannot convert initializer list argument to .const .*shape)
#include <tenon/ops/factory.hpp>
auto f() { return tenon::zeros<float>({2.0, 3.0}); }

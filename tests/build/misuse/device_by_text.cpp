// expect: (could not convert|cannot initialize|no viable conversion|no matching function).*
#include <tenon/ops/factory.hpp>
auto f() { return tenon::zeros<float>({2}, {.device = "cuda"}); }

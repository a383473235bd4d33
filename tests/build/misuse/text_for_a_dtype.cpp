// expect: no known conversion .*from .const char ?\[8\]. to .*dtype
#include <tenon/ops/factory.hpp>
auto f() { return tenon::zeros({2, 3}, "float32"); }

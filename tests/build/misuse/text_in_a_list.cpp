// expect: (could not convert .*to .*nested_list<float>|cannot convert initializer list argument to .*nested_list<float>)
#include <tenon/ops/factory.hpp>
auto f() { return tenon::from_list<float>({{1, 2}, {3, "4"}}); }

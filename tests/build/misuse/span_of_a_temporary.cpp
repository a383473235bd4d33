// expect: deleted (member )?function.*span
#include <tenon/ops/factory.hpp>
auto f() { return tenon::unwrap(tenon::zeros<float>({2})).span(); }

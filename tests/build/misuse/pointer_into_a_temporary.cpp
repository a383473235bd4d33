// expect: deleted (member )?function.*data
#include <tenon/ops/factory.hpp>
const float* f() { return tenon::unwrap(tenon::zeros<float>({2})).data(); }

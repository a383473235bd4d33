// expect: src must have x's element type; convert it with tenon::to<T>\(src\)
#include <tenon/ops/scatter.hpp>
auto f(const tenon::tensor<float>& x, const tenon::tensor<std::int64_t>& i) { return tenon::scatter(x, 0, i, i); }

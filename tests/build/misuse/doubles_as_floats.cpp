// expect: the container holds another type; convert the tensor with tenon::to<T>\(x\)
#include <tenon/ops/factory.hpp>
#include <vector>
auto f(const std::vector<double>& values) { return tenon::from_span<float>(values, {2, 2}); }

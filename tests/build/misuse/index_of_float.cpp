// expect: (std::integral|does not satisfy .integral.)
#include <tenon/core/tensor.hpp>
auto f(const tenon::tensor<float>& x) { return x.at(0, 1.5); }

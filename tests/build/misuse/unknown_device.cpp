// expect: (.gpu. is not a member of|no member named .gpu. in).*device
#include <tenon/ops/factory.hpp>
auto f() { return tenon::zeros<float>({2}, {.device = tenon::device::gpu}); }

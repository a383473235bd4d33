#pragma once
// Random numbers: what the kernels of every device compute. Element i takes the number at position first + i of
// core/philox.hpp, whose functions are the specification, bit for bit. `out` is dense. Half types compute in float.
#include <tenon/core/philox.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

struct random_plan {
  index_t n = 0;
  philox numbers;
  std::uint64_t first = 0;
};

// ---- distributions -----------------------------------------------------------------------------------------------------
struct uniform_numbers {                     // low + u (high - low), each step rounded in the compute type; u alone for 0 .. 1
  double low = 0, high = 1;
};
struct normal_numbers {                      // mean + z deviation, likewise; z alone for 0 and 1
  double mean = 0, deviation = 1;
};
struct exponential_numbers {                 // e / rate
  double rate = 1;
};
struct integer_numbers {                     // philox::integer in 64 bits, then the low bits that the element type has
  std::int64_t low = 0, high = 0;
};
struct bernoulli_numbers {                   // 1 with probability p, else 0
  double p = 0;
};
template <class P>
struct bernoulli_each {                      // the same with a probability for each element, dense
  const P* p = nullptr;
};

// out is filled with T's Numbers, one of those above.
template <class T, class Numbers>
struct random_kernel {
  using function = status (*)(const context&, const random_plan&, const Numbers&, T* out);
};

}  // namespace tenon::inline v0::kernels

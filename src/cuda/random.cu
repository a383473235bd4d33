// rand, randn, randint, randperm, bernoulli, and in place; dropout.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/cuda/permutation.cuh>
#include <tenon/kernels/cuda/random.cuh>
#include <tenon/kernels/functions/dropout.hpp>

namespace {

template <class T, class... Numbers>
void enroll_numbers() {
  using namespace tenon;
  ((kernels::device_entry<kernels::random_kernel<T, Numbers>, device::cuda> = &kernels::cuda::run_random<T, Numbers>), ...);
}

}  // namespace

TENON_CUDA_FAMILY(random) {
  using namespace tenon;
  using namespace kernels;
  const auto floating = []<class... T>(type_list<T...>) {
    (enroll_numbers<T, uniform_numbers, normal_numbers, exponential_numbers>(), ...);
  };
  floating(type_list<half, bfloat16, float, double>{});
  const auto all = []<class... T>(type_list<T...>) {
    (enroll_numbers<T, integer_numbers, bernoulli_numbers, bernoulli_each<half>, bernoulli_each<bfloat16>, bernoulli_each<float>, bernoulli_each<double>>(), ...);
  };
  all(type_list<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, half, bfloat16, float, double>{});
  const auto permutations = []<class... T>(type_list<T...>) {
    ((device_entry<random_kernel<T, permutation_numbers>, device::cuda> = &cuda::run_permutation<T>), ...);
  };
  permutations(type_list<std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, half, bfloat16, float, double>{});
  const auto dropout = []<class... T>(type_list<T...>) {
    (cuda::elementwise::enroll_type<functions::drop, T>(type_list<bool, T>{}), ...);
    (cuda::elementwise::enroll_type<functions::drop_to_saturation, T>(type_list<bool, T>{}), ...);
  };
  dropout(type_list<half, bfloat16, float, double>{});
}

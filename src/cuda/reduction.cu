// Reductions.
#include "library.hpp"

#include <tenon/kernels/cuda/reduction.cuh>

TENON_CUDA_FAMILY(reduction) {
  using namespace tenon;
  using kernels::reduction_kind;
  using kernels::cuda::enroll_reduction;
  const auto all = []<class... T>(type_list<T...>) {
    (enroll_reduction<reduction_kind::sum, T, std::conditional_t<std::is_integral_v<T>, index_t, T>>(), ...);
    (enroll_reduction<reduction_kind::product, T, std::conditional_t<std::is_integral_v<T>, index_t, T>>(), ...);
    (enroll_reduction<reduction_kind::nonzero, T, index_t>(), ...);
    (enroll_reduction<reduction_kind::nonzero, T, bool>(), ...);
    (enroll_reduction<reduction_kind::minimum, T, T>(), ...);
    (enroll_reduction<reduction_kind::maximum, T, T>(), ...);
    (enroll_reduction<reduction_kind::extremes, T, T, T>(), ...);
    (enroll_reduction<reduction_kind::logsumexp, T, std::conditional_t<std::is_integral_v<T>, float, T>>(), ...);
    (enroll_reduction<reduction_kind::argmin, T, T, index_t>(), ...);
    (enroll_reduction<reduction_kind::argmax, T, T, index_t>(), ...);
  };
  all(type_list<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, half, bfloat16, float, double>{});
  const auto floating = []<class... T>(type_list<T...>) {
    (enroll_reduction<reduction_kind::moments, T, T, T>(), ...);
    (enroll_reduction<reduction_kind::nonzero, T, T>(), ...);
    (enroll_reduction<reduction_kind::sum_of_magnitudes, T, T>(), ...);
    (enroll_reduction<reduction_kind::sum_of_squares, T, T>(), ...);
    (enroll_reduction<reduction_kind::sum_of_powers, T, T>(), ...);
    (enroll_reduction<reduction_kind::least_magnitude, T, T>(), ...);
    (enroll_reduction<reduction_kind::greatest_magnitude, T, T>(), ...);
  };
  floating(type_list<half, bfloat16, float, double>{});
}

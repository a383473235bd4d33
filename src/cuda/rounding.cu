// Rounding to whole numbers; signs and neighbours.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/rounding.hpp>
#include <tenon/kernels/functions/sign.hpp>

TENON_CUDA_FAMILY(rounding) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::floor, f::ceil, f::trunc, f::round, f::round_decimals, f::frac, f::sign, f::sgn>();
  enroll<2, f::copysign, f::heaviside>();
  enroll<4, f::nan_to_num>();
  const auto neighbours = []<class... T>(tenon::type_list<T...>) {
    (tenon::kernels::cuda::elementwise::enroll_type<f::nextafter<T>, tenon::compute_t<T>>(tenon::type_list<T, T>{}), ...);
    ((tenon::kernels::device_dtypes<f::nextafter<T>, tenon::device::cuda> = tenon::dtype_set(tenon::dtype_of<T>)), ...);
  };
  neighbours(tenon::type_list<tenon::half, tenon::bfloat16, float, double>{});
}

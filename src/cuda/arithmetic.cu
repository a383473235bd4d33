// The four operations and what is made of them; conversions.
#include "library.hpp"

#include <tenon/kernels/cuda/complex_functions.cuh>
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/arithmetic.hpp>

TENON_CUDA_FAMILY(arithmetic) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::identity, f::neg, f::positive, f::abs, f::square, f::reciprocal, f::sqrt, f::rsqrt>();
  enroll<2, f::add, f::sub, f::mul, f::div>();
  enroll<3, f::add_scaled, f::sub_scaled, f::lerp>();
  enroll<4, f::addcmul, f::addcdiv>();
  const auto conversions = []<class... T>(tenon::type_list<T...>) {
    (tenon::kernels::cuda::elementwise::enroll_type<f::convert_to<T>, tenon::compute_t<T>>(tenon::type_list<T>{}), ...);
  };
  conversions(tenon::type_list<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, tenon::half, tenon::bfloat16, float, double,
                               std::complex<float>, std::complex<double>>{});
}

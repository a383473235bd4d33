#pragma once
#include <tenon/core/backend.hpp>

namespace tenon::inline v0::kernels::cuda::inline library {

const backend& runtime();

}  // namespace tenon::inline v0::kernels::cuda::inline library

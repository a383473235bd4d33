#pragma once
// What the families of the CUDA library have in common: each is one file here with one function, `TENON_CUDA_FAMILY(name)`,
// that puts the addresses of its kernels into kernels::device_entry. CMakeLists.txt has the list.
#include <tenon/kernels/device_entry.hpp>

#define TENON_CUDA_FAMILY(name) \
  namespace tenon::inline v0::kernels::cuda::inline library { \
  void enroll_##name(); \
  } \
  void tenon::kernels::cuda::library::enroll_##name()

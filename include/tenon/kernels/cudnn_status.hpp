#pragma once
// Why cuDNN has not computed a convolution: the number in the kernel's status::detail, and what a reader of it can do.
//
//   negative        a reason of this library's own, below
//   1000 ...        cuDNN 9's status: its thousands are its category. (CUDA's own error codes are below 1000.)
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

enum class cudnn_reason : index_t { missing = -1, version = -2, size = -3, no_algorithm = -4, memory = -5 };

// Null: the status does not speak of cuDNN.
constexpr const char* cudnn_text(status s) {
  switch (static_cast<cudnn_reason>(s.detail)) {
    case cudnn_reason::missing:
      return "libcudnn.so.9 was not found. Install cuDNN 9 for this version of CUDA (NVIDIA's package libcudnn9-cuda-13 or -12; or the Python wheel "
             "nvidia-cudnn-cu13 or -cu12, with its folder lib in LD_LIBRARY_PATH), or choose another algorithm";
    case cudnn_reason::version: return "the program has loaded a cuDNN of another version than 9, or a part of it. Install cuDNN 9, or choose another algorithm";
    case cudnn_reason::size:
      return "cuDNN takes tensors of fewer than 2^31 elements, and such paddings, strides and dilations. Split the batch, or choose another algorithm";
    case cudnn_reason::no_algorithm:
      return "cuDNN has no deterministic algorithm for this convolution that sums up each window by itself. Choose another algorithm";
    case cudnn_reason::memory: return "the device has no memory for cuDNN's workspace (see memory::set_limit). Choose a smaller batch, or the algorithm direct";
  }
  if (s.code == status_code::ok || s.detail < 1000 || s.detail > 9999) return nullptr;
  switch (s.detail) {
    case 1001: return "cuDNN could not start on this GPU. Its driver may be older than this cuDNN needs";
    case 1002:
    case 1008: return "cuDNN's own libraries (libcudnn_*.so.9) are missing or of different versions. Reinstall cuDNN 9, and look for a second one in LD_LIBRARY_PATH";
    case 3005:
    case 3006: return "cuDNN does not run with this CUDA driver or runtime. Install the cuDNN 9 that is built for it";
    case 3007: return "cuDNN does not run on this GPU's architecture. Choose another algorithm";
    case 4003: return "cuDNN had no memory on the host";
    case 4004: return "cuDNN had no memory on the device. Free some (memory::release_cached), or choose another algorithm";
    default: break;
  }
  switch (s.detail / 1000) {
    case 1: return "cuDNN is not ready. Reinstall cuDNN 9, or choose another algorithm";
    case 2:
    case 3: return "cuDNN does not take this convolution. Choose another algorithm";
    case 4: return "cuDNN failed inside. Choose another algorithm, and set CUDNN_LOGLEVEL_DBG=1 to see what it says";
    default: return "cuDNN's kernel could not run. An earlier kernel may have failed: run under compute-sanitizer";
  }
}

}  // namespace tenon::inline v0::kernels

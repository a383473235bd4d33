// cuDNN is taken from the program, if that has it itself; else it is opened as the library of the version that cudnn_api.hpp declares.
#include "cudnn_api.hpp"

#include <dlfcn.h>

namespace tenon::inline v0::kernels::cuda::inline library::cudnn {

namespace {

functions load() {
  functions f;
  void* from = RTLD_DEFAULT;
  if (dlsym(from, "cudnnCreate") == nullptr) {
    from = dlopen("libcudnn.so.9", RTLD_LAZY | RTLD_LOCAL);
    if (from == nullptr) return f;
  }
  f.absent = cudnn_reason::version;
#define TENON_FIND(result, name, parameters)                   \
  f.name = reinterpret_cast<decltype(f.name)>(dlsym(from, #name)); \
  if (f.name == nullptr) return f;
  TENON_CUDNN_FUNCTIONS(TENON_FIND)
#undef TENON_FIND
  f.found = f.cudnnGetVersion() / 10000 == 9;    // cuDNN 8 and older counted otherwise, and gave less than 10000
  return f;
}

}  // namespace

const functions& api() {
  static const functions f = load();
  return f;
}

}  // namespace tenon::inline v0::kernels::cuda::inline library::cudnn

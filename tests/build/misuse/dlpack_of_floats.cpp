// expect: (managed_tensor<M>|.float. does not satisfy .*managed_tensor)
#include <tenon/io/dlpack.hpp>
auto f(float* x) { return tenon::io::from_dlpack(x); }

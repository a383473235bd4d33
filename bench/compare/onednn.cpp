// oneDNN: matrix products, convolution from plain NCHW, softmax, layer norm, elementwise. Primitives are made beforehand.
#include "problem.hpp"

#if defined(TENON_PEER_ONEDNN)
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <omp.h>
#include <unordered_map>

namespace compare {
namespace {

using dims = dnnl::memory::dims;
using tag = dnnl::memory::format_tag;

dnnl::engine& cpu() {
  static dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}
dnnl::memory::desc plain(const dims& d, tag t) { return {d, dnnl::memory::data_type::f32, t}; }
dnnl::memory on(const dnnl::memory::desc& d, const float* p) { return {d, cpu(), const_cast<float*>(p)}; }

solver execute(dnnl::primitive primitive, std::unordered_map<int, dnnl::memory> arguments) {
  auto stream = std::make_shared<dnnl::stream>(cpu());
  return [=] {
    primitive.execute(*stream, arguments);
    stream->wait();
  };
}

solver solve(const problem& p, float* out) {
  const auto& n = p.n;
  if (p.op == "gemm") {
    const auto a = plain({n[0], n[2]}, tag::ab), b = plain({n[2], n[1]}, tag::ab), c = plain({n[0], n[1]}, tag::ab);
    const dnnl::matmul::primitive_desc d({a, b, c}, cpu());
    return execute(dnnl::matmul(d), {{DNNL_ARG_SRC, on(a, p.in[0])}, {DNNL_ARG_WEIGHTS, on(b, p.in[1])}, {DNNL_ARG_DST, on(c, out)}});
  }
  if (p.op == "softmax") {
    const auto x = plain({n[0], n[1]}, tag::ab);
    const dnnl::softmax_forward::primitive_desc d({dnnl::prop_kind::forward_inference, x, 1}, cpu());
    return execute(dnnl::softmax_forward(d), {{DNNL_ARG_SRC, on(x, p.in[0])}, {DNNL_ARG_DST, on(x, out)}});
  }
  if (p.op == "log_softmax") {
    const auto x = plain({n[0], n[1]}, tag::ab);
    const dnnl::logsoftmax_forward::primitive_desc d({dnnl::prop_kind::forward_inference, x, 1}, cpu());
    return execute(dnnl::logsoftmax_forward(d), {{DNNL_ARG_SRC, on(x, p.in[0])}, {DNNL_ARG_DST, on(x, out)}});
  }
  if (p.op == "relu" || p.op == "exp") {
    const auto x = plain({n[0]}, tag::a);
    const auto kind = p.op == "relu" ? dnnl::algorithm::eltwise_relu : dnnl::algorithm::eltwise_exp;
    const dnnl::eltwise_forward::primitive_desc d({dnnl::prop_kind::forward_inference, kind, x, 0.0F, 0.0F}, cpu());
    return execute(dnnl::eltwise_forward(d), {{DNNL_ARG_SRC, on(x, p.in[0])}, {DNNL_ARG_DST, on(x, out)}});
  }
  if (p.op == "conv2d") {
    const std::int64_t o = (n[2] + 2 * n[6] - n[4]) / n[5] + 1;
    const bool grouped = n[7] > 1;
    const auto x = plain({n[0], n[1], n[2], n[2]}, tag::nchw), y = plain({n[0], n[3], o, o}, tag::nchw);
    const auto w = grouped ? plain({n[7], n[3] / n[7], n[1] / n[7], n[4], n[4]}, tag::goihw) : plain({n[3], n[1], n[4], n[4]}, tag::oihw);
    const dnnl::convolution_forward::primitive_desc d(
        {dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto, x, w, y, {n[5], n[5]}, {n[6], n[6]}, {n[6], n[6]}}, cpu());
    return execute(dnnl::convolution_forward(d), {{DNNL_ARG_SRC, on(x, p.in[0])}, {DNNL_ARG_WEIGHTS, on(w, p.in[1])}, {DNNL_ARG_DST, on(y, out)}});
  }
  return {};
}

const rival self = {"onednn", [] {
                      const auto* v = dnnl::version();
                      return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
                    }, solve};

}  // namespace
const rival* onednn() { return &self; }
void set_onednn_threads(int n) { omp_set_num_threads(n); }
}  // namespace compare

#else

namespace compare {
const rival* onednn() { return nullptr; }
void set_onednn_threads(int) {}
}  // namespace compare

#endif

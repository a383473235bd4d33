// oneDNN: matrix products, convolution, softmax, normalizations, elementwise. Primitives are made beforehand. A convolution may
// choose its own layouts: the weights are brought into theirs beforehand, image and result in each call, for both are plain NCHW.
#include "problem.hpp"

#if defined(TENON_PEER_ONEDNN)
#include <omp.h>

#include <algorithm>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

namespace compare {
namespace {

using dims = dnnl::memory::dims;
using tag = dnnl::memory::format_tag;
constexpr auto inference = dnnl::prop_kind::forward_inference;

dnnl::engine& cpu() {
  static dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}
dnnl::memory::desc plain(const dims& d, tag t) { return {d, dnnl::memory::data_type::f32, t}; }
dnnl::memory on(const dnnl::memory::desc& d, const float* p) { return {d, cpu(), const_cast<float*>(p)}; }

struct step {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
};
solver execute(std::vector<step> steps) {
  return [steps = std::move(steps), stream = std::make_shared<dnnl::stream>(cpu())](float*) {
    for (const auto& s : steps) s.primitive.execute(*stream, s.arguments);
    stream->wait();
  };
}
step reorder(dnnl::memory from, dnnl::memory to) { return {dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}}; }

solver convolution(const problem& p, std::shared_ptr<std::vector<float>> out) {
  const auto& n = p.n;
  const std::int64_t side = (n[2] + 2 * n[6] - n[4]) / n[5] + 1;
  const dims x{n[0], n[1], n[2], n[2]}, y{n[0], n[3], side, side};
  const bool grouped = n[7] > 1;
  const dims w = grouped ? dims{n[7], n[3] / n[7], n[1] / n[7], n[4], n[4]} : dims{n[3], n[1], n[4], n[4]};
  const dnnl::convolution_forward::primitive_desc d(
      {inference, dnnl::algorithm::convolution_auto, plain(x, tag::any), plain(w, tag::any), plain(y, tag::any), dims{n[5], n[5]}, dims{n[6], n[6]},
       dims{n[6], n[6]}},
      cpu());
  auto x_in = on(plain(x, tag::nchw), p.in[0]), w_in = on(plain(w, grouped ? tag::goihw : tag::oihw), p.in[1]), y_out = on(plain(y, tag::nchw), out->data());
  std::vector<step> steps;
  const dnnl::memory weights(d.weights_desc(), cpu());
  const auto pack = reorder(w_in, weights);
  dnnl::stream stream(cpu());
  pack.primitive.execute(stream, pack.arguments);
  stream.wait();
  dnnl::memory from = x_in, to = y_out;
  if (d.src_desc() != x_in.get_desc()) {
    from = dnnl::memory(d.src_desc(), cpu());
    steps.push_back(reorder(x_in, from));
  }
  if (d.dst_desc() != y_out.get_desc()) to = dnnl::memory(d.dst_desc(), cpu());
  steps.push_back({dnnl::convolution_forward(d), {{DNNL_ARG_SRC, from}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, to}}});
  if (d.dst_desc() != y_out.get_desc()) steps.push_back(reorder(to, y_out));
  return [out, size = p.out_size, run = execute(std::move(steps))](float* copy) {
    run(nullptr);
    if (copy) std::copy_n(out->data(), size, copy);
  };
}

solver solve(const problem& p, float* out) {
  const auto& n = p.n;
  if (p.op == "conv2d") return convolution(p, std::make_shared<std::vector<float>>(p.out_size));
  if (p.result == form::fresh) return {};
  if (p.op == "gemm" || p.op == "bmm") {
    const bool batched = p.op == "bmm";
    const auto matrix = [&](std::int64_t rows, std::int64_t columns) { return batched ? plain({n[0], rows, columns}, tag::abc) : plain({rows, columns}, tag::ab); };
    const auto m = n[batched], c = n[batched + 1], k = n[batched + 2];
    const auto a = matrix(m, k), b = matrix(k, c), y = matrix(m, c);
    const dnnl::matmul::primitive_desc d({a, b, y}, cpu());
    return execute({{dnnl::matmul(d), {{DNNL_ARG_SRC, on(a, p.in[0])}, {DNNL_ARG_WEIGHTS, on(b, p.in[1])}, {DNNL_ARG_DST, on(y, out)}}}});
  }
  if (p.op == "softmax" || p.op == "log_softmax") {
    const auto x = plain({n[0], n[1]}, tag::ab);
    const std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, on(x, p.in[0])}, {DNNL_ARG_DST, on(x, out)}};
    if (p.op == "softmax") return execute({{dnnl::softmax_forward(dnnl::softmax_forward::primitive_desc({inference, x, 1}, cpu())), arguments}});
    return execute({{dnnl::logsoftmax_forward(dnnl::logsoftmax_forward::primitive_desc({inference, x, 1}, cpu())), arguments}});
  }
  if (n.size() == 1 && (p.op == "relu" || p.op == "exp" || p.op == "gelu" || p.op == "gelu_tanh")) {
    const auto x = plain({n[0]}, tag::a);
    const auto kind = p.op == "relu"   ? dnnl::algorithm::eltwise_relu
                      : p.op == "exp"  ? dnnl::algorithm::eltwise_exp
                      : p.op == "gelu" ? dnnl::algorithm::eltwise_gelu_erf
                                       : dnnl::algorithm::eltwise_gelu_tanh;
    const dnnl::eltwise_forward::primitive_desc d({inference, kind, x, 0.0F, 0.0F}, cpu());
    return execute({{dnnl::eltwise_forward(d), {{DNNL_ARG_SRC, on(x, p.in[0])}, {DNNL_ARG_DST, on(x, out)}}}});
  }
  return {};
}

std::string version() {
  const auto* v = dnnl::version();
  const char* isa = "";
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41: isa = "sse41"; break;
    case dnnl::cpu_isa::avx: isa = "avx"; break;
    case dnnl::cpu_isa::avx2: isa = "avx2"; break;
    case dnnl::cpu_isa::avx512_core: isa = "avx512_core"; break;
    case dnnl::cpu_isa::avx512_core_vnni: isa = "avx512_core_vnni"; break;
    case dnnl::cpu_isa::avx512_core_bf16: isa = "avx512_core_bf16"; break;
    case dnnl::cpu_isa::avx512_core_amx: isa = "avx512_core_amx"; break;
    default: isa = "another instruction set"; break;
  }
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch) + " (" + isa + ")";
}
const rival self = {"onednn", version, [](int n) { omp_set_num_threads(n); }, solve};

}  // namespace
const rival* onednn() { return &self; }
}  // namespace compare

#else

namespace compare {
const rival* onednn() { return nullptr; }
}  // namespace compare

#endif

// oneDNN: matrix products, convolution, pooling, softmax, elementwise. Primitives are made beforehand. A convolution may
// choose its own layouts: the weights are brought into theirs beforehand, image and result in each call, for both are plain NCHW.
// bfloat16 where it has it; half it has not (2.6).
#include "problem.hpp"

#if defined(TENON_PEER_ONEDNN)
#include <omp.h>

#include <algorithm>
#include <bit>
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
using type = dnnl::memory::data_type;
dnnl::memory::desc plain(const dims& d, tag t, type e = type::f32) { return {d, e, t}; }
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

void perform(const step& s) {
  dnnl::stream stream(cpu());
  s.primitive.execute(stream, s.arguments);
  stream.wait();
}
// The numbers at p in the type of d.
dnnl::memory operand(const dnnl::memory::desc& d, const float* p) {
  if (d.data_type() == type::f32) return on(d, p);
  const dnnl::memory narrow(d, cpu());
  perform(reorder(on(plain(d.dims(), d.dims().size() == 1 ? tag::a : tag::ab), p), narrow));
  return narrow;
}

std::int64_t side_of(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t pad) { return (size + 2 * pad - kernel) / stride + 1; }
// N C S, N C S S, ...
dims image(std::int64_t n, std::int64_t c, std::int64_t side, std::size_t rank) {
  dims d(rank + 2, side);
  d[0] = n;
  d[1] = c;
  return d;
}

solver pooling(const problem& p, float* out) {
  const auto& n = p.n;                           // N C H=W K stride padding
  const auto kind = p.op == "max_pool2d" ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_include_padding;
  const auto x = plain(image(n[0], n[1], n[2], 2), tag::nchw), y = plain(image(n[0], n[1], side_of(n[2], n[3], n[4], n[5]), 2), tag::nchw);
  const dims stride(2, n[4]), kernel(2, n[3]), pad(2, n[5]);
  const dnnl::pooling_forward::primitive_desc d({inference, kind, x, y, stride, kernel, pad, pad}, cpu());
  return [out, size = p.out_size, run = execute({{dnnl::pooling_forward(d), {{DNNL_ARG_SRC, on(x, p.in[0])}, {DNNL_ARG_DST, on(y, out)}}}})](float* copy) {
    run(nullptr);
    if (copy) std::copy_n(out, size, copy);
  };
}

solver convolution(const problem& p, const std::shared_ptr<std::vector<float>>& out) {
  const auto& n = p.n;
  const std::size_t rank = p.op == "conv1d" ? 1 : p.op == "conv2d" ? 2 : 3;
  const dims x = image(n[0], n[1], n[2], rank), y = image(n[0], n[3], side_of(n[2], n[4], n[5], n[6]), rank);
  const bool grouped = rank == 2 && n[7] > 1;
  const dims w = grouped ? dims{n[7], n[3] / n[7], n[1] / n[7], n[4], n[4]} : image(n[3], n[1], n[4], rank);
  const dims stride(rank, n[5]), pad(rank, n[6]);
  constexpr tag images[] = {tag::ncw, tag::nchw, tag::ncdhw}, weight_tags[] = {tag::oiw, tag::oihw, tag::oidhw};
  const dnnl::convolution_forward::primitive_desc d(
      {inference, dnnl::algorithm::convolution_auto, plain(x, tag::any), plain(w, tag::any), plain(y, tag::any), stride, pad, pad},
      cpu());
  const tag plain_image = images[rank - 1];
  auto x_in = on(plain(x, plain_image), p.in[0]), w_in = on(plain(w, grouped ? tag::goihw : weight_tags[rank - 1]), p.in[1]),
       y_out = on(plain(y, plain_image), out->data());
  std::vector<step> steps;
  const dnnl::memory weights(d.weights_desc(), cpu());
  perform(reorder(w_in, weights));
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

solver products(const problem& p, bool batched, type e, float* out) {
  const auto& n = p.n;
  const auto matrix = [&](std::int64_t rows, std::int64_t columns) { return batched ? plain({n[0], rows, columns}, tag::abc) : plain({rows, columns}, tag::ab, e); };
  const auto m = n[batched], c = n[batched + 1], k = n[batched + 2];
  const auto a = matrix(m, k), b = matrix(k, c), y = matrix(m, c);
  const dnnl::matmul::primitive_desc d({a, b, y}, cpu());
  return execute({{dnnl::matmul(d), {{DNNL_ARG_SRC, operand(a, p.in[0])}, {DNNL_ARG_WEIGHTS, operand(b, p.in[1])}, {DNNL_ARG_DST, on(y, out)}}}});
}

solver kept(const problem& p, const std::string& op, type e, float* out) {
  const auto& n = p.n;
  if (op == "gemm" || op == "bmm") return products(p, op == "bmm", e, out);
  if (op == "softmax" || op == "log_softmax") {
    const auto x = plain({n[0], n[1]}, tag::ab, e);
    const std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, operand(x, p.in[0])}, {DNNL_ARG_DST, on(x, out)}};
    if (op == "softmax") return execute({{dnnl::softmax_forward(dnnl::softmax_forward::primitive_desc({inference, x, 1}, cpu())), arguments}});
    return execute({{dnnl::logsoftmax_forward(dnnl::logsoftmax_forward::primitive_desc({inference, x, 1}, cpu())), arguments}});
  }
  if (n.size() == 1 && (op == "relu" || op == "exp" || op == "gelu" || op == "gelu_tanh")) {
    const auto x = plain({n[0]}, tag::a, e);
    const auto kind = op == "relu"   ? dnnl::algorithm::eltwise_relu
                      : op == "exp"  ? dnnl::algorithm::eltwise_exp
                      : op == "gelu" ? dnnl::algorithm::eltwise_gelu_erf
                                     : dnnl::algorithm::eltwise_gelu_tanh;
    const dnnl::eltwise_forward::primitive_desc d({inference, kind, x, 0.0F, 0.0F}, cpu());
    return execute({{dnnl::eltwise_forward(d), {{DNNL_ARG_SRC, operand(x, p.in[0])}, {DNNL_ARG_DST, on(x, out)}}}});
  }
  return {};
}

solver solve(const problem& p, float* out) {
  if (p.op == "conv1d" || p.op == "conv2d" || p.op == "conv3d") return convolution(p, std::make_shared<std::vector<float>>(p.out_size));
  if (p.op == "max_pool2d" || p.op == "avg_pool2d") return pooling(p, out);
  if (p.result == form::fresh) return {};
  const bool narrow = p.op.ends_with("_bfloat16");
  const auto run = kept(p, narrow ? p.op.substr(0, p.op.rfind('_')) : p.op, narrow ? type::bf16 : type::f32, out);
  if (!narrow || !run) return run;
  return [=, size = p.out_size](float* copy) {
    run(nullptr);
    for (std::size_t i = 0; copy && i < size; ++i) copy[i] = std::bit_cast<float>(static_cast<std::uint32_t>(reinterpret_cast<const std::uint16_t*>(out)[i]) << 16);
  };
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

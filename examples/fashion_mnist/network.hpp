#pragma once
// The network: three times convolution, batch norm, relu and pooling, then a linear layer. train.py made the weights.
#include <tenon/io/safetensors.hpp>
#include <tenon/ops/activation.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/pooling.hpp>

#include <string>

namespace fashion_mnist {

namespace tn = tenon;

struct block {
  tn::tensor<float> kernel, running_mean, running_var, weight, bias;

  tn::result<tn::tensor<float>> operator()(const tn::result<tn::tensor<float>>& x) const {
    auto y = tn::conv2d(x, kernel, {.padding = 1});
    TENON_TRY_VOID(tn::batch_norm_into(y, y, running_mean, running_var, weight, bias));
    TENON_TRY_VOID(tn::relu_(y));
    return tn::max_pool2d(y, 2);
  }
};

struct network {
  block blocks[3];
  tn::tensor<float> weight, bias;

  static tn::result<network> load(const std::string& path, tn::placement where = {}) {
    TENON_TRY(const auto file, tn::io::load_weights(path.c_str()));
    const auto get = [&](const std::string& name, const tn::shape& s) { return tn::to(file.get<float>(name.c_str(), s), where); };
    network n;
    tn::index_t channels = 1;
    for (int i = 0; i < 3; ++i) {
      const tn::index_t out = tn::index_t{16} << i;
      const std::string conv = "conv" + std::to_string(i + 1), bn = "bn" + std::to_string(i + 1);
      block& b = n.blocks[i];
      TENON_TRY(b.kernel, get(conv + ".weight", {out, channels, 3, 3}));
      TENON_TRY(b.running_mean, get(bn + ".running_mean", {out}));
      TENON_TRY(b.running_var, get(bn + ".running_var", {out}));
      TENON_TRY(b.weight, get(bn + ".weight", {out}));
      TENON_TRY(b.bias, get(bn + ".bias", {out}));
      channels = out;
    }
    TENON_TRY(n.weight, get("fc.weight", {10, 576}));
    TENON_TRY(n.bias, get("fc.bias", {10}));
    return n;
  }

  // pixels (N, 28, 28), 0 to 255, where the weights are  ->  one logit for each of ten classes (N, 10)
  tn::result<tn::tensor<float>> operator()(const tn::tensor<std::uint8_t>& pixels) const {
    const auto images = pixels.unsqueeze(1);
    auto h = (tn::to<float>(images) / 255.0F - 0.2860F) / 0.3530F;           // the training set's mean and deviation
    for (const block& b : blocks) h = b(h);
    return tn::linear(tn::flatten(h, 1), weight, bias);
  }
};

}  // namespace fashion_mnist

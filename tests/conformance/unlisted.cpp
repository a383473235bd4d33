// The ops of the collection that Tenon does not have.
#include <string_view>

#include "registry.hpp"

namespace conformance {

namespace {

constexpr std::string_view names[] = {
    // convolution's relatives
    "Col2Im", "ConvInteger", "ConvTranspose", "DeformConv", "fold", "unfold",
    // pooling's relatives
    "LpPool", "lp_pool1d", "max_unpool1d", "max_unpool2d", "RoiAlign", "NonMaxSuppression",
    // resampling
    "affine_grid", "AffineGrid", "grid_sample", "GridSample", "interpolate", "Resize",
    // recurrent networks, linear attention, caches, rotary positions
    "GRU", "LSTM", "RNN", "LinearAttention", "RotaryEmbedding", "TensorScatter",
    // quantization
    "DequantizeLinear", "DynamicQuantizeLinear", "QLinearMatMul", "QuantizeLinear",
    // signals
    "DFT", "HammingWindow", "HannWindow", "STFT",
    // distances, and losses beyond the list
    "bilinear", "cosine_similarity", "ctc_loss", "gaussian_nll_loss", "margin_ranking_loss", "pairwise_distance", "pdist", "poisson_nll_loss", "soft_margin_loss",
    "triplet_margin_loss",
    // bits under another dtype, optimizers, sums of embeddings
    "BitCast", "Momentum", "embedding_bag",
};

}  // namespace

bool is_unlisted(const std::string& op) {
  for (const std::string_view name : names)
    if (name == op) return true;
  return false;
}

}  // namespace conformance

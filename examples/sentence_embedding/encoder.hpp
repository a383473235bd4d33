#pragma once
// The encoder of all-MiniLM-L6-v2: a BERT of six layers, twelve heads and 384 numbers per token.
//
//   word + position + segment embedding, layer norm;
//   six times: attention, residual, layer norm; 384 -> 1536, gelu, 1536 -> 384, residual, layer norm;
//   the mean over the tokens, divided by its length.
#include <tenon/io/safetensors.hpp>
#include <tenon/ops/activation.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/view.hpp>

#include <string>
#include <vector>

namespace sentence_embedding {

namespace tn = tenon;
using tensor = tn::tensor<float>;

inline constexpr tn::index_t width = 384, heads = 12, layers = 6, inner = 1536;

struct dense {
  tensor weight, bias;
  auto operator()(const tn::result<tensor>& x) const { return tn::linear(x, weight, bias); }
};
struct norm {
  tensor weight, bias;
  auto operator()(const tn::result<tensor>& x) const { return tn::layer_norm(x, {width}, weight, bias, {.eps = 1e-12}); }
};

struct layer {
  dense query, key, value, attended, up, down;
  norm after_attention, after_output;

  // x (tokens, width)
  tn::result<tensor> operator()(const tensor& x) const {
    const auto by_heads = [&](const tn::result<tensor>& y) {               // (heads, tokens, width / heads): a view
      return tn::transpose(tn::view(y, {x.size(0), heads, width / heads}), 0, 1);
    };
    const auto mixed = tn::scaled_dot_product_attention(by_heads(query(x)), by_heads(key(x)), by_heads(value(x)));
    TENON_TRY(const auto h, after_attention(x + attended(tn::reshape(tn::transpose(mixed, 0, 1), {x.size(0), width}))));
    return after_output(h + down(tn::gelu(up(h))));
  }
};

class encoder {
 public:
  static tn::result<encoder> load(const std::string& path, tn::placement where = {}) {
    TENON_TRY(const auto file, tn::io::load_weights(path.c_str()));
    return from([&](const std::string& name, const auto&... s) { return tn::to(file.get<float>(name, s...), where); }, where);
  }
  // get(name) or get(name, shape): the weights, which lie at `where`.
  template <class Get>
  static tn::result<encoder> from(const Get& get, tn::placement where) {
    const auto read_dense = [&](dense& d, const std::string& name, tn::index_t in, tn::index_t out) -> tn::result<void> {
      TENON_TRY(d.weight, get(name + ".weight", tn::shape{out, in}));
      TENON_TRY(d.bias, get(name + ".bias", tn::shape{out}));
      return {};
    };
    const auto read_norm = [&](norm& n, const std::string& name) -> tn::result<void> {
      TENON_TRY(n.weight, get(name + ".weight", tn::shape{width}));
      TENON_TRY(n.bias, get(name + ".bias", tn::shape{width}));
      return {};
    };
    encoder e;
    e.where_ = where;
    TENON_TRY(e.words_, get("embeddings.word_embeddings.weight"));
    TENON_TRY(e.positions_, get("embeddings.position_embeddings.weight"));
    TENON_TRY(const auto segments, get("embeddings.token_type_embeddings.weight", tn::shape{2, width}));
    TENON_TRY(e.segment_, segments[0]);
    TENON_TRY_VOID(read_norm(e.norm_, "embeddings.LayerNorm"));
    for (int i = 0; i < layers; ++i) {
      const std::string name = "encoder.layer." + std::to_string(i) + ".";
      layer& l = e.layers_[i];
      TENON_TRY_VOID(read_dense(l.query, name + "attention.self.query", width, width));
      TENON_TRY_VOID(read_dense(l.key, name + "attention.self.key", width, width));
      TENON_TRY_VOID(read_dense(l.value, name + "attention.self.value", width, width));
      TENON_TRY_VOID(read_dense(l.attended, name + "attention.output.dense", width, width));
      TENON_TRY_VOID(read_norm(l.after_attention, name + "attention.output.LayerNorm"));
      TENON_TRY_VOID(read_dense(l.up, name + "intermediate.dense", width, inner));
      TENON_TRY_VOID(read_dense(l.down, name + "output.dense", inner, width));
      TENON_TRY_VOID(read_norm(l.after_output, name + "output.LayerNorm"));
    }
    return e;
  }

  // The embedding (width), where the weights are, of one sentence's token ids.
  tn::result<tensor> operator()(const std::vector<std::int64_t>& ids) const {
    TENON_TRY(const auto tokens, tn::from_span<std::int64_t>(ids, {static_cast<tn::index_t>(ids.size())}, {where_}));
    TENON_TRY(const auto places, positions_.narrow(0, 0, tokens.numel()));
    TENON_TRY(auto x, norm_(tn::embedding(tokens, words_) + places + segment_));
    for (const layer& l : layers_) {
      TENON_TRY(x, l(x));
    }
    TENON_TRY(const auto mean, tn::mean(x, 0));
    return mean / tn::norm(mean);
  }

 private:
  tensor words_, positions_, segment_;
  norm norm_;
  layer layers_[layers];
  tn::placement where_;
};

}  // namespace sentence_embedding

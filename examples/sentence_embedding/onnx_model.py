"""The sentence encoder as an ONNX graph, for comparing speed with ONNX Runtime.

The nodes are ONNX Runtime's own fused ones (EmbedLayerNormalization, Attention, SkipLayerNormalization, BiasGelu: what
its transformer optimiser makes of an exported BERT), so that the rival runs at its best, and pooling and normalisation
are inside the graph, so that it does all of the work.

Inputs   input_ids [N, S], attention_mask [N, S]      int32
Output   embedding [N, 384]                           float32, length 1
"""
import numpy as np
from onnx import TensorProto, helper, numpy_helper


def build(weights, layers=6, heads=12, epsilon=1e-12):
    """The serialised model; weights maps PyTorch's parameter names to float32 arrays."""
    constants, nodes = {}, []

    def constant(name, array):
        constants[name] = np.ascontiguousarray(array)
        return name

    def node(kind, inputs, output, domain="", extra_outputs=(), **attributes):
        nodes.append(helper.make_node(kind, inputs, [output, *extra_outputs], domain=domain, **attributes))
        return output

    def fused(kind, inputs, output, **attributes):
        return node(kind, inputs, output, "com.microsoft", **attributes)

    def parameter(name):
        return constant(name, weights[name])

    def transposed(name):  # PyTorch keeps [out, in]
        return constant(name + ".T", weights[name].T)

    e = "embeddings."
    node("Mul", ["input_ids", constant("zero", np.zeros((), np.int32))], "segment_ids")
    x = fused("EmbedLayerNormalization",
              ["input_ids", "segment_ids", parameter(e + "word_embeddings.weight"),
               parameter(e + "position_embeddings.weight"), parameter(e + "token_type_embeddings.weight"),
               parameter(e + "LayerNorm.weight"), parameter(e + "LayerNorm.bias")],
              "embedded", extra_outputs=["unused_mask_index"], epsilon=epsilon)
    for i in range(layers):
        p = f"encoder.layer.{i}."
        part = [weights[p + f"attention.self.{which}.weight"].T for which in ("query", "key", "value")]
        bias = [weights[p + f"attention.self.{which}.bias"] for which in ("query", "key", "value")]
        a = fused("Attention", [x, constant(p + "qkv", np.concatenate(part, 1)),
                                constant(p + "qkv_bias", np.concatenate(bias)), "attention_mask"],
                  p + "attended", num_heads=heads)
        a = node("MatMul", [a, transposed(p + "attention.output.dense.weight")], p + "projected")
        x = fused("SkipLayerNormalization",
                  [x, a, parameter(p + "attention.output.LayerNorm.weight"),
                   parameter(p + "attention.output.LayerNorm.bias"), parameter(p + "attention.output.dense.bias")],
                  p + "normed", epsilon=epsilon)
        h = node("MatMul", [x, transposed(p + "intermediate.dense.weight")], p + "wide")
        h = fused("BiasGelu", [h, parameter(p + "intermediate.dense.bias")], p + "gelu")
        h = node("MatMul", [h, transposed(p + "output.dense.weight")], p + "narrow")
        x = fused("SkipLayerNormalization",
                  [x, h, parameter(p + "output.LayerNorm.weight"), parameter(p + "output.LayerNorm.bias"),
                   parameter(p + "output.dense.bias")], p + "out", epsilon=epsilon)

    # The mean over real tokens only matters up to its length, so the sum is normalised directly.
    node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    node("Unsqueeze", ["mask", constant("axis1", np.array([1]))], "mask_row")
    node("MatMul", ["mask_row", x], "summed")
    node("Squeeze", ["summed", "axis1"], "pooled")
    node("LpNormalization", ["pooled"], "embedding", axis=-1, p=2)

    matrix = ["n", "s"]
    graph = helper.make_graph(
        nodes, "sentence_encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT32, matrix) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 384])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()

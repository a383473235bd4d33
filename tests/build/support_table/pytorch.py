#!/usr/bin/env python3
"""Asks PyTorch which dtypes each op takes, and compares with docs/support.md.

    FOLDER/bin/python tests/build/support_table/pytorch.py        FOLDER as made by bench/peers.py

Prints what PyTorch has and Tenon has not. The exit status is 1 if that is more than KNOWN_ISSUES.md names: complex numbers in
the ops listed below, and dropout of integers, which PyTorch computes without a meaning.
"""
import pathlib
import re
import sys
import warnings

import torch
import torch.nn.functional as F

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[3]
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
KNOWN = {"alpha_dropout", "feature_alpha_dropout"}
KNOWN_COMPLEX = set("""exp2 expm1 log1p log2 log10 sigmoid silu sinc softsign tanhshrink logaddexp ldexp prod any all count_nonzero var std norm
    var_mean std_mean logsumexp cumprod logcumsumexp conv1d conv2d conv3d rms_norm l1_loss dropout dropout1d dropout2d dropout3d alpha_dropout
    feature_alpha_dropout linspace logspace rand randn uniform_ normal_""".split())

OPS = {}


def ops(names, call):
    for name in names.split():
        OPS[name] = lambda dtype, name=name: call(name, dtype)


def x(dtype, *shape):
    return torch.ones(shape, dtype=dtype)


def index(*shape):
    return torch.zeros(shape, dtype=torch.long)


def named(name, *modules):
    return next(getattr(module, name) for module in modules if hasattr(module, name))


ops("neg positive abs square reciprocal sqrt rsqrt bitwise_not logical_not isnan isinf isfinite isposinf isneginf signbit isreal floor ceil trunc "
    "round frac sign sgn nan_to_num real imag angle exp exp2 expm1 log log2 log10 log1p sigmoid logit sinh cosh tanh asinh acosh atanh erf erfc erfinv "
    "lgamma digamma sin cos tan asin acos atan sinc deg2rad rad2deg relu relu6 leaky_relu rrelu elu celu selu gelu silu mish softplus softsign "
    "logsigmoid hardsigmoid hardswish hardtanh hardshrink softshrink tanhshrink sum mean prod amin amax aminmax argmin argmax any all var std norm "
    "count_nonzero var_mean std_mean nonzero argwhere sort argsort msort unique unique_consecutive median bernoulli",
    lambda name, t: named(name, torch, F)(x(t, 3)))
ops("ndtr log_ndtr", lambda name, t: getattr(torch.special, name)(x(t, 3)))
ops("conj", lambda name, t: torch.conj_physical(x(t, 3)))
ops("add sub mul div bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift eq ne lt le gt ge isclose fmod remainder floor_divide "
    "gcd lcm maximum minimum fmax fmin logical_and logical_or logical_xor copysign heaviside nextafter atan2 pow float_power hypot ldexp xlogy "
    "logaddexp logaddexp2 clamp_min clamp_max equal allclose dot outer searchsorted bucketize mse_loss l1_loss smooth_l1_loss huber_loss "
    "binary_cross_entropy binary_cross_entropy_with_logits kl_div", lambda name, t: named(name, torch, F)(x(t, 3), x(t, 3)))
ops("addcmul addcdiv lerp clamp", lambda name, t: getattr(torch, name)(x(t, 3), x(t, 3), x(t, 3)))
ops("where", lambda name, t: torch.where(x(torch.bool, 3), x(t, 3), x(t, 3)))
ops("masked_fill", lambda name, t: x(t, 3).masked_fill(x(torch.bool, 3), 1))
ops("threshold", lambda name, t: F.threshold(x(t, 3), 0, 1))
ops("prelu", lambda name, t: F.prelu(x(t, 2, 3), x(t, 3)))
ops("glu", lambda name, t: F.glu(x(t, 4)))
ops("softmax log_softmax softmin", lambda name, t: getattr(F, name)(x(t, 3), 0))
ops("logsumexp cumsum cumprod cummax cummin logcumsumexp min max", lambda name, t: getattr(torch, name)(x(t, 3), 0))
ops("matmul mm", lambda name, t: getattr(torch, name)(x(t, 2, 2), x(t, 2, 2)))
ops("bmm", lambda name, t: torch.bmm(x(t, 2, 2, 2), x(t, 2, 2, 2)))
ops("mv", lambda name, t: torch.mv(x(t, 2, 2), x(t, 2)))
ops("linear", lambda name, t: F.linear(x(t, 2, 2), x(t, 2, 2), x(t, 2)))
ops("addmm", lambda name, t: torch.addmm(x(t, 2, 2), x(t, 2, 2), x(t, 2, 2)))
ops("baddbmm", lambda name, t: torch.baddbmm(x(t, 2, 2, 2), x(t, 2, 2, 2), x(t, 2, 2, 2)))
ops("einsum", lambda name, t: torch.einsum("ij,jk->ik", x(t, 2, 2), x(t, 2, 2)))
ops("tensordot", lambda name, t: torch.tensordot(x(t, 2, 2), x(t, 2, 2), 1))
for d in (1, 2, 3):
    ops(f"conv{d}d", lambda name, t, d=d: getattr(F, name)(x(t, 1, 1, *[4] * d), x(t, 1, 1, *[2] * d)))
    ops(f"max_pool{d}d avg_pool{d}d adaptive_avg_pool{d}d adaptive_max_pool{d}d", lambda name, t, d=d: getattr(F, name)(x(t, 1, 1, *[4] * d), 2))
    ops(f"dropout{d}d", lambda name, t, d=d: getattr(F, name)(x(t, 2, 2, *[2] * d)))
ops("dropout alpha_dropout feature_alpha_dropout", lambda name, t: getattr(F, name)(x(t, 2, 2, 2)))
ops("batch_norm", lambda name, t: F.batch_norm(x(t, 2, 2), x(t, 2), x(t, 2)))
ops("instance_norm", lambda name, t: F.instance_norm(x(t, 2, 2, 3)))
ops("layer_norm rms_norm", lambda name, t: getattr(F, name)(x(t, 2, 2), (2,)))
ops("group_norm", lambda name, t: F.group_norm(x(t, 2, 2, 2), 1))
ops("one_hot", lambda name, t: F.one_hot(x(t, 3)))
ops("bincount", lambda name, t: torch.bincount(x(t, 3)))
ops("scaled_dot_product_attention", lambda name, t: F.scaled_dot_product_attention(x(t, 1, 2, 2), x(t, 1, 2, 2), x(t, 1, 2, 2)))
ops("nll_loss cross_entropy", lambda name, t: getattr(F, name)(x(t, 2, 3), index(2)))
ops("cat stack hstack vstack dstack", lambda name, t: getattr(torch, name)([x(t, 2), x(t, 2)]))
ops("gather index_select", lambda name, t: getattr(torch, name)(x(t, 3), 0, index(2)))
ops("take_along_dim", lambda name, t: torch.take_along_dim(x(t, 3), index(2)))
ops("scatter scatter_add", lambda name, t: getattr(torch, name)(x(t, 3), 0, index(2), x(t, 2)))
ops("masked_select", lambda name, t: torch.masked_select(x(t, 3), x(torch.bool, 3)))
ops("topk kthvalue roll", lambda name, t: getattr(torch, name)(x(t, 3), 1))
ops("flip", lambda name, t: torch.flip(x(t, 3), (0,)))
ops("rot90 tril triu fliplr flipud", lambda name, t: getattr(torch, name)(x(t, 3, 3)))
ops("pad", lambda name, t: [F.pad(x(t, 1, 3), (1, 1), mode=mode) for mode in ("constant", "reflect", "replicate", "circular")])
ops("repeat", lambda name, t: x(t, 3).repeat(2))
ops("tile", lambda name, t: torch.tile(x(t, 3), (2,)))
ops("repeat_interleave", lambda name, t: torch.repeat_interleave(x(t, 3), 2))
OPS["embedding (weight)"] = lambda t: F.embedding(index(3), x(t, 2, 2))
OPS["embedding (indices)"] = lambda t: F.embedding(torch.zeros(3, dtype=t), x(torch.float, 2, 2))
ops("zeros ones empty rand randn", lambda name, t: getattr(torch, name)(3, dtype=t))
ops("full", lambda name, t: torch.full((3,), 1, dtype=t))
ops("eye arange randperm", lambda name, t: getattr(torch, name)(3, dtype=t))
ops("linspace logspace", lambda name, t: getattr(torch, name)(0, 1, 3, dtype=t))
ops("randint", lambda name, t: torch.randint(0, 2, (3,), dtype=t))
ops("bernoulli_ uniform_ normal_ exponential_", lambda name, t: getattr(x(t, 3), name)())
ops("random_", lambda name, t: x(t, 3).random_(0, 1))


def tenon():
    """What docs/support.md says: {op: its dtypes}."""
    table = {}
    for line in (ROOT / "docs" / "support.md").read_text().splitlines():
        if row := re.match(r"\| `(.*?)` \|(.*)\|", line):
            cells = [cell.strip() for cell in row.group(2).split("|")]
            for name in row.group(1).split(", "):
                table[name] = {dtype for dtype, cell in zip(DTYPES, cells) if cell == "x"}
    return table


def pytorch(call):
    taken = set()
    for dtype in DTYPES:
        try:
            call(getattr(torch, dtype))
            taken.add(dtype)
        except (RuntimeError, TypeError, ValueError, NotImplementedError, IndexError):
            pass
    return taken


def main():
    table, unknown = tenon(), 0
    for name, ours in table.items():
        if name not in OPS:
            if not re.search("with_indices|flash_attention", name):
                print(f"{name}: PyTorch has not been asked")
            continue
        for dtype in sorted(pytorch(OPS[name]) - ours, key=DTYPES.index):
            known = name in KNOWN or (dtype.startswith("complex") and name in KNOWN_COMPLEX)
            unknown += not known
            print(f"{name}: PyTorch has {dtype}" + (" (known)" if known else ""))
    print(f"PyTorch {torch.__version__}: {len(table)} ops, {unknown} dtypes missing that KNOWN_ISSUES.md does not name")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())

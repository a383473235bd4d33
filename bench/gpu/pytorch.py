#!/usr/bin/env python3
"""PyTorch beside the rows of bench_gpu, on the same GPU: the same ops, shapes and types, timed in the same way.

    pytorch.py REPORT       what bench_gpu has printed; rows are found by their names

Products are cuBLAS's here, convolutions cuDNN's (its fastest of all, by its own benchmark), attention the fastest that PyTorch has. No TF32.
"""
import re
import sys

N, ROUNDS = 8192, 31


def rows(torch):
    """Name -> a function that makes the tensors and returns the i-th call."""
    F = torch.nn.functional

    def tensors(shape, dtype, count=4):
        return [torch.randn(shape, device="cuda", dtype=torch.float32).to(dtype) for _ in range(count)]

    def matrices(f):
        def make():
            x, out = tensors((N, N), torch.float32), tensors((N, N), torch.float32)
            return lambda i: f(out[i % 4], x[i % 4], x[(i + 1) % 4], x[(i + 2) % 4])
        return make

    def product(dtype):
        def make():
            x, out = tensors((N, N), dtype), tensors((N, N), dtype, 1)[0]
            return lambda i: torch.matmul(x[i % 4], x[(i + 1) % 4], out=out)
        return make

    def attention(causal):
        def make():
            q, k, v = tensors((1, 16, 16384, 128), torch.bfloat16, 3)
            return lambda i: F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return make

    def convolution(dtype):
        def make():
            x, w = tensors((32, 256, 56, 56), dtype), tensors((256, 256, 3, 3), dtype, 1)[0]
            return lambda i: F.conv2d(x[i % 4], w, padding=1)
        return make

    return {
        "relu": matrices(lambda out, a, b, c: torch.clamp_min(a, 0, out=out)),
        "gelu": matrices(lambda out, a, b, c: F.gelu(a)),
        "add": matrices(lambda out, a, b, c: torch.add(a, b, out=out)),
        "softmax": matrices(lambda out, a, b, c: torch.softmax(a, 1, out=out)),
        "softmax, long rows": matrices(lambda out, a, b, c: torch.softmax(a.view(-1, 4 * N), 1, out=out.view(-1, 4 * N))),
        "softmax, dim 0": matrices(lambda out, a, b, c: torch.softmax(a, 0, out=out)),
        "layer_norm": matrices(lambda out, a, b, c: F.layer_norm(a, (N,))),
        "rms_norm": matrices(lambda out, a, b, c: F.rms_norm(a, (N,))),
        "sum, all": matrices(lambda out, a, b, c: torch.sum(a)),
        "sum, dim 1": matrices(lambda out, a, b, c: torch.sum(a, 1)),
        "sum, dim 0": matrices(lambda out, a, b, c: torch.sum(a, 0)),
        "transposed copy": matrices(lambda out, a, b, c: out.copy_(a.t())),
        "chain, fused": matrices(lambda out, a, b, c: torch.relu(a * b + c) * torch.sigmoid(a)),
        "matmul, cuBLASLt, float32": product(torch.float32),
        "matmul, cuBLASLt, bfloat16": product(torch.bfloat16),
        "attention, bfloat16": attention(False),
        "attention, causal, bfloat16": attention(True),
        "conv2d, cuDNN, bfloat16": convolution(torch.bfloat16),
        "conv2d, cuDNN, float32": convolution(torch.float32),
    }


def median_us(torch, call):
    times = []
    for i in range(-3, ROUNDS):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        call(i + 3)
        end.record()
        end.synchronize()
        if i >= 0:
            times.append(1000 * begin.elapsed_time(end))
    return sorted(times)[ROUNDS // 2]


def main():
    import torch
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    print(f"PyTorch {torch.__version__}: microseconds, and how many times as long as Tenon it takes")
    with torch.no_grad():
        ours = dict(re.findall(r"^(.+?) +([0-9.]+) us", open(sys.argv[1]).read(), re.MULTILINE))
        for name, make in rows(torch).items():
            if name not in ours:
                print(f"{name:28} no such row in the report")
                continue
            try:
                us = median_us(torch, make())
                print(f"{name:28} {us:10.1f} us {us / float(ours[name]):6.2f}", flush=True)
            except Exception as e:  # an old PyTorch has no rms_norm
                print(f"{name:28} {e}", flush=True)


if __name__ == "__main__":
    main()

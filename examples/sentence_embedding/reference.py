#!/usr/bin/env python3
"""all-MiniLM-L6-v2 in plain PyTorch: the numbers and the speed that the C++ example is compared with.

    python3 examples/sentence_embedding/reference.py [MODEL_FOLDER] [--threads N] [--write] [--no-timing]

MODEL_FOLDER (default build/model) is what fetch_model.py made. Needs torch, numpy and tokenizers; onnxruntime and onnx
for the second rival, transformers for the cross-check, each used if installed.

--write puts into tests/fixtures
    minilm_token_ids.json     one list of ids per line of sentences.txt, [CLS] and [SEP] included, cut at 256
    minilm_embeddings.npy     float32 [24, 384]: the embeddings computed in double precision, then rounded once

The network: word + position + segment-0 embeddings, layer norm; six times { 12 heads of attention with 1/sqrt(32),
residual and layer norm; linear 384 -> 1536, gelu (erf), linear 1536 -> 384, residual and layer norm }, every layer norm
after the residual and with eps 1e-12; then the mean over the sentence's tokens ([CLS] and [SEP] are counted, padding is
not), divided by its Euclidean length. The pooler that the file also holds is not used.

Timing lines have the form
    time peer=... version=... threads=... mode=... sentences_per_second=... ms_per_sentence=... best_ms=...
with the median and the best of alternating rounds. mode=single is one sentence a call, without padding; mode=batch is
all of sentences.txt in one call, padded to its longest with an attention mask; mode=sorted is the same in four calls
of like lengths. Tokenizing is not timed. --tenon PROGRAM runs the built example (build/native/examples/bin/sentence_embedding)
before and after them, on as many processors as there are threads, for a line peer=tenon mode=single of the same run. On a processor that is not Intel's use the PyTorch of bench/peers.py: as
released, its matrix products run at half speed there.
"""
import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import time

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LAYERS, HEADS, EPS = 6, 12, 1e-12


def read_safetensors(path):
    """The float32 tensors of a safetensors file, by name."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    out = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            out[name] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
    return out


class Encoder:
    def __init__(self, weights, dtype=torch.float32):
        self.w = {name: torch.from_numpy(array.copy()).to(dtype) for name, array in weights.items()}

    def linear(self, x, name):
        return F.linear(x, self.w[name + ".weight"], self.w[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, (x.shape[-1],), self.w[name + ".weight"], self.w[name + ".bias"], EPS)

    @torch.inference_mode()
    def __call__(self, ids, mask=None):
        """ids [N, S]; mask [N, S], true for real tokens, or None where all are. Returns [N, 384]."""
        n, s = ids.shape
        w = self.w
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.token_type_embeddings.weight"][0]
        x = self.norm(x + w["embeddings.position_embeddings.weight"][:s], "embeddings.LayerNorm")
        keys = None if mask is None else mask[:, None, None, :]
        for i in range(LAYERS):
            p = f"encoder.layer.{i}."
            q, k, v = (self.linear(x, p + "attention.self." + which).view(n, s, HEADS, -1).transpose(1, 2)
                       for which in ("query", "key", "value"))
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=keys).transpose(1, 2).reshape(n, s, -1)
            x = self.norm(x + self.linear(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            h = self.linear(F.gelu(self.linear(x, p + "intermediate.dense")), p + "output.dense")
            x = self.norm(x + h, p + "output.LayerNorm")
        if mask is None:
            pooled = x.mean(1)
        else:
            weight = mask.unsqueeze(-1).to(x.dtype)
            pooled = (x * weight).sum(1) / weight.sum(1)
        return F.normalize(pooled, dim=1)


def padded(id_lists):
    width = max(map(len, id_lists))
    ids = np.array([row + [0] * (width - len(row)) for row in id_lists])
    mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in id_lists])
    return ids, mask


def torch_runner(encoder):
    def run(ids, mask):
        whole = bool(mask.all())
        return encoder(torch.from_numpy(ids), None if whole else torch.from_numpy(mask).bool()).numpy()
    return run


def onnxruntime_runner(weights, threads):
    import onnxruntime
    import onnx_model

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(onnx_model.build(weights), options, providers=["CPUExecutionProvider"])

    def run(ids, mask):
        return session.run(None, {"input_ids": ids.astype(np.int32), "attention_mask": mask.astype(np.int32)})[0]
    return run, onnxruntime.__version__


def calls_of(id_lists):
    """For each mode the batches that cover all sentences."""
    by_length = sorted(id_lists, key=len)
    quarter = -(-len(by_length) // 4)
    return {"single": [padded([row]) for row in id_lists], "batch": [padded(id_lists)],
            "sorted": [padded(by_length[i : i + quarter]) for i in range(0, len(by_length), quarter)]}


def time_all(runners, id_lists, threads, rounds=15):
    for mode, batches in calls_of(id_lists).items():
        seconds = {name: [] for name in runners}
        for turn in range(rounds + 2):
            for name, (run, _) in runners.items():
                start = time.perf_counter()
                for ids, mask in batches:
                    run(ids, mask)
                if turn >= 2:
                    seconds[name].append(time.perf_counter() - start)
        for name, (_, version) in runners.items():
            median, best = (t / len(id_lists) * 1e3 for t in (statistics.median(seconds[name]), min(seconds[name])))
            print(f"time peer={name} version={version} threads={threads} mode={mode} "
                  f"sentences_per_second={1e3 / median:.1f} ms_per_sentence={median:.3f} best_ms={best:.3f}")


def time_tenon(program, model, threads, rounds=15):
    command = [str(program), "--model", str(model), "--sentences", str(HERE / "sentences.txt"), "--repeat", str(rounds)]
    processors = sorted(os.sched_getaffinity(0))[:threads]           # oneTBB starts as many threads as it may use
    done = subprocess.run(command, capture_output=True, text=True, check=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, processors))
    print(next(line for line in done.stdout.splitlines() if line.startswith("time ")) + f" threads={threads}", flush=True)


def cross_check(model, weights, id_lists, expected):
    """Against the encoder of the package transformers, with the same weights."""
    try:
        from transformers import BertConfig, BertModel
    except ImportError:
        print("check transformers: not installed")
        return
    config = BertConfig(**json.loads((model / "config.json").read_text()))
    bert = BertModel(config, add_pooling_layer=False).double().eval()
    used = {name: torch.from_numpy(array.copy()) for name, array in weights.items() if not name.startswith("pooler")}
    bert.load_state_dict(used, strict=False)
    ids, mask = padded(id_lists)
    with torch.inference_mode():
        x = bert(torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).last_hidden_state
    weight = torch.from_numpy(mask).unsqueeze(-1)
    pooled = F.normalize((x * weight).sum(1) / weight.sum(1), dim=1).numpy()
    print(f"check peer=transformers precision=double max_difference={np.abs(pooled - expected).max():.2e}")


def main():
    options = argparse.ArgumentParser(description="Reference embeddings and speed of all-MiniLM-L6-v2.")
    options.add_argument("model", type=pathlib.Path, nargs="?", default=ROOT / "build" / "model")
    options.add_argument("--threads", type=int, default=torch.get_num_threads())
    options.add_argument("--write", action="store_true")
    options.add_argument("--no-timing", action="store_true")
    options.add_argument("--tenon", type=pathlib.Path, metavar="PROGRAM")
    options = options.parse_args()
    torch.set_num_threads(options.threads)

    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    sentences = (HERE / "sentences.txt").read_text(encoding="utf-8").splitlines()
    id_lists = [encoding.ids for encoding in tokenizer.encode_batch(sentences)]
    weights = read_safetensors(options.model / "model.safetensors")

    double = Encoder(weights, torch.float64)
    exact = np.concatenate([double(torch.tensor([row])).numpy() for row in id_lists])
    if options.write:
        fixtures = ROOT / "tests" / "fixtures"
        lines = ",\n ".join(json.dumps(row) for row in id_lists)
        (fixtures / "minilm_token_ids.json").write_text(f"[{lines}]\n")
        np.save(fixtures / "minilm_embeddings.npy", exact.astype(np.float32))

    runners = {"pytorch": (torch_runner(Encoder(weights)), torch.__version__.split("+")[0])}
    try:
        runners["onnxruntime"] = onnxruntime_runner(weights, options.threads)
    except ImportError as missing:
        print(f"peer=onnxruntime: {missing}")
    for name, (run, _) in runners.items():
        for mode, batches in calls_of(id_lists).items():
            if mode != "sorted":
                got = np.concatenate([run(ids, mask) for ids, mask in batches])
                print(f"check peer={name} precision=float mode={mode} max_difference={np.abs(got - exact).max():.2e}")
    cross_check(options.model, weights, id_lists, exact)
    print(f"tokens sentences={len(id_lists)} total={sum(map(len, id_lists))} longest={max(map(len, id_lists))}")
    if not options.no_timing:
        if options.tenon:
            time_tenon(options.tenon, options.model, options.threads)
        time_all(runners, id_lists, options.threads)
        if options.tenon:
            time_tenon(options.tenon, options.model, options.threads)


if __name__ == "__main__":
    main()

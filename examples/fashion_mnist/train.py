#!/usr/bin/env python3
"""Trains the small convolutional network that the Fashion-MNIST example runs in C++.

    python3 examples/fashion_mnist/train.py [--data FOLDER] [--epochs N] [--threads N]      about 5 minutes

Needs PyTorch (a CPU build is enough) and NumPy, and the data set's four idx files, gzipped or not, in FOLDER
(default /usr/share/datasets/fashion-mnist, where Debian's package dataset-fashion-mnist puts them).

Writes
    examples/fashion_mnist/weights.safetensors   the trained float32 parameters and batch-norm running statistics
    tests/fixtures/fashion_mnist_logits.npy      float32 [10000, 10], PyTorch's eval-mode logits of the test images
    tests/fixtures/fashion_mnist_images.npy      uint8 [256, 28, 28], the first test images as they are in the data set
    tests/fixtures/fashion_mnist_labels.npy      uint8 [10000], the class of every test image
so that the C++ side can be compared image by image on the whole test set, and without the data set on 256 of them.

Preprocessing, in training and in use: x = (pixel / 255 - 0.2860) / 0.3530 in float32, shape [N, 1, 28, 28]. The two
constants are mean and standard deviation of the 60,000 training images.

Architecture (29,178 trainable parameters; convolutions are 3x3, stride 1, padding 1, without bias):
    conv1  1 -> 16   bn1  relu  max_pool 2x2 stride 2      [N, 16, 14, 14]
    conv2 16 -> 32   bn2  relu  max_pool 2x2 stride 2      [N, 32,  7,  7]
    conv3 32 -> 64   bn3  relu  max_pool 2x2 stride 2      [N, 64,  3,  3]   (the odd last row and column are dropped)
    flatten          fc 576 -> 10                          [N, 10]           logits, no softmax
Batch norm uses eps = 1e-5 and, in use, the running statistics.

Training: AdamW under a one-cycle schedule, label smoothing 0.05, horizontal flips and shifts of up to two pixels.
The seeds are fixed and the last epoch is what is written: the test set chooses nothing.
"""
import argparse
import gzip
import json
import pathlib
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEAN, STD = 0.2860, 0.3530
HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "tests" / "fixtures"


class Net(nn.Module):
    """The layers in the order of use; attribute names are the tensor names in weights.safetensors."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(64)
        self.fc = nn.Linear(576, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = F.max_pool2d(F.relu(self.bn3(self.conv3(x))), 2)
        return self.fc(x.flatten(1))


def read_idx(folder, name):
    """An idx file of unsigned bytes: two zero bytes, type 8, rank, big-endian extents, then the elements."""
    path = folder / name
    data = gzip.decompress(path.with_name(name + ".gz").read_bytes()) if not path.exists() else path.read_bytes()
    zero, kind, rank = struct.unpack(">HBB", data[:4])
    if zero != 0 or kind != 8:
        raise SystemExit(f"{path}: not an idx file of unsigned bytes")
    extents = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(extents)


def preprocess(images):
    return ((torch.from_numpy(images.copy()).float() / 255 - MEAN) / STD).unsqueeze(1)


def augment(x, generator):
    """Flips half of the images and shifts each by up to two pixels; what enters at the border is background."""
    n, _, h, w = x.shape
    flip = torch.rand(n, generator=generator) < 0.5
    x = torch.where(flip[:, None, None, None], x.flip(3), x)
    x = F.pad(x, (2, 2, 2, 2), value=-MEAN / STD)
    top, left = torch.randint(0, 5, (2, n), generator=generator)
    rows = (top[:, None] + torch.arange(h))[:, None, :, None]
    columns = (left[:, None] + torch.arange(w))[:, None, None, :]
    return x[torch.arange(n)[:, None, None, None], 0, rows, columns]


def train(net, images, labels, epochs, batch, generator):
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=1e-2)
    steps = epochs * (len(images) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=steps)
    net.train()
    for epoch in range(epochs):
        start, total = time.time(), 0.0
        order = torch.randperm(len(images), generator=generator)
        for i in range(0, len(order) - batch + 1, batch):
            pick = order[i : i + batch]
            loss = F.cross_entropy(net(augment(images[pick], generator)), labels[pick], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        mean = total / (len(order) // batch)
        print(f"epoch {epoch + 1:2d}  loss {mean:.4f}  {time.time() - start:.1f} s", flush=True)


@torch.no_grad()
def logits_of(net, images):
    net.eval()
    return torch.cat([net(part) for part in images.split(500)])


def write_safetensors(path, tensors, metadata):
    """Eight bytes of header length, a JSON header padded with spaces to a multiple of eight, then the data."""
    header, data = {"__metadata__": metadata}, b""
    for name, array in tensors.items():
        array = np.ascontiguousarray(array, "<f4")
        begin, data = len(data), data + array.tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    options = argparse.ArgumentParser(description="Trains the Fashion-MNIST example's network.")
    options.add_argument("--data", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    options.add_argument("--epochs", type=int, default=24)
    options.add_argument("--batch", type=int, default=128)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--dry-run", action="store_true", help="train and report, write nothing")
    options = options.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(2)

    train_labels = torch.from_numpy(read_idx(options.data, "train-labels-idx1-ubyte").astype(np.int64))
    test_images = read_idx(options.data, "t10k-images-idx3-ubyte")
    test_labels = read_idx(options.data, "t10k-labels-idx1-ubyte")

    net = Net().to(memory_format=torch.channels_last)  # PyTorch's faster layout on a CPU; the tensors' shapes stay NCHW
    start = time.time()
    train(net, preprocess(read_idx(options.data, "train-images-idx3-ubyte")), train_labels, options.epochs,
          options.batch, generator)
    logits = logits_of(net, preprocess(test_images)).numpy()
    accuracy = float((logits.argmax(1) == test_labels).mean())
    print(f"test accuracy {accuracy:.4f}, {time.time() - start:.0f} s in all")
    if options.dry_run:
        return

    # num_batches_tracked only matters to training.
    tensors = {name: value.numpy() for name, value in net.state_dict().items() if "num_batches" not in name}
    metadata = {"framework": "PyTorch " + torch.__version__.split("+")[0], "data": "Fashion-MNIST (MIT licence)",
                "test_accuracy": f"{accuracy:.4f}", "preprocessing": f"(pixel / 255 - {MEAN:.4f}) / {STD:.4f}",
                "batch_norm_eps": "1e-05", "epochs": str(options.epochs)}
    write_safetensors(HERE / "weights.safetensors", tensors, metadata)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    np.save(FIXTURES / "fashion_mnist_logits.npy", logits)
    np.save(FIXTURES / "fashion_mnist_images.npy", test_images[:256])
    np.save(FIXTURES / "fashion_mnist_labels.npy", test_labels)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Table and plot of a run of bench_compare:  python3 bench/table.py performance.csv performance

Writes performance.md and performance.svg. Needs nothing but Python.
"""
import collections
import csv
import html
import math
import sys

FIELDS = ["threads", "op", "sizes", "form", "floor", "against", "contender", "seconds", "low", "high", "ratio", "ratio_low", "ratio_high", "flops", "bytes", "agrees"]
GROUPS = [
    ("Matrix products", "sizes: M x N x K, with a batch in front", ("gemm", "bmm")),
    ("Convolution", "sizes: N x C x H=W x O x K x stride x padding x groups; plain NCHW in and out", ("conv2d",)),
    ("Convolution in one and three dimensions", "sizes: N x C x length of a side x O x K x stride x padding; plain in and out", ("conv1d", "conv3d")),
    ("Pooling", "sizes: N x C x H=W x K x stride x padding, adaptive: N x C x H=W x H=W of the result", ("max_pool2d", "avg_pool2d", "adaptive_avg_pool2d")),
    ("Attention", "sizes: heads x length x width x causal", ("attention",)),
    ("Softmax and normalization", "sizes: rows x columns, or N x C x H x W", ("softmax", "log_softmax", "logsumexp", "layer_norm", "rms_norm",
                                                                            "group_norm", "batch_norm", "batch_norm_train")),
    ("Reductions", "sizes: rows x columns; row_ along the rows, column_ down the columns",
     ("sum", "mean", "max", "var", "row_sum", "row_max", "row_var", "column_sum", "column_max", "column_var")),
    ("Elementwise", "chain: relu(a * b + c) * sigmoid(a)", ("relu", "exp", "gelu", "gelu_tanh", "add", "chain")),
    ("bfloat16 and half", "sizes as in the rows of float", ("gemm_bfloat16", "softmax_bfloat16", "softmax_half", "layer_norm_bfloat16", "sum_bfloat16",
                                                            "row_sum_bfloat16", "gelu_bfloat16", "add_bfloat16", "add_half")),
    ("Losses", "sizes: elements, or rows x classes; their mean", ("cross_entropy", "mse_loss", "bce_with_logits")),
    ("Einsum", "scores: bhqd,bhkd->bhqk, sizes b x h x q x k x d; positions: bhwc,hkc->bhwk, sizes b x h x w x k x c", ("einsum_scores", "einsum_positions")),
    ("Scans", "sizes: rows x columns; along the rows, column_ down the columns", ("cumsum", "column_cumsum", "cumprod", "logcumsumexp")),
    ("Sorting", "sizes: rows x columns, along the rows; topk: and k", ("sort", "argsort", "topk")),
    ("Gathering", "sizes: rows x columns, and rows of the result; gather: an index for each element", ("gather", "index_select", "embedding")),
    ("Copies", "transpose: sizes rows x columns, made contiguous; cat: two such, side by side; pad: N x C x H=W x width", ("transpose", "cat", "pad")),
    ("Random numbers", "sizes: elements. Each contender draws its own: compared are mean and variance", ("uniform_", "normal_", "bernoulli_", "dropout")),
    ("Memory", "64 MiB allocated, a byte in each 4 KiB page written, freed", ("allocate",)),
]
NAMES = {"torch": "PyTorch", "openblas": "OpenBLAS", "onednn": "oneDNN", "eigen": "Eigen", "malloc": "malloc"}


class Row:
    """One task on one number of threads."""

    def __init__(self, lines):
        self.threads = int(lines[0]["threads"])
        self.floor, self.against = float(lines[0]["floor"]), lines[0]["against"]
        self.flops, self.bytes = float(lines[0]["flops"]), float(lines[0]["bytes"])
        self.seconds = {line["contender"]: float(line["seconds"]) for line in lines}
        self.ratios = {line["contender"]: float(line["ratio"]) for line in lines}
        self.highest = {line["contender"]: float(line["ratio_high"]) for line in lines}
        self.spread = max((float(line["high"]) - float(line["low"])) / float(line["seconds"]) for line in lines)
        self.wrong = {line["contender"] for line in lines if line["agrees"] != "1"}

    def ratio(self, rival):
        return self.ratios[rival]

    def rivals(self):
        return [name for name in self.seconds if name not in self.wrong | {"tenon"}]

    def best(self):
        return min(self.rivals(), key=self.ratios.get, default=None)

    def judged(self):
        """The rival that the floor speaks of."""
        if not self.against:
            return self.best()
        return self.against if self.against in self.rivals() else None

    def standing(self):
        """Beside its floor: "met"; "level", if the interval in which the true ratio lies reaches it; else "below"."""
        if self.floor == 0:
            return "met"
        judged = self.judged()
        if judged is None or self.highest[judged] < self.floor:
            return "below"
        return "met" if self.ratio(judged) >= self.floor else "level"


def read(path):
    """{(op, sizes, form): {threads: Row}}, and the setup."""
    setup, lines = [], collections.defaultdict(list)
    with open(path) as file:
        for line in file:
            if line.startswith("#"):
                setup.append(line[2:].strip())
        file.seek(0)
        for line in csv.DictReader((line for line in file if not line.startswith("#")), FIELDS):
            lines[line["op"], line["sizes"], line["form"], line["threads"]].append(line)
    rows = collections.defaultdict(dict)
    for (op, sizes, form, threads), group in lines.items():
        rows[op, sizes, form][int(threads)] = Row(group)
    if len(set(setup)) != 1:
        raise SystemExit(f"{path}: lines of runs with different setups: {set(setup)}")
    return rows, setup[0]


def time_text(seconds):
    for unit, size in (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3)):
        if seconds < 1000 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def rate_text(row):
    if row.flops:
        return f"{1e-9 * row.flops / row.seconds['tenon']:.0f} GFLOP/s"
    return f"{1e-9 * row.bytes / row.seconds['tenon']:.1f} GB/s" if row.bytes else ""


def floor_text(row):
    if row.floor == 0:
        return "–"
    return f"{row.floor:g} × {NAMES[row.against] if row.against else 'best'}"


def cells(row):
    if row is None:
        return ["", "", ""]
    judged = row.judged()
    parts = []
    for name in sorted(row.rivals(), key=row.ratio):
        text = f"{row.ratio(name):.2f} {NAMES[name]}"
        if name == judged:
            text = f"**{text}**" if row.standing() == "met" else f"**{text}, {row.standing()}**"
        parts.append(text)
    parts += [f"{NAMES[name]} differs" for name in row.wrong]
    if judged is None:
        parts.append(f"{NAMES.get(row.against, 'every rival')} missing")
    return [time_text(row.seconds["tenon"]), rate_text(row), ", ".join(parts)]


def table(rows):
    threads = sorted({count for row in rows.values() for count in row})
    out = []
    for title, note, ops in GROUPS:
        chosen = [key for key in rows if key[0] in ops]
        if not chosen:
            continue
        forms = len({form for _, _, form in chosen}) > 1
        head = ["work", *(["result"] if forms else []), "floor"]
        for count in threads:
            head += [f"Tenon, {count} thread{'s' if count > 1 else ''}", "rate", "rivals' time / Tenon's"]
        out += [f"### {title}", "", note[0].upper() + note[1:] + ".", "", "| " + " | ".join(head) + " |",
                "|---" * (2 + forms) + "|---:|---:|---" * len(threads) + "|"]
        for key in sorted(chosen, key=lambda k: ops.index(k[0])):
            op, sizes, form = key
            line = [f"{op} {sizes}", *([form] if forms else []), floor_text(next(iter(rows[key].values())))]
            for count in threads:
                line += cells(rows[key].get(count))
            out.append("| " + " | ".join(line) + " |")
        out.append("")
    return "\n".join(out)


def plot(rows, setup):
    """One line per row: a dot for each number of threads at the ratio to the rival that its floor speaks of."""
    keys = [(title, key) for title, _, ops in GROUPS for key in sorted(rows, key=lambda k: ops.index(k[0]) if k[0] in ops else -1) if key[0] in ops]
    keys = [(title, key) for title, key in keys if any(row.judged() for row in rows[key].values())]
    low, high = 0.25, 512
    left, width, step, top = 350, 560, 17, 74
    titles = sorted({title for title, _ in keys}, key=[g[0] for g in GROUPS].index)
    height = top + step * len(keys) + 26 * len(titles) + 60
    x = lambda ratio: left + width * (math.log(min(max(ratio, low), high) / low) / math.log(high / low))
    shade = {1: "#1b6ca8", 2: "#e07b1a"}
    s = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 40}" height="{height}" font-family="sans-serif" font-size="12">',
         '<rect width="100%" height="100%" fill="white"/>',
         f'<text x="{left}" y="24" font-size="16" font-weight="bold">Time of the rival / time of Tenon: right of 1, Tenon is faster</text>',
         f'<circle cx="{left + 6}" cy="42" r="4.5" fill="{shade[1]}"/><text x="{left + 16}" y="46">1 thread</text>',
         f'<circle cx="{left + 96}" cy="42" r="4.5" fill="{shade[2]}"/><text x="{left + 106}" y="46">2 threads</text>',
         f'<path d="M{left + 190} 36v12" stroke="#c22" stroke-width="2"/><text x="{left + 198}" y="46">floor</text>']
    bottom = height - 46
    tick = low
    while tick <= high:
        s.append(f'<path d="M{x(tick):.1f} {top - 8}V{bottom}" stroke="{"#555" if tick == 1 else "#ddd"}"/>'
                 f'<text x="{x(tick):.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>')
        tick *= 2
    y, current = top, None
    for title, key in keys:
        if title != current:
            y += 22
            s.append(f'<text x="10" y="{y}" font-weight="bold">{html.escape(title)}</text>')
            y += 4
            current = title
        y += step
        op, sizes, form = key
        any_row = next(row for row in rows[key].values() if row.judged())
        label = f"{op}  {sizes.replace(' x ', '×')}" + ("  (fresh)" if form == "fresh" and (op, sizes, "kept") in rows else "")
        s.append(f'<text x="{left - 12}" y="{y}" text-anchor="end">{html.escape(label)}</text>')
        if any_row.floor:
            s.append(f'<path d="M{x(any_row.floor):.1f} {y - 10}v12" stroke="#c22" stroke-width="2"/>')
        for count, row in sorted(rows[key].items()):
            if row.judged():
                s.append(f'<circle cx="{x(row.ratio(row.judged())):.1f}" cy="{y - 4}" r="4.5" fill="{shade.get(count, "#777")}" fill-opacity="0.85">'
                         f"<title>{row.ratio(row.judged()):.2f} of {NAMES[row.judged()]}</title></circle>")
    s += [f'<text x="{left}" y="{height - 8}" fill="#555">Products: the best of all rivals; allocation: malloc; all else: PyTorch</text>', "</svg>"]
    return "\n".join(s) + "\n"


def main():
    source, target = sys.argv[1:]
    rows, setup = read(source)
    all_rows = [row for key in rows for row in rows[key].values()]
    level, below = (sum(row.standing() == s for row in all_rows) for s in ("level", "below"))
    spread = sorted(row.spread for row in all_rows)
    summary = (f"{setup}.\n\n{len(all_rows)} rows, {level} level with their floor, {below} below. Half of the rows spread by less than {100 * spread[len(spread) // 2]:.0f} % "
               f"between the quartiles, nine in ten by less than {100 * spread[len(spread) * 9 // 10]:.0f} %.")
    with open(target + ".md", "w") as file:
        file.write(summary + "\n\n" + table(rows))
    with open(target + ".svg", "w") as file:
        file.write(plot(rows, setup))
    print(summary)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures what it costs to include each header, and writes docs/compile-time.md.

    python3 cmake/header_cost.py [COMPILER]

Seconds are CPU time of `COMPILER -O2` on a file that includes the header and nothing else, the least of two runs; MB is the compiler's
peak memory; lines are those that are left after preprocessing. The first rows are programs of one op, which should stay under 2.5
seconds: compiled from the headers alone, and with the kernels taken from tenon::dispatch. They are the files of
tests/build/check_cost.sh, which holds them to that; the row after them is what it measures a machine by.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPILER = sys.argv[1] if len(sys.argv) > 1 else "g++"
COST = ROOT / "tests/build/cost"
PROGRAMS = {"softmax(x, -1)": "softmax.cpp", "matmul(x, x)": "matmul.cpp", "relu(x)": "relu.cpp"}
RUNS = 2


def measure(text, work):
    source = work / "cost.cpp"
    source.write_text(text)
    flags = ["-std=c++20", "-O2", f"-I{ROOT / 'include'}", "-isystem", "/usr/include/eigen3"]      # for io/eigen.hpp: Debian's place
    best, peak = float("inf"), 0
    for _ in range(RUNS):
        child = subprocess.Popen([COMPILER, *flags, "-c", source, "-o", work / "cost.o"])
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            sys.exit(f"does not compile:\n{text}")
        best = min(best, usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss / 1024)
    expanded = subprocess.run([COMPILER, *flags, "-E", "-P", source], capture_output=True, text=True, check=True)
    return f"{best:.2f} | {peak:.0f} | {expanded.stdout.count(chr(10))}"


def processor():
    lines = (line.split(":", 1) for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    found = {key.strip(): value.strip() for key, value in lines}
    return f"{found['model name']} (family {found['cpu family']}, model {found['model']})" if "cpu family" in found else "unknown processor"


def main():
    version = subprocess.run([COMPILER, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    public = sorted(p for p in (ROOT / "include/tenon").rglob("*.hpp")
                    if p.parent.name in ("tenon", "ops", "io") or p.name in ("result.hpp", "tensor.hpp", "expression.hpp"))
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        rows = []
        for where, first in ("headers alone", ""), ("tenon::dispatch", "#define TENON_DISPATCH\n"):
            for name, file in PROGRAMS.items():
                rows.append(f"| one op, {where}: `{name}` | {measure(first + (COST / file).read_text(), work)} |")
                print(rows[-1], flush=True)
        rows.append(f"| the standard library alone: `tests/build/cost/standard.cpp` | {measure((COST / 'standard.cpp').read_text(), work)} |")
        print(rows[-1], flush=True)
        for header in public:
            name = header.relative_to(ROOT / "include")
            rows.append(f"| `{name}` | {measure(f'#include <{name}>' + chr(10), work)} |")
            print(rows[-1], flush=True)
    text = f"""# What a header costs

Written by `python3 cmake/header_cost.py`; {version}, `-std=c++20 -O2`, one core of an
{processor()}. CPU seconds, the compiler's peak memory, and lines after
preprocessing, of a file that holds the one line `#include <...>`; the first rows are files with one function that
calls one op, for which the goal is 2.5 seconds (`tests/build/check_cost.sh` asks that it be met).

| file | seconds | MB | lines |
|---|---:|---:|---:|
""" + "\n".join(rows) + "\n"
    (ROOT / "docs" / "compile-time.md").write_text(text)


main()

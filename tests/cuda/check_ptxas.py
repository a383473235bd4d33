#!/usr/bin/env python3
"""What ptxas says of every kernel, held to a budget.

    check_ptxas.py OBJECT...      beside each, OBJECT.ptxas, where cmake/nvcc_report.sh keeps the output of nvcc -Xptxas -v

Fails on a spill, a stack frame, or more registers than a kernel's budget. A budget is what its launch bounds leave at the occupancy that
it buys: 65536 registers to a multiprocessor. It looks first whether it would find such kernels in a report that has them (`prove`).
"""
import re
import sys

# (pattern in the kernel's mangled name, registers, why); the first that matches counts
BUDGETS = [
    ("11elementwise5dense", 64, "256 threads, 4 blocks: half of all warps, enough loads in flight for memory's speed"),
    ("11elementwise7strided", 64, "as dense"),
    ("7copying", 48, "256 threads, 5 blocks"),
    ("7softmax7by_rowsI.*Li[48]ELi(32|256|512|1024)ELi", 64, "vectors of float and half types: 1024 threads"),
    ("7softmax7by_rows", 128, "512 threads, 1 block"),
    ("7softmax10by_columns", 80, "256 threads, 3 blocks"),
    ("13normalization7by_rowsI.*Li[48]ELi(32|256|512)ELi", 64, "vectors of float and half types: 1024 threads"),
    ("13normalization", 128, "512 threads, 1 block"),
    ("9attention5flash.*Li128E", 255, "128 threads, 2 blocks: o and the scores of 32 queries in registers"),
    ("9attention5flash.*Li64E", 168, "128 threads, 3 blocks"),
    ("9attention", 128, "128 threads, 4 blocks: shared memory allows no more"),
    ("9gathering", 48, "256 threads, 5 blocks"),
    ("6matmul", 128, "256 threads, 2 blocks"),
    ("11convolution", 64, "256 threads, 4 blocks: half of all warps"),
    ("7pooling", 64, "as convolution"),
    ("6random", 40, "256 threads, 6 blocks: three quarters of all warps hide the multiplications"),
    ("11permutation", 32, "512 threads, 4 blocks: all warps"),
    ("9reduction", 80, "256 threads, 3 blocks"),
]

# (part of the name, bytes, why): stack frames that CUDA's own mathematical functions bring with them. No kernel may spill.
FRAMES = [
    ("functions3sin", 48, "the digits of 2 / pi for large arguments lie in local memory"),
    ("functions3cos", 48, "as sin"),
    ("functions3tan", 48, "as sin"),
    ("functions4sinc", 48, "as sin"),
    ("functions7digamma", 48, "its tan: as sin"),
    ("St7complex", 48, "sines and cosines of imaginary parts: as sin"),
]


def allowed(name, frame, *spills):
    return not any(spills) and (frame == 0 or any(part in name and frame <= most for part, most, _ in FRAMES))


def budget(name):
    return next((registers for part, registers, _ in BUDGETS if re.search(part, name)), None)


def check(lines):
    kernels, failures, most = 0, [], {}
    name = arch = None
    for line in lines:
        if match := re.search(r"Compiling entry function '(\S+)' for '(\S+)'", line):
            name, arch = match.groups()
            kernels += 1
        elif match := re.search(r"Function properties for (\S+)", line):
            function = match.group(1)
        elif match := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
            if not allowed(function, *map(int, match.groups())):
                failures.append(f"{arch} {function}: {line.strip()}")
        elif name and (match := re.search(r"Used (\d+) registers", line)):
            registers, limit = int(match.group(1)), budget(name)
            if limit is None:
                failures.append(f"{arch} {name}: no budget is stated for this kernel")
            elif registers > limit:
                failures.append(f"{arch} {name}: {registers} registers, {limit} allowed")
            key = next((part for part, _, _ in BUDGETS if re.search(part, name)), "?")
            most[key] = max(most.get(key, 0), registers)
    return kernels, failures, most


def prove():
    def failures(name, registers, frame, stores):
        return check(f"""ptxas info    : Compiling entry function '{name}' for 'sm_80'
ptxas info    : Function properties for {name}
    {frame} bytes stack frame, {stores} bytes spill stores, {stores} bytes spill loads
ptxas info    : Used {registers} registers, used 0 barriers, 424 bytes cmem[0]""".splitlines())[1]

    assert not failures("_ZN11elementwise5dense_functions3sin", 64, 32, 0)
    for bad in [("_ZN11elementwise5dense_functions3sin", 32, 32, 8), ("_ZN11elementwise5dense_functions3add", 32, 8, 0),
                ("_ZN11elementwise5dense_functions3add", 65, 0, 0), ("_ZN7nothing", 8, 0, 0)]:
        assert len(failures(*bad)) == 1, bad


def main():
    prove()
    files = sys.argv[1:]
    lines = [line for file in files for line in open(file + ".ptxas", errors="replace")]
    kernels, failures, most = check(lines)
    for part, registers, why in BUDGETS:
        print(f"{part:28.28} most {most.get(part, 0):3} of {registers:3} registers    {why}")
    print(f"{kernels} kernels, {len(failures)} failures")
    for failure in failures:
        print(failure)
    sys.exit(1 if failures or kernels == 0 else 0)


if __name__ == "__main__":
    main()

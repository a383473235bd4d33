#!/usr/bin/env python3
"""Prints bench_linalg's times as a table in Markdown:  table.py linalg.csv

A line of the file: name, threads, seconds of Tenon, OpenBLAS, MKL, Eigen. 0 stands for a contender that is missing, a negative
number for one whose result was wrong. A later line for the same row and threads replaces an earlier one.
"""
import csv
import sys

PEERS = ["OpenBLAS", "MKL", "Eigen"]


def text(seconds):
    if seconds == 0:
        return "missing"
    mark = "" if seconds > 0 else " (wrong)"
    seconds = abs(seconds)
    return (f"{1e3 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s") + mark


def cells(times):
    ours, *peers = times
    right = [(t, name) for t, name in zip(peers, PEERS) if t > 0]
    if not right:
        return [text(ours), "none", "-"]
    best, name = min(right)
    return [text(ours), f"{text(best)} {name}", f"{best / ours:.2f}" if ours > 0 else "-"]


def main():
    rows = {}
    with open(sys.argv[1], newline="") as file:
        for name, threads, *times in csv.reader(file):
            rows.setdefault(name, {})[int(threads)] = [float(t) for t in times]
    threads = sorted({t for row in rows.values() for t in row})
    header = ["work"]
    for t in threads:
        header += [f"Tenon, {t} thread{'s' if t > 1 else ''}", "best peer", "ratio"]
    print("| " + " | ".join(header) + " |")
    print("|---" + "|---:" * (len(header) - 1) + "|")
    for name, row in rows.items():
        line = [name]
        for t in threads:
            line += cells(row[t]) if t in row else ["", "", ""]
        print("| " + " | ".join(line) + " |")


if __name__ == "__main__":
    main()

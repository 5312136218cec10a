#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The house at a glance: files, lines, lengths of functions. house.py [N]: the N longest functions and files."""
import re, statistics, subprocess, sys

most = int(sys.argv[1]) if len(sys.argv) > 1 else 8
files = [f for f in subprocess.run(["git", "ls-files", "*.c", "*.cc", "*.h"], capture_output=True, text=True).stdout.split()]
functions, sizes = [], []
for f in files:
    lines = open(f, encoding="utf-8").read().split("\n")
    sizes.append((len(lines), f))
    start = None
    for i, line in enumerate(lines):
        if line == "{" and i and re.search(r"[)\w]$", lines[i - 1]):
            start = i
        elif line == "}" and start is not None:
            functions.append((i - start + 1, f"{f}:{start + 1}"))
            start = None
        elif re.match(r"^[a-z].*\)\s*\{.*\}$", line):
            functions.append((1, f"{f}:{i + 1}"))
code = [x for x in functions if not x[1].startswith("tests/")]
for name, v in ("product", code), ("all", functions):
    n = sorted(x[0] for x in v)
    print(f"{name}: {len(n)} functions, median {statistics.median(n):.0f} lines, p90 {n[int(len(n) * .9)]}, over 60: {sum(x > 60 for x in n)}, longest {n[-1]}")
print(f"{len(files)} files, {sum(s for s, _ in sizes)} lines; over 800: {sum(s > 800 for s, _ in sizes)}")
print("longest functions:", *(f"\n  {n:4d}  {w}" for n, w in sorted(code, reverse=True)[:most]))
print("longest files:", *(f"\n  {n:4d}  {w}" for n, w in sorted((s for s in sizes if not s[1].startswith("tests/")), reverse=True)[:most]))

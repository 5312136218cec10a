#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Precision and recall of stories on pairs judged by hand.

  story-main < archive.jsonl > pairs.tsv;  read-stories.py [-v] pairs.tsv cases.tsv [pairs.tsv cases.tsv …]

story-main (tests/tools) prints every pair with a band in common and what story_same() says; a pair that is not among them counts as "not the
same". Half of the pairs (by a hash of the ids) are for tuning; -v shows the mistakes in that half alone, so that the other stays a judge.
"""
import sys
import zlib


def half(a, b):
    return "tuning" if zlib.crc32(" ".join(sorted((a, b))).encode()) & 1 else "held-out"


def judged(path):
    for line in open(path, encoding="utf-8"):
        if not line.startswith("#"):
            yield line.split()


def main():
    verbose = "-v" in sys.argv
    files = [a for a in sys.argv[1:] if a != "-v"]
    sums = {}
    for pairs, cases in zip(files[::2], files[1::2]):
        said = {}
        for line in open(pairs, encoding="utf-8"):
            f = line.rstrip("\n").split("\t")
            said[f[0], f[1]] = f
        for a, b, same in judged(cases):
            f = said.get((a, b)) or said.get((b, a))
            yes = bool(f) and f[5] == "1"
            s = sums.setdefault(half(a, b), [0, 0, 0, 0])
            s[0 if yes and same == "1" else 1 if yes else 2 if same == "1" else 3] += 1
            if verbose and half(a, b) == "tuning" and yes != (same == "1"):
                print("#", a, b, "is", same, f[2:] if f else "no candidate")
    for name in sorted(sums) + ["all"]:
        tp, fp, fn, tn = sums[name] if name in sums else [sum(v) for v in zip(*sums.values())]
        print(f"{name}\tpairs {tp + fp + fn + tn}\tprecision {tp / max(1, tp + fp):.3f}\trecall {tp / max(1, tp + fn):.3f}\t(wrong {fp}, missed {fn})")


main()

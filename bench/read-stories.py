#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Precision and recall of stories on pairs judged by hand.

  story-main < reuters1987.jsonl > pairs.tsv;  read-stories.py pairs.tsv tests/cases/read/stories-reuters1987.tsv [-v]

story-main (tests/tools) prints every pair with a band in common and what story_same() says; a pair that is not among them counts as "not the same".
"""
import sys

said = {}
for line in open(sys.argv[1]):
    f = line.rstrip("\n").split("\t")
    said[f[0], f[1]] = f
tp = fp = fn = tn = 0
for line in open(sys.argv[2]):
    if line.startswith("#"):
        continue
    a, b, same = line.split()
    f = said.get((a, b)) or said.get((b, a))
    yes = bool(f) and f[5] == "1"
    tp += yes and same == "1"
    fp += yes and same == "0"
    fn += not yes and same == "1"
    tn += not yes and same == "0"
    if "-v" in sys.argv and yes != (same == "1"):
        print("#", a, b, "is", same, f[2:] if f else "no candidate")
print(f"pairs\t{tp + fp + fn + tn}\nprecision\t{tp / (tp + fp) if tp + fp else 0:.4f}\nrecall\t{tp / (tp + fn) if tp + fn else 0:.4f}")

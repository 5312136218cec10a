#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures the temporal tagger without a daemon: measure.py EVALUATE.PY ANALYZE-MAIN DATA-DIR DIR [-v] [--half 0|1]

EVALUATE.PY holds the measure (its function days); ANALYZE-MAIN is the driver built
from tests/tools/analyze-main.c, DATA-DIR the leaders' table; DIR holds docs.jsonl and gold.tsv. --half takes every second document, so that rules can be written on one half
and looked at on the other."""
import argparse, importlib.util, json, os, subprocess, tempfile


class Driver:
    def __init__(self, *words):
        self.words = words

    def analyze(self, docs, clean=True, batch=50):
        lines = "\n".join(json.dumps(d, ensure_ascii=False) for d in docs)
        out = subprocess.run(self.words, input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout
        return {str(a["id"]): a for a in map(json.loads, out.splitlines())}


def half_of(path, which):
    folder = tempfile.mkdtemp()
    lines = [l for i, l in enumerate(open(f"{path}/docs.jsonl", encoding="utf-8")) if i % 2 == which]
    ids = {str(json.loads(l)["id"]) for l in lines}
    open(f"{folder}/docs.jsonl", "w", encoding="utf-8").writelines(lines)
    rows = open(f"{path}/gold.tsv", encoding="utf-8").readlines()
    open(f"{folder}/gold.tsv", "w", encoding="utf-8").writelines(rows[:1] + [r for r in rows[1:] if r.split("\t")[0] in ids])
    return folder


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("evaluate"); ap.add_argument("driver"); ap.add_argument("data"); ap.add_argument("dir"); ap.add_argument("-v", action="store_true")
    ap.add_argument("--half", type=int)
    o = ap.parse_args()
    spec = importlib.util.spec_from_file_location("evaluate", o.evaluate)
    evaluate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(evaluate)
    evaluate.days(Driver(os.path.abspath(o.driver), o.data), o.dir if o.half is None else half_of(o.dir, o.half), o.v)

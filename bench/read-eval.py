#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs an evaluation script that expects a daemon against the reading step alone (tests/tools/read-main.c).

  read-eval.py --evaluate PATH/evaluate.py --reader BUILD/read-main [-v] text|published DIR

The measure is the script's own; only its connection is replaced: analyze() pipes the documents through the reader.
"""
import argparse, importlib.util, json, subprocess

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--evaluate", required=True)
ap.add_argument("--reader", required=True)
ap.add_argument("-v", action="store_true")
ap.add_argument("what")
ap.add_argument("dir")
o = ap.parse_args()
spec = importlib.util.spec_from_file_location("evaluate", o.evaluate)
evaluate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(evaluate)


class Pipe:
    def analyze(self, docs, clean=True, batch=50):
        data = "\n".join(json.dumps(d, ensure_ascii=False) for d in docs).encode()
        out = subprocess.run([o.reader] + ([] if clean else ["-k"]) + ["-j"], input=data, stdout=subprocess.PIPE, check=True).stdout
        rows = [json.loads(l) for l in out.splitlines() if l.strip()]
        return {str(r["id"]): r for r in rows if "id" in r}


getattr(evaluate, o.what)(Pipe(), o.dir, o.v)

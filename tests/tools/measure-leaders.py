#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the evaluation script's measures without a daemon: the analyze program answers in its place.

    measure-leaders.py EVALUATE.PY ANALYZE DATA-DIR GOLD-DIR [leaders|days] [-v]"""

import importlib.util
import json
import subprocess
import sys


class Stand:
    """Speaks like the daemon: a page of leaders, and analyses."""

    def __init__(self, program, data):
        self.program, self.data = program, data

    def get(self, target, **parameters):
        table = subprocess.run([self.program, self.data, "--leaders"], stdout=subprocess.PIPE, check=True).stdout
        return {"leaders": json.loads(table), "next": None}

    def analyze(self, docs, clean=True, batch=0):
        lines = "\n".join(json.dumps(d, ensure_ascii=False) for d in docs).encode()
        run = subprocess.run([self.program, self.data], input=lines + b"\n", stdout=subprocess.PIPE, check=True)
        answers = (json.loads(line) for line in run.stdout.splitlines() if line.strip())
        return {a["id"]: a for a in answers}


def main():
    words = [a for a in sys.argv[1:] if a != "-v"]
    if len(words) < 4:
        sys.exit(__doc__)
    spec = importlib.util.spec_from_file_location("evaluate", words[0])
    evaluate = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(evaluate)
    measure = evaluate.days if words[4:] == ["days"] else evaluate.leaders
    measure(Stand(words[1], words[2]), words[3], "-v" in sys.argv)


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a case file for tests/cases/days from plain passages: fill.py DAYS-MAIN < passages > new.cases

Passages are lines as in a case file, with @published and @lang, without brackets and expectations. What the tagger
finds is bracketed and written below each line. Read every line before it goes into the repository: a case says what
should be found, not what is. With --check, lines whose brackets differ from what is found are shown instead."""
import json, subprocess, sys

def days(d):
    if "from" not in d: return "-"
    a, b, p = d["from"], d["to"], d["precision"]
    if a == b: return a
    return text(a, b)

def text(a, b):
    import calendar
    (y, m, d), (Y, M, D) = (map(int, s.split("-")) for s in (a, b))
    if (y, m) == (Y, M) and d == 1 and D == calendar.monthrange(y, m)[1]: return f"{y:04}-{m:02}"
    if y == Y and (m, d, M, D) == (1, 1, 12, 31): return f"{y:04}"
    if y % 10 == 0 and Y == y + 9 and (m, d, M, D) == (1, 1, 12, 31): return f"{y:04}s"
    return a + ".." + b

def main(driver):
    published, lang, rows = "", "", []
    for line in sys.stdin:
        line = line.rstrip("\n")
        if line.startswith("@published"): published = line.split()[1].strip("-") if line.split()[1] == "-" else line.split()[1]
        if line.startswith("@lang"): lang = line.split()[1].strip("-")
        ask = None
        if line and line[0] not in "@#": ask = {"id": str(len(rows)), "text": line.replace("\\n", "\n"), "lang": lang, **({"published": published} if published else {})}
        rows.append((line, ask))
    lines = "\n".join(json.dumps(a) for _, a in rows if a)
    out = subprocess.run([driver], input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout
    found = {a["id"]: a for a in map(json.loads, out.splitlines())}
    for line, ask in rows:
        if not ask: print(line); continue
        a = found[ask["id"]]; raw = ask["text"].encode(); at = 0; shown = b""
        for d in a["days"]:
            shown += raw[at:d["start"]] + b"[" + raw[d["start"]:d["end"]] + b"]"; at = d["end"]
        shown += raw[at:]
        want = [f"{d['type']} {d['value']} {days(d)}" for d in a["days"]] or ["none"]
        if a["published"]: want.append("published " + days(a["published"]))
        print(shown.decode().replace("\n", "\\n")); print(" => " + " ; ".join(want))

if __name__ == "__main__":
    main(sys.argv[1])

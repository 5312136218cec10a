#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a corpus of real text for measuring: corpus.py DATA OUT.jsonl [--bytes 800] [--documents N]

DATA is a folder with archive/*.jsonl.xz and leaders/frus/docs.jsonl.xz. Long texts are cut at sentence ends into articles of about
--bytes, so that no text occurs twice; each keeps its date and title. Says on standard error what was used.
"""
import argparse, json, lzma, re, sys

SOURCES = [("reuters87", "archive/reuters1987.jsonl.xz"), ("reuters07", "archive/reuters2007.jsonl.xz"),
           ("un", "archive/un-speeches.jsonl.xz"), ("frus", "leaders/frus/docs.jsonl.xz")]

def pieces(text, size):
    """Cuts at the first sentence end after `size` characters."""
    at = 0
    while at < len(text):
        if len(text) - at <= size * 1.5:
            yield text[at:]
            return
        end = re.compile(r"[.!?]\s").search(text, at + size)
        stop = end.end() if end and end.end() < at + 3 * size else at + size
        yield text[at:stop]
        at = stop

def documents(data, size):
    seen = set()
    for source, path in SOURCES:
        n = 0
        with lzma.open(f"{data}/{path}", "rt", encoding="utf-8") as f:
            for line in f:
                d = json.loads(line)
                for k, text in enumerate(pieces(d.get("text") or "", size)):
                    if len(text) < 40 or hash(text) in seen:
                        continue
                    seen.add(hash(text))
                    n += 1
                    out = {"id": f"{source}/{d['id']}.{k}", "title": d.get("title") or "", "text": text, "source": source}
                    date = d.get("date") or d.get("dct")
                    if date:
                        out["published"] = str(date)[:10]
                    yield out
        print(f"{source}: {n} articles", file=sys.stderr)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("data"); ap.add_argument("out")
    ap.add_argument("--bytes", type=int, default=800); ap.add_argument("--documents", type=int, default=10**9)
    o = ap.parse_args()
    n = total = 0
    with open(o.out, "w", encoding="utf-8") as out:
        for d in documents(o.data, o.bytes):
            out.write(json.dumps(d, ensure_ascii=False) + "\n")
            n += 1; total += len(d["text"].encode())
            if n == o.documents:
                break
    print(f"{n} articles, {total / 1e6:.1f} MB of text, {total / max(n, 1):.0f} bytes each", file=sys.stderr)

main()

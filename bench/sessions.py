#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What users feel, measured at a running daemon: sessions.py --socket S --corpus C.jsonl --load LOAD-BENCH [--pid DOSSIERD] [--seconds 8]

  snippets     ten of them, inside the worker
  drill-down   50 clicks: a text, then a leader, a year, a month, another leader …; each a whole answer with facets
  load         1 and 64 clients (bench/load-bench.c), and 64 beside queries of death
  memory       of the front and of the workers, after all that
"""
import argparse, glob, json, os, random, statistics, subprocess, tempfile, urllib.parse
import bench

FULL = {"facets": "leader,date"}

def snippets(d, words):
    out = []
    for w in words:
        q = {"q": " ".join(w), "match": "any"}
        d.get("/v1/search", {**q, "snippet": 0})  # the words and the hits are known then
        without = d.get("/v1/search", {**q, "snippet": 0, "sort": "relevance"})[1]["took_us"]
        out.append((d.get("/v1/search", {**q, "snippet": 240})[1]["took_us"] - without) / 1e3)
    print(f"ten snippets, inside the worker: median {statistics.median(out):.3f} ms, p90 {sorted(out)[len(out) * 9 // 10]:.3f} ms (of {len(out)} questions)", flush=True)

def clicks(d, rnd, texts, n=50):
    """One session: each click goes on from what the answer before offers."""
    times, par, texts = [], None, iter(texts)
    while len(times) < n:
        if not par or len(par) > 4 or answer["total"] < 2:
            par = {"q": next(texts), "match": "all"}
        else:
            leaders = [v["id"] for v in answer["facets"]["leader"]["values"] if v["id"] not in par.get("leader", [])]
            buckets = answer["facets"]["date"]["buckets"]
            if "leader" not in par and leaders:
                par = {**par, "leader": [rnd.choice(leaders[:5])]}
            elif "from" not in par and buckets:
                year = rnd.choice(buckets)["from"][:4]
                par = {**par, "from": year, "to": year}
            elif len(par.get("from", "")) == 4 and buckets:
                month = rnd.choice(buckets)["from"][:7]
                par = {**par, "from": month, "to": month}
            elif len(par.get("leader", [])) == 1 and leaders:
                par = {**par, "leader": par["leader"] + [rnd.choice(leaders[:5])]}
            else:
                par = {"q": next(texts), "match": "all"}
        t, answer = d.get("/v1/search", {**par, **FULL})
        times.append((t, answer["took_us"] / 1e3, par))
    return times

def drill_down(d, words, sessions=4):
    rnd, all_ = random.Random(3), []
    for i in range(sessions):
        all_ += clicks(d, rnd, [" ".join(w) for w in words[i::sessions]])
    worst, inside = max(all_, key=lambda x: x[0]), max(all_, key=lambda x: x[1])
    print(f"drill-down, {sessions} sessions of 50 clicks: median {statistics.median(x[0] for x in all_):.2f} ms, worst {worst[0]:.2f} ms;"
          f" inside the worker median {statistics.median(x[1] for x in all_):.2f} ms, worst {inside[1]:.2f} ms ({inside[2]})", flush=True)

def targets(path, list_):
    with open(path, "w", encoding="utf-8") as f:
        f.writelines("/v1/search?" + urllib.parse.urlencode(p) + "\n" for p in list_)

def deaths(common, n=200):
    """As costly as the limits allow: frequent words near one another, in phrases, by 32, as prefixes."""
    rnd = random.Random(5)
    few = ["the of", "of the", "in the", "to the", "and the", "that the", "on the", "for the", "by the", "with the"]
    for i in range(n):
        w = rnd.sample(common, 24)
        yield {"q": [" NEAR/50 ".join(["the", "of", "to", "and", w[0]]), " OR ".join(f'"{x}"' for x in rnd.sample(few, 8)), " ".join(w),
                     f"{w[0][:3]}* OR {w[1][:3]}*", " OR ".join(f'"{w[k]} {w[k + 1]}"' for k in range(12))][i % 5], "match": "any", **FULL, "limit": 100, "stories": i % 2}

def run_load(o, clients, file, *more):
    out = subprocess.run([o.load, o.socket, str(clients), str(o.seconds), file, *map(str, more)], check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: [float(x) for x in line.split()[2:]] for line in out.splitlines()}

def load(o, questions):
    cores = os.cpu_count()
    with tempfile.TemporaryDirectory() as folder:
        normal, deadly = os.path.join(folder, "normal"), os.path.join(folder, "deadly")
        # each question with many lengths of snippet: its words are known, but no answer can be a kept one
        asks = [{"q": a, "match": m, **FULL, "snippet": n} for kind, list_ in questions.items() for a, m, _, _ in (bench.forms(kind, w) for w in list_) for n in range(160, 400, 2)]
        random.Random(1).shuffle(asks)
        targets(normal, asks)
        targets(deadly, deaths([w[0] for w in questions["common"]]))
        run_load(o, 8, normal)  # warms
        one, many = run_load(o, 1, normal)["asked"], run_load(o, 64, normal)["asked"]
        beside = run_load(o, 64, normal, deadly, 1)
    print(f"1 client: {one[0]:.0f} a second, p50 {one[1]:.2f} ms, p99 {one[2]:.2f}, refused {one[3]:.0f}", flush=True)
    print(f"64 clients: {many[0]:.0f} a second = {many[0] / one[0] / cores:.2f} of {cores} cores x one client's, p50 {many[1]:.2f} ms, p99 {many[2]:.2f} ="
          f" {many[2] / many[1]:.1f} x p50, refused {many[3]:.0f}", flush=True)
    b, x = beside["asked"], beside["deadly"]
    print(f"and queries of death beside them ({x[0]:.1f} a second, p50 {x[1]:.1f} ms): {b[0]:.0f} a second, p50 {b[1]:.2f} ms, p99 {b[2]:.2f} = {b[2] / many[2]:.2f} x,"
          f" refused {b[3]:.0f}", flush=True)

def kilobytes(pid, what):
    return sum(int(line.split()[1]) for line in open(f"/proc/{pid}/smaps_rollup") if line.split(":")[0] in what)

def memory(pid, documents):
    workers = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            name, rest = open(stat).read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        if name == "search" and int(rest.split()[1]) == pid:
            workers.append(int(stat.split("/")[2]))
    pss, own = (sum(kilobytes(w, what) for w in workers) / 1024 for what in (("Pss",), ("Private_Clean", "Private_Dirty")))
    print(f"memory: front {kilobytes(pid, ('Rss',)) / 1024:.1f} MB; {len(workers)} workers {pss:.1f} MB together ({own:.1f} of it theirs alone),"
          f" allowed {300 + documents * 60 / 2**20:.0f} MB", flush=True)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--socket", required=True); ap.add_argument("--corpus", required=True); ap.add_argument("--load", required=True)
    ap.add_argument("--pid", type=int); ap.add_argument("--seconds", type=float, default=8)
    o = ap.parse_args()
    d, q = bench.Dossier(o.socket), bench.questions(o.corpus, 40, seed=12)
    snippets(d, q["or2-3"] + q["common"])
    drill_down(d, bench.questions(o.corpus, 60, seed=13)["common"] + q["and2-3"])
    load(o, q)
    if o.pid:
        memory(o.pid, d.get("/v1/status", {})[1]["documents"])

if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the same questions against dossier (over its socket), Lucene and SQLite FTS5, interleaved, and prints medians and ratios.

  bench.py --socket S --corpus C.jsonl --work DIR [--queries 40] [--only top|facets|rest] --classpath CP

dossier must hold the corpus already. DIR keeps the peers' indexes between runs. Every question is asked once, so that no answer comes
from a cache of answers; the peers are warmed with other questions of the same kinds. Everything is measured in one run, in turn, so that what else the machine does falls on all alike. dossier's figure includes HTTP and JSON; Lucene's is taken inside its
own process; SQLite's around the call.
"""
import argparse, functools, json, os, random, re, socket, sqlite3, statistics, subprocess, sys, time, urllib.parse, collections

WORD = re.compile(r"[a-z]{3,}")

class Dossier:
    """One keep-alive connection, bare: a library for HTTP costs Python more than the daemon needs to answer. The daemon closes one that was
    idle for long (a peer's index was made meanwhile): then the question is asked again over a new one, and only that is measured."""
    def __init__(self, path): self.path, self.s = path, None
    def dial(self): self.s = socket.socket(socket.AF_UNIX); self.s.settimeout(60); self.s.connect(self.path)
    def receive(self):
        got = self.s.recv(1 << 20)
        if not got: raise ConnectionResetError("the daemon closed the connection")
        return got
    def ask(self, request):
        self.s.sendall(request)
        got = self.receive()
        while (end := got.find(b"\r\n\r\n")) < 0: got += self.receive()
        parts, left = [got], int(re.search(rb"Content-Length: (\d+)", got[:end])[1]) - (len(got) - end - 4)
        while left:
            parts.append(self.receive()); left -= len(parts[-1])
        return parts, end
    def get(self, path, par):
        target = path + "?" + urllib.parse.urlencode(par, doseq=True)
        request = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        if not self.s: self.dial()
        t = time.perf_counter()
        try:
            parts, end = self.ask(request)
        except ConnectionError:
            self.dial()
            t = time.perf_counter()
            parts, end = self.ask(request)
        t = (time.perf_counter() - t) * 1e3
        body = b"".join(parts)[end + 4:]
        if parts[0][9:12] != b"200": raise SystemExit(f"{target}: {body[:300]}")
        return t, json.loads(body)

class Lucene:
    def __init__(self, classpath, index):
        self.p = subprocess.Popen(["java", "-Xmx2g", "-cp", classpath, "Peer", "serve", index], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.p.stdout.readline().strip() == "ready"
    def ask(self, line):
        self.p.stdin.write(line + "\n"); self.p.stdin.flush()
        us, n = self.p.stdout.readline().split()
        return float(us) / 1e3, int(n)

@functools.cache
def statistics_of(corpus, limit=200000):
    df = collections.Counter(); pairs = collections.Counter(); texts = []
    for i, line in enumerate(open(corpus, encoding="utf-8")):
        if i >= limit: break
        w = WORD.findall(json.loads(line)["text"].lower())
        df.update(set(w))
        if i % 7 == 0:
            pairs.update(zip(w, w[1:])); texts.append(w)
    return df, pairs, texts

STOP = set("the and for that with was are has had not but its from this have which were been said will would their they all any you his her our one who can may out into also other more than upon such these there when".split())

def questions(corpus, per_kind, seed=7):
    """Words come from the corpus by document frequency, never chosen by hand."""
    rnd = random.Random(seed)
    df, pairs, texts = statistics_of(corpus)
    n = sum(1 for _ in open(corpus, encoding="utf-8"))
    rare = sorted(w for w, c in df.items() if 5 <= c <= 30)
    common = sorted(w for w, c in df.items() if n / 20 <= c <= n / 3 and w not in STOP)
    middle = sorted(w for w, c in df.items() if n / 1000 <= c <= n / 30)
    phrases = sorted(p for p, c in pairs.items() if c >= 15 and not (set(p) & STOP))
    both = []
    while len(both) < per_kind:
        w = sorted(set(rnd.choice(texts)) & set(middle))
        if len(w) >= 3: both.append(rnd.sample(w, 2 + len(both) % 2))
    q = {"rare": [[w] for w in rnd.sample(rare, per_kind)], "common": [[w] for w in rnd.sample(common, min(per_kind, len(common)))],
         "or2-3": [rnd.sample(middle, 2 + i % 2) for i in range(per_kind)], "and2-3": both,
         "phrase": [list(p) for p in rnd.sample(phrases, per_kind)], "or5+": [rnd.sample(middle + common, 5 + i % 4) for i in range(per_kind)]}
    return q

def forms(kind, words):
    if kind == "phrase": return '"%s"' % " ".join(words), "all", '"%s"' % " ".join(words), '"%s"' % " ".join(words)
    if kind.startswith("and"): return " ".join(words), "all", " ".join("+" + w for w in words), " AND ".join(words)
    return " ".join(words), "any", " ".join(words), " OR ".join(words)

def make_peers(o, d):
    os.makedirs(o.work, exist_ok=True)
    tsv, db = f"{o.work}/corpus.tsv", f"{o.work}/fts5.db"
    if not os.path.exists(tsv):
        who = {}; cursor = None
        while True:
            _, a = d.get("/v1/search", {"limit": 1000, "snippet": 0, **({"cursor": cursor} if cursor else {})})
            for h in a["hits"]: who[h["id"]] = " ".join(l["id"] for l in h["leaders"])
            cursor = a.get("next")
            if not cursor: break
        with open(tsv, "w", encoding="utf-8") as out:
            for line in open(o.corpus, encoding="utf-8"):
                x = json.loads(line)
                day = (x.get("published") or "0").replace("-", "")
                clean = lambda s: re.sub(r"[\t\n\r]+", " ", s)
                out.write("\t".join([x["id"], day.ljust(8, "0") if day != "0" else "0", who.get(x["id"], ""), clean(x["title"]), clean(x["text"])]) + "\n")
    if not os.path.exists(f"{o.work}/lucene"):
        print(subprocess.run(["java", "-Xmx2g", "-cp", o.classpath, "Peer", "build", f"{o.work}/lucene", tsv, "2"], check=True, capture_output=True, text=True).stdout, end="")
    if not os.path.exists(db):
        c = sqlite3.connect(db)
        c.execute("create virtual table t using fts5(id unindexed, title, text, tokenize='porter unicode61')")
        c.executemany("insert into t values (?,?,?)", ((f[0], f[3], f[4]) for f in (l.rstrip("\n").split("\t") for l in open(tsv, encoding="utf-8"))))
        c.execute("insert into t(t) values('optimize')"); c.commit(); c.close()
    return Lucene(o.classpath, f"{o.work}/lucene"), sqlite3.connect(db)

def timed(f):
    t = time.perf_counter(); r = f()
    return (time.perf_counter() - t) * 1e3, r

def line(name, d, l, s=None):
    md, ml = statistics.median(d), statistics.median(l)
    p99 = sorted(d)[max(0, int(len(d) * .99) - 1)]
    out = f"{name:28s} dossier {md:8.3f} ms (p99 {p99:8.3f})   Lucene {ml:8.3f}   ratio {md / ml:6.2f}"
    if s: out += f"   FTS5 {statistics.median(s):9.3f}   ratio {md / statistics.median(s):6.3f}"
    print(out, flush=True)
    return md / ml

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--socket", required=True); ap.add_argument("--corpus", required=True); ap.add_argument("--work", required=True)
    ap.add_argument("--classpath", required=True); ap.add_argument("--queries", type=int, default=40)
    ap.add_argument("--only", choices=["top", "facets", "rest"], help="one part alone")
    o = ap.parse_args()
    lucene, sql = make_peers(o, Dossier(o.socket)); d = Dossier(o.socket)
    qs, other = questions(o.corpus, o.queries), questions(o.corpus, 30, seed=8)
    ratios, inside = [], []
    for warm in range(5): # the JVM compiles what is hot
        for kind, list_ in other.items():
            for w in list_:
                a, match, b, c = forms(kind, w)
                for command in "top", "facets", "count": lucene.ask(f"{command}|{b}")
                if warm == 0: d.get("/v1/search", {"q": a, "match": match, "facets": "leader,date"})
    for kind, list_ in qs.items() if o.only in (None, "top") else ():
        D, L, S, I = [], [], [], []
        for i, w in enumerate(list_):
            a, match, b, c = forms(kind, w)
            t, ans = d.get("/v1/search", {"q": a, "match": match, "limit": 10, "snippet": 0})
            D.append(t); I.append(ans["took_us"] / 1e3)
            L.append(lucene.ask("top|" + b)[0])
            if i < 10:
                S.append(timed(lambda: sql.execute("select id from t where t match ? order by rank limit 10", (c,)).fetchall())[0])
        ratios.append(line(f"top 10, {kind}", D, L, S)); inside.append(statistics.median(I) / statistics.median(L))
    geo = lambda v: statistics.geometric_mean(v)
    if ratios: print(f"geometric mean over Lucene: {geo(ratios):.2f} end to end, {geo(inside):.2f} inside the worker; worst {max(ratios):.2f}", flush=True)
    D, L, N = [], [], []
    leaders = [v["id"] for v in d.get("/v1/facets", {"facets": "leader:10"})[1]["facets"]["leader"]["values"]][:6]
    for w in questions(o.corpus, o.queries, seed=9)["common"] if o.only in (None, "facets") else ():
        q = w[0] + " OR " + w[0][::-1] # another text than before: its match set is not known yet
        t, a = d.get("/v1/facets", {"q": q, "match": "any", "facets": "leader:50,date:month"})
        D.append(t); L.append(lucene.ask("facets|" + w[0])[0]); N.append(a["total"])
    large = [i for i, n in enumerate(N) if n >= 10000]
    if D: line("leaders + months (common)", D, L)
    if large: line(f"the same, 10,000 matches and more ({len(large)})", [D[i] for i in large], [L[i] for i in large])
    D, R, L, M = [], [], [], []
    for w in questions(o.corpus, o.queries, seed=9)["common"] if o.only in (None, "facets") else (): # the same text again: refined by a leader, then by another
        q = {"q": w[0] + " OR " + w[0][::-1], "match": "any", "facets": "leader:50,date:month"}
        t, a = d.get("/v1/facets", {**q, "leader": leaders[0]})
        t, a = d.get("/v1/facets", {**q, "leader": leaders[1]})
        if a["total"] < 10: continue
        D.append(t); L.append(lucene.ask(f"refine|{leaders[1]}|" + w[0])[0])
        R.append(d.get("/v1/facets", {**q, "facets": "leader:50,date:month,lang"})[0]); M.append(lucene.ask("facets|" + w[0])[0])
    if D: line("the same, second refinement", D, L)
    if R: line("the same, asked once more", R, M)
    if o.only in ("top", "facets"): return
    D, L = [], []
    of_year = {y: [v["id"] for v in d.get("/v1/facets", {"from": y, "to": y, "facets": "leader:10"})[1]["facets"]["leader"]["values"]] for y in (1987, 2007)}
    for i, w in enumerate(qs["or2-3"] + qs["common"]):
        y = 1987 if i % 2 else 2007; who = of_year[y][i // 2 % len(of_year[y])] # somebody the year's articles are about: else there is nothing to rank
        D.append(d.get("/v1/search", {"q": " ".join(w), "match": "any", "from": y, "to": y, "leader": who, "limit": 10, "snippet": 0})[0])
        L.append(lucene.ask(f"filter|{y}0000 {y}1299 {who}|" + " ".join(w))[0])
    line("date + leader filter", D, L)
    D, L = [], []
    for w in questions(o.corpus, o.queries, seed=10)["or5+"]:
        D.append(d.get("/v1/search", {"q": " ".join(w), "match": "any", "limit": 0})[0]); L.append(lucene.ask("count|" + " ".join(w))[0])
    line("exact total of or5+", D, L)
    D = []
    for kind, list_ in questions(o.corpus, o.queries, seed=11).items():
        for w in list_:
            a, match, _, _ = forms(kind, w)
            D.append(d.get("/v1/search", {"q": a, "match": match, "facets": "leader,date"})[0])
    print(f"whole answer, mix: median {statistics.median(D):.2f} ms, p99 {sorted(D)[int(len(D) * .99)]:.2f} ms")

if __name__ == "__main__":
    main()

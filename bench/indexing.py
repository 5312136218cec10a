#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Indexing end to end against Lucene's IndexWriter with two threads, in one run, in turn:

  indexing.py --corpus C.jsonl --classpath CP --work DIR [--rounds 1] [--dossierd build/bin/dossierd]

dossier reads, cleans, finds leaders and days, indexes, merges and syncs one JSONL file; Lucene is fed id, title and text (its JVM's start
is taken off). While dossier loads, documents are pushed and searches asked, one at a time. Prints rates and their ratio, the index on
disk after merging and at its peak over the raw text, memory of writer and builders at most, and latencies during the load and after it.
"""
import argparse, json, os, re, shutil, socket, statistics, subprocess, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests", "e2e", "lib"))
from daemon import Client

def quantiles(v):
    v = sorted(v)
    return f"median {statistics.median(v):.1f} ms, p99 {v[max(0, int(len(v) * .99) - 1)]:.1f} ms of {len(v)}" if v else "none"

def tree_bytes(folder):
    n = 0
    for top, _, names in os.walk(folder):
        for f in names:
            try: n += os.path.getsize(os.path.join(top, f))
            except OSError: pass
    return n

def children(front):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try: text = open(f"/proc/{pid}/status").read()
        except OSError: continue
        name, parent = re.search(r"Name:\s+(\S+)", text)[1], int(re.search(r"PPid:\s+(\d+)", text)[1])
        peak = re.search(r"VmHWM:\s+(\d+)", text)
        yield int(pid), name, parent, int(peak[1]) / 1024 if peak else 0

def memory(front, most):
    """Peaks by role; builders and merges are children of the index process."""
    rows = list(children(front))
    index = {pid for pid, name, parent, _ in rows if parent == front and name == "index"}
    for pid, name, parent, peak in rows:
        if parent == front or parent in index:
            role = name if parent == front else "builder or merge"
            most[role] = max(most.get(role, 0), peak)

def asked(s, *request):
    t = time.perf_counter()
    c = Client(s, 60)
    status = c.ask(*request)[0]
    c.close()
    return (time.perf_counter() - t) * 1e3 if status == 200 else None

def probe(s, over, pushes, searches, words):
    n = 0
    while not over.is_set():
        n += 1
        try:
            t = asked(s, "POST", "/v1/docs", json.dumps({"id": f"probe{time.time_ns()}", "text": f"Probe number {n} of the measurement."}))
            if t: pushes.append(t)
            for k in range(4):
                t = asked(s, "GET", f"/v1/search?q={words[(n * 4 + k) % len(words)]}&facets=leader,date")
                if t: searches.append(t)
        except OSError: pass
        over.wait(0.2)

def dossier(o, corpus, text_bytes, words):
    index, s = os.path.join(o.work, "index"), os.path.join(o.work, "s")
    shutil.rmtree(index, ignore_errors=True)
    t = time.perf_counter()
    p = subprocess.Popen([o.dossierd, "--index", index, "--socket", s, "--data", o.data, "--source", corpus], stderr=open(os.path.join(o.work, "log"), "w"))
    pushes, searches, most, peak, over = [], [], {}, 0, threading.Event()
    prober = threading.Thread(target=probe, args=(s, over, pushes, searches, words))
    while True:
        try: idle = json.loads(Client(s, 60).ask("GET", "/v1/status")[2]); break
        except OSError: time.sleep(0.01)
    prober.start()
    while idle["state"] != "idle" or not idle["documents"] or idle["queue"]["queued_documents"]:
        time.sleep(0.2)
        memory(p.pid, most)
        peak = max(peak, tree_bytes(index))
        idle = json.loads(Client(s, 60).ask("GET", "/v1/status")[2])
        took = time.perf_counter() - t
    over.set(); prober.join()
    end = time.monotonic() + 60
    last = None
    while time.monotonic() < end: # merging goes on for a while
        names = sorted(x for x in os.listdir(index) if x.startswith("seg-"))
        if names == last: break
        last = names
        time.sleep(3)
        peak = max(peak, tree_bytes(index)); memory(p.pid, most)
    after = json.loads(Client(s, 60).ask("GET", "/v1/status")[2])
    idle_pushes = [asked(s, "POST", "/v1/docs", json.dumps({"id": f"idle{i}", "text": f"Push number {i} of the measurement."})) for i in range(60)]
    idle_searches = [asked(s, "GET", f"/v1/search?q={w}&facets=leader,date") for w in words[:200]]
    p.terminate(); p.wait()
    print(f"dossier: {text_bytes / took / 1e6:.2f} MB of text a second, {after['documents'] / took:.0f} documents a second ({took:.1f} s, {after['documents']} documents)")
    print(f"  on disk: {after['bytes'] / text_bytes:.2f} of the text in {after['segments']} segments; at its peak {peak / text_bytes:.2f}")
    print("  memory at most, MiB: " + ", ".join(f"{k} {v:.0f}" for k, v in sorted(most.items())))
    print(f"  push, durable: during the load {quantiles(pushes)}; after it {quantiles([x for x in idle_pushes if x])}")
    print(f"  search with facets: during the load {quantiles(searches)}; after it {quantiles([x for x in idle_searches if x])}", flush=True)
    return text_bytes / took

def lucene(o, tsv, text_bytes):
    index = os.path.join(o.work, "lucene")
    empty = os.path.join(o.work, "empty.tsv")
    open(empty, "w").close()
    times = []
    for path in (empty, tsv):
        shutil.rmtree(index, ignore_errors=True)
        t = time.perf_counter()
        subprocess.run(["java", "-Xmx2g", "-cp", o.classpath, "Peer", "build", index, path, "2"], check=True, capture_output=True)
        times.append(time.perf_counter() - t)
    took = times[1] - times[0]
    print(f"Lucene:  {text_bytes / took / 1e6:.2f} MB of text a second ({took:.1f} s); on disk {tree_bytes(index) / text_bytes:.2f} of the text", flush=True)
    return text_bytes / took

def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--corpus", required=True); a.add_argument("--classpath", required=True); a.add_argument("--work", required=True)
    a.add_argument("--rounds", type=int, default=1); a.add_argument("--dossierd", default="build/bin/dossierd"); a.add_argument("--data", default="data")
    o = a.parse_args()
    os.makedirs(o.work, exist_ok=True)
    tsv, text_bytes, words = os.path.join(o.work, "bare.tsv"), 0, []
    with open(tsv, "w", encoding="utf-8") as out:
        for n, line in enumerate(open(o.corpus, encoding="utf-8")):
            d = json.loads(line)
            text_bytes += len(d["text"].encode()) + len(d["title"].encode())
            if n % 97 == 0: words += [w for w in re.findall(r"[a-z]{5,}", d["text"])[3:5]]
            out.write("\t".join([d["id"], "0", "", re.sub(r"[\t\n\r]+", " ", d["title"]), re.sub(r"[\t\n\r]+", " ", d["text"])]) + "\n")
    ratios = []
    for i in range(o.rounds):
        ours = dossier(o, os.path.abspath(o.corpus), text_bytes, words)
        ratios.append(ours / lucene(o, tsv, text_bytes))
    print(f"ratio: {statistics.median(ratios):.2f} of Lucene's rate; load average {os.getloadavg()[0]:.1f}")

if __name__ == "__main__":
    main()

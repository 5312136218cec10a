#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A WARC of any size through the reader, in constant memory: nothing of it lies on the disk.

  read-big-warc.py [--reader BUILD/bin/read-main] [--gigabytes 10] [--plain]

A block of records as crawlers make them (pages, pictures, requests, metadata, revisits; each a gzip member) is written into a
pipe again and again until so many gigabytes were unpacked. The memory of the reader is looked at after each tenth; fails when it
grows after the second, or passes 128 MB, or when a page is missing.
"""
import argparse, gzip, os, random, subprocess, sys, tempfile, time

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--reader", default="build/bin/read-main")
ap.add_argument("--gigabytes", type=float, default=10)
ap.add_argument("--plain", action="store_true", help="not compressed")
o = ap.parse_args()
rnd = random.Random(1)
WORDS = "river minister talks north water agreement spring people government share border room paper council friday morning report vote".split()


def page(i):
    body = "".join(f"<p>The {' '.join(rnd.choice(WORDS) for _ in range(40))}, the ministry said on day {i}.</p>" for _ in range(rnd.randint(5, 40)))
    menu = "".join(f'<li><a href="/{w}">{w}</a></li>' for w in WORDS) * 10
    return f"<!doctype html><html><head><title>Report {i}</title><style>{'.a{color:red}' * 300}</style></head><body><ul>{menu}</ul><article><h1>Report {i}</h1>{body}</article><script>{'var x=1;' * 800}</script></body></html>".encode()


def record(kind, url, content_type, block):
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2019-04-26T10:00:00Z\r\nContent-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n".encode()
    return head + block + b"\r\n\r\n"


def make_block():
    out, plain, pages = [], 0, 0
    for i in range(300):
        url = f"http://x.example/{i}"
        records = [record("request", url, "application/http; msgtype=request", b"GET / HTTP/1.1\r\nHost: x.example\r\n\r\n"),
                   record("response", url, "application/http; msgtype=response", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(i)),
                   record("metadata", url, "application/warc-fields", b"fetchTimeMs: 12\r\n")]
        pages += 1
        picture = rnd.randbytes(rnd.randint(10000, 100000))
        records.append(record("response", url + ".jpg", "application/http; msgtype=response", b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + picture))
        if i % 5 == 0:
            records.append(record("revisit", url, "application/http; msgtype=response", b"HTTP/1.1 200 OK\r\n\r\n"))
        for r in records:
            plain += len(r)
            out.append(r if o.plain else gzip.compress(r, 6))
    return b"".join(out), plain, pages


def memory_kb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1])


block, plain, pages = make_block()
rounds = max(10, int(o.gigabytes * 1e9 / plain))
with tempfile.TemporaryDirectory(prefix="dossier-warc-") as top:
    fifo = os.path.join(top, "big.warc" if o.plain else "big.warc.gz")
    os.mkfifo(fifo)
    start = time.monotonic()
    reader = subprocess.Popen([o.reader, "-c", fifo], stdout=subprocess.PIPE)
    peaks = []
    with open(fifo, "wb", buffering=0) as w:
        for i in range(rounds):
            view = memoryview(block)
            while view:
                view = view[w.write(view[: 1 << 20]):]
            if (i + 1) % (rounds // 10) == 0:
                peaks.append(memory_kb(reader.pid) // 1024)
                print(f"{(i + 1) * plain / 1e9:.1f} GB: peak {peaks[-1]} MB", flush=True)
    said = reader.communicate()[0].decode().splitlines()[-1].split("\t")
    took = time.monotonic() - start
good, failed = int(said[2].split()[0]), int(said[3].split()[0])
print(f"{rounds * plain / 1e9:.2f} GB, {good} pages of {rounds * pages}, {failed} failed, {took:.0f} s, {rounds * plain / 1e6 / took:.0f} MB/s of records, peak {max(peaks)} MB")
sys.exit(not (good == rounds * pages and failed == 0 and max(peaks) < 128 and peaks[-1] <= peaks[1] + 1))

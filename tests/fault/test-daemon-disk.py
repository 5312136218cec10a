#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that is really full: a small tmpfs in a user namespace. Indexing pauses and resumes by itself, searching goes on,
what was acknowledged is there, and whoever pushes is told."""
import json, os, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e", "lib"))
from daemon import Daemon, run


def story(i):
    return {"id": f"d{i}", "text": f"Angela Merkel spoke in Berlin about matter {i}. " + " ".join(f"word{i * 37 % 9973 + k * 61}" for k in range(150))}


def fill_the_disk(min_free, size):
    with tempfile.TemporaryDirectory() as top:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "none", top], check=True)
        try:
            with Daemon("--min-free", min_free, "--commit-time", "100", "--segments", "4", folder=top) as d:
                acknowledged, refused, i = set(), 0, 0
                while refused < 3 and i < 40000:
                    body = "".join(json.dumps(story(k)) + "\n" for k in range(i, i + 200))
                    status, _, data = d.ask("POST", "/v1/docs", body, {"Content-Type": "application/x-ndjson"})
                    if status == 200:
                        acknowledged |= {x["id"] for x in map(json.loads, data.splitlines()) if x["status"] in ("added", "unchanged")}
                        i += 200
                    else:
                        assert status in (503, 507), (status, data)
                        refused += status == 507
                assert refused, "the disk never got full"
                assert acknowledged <= set(d.ids()), "acknowledged and not found while the disk is full"
                health = d.json("/v1/status")
                assert health["health"] == "disk-full" or min_free == "0", health["health"]
                subprocess.run(["mount", "-o", f"remount,size={size * 4}m", top], check=True)
                until = time.monotonic() + 60
                while True:  # it comes back by itself
                    status, _, data = d.ask("POST", "/v1/docs", json.dumps(story(10 ** 6)))
                    if status == 200 and json.loads(data.splitlines()[0])["status"] in ("added", "unchanged"):
                        break
                    assert time.monotonic() < until, (status, data, d.json("/v1/status"))
                ids = set(d.ids())
                assert acknowledged <= ids and "d1000000" in ids
                return f"{len(acknowledged)} acknowledged on {size} MiB, then state {health['state']}, health {health['health']}"
        finally:
            subprocess.run(["umount", "-l", top])


def paused_in_time():
    return fill_the_disk("4M", 16)


def really_full():
    return fill_the_disk("0", 12)


if __name__ == "__main__":
    if os.environ.get("IN_NAMESPACE") != "1":
        probe = subprocess.run(["unshare", "-Urm", "true"], capture_output=True)
        if probe.returncode:
            print("no user namespaces here: nothing tested")
            sys.exit(77)
        os.execvpe("unshare", ["unshare", "-Urm", sys.executable, os.path.abspath(__file__)], dict(os.environ, IN_NAMESPACE="1"))
    run([paused_in_time, really_full])

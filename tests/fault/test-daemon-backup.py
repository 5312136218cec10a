#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Backups taken while documents come, restored and served; damage found by the scrub and by --check, and mended. ROUNDS=n for more."""
import json, os, shutil, subprocess, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e", "lib"))
from daemon import DOSSIERD, Daemon, run

ROUNDS = int(os.environ.get("ROUNDS", "20"))


def story(i):
    return {"id": f"d{i}", "title": f"Story {i}", "text": f"Angela Merkel spoke in Berlin about matter {i}. " * 8 + f"marker{i}"}


def dossierd(*args):
    return subprocess.run([DOSSIERD, *args], capture_output=True, text=True, timeout=120)


class Pusher(threading.Thread):
    def __init__(self, d):
        super().__init__(daemon=True)
        self.d, self.over, self.acknowledged = d, False, []

    def run(self):
        n = 0
        while not self.over:
            self.acknowledged += [x["id"] for x in self.d.push([story(n + k) for k in range(20)])]
            n += 20
            if n % 100 == 0:  # replaced as well: tombstones
                self.d.push([dict(story(k), text=f"New words about matter {k}. marker{k}") for k in range(n - 100, n, 10)])


def backups_while_documents_come():
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as top:
        with Daemon("--segments", "3", "--seal-documents", "50", "--commit-time", "50") as d:
            pusher, kept = Pusher(d), []
            pusher.start()
            for i in range(ROUNDS):
                had = len(pusher.acknowledged)
                new = os.path.join(top, f"backup{i}")
                got = dossierd("--snapshot", new, "--index", d.index)
                assert got.returncode == 0, got.stderr
                kept.append((new, pusher.acknowledged[:had]))
            pusher.over = True
            pusher.join()
        for new, had in kept:
            got = dossierd("--check", "--index", new)
            assert got.returncode == 0, (new, got.stdout)
        for new, had in (kept[0], kept[ROUNDS // 2], kept[-1]):
            with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
                shutil.copytree(new, os.path.join(folder, "index"))  # restored by copying
                with Daemon(folder=folder) as d:
                    ids = d.ids()
                    assert len(ids) == len(set(ids)) == d.json("/v1/status")["documents"]
                    assert set(had) <= set(ids), sorted(set(had) - set(ids))[:5]
                    for i in ids[:: max(1, len(ids) // 50)]:
                        assert d.json(f"/v1/docs/{i}")["text"].endswith("marker" + i[1:]), i
                    assert d.push([story(10 ** 6)])[0]["status"] == "added"
        return f"{ROUNDS} backups while {len(pusher.acknowledged)} documents came; all sound, three restored and served"


def backups_that_cannot_be():
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as top, Daemon() as d:
        d.push([story(1)])
        os.mkdir(os.path.join(top, "there"))
        for new, words in ((os.path.join(top, "there"), "exists already"), (os.path.join(d.index, "b"), "in the index itself")):
            got = dossierd("--snapshot", new, "--index", d.index)
            assert got.returncode == 1 and words in got.stderr, (new, got)
        got = dossierd("--snapshot", os.path.join(top, "x"), "--index", os.path.join(top, "nothing"))
        assert got.returncode == 1 and "nothing" in got.stderr and not os.path.exists(os.path.join(top, "x")), got
        if os.path.isdir("/dev/shm") and os.stat("/dev/shm").st_dev != os.stat(d.index).st_dev:
            with tempfile.TemporaryDirectory(dir="/dev/shm") as other:  # no links there: copied
                assert dossierd("--snapshot", other + "/b/", "--index", d.index).returncode == 0
                assert dossierd("--check", "--index", other + "/b").returncode == 0


def flip(index, name="records"):
    """One bit in the largest file of this name in the index."""
    files = [os.path.join(top, f) for top, _, names in os.walk(index) for f in names if f == name and os.path.basename(top).startswith("seg-")]
    path = max(files, key=os.path.getsize)
    with open(path, "r+b") as f:
        f.seek(os.path.getsize(path) // 2)
        byte = f.read(1)[0]
        f.seek(-1, 1)
        f.write(bytes([byte ^ 4]))
    return path


def until(what, seconds=40):
    end = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < end, "it never came"
    return got


def sound(d, n):
    ids = d.ids()
    assert len(ids) == n, len(ids)
    for i in ids:
        assert d.json(f"/v1/docs/{i}")["text"].endswith("marker" + i[1:]), i


def write_archive(folder, n):
    os.makedirs(folder)
    with open(os.path.join(folder, "a.jsonl"), "w") as f:
        f.writelines(json.dumps(story(i)) + "\n" for i in range(n))


def the_scrub_finds_damage():
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as top:
        write_archive(os.path.join(top, "files"), 300)
        with Daemon("--source", os.path.join(top, "files"), "--scrub", "1", "--scrub-rate", "1G", folder=top) as d:
            d.idle()
            until(lambda: d.json("/v1/status")["scrub"]["last"])
            flip(d.index)
            until(lambda: "index-recovered" in d.log_text())
            until(lambda: d.json("/v1/status")["processes"]["index"] == "up")
            assert d.idle()["documents"] == 300
            sound(d, 300)
            assert "scrub-found" in d.log_text() and "index-suspect" in d.log_text()
            assert not os.path.exists(os.path.join(d.index, "suspect"))


def a_check_finds_damage():
    """Beside a daemon, and without one: mended either way."""
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as top:
        write_archive(os.path.join(top, "files"), 300)
        with Daemon("--source", os.path.join(top, "files"), "--scrub", "0", folder=top) as d:
            d.idle()
            assert dossierd("--check", "--index", d.index).returncode == 0
            flip(d.index)
            got = dossierd("--check", "--index", d.index)
            assert got.returncode == 1 and "1 problems" in got.stdout, got
            until(lambda: "index-recovered" in d.log_text())
            until(lambda: d.json("/v1/status")["processes"]["index"] == "up")
            d.idle()
            sound(d, 300)
        flip(d.index)
        assert dossierd("--check", "--index", d.index).returncode == 1
        with Daemon("--source", os.path.join(top, "files"), "--scrub", "0", folder=top) as d:
            d.idle()
            sound(d, 300)
            assert dossierd("--check", "--index", d.index).returncode == 0


def a_merge_finds_damage():
    """It is not given a new checksum, but mended; pushes go on."""
    with Daemon("--scrub", "0", "--segments", "2", "--merge-idle", "0") as d:
        acknowledged, i = d.push([story(k) for k in range(300)]), 300
        d.idle()
        flip(d.index, "postings")
        while "index-recovered" not in d.log_text():
            assert i < 5000, d.log_text()[-2000:]
            got, _, body = d.ask("POST", "/v1/docs", json.dumps(story(i)) + "\n", {"Content-Type": "application/x-ndjson"})
            if got == 200 and json.loads(body)["status"] == "added":
                acknowledged.append(json.loads(body))
                i += 1
        until(lambda: d.json("/v1/status")["processes"]["index"] == "up")
        d.idle()
        assert "merge-failed" in d.log_text()
        assert {x["id"] for x in acknowledged} <= set(d.ids()), "something is lost"
        sound(d, i)


if __name__ == "__main__":
    run([backups_while_documents_come, backups_that_cannot_be, the_scrub_finds_damage, a_check_finds_damage, a_merge_finds_damage])

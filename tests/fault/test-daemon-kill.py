#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of any process at any time during a load: nothing that was acknowledged is missing, nothing half-written shows,
the load goes on. KILLS=n in the environment for more rounds; SEED=n for another order."""
import http.client, json, os, random, signal, socket, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e", "lib"))
from daemon import Client, Daemon, run

KILLS = int(os.environ.get("KILLS", "20"))
FILES, LINES = 40, 100


def story(kind, i):
    return {"id": f"{kind}{i}", "title": f"{kind} story {i}", "text": f"Angela Merkel spoke in Berlin about matter {i}. " + f"It was said that point {i} stands. " * 12 + f"marker{kind}{i}"}


class Pusher(threading.Thread):
    """Pushes small batches for as long as the daemon lets it; remembers what was acknowledged."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.acknowledged, self.sent, self.over, self.failures, self.wrong = path, set(), 0, False, 0, []

    def run(self):
        batch = []
        while not self.over:
            if not batch:
                batch = [story("push", self.sent + k) for k in range(5)]
                self.sent += 5
            try:
                c = Client(self.path, timeout=20)
                status, _, body = c.ask("POST", "/v1/docs", "".join(json.dumps(d) + "\n" for d in batch), {"Content-Type": "application/x-ndjson"})
                c.close()
            except (OSError, http.client.HTTPException):
                self.failures += 1
                continue
            if status != 200:
                self.failures += 1
                continue
            lines = [json.loads(x) for x in body.splitlines()]
            good = {x["id"] for x in lines if x.get("status") in ("added", "replaced", "unchanged")}
            self.wrong += [x for x in lines if x.get("status") == "rejected"]
            self.acknowledged |= good
            batch = [d for d in batch if d["id"] not in good]


def kills_during_a_load():
    seed = int(os.environ.get("SEED", "7"))
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
        files = os.path.join(folder, "files")
        os.makedirs(files)
        for f in range(FILES):
            with open(os.path.join(files, f"{f}.jsonl"), "w") as out:
                for i in range(LINES):
                    out.write(json.dumps(story("file", f * LINES + i)) + "\n")
        d = Daemon("--source", files, "--commit-time", "100", "--seal-documents", "300", folder=folder).start()
        pusher = Pusher(d.socket)
        try:
            return kill_and_count(d, pusher, files, chance, seed)
        finally:
            pusher.over = True
            if d.process.poll() is None:
                d.kill()


def kill_and_count(d, pusher, files, chance, seed):
    pusher.start()
    killed, slowest = {}, 0.0
    for n in range(KILLS):
        target = ("front", "index", "read", "search")[n % 4]
        time.sleep(chance.uniform(0.005, 0.4))  # any moment: this is the fault, not a wait
        if n % 5 == 4:  # something to do again
            os.utime(os.path.join(files, f"{n % FILES}.jsonl"))
            os.truncate(os.path.join(files, f"{n % FILES}.jsonl"), os.path.getsize(os.path.join(files, f"{n % FILES}.jsonl")))
        if target == "front":
            children = d.children()
            d.kill()
            start = time.monotonic()
            d.start()
            slowest = max(slowest, time.monotonic() - start)
        else:
            found = [p for p, role in d.children().items() if role == target]
            if not found:
                continue
            try:
                os.kill(chance.choice(found), signal.SIGKILL)
            except ProcessLookupError:  # it has gone by itself
                continue
        killed[target] = killed.get(target, 0) + 1
    pusher.over = True
    pusher.join()
    last = d.idle()
    while last["state"] != "idle" or not last["documents"]:
        last = d.idle()
    ids = d.ids()
    want = {f"file{i}" for i in range(FILES * LINES)}
    assert len(ids) == len(set(ids)), "a document is there twice"
    assert want <= set(ids), f"missing of the files: {sorted(want - set(ids))[:10]} of {len(want - set(ids))}"
    assert pusher.acknowledged <= set(ids), f"acknowledged and lost: {sorted(pusher.acknowledged - set(ids))[:10]}"
    assert set(ids) <= want | {f"push{i}" for i in range(pusher.sent)}, "something that nobody sent"
    assert not pusher.wrong, pusher.wrong[:3]
    for i in chance.sample(sorted(ids), 200):
        doc = d.json(f"/v1/docs/{i}")
        assert doc["text"].endswith(f"marker{i}"), (i, doc["text"][-60:])
    status = d.json("/v1/status")
    assert status["failed"]["count"] == 0, status["failed"]
    assert status["documents"] == len(ids)
    assert d.push([story("after", 1)])[0]["status"] == "added", "the load goes on"
    d.stop()
    return f"killed {killed}, {len(pusher.acknowledged)} acknowledged, {pusher.failures} requests failed meanwhile, slowest restart {slowest:.2f} s, seed {seed}"


def a_push_beside_a_load():
    """What is pushed while files are read is durable by itself: the load is not committed for its sake, and both are there in the end."""
    many = 8000
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
        files = os.path.join(folder, "files.jsonl")
        with open(files, "w") as out:
            for i in range(many):
                out.write(json.dumps(story("file", i)) + "\n")
        d = Daemon("--source", files, "--commit-time", "600000", "--seal-documents", "500", folder=folder).start()
        try:
            progress = lambda: d.json("/v1/status")
            while (now := progress())["queue"]["documents_read"] < 500 and now["state"] != "idle":
                pass
            for n in range(3):
                assert d.push([story("push", n)])[0]["status"] == "added"
            after = progress()
            beside = after["state"] == "reading" and after["documents"] < many
            assert {"push0", "push1", "push2"} <= set(d.ids()) if not beside else d.json("/v1/docs/push2")["id"] == "push2"
            for pid in [p for p, role in d.children().items() if role == "index"]:
                os.kill(pid, signal.SIGKILL)
            last = d.idle()
            while last["state"] != "idle" or last["documents"] < many + 3:
                last = d.idle()
            ids = d.ids()
            assert len(ids) == len(set(ids)) == many + 3, len(ids)
            d.stop()
            return f"{after['documents']} documents visible when they were acknowledged, of {after['queue']['documents_read']} read" if beside else "the load was faster"
        finally:
            if d.process.poll() is None:
                d.kill()


if __name__ == "__main__":
    run([kills_during_a_load, a_push_beside_a_load])

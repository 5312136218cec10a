#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that are neither a kill nor a full disk: damage under a running daemon, too little address space, files that churn while they
are read, signals at any moment, a watchdog, folders that cannot be written, commits under searches. CHURN=seconds for longer ones."""
import http.client, json, os, random, shutil, signal, socket, subprocess, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e", "lib"))
from daemon import DATA, DOSSIERD, Client, Daemon, alive, run

SECONDS = float(os.environ.get("CHURN", "3"))
SEED = int(os.environ.get("SEED", "7"))


def story(i, more=""):
    return {"id": f"d{i}", "title": f"Story {i}", "text": f"Angela Merkel spoke in Berlin about matter {i}{more}. " * 8 + f"marker{i}"}


def until(what, seconds=40):
    end = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < end, "it never came"
    return got


def damage_while_running():
    """F15: bits flip under the mapped files. An answer is right or an error, never silently wrong; the front lives."""
    chance = random.Random(SEED)
    with Daemon("--seal-documents", "100", "--scrub", "0", "--deadline", "1000", "--cache", "0") as d:
        for k in range(3):
            d.push([story(i) for i in range(k * 100, k * 100 + 100)])
        wrong, refused, right = [], 0, 0
        files = [os.path.join(top, f) for top, _, names in os.walk(d.index) for f in names if os.path.basename(top).startswith("seg-") and os.path.getsize(os.path.join(top, f))]
        for n in range(2 * len(files)):
            path = files[n // 2]
            at = chance.randrange(os.path.getsize(path))
            with open(path, "r+b") as f:
                f.seek(at)
                was = f.read(1)
                f.seek(at)
                f.write(bytes([was[0] ^ 1 << chance.randrange(8)]))
            for i in chance.sample(range(300), 15):
                status, _, body = d.ask("GET", f"/v1/docs/d{i}")
                if status != 200:
                    refused += 1
                elif json.loads(body)["text"].endswith(f"marker{i}"):
                    right += 1
                else:
                    wrong.append((i, path))
            d.ask("GET", "/v1/search?q=berlin&facets=leader,date")
            with open(path, "r+b") as f:
                f.seek(at)
                f.write(was)
        assert not wrong, wrong[:3]
        assert right > refused, (right, refused)
        assert d.process.poll() is None and d.json("/v1/status")["revision"]
        return f"{2 * len(files)} bits flipped: {right} right, {refused} refused, 0 wrong"


def damage_before_it_is_opened():
    """F14: a segment that is damaged before a searcher meets it: an error, never an answer without it; then it is mended by itself."""
    with Daemon("--scrub", "0", "--search-workers", "1") as d:
        d.push([story(i) for i in range(100)])
        path = next(os.path.join(top, "streams") for top, _, names in os.walk(d.index) if "streams" in names)
        with open(path, "r+b") as f:
            f.write(b"\xa5" * 16)
        status, _, body = d.ask("GET", "/v1/docs/d7")
        assert status == 500 and json.loads(body)["code"] == "corrupt", (status, body)
        until(lambda: "index-recovered" in d.log_text())
        until(lambda: d.ask("GET", "/v1/docs/d7")[0] == 200)
        assert len(d.ids()) == 100
        for i in range(0, 100, 7):
            assert d.json(f"/v1/docs/d{i}")["text"].endswith(f"marker{i}")


def too_little_address_space():
    """F9: whoever cannot get memory dies or says so; what was acknowledged is there afterwards."""
    if Daemon.sanitized():
        return "a sanitizer needs terabytes of it: not tested"
    said = []
    for mib in (64, 128, 256, 512):
        with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
            acknowledged = []
            d = Daemon(folder=folder, wait=False, wrap=("prlimit", f"--as={mib << 20}"))
            d.start()
            try:
                end = time.monotonic() + 10
                while d.process.poll() is None and time.monotonic() < end and not (os.path.exists(d.socket) and len(acknowledged) >= 60):
                    try:
                        status, _, body = d.ask("POST", "/v1/docs", "".join(json.dumps(story(len(acknowledged) + k)) + "\n" for k in range(20)), {"Content-Type": "application/x-ndjson"}, timeout=5)
                    except (OSError, http.client.HTTPException):
                        continue
                    if status == 200:
                        acknowledged += [x["id"] for x in map(json.loads, body.splitlines()) if x["status"] in ("added", "unchanged")]
            finally:
                if d.process.poll() is None:
                    d.kill()
            with Daemon(folder=folder) as d:
                assert set(acknowledged) <= set(d.ids())
            said.append(f"{mib} MiB: {len(acknowledged)}")
    return "acknowledged and kept: " + ", ".join(said)


def files_that_churn():
    """F19: renamed, truncated, deleted, replaced by links, pipes and folders while they are read and watched: in the end as a clean start sees it."""
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as top:
        news = os.path.join(top, "news")
        for i in range(60):
            os.makedirs(os.path.join(news, str(i % 6)), exist_ok=True)
            open(os.path.join(news, str(i % 6), f"{i}.txt"), "w").write(story(i)["text"])
        open(os.path.join(top, "secret.txt"), "w").write("A secret outside of the folder. " * 10)

        def churn(n):
            paths = [os.path.join(t, f) for t, _, names in os.walk(news) for f in names] or [os.path.join(news, "none.txt")]
            folders = [t for t, _, _ in os.walk(news)]
            at, to = chance.choice(paths), os.path.join(chance.choice(folders), f"x{n}.txt")
            kind = chance.randrange(9)
            try:
                if kind == 0: os.rename(at, to)
                elif kind == 1: os.truncate(at, chance.randrange(200))
                elif kind == 2: os.unlink(at)
                elif kind == 3: open(to, "w").write(story(n, " anew")["text"])
                elif kind == 4: os.unlink(at), os.symlink(os.path.join(top, "secret.txt"), at)
                elif kind == 5: os.unlink(at), os.mkfifo(at)
                elif kind == 6: os.rename(chance.choice(folders[1:] or folders), os.path.join(news, f"folder{n}"))
                elif kind == 7 and n % 3 == 0: open(at, "wb").write(bytes(chance.randrange(1, 200))) if os.path.isfile(at) and not os.path.islink(at) else None
                elif kind == 7: os.utime(at, (chance.randrange(-2**31, 2**33),) * 2)
                else: open(at, "a").write(" And more.") if os.path.isfile(at) and not os.path.islink(at) else None
            except OSError:
                pass
        with Daemon("--source", news, "--commit-time", "50", folder=os.path.join(top)) as d:
            end, n = time.monotonic() + SECONDS, 0
            while time.monotonic() < end:
                churn(n)
                n += 1
                if n % 20 == 0:
                    assert d.json("/v1/search?q=secret")["total"] == 0
            for _ in range(2):
                d.json("/v1/sources", "POST", json.dumps({"path": news}))
                d.idle()
            got = {i: d.json("/v1/docs/" + i)["text"] for i in d.ids()}
            assert d.json("/v1/search?q=secret")["total"] == 0, "a link out of the folder was followed"
        with Daemon("--source", news, "--watch", "no") as d:
            d.idle()
            want = {i: d.json("/v1/docs/" + i)["text"] for i in d.ids()}
        assert got == want, (sorted(set(got) - set(want))[:5], sorted(set(want) - set(got))[:5], [i for i in got if i in want and got[i] != want[i]][:5])
        return f"{n} changes, then {len(got)} documents as in a clean start"


def more_changes_than_are_remembered():
    """The indexer is stopped while more files come and go than the kernel remembers: it says so, looks through all, and has what is there."""
    most = int(open("/proc/sys/fs/inotify/max_queued_events").read())
    if most > 100000:
        return f"the kernel remembers {most} changes here: not tested"
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as top:
        news = os.path.join(top, "news")
        os.makedirs(news)
        open(os.path.join(news, "first.txt"), "w").write(story(0)["text"])
        with Daemon("--source", news, "--commit-time", "50", "--index-time", "600000", folder=top) as d:
            until(lambda: d.ids() == ["news/first.txt"])
            indexer = next(p for p, role in d.children().items() if role == "index")
            os.kill(indexer, signal.SIGSTOP)
            try:
                for n in range(most // 2 + 100):  # each is at least two changes
                    path = os.path.join(news, f"gone{n}.txt")
                    open(path, "w").close()
                    os.unlink(path)
                for n in range(20):
                    open(os.path.join(news, f"late{n}.txt"), "w").write(story(n)["text"])
                os.unlink(os.path.join(news, "first.txt"))
            finally:
                os.kill(indexer, signal.SIGCONT)
            until(lambda: "watch-overflow" in d.log_text(), 120)
            want = sorted(f"news/late{n}.txt" for n in range(20))
            until(lambda: sorted(d.ids()) == want, 120)


def signals_at_random():
    """F25: SIGHUP and SIGPIPE change nothing that was acknowledged; SIGTERM at any moment stops in time and leaves nothing behind."""
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
        acknowledged, slowest, n = set(), 0.0, 0
        for _ in range(8):
            d = Daemon("--commit-time", "50", folder=folder).start()
            over = threading.Event()

            def push():
                nonlocal n
                while not over.is_set():
                    batch, n = [story(n + k) for k in range(5)], n + 5
                    try:
                        status, _, body = d.ask("POST", "/v1/docs", "".join(json.dumps(x) + "\n" for x in batch), {"Content-Type": "application/x-ndjson"}, timeout=20)
                    except (OSError, http.client.HTTPException):
                        continue
                    if status == 200:
                        acknowledged.update(x["id"] for x in map(json.loads, body.splitlines()) if x.get("status") in ("added", "replaced", "unchanged"))
            pusher = threading.Thread(target=push)
            pusher.start()
            for _ in range(chance.randrange(1, 5)):
                time.sleep(chance.uniform(0, 0.05))  # any moment: this is the fault, not a wait
                d.process.send_signal(chance.choice([signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD]))
            children, start = list(d.children()), time.monotonic()
            d.process.send_signal(chance.choice([signal.SIGTERM, signal.SIGINT]))
            assert d.process.wait(timeout=20) == 0, d.log_text()
            slowest = max(slowest, time.monotonic() - start)
            over.set()
            pusher.join()
            assert not os.path.exists(d.socket) and not [p for p in children if alive(p)]
            d.notify.close(), d.log.close()
        with Daemon(folder=folder) as d:
            lost = acknowledged - set(d.ids())
            assert not lost, sorted(lost)[:5]
        assert slowest < 10, slowest
        return f"8 stops, the slowest {slowest:.2f} s, {len(acknowledged)} acknowledged, none lost"


def the_watchdog_is_fed():
    """F26: WATCHDOG=1 comes in time, from the front alone; STOPPING=1 at the end."""
    with Daemon(env={"WATCHDOG_USEC": "600000"}) as d:
        at = []
        for _ in range(4):
            d.wait_for("WATCHDOG=1")
            at.append(time.monotonic())
        worst = max(b - a for a, b in zip(at, at[1:]))
        assert worst < 0.6, at
        d.process.send_signal(signal.SIGTERM)
        d.wait_for("STOPPING=1")
        d.process.wait(timeout=20)
    return f"every {worst * 1000:.0f} ms for 600"


def places_that_cannot_be_written():
    """F27: it says which path, and why; a strange umask and no TMPDIR are nothing to it."""
    for wrap, env in ((("sh", "-c", 'umask 0777; exec "$@"', "sh"), {}), ((), {"TMPDIR": "/nowhere"})):
        with Daemon(wrap=wrap, env=env) as d:
            assert d.push([story(1)])[0]["status"] == "added" and d.ids() == ["d1"]
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode:
        return "no user namespaces here: read-only folders not tested"
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
        with Daemon(folder=folder) as d:
            d.push([story(1)])
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        with Daemon(folder=folder, wrap=("unshare", "-Urm", "sh", "-c", script, os.path.join(folder, "index"))) as d:
            assert d.ids() == ["d1"], "searching needs no writing"
            status, _, body = d.ask("POST", "/v1/docs", json.dumps(story(2)))
            said = json.loads(body.splitlines()[0])
            assert status in (500, 503, 507) and "Read-only file system" in body.decode() and d.index in body.decode(), (status, said)
            assert d.ids() == ["d1"]
        with Daemon(folder=folder) as d:
            assert d.ids() == ["d1"]


def searches_during_commits():
    """F17, F18: many commits and merges a second under searching clients: no error, no half batch, no descriptor that stays."""
    with Daemon("--commit-time", "20", "--seal-documents", "40", "--segments", "2") as d:
        d.push([story(i) for i in range(100)])
        d.json("/v1/search?q=berlin")
        over, errors, asked = threading.Event(), [], [0]

        def ask():
            c = Client(d.socket)
            while not over.is_set():
                status, _, body = c.ask("GET", "/v1/search?q=berlin&limit=1000&snippet=0&facets=leader")
                a = json.loads(body)
                asked[0] += 1
                if status != 200 or a["total"] % 10 or a["total"] != len(a["hits"]) or a["facets"]["leader"]["values"][0]["count"] != a["total"]:
                    errors.append((status, a.get("total"), body[:200]))
            c.close()
        clients = [threading.Thread(target=ask) for _ in range(3)]
        for t in clients:
            t.start()
        end, n = time.monotonic() + SECONDS, 100
        first = d.json("/v1/status")["revision"]
        while time.monotonic() < end and n < 900:
            d.push([story(n + k) for k in range(10)])
            n += 10
        over.set()
        for t in clients:
            t.join()
        assert not errors, errors[:3]
        commits = d.json("/v1/status")["revision"] - first
        worker = [p for p, role in d.children().items() if role == "search"]
        fds = max(len(os.listdir(f"/proc/{p}/fd")) for p in worker)
        assert fds < 60, fds
        return f"{commits} commits, {asked[0]} searches meanwhile, none wrong; {fds} descriptors at most"


if __name__ == "__main__":
    run([damage_while_running, damage_before_it_is_opened, too_little_address_space, files_that_churn, more_changes_than_are_remembered, signals_at_random, the_watchdog_is_fed, places_that_cannot_be_written,
         searches_during_commits])

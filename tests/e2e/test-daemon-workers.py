#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers that hang or crash, and who may do what: one request pays, the others go on."""
import json, os, signal, socket, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Client, Daemon, run

DOC = {"id": "a", "text": "Angela Merkel spoke in Berlin about the budget."}


def pids(d, role):
    return [p for p, r in d.children().items() if r == role]


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came true"


def a_search_that_hangs():
    with Daemon("--deadline", "500") as d:
        d.push([DOC])
        for p in pids(d, "search"):
            os.kill(p, signal.SIGSTOP)
        start = time.monotonic()
        status, _, body = d.ask("GET", "/v1/search?q=berlin")
        took = time.monotonic() - start
        assert status == 504 and json.loads(body)["code"] == "timeout", (status, body)
        assert 0.4 < took < 1.0, took
        for p in pids(d, "search"):
            os.kill(p, signal.SIGCONT)
        start = time.monotonic()
        assert d.json("/v1/search?q=berlin")["total"] == 1
        return f"ended after {took * 1000:.0f} ms for 500; the next answer {(time.monotonic() - start) * 1000:.0f} ms later"


def a_search_that_crashes():
    with Daemon("--search-workers", "2") as d:
        d.push([DOC])
        for n in range(20):
            until(lambda: len(pids(d, "search")) == 2)
            victim = pids(d, "search")[n % 2]
            os.kill(victim, signal.SIGSTOP)
            answers = []
            asking = [threading.Thread(target=lambda: answers.append(d.ask("GET", "/v1/search?q=berlin")[0])) for _ in range(4)]
            for t in asking:
                t.start()
            os.kill(victim, signal.SIGSEGV)
            os.kill(victim, signal.SIGCONT)
            for t in asking:
                t.join()
            assert sorted(set(answers)) in ([200], [200, 500]) and answers.count(500) <= 1, answers
            until(lambda: len(pids(d, "search")) == 2)
        assert d.json("/v1/search?q=berlin")["total"] == 1
        return "20 crashes, at most one answer each"


def a_reader_that_hangs():
    with Daemon("--document-time", "400", "--readers", "1") as d:
        d.push([DOC])
        for p in pids(d, "read"):
            os.kill(p, signal.SIGSTOP)
        start = time.monotonic()
        lines = d.push([{"id": "b", "text": "x y z"}, {"id": "c", "text": "Angela Merkel spoke in Bonn."}])
        assert (lines[0]["status"], lines[0]["code"]) == ("rejected", "timeout"), lines
        assert (lines[1]["id"], lines[1]["status"]) == ("c", "added"), lines
        return f"one document lost after {(time.monotonic() - start) * 1000:.0f} ms, the next is in"


def a_document_that_wants_too_much_memory():
    if Daemon.sanitized():
        return "a sanitizer's own memory is beyond any limit: not tested"
    with Daemon("--reader-memory", "64M", "--document-size", "200M", "--text-size", "200M") as d:
        status, _, data = d.ask("POST", "/v1/docs", json.dumps({"id": "big", "text": "Angela Merkel spoke. " * 3000000}) + "\n" + json.dumps(DOC) + "\n",
                                {"Content-Type": "application/x-ndjson"})
        lines = [json.loads(x) for x in data.splitlines()]
        assert status == 200 and lines[0]["status"] == "rejected" and lines[1]["status"] == "added", (status, lines)
        return lines[0]["reason"]


def an_indexer_that_hangs():
    with Daemon("--index-time", "400") as d:
        d.push([DOC])
        old = pids(d, "index")
        os.kill(old[0], signal.SIGSTOP)
        start = time.monotonic()
        status, head, body = d.ask("POST", "/v1/docs", json.dumps({**DOC, "id": "b"}))
        took = time.monotonic() - start
        assert status == 503 and head["retry-after"] and json.loads(body)["code"] == "busy", (status, body)
        assert took < 2, took
        assert d.json("/v1/search?q=berlin")["total"] == 1, "searching does not care"
        until(lambda: pids(d, "index") not in ([], old) and d.ask("POST", "/v1/docs", json.dumps({**DOC, "id": "c"}))[0] == 200)
        assert sorted(d.ids())[-1] == "c"
        return f"told after {took * 1000:.0f} ms for 400"


def segments_of_an_idle_index():
    """Each push is a segment; when nothing comes for a while they become one. 0: never."""
    for idle, limit in ("50", 1), ("0", 5):
        with Daemon("--merge-idle", idle) as d:
            for i in range(5):
                d.push([dict(DOC, id=f"d{i}")])
            until(lambda: d.json("/v1/status")["segments"] == limit)
            assert d.json("/v1/search?q=berlin")["total"] == 5


def too_many_wait():
    with Daemon("--queue-requests", "4", "--search-workers", "2", "--deadline", "1500") as d:
        d.push([DOC])
        for p in pids(d, "search"):
            os.kill(p, signal.SIGSTOP)
        answers, lock = [], threading.Lock()

        def ask():
            start = time.monotonic()
            status, head, _ = d.ask("GET", "/v1/search?q=berlin")
            with lock:
                answers.append((status, time.monotonic() - start, head.get("retry-after")))
        asking = [threading.Thread(target=ask) for _ in range(16)]
        for t in asking:
            t.start()
        for t in asking:
            t.join()
        busy = [a for a in answers if a[0] == 503]
        # two are at work, four could wait, but one user alone may fill half of that
        assert len(busy) == 12 and all(a[2] for a in busy) and max(a[1] for a in busy) < 1.0, answers
        assert d.json("/v1/search?q=berlin")["total"] == 1
        return f"12 of 16 were told to come again, the slowest after {max(a[1] for a in busy) * 1000:.0f} ms"


def as_user(uid, work):
    """Runs work() in a child with another uid; returns what it printed as JSON."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            out = work()
        except Exception as e:  # noqa
            out = repr(e)
        os.write(w, json.dumps(out).encode())
        os._exit(0)
    os.close(w)
    data = os.read(r, 65536)
    os.close(r)
    os.waitpid(pid, 0)
    return json.loads(data)


def who_may_write():
    if os.getuid() != 0:
        return "only root can be somebody else: not tested"
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        requests = [("GET", "/v1/search?q=berlin", None), ("GET", "/v1/status", None), ("GET", "/v1/sources", None), ("POST", "/v1/analyze", json.dumps(DOC)),
                    ("POST", "/v1/docs", json.dumps(DOC)), ("POST", "/v1/sources", '{"path":"/etc"}'), ("DELETE", "/v1/sources/x", None),
                    ("DELETE", "/v1/docs/a", None), ("POST", "/v1/flush", None)]
        with Daemon("--socket-mode", "666", "--writer", "4242", folder=folder) as d:
            d.push([DOC])
            ask = lambda: [d.ask(*r)[0] for r in requests]  # noqa
            assert as_user(4243, ask) == [200, 200, 200, 200] + [403] * 5
            assert as_user(4242, ask)[:5] == [200] * 5
            assert 'write-refused process=front uid="4243"' in d.log_text()
        with Daemon(folder=folder) as d:
            assert "PermissionError" in as_user(4243, lambda: d.ask("GET", "/v1/status")[0])


if __name__ == "__main__":
    run([a_search_that_hangs, a_search_that_crashes, a_reader_that_hangs, a_document_that_wants_too_much_memory, an_indexer_that_hangs, segments_of_an_idle_index, too_many_wait, who_may_write])

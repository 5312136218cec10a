#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that a search worker sends itself: whole and in order, whoever is killed, however slowly they are read."""
import json, os, re, signal, socket, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, run

WORDS = [f"word{i}" for i in range(40)]
DOCS = [{"id": f"d{i}", "title": f"Report {i}", "text": " ".join(WORDS[k] for k in range(40) if (i >> (k % 8)) & 1 or k == i % 40) + f" number {i}."} for i in range(400)]


class Connection:
    """Bare: what comes is taken apart byte by byte, and nothing is forgiven."""
    def __init__(self, d):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(120)
        self.s.connect(d.socket)
        self.got, self.n = b"", 0

    def send(self, targets):
        self.s.sendall(b"".join(f"GET {t} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for t in targets))

    def more(self):
        try:
            piece = self.s.recv(1 << 16)
        except ConnectionResetError:
            piece = b""
        self.got += piece
        self.n += len(piece)
        return bool(piece)

    def answer(self):
        """Status and body of the next answer, or None: the connection ended before it was whole."""
        while (end := self.got.find(b"\r\n\r\n")) < 0:
            if not self.more():
                return None
        head = self.got[:end].decode()
        status = re.match(r"HTTP/1\.1 (\d\d\d) ", head)
        assert status, f"no answer begins so: {self.got[:200]}"
        assert head.count("HTTP/1.1") == 1, f"two answers in one: {head}"
        n = int(re.search(r"(?i)content-length: (\d+)", head)[1])
        while len(self.got) < end + 4 + n:
            if not self.more():
                return None
        body, self.got = self.got[end + 4:end + 4 + n], self.got[end + 4 + n:]
        return int(status[1]), json.loads(body)


def target(words, more):
    return "/v1/search?q=" + words.replace(" ", "+") + "&match=any&limit=" + more


def pipelined_and_read_late():
    with Daemon("--search-workers", "2") as d:
        d.push(DOCS)
        asks = [f"{WORDS[i % 40]} {WORDS[(i * 7) % 40]} x{i}" for i in range(300)]
        slow = Connection(d)
        sender = threading.Thread(target=lambda: slow.send([target(w, "100") for w in asks]))  # more than any socket holds
        sender.start()
        for i in range(100):  # meanwhile others are answered
            assert d.json(target(f"{WORDS[i % 40]} y{i}", "5"))["total"] > 0
        total = 0
        for w in asks:
            status, body = slow.answer()
            assert status == 200 and body["query"]["text"] == w, (status, w, str(body)[:300])
            total += len(json.dumps(body))
        sender.join()
        assert total > 2 << 20, total
        return f"300 answers, {total >> 20} MB, in order; others were answered meanwhile"


def long_ones_go_through_the_front():
    with Daemon("--search-workers", "1") as d:
        d.push(DOCS)
        c = Connection(d)
        for limit in (1, 50, 400, 1000, 1):  # on either side of what is sent directly
            c.send([target("report number", str(limit)), "/v1/status"])
            status, body = c.answer()
            assert status == 200 and len(body["hits"]) == min(limit, 400), (status, len(body.get("hits", ())))
            assert c.answer()[1]["documents"] == 400
        return "400 hits and 1, one behind the other"


def who_has_read_it_goes():
    """A connection for each question, closed as soon as the answer is whole: nobody went away before his answer."""
    with Daemon("--search-workers", "2") as d:
        d.push(DOCS)
        got = 0
        for i in range(300):
            c = Connection(d)
            c.send([target(f"{WORDS[i % 40]} v{i}", "5")])
            assert c.answer()[0] == 200
            got += c.n
            c.s.close()
        numbers = lambda: dict(line.rsplit(" ", 1) for line in d.ask("GET", "/metrics")[2].decode().splitlines() if line[0] != "#")
        end = time.monotonic() + 60
        while int(numbers()["dossier_sent_bytes_total"]) < got and time.monotonic() < end:  # the last may be on its way to the front
            pass
        m = numbers()
        assert m["dossier_requests_gone_total"] == "0", m["dossier_requests_gone_total"]
        assert int(m["dossier_sent_bytes_total"]) >= got, (m["dossier_sent_bytes_total"], got)
        assert m['dossier_answers_total{route="GET /v1/search",status="2xx"}'] == "300", m
        return f"300 answers, {got} bytes"


def workers_are_killed():
    """Each answer that comes is whole and the right one; after an end the client asks again. Half an answer is never followed by anything."""
    with Daemon("--search-workers", "2") as d:
        d.push(DOCS)
        over, seen, counts, failed = threading.Event(), threading.Semaphore(0), {"whole": 0, "refused": 0, "ended": 0, "half": 0}, []

        def count(what):
            counts[what] += 1
            seen.release()

        def client(k):
            at = 0
            try:
                while at < 400 or not over.is_set():
                    c = Connection(d)
                    asks = [f"{WORDS[(at + i) % 40]} {WORDS[(at + k) % 40]} z{k} z{at + i}" for i in range(10)]
                    try:
                        c.send([target(w, "60") for w in asks])
                    except (BrokenPipeError, ConnectionResetError):
                        pass
                    for w in asks:
                        answer = c.answer()
                        if not answer:
                            count("half" if c.got else "ended")
                            break
                        status, body = answer
                        assert status == 200 and body["query"]["text"] == w or status in (500, 503), (status, w, str(body)[:300])
                        count("whole" if status == 200 else "refused")
                        at += 1
                    c.s.close()
            except Exception as e:
                failed.append(repr(e))

        clients = [threading.Thread(target=client, args=(k,)) for k in range(4)]
        for t in clients:
            t.start()
        kills, end = 0, time.monotonic() + 60
        while kills < 60 and time.monotonic() < end and not failed:
            for p in [p for p, role in d.children().items() if role == "search"]:
                try:
                    os.kill(p, signal.SIGKILL)
                except ProcessLookupError:  # it was on its way already
                    continue
                kills += 1
                for _ in range(5):
                    seen.acquire(timeout=5)
        over.set()
        for t in clients:
            t.join()
        assert not failed, failed[:3]
        assert d.json(target("report", "1"))["total"] == 400
        assert counts["whole"] > 400
        return f"{kills} kills: {counts}"


if __name__ == "__main__":
    run([pipelined_and_read_late, long_ones_go_through_the_front, who_has_read_it_goes, workers_are_killed])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad protocol: raw bytes in, a status (or a close) out, and nobody else is kept waiting. One row a case."""
import array, json, os, socket, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Client, Daemon, run

OK = b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
DOC = json.dumps({"id": "a", "text": "Angela Merkel spoke in Berlin."}).encode()


def get(target=b"/v1/status", version=b"HTTP/1.1", headers=b"Host: x\r\n"):
    return b"GET " + target + b" " + version + b"\r\n" + headers + b"\r\n"


def post(body, headers=None, target=b"/v1/docs"):
    h = b"Content-Length: %d\r\n" % len(body) if headers is None else headers
    return b"POST " + target + b" HTTP/1.1\r\nHost: x\r\n" + h + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked\r\n"
# (name, bytes, status expected; 0: closed without an answer; a set: any of these)
CASES = [
    ("garbage", b"\x00\x01\x02garbage\r\n\r\n", 400),
    ("tls hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ("ssh banner", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400),
    ("only line ends", b"\r\n\r\n\r\n" + OK, 200),
    ("bare line feeds", b"GET /v1/status HTTP/1.1\nHost: x\n\n\r\n\r\n", 400),
    ("no version", b"GET /v1/status\r\n\r\n", 400),
    ("version 0.9", get(version=b"HTTP/0.9"), 505),
    ("version 2", get(version=b"HTTP/2.0"), 505),
    ("version 3.7", get(version=b"HTTP/3.7"), 505),
    ("version word", get(version=b"HTTP/one"), 400),
    ("version 1.10", get(version=b"HTTP/1.10"), 400),
    ("version 1.0", get(version=b"HTTP/1.0", headers=b""), 200),
    ("lower-case version", get(version=b"http/1.1"), 400),
    ("lower-case method", b"get /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ("method of 17", b"A" * 17 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("method with a blank before", b" GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("two blanks", b"GET  /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("tab for a blank", b"GET\t/v1/status\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("no slash", get(b"v1/status"), 400),
    ("star", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("connect", b"CONNECT a:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("whole address", get(b"http://localhost/v1/status"), 200),
    ("whole address, no path", get(b"http://localhost"), 404),
    ("fragment", get(b"/v1/status#x"), 200),
    ("escape", get(b"/v1/%73tatus"), 200),
    ("broken escape", get(b"/v1/%7"), 400),
    ("broken escape 2", get(b"/v1/%zz"), 400),
    ("NUL escape", get(b"/v1/status%00"), 400),
    ("NUL in the target", get(b"/v1/sta\x00tus"), 400),
    ("dots", get(b"/v1/../v1/status"), 404),
    ("long target", get(b"/" + b"a" * 20000), 431),
    ("raw UTF-8 target", get("/v1/search?q=Erdoğan".encode()), 200),
    ("bad UTF-8 in q", get(b"/v1/search?q=%ff%fe"), {200, 400}),
    ("no Host", get(headers=b""), 400),
    ("two Hosts", get(headers=b"Host: a\r\nHost: b\r\n"), 400),
    ("empty Host", get(headers=b"Host:\r\n"), {200, 400}),
    ("folded header", get(headers=b"Host: x\r\nX-A: b\r\n c\r\n"), 400),
    ("blank before colon", get(headers=b"Host : x\r\n"), 400),
    ("no colon", get(headers=b"Host: x\r\nnonsense\r\n"), 400),
    ("empty name", get(headers=b"Host: x\r\n: y\r\n"), 400),
    ("NUL in a value", get(headers=b"Host: x\r\nX-A: b\x00c\r\n"), 400),
    ("CR in a value", get(headers=b"Host: x\r\nX-A: b\rc\r\n"), 400),
    ("DEL in a value", get(headers=b"Host: x\r\nX-A: \x7f\r\n"), 400),
    ("UTF-8 in a value", get(headers="Host: x\r\nX-A: é\r\n".encode()), 200),
    ("100 headers", get(headers=b"Host: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(99))), 200),
    ("101 headers", get(headers=b"Host: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(100))), 431),
    ("head at the limit", b"GET /v1/status HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * (16384 - 43) + b"\r\n\r\n", 200),
    ("head over the limit", b"GET /v1/status HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * (16384 - 42) + b"\r\n\r\n", 431),
    ("endless line", b"A" * 100000, 431),
    ("length not a number", post(DOC, b"Content-Length: many\r\n"), 400),
    ("negative length", post(DOC, b"Content-Length: -1\r\n"), 400),
    ("length with a sign", post(DOC, b"Content-Length: +5\r\n"), 400),
    ("empty length", post(DOC, b"Content-Length:\r\n"), 400),
    ("length with junk", post(DOC, b"Content-Length: 5x\r\n"), 400),
    ("length in hex", post(DOC, b"Content-Length: 0x10\r\n"), 400),
    ("length list", post(DOC, b"Content-Length: 5, 5\r\n"), 400),
    ("length of 2^64", post(DOC, b"Content-Length: 18446744073709551616\r\n"), 400),
    ("two lengths", post(DOC, b"Content-Length: 5\r\nContent-Length: 5\r\n"), 400),
    ("length and chunks", post(b"0\r\n\r\n", b"Content-Length: 5\r\n" + CHUNKED), 400),
    ("chunks and length", post(b"0\r\n\r\n", CHUNKED + b"Content-Length: 5\r\n"), 400),
    ("two encodings", post(b"0\r\n\r\n", CHUNKED + CHUNKED), 501),
    ("gzip, chunked", post(b"0\r\n\r\n", b"Transfer-Encoding: gzip, chunked\r\n"), 501),
    ("identity", post(b"0\r\n\r\n", b"Transfer-Encoding: identity\r\n"), 501),
    ("chunks in 1.0", b"POST /v1/docs HTTP/1.0\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    ("chunks", post(b"%x\r\n" % len(DOC) + DOC + b"\r\n0\r\n\r\n", CHUNKED), 200),
    ("chunk of one byte each", post(b"".join(b"1\r\n%c\r\n" % c for c in DOC) + b"0\r\n\r\n", CHUNKED), 200),
    ("chunk with extension", post(b"%x;a=b\r\n" % len(DOC) + DOC + b"\r\n0\r\n\r\n", CHUNKED), 200),
    ("chunks with trailer", post(b"%X\r\n" % len(DOC) + DOC + b"\r\n0\r\nX-A: b\r\n\r\n", CHUNKED), 200),
    ("empty chunked body", post(b"0\r\n\r\n", CHUNKED), 400),
    ("chunk size word", post(b"zz\r\n", CHUNKED), 400),
    ("chunk size empty", post(b"\r\n", CHUNKED), 400),
    ("chunk size negative", post(b"-1\r\n", CHUNKED), 400),
    ("chunk size 2^64", post(b"1" + b"0" * 16 + b"\r\n", CHUNKED), 400),
    ("chunk line endless", post(b"1;" + b"a" * 3000, CHUNKED), 400),
    ("chunk not ended", post(b"1\r\nab\r\n", CHUNKED), 400),
    ("body for GET", b"GET /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("body too large for sources", post(b"x" * 65537, target=b"/v1/sources"), 413),
    ("body announced too large", post(b"", b"Content-Length: 99999999\r\n", b"/v1/sources"), 413),
    ("analyze announced too large", post(b"", b"Content-Length: 4294967296\r\n", b"/v1/analyze"), 413),
    ("chunked too large for sources", post(b"10001\r\n" + b"x" * 65537 + b"\r\n0\r\n\r\n", CHUNKED, b"/v1/sources"), 413),
    ("expects a miracle", post(DOC, b"Expect: miracle\r\nContent-Length: %d\r\n" % len(DOC)), 417),
    ("depth 17", post(b'{"a":' * 17 + b"1" + b"}" * 17), 200),
    ("depth 2049", post(b"[" * 2049 + b"]" * 2049), 200),
    ("duplicate keys", post(b'{"id":"a","id":"b","text":"x"}'), 200),
    ("bad UTF-8 in a document", post(b'{"id":"u","text":"\xff\xfe Angela Merkel spoke."}'), 200),
    ("NUL in a document", post(b'{"id":"u","text":"\x00"}'), 200),
    ("a list of documents", post(b"[" + DOC + b"]"), 200),
    ("numbers for strings", post(b'{"id":5,"text":1e308}'), 200),
    ("64 KiB of {}", post(b"{}" * 32768), 200),
    ("sources: no object", post(b"7", target=b"/v1/sources"), 400),
    ("sources: depth", post(b'{"path":' * 9 + b"1" + b"}" * 9, target=b"/v1/sources"), 400),
    ("sources: bad UTF-8", post(b'{"path":"\xff"}', target=b"/v1/sources"), 400),
    ("sources: NUL in path", post(b'{"path":"/tmp\\u0000/x"}', target=b"/v1/sources"), {400, 404}),
    ("flush with a body", post(b"{}", target=b"/v1/flush"), 200),
]


def talk(path, data, cut=None, half_close=False, timeout=20):
    """Sends bytes (cut: in pieces of that size), reads to the end of the first answer; returns (status, all that came)."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(timeout)
    s.connect(path)
    try:
        for i in range(0, len(data), cut or max(1, len(data))):
            s.sendall(data[i:i + (cut or len(data))])
    except (BrokenPipeError, ConnectionResetError):
        pass
    if half_close:
        s.shutdown(socket.SHUT_WR)
    got = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                break
            got += part
            if complete(got):
                break
    except ConnectionResetError:
        pass
    s.close()
    return (int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP/1.1 ") else 0), got


def complete(got):
    head, _, body = got.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
        if line.startswith(b"transfer-encoding:"):
            return body.endswith(b"0\r\n\r\n")
    return False


def fits(status, want):
    return status in want if isinstance(want, set) else status == want


def every_case():
    with Daemon() as d:
        for name, data, want in CASES:
            start = time.monotonic()
            status, got = talk(d.socket, data)
            assert fits(status, want), (name, status, want, got[:300])
            assert time.monotonic() - start < 5, name
            if status >= 400:
                assert b"application/problem+json" in got and b"<html" not in got.lower(), (name, got[:300])
        assert d.json("/v1/status")["health"] == "ok"
        return f"{len(CASES)} cases"


def split_at_every_byte():
    with Daemon() as d:
        request = post(DOC)
        for at in range(1, len(request), 7):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(20)
            s.connect(d.socket)
            s.sendall(request[:at])
            s.sendall(request[at:])
            assert s.recv(12) == b"HTTP/1.1 200", at
            s.close()
        assert talk(d.socket, OK, cut=1)[0] == 200
        assert talk(d.socket, OK, half_close=True)[0] == 200, "who has said all it has to say still gets its answer"


def pipelining():
    with Daemon() as d:
        n = 1000
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(d.socket)
        asked = b"".join(get(b"/v1/search?q=a%d" % i) for i in range(n - 1)) + get(b"/v1/nothing", headers=b"Host: x\r\nConnection: close\r\n")
        threading.Thread(target=lambda: s.sendall(asked), daemon=True).start()
        got = b""
        while True:
            part = s.recv(1 << 20)
            if not part:
                break
            got += part
        assert got.count(b"HTTP/1.1 200 OK") == n - 1 and got.count(b"HTTP/1.1 404") == 1, (got.count(b"HTTP/1.1 200"), got[-300:])
        return f"{n} requests in one go, answered in order"


def slow_and_silent_clients():
    with Daemon("--request-time", "300", "--idle-time", "400", "--stream-time", "500") as d:
        slow = socket.socket(socket.AF_UNIX)
        slow.connect(d.socket)
        slow.settimeout(20)
        start = time.monotonic()
        got = b""
        try:
            for byte in OK * 100:
                slow.send(bytes([byte]))
                slow.settimeout(0.02)
                try:
                    got += slow.recv(4096)
                except socket.timeout:
                    continue
                break
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert b" 408 " in got and time.monotonic() - start < 2, (got[:100], time.monotonic() - start)
        silent = socket.socket(socket.AF_UNIX)
        silent.settimeout(20)
        silent.connect(d.socket)
        assert silent.recv(100) == b"", "an idle connection is closed"
        stuck = socket.socket(socket.AF_UNIX)
        stuck.settimeout(20)
        stuck.connect(d.socket)
        stuck.sendall(post(DOC, b"Content-Length: 100000\r\n"))
        assert b" 408 " in stuck.recv(4096), "a stream that does not move is ended"


def a_client_who_never_reads():
    with Daemon("--stream-time", "1000", "--output-held", "65536") as d:
        page = "Angela Merkel spoke in Berlin. " * 3000
        body = "".join(json.dumps({"id": f"p{i}", "text": page + str(i)}) + "\n" for i in range(200)).encode()
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(d.socket)
        s.sendall(post(body, b"Content-Type: application/x-ndjson\r\nContent-Length: %d\r\n" % len(body), b"/v1/analyze"))
        rss = 0
        until = time.monotonic() + 20
        while d.json("/v1/status")["connections"] > 1:  # until it was cut off
            rss = max(rss, int([x for x in open(f"/proc/{d.process.pid}/status") if x.startswith("VmRSS")][0].split()[1]))
            assert time.monotonic() < until, "it was never cut off"
        return f"front at most {rss // 1024} MiB with an 18 MB body in hand"


def too_many_connections():
    with Daemon("--connections", "20", "--connections-per-user", "10") as d:
        held = []
        for _ in range(10):
            s = socket.socket(socket.AF_UNIX)
            s.connect(d.socket)
            s.sendall(OK[:10])  # in the middle of a request: idle ones would give way
            held.append(s)
        status, got = talk(d.socket, b"")
        assert status == 503 and b"Retry-After" in got and b'"busy"' in got, got
        held.pop().close()
        assert talk(d.socket, OK)[0] in (200, 503)
        for s in held:
            s.close()
        for _ in range(100):
            if talk(d.socket, OK)[0] == 200:
                return
        raise AssertionError("no room though all have gone")


def without_descriptors():
    """The accept loop rests instead of spinning, and comes back."""
    with Daemon("--connections", "500", "--connections-per-user", "500", wrap=("prlimit", "--nofile=40:40")) as d:
        held = []
        for _ in range(100):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(30)
            s.connect(d.socket)
            held.append(s)
        before = os.times(), cpu(d.process.pid)
        time.sleep(1)  # what is measured is a second of doing nothing
        used = cpu(d.process.pid) - before[1]
        for s in held:
            s.close()
        assert talk(d.socket, OK)[0] == 200
        assert used < 0.2, f"{used} s of processor time in a second of starving"
        return f"{used * 1000:.0f} ms of processor time in a second"


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clients_that_go_away():
    with Daemon("--connections", "1000", "--connections-per-user", "1000") as d:  # none is refused: all of them come, and go
        fds = len(os.listdir(f"/proc/{d.process.pid}/fd"))
        for i in range(300):
            s = socket.socket(socket.AF_UNIX)
            s.connect(d.socket)
            s.send([OK, OK[:10], get(b"/v1/search?q=a"), post(DOC)[:90], post(DOC, target=b"/v1/analyze"), post(DOC)][i % 6])
            s.close()
        c = Client(d.socket)
        end = time.monotonic() + 20
        while (now := json.loads(c.ask("GET", "/v1/status")[2]))["connections"] != 1 and time.monotonic() < end:
            pass
        assert now["connections"] == 1, now["connections"]
        c.close()
        assert d.idle()["state"] == "idle"
        assert len(os.listdir(f"/proc/{d.process.pid}/fd")) <= fds + 8  # analyzers were started meanwhile


def descriptors_from_clients():
    with Daemon() as d:
        d.json("/v1/status")
        before = len(os.listdir(f"/proc/{d.process.pid}/fd"))
        s = socket.socket(socket.AF_UNIX)
        s.connect(d.socket)
        r, w = os.pipe()
        s.sendmsg([OK], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [r] * 200))])
        assert s.recv(12) == b"HTTP/1.1 200"
        s.close(), os.close(r), os.close(w)
        d.json("/v1/status")
        assert len(os.listdir(f"/proc/{d.process.pid}/fd")) <= before + 1


def names_of_clients():
    """Clients bound to addresses of full length, empty and abstract ones."""
    with Daemon() as d:
        for name in (b"\0" + b"a" * 107, b"", b"\0x", os.path.join(d.folder, "c").encode().ljust(107, b"y")):
            s = socket.socket(socket.AF_UNIX)
            s.bind(name)
            s.connect(d.socket)
            s.sendall(OK)
            assert s.recv(12) == b"HTTP/1.1 200", name
            s.close()


if __name__ == "__main__":
    run([every_case, split_at_every_byte, pipelining, slow_and_silent_clients, a_client_who_never_reads, too_many_connections,
         without_descriptors, clients_that_go_away, descriptors_from_clients, names_of_clients])

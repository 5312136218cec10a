# SPDX-License-Identifier: GPL-2.0-or-later
"""A real dossierd for a test: its own folder, its own socket, no sleeps.

    with Daemon("--source", folder) as d:
        d.idle()                                  # until nothing is left to read
        status, head, body = d.ask("GET", "/v1/search?q=moscow")
        d.json("/v1/status")["documents"]

Start waits for READY=1 on a notify socket of our own; the end sends SIGTERM and insists on exit status 0, on no process left
behind and on no sanitizer report. Python's standard library alone.
"""
import http.client, json, os, select, shutil, signal, socket, subprocess, sys, tempfile, time, traceback

BIN = os.environ.get("BIN", "build/bin")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
DATA = os.path.join(ROOT, "data")
DOSSIERD = os.path.abspath(os.path.join(BIN, "dossierd"))


class Client(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, method, target, body=None, headers=None):
        if isinstance(body, str):
            body = body.encode()
        self.request(method, target, body, headers or {})
        r = self.getresponse()
        return r.status, dict((k.lower(), v) for k, v in r.getheaders()), r.read()


class Daemon:
    def __init__(self, *args, folder=None, wait=True, env=None, wrap=()):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="dossier-test-")
        self.args, self.wait_ready, self.env, self.wrap = args, wait, env or {}, list(wrap)
        self.index, self.socket = os.path.join(self.folder, "index"), os.path.join(self.folder, "s")
        self.process = None

    def command(self):
        return [*self.wrap, DOSSIERD, "--index", self.index, "--socket", self.socket, "--data", DATA, "--min-free", "0", "--index-nice", "0", *self.args]

    def start(self):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(self.folder, "notify")
        if os.path.exists(path):
            os.unlink(path)
        self.notify.bind(path)
        self.notify.settimeout(60)
        self.log = open(os.path.join(self.folder, "log"), "ab")
        env = dict(os.environ, NOTIFY_SOCKET=path, XDG_CONFIG_HOME=os.path.join(self.folder, "config"), **self.env)
        self.process = subprocess.Popen(self.command(), stderr=self.log, env=env)
        if self.wait_ready:
            self.wait_for("READY=1")
        return self

    def wait_for(self, word):
        until = time.monotonic() + 60
        while True:
            assert time.monotonic() < until, f"dossierd does not get ready:\n{self.log_text()[-3000:]}"
            self.notify.settimeout(0.5)
            try:
                said = self.notify.recv(4096).decode()
                if word in said:
                    return said
            except socket.timeout:
                if self.process.poll() is not None:
                    raise AssertionError(f"dossierd ended with {self.process.returncode}:\n{self.log_text()}")

    def log_text(self):
        return open(os.path.join(self.folder, "log"), errors="replace").read()

    def until_logged(self, word, seconds=60, after=0):
        """The first line of the log with this word, as soon as it is there; but `after` so many."""
        until = time.monotonic() + seconds
        while True:
            lines = [x for x in self.log_text().splitlines() if word in x]
            if len(lines) > after:
                return lines[after]
            assert time.monotonic() < until and self.process.poll() is None, f"{word} was not logged:\n{self.log_text()[-3000:]}"
            select.select([], [], [], 0.01)

    def ask(self, method, target, body=None, headers=None, timeout=60):
        c = Client(self.socket, timeout)
        try:
            return c.ask(method, target, body, headers)
        finally:
            c.close()

    def json(self, target, method="GET", body=None, status=200, headers=None):
        got, _, data = self.ask(method, target, body, headers)
        assert got == status, (method, target, got, data[:500])
        return json.loads(data)

    def push(self, docs, status=200):
        body = "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in docs)
        got, _, data = self.ask("POST", "/v1/docs", body, {"Content-Type": "application/x-ndjson"}, timeout=600)
        assert got == status, (got, data[:500])
        return [json.loads(line) for line in data.splitlines()]

    def idle(self):
        """Follows the progress until nothing is left to do; returns the last line."""
        _, _, data = self.ask("GET", "/v1/progress", timeout=600)
        last = json.loads(data.splitlines()[-1])
        assert last["state"] in ("idle", "paused"), last
        return last

    def follow(self, wanted, seconds=30):
        """Reads lines of progress until one fits."""
        c = Client(self.socket, seconds)
        c.request("GET", "/v1/progress?follow=1")
        lines = c.getresponse()
        until = time.monotonic() + seconds
        while True:
            line = json.loads(lines.readline())
            if wanted(line):
                c.close()
                return line
            assert time.monotonic() < until, line

    def ids(self, query="limit=1000"):
        """Every id that a search finds."""
        out, cursor = [], None
        while True:
            page = self.json("/v1/search?snippet=0&" + query + (f"&cursor={cursor}" if cursor else ""))
            out += [h["id"] for h in page["hits"]]
            cursor = page.get("next")
            if not cursor:
                return out

    def children(self):
        """pid -> role, of all processes of this daemon but the front."""
        out = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)
                if fields[1].split()[1] == str(self.process.pid) and fields[1].split()[0] != "Z":
                    out[int(pid)] = fields[0].split("(", 1)[1]
            except OSError:
                pass
        return out

    def stop(self, status=0):
        children = list(self.children())
        self.process.send_signal(signal.SIGTERM)
        got = self.process.wait(timeout=30)
        assert got == status, f"exit status {got}\n{self.log_text()}"
        assert not os.path.exists(self.socket), "the socket was left behind"
        left = [p for p in children if alive(p)]
        assert not left, f"processes left behind: {left}"
        self.check_log()

    @staticmethod
    def sanitized():
        return b"__asan_init" in open(DOSSIERD, "rb").read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def check_log(self):
        text = self.log_text()
        assert "ERROR: " not in text and "runtime error" not in text, text

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            if self.process and self.process.poll() is None:
                self.kill()
            raise

    def __exit__(self, kind, value, trace):
        if kind is not None:
            sys.stderr.write(self.log_text())
        try:
            if kind is None and self.process.poll() is None:
                self.stop()
        finally:
            if self.process.poll() is None:
                self.kill()
            self.notify.close()
            self.log.close()
            if self.own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def run(tests):
    """Runs functions one after another, says what each showed; the exit status counts the failures."""
    failed = 0
    for test in tests:
        try:
            said = test()
            print(f"ok    {test.__name__}" + (f": {said}" if said else ""), flush=True)
        except Exception as e:  # noqa: every failure is told, then the next test runs
            here = [f for f in traceback.extract_tb(e.__traceback__) if "test-" in f.filename][-1:]
            print(f"FAIL  {test.__name__}: {type(e).__name__} {e}" + "".join(f" ({f.filename}:{f.lineno}: {f.line})" for f in here), flush=True)
            failed += 1
    sys.exit(1 if failed else 0)

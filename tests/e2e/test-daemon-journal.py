#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The log in the journal: a socket that stands in for systemd's gets each event as fields, whatever bytes are in them; without it, lines on standard error."""
import os, queue, shutil, socket, struct, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, run

BAD = b"bad\nPRIORITY=0\nMESSAGE=forged \x1b]0;x\x07\xff"  # a file's name that would like to be fields
PROGRAM = open("/bin/true", "rb").read()


def fields(datagram):
    """The native protocol, read as its description says; what does not fit is a failure."""
    out = {}
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (n,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8:8 + n], rest[8 + n:]
            assert rest[:1] == b"\n", rest[:20]
            rest = rest[1:]
        name = name.decode("ascii")
        assert name and len(name) <= 64 and all(c.isupper() or c.isdigit() or c == "_" for c in name) and name[0].isalpha(), name
        assert name not in out, name
        out[name], datagram = value, rest
    return out


class Journal:
    def __init__(self, reads=True):
        self.reads, self.came, self.seen = reads, queue.Queue(), []
        self.folder = tempfile.mkdtemp(prefix="dossier-test-")
        self.path = os.path.join(self.folder, "journal")
        self.bind()
        log = os.path.join(self.folder, "log")
        open(log, "w").close()
        st = os.stat(log)
        self.env = {"DOSSIER_JOURNAL": self.path, "JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino}"}

    def bind(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(self.path)
        if self.reads:
            threading.Thread(target=self.read, args=(self.socket,), daemon=True).start()

    def read(self, s):
        """As soon as it comes: the kernel holds ten datagrams and no more."""
        try:
            while got := s.recv(1 << 20):
                self.came.put(fields(got))
        except OSError:
            pass  # it was closed
        except Exception as e:  # noqa: told to who waits
            self.came.put(e)

    def until(self, event):
        """The first one of this name, also if it has come already."""
        while True:
            for got in self.seen:
                if got["DOSSIER_EVENT"].decode() == event:
                    return got
            got = self.came.get(timeout=60)
            if isinstance(got, Exception):
                raise got
            self.seen.append(got)

    def leave(self):
        """Nobody is there any more."""
        os.unlink(self.path)
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def close(self):
        self.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def events_are_fields():
    j = Journal()
    articles = os.path.join(j.folder, "articles")
    os.mkdir(articles)
    with open(os.path.join(os.fsencode(articles), BAD), "wb") as f:
        f.write(PROGRAM)
    with Daemon("--source", articles, "--watch", "no", folder=j.folder, env=j.env) as d:
        ready = j.until("ready")
        assert ready["PRIORITY"] == b"5" and ready["SYSLOG_IDENTIFIER"] == b"dossierd" and ready["DOSSIER_PROCESS"] == b"front", ready
        assert ready["DOSSIER_SOCKET"] == d.socket.encode() and ready["MESSAGE"].startswith(b"ready process=front socket=\""), ready
        failed = j.until("file-failed")  # (another process's)
        assert failed["DOSSIER_PATH"] == os.fsencode(articles) + b"/" + BAD, failed
        assert failed["DOSSIER_PROCESS"] == b"index" and failed["PRIORITY"] == b"4" and failed["DOSSIER_WHY"], failed
        assert b"\n" not in failed["MESSAGE"] and b"\x1b" not in failed["MESSAGE"], failed
        d.stop()
        j.until("stopping")
        assert d.log_text() == "", d.log_text()
    j.close()
    return f"{len(j.seen)} events"


def who_is_no_journal_gets_lines():
    for env in ({"JOURNAL_STREAM": "1:1"}, {"JOURNAL_STREAM": "rubbish"}, {"DOSSIER_JOURNAL": "/nowhere/journal"}, {"DOSSIER_JOURNAL": "/" + "j" * 200}):
        j = Journal()
        with Daemon(folder=j.folder, env=j.env | env) as d:
            assert "<5>ready process=front socket=\"" in d.log_text(), d.log_text()
        j.close()


def a_journal_that_goes_and_comes_back():
    j = Journal()
    with Daemon(folder=j.folder, env=j.env) as d:
        j.until("ready")
        j.leave()
        d.process.send_signal(1)
        line = d.until_logged("table-unchanged")
        assert line.startswith("<5>table-unchanged process=front leaders="), line
        j.seen.clear()
        j.bind()  # back after a while
        d.process.send_signal(1)
        assert j.until("table-unchanged")["DOSSIER_PROCESS"] == b"front"
        d.stop()
    with Daemon(folder=j.folder, env=j.env) as d:
        j.until("ready")
        j.leave()
        j.seen.clear()
        j.bind()  # another one in its place, as after a restart of its socket
        d.process.send_signal(1)
        assert j.until("table-unchanged")["DOSSIER_PROCESS"] == b"front"
    j.close()


def a_journal_that_does_not_read():
    """It costs lines, never the daemon; and it is waited for once, not for each event."""
    took = []
    for reads in (True, False):
        j = Journal(reads)
        with Daemon(folder=j.folder, env=j.env) as d:
            start = time.monotonic()
            for _ in range(80):
                d.process.send_signal(1)
                assert d.json("/v1/status")["health"] == "ok"
            took.append(time.monotonic() - start)
        j.close()
    assert took[1] < 2 * took[0] + 20, took  # (waiting for each: 40 seconds more)
    return f"{took[0]:.1f} s for 80 reloads with one that reads, {took[1]:.1f} s"


if __name__ == "__main__":
    run([events_are_fields, who_is_no_journal_gets_lines, a_journal_that_goes_and_comes_back, a_journal_that_does_not_read])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders with things in them that are no articles: each is named with its reason, and nothing else is lost."""
import json, os, socket, subprocess, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, DOSSIERD, DATA, run
from client import dossier, assert_harmless, FOUND, NOTHING, USAGE, UNREACHABLE, REFUSED

GOOD = "Angela Merkel spoke in Berlin on 3 May 2019 about matter %d.\n"


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path


def a_folder_of_everything():
    with tempfile.TemporaryDirectory() as top, Daemon() as d:
        news = os.path.join(top, "news")
        os.mkdir(news)
        for i in range(20):
            write(news, f"good{i}.txt", GOOD % i)
        write(news, "empty.txt", "")
        write(news, "blank.txt", " \n\n\t ")
        write(news, "binary.txt", bytes(range(256)) * 40)
        write(news, "program", b"\x7fELF\x02\x01\x01" + bytes(5000))
        write(news, "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10)
        write(news, "broken.html", "<html><body><p>Emmanuel Macron spoke in Paris about the brokenword.<div><table><tr><td></p></body><p <b")
        write(news, "latin1.txt", "Fran\xe7ois Hollande parla \xe0 Paris de la latinword.".encode("latin-1"))
        write(news, "bad-utf8.txt", b"Boris Johnson spoke in London \xff\xfe\xc3( about the utfword. " * 5)
        write(news, "lines.jsonl", '{"id":"l1","text":"Xi Jinping spoke of lineword."}\n{broken\n"text"\n{"id":"l2","text":7}\n[]\n{"id":"l3","text":"Narendra Modi spoke of lineword."}\n'
              '{"id":"l4","text":"Joe Biden spoke of lineword, cut off')
        sparse = os.path.join(news, "sparse.txt")
        with open(sparse, "wb") as f:
            f.truncate(100 << 20)
        write(news, "last.txt", "Theresa May spoke of the lastword.")
        os.mkfifo(os.path.join(news, "pipe.txt"))
        os.symlink("/no/such/file", os.path.join(news, "dangling.txt"))
        os.symlink(news, os.path.join(news, "loop"))
        said = dossier("add", news, socket=d.socket)
        assert_harmless(said)
        assert said.status == FOUND and "documents in the index" in said.err, said
        failed = dossier("status", "--failed", socket=d.socket, status=FOUND).out
        reasons = {line.strip().split(": ", 1)[0]: line.strip().split(": ", 1)[1] for line in failed.splitlines() if not line.startswith("    ")}
        told = {os.path.basename(p).split(":")[0].split("#")[0]: why for p, why in reasons.items()}
        for name in ("binary.txt", "picture.png", "sparse.txt", "lines.jsonl"):
            assert name in told and len(told[name]) > 10, (name, failed)
        for i in range(20):
            assert f"news/good{i}.txt" in d.ids(), i
        for word, who in (("brokenword", "emmanuel-macron"), ("latinword", "francois-hollande"), ("utfword", "boris-johnson"), ("lastword", "theresa-may")):
            hits = d.json(f"/v1/search?q={word}")["hits"]
            assert [x["id"] for h in hits for x in h["leaders"]] == [who], (word, hits)
        assert d.json("/v1/search?q=lineword")["total"] >= 2, "the good lines of a broken file"
        assert "could not be read" in said.err, said
        return f"{len(reasons)} told with a reason, nothing else lost"


def unreadable():
    if os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"):
        return "skipped: root reads everything"
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        wrap = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        folder = os.path.join(top, "daemon")
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        news = os.path.join(top, "news")
        os.mkdir(news)
        write(news, "good.txt", GOOD % 1)
        os.chmod(write(news, "secret.txt", GOOD % 2), 0)
        closed = os.path.join(news, "closed")
        os.mkdir(closed)
        write(closed, "x.txt", GOOD % 3)
        os.chmod(closed, 0)
        mask = os.umask(0)  # the daemon is somebody else: it must reach its notify socket
        try:
            with Daemon(folder=folder, wrap=wrap) as d:
                dossier("add", news, socket=d.socket)
                failed = dossier("status", "--failed", socket=d.socket, status=FOUND).out
                assert "secret.txt: " in failed and "ermission" in failed, failed
                assert "closed: Permission denied" in failed, failed
                assert d.ids() == ["news/good.txt"]
        finally:
            os.umask(mask)
            os.chmod(closed, 0o700)


def what_is_not_there():
    with tempfile.TemporaryDirectory() as top, Daemon() as d:
        said = dossier("add", os.path.join(top, "nowhere"), socket=d.socket, status=REFUSED)
        assert "nowhere: No such file or directory" in said.err, said
        news = os.path.join(top, "news")
        os.mkdir(news)
        write(news, "good.txt", GOOD % 1)
        said = dossier("add", os.path.join(top, "nowhere"), news, socket=d.socket, status=REFUSED)
        assert "nowhere" in said.err and d.ids() == ["news/good.txt"], said
        other = os.path.join(top, "other")
        os.mkdir(other)
        write(other, "empty.txt", "")
        said = dossier("add", other, socket=d.socket)
        assert "1 could not be read" in said.err and "empty.txt" in said.err, said
        said = dossier("add", news, socket=d.socket)
        assert "could not be read" not in said.err, "what failed elsewhere is not told"
        said = dossier("add", "/dev/null", socket=d.socket)
        assert said.status == REFUSED and "/dev/null" in said.err, said
        empty = os.path.join(top, "empty")
        os.mkdir(empty)
        dossier("add", empty, socket=d.socket, status=FOUND)


def pushed_lines():
    with Daemon() as d:
        lines = ['{"id":"1","text":"Angela Merkel spoke."}', "", "{broken", '"text"', "[1]", '{"id":"2"}', '{"id":"3","text":"Xi Jinping spoke."}', '{"text":"no id"}',
                 '{"id":"4","text":"x","published":"someday"}', '{"id":"' + "x" * 5000 + '","text":"long id"}', "[" * 3000]
        data = "\n".join(lines).encode() + b'\n{"id":"bad","text":"\xff\xfe"}\n\xff\xfe\n{"id":"5","text":"Joe Biden spoke."}'
        said = dossier("add", "-", socket=d.socket, stdin=data, status=REFUSED)
        assert_harmless(said)
        ids = d.ids()
        assert {"1", "3", "5"} <= set(ids), (ids, said)
        import re
        added, rejected = (int(re.search(rf"(\d+) {w}", said.err).group(1)) for w in ("added", "rejected"))
        assert rejected >= 5 and said.err.count("dossier add: ") == rejected and added == len(ids), said
        assert dossier("add", "-", socket=d.socket, stdin=b"", status=FOUND).err.startswith("0 added")
        assert dossier("analyze", "-", socket=d.socket, stdin=b"").status in (FOUND, NOTHING, REFUSED)
        binary = dossier("analyze", "-", socket=d.socket, stdin=bytes(range(256)) * 10)
        assert_harmless(binary)
        return f"{added} added, {rejected} rejected"


def sockets_that_cannot_be():
    with tempfile.TemporaryDirectory() as top:
        index = os.path.join(top, "index")
        plain = write(top, "file", "not a socket")
        for path, must in (("/" + "x" * 150, "107"), (os.path.join(plain, "s"), "file"), ("/proc/s", "/proc/s")):
            p = subprocess.run([DOSSIERD, "--index", index, "--socket", path, "--data", DATA], capture_output=True, timeout=60)
            assert p.returncode not in (0, -6, -11), (path, p)
            assert must in p.stderr.decode() and path[:20] in p.stderr.decode(), (path, p.stderr)
        p = subprocess.run([DOSSIERD, "--index", index, "--socket", plain, "--data", DATA], capture_output=True, timeout=60)
        assert p.returncode != 0 and plain in p.stderr.decode() and open(plain).read() == "not a socket", p


run([a_folder_of_everything, unreadable, what_is_not_there, pushed_lines, sockets_that_cannot_be])

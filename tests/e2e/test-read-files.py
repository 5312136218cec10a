#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that are no files, names that are no names, folders that change while they are read. Nothing hangs, nothing outside is read,
every refusal says why, and reading it all a second time gives the same."""
import io, json, os, shutil, socket, stat, sys, tarfile, tempfile, threading, zipfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, run

GOOD = "Angela Merkel spoke in Berlin about the budget, the chancellery said. "


class Folder:
    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="dossier-read-")
        self.path = os.path.join(self.top, "news")
        os.makedirs(self.path)
        return self

    def __exit__(self, *_):
        shutil.rmtree(os.fsencode(self.top), ignore_errors=True)

    def at(self, name):
        return os.path.join(os.fsencode(self.path), name if isinstance(name, bytes) else os.fsencode(name))

    def put(self, name, content):
        os.makedirs(os.path.dirname(self.at(name)), exist_ok=True)
        with open(self.at(name), "wb") as f:
            f.write(content.encode() if isinstance(content, str) else content)
        return self.at(name)


def failures(d):
    return {os.path.basename(x["path"]): x for x in d.json("/v1/failed?limit=1000")["files"]}


def everything(d):
    """id -> text, of all that is indexed."""
    from urllib.parse import quote
    return {i: d.json("/v1/docs/" + quote(i, safe=""))["text"] for i in d.ids()}


NAMES = [b"new\nline.txt", b"new line.txt", b"esc\x1b[31m.txt", b"bell\x07.txt", b"bad\xff.txt", b"bad\xfe.txt", b"bad\\xFF.txt", b"-rf", b"-dash.txt", b"$(touch x).txt", b"`id`.txt",
         b"'quote\".txt", b" space .txt", b"%0A.txt", b"a#3", b"rlo\xe2\x80\xaetxt.exe", b"x" * 251 + b".txt", "中文文件.txt".encode(), b"semi;colon&amp.txt", b"..x.txt", b"c1\xc2\x9b31m.txt"]


def names():
    with Folder() as f:
        for i, name in enumerate(NAMES):
            f.put(name, f"{GOOD} It is matter number {i} of those.")
        with Daemon("--source", f.path) as d:
            d.idle()
            first = everything(d)
            texts = {t.split("number ")[1].split(" ")[0] for t in first.values()}
            hidden = {str(i) for i, n in enumerate(NAMES) if n.startswith(b".")}
            assert texts == {str(i) for i in range(len(NAMES))} - hidden, (sorted(texts), sorted(first))
            assert all(c >= " " and c != "\x7f" for i in first for c in i), list(first)
            assert not failures(d), failures(d)
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}))
            d.idle()
            assert everything(d) == first, "a second look changed something"
            os.unlink(f.at(b"bad\xff.txt"))
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}))
            d.idle()
            assert len(d.ids()) == len(first) - 1, "one of two names that are nearly one went"
        with Daemon("--source", f.path) as d:
            d.idle()
            again = everything(d)
            assert again.items() <= first.items() and len(again) == len(first) - 1, "another index of the same files is another"
        return f"{len(first)} names"


def no_files():
    """Links, pipes, sockets, devices, folders with the name of a file, and a hard link, which is a file like any."""
    with Folder() as f:
        secret = os.path.join(f.top, "secret.txt")
        open(secret, "w").write("The word of it is xylophonist, and it lies outside.")
        f.put("good.txt", GOOD)
        os.symlink(secret, f.at("out.txt"))
        os.symlink("/etc/shadow", f.at("shadow.txt"))
        os.symlink("self.txt", f.at("self.txt"))
        os.symlink("..", f.at("up"))
        os.symlink(".", f.at("here"))
        os.symlink("/proc/self", f.at("proc"))
        os.mkfifo(f.at("fifo.txt"))
        s = socket.socket(socket.AF_UNIX)
        s.bind(os.path.join(f.path, "socket.txt"))
        devices = 0
        try:
            os.mknod(f.at("zero.txt"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
            devices = 1
        except PermissionError:
            pass
        os.makedirs(f.at("folder.html"))
        os.link(f.put(b"../hard-outside.txt", GOOD + "Known by two names."), f.at("hard.txt"))
        with Daemon("--source", f.path) as d:
            d.idle()
            assert set(d.ids()) == {"news/good.txt", "news/hard.txt"}, d.ids()
            assert d.json("/v1/search?q=xylophonist")["total"] == 0, "a link was followed out of the source"
            assert not failures(d), failures(d)
        s.close()
        return "with a device" if devices else "no device could be made"


def replaced_while_read():
    """Between the look and the read a file becomes a pipe, a link, a folder, or goes; nothing hangs and nothing outside is read."""
    with Folder() as f:
        secret = os.path.join(f.top, "secret.txt")
        open(secret, "w").write("The word of it is xylophonist, and it lies outside.")
        for i in range(400):
            f.put(f"{i:03}.txt", f"{GOOD} Matter {i}.")
        stop = threading.Event()

        def change():
            for i in range(399, -1, -1):
                if stop.is_set():
                    return
                path, kind = f.at(f"{i:03}.txt"), i % 5
                os.unlink(path)
                if kind == 0:
                    os.mkfifo(path)
                elif kind == 1:
                    os.symlink(secret, path)
                elif kind == 2:
                    os.makedirs(path)
                elif kind == 3:
                    f.put(f"{i:03}.txt", f"{GOOD} Other matter {i}.")
        with Daemon("--source", f.path, "--commit-time", "50") as d:
            t = threading.Thread(target=change)
            t.start()
            d.idle()
            t.join()
            stop.set()
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}))
            d.idle()
            now = everything(d)
            assert set(now) == {f"news/{i:03}.txt" for i in range(400) if i % 5 == 3}, sorted(now)[:20]
            assert all("Other matter" in t for t in now.values())
            assert d.json("/v1/search?q=xylophonist")["total"] == 0


def growing():
    """A file that somebody is writing: in the end all of it is there."""
    with Folder() as f:
        path = f.put("log.jsonl", "")
        with Daemon("--source", f.path, "--commit-time", "50") as d:
            d.idle()
            with open(path, "ab", buffering=0) as out:
                for i in range(300):
                    line = json.dumps({"id": f"g{i}", "text": f"{GOOD} Line {i}."}).encode() + b"\n"
                    out.write(line[:20])
                    out.write(line[20:])
            d.follow(lambda x: x["state"] == "idle" and x.get("documents") == 300)
            assert not failures(d), failures(d)


def sparse_and_odd_times():
    with Folder() as f:
        with open(f.put("sparse.txt", ""), "wb") as big:
            big.truncate(1 << 30)
        with open(f.put("sparse.jsonl", GOOD), "r+b") as big:
            big.truncate(1 << 30)
        os.utime(f.put("old.txt", GOOD + "Old."), (-2177452800, -2177452800))
        os.utime(f.put("future.txt", GOOD + "Future."), (16725225600, 16725225600))
        with Daemon("--source", f.path) as d:
            d.idle()
            assert set(d.ids()) == {"news/old.txt", "news/future.txt"}, d.ids()
            why = failures(d)
            assert set(why) == {"sparse.txt", "sparse.jsonl"}, why
            return ", ".join(f"{k}: {v['reason']}" for k, v in why.items())


def deep_folders():
    """Deeper than is looked: said, and what is above is read; a path longer than the system's longest is met only piece by piece."""
    with Folder() as f:
        f.put("good.txt", GOOD)
        here = os.open(f.path, os.O_RDONLY)
        for i in range(70):
            os.mkdir("d" * 100, dir_fd=here)
            deeper = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = deeper
            if i == 30:
                fd = os.open("middle.txt", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=here)
                os.write(fd, (GOOD + "In the middle.").encode())
                os.close(fd)
        os.close(here)
        with Daemon("--source", f.path) as d:
            d.idle()
            ids = d.ids()
            assert "news/good.txt" in ids and len(ids) == 2, ids
            problem = d.json("/v1/sources")["sources"][0].get("problem", "")
            assert "deeper than" in problem, d.json("/v1/sources")
            return problem[-60:]


def archives():
    """Members of one name are all there; names inside are only names."""
    with Folder() as f:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z, __import__("warnings").catch_warnings():
            __import__("warnings").simplefilter("ignore")
            for i in range(5):
                z.writestr("same.txt", f"{GOOD} Member {i}.")
            z.writestr("../../../../tmp/evil.txt", f"{GOOD} Climbing.")
            z.writestr("/etc/passwd", f"{GOOD} Rooted.")
            z.writestr("käse/中文.txt", f"{GOOD} In letters.")
        f.put("a.zip", out.getvalue())
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as t:
            for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE), ("fifo", tarfile.FIFOTYPE)):
                i = tarfile.TarInfo(name)
                i.type, i.linkname = kind, "/etc/passwd"
                t.addfile(i)
            i = tarfile.TarInfo("b.txt")
            text = (GOOD + "In a tar.").encode()
            i.size = len(text)
            t.addfile(i, io.BytesIO(text))
        f.put("b.tar", out.getvalue())
        with Daemon("--source", f.path) as d:
            d.idle()
            all = everything(d)
            assert len(all) == 9 and not failures(d), (sorted(all), failures(d))
            assert {f"Member {i}." for i in range(5)} <= {t.split("said.")[1].strip() for t in all.values()}, all
            assert not os.path.exists("/tmp/evil.txt")
            assert any(i.endswith("käse/中文.txt") for i in all), sorted(all)


if __name__ == "__main__":
    run([names, no_files, replaced_while_read, growing, sparse_and_odd_times, deep_folders, archives])

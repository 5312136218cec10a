#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files as they lie about: broken, huge, unreadable, changing, vanishing. Each costs itself alone, and says why."""
import json, os, shutil, signal, socket, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import DATA, DOSSIERD, Daemon, run

GOOD = "Angela Merkel spoke in Berlin about the budget, the chancellery said.\n"


class Folder:
    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="dossier-files-")
        self.path = os.path.join(self.top, "news")
        os.makedirs(self.path)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def put(self, name, content):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content.encode() if isinstance(content, str) else content)
        return path


def rescan(d, f):
    d.json("/v1/sources", "POST", json.dumps({"path": f.path}))
    return d.idle()


def failures(d):
    return {os.path.basename(x["path"]): x for x in d.json("/v1/failed?limit=1000")["files"]}


def bad_files_cost_themselves():
    with Folder() as f:
        for i in range(20):
            f.put(f"good{i}.txt", f"{GOOD} Matter {i}.")
        f.put("empty.txt", "")
        f.put("nul.bin", b"\0" * 5000)
        f.put("binary.txt", bytes(range(256)) * 300)
        f.put("program", open("/bin/true", "rb").read())
        f.put("broken.html", "<html><body><div><p>" + GOOD + "<p>" + "<div>" * 3000 + "</span></html")
        f.put("deep.html", "<div>" * 200000 + "<p>" + GOOD)
        f.put("lines.jsonl", json.dumps({"id": "l1", "text": GOOD}) + "\n{broken\n" + json.dumps({"id": "l3", "text": GOOD}) + "\n")
        f.put("latin.txt", ("Besuch in Düsseldorf. " + GOOD).encode("latin-1"))
        f.put("invalid.txt", b"\xff\xfe\xfa broken bytes. " + GOOD.encode())
        f.put(".hidden.txt", GOOD)
        f.put("newline\nin name.txt", GOOD)
        f.put("-dash $(x) 'quote.txt", GOOD)
        f.put(os.fsdecode(b"bad\xffname.txt"), GOOD)
        with open(f.put("huge.txt", ""), "wb") as big:
            big.truncate(100 << 20)
        os.symlink("/etc/passwd", os.path.join(f.path, "link.txt"))
        os.symlink("/etc", os.path.join(f.path, "linked"))
        os.symlink(f.path, os.path.join(f.path, "loop"))
        os.mkfifo(os.path.join(f.path, "fifo.txt"))
        os.makedirs(os.path.join(f.path, "folder.html"))
        s = socket.socket(socket.AF_UNIX)
        s.bind(os.path.join(f.path, "socket.txt"))
        with Daemon("--source", f.path) as d:
            d.idle()
            ids = set(d.ids())
            assert {f"news/good{i}.txt" for i in range(20)} <= ids and {"l1", "l3"} <= ids, ids
            assert "news/broken.html" in ids and "news/-dash $(x) 'quote.txt" in ids and "news/latin.txt" in ids, ids
            assert not any("passwd" in i or "hidden" in i or "link" in i or "loop" in i or "fifo" in i for i in ids), ids
            assert d.json("/v1/search?q=root+bin+bash")["total"] == 0, "a link out of the source was followed"
            failed = failures(d)
            for name in ("empty.txt", "nul.bin", "program", "huge.txt", "lines.jsonl"):
                assert name in failed and failed[name]["reason"] and failed[name]["code"], (name, failed)
            assert "line 2" in json.dumps(failed["lines.jsonl"]), failed["lines.jsonl"]
            documents = d.json("/v1/status")["documents"]
        s.close()
        return f"{documents} documents, {len(failed)} files failed with a reason: " + ", ".join(sorted(failed))[:200]


def failures_stay_known():
    with Folder() as f, tempfile.TemporaryDirectory() as folder:
        f.put("good.txt", GOOD)
        f.put("empty.txt", "")
        with Daemon("--source", f.path, folder=folder) as d:
            d.idle()
            assert list(failures(d)) == ["empty.txt"]
        with Daemon(folder=folder) as d:  # the source is remembered; nothing is read again
            d.idle()
            assert list(failures(d)) == ["empty.txt"] and d.ids() == ["news/good.txt"]
            revision = d.json("/v1/status")["revision"]
            f.put("empty.txt", GOOD + "Now there is something.")
            rescan(d, f)
            assert failures(d) == {} and sorted(d.ids()) == ["news/empty.txt", "news/good.txt"]
            assert d.json("/v1/status")["failed"]["count"] == 0
            assert d.json("/v1/status")["revision"] > revision


def changes_are_seen():
    with Folder() as f, Daemon("--watch", "no") as d:
        for i in range(10):
            f.put(f"{i}.txt", f"{GOOD} Number {i}.")
        f.put("many.jsonl", "".join(json.dumps({"id": f"m{i}", "text": f"{GOOD} Line {i}."}) + "\n" for i in range(5)))
        d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
        d.idle()
        assert len(d.ids()) == 15
        r1 = d.json("/v1/status")["revision"]
        rescan(d, f)
        assert d.json("/v1/status")["revision"] == r1, "nothing changed, nothing was written"
        os.utime(os.path.join(f.path, "1.txt"), (1, 1))
        rescan(d, f)
        assert len(d.ids()) == 15
        f.put("2.txt", "Emmanuel Macron spoke in Paris instead.")
        os.unlink(os.path.join(f.path, "3.txt"))
        os.rename(os.path.join(f.path, "4.txt"), os.path.join(f.path, "four.txt"))
        f.put("sub/5.txt", GOOD + "Another.")
        f.put("many.jsonl", "".join(json.dumps({"id": f"m{i}", "text": f"{GOOD} Line {i}, changed."}) + "\n" for i in (0, 1, 2, 7)))
        rescan(d, f)
        ids = set(d.ids())
        assert "news/3.txt" not in ids and "news/4.txt" not in ids and {"news/four.txt", "news/sub/5.txt", "m7"} <= ids, ids
        assert "m3" not in ids and "m4" not in ids and {"m0", "m1", "m2"} <= ids, ids
        assert [h["id"] for h in d.json("/v1/search?q=macron")["hits"]] == ["news/2.txt"]
        assert d.json("/v1/sources")["sources"][0]["files"] == 11, d.json("/v1/sources")
        assert d.json("/v1/sources")["sources"][0]["documents"] == len(ids), (d.json("/v1/sources"), len(ids))
        shutil.move(f.path, f.path + ".away")
        d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=404)
        assert set(d.ids()) == ids, "a folder that is not there has not lost its files"


def what_fails_later():
    """A file that was good, was read again and holds no article any more: its document goes, and comes back with it."""
    with Folder() as f, Daemon("--watch", "no", "--file-size", "100000") as d:
        for name in ("good.txt", "binary.txt", "empty.txt", "large.txt"):
            f.put(name, f"{GOOD} It is {name}.")
        d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
        d.idle()
        assert len(d.ids()) == 4
        f.put("binary.txt", b"\0\1\2\3" * 500)
        f.put("empty.txt", "")
        f.put("large.txt", GOOD * 10000)
        rescan(d, f)
        assert d.ids() == ["news/good.txt"], d.ids()
        assert failures(d)["large.txt"]["reason"].startswith("it has more than") and failures(d)["binary.txt"]["code"] == "unsupported", failures(d)
        source = d.json("/v1/sources")["sources"][0]
        assert source["documents"] == 1, source
        f.put("binary.txt", GOOD + "Again.")
        f.put("large.txt", GOOD + "Small.")
        rescan(d, f)
        assert sorted(d.ids()) == ["news/binary.txt", "news/good.txt", "news/large.txt"] and list(failures(d)) == ["empty.txt"], failures(d)
        assert "Small." in d.json("/v1/docs/news/large.txt")["text"]


def watching():
    with Folder() as f, Daemon("--commit-time", "50") as d:
        f.put("one.txt", GOOD)
        d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
        d.idle()

        def has(n, state="idle"):
            d.follow(lambda x: x.get("documents") == n and x["state"] == state)
        start = time.monotonic()
        f.put("two.txt", GOOD + "Two.")
        has(2)
        took = time.monotonic() - start
        f.put("new/deep/three.txt", GOOD + "Three.")
        has(3)
        f.put("new/deep/four.txt", GOOD + "Four.")
        has(4)
        os.rename(os.path.join(f.path, "two.txt"), os.path.join(f.path, "new", "two.txt"))
        os.unlink(os.path.join(f.path, "one.txt"))
        has(3)
        d.follow(lambda x: x["state"] == "idle" and set(d.ids()) == {"news/new/two.txt", "news/new/deep/three.txt", "news/new/deep/four.txt"})
        shutil.rmtree(os.path.join(f.path, "new"))
        has(0)
        other = os.path.join(f.top, "other")
        os.makedirs(other)
        for i in range(300):
            open(os.path.join(other, f"{i}.txt"), "w").write(f"{GOOD} It is {i}.")
        os.rename(other, os.path.join(f.path, "moved"))
        has(300)
        os.rename(os.path.join(f.path, "moved"), other)
        has(0)
        return f"a new file was found and durable after {took * 1000:.0f} ms"


def moves_keep_their_documents():
    """Renamed and moved files, one by one and with their folders, seen as they happen or found by a scan: nothing is read again."""
    said = []
    for watch in ("yes", "no"):
        with Folder() as f, Daemon("--watch", watch, "--commit-time", "50") as d:
            for i in range(5):
                f.put(f"a/{i}.txt", f"{GOOD} Matter {i}.")
            f.put("many.jsonl", "".join(json.dumps({"id": f"m{i}", "text": f"{GOOD} Line {i}."}) + "\n" for i in range(5)))
            f.put("none.csv", "title,text\nOne," + GOOD.strip().replace(",", ";") + "\nTwo," + GOOD.strip().replace(",", ";") + " Again.\n")
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
            assert d.idle()["documents"] == 12
            before = d.json("/v1/docs/news/a/3.txt")

            def settled(wanted):
                if watch == "no":
                    rescan(d, f)
                    assert set(d.ids()) == wanted, d.ids()
                else:
                    d.follow(lambda x: x["state"] == "idle" and set(d.ids()) == wanted)
            ids = set(d.ids())
            os.rename(os.path.join(f.path, "a/3.txt"), os.path.join(f.path, "three.txt"))
            ids = ids - {"news/a/3.txt"} | {"news/three.txt"}
            settled(ids)
            after = d.json("/v1/docs/news/three.txt")
            assert after["text"] == before["text"] and after["path"] == "three.txt", after
            os.rename(os.path.join(f.path, "a"), os.path.join(f.path, "b"))
            os.rename(os.path.join(f.path, "many.jsonl"), os.path.join(f.path, "b", "m.jsonl"))
            os.rename(os.path.join(f.path, "none.csv"), os.path.join(f.path, "n.csv"))
            ids = {i.replace("news/a/", "news/b/").replace("none.csv", "n.csv") for i in ids}
            settled(ids)
            assert d.json("/v1/docs/m2")["path"] == "b/m.jsonl", (watch, d.json("/v1/docs/m2")["path"], d.log_text())
            moved = d.log_text().count("file-moved")
            assert moved == 7, (watch, moved, d.log_text())
            source = d.json("/v1/sources")["sources"][0]
            assert source["files"] == 7 and source["documents"] == 12, source
            os.rename(os.path.join(f.path, "three.txt"), os.path.join(f.top, "three.txt"))  # out of it: gone
            f.put("b/m.jsonl", json.dumps({"id": "m1", "text": GOOD + "Other."}) + "\n")
            settled(ids - {"news/three.txt", "m0", "m2", "m3", "m4"})
            os.rename(os.path.join(f.top, "three.txt"), os.path.join(f.path, "back.txt"))
            settled(ids - {"news/three.txt", "m0", "m2", "m3", "m4"} | {"news/back.txt"})
            said.append(moved)
    return f"{said[0]} moves seen as they happened, {said[1]} found by a scan, nothing read again"


def the_same_ids_in_two_files():
    with Folder() as f, tempfile.TemporaryDirectory() as folder:
        f.put("one.jsonl", "".join(json.dumps({"id": f"x{i}", "text": f"{GOOD} First {i}."}) + "\n" for i in range(4)))
        with Daemon("--source", f.path, "--watch", "no", folder=folder) as d:
            d.idle()
            f.put("two.jsonl", "".join(json.dumps({"id": f"x{i}", "text": f"{GOOD} Second {i}." if i < 2 else f"{GOOD} First {i}."}) + "\n" for i in range(3)))
            rescan(d, f)
            want = {"x0", "x1", "x2", "x3", "news/two.jsonl#x0", "news/two.jsonl#x1"}
            assert set(d.ids()) == want, d.ids()
            assert d.json("/v1/docs/x0")["text"].endswith("First 0.") and d.json("/v1/docs/news/two.jsonl%23x0")["text"].endswith("Second 0.")
            assert d.json("/v1/sources")["sources"][0]["renamed"] == 2 and "ids-taken" in d.log_text()
            f.put("two.jsonl", "".join(json.dumps({"id": f"x{i}", "text": f"{GOOD} Second {i}, changed."}) + "\n" for i in range(2)))
            f.put("one.jsonl", "".join(json.dumps({"id": f"x{i}", "text": f"{GOOD} First {i}, changed."}) + "\n" for i in range(4)))
            rescan(d, f)
            assert set(d.ids()) == want, d.ids()  # what an id became it stays
            assert d.json("/v1/docs/x0")["text"].endswith("First 0, changed.")
        with Daemon("--watch", "no", folder=folder) as d:  # after a restart as well
            d.idle()
            assert set(d.ids()) == want and d.json("/v1/sources")["sources"][0]["renamed"] == 2
            f.put("three.jsonl", json.dumps({"id": "x3", "text": f"{GOOD} First 3, changed."}) + "\n")
            rescan(d, f)
            assert set(d.ids()) == want, "word for word the same is one document"
            os.unlink(os.path.join(f.path, "one.jsonl"))
            rescan(d, f)
            assert set(d.ids()) == {"x3", "news/two.jsonl#x0", "news/two.jsonl#x1"}, d.ids()
            os.unlink(os.path.join(f.path, "three.jsonl"))
            os.unlink(os.path.join(f.path, "two.jsonl"))
            rescan(d, f)
            assert d.ids() == [] and d.json("/v1/sources")["sources"][0]["renamed"] == 0


def removed_by_hand():
    """A document that a person removed stays away though its file is touched or read again; new words in it bring it back, and so does pushing it."""
    with Folder() as f, Daemon("--watch", "no") as d:
        one = f.put("one.txt", GOOD)
        f.put("many.jsonl", "".join(json.dumps({"id": f"m{i}", "text": f"{GOOD} Line {i}."}) + "\n" for i in range(3)))
        d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
        d.idle()
        for i in ("news/one.txt", "m1", "m2"):
            d.json("/v1/docs/" + i, "DELETE")
        os.utime(one, (5, 5))
        f.put("many.jsonl", "".join(json.dumps({"id": f"m{i}", "text": f"{GOOD} Line {i}{' again' if i == 2 else ''}."}) + "\n" for i in range(3)))
        rescan(d, f)
        assert sorted(d.ids()) == ["m0", "m2"], d.ids()
        f.put("one.txt", GOOD + "New words.")
        rescan(d, f)
        assert d.push([{"id": "m1", "text": f"{GOOD} Line 1."}])[0]["status"] == "added"
        assert sorted(d.ids()) == ["m0", "m1", "m2", "news/one.txt"], d.ids()


def a_large_source_goes_in_slices():
    """Others are served while 20,000 documents are removed; a crash in the middle goes on with it."""
    with Folder() as f, tempfile.TemporaryDirectory() as folder:
        line = [json.dumps({"id": f"m{i}", "text": f"Matter {i} is told."}) + "\n" for i in range(20000)]
        f.put("many.jsonl", "".join(line))
        f.put("one.txt", GOOD)
        with Daemon("--commit-time", "100", folder=folder) as d:
            d.push([{"id": "pushed", "text": GOOD}])
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
            assert d.idle()["documents"] == 20002
            gone = threading.Thread(target=lambda: d.ask("DELETE", "/v1/sources/news"))
            gone.start()
            os.kill(next(p for p, role in d.children().items() if role == "index"), signal.SIGKILL)
            gone.join()
            d.follow(lambda x: x["state"] == "idle")
            left = d.json("/v1/status")["documents"]
            if left > 1:  # it was killed before it had begun
                assert d.json("/v1/sources/news", "DELETE")["documents"] == left - 1
            assert d.ids() == ["pushed"] and d.json("/v1/sources")["sources"] == []
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
            assert d.idle()["documents"] == 20002
            os.unlink(os.path.join(f.path, "many.jsonl"))  # seen at once, removed in slices
            d.follow(lambda x: x["state"] == "idle" and x["documents"] == 2)
            assert sorted(d.ids()) == ["news/one.txt", "pushed"]
            removed = d.json("/v1/sources/news?keep=1", "DELETE")
            assert removed["documents"] == 0 and sorted(d.ids()) == ["news/one.txt", "pushed"]


def one_file_as_a_source():
    with Folder() as f, Daemon() as d:
        one, two = f.put("one.txt", GOOD), f.put("two.txt", GOOD + "Two.")
        assert d.json("/v1/sources", "POST", json.dumps({"path": one}), status=201)["name"] == "news"
        assert d.json("/v1/sources", "POST", json.dumps({"path": two}), status=201)["name"] == "news"
        d.idle()
        assert sorted(d.ids()) == ["news/one.txt", "news/two.txt"], d.ids()
        d.json("/v1/sources?path=" + one, "DELETE")
        assert d.ids() == ["news/two.txt"]
        os.unlink(two)
        os.symlink("/etc/passwd", two)


def unreadable():
    if os.getuid() == 0:
        return "root reads everything: not tested"
    with Folder() as f, Daemon() as d:
        f.put("good.txt", GOOD)
        os.chmod(f.put("secret.txt", GOOD), 0)
        os.makedirs(os.path.join(f.path, "closed"))
        os.chmod(os.path.join(f.path, "closed"), 0)
        d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
        d.idle()
        assert d.ids() == ["news/good.txt"] and failures(d)["secret.txt"]["code"] == "denied"
        assert failures(d)["closed"]["code"] == "denied", failures(d)
        os.chmod(os.path.join(f.path, "closed"), 0o700)
        rescan(d, f)
        assert list(failures(d)) == ["secret.txt"], failures(d)


def many_files():
    with Folder() as f, Daemon("--commit-time", "200") as d:
        for i in range(3000):
            f.put(f"{i % 50}/{i}.txt", f"{GOOD} It is number {i}.")
        start = time.monotonic()
        d.json("/v1/sources", "POST", json.dumps({"path": f.path}), status=201)
        last = d.idle()
        took = time.monotonic() - start
        assert last["documents"] == 3000 and last["failed"] == 0, last
        return f"{3000 / took:.0f} files a second"


if __name__ == "__main__":
    run([bad_files_cost_themselves, failures_stay_known, changes_are_seen, what_fails_later, watching, moves_keep_their_documents, the_same_ids_in_two_files, removed_by_hand, a_large_source_goes_in_slices, one_file_as_a_source, unreadable, many_files])

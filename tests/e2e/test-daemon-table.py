#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A leaders' table, and corrections, that change while the daemon runs: SIGHUP, and only the documents concerned are looked at again."""
import json, os, shutil, signal, subprocess, sys, tempfile, threading
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from client import dossier
from daemon import DATA, DOSSIERD, Daemon, run

HEAD = "action\tleader\tvalue\tdocument\n"


def write(d, name, text):
    folder = os.path.join(d.folder, "config", "dossier")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".new"), "w") as f:
        f.write(text)
    os.rename(os.path.join(folder, name + ".new"), os.path.join(folder, name))


def reload(d):
    """Tells the daemon, and waits until the table has been taken up and nothing is left to do."""
    before = d.json("/v1/status")["table"]["version"]
    d.process.send_signal(signal.SIGHUP)
    d.follow(lambda line: d.json("/v1/status")["table"]["version"] != before)
    d.idle()
    return d.json("/v1/status")


def correct(d, *rows):
    write(d, "corrections.tsv", HEAD + "".join("\t".join(r) + "\n" for r in rows))
    return reload(d)


def upgraded(d):
    """How many documents the last change made the daemon look at again."""
    lines = [x for x in d.log_text().splitlines() if "upgraded" in x]
    return int(lines[-1].split('documents="')[1].split('"')[0]) if lines else 0


def found(d, who):
    return sorted(d.ids(f"leader={who}"))


DOCS = [
    {"id": "full", "text": "Angela Merkel spoke in Berlin.", "published": "2015-03-02"},
    {"id": "nick", "text": "The Iron Frau Merkelino spoke in Bonn about the budget.", "published": "2015-03-02"},
    {"id": "putin", "text": "Vladimir Putin received guests in Sochi. Mr Putin smiled.", "published": "2015-03-02"},
    {"id": "none", "text": "It rained. Nobody but the Rain Queen sang in Bergen.", "published": "2015-03-02"},
    {"id": "two", "text": "Angela Merkel called Vladimir Putin.", "published": "2015-03-02"},
    {"id": "office", "text": "The prime minister of Norway opened a bridge.", "published": "2015-03-02"},
]


def every_correction():
    with Daemon() as d:
        d.push(DOCS)
        revision = d.json("/v1/status")["revision"]
        assert found(d, "angela-merkel") == ["full", "two"]
        correct(d, ("alias", "angela-merkel", "Frau Merkelino", ""))
        assert found(d, "angela-merkel") == ["full", "nick", "two"]
        assert upgraded(d) == 1, d.log_text()
        assert d.json(f"/v1/search?since={revision}")["total"] == 0, "no document is newer by it"
        correct(d, ("not-in-document", "angela-merkel", "", "full"))
        assert found(d, "angela-merkel") == ["two"]
        correct(d, ("ignore", "angela-merkel", "", ""))
        assert found(d, "angela-merkel") == []
        correct(d, ("merge", "angela-merkel", "helmut-kohl", ""))
        assert found(d, "helmut-kohl") == ["full", "two"] and found(d, "angela-merkel") in ([], ["full", "two"])
        correct(d, ("split", "vladimir-putin", "Vladimir Putin", ""))
        revision = d.json("/v1/status")["revision"]
        correct(d, ("rename", "vladimir-putin", "Wladimir Putin", ""))
        hit = d.json("/v1/search?q=sochi")["hits"][0]
        assert hit["leaders"][0]["name"] == "Wladimir Putin", hit
        assert d.json("/v1/status")["revision"] > revision, "an answer from before is not taken for the same"
        os.unlink(os.path.join(d.folder, "config", "dossier", "corrections.tsv"))
        reload(d)
        assert found(d, "angela-merkel") == ["full", "two"] and found(d, "vladimir-putin") == ["putin", "two"]


def offices_and_a_table_of_ones_own():
    with Daemon() as d:
        d.push(DOCS)
        assert found(d, "erna-solberg") == ["office"], found(d, "erna-solberg")
        write(d, "leaders.tsv", "id\tname\tfamily\tgiven\torder\tcountry\taliases\twikipedia\nola-rainmaker\tOla Rainmaker\tRainmaker\tOla\t\tNO\t=Rain Queen\t\n")
        write(d, "offices.tsv", "leader\tcountry\tkind\ttitle\tfrom\tto\nola-rainmaker\tNO\thead-of-government\tPrime Minister\t2020-01-01\t\n")
        reload(d)
        assert found(d, "ola-rainmaker") == ["none"]
        assert d.json("/v1/leaders?name=rainmaker")["leaders"][0]["documents"] == 1
        assert 1 <= upgraded(d) <= 2, "only the office and the alias are concerned"
        assert found(d, "erna-solberg") == ["office"]


def bad_rows():
    with Daemon() as d:
        d.push(DOCS)
        status = correct(d, ("alias", "nobody-at-all", "X Y", ""), ("alias", "angela-merkel", "Frau Merkelino", ""), ("dance", "angela-merkel", "x", ""))
        told = status["table"]["problems"]
        assert [(os.path.basename(p["file"]), p["line"]) for p in told] == [("corrections.tsv", 2), ("corrections.tsv", 4)], told
        assert found(d, "angela-merkel") == ["full", "nick", "two"], "the rest is used"
        os.unlink(os.path.join(d.folder, "config", "dossier", "corrections.tsv"))
        os.mkdir(os.path.join(d.folder, "config", "dossier", "corrections.tsv"))
        status = reload(d)
        assert status["table"]["problems"][0]["file"].endswith("corrections.tsv"), status["table"]
        d.process.send_signal(signal.SIGHUP) # nothing has changed
        assert found(d, "angela-merkel") == ["full", "two"]


def reload_same(d):
    """Tells the daemon, and waits until it has read the files: no table comes of it that is another."""
    n = d.log_text().count("table-unchanged") + d.log_text().count("table-kept")
    d.process.send_signal(signal.SIGHUP)
    while d.log_text().count("table-unchanged") + d.log_text().count("table-kept") == n:
        d.json("/v1/status")
    return d.json("/v1/status")


def clumsy_rows():
    """Each with its line, and in words that say what to do; what is right beside them counts."""
    cases = [
        ("alias\tnobody-at-all\tX Y\t", "dossier leaders NAME"), ("alias\tAngela Merkel\tX Y\t", "the id is angela-merkel"), ("alias\tAngela-merkel\tX Y\t", "the id is angela-merkel"),
        ("alias angela-merkel X", "a tab, not by spaces"), ("Dance\tangela-merkel\tx\t", "is not alias, rename"), ("alias\tangela-merkel\t\t", "a name is missing"), ("alias\tangela-merkel\t...\t", "a name is missing"),
        ("alias\tangela-merkel\t" + "x" * 201 + "\t", "longer than 200 bytes"), ("alias\tangela-merkel\t" + "a " * 20 + "\t", "or 16 words"), ("alias\tangela-merkel\t" + "x" * 10_000_000 + "\t", "longer than 8000 bytes"),
        ("merge\tangela-merkel\tnobody\t", "no leader \"nobody\" to merge into"), ("merge\tangela-merkel\tangela-merkel\t", "counts for angela-merkel itself"), ("not-in-document\tangela-merkel\tfull\t", "fourth column"),
        ("alias\tangela-merkel\tA\0B\t", "control character"), ("rename\tangela-merkel\t\x1b[31mX\t", "control character"), ("alias\tangela-merkel\t\udcff\udcfe\t", "not UTF-8"),
    ]
    with Daemon() as d:
        d.push(DOCS)
        path = os.path.join(d.folder, "config", "dossier", "corrections.tsv")
        os.makedirs(os.path.dirname(path))
        with open(path, "wb") as f: # a mark of the byte order, and lines as Windows ends them
            f.write(("\ufeff" + HEAD + "".join(row + "\n" for row, _ in cases) + "alias\tangela-merkel\tFrau Merkelino\t\n" * 3000).replace("\n", "\r\n").encode("utf-8", "surrogateescape"))
        told = reload(d)["table"]["problems"]
        for line, (row, words) in enumerate(cases, 2):
            here = [p["what"] for p in told if p["line"] == line]
            assert len(here) == 1 and words in here[0], (row[:60], here)
        assert len(told) == len(cases) and found(d, "angela-merkel") == ["full", "nick", "two"], told
        said = dossier("status", socket=d.socket).out
        assert "16 rows could not be used" in said and f"{path}, line 3: no leader \"Angela Merkel\"; the id is angela-merkel" in said, said


def merged_in_a_chain():
    with Daemon() as d:
        d.push(DOCS)
        chain = [("merge", "angela-merkel", "helmut-kohl", ""), ("merge", "helmut-kohl", "gerhard-schroder", ""), ("merge", "gerhard-schroder", "angela-merkel", ""), ("merge", "angela-merkel", "vladimir-putin", "")]
        told = correct(d, *chain)["table"]["problems"]
        assert [p["line"] for p in told] == [4, 5] and "counts for" in told[0]["what"] and "merged already" in told[1]["what"], told
        assert found(d, "gerhard-schroder") == ["full", "two"]


def other_things_in_its_place():
    """A pipe that nobody writes into, a device, a link to itself, a folder: said, and the daemon serves on."""
    with Daemon() as d:
        d.push(DOCS)
        path = os.path.join(d.folder, "config", "dossier", "corrections.tsv")
        os.makedirs(os.path.dirname(path))
        for make, words in ((os.mkfifo, "a pipe or a device"), (lambda p: os.symlink("/dev/zero", p), "a pipe or a device"), (lambda p: os.symlink(p, p), "symbolic links"), (os.mkdir, "a folder")):
            make(path)
            told = reload_same(d)["table"]["problems"]
            assert len(told) == 1 and words in told[0]["what"] and told[0]["file"] == path, told
            assert found(d, "angela-merkel") == ["full", "two"]
            os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
        assert reload_same(d)["table"]["problems"] == [], "what was mended is told no more"


def no_tables_for_a_moment():
    """The tables of the package are away while it is replaced: the leaders stay."""
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as data:
        for name in os.listdir(DATA):
            if name.endswith(".tsv"):
                shutil.copy(os.path.join(DATA, name), data)
        with Daemon("--data", data) as d:
            d.push(DOCS)
            os.rename(os.path.join(data, "leaders.tsv"), os.path.join(data, "away"))
            reload_same(d)
            assert "table-kept" in d.log_text() and found(d, "angela-merkel") == ["full", "two"]
            os.rename(os.path.join(data, "away"), os.path.join(data, "leaders.tsv"))
            reload_same(d)
            d.push([{**DOCS[0], "id": "later"}])
            assert found(d, "angela-merkel") == ["full", "later", "two"]


def leaders(d):
    return {v["id"]: v["count"] for v in d.json("/v1/facets?facets=leader")["facets"]["leader"]["values"]}


def many(n):
    return [{"id": f"m{i}", "text": f"Angela Merkel spoke in Berlin about point {i}. " + f"Nobody else said anything on matter {i}. " * 8, "published": "2015-03-02"} for i in range(n)]


def one_or_the_other():
    """While all facts change, each answer is of before or of after."""
    n = 3000
    with Daemon() as d:
        d.push(many(n) + DOCS)
        over, seen, wrong = False, set(), []

        def ask():
            while not over:
                counts = leaders(d)
                pair = (counts.get("angela-merkel", 0), counts.get("helmut-kohl", 0))
                seen.add(pair)
                if pair not in ((n + 2, 0), (0, n + 2)):
                    wrong.append(pair)
        asking = [threading.Thread(target=ask) for _ in range(2)]
        for t in asking:
            t.start()
        try:
            correct(d, ("merge", "angela-merkel", "helmut-kohl", ""))
            d.push([{**DOCS[0], "id": "later"}])
            d.json("/v1/facets?facets=leader")
        finally:
            over = True
            for t in asking:
                t.join()
        assert set(wrong) <= {(0, n + 3)} and (n + 2, 0) in seen, (wrong[:5], seen)
        assert len(found(d, "helmut-kohl")) == n + 3
        d.ask("POST", "/v1/flush")
        assert d.json("/v1/status")["deleted"] >= 0


def killed_in_the_middle():
    n = 3000
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
        with Daemon(folder=folder) as d:
            d.push(many(n))
            met = 0
            for turn, victim in enumerate(("index", "index", "front")):
                rows = [] if turn % 2 else [("merge", "angela-merkel", "helmut-kohl", "")]
                write(d, "corrections.tsv", HEAD + "".join("\t".join(r) + "\n" for r in rows))
                before = d.json("/v1/status")["table"]["version"]
                d.process.send_signal(signal.SIGHUP)
                while not (now := d.json("/v1/status")["table"])["changing"] and now["version"] == before:
                    pass
                met += now["changing"]
                if victim == "front":
                    d.kill()
                    d.start()
                else:
                    os.kill(next(p for p, r in d.children().items() if r == victim), signal.SIGKILL)
                want = "helmut-kohl" if rows else "angela-merkel"
                d.follow(lambda line: line["state"] == "idle" and not d.json("/v1/status")["table"]["changing"])
                assert leaders(d) == {want: n}, leaders(d)
                assert d.json("/v1/search?limit=0")["total"] == n
            return f"{met} of 3 kills met it in the middle"


def changed_while_away():
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
        with Daemon(folder=folder) as d:
            d.push(many(500) + DOCS)
        write(d, "corrections.tsv", HEAD + "alias\tangela-merkel\tFrau Merkelino\t\n")
        with Daemon(folder=folder) as d:
            d.idle()
            assert found(d, "angela-merkel")[-2:] == ["nick", "two"]
            assert upgraded(d) == 1, d.log_text()
        os.unlink(os.path.join(folder, "config", "dossier", "corrections.tsv"))
        for name in os.listdir(os.path.join(folder, "index")):
            if name.startswith("table-"):
                os.unlink(os.path.join(folder, "index", name))
        with Daemon(folder=folder) as d: # nothing is known of the table before: all are looked at
            d.idle()
            assert len(found(d, "angela-merkel")) == 502 and upgraded(d) == 506, upgraded(d)


def restored_from_a_backup():
    """A backup knows the table that its facts were found with: a change after it was restored concerns one document, not all."""
    with tempfile.TemporaryDirectory(prefix="dossier-test-") as folder:
        with Daemon() as d:
            d.push(many(500) + DOCS)
            made = subprocess.run([DOSSIERD, "--snapshot", os.path.join(folder, "index"), "--index", d.index], capture_output=True, text=True, timeout=60)
            assert made.returncode == 0, made.stderr
        assert [x for x in os.listdir(os.path.join(folder, "index")) if x.startswith("table-")]
        with Daemon(folder=folder) as d:
            correct(d, ("alias", "angela-merkel", "Frau Merkelino", ""))
            assert found(d, "angela-merkel")[-2:] == ["nick", "two"] and upgraded(d) == 1, d.log_text()


def twice_in_a_row():
    with Daemon() as d:
        d.push(many(1000) + DOCS)
        for i in range(6):
            write(d, "corrections.tsv", HEAD + f"alias\tangela-merkel\tFrau Merkelin{i}\t\n" + ("alias\tangela-merkel\tFrau Merkelino\t\n" if i == 5 else ""))
            d.process.send_signal(signal.SIGHUP)
        d.follow(lambda line: line["state"] == "idle" and "nick" in found(d, "angela-merkel"))
        assert len(found(d, "angela-merkel")) == 1003


def back_and_forth():
    """Signals faster than the table can be taken up; in the end it is the table of the beginning, and so are the facts, with whatever comes later."""
    with Daemon() as d:
        d.push(many(2000) + DOCS)
        for i in range(30):
            rows = [("merge", "angela-merkel", "helmut-kohl", "")] if i % 3 == 0 else []
            write(d, "corrections.tsv", HEAD + "".join("\t".join(r) + "\n" for r in rows))
            d.process.send_signal(signal.SIGHUP)
            d.json("/v1/status")
            d.json("/v1/leaders?name=merkel")
            if i % 10 == 0:
                d.push([{**DOCS[0], "id": f"later{i}"}])
        d.follow(lambda line: line["state"] == "idle" and not d.json("/v1/status")["table"]["changing"])
        assert len(found(d, "angela-merkel")) == 2005 and found(d, "helmut-kohl") == [], leaders(d)
        correct(d, ("merge", "angela-merkel", "helmut-kohl", ""))
        assert len(found(d, "helmut-kohl")) == 2005, leaders(d)


if __name__ == "__main__":
    run([every_correction, offices_and_a_table_of_ones_own, bad_rows, clumsy_rows, merged_in_a_chain, other_things_in_its_place, no_tables_for_a_moment, back_and_forth, one_or_the_other, killed_in_the_middle, changed_while_away, restored_from_a_backup, twice_in_a_row])

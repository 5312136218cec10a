#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What strangers write never reaches the terminal as anything but text; a daemon that talks nonsense never crashes the client."""
import json, os, random, re, socket, subprocess, sys, tempfile, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, ROOT, run
from fake import Hostile, http
from client import dossier, on_terminal, assert_harmless, FOUND, NOTHING, USAGE, UNREACHABLE, REFUSED

# Every C0 and C1 character, and sequences that terminals obey.
EVIL = ["".join(map(chr, range(1, 32))), "".join(map(chr, range(127, 160))), "\x1b[2J\x1b[1;1H", "\x1b]0;title\x07", "\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\",
        "\x1b]52;c;cm0gLXJmIC8K\x07", "\x1bP$q\"p\x1b\\", "\x1bP0;1|17/ab\x1b\\", "\x9b31m", "\x9d52;c;AAAA\x9c", "\x90q\x9c", "\x1b_x\x1b\\", "\x1b^x\x1b\\", "\x1bc", "\x1b(0", "\x0e\x0f",
        "\u202egnp.exe", "\u2066x\u2069", "\u200f\u061c", "a\rb", "\b\b\b\b", "\u2028\u2029", "\ufeff", "\U000e0041\U000e0042", "\x7f"]


def documents():
    for i, e in enumerate(EVIL):
        yield {"id": f"id{i}{e}", "title": f"Putin {e} title{e}", "text": f"Vladimir Putin {e} met Kim Jong Un {e} in Moscow on {e} 3 May 2019{e}.\n{e}\nA second line {e} of words.",
               "source": f"source{e}"[:60], "author": f"author{e}", "url": f"https://x.example/{e}", "published": "2019-05-04", "lang": "en"}


def every_format(words, command):
    """The call in each format that the command has; --json and paths0 only where a terminal reads them."""
    yield words, False
    said = dossier(command, "--help").out
    if "--csv" in said and "--batch" not in words:
        yield words + ["--csv"], False
    if "--format" in said and command != "watch":
        yield words + ["--format", "paths0"], True
        yield words + ["--format", "bibtex"], False
    yield words + ["--json"], True
    yield words + ["--color", "always"], False


def corpus_from_documents():
    """Titles, texts, ids, authors, sources, addresses and file names in every command and format, to pipes and to terminals."""
    commands = set(re.findall(r"^COMMAND\((\w+),", open(os.path.join(ROOT, "client/options.def")).read(), re.M))
    with tempfile.TemporaryDirectory() as top:
        evil_folder = os.path.join(top, "fol\x1b[2Jder\u202e\x9b1m")
        os.mkdir(evil_folder)
        for i, e in enumerate(EVIL):
            open(os.path.join(evil_folder, f"{i}{e[:40]}.txt".replace("/", "_").replace("\0", "")), "w").write(f"Emmanuel Macron spoke in Paris, {e} time {i}.")
            open(os.path.join(evil_folder, f"bad{i}{e[:40]}.json".replace("/", "_").replace("\0", "")), "w").write('[{"text": ')
        batch = os.path.join(top, "batch")
        open(batch, "w", newline="").write("".join(f"putin {e}\n".replace("\r", "") for e in EVIL))
        env = {"XDG_STATE_HOME": top}
        with Daemon("--writer", "root", "--source", evil_folder) as d:
            d.idle()
            d.push(list(documents()))
            ids = d.ids("leader=putin&limit=1000")
            assert len(ids) == len(EVIL), (len(ids), len(EVIL))
            dossier("watch", "add", "na\x1b[2Jme\u202e", "-l", "putin", "--since", "0", socket=d.socket, env=env)
            calls = [["search", "putin", "-n", "100"], ["search", "--explain", "--facets", "source:100,leader,date,country,lang,story", "-n", "100"], ["search", "--all", "--hyperlink"], ["search", "macron", "-n", "100"],
                     ["facets", "--facets", "source:100"], ["facets", "--named", "", "--facets", "leader,source"], ["flush"], ["timeline"], ["timeline", "--zoom", "2018"], ["timeline", "-l", "putin", "-l", "macron"], ["who", "putin"], ["meetings", "putin"], ["status"], ["status", "--failed"], ["leaders", "putin"], ["leaders", "kim"],
                     ["sources"], ["config"], ["config", "source"], ["templates"], ["count", "--batch", batch], ["count", "putin"], ["watch", "list"], ["watch", "run"], ["add", "--no-wait", evil_folder], ["add", evil_folder],
                     ["analyze", *[os.path.join(evil_folder, f) for f in sorted(os.listdir(evil_folder))[::9]]], ["api", "GET", "/v1/sources"], ["completion", "bash"], ["remove", ids[0] + "none"]]
            calls += [[c, one] for one in ids[::5] for c in ("show", "explain", "similar")] + [["show", "--dropped", ids[3]]]
            assert commands - {c[0] for c in calls} == set(), "every command is tried"
            n = 0
            for words in calls:
                for form, terminal_alone in every_format(words, words[0]):
                    if not terminal_alone and words[0] != "api":
                        assert_harmless(dossier(*form, socket=d.socket, env=env), own_colours="always" in form or "--hyperlink" in form)
                        n += 1
                    if words[0] not in ("add", "completion"):
                        assert_harmless(on_terminal(*form, socket=d.socket, columns=80, env=env), own_colours=True)
                        n += 1
            assert_harmless(dossier("__complete", "search", "--source", "", socket=d.socket))
            answer = on_terminal("search", "-n", "1000", "--json", socket=d.socket)
            assert json.loads(answer.out) and {h["id"] for h in json.loads(answer.out)["hits"]} == set(d.ids()), "escapes mean the same"
            return f"{len(EVIL)} documents, {n} calls of {len(commands)} commands"


def corpus_from_words():
    """What is typed, and names of files, come back in errors and answers."""
    with tempfile.TemporaryDirectory() as top, Daemon() as d:
        d.push([{"id": "a", "text": "Vladimir Putin spoke."}])
        raw = [e.encode() for e in EVIL] + [b"\x9b31m", b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80"]
        for e in raw:
            for words in ([b"x" + e], [b"search", b"--x" + e], [b"search", b"putin " + e], [b"search", b"-l", b"x" + e], [b"search", b"-f", b"2015" + e], [b"show", b"x" + e],
                          [b"similar", b"x" + e], [b"remove", b"x" + e], [b"leaders", b"x" + e], [b"analyze", b"/no" + e], [b"add", b"/no" + e], [b"search", b"--socket", b"/no" + e, b"x"], [b"help", b"x" + e], [b"search", b"--color", b"x" + e], [b"facets", b"--facets", b"x" + e], [b"completion", b"x" + e]):
                said = dossier(*(w.decode(errors="surrogateescape") for w in words), socket=d.socket)
                assert said.status in range(5), said
                assert_harmless(said)
            assert_harmless(on_terminal("api", "GET", (b"/x" + e).decode(errors="surrogateescape"), socket=d.socket))
        news = os.path.join(top, "news")
        os.mkdir(news)
        named = 0
        for i, e in enumerate(raw):
            name = os.path.join(news.encode(), b"f%d" % i + e.replace(b"/", b"_").replace(b"\0", b"") + b".txt")
            with open(name, "wb") as f:
                f.write(b"Angela Merkel spoke in Berlin." if i % 2 else b"\x7fELF\x00\x00\x01\x02" * 64)
            named += 1
        dossier_add = dossier("add", news, socket=d.socket)
        assert_harmless(dossier_add)
        for words in (["status"], ["status", "--failed"], ["sources"], ["search", "merkel", "-n", "100"], ["search", "--all", "--csv"]):
            assert_harmless(dossier(*words, socket=d.socket))
            assert_harmless(on_terminal(*words, socket=d.socket), own_colours=True)
        found = json.loads(dossier("search", "merkel", "--json", "--limit", "0", socket=d.socket).out)["total"]
        assert found == len([i for i in range(len(raw)) if i % 2]), found
        return f"{named} file names, {len(raw)} words in 17 places"


COMMANDS = [["config"], ["config", "x"], ["search", "x", "--format", "paths0"], ["count", "x"], ["count", "--batch", "/etc/hostname"], ["watch", "add", "x", "y"], ["status", "--csv"], ["search", "x"], ["search", "--all", "x"], ["facets"], ["facets", "--named", "x"], ["timeline"], ["timeline", "--zoom", "2018"], ["flush"], ["search", "x", "--format", "bibtex"], ["who", "x"], ["meetings"], ["show", "x"], ["explain", "x"], ["similar", "x"], ["leaders", "x"], ["sources"],
            ["status"], ["status", "--failed"], ["analyze", "-"], ["api", "GET", "/x"], ["remove", "x"], ["add", "-"], ["add", "/"], ["search", "--csv", "x"], ["timeline", "--csv"],
            ["__complete", "search", "-l", "x"]]


def against(words, reply):
    h = Hostile([reply] * 8)
    try:
        said = dossier(*words, socket=h.path, stdin='{"id":"x","text":"y"}\n', timeout=60)
        assert said.status in range(5), said
        assert words[0] == "api" or "--json" in words or assert_harmless(said) is None
        return said
    finally:
        h.close()


def broken_http():
    rest = [b"", b"\r\n\r\n", b"\0" * 1000, b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", b"x" * 200000, http(b""), http(b"nonsense"), http(b"\xff\xfe{}"), http(b"[" * 100000),
            http(b'{"a":' * 5000), http(b'{"hits":[{"title":"\x1b[2J"}]}'), http(b"<html>no</html>", 500), http(b"\x1b]0;x\x07", 400), http({"detail": "\x1b[2J\x9b1m", "candidates": 7}, 422)]
    for reply in rest:
        for words in COMMANDS:
            said = against(words, reply)
            if words[0] != "__complete" and not reply.startswith(b"HTTP/1.1 200 OK\r\nA") and words[0] not in ("api", "analyze", "add"):
                assert said.status in (REFUSED, USAGE), (reply[:80], said)
                assert len(said.err) > 20 or b"detail" in reply, (reply[:80], said)
    return f"{len(rest)} replies, {len(COMMANDS)} commands"


def a_daemon_that_hangs():
    """A TAB ends, silent, whatever the daemon does: takes no connections, says nothing, or a byte now and then for ever."""
    def full(s):
        for _ in range(3):
            c = socket.socket(socket.AF_UNIX)
            c.setblocking(False)
            kept.append(c)
            try:
                c.connect(path)
            except BlockingIOError:
                return
        raise AssertionError("the queue is never full")

    def silent(s):
        pass

    def dribbles(s):
        c, _ = s.accept()
        try:
            c.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not over.wait(0.05):
                c.sendall(b"x")
        except OSError:
            pass  # it has gone

    worst, kept = 0, []
    for kind in (full, silent, dribbles):
        with tempfile.TemporaryDirectory() as top:
            path, over = os.path.join(top, "s"), threading.Event()
            s = socket.socket(socket.AF_UNIX)
            s.bind(path)
            s.listen(0)
            t = threading.Thread(target=kind, args=(s,))
            t.start()
            if kind is not dribbles:
                t.join()
            start = time.monotonic()
            said = dossier("__complete", "search", "-l", "vladimir-p", socket=path, timeout=60)
            worst = max(worst, time.monotonic() - start)
            over.set()
            s.close()
            t.join()
            assert (said.status, said.raw, said.raw_err) == (0, b"", b""), said
    assert worst < 5, worst  # (a machine may be slow; the limit is 0.2)
    return f"{worst * 1000:.0f} ms at most"


def random_value(r, depth=0):
    kind = r.randrange(9 if depth < 4 else 6)
    if kind < 2:
        return r.choice(["", "x", "2019-05-04", "day", "9" * 50, "\x1b[2J\x9b1m\u202e", "김" * r.randrange(60), "published", "year", "a" * r.randrange(3000), "https://x"])
    if kind == 2:
        return r.choice([0, 1, -1, 2**62, -2**62, 50])
    if kind == 3:
        return r.choice([True, False, None, 1e308, -0.5])
    if kind < 6:
        return None
    if kind < 8:
        return [random_value(r, depth + 1) for _ in range(r.randrange(6))]
    return {k: random_value(r, depth + 1) for k in r.sample(KEYS, r.randrange(10))}


KEYS = ("hits id rank score title url source lang published from to precision text how leaders name mentions snippet story others next facets leader date values distinct missing axis granularity buckets "
        "count coarser undated total query parsed match relaxed suggestion emptied filter value without nearest series documents sentences first last busiest meetings day status place days rejected start "
        "end surface why dropped ambiguous candidates sources path state files problem failed queue processes versions segments bytes revision aliases offices kind country detail reason advice settings key default unit what read path health health_detail paused").split()


def strange_json():
    """Right HTTP, right JSON, fields of the right names and of any type."""
    r = random.Random(1)
    for i in range(220):
        top = {k: random_value(r) for k in r.sample(KEYS, 40)}
        for k in ("hits", "leaders", "series", "sources", "files", "meetings", "days", "dropped", "emptied", "settings", "rejected", "ambiguous"):
            if r.random() < 0.7:
                top[k] = [random_value(r, 1) if r.random() < 0.2 else {x: random_value(r, 2) for x in r.sample(KEYS, 30)} for _ in range(r.randrange(4))]
        top["facets"] = {k: {x: random_value(r, 1) for x in ("values", "buckets", "coarser", "undated", "axis", "granularity", "distinct", "missing")} for k in ("leader", "date", "\x1b[2Jx", "")}
        top["next"] = None
        against(COMMANDS[i % len(COMMANDS)], http(top, r.choice([200, 200, 200, 422])))
    return "220 answers"


def huge():
    hits = [{"id": f"id{i}", "title": "t" * 1000, "snippet": ["a " * 500, "b", "c " * 500], "leaders": [{"id": f"l{k}", "name": "n" * 50, "mentions": k} for k in range(100)]} for i in range(2000)]
    assert against(["search", "x"], http({"total": 2000, "hits": hits})).status == FOUND
    assert against(["search", "--csv", "x"], http({"total": 2000, "hits": hits})).status == FOUND
    assert against(["show", "x"], http({"title": {"text": "x" * 10**6}, "text": "word " * 10**6, "leaders": [{"name": "n", "mentions": [{"start": i * 5, "end": i * 5 + 4, "surface": f"s{i}"} for i in range(10**5)]}]})).status == FOUND
    return "2,000 hits, 5 MB of text with 100,000 marks"


run([corpus_from_documents, corpus_from_words, broken_http, strange_json, a_daemon_that_hangs, huge])

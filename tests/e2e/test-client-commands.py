#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command of the client with a real daemon: what it prints, where, and its exit status."""
import csv, fcntl, io, json, os, pty, re, shutil, signal, socket, struct, subprocess, sys, tempfile, termios, time, unicodedata
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, ROOT, DATA, DOSSIERD, run
from fake import Hostile, http
from client import dossier, on_terminal, environment, DOSSIER, FOUND, NOTHING, USAGE, UNREACHABLE, REFUSED

SAMPLE = os.path.join(DATA, "sample")
WORLD = [
    {"id": "ko", "title": "김정은 위원장과 푸틴 대통령, 블라디보스토크에서 첫 정상회담을 갖고 비핵화 문제를 논의하다 그리고 더 긴 제목",
     "text": "Kim Jong-un met Vladimir Putin in Vladivostok. 두 정상은 비핵화와 경제 협력을 논의했다.", "published": "2019-04-25", "source": "연합", "lang": "ko"},
    {"id": "ar", "title": "الرئيس السيسي يستقبل بوتين في القاهرة", "text": "Vladimir Putin met Abdel Fattah el-Sisi in Cairo.", "published": "2017-12",
     "source": "الأهرام", "lang": "ar"},
    {"id": "ru", "title": "Путин и Си Цзиньпин встретились в Москве", "text": "Vladimir Putin met Xi Jinping in Moscow.", "published": "2023", "source": "Известия",
     "lang": "ru"},
    {"id": "de", "title": "Mu\u0308ller, Strau\u00df und Gru\u0308ne: Merkel empfa\u0308ngt Macron und viele andere in Berlin am Tag der Einheit", "text": "Angela Merkel empfing am 3. Oktober 2019 Emmanuel Macron in Berlin. Ellen Kim sah zu.",
     "published": "2019-10-03", "source": "Su\u0308ddeutsche \U0001f1e9\U0001f1ea", "lang": "de"},
]
shared = None


def d():
    """One daemon with the sample archive for all tests that only read."""
    global shared
    if shared is None:
        shared = Daemon("--source", SAMPLE).start()
        assert shared.idle()["documents"] == 68
    return shared


def ask(*words, **more):
    return dossier(*words, socket=d().socket, **more)


def cells(line):
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)
    return wide


def search():
    said = ask("search", "talks", "-l", "putin", status=FOUND)
    total = int(re.match(r"(\d+) article", said.out).group(1))
    assert total > 1 and "  1. " in said.out and said.err == "", said
    assert all(cells(line) <= 80 for line in said.out.splitlines()), said
    both = ask("search", "-l", "putin", "-l", "kim-jong-un", "--json", "--limit", "50", status=FOUND)
    for hit in json.loads(both.out)["hits"]:
        assert {"vladimir-putin", "kim-jong-un"} <= {x["id"] for x in hit["leaders"]}, hit
    rows = list(csv.DictReader(io.StringIO(ask("search", "--all", "--limit", "10", "--csv", status=FOUND).out)))
    assert len(rows) == 68 and len({r["id"] for r in rows}) == 68 and [int(r["rank"]) for r in rows] == list(range(1, 69)), len(rows)
    dated = list(csv.DictReader(io.StringIO(ask("search", "-f", "2019", "-t", "2019-06", "--date-match", "within", "--csv", "--all").out)))
    assert dated and all("2019-01-01" <= r["from"] and r["to"] <= "2019-06-30" for r in dated), dated
    oldest = list(csv.DictReader(io.StringIO(ask("search", "--sort", "oldest", "--csv", "-f", "1900", "-n", "5").out)))
    assert [r["from"] for r in oldest] == sorted(r["from"] for r in oldest), oldest
    none = ask("search", "zzzyyyxxx", status=NOTHING)
    assert "Nothing found" in none.err and none.out.startswith("0 articles"), none
    emptied = ask("search", "-l", "putin", "-f", "1800", "-t", "1801", status=NOTHING)
    assert "without date 1800..1801" in emptied.err, emptied
    assert ask("search", "-q", "zzzyyyxxx", status=NOTHING).err == ""
    assert "understood as: (putin AND NOT trump)" in ask("search", "--explain", "putin AND NOT trump").err
    assert 0 < json.loads(ask("search", "--json", "--", "-kim").out)["total"] < 68
    return f"{total} of putin, 68 in all"


def facets_and_timeline():
    said = ask("facets", "-l", "putin", status=FOUND)
    assert re.search(r"Vladimir Putin +\d+ 100 %", said.out), said
    assert all(cells(line) <= 80 for line in said.out.splitlines()), said
    rows = list(csv.DictReader(io.StringIO(ask("facets", "--csv", "--facets", "leader:100,source").out)))
    counts = {(r["facet"], r["value"]): int(r["count"]) for r in rows}
    for leader in ("vladimir-putin", "xi-jinping", "donald-trump"):
        total = json.loads(ask("search", "-l", leader, "--json", "--limit", "0").out)["total"]
        assert counts["leader", leader] == total, (leader, counts["leader", leader], total)
    assert sum(n for (facet, _), n in counts.items() if facet == "source") == 68
    ask("facets", "zzzyyyxxx", status=NOTHING)
    mentioned = ask("facets", "--date", "mentioned", "--facets", "date:year").out
    shares = [(int(n.replace(",", "")), int(share)) for n, share in re.findall(r"^  \d{4} +([\d,]+) +(\d+) %", mentioned, re.M)]
    assert shares and all(abs(share - 100 * n / 68) <= 0.5001 for n, share in shares), (shares, "shares are of the articles")
    assert re.search(r"^  story \d+ +\d", ask("facets", "--facets", "story").out, re.M)
    bars = ask("timeline", "-l", "trump", "-l", "kim-jong-un", status=FOUND)
    assert "Donald Trump" in bars.out and "Kim Jong-un" in bars.out and "2018" in bars.out, bars
    assert len(bars.out.splitlines()) < 60 and all(cells(line) <= 80 for line in bars.out.splitlines()), bars
    rows = list(csv.DictReader(io.StringIO(ask("timeline", "-l", "trump", "--csv", "--facets", "date:year").out)))
    total = json.loads(ask("search", "-l", "trump", "--json", "--limit", "0").out)["total"]
    assert sum(int(r["count"]) for r in rows) == total and {r["leader"] for r in rows} == {"donald-trump"}, rows
    ask("timeline", "zzzyyyxxx", status=NOTHING)


def orders_and_limits():
    """-n, --sort and --facets of the four commands; where one would mean nothing, the reason and what to ask instead."""
    whole = json.loads(ask("timeline", "--json", "--facets", "date:year").out)["series"][0]["buckets"]
    years = [b["text"] for b in whole if b["count"]]
    assert len(years) > 5 and years == sorted(years), years

    def shown(*words):
        return re.findall(r"^(\d{4}) ", ask("timeline", "--facets", "date:year", *words, status=FOUND).out, re.M)
    assert shown() == years and shown("--sort", "newest") == years[::-1] and shown("--sort", "oldest") == years
    assert shown("-n", "3") == years[:3] and shown("-n", "3", "--sort", "newest") == years[:-4:-1]
    said = ask("timeline", "--facets", "date:year", "-n", "3", status=FOUND)
    assert f"first 3 of {len(years)}" in said.err, said
    assert ask("timeline", "--facets", "date:year", "-n", "1000", status=FOUND).err == ""
    for order in ("newest", "oldest"):  # a gap is told in either direction, once
        assert ask("timeline", "-l", "trump", "-l", "kim-jong-un", "-f", "2018", "-t", "2019", "--facets", "date:month", "--sort", order).out.count("⋮") == 5, order
    days = [m["day"]["from"] for m in json.loads(ask("meetings", "--json", "-n", "1000").out)["meetings"] if m["day"]]
    rising = [m["day"]["from"] for m in json.loads(ask("meetings", "--json", "-n", "1000", "--sort", "oldest").out)["meetings"] if m["day"]]
    assert len(set(days)) > 3 and days == sorted(days, reverse=True) and rising == sorted(days), (days, rising)
    one = json.loads(ask("meetings", "--json", "-n", "1", "--sort", "oldest").out)["meetings"]
    assert len(one) == 1 and one[0]["day"]["from"] == rising[0], one
    facets = json.loads(ask("facets", "--json", "-n", "2", "--facets", "leader,source:1,date:year,country").out)["facets"]
    assert [len(facets[f]["values"]) for f in ("leader", "source", "country")] == [2, 1, 2] and len(facets["date"]["buckets"]) > 2, facets
    for words, must in ((["facets", "--sort", "newest"], "counts are the same in any order"), (["meetings", "--facets=leader"], "a list of events"),
                        (["who", "--facets", "leader"], "a list of leaders"), (["who", "--sort=newest"], "by the number of articles")):
        said = ask(*words, status=USAGE)
        assert must in said.err and "try: dossier " in said.err, said
    for command in ("timeline", "meetings"):
        assert "newest or oldest" in ask(command, "--sort", "relevance", status=USAGE).err


def who_and_meetings():
    said = ask("who", "kim-jong-un", status=FOUND)
    assert "Donald Trump" in said.out and "together with" in said.out, said
    assert all(cells(line) <= 80 for line in said.out.splitlines()), said
    rows = list(csv.DictReader(io.StringIO(ask("who", "kim-jong-un", "--csv", "-n", "100").out)))
    trump = [r for r in rows if r["id"] == "donald-trump"][0]
    both = json.loads(ask("search", "-l", "kim-jong-un", "-l", "trump", "--json", "--limit", "0").out)["total"]
    assert int(trump["documents"]) == both and int(trump["sentences"]) <= both, trump
    assert ask("meetings", "putin", "xi").status in (FOUND, NOTHING)
    assert ask("meetings", "putin", "xi", "trump").status in (FOUND, NOTHING)
    by_words = list(csv.DictReader(io.StringIO(ask("who", "--query", "vladivostok", "--csv", "-n", "100", status=FOUND).out)))
    for row in by_words[:3]:
        assert int(row["documents"]) == json.loads(ask("search", "vladivostok", "-l", row["id"], "--json", "--limit", "0").out)["total"], row
    rows = list(csv.DictReader(io.StringIO(ask("who", "--matrix", "--csv", "-n", "6", status=FOUND).out)))
    counts = {(r["leader"], r["with"]): int(r["articles"]) for r in rows}
    assert len(counts) == 36 and all(counts[a, b] == counts[b, a] for a, b in counts), counts
    for a, b in list(counts)[::5]:
        two = ["-l", a] + (["-l", b] if b != a else [])
        assert counts[a, b] == json.loads(ask("search", *two, "--json", "--limit", "0").out)["total"], (a, b)
    for columns in (40, 80):
        table = ask("who", "--matrix", env={"COLUMNS": str(columns)}, status=FOUND).out.splitlines()
        assert len({cells(line) for line in table}) == 1 and cells(table[0]) <= columns and len(table) >= 3, table
    few = re.findall(r"^(\w+)(?: \(2 of \d+\))?$", ask("facets", "-n", "2", "--from", "1900", status=FOUND).out, re.M)
    assert {"Leader", "Country", "Source"} <= set(few), few
    far = ask("who", "trade", status=REFUSED)
    assert len(far.err.splitlines()) <= 12, far
    assert ask("meetings", "putin", "nobody-at-all").status == REFUSED
    real = ask("meetings", "putin", "macron", status=FOUND)
    assert re.search(r"^29 May 2017 +held +Emmanuel Macron, Vladimir Putin · Versailles$", real.out, re.M) and "sample/wire/2017-05-29-versailles.txt" in real.out, real


def meetings_view():
    """As the interface describes them: dates as vague as they are, the sentence, the place; a pair with more sentences."""
    evidence = [{"id": f"doc{i}", "title": "T", "start": 0, "end": 9, "text": f"On Thursday the two met for the first time, sentence {i}."} for i in range(4)]
    answer = {"schema": 1, "total": 2, "truncated": {"meetings": "first 2 of 9"}, "meetings": [
        {"leaders": [{"id": "kim-jong-un", "name": "Kim Jong-un"}, {"id": "vladimir-putin", "name": "Vladimir Putin"}], "status": "held", "place": "Vladivostok", "documents": 3, "evidence": evidence,
         "day": {"from": "2019-04-25", "to": "2019-04-25", "precision": "day", "text": "2019-04-25"}},
        {"leaders": [{"id": "kim-jong-un", "name": "Kim Jong-un"}, {"id": "xi-jinping", "name": "Xi Jinping"}], "status": "planned", "place": None, "documents": 1, "evidence": evidence[:1], "day": None}]}

    def shown(*words, **more):
        h = Hostile([http(answer)])
        try:
            return dossier("meetings", *words, socket=h.path, status=FOUND, **more)
        finally:
            h.close()
    said = shown("kim-jong-un")
    assert said.out.startswith("25 Apr 2019       held       Kim Jong-un, Vladimir Putin · Vladivostok · 3\n     articles\n     On Thursday the two met for the first time, sentence 0.\n     doc0\n\nundated           planned    Kim"), said
    assert "first 2 of 9" in said.err, said
    assert shown("kim-jong-un", "putin").out.count("sentence") == 4
    rows = list(csv.DictReader(io.StringIO(shown("--csv").out)))
    assert rows[0]["leaders"] == "kim-jong-un vladimir-putin" and rows[0]["from"] == "2019-04-25" and rows[0]["place"] == "Vladivostok" and rows[0]["articles"] == "3" and "sentence 0" in rows[0]["sentence"] and rows[1]["from"] == "", rows
    for columns in ("40", "80"):
        assert all(cells(line) <= int(columns) for line in shown(env={"COLUMNS": columns}).out.splitlines())


def show_explain_similar():
    one = "sample/wire/2019-04-25-vladivostok.txt"
    said = ask("show", one, status=FOUND)
    assert "Bread and salt for Kim in Vladivostok" in said.out and "[Kim = Kim Jong-un]" in said.out and "{2011}" in said.out, said
    assert said.out.count("= Kim Jong-un]") == 1, "a spelling is explained once: " + said.out
    assert json.loads(ask("show", one, "--json").out)["id"] == one
    assert "Left out" in ask("show", "--dropped", "sample/herald/bali.txt", status=FOUND).out
    why = ask("explain", one, status=FOUND)
    assert "full-name" in why.out and "Set aside" in why.out and "Days" in why.out, why
    assert "relative to publication, 2019-04-25; rule" in why.out, why
    ask("similar", one, status=FOUND)
    with Daemon() as e:
        e.push([{"id": "hung", "text": "He was elected on 3 March 2014. Three days later he was arrested."},
            {"id": "told", "text": "Prices rose after Russia's invasion of Ukraine in February last year."},
            {"id": "torn", "text": "After the invasion of Ukraine last year, and after the invasion of Iraq last year, he wrote this."}])
        why = dossier("explain", "hung", socket=e.socket, status=FOUND)
        assert 'anchored to "3 March 2014" at 18; rule later' in why.out, why
        why = dossier("explain", "told", socket=e.socket, status=FOUND)
        assert "Publication: inferred from\n" in why.out, why
        why = dossier("explain", "torn", socket=e.socket, status=FOUND)
        assert "Publication: unknown" in why.out and why.out.count("last year") >= 4, why
        report = open(os.path.join(SAMPLE, "wire/2018-03-28-kim-beijing.txt")).read()
        e.push([{"id": "a", "text": report}, {"id": "b", "text": report}, {"id": "c", "text": "Kim Jong-un went to Beijing once more."}])
        copies = dossier("similar", "a", socket=e.socket, status=FOUND)
        printings, like = copies.out.split("Like it")
        assert "Other printings of this story" in printings and "     b  (the same words)\n" in printings and "     c\n" in like and "     b" not in like, copies
    twin = ask("similar", "sample/web/2021-06-16-geneva.html", "--csv", "-n", "1", status=FOUND)
    assert "geneva" in twin.out, twin
    for command in ("show", "explain", "similar"):
        assert "nope" in ask(command, "nope", status=NOTHING).err
        assert "takes one ID" in ask(command, status=USAGE).err


def leaders():
    said = ask("leaders", "putin", status=FOUND)
    assert "vladimir-putin" in said.out and "President, RU" in said.out and "Путин" in said.out, said
    many = ask("leaders", "kim", status=FOUND)
    assert many.out.splitlines()[0].split() == ["id", "name", "country", "articles"] and "kim-jong-un" in many.out, many
    assert ask("leaders", "zzzyyyxxx", status=NOTHING).out == ""
    rows = list(csv.DictReader(io.StringIO(ask("leaders", "--csv", "--country", "KP", "-n", "100").out)))
    assert rows and all(r["country"] == "KP" for r in rows), rows


def add_remove_sources_status():
    with tempfile.TemporaryDirectory() as top, Daemon() as e:
        news = os.path.join(top, "news")
        os.mkdir(news)
        for i in range(3):
            open(os.path.join(news, f"{i}.txt"), "w").write(f"Angela Merkel spoke in Berlin about matter {i}.\n")
        s = e.socket
        assert "dossier add" in dossier("sources", socket=s, status=NOTHING).err
        said = dossier("add", news, socket=s, status=FOUND)
        assert said.out == "" and "3 documents in the index" in said.err, said
        assert dossier("add", "-q", news, socket=s, status=FOUND).err == ""
        assert "news" in dossier("sources", socket=s, status=FOUND).out
        rows = list(csv.DictReader(io.StringIO(dossier("sources", "--csv", socket=s).out)))
        assert rows == [{"name": "news", "path": news, "state": "idle", "files": "3", "documents": "3"}], rows
        status = dossier("status", socket=s, status=FOUND)
        assert re.search(r"articles +3 ", status.out) and "failed" in status.out and "version" in status.out, status
        pushed = dossier("add", "-", socket=s, stdin='{"id":"a","text":"Barack Obama spoke."}\n{"id":"b","text":7}\n{"id":"c","text":"Xi Jinping spoke."}',
                         status=REFUSED)
        assert "2 added, 0 replaced, 0 unchanged, 1 rejected" in pushed.err and "document 2: " in pushed.err, pushed
        again = dossier("add", "-", socket=s, stdin='{"id":"a","text":"Barack Obama spoke."}\n{"id":"c","text":"Xi Jinping was silent."}\n', status=FOUND)
        assert "0 added, 1 replaced, 1 unchanged, 0 rejected" in again.err, again
        assert dossier("remove", "a", socket=s, status=FOUND).err == "a removed\n"
        assert "a" in dossier("remove", "a", socket=s, status=NOTHING).err
        assert dossier("remove", os.path.join(news, "1.txt"), socket=s, status=FOUND).err == "news/1.txt removed\n"
        assert e.json("/v1/status")["documents"] == 3
        dossier("remove", news, socket=s, status=FOUND)
        assert e.ids() == ["c"] and e.json("/v1/sources")["sources"] == []
        dossier("status", "--failed", socket=s, status=NOTHING)
        for command in (["add"], ["remove"], ["analyze"], ["api"], ["completion"]):
            assert "takes" in dossier(*command, socket=s, status=USAGE).err


def count():
    total = json.loads(ask("search", "-l", "putin", "--json", "--limit", "0").out)["total"]
    assert ask("count", "-l", "putin", status=FOUND).out == f"{total}\n"
    assert ask("count", "zzzyyyxxx", status=NOTHING).out == "0\n"
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write("putin\nnobody at all\r\n\nxi jinping\nkim\n")
        f.flush()
        said = ask("count", "--batch", f.name, "--leaders", "--csv", status=REFUSED)
        rows = list(csv.reader(io.StringIO(said.out)))
        assert rows[0] == ["leader", "articles"] and rows[1] == ["putin", str(total)] and rows[2] == ["nobody at all", ""] and int(rows[3][1]) > 1 and len(rows) == 5, rows
        assert "nobody at all" in said.err and "kim-jong-un" in said.err, said
    said = ask("count", "--batch", "-", "-l", "putin", stdin="zzzyyyxxx\ntalks\n", status=FOUND)
    assert re.match(r"^       0  zzzyyyxxx\n +[1-9]\d*  talks\n$", said.out), said
    assert [json.loads(x)["line"] for x in ask("count", "--json", "--batch", "-", stdin="a\nb").out.splitlines()] == ["a", "b"]
    assert "/no/such" in ask("count", "--batch", "/no/such", status=REFUSED).err


def watch():
    def push(e, *ids):
        e.push([{"id": i, "text": f"Angela Merkel spoke in Berlin about matter {i}, and about nothing else that day in {i}."} for i in ids])
    with tempfile.TemporaryDirectory() as state, Daemon() as e:
        def w(*words, status=None):
            return dossier("watch", *words, socket=e.socket, env={"XDG_STATE_HOME": state}, status=status)
        push(e, "old")
        assert "1 so far" in w("add", "m", "-l", "merkel", "berlin", status=FOUND).err
        assert "already" in w("add", "m", "x", status=REFUSED).err
        assert w("run", status=NOTHING).out == ""
        push(e, "one", "two")
        e.push([{"id": "other", "text": "Xi Jinping spoke in Beijing."}])
        rows = [r["id"] for r in csv.DictReader(io.StringIO(w("run", "--csv", status=FOUND).out))]
        assert sorted(rows) == ["one", "two"], rows
        assert w("run", status=NOTHING).out == ""
        push(e, "three")
        with open("/dev/full", "wb") as full:  # what could not be printed is told again
            p = subprocess.run([DOSSIER, "watch", "run"], stdout=full, stderr=subprocess.PIPE, env=environment(e.socket, {"XDG_STATE_HOME": state}))
            assert p.returncode == REFUSED, p
        assert "matter three" in w("run", "m", status=FOUND).out
        assert w("list", status=FOUND).out.split() == ["m", "leader=merkel", "q=berlin"], w("list")
        push(e, *(f"n{i}" for i in range(1500)))
        rows = [r["id"] for r in csv.DictReader(io.StringIO(w("run", "--csv", status=FOUND).out))]
        assert len(rows) == len(set(rows)) and set(rows) <= {f"n{i}" for i in range(1500)} and len(rows) > 0, len(rows)
        assert w("run", status=NOTHING).out == ""
        w("remove", "m", status=FOUND)
        assert w("remove", "m", status=REFUSED) and w("list", status=NOTHING).out == ""
        assert w("nonsense", status=USAGE) and w("add", status=USAGE)
        open(os.path.join(state, "dossier/watches.json"), "w").write("{broken")
        assert "watches.json" in w("run", status=REFUSED).err
        return f"{len(rows)} stories of 1,500 new articles"


def an_interrupted_add_leaves_the_daemon_at_work():
    with tempfile.TemporaryDirectory() as top, Daemon() as e:
        news = os.path.join(top, "news")
        os.mkdir(news)
        for i in range(3000):
            open(os.path.join(news, f"{i}.txt"), "w").write(f"Angela Merkel spoke in Berlin about matter {i}. " * 20)
        p = subprocess.Popen([DOSSIER, "add", "--json", news], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(e.socket, None))
        assert p.stdout.readline()  # it follows the progress
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=30)
        assert p.returncode == 130 and b"goes on" in err, (p.returncode, err)
        assert e.idle()["documents"] == 3000


def analyze():
    said = ask("analyze", os.path.join(SAMPLE, "wire/2019-04-25-vladivostok.txt"), status=FOUND)
    assert "Vladimir Putin" in said.out and "Left out" in said.out, said
    said = ask("analyze", "-", stdin="President Ronald Reagan met Mikhail Gorbachev in Geneva on 19 November 1985.", status=FOUND)
    assert "[Ronald Reagan]" in said.out and "1985-11-19" in said.out, said
    with tempfile.TemporaryDirectory() as top:
        for name, data, why in (("a.jsonl", b'{"text":"Putin spoke."}\n', "neither text nor HTML"), ("b", b"%PDF-1.7 x", "neither text nor HTML"), ("c.txt", b"PK\x03\x04\x00\x00", "neither text nor HTML"),
                                ("empty.html", b"<html><body><iframe src=x></iframe></body></html>", "no readable text")):
            open(os.path.join(top, name), "wb").write(data)
            said = ask("analyze", os.path.join(top, name), status=REFUSED)
            assert why in said.err and len(said.err.splitlines()) == 2 and not said.out, said
    missing = ask("analyze", "/no/such/file", status=REFUSED)
    assert "/no/such/file: No such file" in missing.err, missing


def config():
    """Every value and where it came from: default, system, user, file, option; read again by --check-config as a file."""
    with tempfile.TemporaryDirectory() as top:
        home = os.path.join(top, "config/dossier")
        os.makedirs(home)
        user, named = os.path.join(home, "dossier.ini"), os.path.join(top, "named.ini")
        open(user, "w").write("deadline = 700\ncache = 8M ; small\nsource = %s\n" % top)
        open(named, "w").write("near-window = 9\n")
        env = dict(os.environ, XDG_CONFIG_HOME=os.path.join(top, "config"))

        def checked(*words, status=0):
            p = subprocess.run([DOSSIERD, "--check-config", "--index", os.path.join(top, "index"), "--socket", os.path.join(top, "s"), *words], capture_output=True, text=True, env=env)
            assert p.returncode == status, p
            return p.stderr if status else {m[0]: (m[1], m[2]) for m in re.findall(r"^([a-z-]+) = (.*?) +; (.*)$", p.stdout, re.M)}
        said = checked("--near-window", "7")
        assert said["deadline"] == ("700", user) and said["cache"] == ("8M", user) and said["near-window"] == ("7", "option") and said["results"] == ("1000", "default") and said["source"] == (top, user), said
        keys = set(re.findall(r'^(?:NUMBER|SWITCH)\(\w+, "([a-z-]+)"', open(os.path.join(ROOT, "daemon/config.def")).read(), re.M))
        assert keys <= set(said), keys - set(said)
        alone = checked("--config", named)
        assert alone["near-window"] == ("9", named) and alone["deadline"] == ("2000", "default"), alone
        p = subprocess.run([DOSSIERD, "--check-config", "--near-window", "7"], capture_output=True, text=True, env=env)
        open(named, "w").write(p.stdout)  # what is shown is a file again
        assert checked("--config", named)["near-window"][0] == "7"
        open(named, "w").write("deadlin = 7\n")
        err = checked("--config", named, status=2)
        assert "named.ini line 1: deadlin" in err and "--check-config" in err, err
        assert "no such user" in checked("--writer", "nobody-of-this-name", status=2)
        with Daemon("--results", "50", folder=top) as e:
            said = dossier("config", socket=e.socket, status=FOUND)
            assert re.search(rf"^{re.escape(user)}  \(user\)$", said.out, re.M) and re.search(r"^deadline +700 ms +user$", said.out, re.M) and re.search(r"^results +50 hits +option$", said.out, re.M), said
            assert re.search(r"^cache +8M +user$", said.out, re.M) and re.search(r"^watch +yes +default$", said.out, re.M), said
            assert "ended, its process with it; default 2000 ms" in dossier("config", "deadline", socket=e.socket, status=FOUND).out.replace("\n  ", " ")
            rows = {r["setting"]: r for r in csv.DictReader(io.StringIO(dossier("config", "--csv", socket=e.socket).out))}
            assert keys <= set(rows) and rows["deadline"]["default"] == "2000 ms" and rows["deadline"]["from"] == "user", rows
            missing = dossier("config", "deadline", "cachy", socket=e.socket, status=NOTHING)
            assert "no setting cachy" in missing.err and "700 ms" in missing.out, missing
            assert "did you mean cache?" in missing.err and "try: dossier config cache\n" in missing.err, missing
            assert "did you mean" not in dossier("config", "nothing-like-it", socket=e.socket, status=NOTHING).err
            assert dossier("__complete", "config", "dead", socket=e.socket).out == "deadline\n"
            assert json.loads(dossier("config", "--json", socket=e.socket).out)["settings"]
    return f"{len(keys)} numbers and switches"


def hits_as_files():
    with tempfile.TemporaryDirectory() as top, Daemon() as e:
        news = os.path.join(top, "the news\n")
        os.mkdir(news)
        for name in ("one.txt", "a b.txt"):
            open(os.path.join(news, name), "w").write(f"Angela Merkel spoke in Berlin about {name}.\n")
        open(os.path.join(news, "many.jsonl"), "w").write("".join(json.dumps({"id": f"m{i}", "text": f"Angela Merkel was silent, time {i}.", "source": "other"}) + "\n" for i in range(3)))
        dossier("add", news, socket=e.socket, status=FOUND)
        e.push([{"id": "pushed", "text": "Angela Merkel spoke once more."}])
        said = dossier("search", "-l", "merkel", "--all", "--format", "paths0", socket=e.socket, status=FOUND)
        files = said.raw.split(b"\0")
        assert files[-1] == b"" and set(files[:-1]) == {os.path.join(news, f).encode() for f in ("one.txt", "a b.txt", "many.jsonl")}, files
        assert "1 of them came from no file" in said.err, said
        assert dossier("search", "zzzyyyxxx", "--format", "paths0", socket=e.socket, status=NOTHING).raw == b""
        assert dossier("search", "merkel", "--format", "csv", socket=e.socket, status=FOUND).out == dossier("search", "merkel", "--csv", socket=e.socket).out
        assert json.loads(dossier("search", "merkel", "--format", "json", socket=e.socket, status=FOUND).out)["total"] == 6
        assert "text, json, csv, paths0 or bibtex" in dossier("search", "--format", "xml", socket=e.socket, status=USAGE).err
        return f"{len(files) - 1} files of 6 articles"


def sources_of_a_paper():
    """BibTeX: what is known and no more, keys that stay, nothing that TeX would obey."""
    with Daemon() as e:
        e.push([{"id": "a/b_c.txt", "title": "Costs & {50} %$#_~^\\x", "author": "Anna Reuss and Luc Perrin", "text": "Angela Merkel spoke.", "published": "2019-04-25", "url": "https://x.example/a_b?c=%7B{}\\", "source": "wire"},
                {"id": "a/b-c.txt", "title": "März", "text": "Angela Merkel was silent.", "published": "2019-04"}, {"id": "u", "text": "Angela Merkel left."}])
        said = dossier("search", "merkel", "--format", "bibtex", "--sort", "newest", socket=e.socket, status=FOUND)
        entries = said.out.split("\n\n")
        assert len(entries) == 4 and entries[3] == "" and said.err == "", said
        assert "  title = {{Costs \\& \\{50\\} \\%\\$\\#\\_\\textasciitilde{}\\textasciicircum{}\\textbackslash{}x}},\n" in entries[0], entries[0]
        assert "author = {{Anna Reuss and Luc Perrin}}" in entries[0] and "year = {2019}, month = {4}, day = {25},\n" in entries[0] and "note = {dossier: a/b\\_c.txt}" in entries[0], entries[0]
        assert "  url = {https://x.example/a_b?c=%7B%7B%7D%5C},\n" in entries[0], entries[0]
        assert "year = {2019}, month = {4},\n" in entries[1] and "day" not in entries[1] and "author" not in entries[1] and "year" not in entries[2], entries
        keys = [re.match(r"@misc\{([A-Za-z0-9-]+),\n", x).group(1) for x in entries[:3]]
        assert len(set(keys)) == 3 and keys[0].startswith("a-b-c-txt-") and keys[1].startswith("a-b-c-txt-"), keys
        again = dossier("search", "silent", "--format", "bibtex", socket=e.socket, status=FOUND).out
        assert keys[1] in again
        assert keys[1] in dossier("similar", "a/b_c.txt", "--format", "bibtex", socket=e.socket).out + again
        assert dossier("search", "zzzyyyxxx", "--format", "bibtex", socket=e.socket, status=NOTHING).raw == b""


def values_by_name():
    said = ask("facets", "--named", "kim", status=FOUND)
    assert re.findall(r"^  (Kim [A-Za-z-]+) ", said.out, re.M)[:2] == ["Kim Jong-un", "Kim Jong-il"], said
    one = json.loads(ask("api", "GET", "/v1/facets?leader=kim-jong-il&facets=leader:100").out)["facets"]["leader"]["values"]
    rows = list(csv.DictReader(io.StringIO(ask("facets", "--named", "p", "-l", "kim-jong-il", "--csv", "-n", "100", "--facets", "leader,source").out)))
    counts = {v["id"]: v["count"] for v in one}
    assert rows and all(r["facet"] == "source" or counts[r["value"]] == int(r["count"]) for r in rows) and "kim-jong-un" not in [r["value"] for r in rows], rows
    assert "Germany" in ask("facets", "--named", "germ", "--facets", "country", status=FOUND).out
    assert "(1 of " in ask("facets", "--named", "kim", "-n", "1", status=FOUND).out
    assert "dossier leaders -- zzz" in ask("facets", "--named", "zzz", status=NOTHING).err
    assert "not among date" in ask("facets", "--named", "x", "--facets", "leader,date:year", status=USAGE).err
    assert json.loads(ask("facets", "--named", "kim", "--json", status=FOUND).out)["values"]
    assert "kim-jong-un" in ask("__complete", "facets", "--named", "kim").out.split()


def zooming():
    year, month = (list(csv.DictReader(io.StringIO(ask("timeline", "--zoom", z, "--csv", status=FOUND).out))) for z in ("2018", "2018-06"))
    assert {r["kind"] for r in year} <= {"month", "coarser", "undated"} and {r["kind"] for r in month} <= {"day", "coarser", "undated"}, (year, month)
    assert all(r["time"].startswith("2018") for r in year if r["kind"] == "month") and all(r["time"].startswith("2018-06") for r in month if r["kind"] == "day")
    assert sum(int(r["count"]) for r in month if r["kind"] == "day") == sum(int(r["count"]) for r in year if r["time"] == "2018-06")
    for words, must in ((["--zoom", "2018-06-12"], "into a year or a month"), (["--zoom", "soon"], "2018-05"), (["--zoom", "2018", "-f", "2017"], "takes no --from"), (["--zoom", "2018", "--facets", "date:day"], "takes no --from")):
        assert must in ask("timeline", *words, status=USAGE).err, words


def flushing():
    with Daemon("--commit-time", "60000") as e:
        e.push([{"id": "a", "text": "Angela Merkel spoke."}])
        said = dossier("flush", socket=e.socket, status=FOUND)
        assert said.out == f"revision {e.json('/v1/status')['revision']}\n", said
        assert "revision" in json.loads(dossier("flush", "--json", socket=e.socket, status=FOUND).out)
        dossier("flush", "now", socket=e.socket, status=USAGE)


def api():
    assert json.loads(ask("api", "GET", "/v1/search?q=putin kim&limit=1", status=FOUND).out)["total"] > 0
    problem = ask("api", "GET", "/nowhere", status=REFUSED)
    assert json.loads(problem.out)["code"] == "no-such-route" and "/nowhere" in problem.err, problem
    assert ask("api", "POST", "/v1/analyze?clean=0", '{"text":"Angela Merkel spoke."}', status=FOUND).out.count("angela-merkel") >= 1
    ask("api", "get", "/v1/status", status=USAGE)
    ask("api", "GET", status=USAGE)


def errors_teach():
    for words, status, must in (
        (["serch", "x"], USAGE, "did you mean 'search'?"), ([], USAGE, None), (["search", "--limt", "3"], USAGE, "did you mean --limit?"),
        (["search", "-n"], USAGE, "needs N"), (["search", "--json=3"], USAGE, "takes no value"), (["search", "-n", "many"], USAGE, "whole number"),
        (["search", "-f", "last week"], USAGE, "--from last week: allowed is a date: 2015, 2015-01 or 2015-01-20"), (["search", "-l", "kim jon"], REFUSED, "kim-jong-un"),
        (["search", "-l", "kim"], REFUSED, "kim-jong-il"), (["search", "--sort", "up"], USAGE, "relevance, newest or oldest"),
        (["search", "--date-match", "x"], USAGE, "overlaps or within"), (["search", "--color", "x"], USAGE, "auto, always or never"),
        (["--json", "search"], USAGE, "options go behind the command"), (["facets", "--facets", "mood"], USAGE, "leader, date, country"),
        (["completion", "ksh"], USAGE, "bash, zsh or fish"), (["search", "--cursor", "xx"], USAGE, "cursor"),
    ):
        said = ask(*words)
        assert said.status == status, (status, said)
        assert must is None or must in said.err, (must, said)
        assert must is None or said.out == "", said
    stranger = ask("who", "trade", status=REFUSED)  # near nobody: nobody is offered
    assert "Did you mean" not in stranger.err and "dossier leaders NAME" in stranger.err, stranger
    for typed, meant in (("putn", "vladimir-putin"), ("Angela Merkle", "angela-merkel"), ("zelenski", "volodymyr-zelenskyy")):
        offered = ask("who", typed)
        assert offered.status != REFUSED or meant in offered.err.split("\n")[2], offered
    refused = ask("search", "-l", "kim", "--json", status=REFUSED)
    assert json.loads(refused.out)["code"] == "ambiguous-leader", refused


def nobody_listens():
    with tempfile.TemporaryDirectory() as top:
        stale = os.path.join(top, "stale")
        socket.socket(socket.AF_UNIX).bind(stale)
        for path, must in ((os.path.join(top, "none"), "dossierd"), (stale, "dossierd"), ("x" * 200, "107 bytes")):
            for words in (["search", "x"], ["status"], ["add", top], ["sources"], ["show", "x"], ["remove", "x"], ["leaders"], ["timeline"], ["add", "-"]):
                said = dossier(*words, socket=path, stdin='{"id":"a","text":"x"}', status=UNREACHABLE)
                assert path in said.err and must in said.err, said
        assert os.path.join(top, "none") in dossier("search", "--socket", os.path.join(top, "none"), "x", socket=stale, status=UNREACHABLE).err


def help_and_completion():
    everything = dossier("--help", status=0).out
    assert max(len(line) for line in everything.splitlines()) <= 80, everything
    table = everything.split("\n\n")[2].splitlines()
    assert len(table) > 15 and all(line[33] == " " and line[34] != " " for line in table), everything
    for row in re.findall(r'^COMMAND\((\w+),', open(os.path.join(ROOT, "client/options.def")).read(), re.M):
        assert re.search(rf"^  {row} ", everything, re.M), row
        said = dossier(row, "--help", status=0)
        assert all(len(line) <= 80 for line in said.out.split("Examples:")[0].splitlines()), said
        assert said.out.startswith(f"dossier {row}") and "Examples:" in said.out and "--socket" in said.out, said
        assert dossier("help", row, status=0).out == said.out
        assert row in dossier("__complete", row[:2]).out.split()
        listed = set(re.findall(r"^  (?:-\w,|   ) (--[a-z-]+)", said.out, re.M))
        assert len(listed) >= 7 and listed == set(dossier("__complete", row, "--").out.split()), (row, listed)
    assert re.match(r"dossier \d", dossier("--version", status=0).out) and dossier("search", "--version").out == dossier("--version").out
    assert "--leader" in dossier("__complete", "search", "--le").out
    assert dossier("__complete", "watch", "").out.split() == ["add", "run", "list", "remove"] and dossier("__complete", "watch", "r").out.split() == ["run", "remove"]
    assert ask("__complete", "templates", "sam").out.split() == ["sample"]
    assert ask("__complete", "search", "-l", "vladimir-p").out.split() == ["vladimir-putin"]
    assert ask("__complete", "search", "--leader", "xi-jinping,vladimir-p").out.split() == ["xi-jinping,vladimir-putin"]
    assert dossier("__complete", "search", "-l", "vladimir-p", socket="/none").raw == b""
    for shell in ("bash", "zsh", "fish"):
        script = dossier("completion", shell, status=0).out
        assert "__complete" in script
        if shutil.which(shell):
            subprocess.run([shell, "-n"], input=script.encode(), check=True)
    ask_bash = dossier("completion", "bash").out + "\nCOMP_WORDS=(dossier search --lea); COMP_CWORD=2; _dossier 2>/dev/null; echo \"${COMPREPLY[@]}\""
    env = environment(None, None)
    env["PATH"] = os.path.dirname(DOSSIER) + ":" + env["PATH"]
    assert subprocess.run(["bash"], input=ask_bash.encode(), capture_output=True, env=env).stdout.split() == [b"--leader"]


def at_a_terminal():
    s = d().socket
    plain = ask("search", "putin", "kim")
    assert "\x1b" not in plain.out
    coloured = on_terminal("search", "putin", "kim", socket=s, status=FOUND)
    assert "\x1b[" in coloured.out and re.sub(r"\x1b\[[0-9;]*m", "", coloured.out).split("\n", 1)[1] == plain.out.split("\n", 1)[1], coloured
    assert "\x1b" not in on_terminal("search", "putin", socket=s, env={"NO_COLOR": "1"}).out
    assert "\x1b" not in on_terminal("search", "putin", socket=s, env={"TERM": "dumb"}).out
    assert "\x1b" not in on_terminal("search", "putin", "--color", "never", socket=s).out
    assert "\x1b[" in on_terminal("search", "putin", "--color", "always", socket=s, env={"NO_COLOR": "1"}).out
    assert "\x1b[" in ask("search", "putin", "--color=always").out
    assert "\x1b]8;;https://" in ask("search", "--hyperlink", "--source", "agency", "-n", "20").out
    assert "\x1b]8" not in ask("search", "--source", "agency", "-n", "20").out
    paged = on_terminal("search", "putin", socket=s, env={"DOSSIER_PAGER": "sed s/^/PAGED:/"}, status=FOUND)
    assert all(line.startswith("PAGED:") for line in paged.out.splitlines()), paged
    assert "PAGED" not in on_terminal("search", "putin", "--no-pager", socket=s, env={"DOSSIER_PAGER": "sed s/^/PAGED:/"}).out
    assert "PAGED" not in on_terminal("search", "putin", "--json", socket=s, env={"DOSSIER_PAGER": "sed s/^/PAGED:/"}).out
    long = on_terminal("facets", "--facets", "leeder", socket=s, errors=True, columns=60, status=USAGE).out
    assert len(long.splitlines()) > 3 and all(len(line) <= 60 for line in long.splitlines()), long
    assert " ".join(long.split()) == " ".join(ask("facets", "--facets", "leeder").err.split()), long
    assert "\n  try: dossier facets --help\n" in long
    nothing = ask("facets", "zeppelinzzz", status=NOTHING)
    assert "Date" not in nothing.out and "0 articles" in nothing.out, nothing
    unknown = ask("search", "--lang", "klingon", status=NOTHING)
    assert "without lang klingon" in unknown.err and "try: dossier facets --facets lang " in unknown.err, unknown
    assert "called nowhere" in ask("templates", "nowhere", status=NOTHING).err
    early = on_terminal("search", "--all", socket=s, env={"DOSSIER_PAGER": "head -1"}, status=FOUND)
    assert early.err == "", early


def columns_stay_straight():
    with Daemon() as e:
        e.push(WORLD)
        calls = [["search", "putin"], ["facets"], ["timeline", "-l", "putin"], ["timeline", "-l", "putin", "-l", "xi", "-l", "kim-jong-un"], ["who", "putin"], ["meetings", "putin"], ["show", "ko"], ["show", "de"],
                 ["explain", "de"], ["similar", "ru"], ["search", "--facets", "source,leader"], ["leaders", "putin"], ["leaders", "kim"], ["status"], ["sources"], ["count", "putin"], ["config", "deadline"]]
        for columns in (40, 60, 80, 120):
            for words in calls:
                for line in on_terminal(*words, socket=e.socket, columns=columns, env={"NO_COLOR": "1"}).out.splitlines():
                    assert cells(line) <= columns or len(line.split()) == 1, (words, columns, cells(line), line)
        for words in calls:  # where there is no terminal the width is that of COLUMNS, else 80
            for line in dossier(*words, socket=e.socket, env={"COLUMNS": "50"}).out.splitlines():
                assert cells(line) <= 50 or words[0] in ("show",) or len(line.split()) == 1, (words, line)
        rows = [re.match(r"^  (.*?) +(\d+) +\d+ %  ", line) for line in dossier("facets", "--facets", "source", socket=e.socket).out.splitlines()]
        ends = {cells(m.group(0)) for m in rows if m}
        assert len([m for m in rows if m]) == 4 and len(ends) == 1, (rows, ends)
        assert "~ 2023" in dossier("search", "putin", "--source", "Известия", socket=e.socket).out
        assert "~ Dec 2017" in dossier("search", "putin", "--source", "الأهرام", socket=e.socket).out


def a_terminal_that_is_resized():
    """status --watch takes the width that the terminal has now, again and again."""
    main, side = pty.openpty()
    width = lambda columns: fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    width(120)
    p = subprocess.Popen([DOSSIER, "status", "--watch"], stdin=subprocess.DEVNULL, stdout=side, stderr=subprocess.DEVNULL, env=environment(d().socket, {}))

    def screen(fits):
        """The first whole screen that fits."""
        text, until = b"", time.monotonic() + 60
        while time.monotonic() < until:
            text += os.read(main, 65536)
            for whole in re.sub(rb"\x1b\[[0-9;]*m", b"", text).replace(b"\r", b"").split(b"\x1b[H\x1b[J")[1:-1]:
                widest = max(cells(x) for x in whole.decode().splitlines())
                if fits(widest):
                    return widest
        raise AssertionError(text[-2000:])
    wide = screen(lambda n: 60 < n <= 120)
    width(50)
    narrow = screen(lambda n: n <= 50)
    width(120)
    screen(lambda n: n > 60)
    p.send_signal(signal.SIGINT)
    assert p.wait(30) in (0, -signal.SIGINT, 130), p.returncode
    os.close(main), os.close(side)
    return f"{wide} columns, then {narrow}"


def output_that_breaks():
    s = d().socket
    with open("/dev/full", "wb") as full:
        p = subprocess.run([DOSSIER, "search", "putin"], stdout=full, stderr=subprocess.PIPE, env=environment(s, None))
        assert p.returncode == REFUSED and b"could not be written" in p.stderr, p
    p = subprocess.Popen([DOSSIER, "search", "--all", "--csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(s, None))
    p.stdout.close()
    err = p.stderr.read()
    assert p.wait(timeout=30) == FOUND and err == b"", (p.returncode, err)


def it_is_thin():
    if b"libasan" in open(DOSSIER, "rb").read():
        return "skipped: built with sanitizers"
    needed = re.findall(r"NEEDED +(\S+)", subprocess.run(["objdump", "-p", DOSSIER], capture_output=True, text=True, check=True).stdout)
    assert set(needed) <= {"libc.so.6", "libjansson.so.4", "ld-linux-x86-64.so.2"}, needed
    first, start = first_bytes()
    if first >= 0.015:  # a machine that was busy is asked once more
        first, start = first_bytes()
    assert first < max(0.015, 3 * start), f"first byte after {first * 1000:.1f} ms; dossier --version after {start * 1000:.1f}"
    return f"first byte after {first * 1000:.1f} ms (median), {first / start:.1f} times dossier --version"


def first_bytes():
    """Medians, the start of the process included, of a search and of the client's start alone, in turn."""
    def once(*words):
        t = time.monotonic()
        p = subprocess.Popen([DOSSIER, *words], stdout=subprocess.PIPE, env=environment(d().socket, None))
        p.stdout.read(1)
        taken = time.monotonic() - t
        p.communicate()
        return taken
    both = [(once("search", "talks"), once("--version")) for _ in range(50)]
    return tuple(sorted(times)[25] for times in zip(*both))


def demo():
    p = subprocess.run([os.path.join(ROOT, "tests/demo.sh"), os.path.dirname(DOSSIER)], capture_output=True, timeout=300)
    assert p.returncode == 0, p.stderr.decode()[-3000:]
    said = p.stdout.decode().splitlines()
    last = [line for line in said if line.startswith("demo: ")][-1]
    assert last.startswith("demo: 68 articles, 8 questions answered"), last
    assert said[-1].strip() == "dossier add data/sample", said[-6:]  # how to go on
    return last


def the_end():
    if shared:
        shared.__exit__(None, None, None)


run([search, facets_and_timeline, orders_and_limits, who_and_meetings, meetings_view, show_explain_similar, leaders, add_remove_sources_status, count, watch,
     an_interrupted_add_leaves_the_daemon_at_work, analyze, config, hits_as_files, sources_of_a_paper, values_by_name, zooming, flushing, api, errors_teach, nobody_listens, help_and_completion, at_a_terminal,
     columns_stay_straight, a_terminal_that_is_resized, output_that_breaks, it_is_thin, demo, the_end])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings that change while the daemon runs: taken up by every process, all or nothing, and what waits for a restart is named."""
import json, os, re, signal, subprocess, sys, threading
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import BIN, Client, Daemon, ROOT, run

GOOD = "Angela Merkel spoke in Berlin about the budget. "
DOSSIER = os.path.abspath(os.path.join(BIN, "dossier"))


class Configured(Daemon):
    """One with a file of settings, read anew by reload()."""

    def __init__(self, text, *args):
        super().__init__(*args)
        self.file = os.path.join(self.folder, "ini")
        self.args = ("--config", self.file, *args)
        self.write(text)

    def command(self):
        words = super().command()
        at = words.index("--min-free")  # (an option would stay over the file)
        return words[:at] + words[at + 2:]

    def write(self, text):
        with open(self.file, "w") as f:
            f.write(text if "min-free" in text else text + "min-free = 0\n")

    def reload(self, text=None, says="settings-changed"):
        if text is not None:
            self.write(text)
        before = self.log_text().count(says)
        self.process.send_signal(signal.SIGHUP)
        self.until_logged(says, after=before)

    def setting(self, key):
        return next(s for s in self.json("/v1/config")["settings"] if s["key"] == key)

    def says(self, *words):
        p = subprocess.run([DOSSIER, *words, "--socket", self.socket], capture_output=True, text=True, timeout=60, env=dict(os.environ, COLUMNS="100"))
        return p.returncode, p.stdout, p.stderr


def every_process_takes_it_up():
    with Configured("query-size = 16\nbody-size = 10\nfile-size = 500\nhead-size = 600\nwatch = no\n") as d:
        long = "q=" + "x" * 30
        many = os.path.join(d.folder, "articles")
        os.mkdir(many)
        with open(os.path.join(many, "big.txt"), "w") as f:
            f.write(GOOD * 30)
        source = {"path": many}
        assert d.ask("GET", "/v1/search?" + long)[0] == 413
        assert d.ask("POST", "/v1/flush", " " * 50)[0] == 413
        assert d.ask("GET", "/v1/status", headers={"X-Long": "x" * 700})[0] == 431
        d.reload("query-size = 100\nbody-size = 10000\nfile-size = 500\nhead-size = 4k\nwatch = no\n")
        assert d.ask("GET", "/v1/search?" + long)[0] == 200  # a search worker's
        assert d.ask("POST", "/v1/flush", " " * 50)[0] in (200, 400)  # the front's
        assert d.ask("GET", "/v1/status", headers={"X-Long": "x" * 700})[0] == 200
        d.json("/v1/sources", "POST", json.dumps(source), status=201)
        d.idle()
        assert d.json("/v1/status")["failed"]["count"] == 1
        d.reload("query-size = 100\nbody-size = 10000\nfile-size = 5000\nwatch = no\n")
        d.follow(lambda line: line["state"] == "idle" and line["documents"] == 1)  # a reader's; what failed for it is tried again by itself
        assert d.json("/v1/status")["failed"]["count"] == 0
        d.reload("file-size = 5000\nmin-free = 1000G\nwatch = no\n")
        d.follow(lambda line: line["state"] == "paused")  # the index process's
        assert d.json("/v1/status")["health"] == "disk-full"
        d.reload("file-size = 5000\nmin-free = 0\nwatch = no\n")
        d.follow(lambda line: line["state"] == "idle")
        more = os.path.join(d.folder, "more")
        os.mkdir(more)
        with open(os.path.join(more, "a.txt"), "w") as f:
            f.write(GOOD)
        d.reload(f"source = {more}\nmin-free = 0\nwatch = no\n")
        d.follow(lambda line: line["state"] == "idle" and line.get("documents") == 2)
        with open(os.path.join(more, "b.txt"), "w") as f:
            f.write("x " * 4000 + GOOD)
        os.kill(next(p for p, name in d.children().items() if name == "index"), signal.SIGKILL)  # the next one has them as well, and looks at the sources
        d.follow(lambda line: line["state"] == "idle" and line.get("documents") == 3)
        assert d.setting("file-size")["value"] == 64 << 20 and d.setting("file-size")["from"] == "default"


def all_or_nothing():
    good = "query-size = 50\n"
    with Configured(good) as d:
        for text, why in (("query-size = 60\ndeadline = soon\n", "line 2: deadline = soon"), ("query-size = 60\ncolour = red\n", "line 2: colour"),
                          ("query-size = 60\nwriter = nobody-of-this-name\n", "no such user"), ("query-size = 60\nrubbish\n", "line 2"), ("\0\xff\n", "line 1"), ("source = /" + "x" * 200 + "\n", "line 1: longer than")):
            d.reload(text, "settings-refused")
            assert why in d.json("/v1/status")["settings"]["problem"] and why in d.json("/v1/config")["problem"], (why, d.json("/v1/status")["settings"])
            assert d.setting("query-size")["value"] == 50, text
            assert d.ask("GET", "/v1/search?q=" + "x" * 55)[0] == 413
            assert why in re.sub(r"\s+", " ", d.says("status")[1]) and why in re.sub(r"\s+", " ", d.says("config")[1]), d.says("status")
        os.unlink(d.file)
        os.mkfifo(d.file)  # whoever opened it would wait for a writer
        d.reload(says="settings-refused")
        assert "a pipe or a device" in d.json("/v1/status")["settings"]["problem"]
        os.unlink(d.file)
        d.reload(says="settings-refused")
        assert d.file in d.json("/v1/status")["settings"]["problem"]
        d.reload(good, "settings-unchanged")
        assert d.json("/v1/status")["settings"] == {"problem": None, "waiting": []}
        assert "settings" not in d.says("status")[1]


def what_waits_for_a_restart():
    with Configured("search-workers = 2\n") as d:
        d.reload("search-workers = 3\nwatch = no\ndeadline = 1500\n")
        assert d.json("/v1/status")["settings"]["waiting"] == ["search-workers", "watch"]
        assert d.setting("search-workers")["value"] == 2 and d.setting("search-workers")["waiting"] == 3 and d.setting("search-workers")["change"] == "restart"
        assert d.setting("deadline")["value"] == 1500 and "waiting" not in d.setting("deadline") and d.setting("deadline")["change"] == "reload"
        assert 'settings="search-workers watch"' in d.until_logged("settings-wait")
        assert "waiting for a restart: search-workers, watch" in d.says("status")[1], d.says("status")
        said = d.says("config")[1]
        assert re.search(r"^search-workers +2 processes +file \(3 processes after a restart\)$", said, re.M) and "(no after a restart)" in said, said
        assert re.search(r"^search-workers,2 processes,0 processes,file,.*,restart,3 processes$", d.says("config", "--csv")[1], re.M)
        assert "a change waits for a restart" in d.says("config", "search-workers")[1] and "restart" not in d.says("config", "deadline")[1]
        d.reload("search-workers = 2\n")
        assert d.json("/v1/status")["settings"]["waiting"] == []


def options_stay_over_the_file():
    with Configured("deadline = 700\n", "--deadline", "500") as d:
        d.reload("deadline = 900\n", "settings-unchanged")
        assert d.setting("deadline")["value"] == 500 and d.setting("deadline")["from"] == "option"


def nobody_notices():
    """Reloads while questions are asked and documents come: every one is answered."""
    with Configured("cache = 1M\n") as d:
        d.push([{"id": f"d{i}", "text": f"{GOOD} Matter {i}."} for i in range(50)])
        bad, asked, over = [], [0], threading.Event()

        def ask():
            c = Client(d.socket)
            while not over.is_set():
                status, _, body = c.ask("GET", "/v1/search?q=budget&limit=1")
                asked[0] += 1
                if status != 200 or json.loads(body)["total"] < 50:
                    bad.append((status, body))
            c.close()

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for t in threads:
            t.start()
        for i in range(20):
            d.reload(f"cache = {i + 2}M\n")
            d.push([{"id": f"p{i}", "text": GOOD}])
        over.set()
        for t in threads:
            t.join()
        assert not bad, bad[:3]
        assert d.json("/v1/status")["documents"] == 70
        return f"{asked[0]} questions over 20 reloads"


def every_row_says_when():
    rows = re.findall(r'^(?:NUMBER|PATH|SWITCH|LIST)\(\w+, "([a-z-]+)", (\w+),', open(os.path.join(ROOT, "daemon/config.def")).read(), re.M)
    made = os.path.join(BIN, "..", "made", "dossier.ini.5")
    page = open(made).read() if os.path.exists(made) else ""  # (a build of single targets has none)
    with Daemon() as d:
        said = {s["key"]: s["change"] for s in d.json("/v1/config")["settings"]}
    assert len(rows) > 50
    for key, when in rows:
        assert said[key] == {"LIVE": "reload", "START": "restart"}[when], key
        if not page:
            continue
        paragraph = re.search(r"\\fB" + re.escape(key) + r"\\fR.*?(?=\\fB[a-z-]+\\fR)", page.replace("\\-", "-") + r"\fBend\fR", re.S)
        assert paragraph and ("waits for a restart" in paragraph.group(0)) == (when == "START"), (key, paragraph)


if __name__ == "__main__":
    run([every_process_takes_it_up, all_or_nothing, what_waits_for_a_restart, options_stay_over_the_file, nobody_notices, every_row_says_when])

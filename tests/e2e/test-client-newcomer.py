#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody who was never here: a fresh home, the README's own commands, a folder of articles, the first answer; every hint followed.

The commands are taken out of README.md. The user's systemd is tried by ./dev package, in a booted system; here the README's other way
to start a daemon stands for it.
"""
import os, re, shlex, signal, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import BIN, DATA, ROOT, run

README = open(os.path.join(ROOT, "README.md")).read()
ARTICLES = {
    "kremlin.txt": "Putin receives Xi\n\n21 March 2023\n\nChinese President Xi Jinping arrived in Moscow on Monday for a visit of three days. Vladimir Putin received him at the Kremlin.\n",
    "ottawa.html": "<html><head><title>Merkel in Ottawa</title><meta name=date content=2015-02-09></head><body><p>Angela Merkel spoke with Stephen Harper about trade.</p></body></html>",
    "bread.txt": "Bread is dearer\n\n3 June 2019\n\nThe price of bread rose again, bakers said on Monday.\n",
}


def commands():
    block = re.search(r"((?:^    .*\n)+)", README[README.index("\n## Your own articles\n"):], re.M).group(1)
    return [line.strip() for line in block.splitlines()]


class Newcomer:
    def __init__(self):
        self.top = tempfile.TemporaryDirectory(prefix="dossier-test-")
        self.home = os.path.join(self.top.name, "home")
        os.makedirs(os.path.join(self.home, "articles"))
        for name, text in ARTICLES.items():
            open(os.path.join(self.home, "articles", name), "w").write(text)
        # Nothing of the builder's own setting: a session folder for sockets, as login gives one.
        os.mkdir(os.path.join(self.top.name, "run"), 0o700)
        self.env = {"HOME": self.home, "PATH": os.path.abspath(BIN) + ":/usr/bin:/bin", "XDG_RUNTIME_DIR": os.path.join(self.top.name, "run"), "LC_ALL": "C.UTF-8", "TERM": "dumb", "USER": "anna",
                    **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        self.daemon = None
        self.asked = []

    def types(self, line):
        """One line, as typed into a shell. A line that ends in & is the daemon: waits until it says that it is ready."""
        self.asked.append(line)
        line = re.sub(r"\s+#.*", "", line)
        if line.endswith("&"):
            self.log = open(os.path.join(self.top.name, "log"), "w+")
            self.daemon = subprocess.Popen(["/bin/bash", "-c", "exec " + line.rstrip("& ")], env=self.env, cwd=self.home, stderr=subprocess.PIPE, text=True)
            for said in self.daemon.stderr:
                self.log.write(said)
                if "ready " in said:
                    return 0, "", ""
            raise AssertionError(f"{line} does not get ready")
        p = subprocess.run(["/bin/bash", "-c", line], env=self.env, cwd=self.home, capture_output=True, text=True, timeout=120)
        return p.returncode, p.stdout, p.stderr

    def hints(self, *said):
        return [m for text in said for m in re.findall(r"^ *try: (.*)$", text, re.M)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.daemon:
            self.daemon.send_signal(signal.SIGTERM)
            assert self.daemon.wait(timeout=30) == 0
        self.top.cleanup()


def three_commands_to_the_first_answer():
    lines = commands()
    assert len(lines) <= 3 and lines[0].startswith("systemctl --user"), lines
    assert "where there is no systemd, `dossierd &` does" in README
    with Newcomer() as anna:
        for line in ["dossierd &"] + lines[1:]:
            status, out, err = anna.types(line)
            assert status == 0 and not re.search(r"error|fail|cannot|could not", err, re.I), (line, status, err)
        assert "Xi Jinping" in out and "Moscow" in out and "20 Mar 2023" in out or "21 Mar 2023" in out, out
        return f"{len(lines)} commands"


def hints_alone():
    """Who types before thinking: the words of each refusal lead to the first answer."""
    with Newcomer() as anna:
        status, _, err = anna.types("dossier search moscow")
        assert status == 3, err
        start = [h for h in anna.hints(err) if h.startswith(("dossierd", os.path.abspath(BIN)))]
        if not start:  # a machine with systemd and our units: its hints are tried by ./dev package
            assert any("systemctl" in h for h in anna.hints(err)), err
            start = ["dossierd &"]
        anna.types(start[0])
        status, out, err = anna.types("dossier search moscow")
        assert status == 1, (status, out, err)
        hint = anna.hints(err)[0]
        assert hint.startswith("dossier add "), (hint, "an empty index is told how to fill it")
        status, out, err = anna.types(hint)
        assert status == 0, (hint, status, out, err)
        status, out, err = anna.types("dossier search moscow")
        assert status == 0 and "Moscow" in out, (out, err)
        return " → ".join(anna.asked)


def every_hint_leads_on():
    """What a newcomer mistypes; each hint is run as it stands, and so are the hints of that. No hint ends in wrong usage."""
    typed = ["dossier", "dossier serch moscow", "dossier search muscow", "dossier search zeppelin", "dossier search -l putn", "dossier search -l kim", "dossier search --limt 3 moscow",
             "dossier search -f yesterday moscow", "dossier search -l putin -f 1700 -t 1701", "dossier show", "dossier show nothing", "dossier similar", "dossier explain", "dossier leaders nobodyatall", "dossier who merkel",
             "dossier who -l merkel zeppelin", "dossier meetings", "dossier meetings putin xi merkel", "dossier meetings putin xi merkel --sort oldest -n 1", "dossier timeline zeppelin", "dossier facets zeppelin", "dossier watch", "dossier watch run nothing", "dossier watch run",
             "dossier config nothing", "dossier api", "dossier api GET", "dossier completion", "dossier completion tcsh", "dossier analyze", "dossier analyze articles", "dossier add", "dossier add nothing", "dossier remove",
             "dossier remove nothing", "dossier status --failed", "dossier sources", "dossier count", "dossier count --batch nothing", "dossier help nothing", "dossier moscow", "dossier --version", "dossier search --format x"]
    with Newcomer() as anna:
        anna.types("dossierd &")
        assert anna.types("dossier add ~/articles")[0] == 0
        followed, dead = {}, []
        todo = [(line, 0) for line in typed]
        for line, depth in todo:
            status, out, err = anna.types(line)
            assert 0 <= status <= 4 and status != 3, (line, status, err)
            if depth and status == 2:
                dead.append((line, err))
            if depth == 0 and status not in (0, 1) and line != "dossier":
                assert len(err.splitlines()) >= 2, f"{line}: what to do is not said: {err!r}"
            for hint in anna.hints(out, err):
                if hint not in followed and depth < 4:
                    followed[hint] = line
                    todo.append((hint, depth + 1))
        assert not dead, dead
        assert len(followed) > 12, followed
        return f"{len(typed)} slips, {len(followed)} hints followed"


run([three_commands_to_the_first_answer, hints_alone, every_hint_leads_on])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Starting and stopping: one daemon an index, one a socket; clear refusals; nothing left behind."""
import json, os, signal, socket, stat, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Client, DATA, DOSSIERD, Daemon, alive, run

DOC = {"id": "a", "text": "Angela Merkel spoke in Berlin."}


def refused(*args, status, words):
    p = subprocess.run([DOSSIERD, *args], capture_output=True, text=True, timeout=60)
    said = p.stdout + p.stderr
    assert p.returncode == status, (args, p.returncode, said)
    for word in words:
        assert word in said, (word, said)
    return said


def one_index_one_daemon():
    with Daemon() as d:
        d.push([DOC])
        start = time.monotonic()
        refused("--index", d.index, "--socket", d.folder + "/other", "--data", DATA, status=75, words=[d.index, "another dossierd"])
        took = time.monotonic() - start
        assert not os.path.exists(d.folder + "/other")
        assert d.ids() == ["a"]
        return f"refused after {took * 1000:.0f} ms"


def a_live_socket_is_not_taken():
    with Daemon() as d:
        refused("--index", d.folder + "/other", "--socket", d.socket, "--data", DATA, status=75, words=[d.socket, "another dossierd"])
        assert d.json("/v1/status")["health"] == "ok"


def a_left_over_socket_is_taken():
    with tempfile.TemporaryDirectory() as folder:
        s = socket.socket(socket.AF_UNIX)
        s.bind(folder + "/s")
        s.close()
        with Daemon(folder=folder) as d:
            assert d.json("/v1/status")["health"] == "ok"
        open(folder + "/s", "w").close()
        refused("--index", folder + "/index", "--socket", folder + "/s", "--data", DATA, status=1, words=[folder + "/s", "no socket"])
        assert os.path.exists(folder + "/s"), "what is no socket stays"


def after_kill_nine():
    with tempfile.TemporaryDirectory() as folder:
        d = Daemon(folder=folder).start()
        d.push([DOC])
        children = list(d.children())
        d.kill()
        until = time.monotonic() + 5
        while any(alive(p) for p in children):
            assert time.monotonic() < until, "children outlive their parent"
        with Daemon(folder=folder) as d:
            assert d.ids() == ["a"]
        return f"{len(children)} children died with their parent"


def refusals():
    with tempfile.TemporaryDirectory() as folder:
        common = ["--data", DATA, "--index", folder + "/index"]
        refused(*common, "--socket", folder + "/" + "s" * 120, status=1, words=["may have 107 bytes", "--socket"])
        refused(*common, "--socket", "/proc/nowhere/s", status=1, words=["/proc/nowhere"])
        refused("--data", DATA, "--index", "/proc/nowhere/index", "--socket", folder + "/s", status=1, words=["/proc/nowhere"])
        open(folder + "/file", "w").close()
        refused("--data", DATA, "--index", folder + "/file", "--socket", folder + "/s", status=1, words=[folder + "/file"])
        refused("--colour", "red", status=2, words=["--help"])
        refused("--deadline", "soon", status=2, words=["deadline", "10 to 600000"])
        refused("--deadline", "9", status=2, words=["deadline", "10 to 600000"])
        refused("news", status=2, words=["--source"])
        refused("--config", folder + "/none", status=2, words=[folder + "/none"])
        for text, words in (("deadline = 5s\n", ["line 1", "deadline"]), ("index = /x\ncolour = red\n", ["line 2", "colour"]), ("[other]\ndeadline = 50\n", ["other"]),
                            ("watch = perhaps\n", ["watch", "yes or no"])):
            open(folder + "/conf", "w").write(text)
            refused("--config", folder + "/conf", status=2, words=words)
        refused(*common, "--socket", folder + "/s", "--writer", "nobody-of-this-name", status=2, words=["nobody-of-this-name"])


def help_and_version():
    said = refused("--help", status=0, words=["--index", "--socket", "--source", "--deadline", "default 2000"])
    refused("--version", status=0, words=["dossierd "])
    assert all(len(x) < 200 for x in said.splitlines())


def the_file_and_the_options():
    with tempfile.TemporaryDirectory() as folder:
        open(folder + "/conf", "w").write("# settings\ndeadline = 1234\nbody-size = 32k\nwatch = no\n")
        with Daemon("--config", folder + "/conf", "--soft-deadline", "77") as d:
            limits = d.json("/v1/status")["limits"]
            assert (limits["deadline"], limits["body-size"], limits["soft-deadline"]) == (1234, 32768, 77), limits


def check():
    with Daemon() as d:
        d.push([DOC])
        d.stop()
        refused("--check", "--index", d.index, status=0, words=["sound"])
        segment = [x for x in os.listdir(d.index) if x.startswith("seg-") and os.path.isdir(os.path.join(d.index, x))][0]
        victim = max((os.path.join(d.index, segment, x) for x in os.listdir(os.path.join(d.index, segment))), key=os.path.getsize)
        data = bytearray(open(victim, "rb").read())
        data[len(data) // 2] ^= 0x10
        open(victim, "wb").write(data)
        refused("--check", "--index", d.index, status=1, words=[segment, "problem"])
        refused("--check", "--index", d.folder + "/nowhere", status=1, words=["nowhere", "--index DIR"])


def modes():
    with Daemon() as d:
        assert stat.S_IMODE(os.stat(d.socket).st_mode) == 0o600, oct(os.stat(d.socket).st_mode)
        assert stat.S_IMODE(os.stat(d.index).st_mode) & 0o077 == 0, oct(os.stat(d.index).st_mode)
    with Daemon("--socket-mode", "660") as d:
        assert stat.S_IMODE(os.stat(d.socket).st_mode) == 0o660


def a_new_table_upgrades_the_index():
    """A leader added to the user's own table is found in documents that were indexed before, without their sources."""
    with tempfile.TemporaryDirectory() as folder:
        with Daemon(folder=folder) as d:
            d.push([{"id": f"z{i}", "text": f"Zorblax Quuxington spoke in Berlin about matter {i}."} for i in range(150)] + [DOC])
            assert d.json("/v1/search?leader=zorblax-quuxington", status=422)["code"] == "unknown-leader"
        header = open(os.path.join(DATA, "leaders.tsv")).readline().rstrip("\n").split("\t")
        row = {"id": "zorblax-quuxington", "name": "Zorblax Quuxington", "family": "Quuxington", "given": "Zorblax", "country": "DE"}
        os.makedirs(folder + "/config/dossier")
        with open(folder + "/config/dossier/leaders.tsv", "w") as f:
            f.write("\t".join(header) + "\n" + "\t".join(row.get(h, "") for h in header) + "\n")
        with Daemon(folder=folder) as d:
            d.idle()
            assert d.json("/v1/search?leader=zorblax-quuxington")["total"] == 150
            assert d.json("/v1/status")["documents"] == 151 and "upgraded" in d.log_text()
        with Daemon(folder=folder) as d:
            d.idle()
            assert d.json("/v1/search?leader=zorblax-quuxington")["total"] == 150
            assert d.log_text().count("upgraded") == 1, "once is enough"


def stops_while_clients_wait():
    with Daemon() as d:
        follower = Client(d.socket)
        follower.request("GET", "/v1/progress?follow=1")
        assert follower.getresponse().readline()
        half = socket.socket(socket.AF_UNIX)
        half.connect(d.socket)
        half.send(b"GET /v1/sta")
        start = time.monotonic()
        d.process.send_signal(signal.SIGTERM)
        assert d.process.wait(15) == 0
        took = time.monotonic() - start
        assert took < 10, took
        follower.close(), half.close()
        return f"{took:.1f} s"


def twice_interrupted():
    with Daemon() as d:
        d.process.send_signal(signal.SIGINT)
        d.process.send_signal(signal.SIGINT)
        assert d.process.wait(10) == 0


def a_newer_index():
    """Of a version to come: refused in clear words, nothing touched, nothing 'recovered'."""
    with tempfile.TemporaryDirectory() as folder:
        index = folder + "/index"
        os.mkdir(index)
        written = '{"dossier-manifest":2}\nxxh3 783340fb1abe9127\n'
        open(index + "/manifest", "w").write(written)
        for name in ("manifest.prev", "seg-000001"):
            open(f"{index}/{name}", "w").close()
        refused("--index", index, "--socket", folder + "/s", "--data", DATA, status=1, words=["newer dossierd", "left as it is"])
        refused("--check", "--index", index, status=1, words=["newer dossierd"])
        refused("--snapshot", folder + "/copy", "--index", index, status=1, words=["newer dossierd"])
        assert open(index + "/manifest").read() == written and {"manifest", "manifest.prev", "seg-000001"} == set(os.listdir(index)) - {"children"}, os.listdir(index)
        assert not os.path.exists(folder + "/copy")


def backups_in_odd_places():
    """Of two at once for one place one is made, whole, though the index changes; none in the index itself; what was there stays."""
    def begin(dest):
        return subprocess.Popen([DOSSIERD, "--snapshot", dest, "--index", d.index], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with tempfile.TemporaryDirectory() as folder, Daemon("--seal-documents", "10", "--segments", "2") as d:
        d.push([dict(DOC, id="first%d" % i) for i in range(30)])
        for n in range(6):
            dest = f"{folder}/copy{n}"
            both = [begin(dest), begin(dest)]
            d.push([dict(DOC, id=f"{n}-{i}") for i in range(30)])
            said = sorted((p.returncode, err) for p, (_, err) in [(p, p.communicate(timeout=60)) for p in both])
            assert [code for code, _ in said] == [0, 1] and "exists already" in said[1][1], said
            assert subprocess.run([DOSSIERD, "--check", "--index", dest], capture_output=True).returncode == 0, (n, os.listdir(dest))
        os.symlink("/nonexistent/place", folder + "/dangling")
        os.mkdir(folder + "/there")
        for dest, word in ((d.index + "/in", "in the index itself"), (d.index + "/not/yet/there", "in the index itself"), (folder + "/there", "exists already"), (folder + "/dangling", "exists already")):
            p = begin(dest)
            assert word in p.communicate(timeout=60)[1] and p.returncode == 1, dest
        assert os.path.islink(folder + "/dangling") and not os.path.exists(d.index + "/not")


def signals_that_say_nothing():
    with Daemon() as d:
        for s in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
            d.process.send_signal(s)
            assert d.json("/v1/status")["health"] == "ok", s


if __name__ == "__main__":
    run([a_newer_index, signals_that_say_nothing, backups_in_odd_places, one_index_one_daemon, a_live_socket_is_not_taken, a_left_over_socket_is_taken, after_kill_nine, refusals, help_and_version,
         the_file_and_the_options, check, modes, a_new_table_upgrades_the_index, stops_while_clients_wait, twice_interrupted])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual: pages build without a warning, name every command, option, setting and error; examples run."""
import glob, os, re, shlex, shutil, subprocess, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, ROOT, DATA, run
from client import dossier, FOUND, NOTHING, USAGE

pages = {}


def build():
    flags = subprocess.run(["pkg-config", "--cflags", "jansson"], capture_output=True, text=True).stdout.split()
    with tempfile.TemporaryDirectory() as top:
        tool = os.path.join(top, "man-tables")
        subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-I", ROOT, "-I", os.path.join(ROOT, "include"), *flags, os.path.join(ROOT, "tools/man-tables.c"), "-o", tool], check=True)
        for source in sorted(glob.glob(os.path.join(ROOT, "man/*.scd"))):
            text = subprocess.run([tool], stdin=open(source), capture_output=True, check=True).stdout
            assert b"\n@" not in text, source
            if not shutil.which("scdoc"):
                pages[os.path.basename(source)[:-4]] = text.decode().replace("\\", "").replace("*", "")
                continue
            page = subprocess.run(["scdoc"], input=text, capture_output=True)
            assert page.returncode == 0, (source, page.stderr)
            path = os.path.join(top, os.path.basename(source)[:-4])
            open(path, "wb").write(page.stdout)
            pages[os.path.basename(path)] = page.stdout.decode().replace("\\fB", "").replace("\\fI", "").replace("\\fR", "").replace("\\-", "-").replace("\\&", "").replace("\\", "")
            if shutil.which("man") and shutil.which("groff"):
                said = subprocess.run(["man", "--warnings", "-l", path], capture_output=True, env=dict(os.environ, LC_ALL="C.UTF-8", MANPAGER="cat"))
                assert said.returncode == 0 and said.stderr == b"", (path, said.stderr)
    assert set(pages) == {"dossier.1", "dossierd.8", "dossier.ini.5", "dossier-query.7", "dossier-api.7", "dossier-leaders.5"}, pages.keys()
    return f"{len(pages)} pages"


def everything_is_named():
    def rows(file, word):
        return re.findall(rf'^{word}\(([^,]+),', open(os.path.join(ROOT, file)).read(), re.M)
    for name in rows("client/options.def", "COMMAND"):
        assert f"dossier {name}" in pages["dossier.1"], name
    for name in rows("client/options.def", "(?:OPTION|FILTER)"):
        assert "--" + name.strip('"') in pages["dossier.1"], name
        assert "--" + name.strip('"') in "".join(dossier(c, "--help").out for c in rows("client/options.def", "COMMAND")), name
    settings = re.findall(r'^(?:NUMBER|PATH|LIST|SWITCH)\(\w+, "([^"]+)"', open(os.path.join(ROOT, "daemon/config.def")).read(), re.M)
    assert len(settings) > 40
    for name in settings:
        assert name in pages["dossier.ini.5"] and name in pages["dossierd.8"], name
    codes = re.findall(r'^ERR\(\w+, +"([^"]+)"', open(os.path.join(ROOT, "base/errors.def")).read(), re.M)
    assert len(codes) > 15
    for code in codes:
        assert code in pages["dossier-api.7"], code
    return f"{len(settings)} settings, {len(codes)} errors"


def examples_run():
    """Those of the table that ask, the README's session and the queries of dossier-query(7)."""
    asked = 0
    table = re.findall(r'^EXAMPLE\((\w+), +"((?:[^"\\]|\\.)*)"', open(os.path.join(ROOT, "client/options.def")).read(), re.M)
    lines = [line.encode().decode("unicode_escape") for command, line in table if command not in ("add", "remove", "analyze", "watch") and "--batch" not in line]
    lines += re.findall(r"^\$ (dossier .*)$", open(os.path.join(ROOT, "README.md")).read(), re.M)
    lines += re.findall(r"^(dossier search .*)$", open(os.path.join(ROOT, "man/dossier-query.7.scd")).read(), re.M)
    assert len(lines) > 20, lines
    with Daemon("--source", os.path.join(DATA, "sample")) as d:
        d.idle()
        for line in lines:
            said = dossier(*shlex.split(re.split(r" [>|] ", line)[0])[1:], socket=d.socket)
            assert said.status in (FOUND, NOTHING), said
            asked += 1
    return f"{asked} examples"


def the_library_s_example_runs():
    text = open(os.path.join(ROOT, "include/dossier.h")).read()
    example = "\n".join(line[3:] for line in re.search(r"^ \*\t#include <dossier.h>\n(?: \*.*\n)*? \*\t}$", text, re.M).group(0).split("\n"))
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "jansson"], capture_output=True, text=True).stdout.split()
    with tempfile.TemporaryDirectory() as top, Daemon("--source", os.path.join(DATA, "sample")) as d:
        d.idle()
        source, program = os.path.join(top, "example.c"), os.path.join(top, "example")
        open(source, "w").write("#include <stdio.h>\n" + example.replace("\t#include", "#include"))
        subprocess.run(["cc", "-Wall", "-Werror", "-D_GNU_SOURCE", "-I", os.path.join(ROOT, "include"), source, os.path.join(ROOT, "client/lib/dossier.c"), *flags, "-o", program], check=True)
        p = subprocess.run([program], env=dict(os.environ, DOSSIER_SOCKET=d.socket), capture_output=True, text=True)
        assert p.returncode == 0, p
        asked = d.json("/v1/search?q=moscow+visit&leader=putin")
        assert p.stdout.splitlines() == [h["title"] for h in asked["hits"]] or asked["total"] > 10, (p.stdout, asked["total"])
        p = subprocess.run([program], env=dict(os.environ, DOSSIER_SOCKET=os.path.join(top, "none")), capture_output=True, text=True)
        assert p.returncode == 1 and "none" in p.stderr, p
        return f"{asked['total']} titles"


run([build, everything_is_named, examples_run, the_library_s_example_runs])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The sessions shown in README.md are what the commands say.

    test-client-readme.py            compares
    test-client-readme.py --write    writes what they say now into README.md

A session is a fenced block whose lines beginning with "$ dossier" are commands, each followed by its output; times are left out.
"""
import os, re, shlex, sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, ROOT, DATA, run
from client import dossier, FOUND

FILE = os.path.join(ROOT, "README.md")
BLOCK = re.compile(r"^```\n(\$ dossier .*?)^```\n", re.M | re.S)


def said_now(d, block):
    out = []
    for line in re.findall(r"^\$ (dossier .*)$", block, re.M):
        said = dossier(*shlex.split(line)[1:], socket=d.socket, status=FOUND)
        text = re.sub(r"  \(\d+\.\d ms\)$", "", said.out, flags=re.M)
        text = re.sub(r" +$", "", text, flags=re.M)
        out.append(f"$ {line}\n{text.rstrip()}\n")
    return "".join(out)


def sessions_are_real():
    text = open(FILE).read()
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 5, len(blocks)
    with Daemon("--source", os.path.join(DATA, "sample")) as d:
        d.idle()
        fresh = BLOCK.sub(lambda m: "```\n" + said_now(d, m.group(1)) + "```\n", text)
        if "--write" in sys.argv:
            open(FILE, "w").write(fresh)
        elif fresh != text:
            for old, new in zip(blocks, BLOCK.findall(fresh)):
                assert old == new, f"README.md shows\n{old}\nand the command says\n{new}\n(test-client-readme.py --write puts it right)"
    return f"{len(blocks)} sessions"


def names_what_is_there():
    text = open(FILE).read()
    for path in re.findall(r"\]\(([\w./-]+)\)", text) + re.findall(r"`((?:index|base|daemon|client|include|docs|data|tests|bench|man|tools)/[\w./-]*[\w/])`", text):
        assert os.path.exists(os.path.join(ROOT, path)), path
    commands = set(re.findall(r"^COMMAND\((\w+),", open(os.path.join(ROOT, "client/options.def")).read(), re.M)) | {"help"}
    for command in re.findall(r"`dossier (\w+)", text):
        assert command in commands, command


run([sessions_are_real, names_what_is_there])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every error that a user can meet, read out of the sources, with the advice that comes with it; none without.

    test-client-errors.py --list     prints them: who, what, advice

The client's: complain() is followed by advise(). The daemon's: each code of errors.def has its advice, which the problem document,
the log and the list of failed files tell behind the words.
"""
import glob, json, os, re, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, ROOT, run
from client import dossier, FOUND, NOTHING, USAGE, REFUSED

LITERAL = r'"(?:[^"\\]|\\.)*"'


def sources(*rooms):
    for room in rooms:
        for path in sorted(glob.glob(os.path.join(ROOT, room, "*.c"))):
            text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), open(path).read(), flags=re.S)
            yield os.path.relpath(path, ROOT), text


def calls(text, names):
    """(name, arguments, place behind the call) of every call, not of the function's own head."""
    for m in re.finditer(rf"(?<![\w.>])({names})\(", text):
        at, depth, start, args = m.end(), 1, m.end(), []
        while depth:
            literal = re.compile(LITERAL + r"|'(?:[^'\\]|\\.)'").match(text, at)
            if literal:
                at = literal.end()
                continue
            c = text[at]
            depth += c in "([{"
            depth -= c in ")]}"
            if (c == "," and depth == 1) or depth == 0:
                args.append(text[start:at].strip())
                start = at + 1
            at += 1
        if not re.search(r"\b(int|void|static|bool|char|\*)\s*\*?$", text[:m.start()]):
            yield m.group(1), args, at


def words_of(argument):
    return [json.loads(x.replace("\\'", "'")) for x in re.findall(LITERAL, argument)]


CODES = {name: (code, advice) for name, code, advice in re.findall(rf'^ERR\((\w+), +"([^"]+)", +\d+, +{LITERAL}, +"((?:[^"\\]|\\.)*)"\)', open(os.path.join(ROOT, "base/errors.def")).read(), re.M)}
listed = []


def every_code_has_advice():
    assert len(CODES) == len(re.findall(r"^ERR\(", open(os.path.join(ROOT, "base/errors.def")).read(), re.M)) > 20, CODES
    for name, (code, advice) in CODES.items():
        assert len(advice) > 10 and not advice.endswith("."), (name, advice)
    return f"{len(CODES)} codes"


def the_daemon_s():
    n = 0
    for path, text in sources("base", "index", "index/read", "index/facts", "index/store", "index/query", "daemon"):
        for name, args, _ in calls(text, "err_set|err_errno|answer_problem|index_problem"):
            code = args[{"err_set": 1, "answer_problem": 2, "index_problem": 2}.get(name, 0)] if name != "err_errno" else "by errno"
            rest = args[{"err_set": 2, "err_errno": 1, "answer_problem": 4, "index_problem": 3}[name]:]
            for known in re.findall(r"ERR_(\w+)", code):
                assert known in CODES, (path, known)
            for words in words_of(rest[0]) if rest else []:
                if not re.sub(r"%[-.*0-9]*(?:ll|z)?[a-z]|[^A-Za-z]", "", words):
                    continue  # another's words are passed on
                advice = [CODES[c][1] for c in re.findall(r"ERR_(\w+)", code)] or ["by the code of the cause"]
                listed.append((path, words, advice[0]))
                n += 1
        for _, args, _ in calls(text, "conn_refuse") if path.startswith("daemon/http") else []:
            code = words_of(args[2])[0]
            advice = [a for c, a in CODES.values() if c == code]
            assert advice, (path, args)
            listed.append((path, args[3], advice[0]))
            n += 1
    assert n > 150, n
    return f"{n} messages"


def limits_bear_the_names_of_settings():
    keys = set(re.findall(r'^(?:NUMBER|PATH|LIST|SWITCH)\(\w+, "([^"]+)"', open(os.path.join(ROOT, "daemon/config.def")).read(), re.M))
    found = 0
    for path, words, _ in listed:
        assert not re.search(r"\blimit \w+_\w+|\((?:line|file|text)_bytes\)", words), (path, words)
        for name in re.findall(r"\(setting ([a-z-]+)\)", words):
            assert name in keys, (path, words)
            found += 1
    assert found > 5
    for name, (_, advice) in CODES.items():
        for key in re.findall(r"(?:the setting|raise|lower) ([a-z-]+)", advice):
            assert key in keys, (name, advice)


def the_client_s():
    n = 0
    for path, text in sources("client"):
        if path == "client/say.c":
            continue
        for _, args, end in calls(text, "complain"):
            behind = text[end:end + 600]
            following = re.match(r";(?:(?!\bcomplain\(|\n}).)*?\b(?:advise|refuse)\(", behind, re.S)
            assert following or path == "client/refused.c", f"{path}: {args} without advice"
            advice = next(calls(text[end:], "advise"), (0, [0, "''"], 0))[1][1]
            listed.append((path, args[1], advice))
            n += 1
        for _, args, _ in calls(text, "refuse|refuse_file"):
            assert args[-1] and len(words_of(args[-1])[0]) > 10, (path, args)
            listed.append((path, " ".join(args[1:-1]), args[-1]))
            n += 1
        # Nothing else complains: what goes to standard error beside it is progress and remarks.
        for _, args, _ in calls(text, "fprintf|fputs"):
            if "stderr" in args:
                words = " ".join(args)
                assert not re.search(r"dossier \w*:|error|cannot|could not", words), (path, words)
    assert n > 30, n
    return f"{n} messages"


def advice_is_told():
    """By the daemon in each refusal, by the client behind its words, in the list of what failed."""
    with tempfile.TemporaryDirectory() as top, Daemon() as d:
        for target, method in (("/nowhere", "GET"), ("/v1/docs/x", "GET"), ("/v1/search?limit=x", "GET"), ("/v1/search?leader=nobody+at+all", "GET"), ("/v1/search", "PUT"), ("/v1/flush?a=b", "POST")):
            status, _, body = d.ask(method, target)
            problem = json.loads(body)
            assert status >= 400 and problem["advice"] == next(a for c, a in CODES.values() if c == problem["code"]), problem
        open(os.path.join(top, "broken.json"), "w").write('[{"text": ')
        open(os.path.join(top, "program.bin"), "wb").write(b"\x7fELF\0\0\1" * 90)
        added = dossier("add", top, socket=d.socket, status=FOUND)
        failed = dossier("status", "--failed", socket=d.socket, status=FOUND)
        for file in d.json("/v1/failed")["files"]:
            assert file["advice"] and file["advice"][:30] in failed.out and file["advice"][:30] in added.err, (file, failed)
        rows = dossier("status", "--failed", "--csv", socket=d.socket, status=FOUND).out.splitlines()
        assert rows[0] == "path,code,reason,advice" and len(rows) == 3, rows
        for words, status in ((["show", "x"], NOTHING), (["search", "-l", "nobody at all"], REFUSED), (["search", "-n", "x"], USAGE), (["frob"], USAGE), (["add"], USAGE), (["add", "/no/such"], REFUSED),
                              (["analyze", top], REFUSED), (["watch", "run", "x"], REFUSED), (["config", "x"], NOTHING), (["api", "GET", "/x"], REFUSED), (["search", "--frob"], USAGE)):
            said = dossier(*words, socket=d.socket, status=status)
            lines = said.err.splitlines()
            assert lines[0].startswith("dossier") and any(line.startswith("  ") for line in lines[1:]), said


def what_the_advice_names_is_there():
    commands = set(re.findall(r"^COMMAND\((\w+),", open(os.path.join(ROOT, "client/options.def")).read(), re.M)) | {"help", "COMMAND"}
    pages = {os.path.basename(p)[:-4] for p in glob.glob(os.path.join(ROOT, "man/*.scd"))}
    options = open(os.path.join(ROOT, "daemon/main.c")).read() + open(os.path.join(ROOT, "daemon/config.def")).read()
    n = 0
    for path, _, advice in listed:
        for command in re.findall(r"(?<![\w/.])dossier ([a-z]+)\b", advice):
            assert command in commands, (path, advice)
            n += 1
        for page, section in re.findall(r"(dossier[\w.-]*)\((\d)\)", advice):
            assert f"{page}.{section}" in pages, (path, advice)
        for option in re.findall(r"dossierd --([a-z-]+)", advice):
            assert f'"{option}"' in options, (path, advice)
    return f"{n} commands"


TESTS = [every_code_has_advice, the_daemon_s, limits_bear_the_names_of_settings, the_client_s, advice_is_told, what_the_advice_names_is_there]
if "--list" in sys.argv:
    the_daemon_s(), the_client_s()
    for row in sorted(set(listed)):
        print("\t".join(row))
else:
    run(TESTS)

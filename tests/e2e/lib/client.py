# SPDX-License-Identifier: GPL-2.0-or-later
"""The client as a person runs it: dossier("search", "moscow", socket=d.socket) → what it printed and its exit status.

on_terminal() gives it a terminal of so many columns instead of pipes; standard error stays apart.
"""
import fcntl, os, pty, re, struct, subprocess, termios
from daemon import BIN

DOSSIER = os.path.abspath(os.path.join(BIN, "dossier"))
FOUND, NOTHING, USAGE, UNREACHABLE, REFUSED = range(5)


class Said:
    def __init__(self, words, status, out, err):
        self.words, self.status, self.raw, self.raw_err = words, status, out, err
        self.out, self.err = out.decode(errors="surrogateescape"), err.decode(errors="surrogateescape")
        assert status >= 0, f"{self} died of signal {-status}"
        assert "ERROR: AddressSanitizer" not in self.err and "runtime error" not in self.err and "LeakSanitizer" not in self.err, str(self)

    def __repr__(self):
        return f"{' '.join(map(str, self.words))!r} ended with {self.status}\n--- out\n{self.out[:2000]}\n--- err\n{self.err[:2000]}"


def environment(socket, env):
    e = {k: v for k, v in os.environ.items() if k not in ("DOSSIER_SOCKET", "NO_COLOR", "COLUMNS", "LESS", "PAGER", "DOSSIER_PAGER")}
    e.update({"LC_ALL": "C.UTF-8", "TERM": "xterm", "XDG_RUNTIME_DIR": "/nonexistent", "XDG_STATE_HOME": "/nonexistent"}, **({"DOSSIER_SOCKET": socket} if socket else {}), **(env or {}))
    return e


def dossier(*words, socket=None, stdin=b"", env=None, status=None, timeout=120):
    p = subprocess.run([DOSSIER, *words], input=stdin if isinstance(stdin, bytes) else stdin.encode(), capture_output=True, timeout=timeout,
                       env=environment(socket, env))
    said = Said(words, p.returncode, p.stdout, p.stderr)
    assert status is None or status == said.status, f"expected {status}: {said}"
    return said


def on_terminal(*words, socket=None, env=None, columns=80, status=None, errors=False):
    """Standard output is a terminal, with `errors` standard error as well; a pager only where env names one."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    p = subprocess.Popen([DOSSIER, *words], stdin=subprocess.DEVNULL, stdout=side, stderr=side if errors else subprocess.PIPE,
                         env=environment(socket, {"DOSSIER_PAGER": "", **(env or {})}))
    os.close(side)
    out = b""
    while True:
        try:
            data = os.read(main, 65536)
        except OSError:  # the other side is closed
            break
        if not data:
            break
        out += data
    os.close(main)
    err = b"" if errors else p.stderr.read()
    said = Said(words, p.wait(timeout=60), out.replace(b"\r\n", b"\n"), err)
    assert status is None or status == said.status, f"expected {status}: {said}"
    return said


OWN = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x00-\x1f\x7f-\x9f]*\x1b\\")  # colours; links that were asked for
BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")


def assert_harmless(said, own_colours=False):
    """No control character but newline, tab and our own colours; no byte that is no UTF-8."""
    for name, raw in (("out", said.raw), ("err", said.raw_err)):
        text = raw.decode()  # strict
        if own_colours and name == "out":
            text = OWN.sub("", text)
        found = BAD.search(text)
        assert not found, f"{name} holds {found.group()!r} in {text[max(0, found.start() - 60):found.end() + 60]!r}: {said}"

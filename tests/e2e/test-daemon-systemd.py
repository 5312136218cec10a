#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The units: sound, hardened, and the daemon takes the socket that systemd passes."""
import os, re, shutil, socket, subprocess, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Client, DATA, DOSSIERD, ROOT, alive, run

UNITS = os.path.join(ROOT, "systemd")


def copies(kind, folder):
    """The units with the binary of this build in them."""
    for name in os.listdir(os.path.join(UNITS, kind)):
        text = open(os.path.join(UNITS, kind, name)).read().replace("/usr/bin/dossierd", DOSSIERD)
        open(os.path.join(folder, name), "w").write(text)
        yield os.path.join(folder, name)


def verify():
    for kind in ("system", "user"):
        with tempfile.TemporaryDirectory() as folder:
            p = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--{kind}", *copies(kind, folder)], capture_output=True, text=True,
                               env=dict(os.environ, XDG_RUNTIME_DIR=folder))
            complaints = [x for x in p.stderr.splitlines() if "dossier" in x]
            assert p.returncode == 0 and not complaints, p.stderr
    for name in ("sysusers.d", "tmpfiles.d"):
        assert os.path.exists(os.path.join(UNITS, name, "dossier.conf"))


def exposure():
    with tempfile.TemporaryDirectory() as folder:
        unit = [x for x in copies("system", folder) if x.endswith(".service")]
        p = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=10", *unit], capture_output=True, text=True)
        level = float(re.search(r"exposure level for dossierd.service: ([0-9.]+)", p.stdout).group(1))
        assert level <= 1.0, p.stdout
        return f"exposure {level}"


def socket_activation():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(os.path.join(folder, "notify"))
        notify.settimeout(60)
        log = open(os.path.join(folder, "log"), "w")
        p = subprocess.Popen(["systemd-socket-activate", "-l", path, "-E", "NOTIFY_SOCKET=" + os.path.join(folder, "notify"),
                              DOSSIERD, "--index", os.path.join(folder, "index"), "--socket", "/nowhere/s", "--data", DATA, "--min-free", "0"], stderr=log)
        try:
            while True:
                assert p.poll() is None, "systemd-socket-activate ended"
                try:
                    c = Client(path)  # the connection that starts it must not be lost
                    status, _, body = c.ask("GET", "/v1/status")
                    break
                except (FileNotFoundError, ConnectionRefusedError):  # it does not listen yet
                    continue
            assert status == 200, body
            while "READY=1" not in notify.recv(4096).decode():
                pass
            c.close()
            p.terminate()
            assert p.wait(30) == 0, open(os.path.join(folder, "log")).read()
            assert os.path.exists(path), "the socket is systemd's: it stays"
        finally:
            p.kill()
            p.wait()
            notify.close()


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("systemd is not installed: nothing tested")
        sys.exit(77)
    run([verify, exposure, socket_activation])

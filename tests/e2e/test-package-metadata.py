#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is installed, where, and whether what speaks of it agrees: units, packages, versions, the list of dependencies.

./dev package tries the real packages in a clean root; this is the cheap half, for every day.
"""
import os, re, shutil, subprocess, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import BIN, ROOT, run

BUILD = os.path.dirname(os.path.abspath(BIN))
STAGE = tempfile.mkdtemp(prefix="dossier-test-")

# {lib} is lib or lib/<machine>, {units} the folder of the system's units; folders of documents and man pages have rules of their own.
FILES = """
bin/dossier bin/dossierd
include/dossier.h include/xapian-c.h
{lib}/libdossier.a {lib}/libxapian-c.a {lib}/pkgconfig/libdossier.pc {lib}/pkgconfig/xapian-c.pc
lib/systemd/user/dossierd.service lib/systemd/user/dossierd.socket
lib/sysusers.d/dossier.conf lib/tmpfiles.d/dossier.conf
share/bash-completion/completions/dossier share/zsh/vendor-completions/_dossier share/fish/vendor_completions.d/dossier.fish
share/dossier/leaders.tsv share/dossier/offices.tsv share/dossier/decoys.tsv share/dossier/countries.tsv share/dossier/openapi.yaml
"""


def read(*path):
    return open(os.path.join(ROOT, *path), encoding="utf-8").read()


def setting(name):
    return re.search(rf"^{name}:\w+=(.*)$", open(os.path.join(BUILD, "CMakeCache.txt")).read(), re.M).group(1)


def under_prefix(*path):
    return os.path.join(STAGE + setting("CMAKE_INSTALL_PREFIX"), *path)


def ini():
    return next(os.path.join(d, "dossier.ini") for d, _, files in os.walk(STAGE) if "dossier.ini" in files)


def everything_in_its_place():
    subprocess.run(["cmake", "--install", BUILD], env=dict(os.environ, DESTDIR=STAGE), check=True, stdout=subprocess.DEVNULL)
    found = {os.path.relpath(os.path.join(d, f), STAGE) for d, _, files in os.walk(STAGE) for f in files}
    prefix = setting("CMAKE_INSTALL_PREFIX").lstrip("/")
    lib = os.path.dirname(next(f for f in found if f.endswith("libdossier.a")))[len(prefix) + 1:]
    assert lib in ("lib", "lib64") or re.fullmatch(r"lib/[\w-]+-linux-gnu\w*", lib), lib
    expected = {f"{prefix}/{f}" for f in FILES.format(lib=lib).split()}
    expected |= {os.path.join(setting("DOSSIER_SYSTEM_UNITS").lstrip("/"), f"dossierd.{kind}") for kind in ("service", "socket")}
    expected |= {next(f for f in found if re.fullmatch(rf"({prefix}/)?etc/dossier/dossier.ini", f))}
    if shutil.which("scdoc"):
        expected |= {f"{prefix}/share/man/man{f[-5]}/{f[:-4]}" for f in os.listdir(os.path.join(ROOT, "man")) if f.endswith(".scd")}
    docs = {f for f in found if f.startswith(f"{prefix}/share/doc/dossier/")}
    assert found - docs == expected, f"too many: {sorted(found - docs - expected)}; missing: {sorted(expected - found)}"
    sample = {f[len(f"{prefix}/share/doc/dossier/examples/"):] for f in docs if "/examples/" in f}
    assert len(sample) > 10 and all(os.path.exists(os.path.join(ROOT, "data", f)) for f in sample), sample
    return f"{len(found)} files"


def units_name_what_is_there():
    for d, _, files in os.walk(STAGE):
        for name in files:
            if name.endswith(".service"):
                for path in re.findall(r"(/\S+)", "".join(re.findall(r"^ExecStart=.*$", open(os.path.join(d, name)).read(), re.M))):
                    assert os.path.exists(STAGE + path), f"{name} names {path}"


def the_daemon_takes_its_configuration():
    """As it is, and with every default written out."""
    text = open(ini()).read()
    keys = re.findall(r'^(?:NUMBER|PATH|SWITCH|LIST)\(\w+, "([a-z-]+)"', read("daemon", "config.def"), re.M)
    assert re.findall(r"^#([a-z-]+) =", text, re.M) == keys
    assert all(len(line.encode()) < 200 for line in text.splitlines()), "the reader of the file takes 200 bytes a line"
    everything = os.path.join(STAGE, "everything.ini")
    open(everything, "w").write(re.sub(r"^#([a-z-]+ = \S)", r"\1", text, flags=re.M))
    wrong = os.path.join(STAGE, "wrong.ini")
    open(wrong, "w").write(text + "no-such-key = 1\n")
    for file, bad in ((ini(), False), (everything, False), (wrong, True)):
        p = subprocess.run([under_prefix("bin", "dossierd"), "--config", file, "--index", os.path.join(STAGE, "nothing"), "--check"], capture_output=True, text=True)
        assert (p.returncode == 2) == bad, (file, p.stderr)
    return f"{len(keys)} settings"


def flags_of(package, *kind):
    env = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=STAGE, PKG_CONFIG_LIBDIR=subprocess.check_output(["pkg-config", "--variable=pc_path", "pkg-config"], text=True).strip())
    env["PKG_CONFIG_PATH"] = next(d for d, _, files in os.walk(STAGE) if f"{package}.pc" in files)
    return subprocess.check_output(["pkg-config", *kind, package], text=True, env=env).split()


def examples_of_the_headers_build():
    for header, package in (("dossier.h", "libdossier"), ("xapian-c.h", "xapian-c")):
        text = open(under_prefix("include", header)).read()
        lines = [re.sub(r"^ \*(\t| {5}| ?$)", "", x) for x in text.split("\n")]
        start = next(i for i, x in enumerate(lines) if x.startswith("#include <"))
        closed = next(i for i in range(start, len(lines)) if lines[i].strip() == "*/")
        end = max(i for i in range(start, closed) if lines[i].rstrip() == "}")
        source = os.path.join(STAGE, header + ".c")
        open(source, "w").write("#include <stdio.h>\n" + "\n".join(lines[start:end + 1]) + "\n")
        sanitizer = ["-fsanitize=address,undefined"] if setting("DOSSIER_ASAN") == "ON" else []
        # The sysroot stands before paths of the system too: its libraries are looked up without it.
        cflags, libs = ([f for f in flags_of(package, k) if f.startswith("-l") or os.path.exists(f[2:])] for k in ("--cflags", "--libs"))
        p = subprocess.run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", *sanitizer, *cflags, source, *libs, "-o", source[:-2]], capture_output=True, text=True)
        assert p.returncode == 0, f"{header}: {p.stderr}"


def man_pages_without_warnings():
    if not shutil.which("man"):
        return "man is not installed: nothing tested"
    pages = [os.path.join(d, f) for d, _, files in os.walk(under_prefix("share")) for f in files if "/man/" in d]
    for page in pages:
        p = subprocess.run(["man", "--warnings", "--encoding=utf8", "--local-file", page], capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80"))
        assert p.returncode == 0 and not p.stderr and "NAME" in p.stdout, f"{page}: {p.stderr[:500]}"
        assert not re.search(r"^\s*@\w+$", p.stdout, re.M), f"{page}: a table was not put in"
    return f"{len(pages)} pages"


def scripts_without_warnings():
    if not shutil.which("shellcheck"):
        return "shellcheck is not installed: nothing tested"
    scripts = []
    for d, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders if not f.startswith(("build", "obj-", ".git")) and f != "cases"]
        for path in (os.path.join(d, f) for f in files):
            if os.path.isfile(path) and re.match(rb"#!\s*\S*(/env )?\S*\b(ba|da)?sh\b", open(path, "rb").read(64)):
                scripts.append(path)
    p = subprocess.run(["shellcheck", "--exclude=SC2046", *scripts], capture_output=True, text=True)  # 2046: flags of pkg-config are many words
    assert p.returncode == 0, p.stdout
    return f"{len(scripts)} scripts"


def one_version():
    version = re.search(r"project\(dossier VERSION ([0-9.]+)", read("CMakeLists.txt")).group(1)
    assert re.match(r"dossier \(([^)-]+)", read("debian", "changelog")).group(1) == version
    for program in ("dossier", "dossierd"):
        assert version in subprocess.check_output([under_prefix("bin", program), "--version"], text=True), program
    return version


def one_list_of_packages():
    listed = {}
    for line in read("packages.txt").splitlines():
        if line and not line.startswith("#"):
            kind, name = line.split()[:2]
            assert kind in ("build", "run", "test", "bench", "package", "extra"), line
            listed.setdefault(kind, set()).add(name)
    needs = re.search(r"^Build-Depends:\n((?: .*\n)+)", read("debian", "control"), re.M).group(1)
    needs = [x.strip() for x in needs.split(",") if x.strip()]
    checks = {x.split()[0] for x in needs if "<!nocheck>" in x}
    build = {x.split()[0] for x in needs if "<!nocheck>" not in x and not x.startswith(("debhelper", "dh-"))}
    assert build == listed["build"] - {"gcc", "g++"}, build ^ (listed["build"] - {"gcc", "g++"})
    assert checks <= listed["test"], checks - listed["test"]
    assert re.search(r"libevent-dev \(>= 2\.1\.12-stable-8\+deb12u1\)", "\n".join(needs)), "the fix for long Unix addresses"


if __name__ == "__main__":
    try:
        run([everything_in_its_place, units_name_what_is_there, the_daemon_takes_its_configuration, examples_of_the_headers_build,
             man_pages_without_warnings, scripts_without_warnings, one_version, one_list_of_packages])
    finally:
        shutil.rmtree(STAGE, ignore_errors=True)

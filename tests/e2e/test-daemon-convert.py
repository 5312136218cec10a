#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""PDF and DOC through programs in a jail of their own. The files are written here, byte by byte."""
import io, json, os, select, shutil, struct, sys, tempfile, zipfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, alive, run

GOOD = "Angela Merkel spoke in Berlin about the budget on Friday, the chancellery said."


def pdf(pages, info="", extra="", objects=()):
    """A PDF of lines of text; objects come first, extra stands in the trailer."""
    objs = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", *objects]
    kids = []
    for lines in pages:
        if isinstance(lines, str):
            stream = lines
        else:
            stream = "BT /F1 11 Tf 72 720 Td 14 TL\n" + "".join(f"({x}) Tj T*\n" for x in lines) + "ET"
        objs.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
        kids.append(len(objs) + 1)
        objs.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {len(objs)} 0 R/Resources<</Font<</F1 3 0 R>>/XObject<</X0 4 0 R>>>>>>")
    objs[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{k} 0 R' for k in kids)}]>>"
    if info:
        objs.append(f"<<{info}>>")
        extra += f"/Info {len(objs)} 0 R"
    out, at = "%PDF-1.4\n", []
    for i, o in enumerate(objs):
        at.append(len(out))
        out += f"{i + 1} 0 obj\n{o}\nendobj\n"
    table = "".join(f"{a:010d} 00000 n \n" for a in at)
    out += f"xref\n0 {len(objs) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(objs) + 1}/Root 1 0 R{extra}>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out.encode("latin-1")


def doc(text, stream="WordDocument"):
    """A Word 97 file: a file system of 512-byte sectors with one stream, its text at fcMin."""
    body = text.encode("cp1252").replace(b"\n", b"\r")
    fib = bytearray(1024)
    struct.pack_into("<HH", fib, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<II", fib, 24, 1024, 1024 + len(body))
    data = (bytes(fib) + body).ljust(8192, b"\0")

    def entry(name, kind, start, size, child=0xFFFFFFFF):
        n = name.encode("utf-16-le") + b"\0\0"
        return n.ljust(64, b"\0") + struct.pack("<HBBIII", len(n), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36) + struct.pack("<III", start, size, 0)

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + entry(stream, 2, 2, len(data)) + bytes(256)
    fat = [0xFFFFFFFD, 0xFFFFFFFE] + [i + 1 for i in range(2, 17)] + [0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    head = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0) + b"\xFF" * 432
    return head + struct.pack("<128I", *fat) + directory + data


ENCRYPTED = "/Encrypt<</Filter/Standard/V 1/R 2/O(" + "a" * 32 + ")/U(" + "b" * 32 + ")/P -4>>/ID[(0123456789abcdef)(0123456789abcdef)]"


def bomb(levels):
    """Forms that draw the next form ten times: a small file that takes for ever."""
    objs = []
    for i in range(levels):
        draw = "/X0 Do\n" * 10 if i < levels - 1 else "BT /F1 1 Tf (x) Tj ET"
        res = f"/XObject<</X0 {5 + i} 0 R>>" if i < levels - 1 else ""
        objs.append(f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F1 3 0 R>>{res}>>/Length {len(draw)}>>stream\n{draw}\nendstream")
    return pdf(["/X0 Do"], objects=objs)


class Files:
    def __init__(self, **files):
        self.files = files

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="dossier-convert-")
        self.path = os.path.join(self.top, "papers")
        os.makedirs(self.path)
        for name, content in self.files.items():
            with open(os.path.join(self.path, name.replace("__", ".")), "wb") as f:
                f.write(content)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)


def need(program):
    if not shutil.which(program):
        print(f"skip: {program} is not installed")
        sys.exit(77)


def failures(d):
    return {os.path.basename(x["path"]): x for x in d.json("/v1/failed?limit=1000")["files"]}


def text_of(d, name):
    return d.json("/v1/docs/papers%2F" + name)


def pdfs_are_read():
    pages = [["The Daily Example", f"Part {i} of the story begins here and Vladimir Putin is", "in it, as the ministry told everybody.", f"- {i} -"] for i in range(1, 7)]
    with Files(one__pdf=pdf([[GOOD]], "/Title(A budget)/Author(Ann Lee)/CreationDate(D:20190426120000Z)"), many__pdf=pdf(pages, "/Title(Microsoft Word - x.doc)/Author(root)"),
               empty__pdf=pdf([[]]), broken__pdf=pdf([[GOOD]])[:150], secret__pdf=pdf([[GOOD]], extra=ENCRYPTED), named__txt=pdf([[GOOD + " Named otherwise."]]),
               notes__zip=zipped("inner.pdf", pdf([[GOOD + " In an archive."]]))) as f, Daemon("--source", f.path) as d:
        d.idle()
        one = text_of(d, "one.pdf")
        assert one["title"]["text"] == "A budget" and one["author"] == "Ann Lee", one
        assert one["published"]["text"] == "2019-04-26" and one["published"]["how"] == "properties", one["published"]
        assert [x["id"] for x in one["leaders"]] == ["angela-merkel"]
        many = text_of(d, "many.pdf")
        assert "Daily Example" not in many["text"] and "- 3 -" not in many["text"], many["text"]
        assert all(f"Part {i} of" in many["text"] for i in range(1, 7)), many["text"]
        assert "Microsoft" not in json.dumps(many["title"]) and not many.get("author"), many
        shown = d.json("/v1/docs/papers%2Fmany.pdf?dropped=1")
        assert sum("Daily Example" in x["text"] for x in shown["dropped"]) == 6, shown["dropped"]
        assert "Named otherwise" in text_of(d, "named.txt")["text"]
        assert any("notes.zip" in i for i in d.ids("q=%22in+an+archive%22")), d.ids()
        why = {k: v["reason"] for k, v in failures(d).items()}
        assert set(why) == {"empty.pdf", "broken.pdf", "secret.pdf"}, why
        assert "images" in why["empty.pdf"] and "password" in why["secret.pdf"] and "pdftotext cannot read it" in why["broken.pdf"], why


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(name, content)
    return out.getvalue()


def word_files_are_read():
    if not shutil.which("catdoc"):
        return "skipped: no catdoc"
    with Files(letter__doc=doc(GOOD + "\nThe second paragraph of the letter, with a caf\xe9 in it.\n"), sheet__doc=doc("1 2 3", "Workbook"),
               rich__doc=rb"{\rtf1\ansi\deff0 {\fonttbl{\f0 Times;}} " + GOOD.encode() + rb" In rich text.\par }") as f, Daemon("--source", f.path) as d:
        d.idle()
        assert GOOD in text_of(d, "letter.doc")["text"] and "café" in text_of(d, "letter.doc")["text"], text_of(d, "letter.doc")
        assert "In rich text." in text_of(d, "rich.doc")["text"]
        why = failures(d)
        assert set(why) == {"sheet.doc"} and "no text document" in why["sheet.doc"]["reason"], why


def programs_are_limited():
    """Time, output: the file fails, others do not."""
    with Files(bomb__pdf=bomb(9), good__pdf=pdf([[GOOD]])) as f, Daemon("--source", f.path, "--document-cpu", "700") as d:
        d.idle()
        assert d.ids() == ["papers/good.pdf"], d.ids()
        assert "longer than is allowed" in failures(d)["bomb.pdf"]["reason"], failures(d)
        assert not [r for r in d.children().values() if r == "pdftotext"]
    with Files(long__pdf=pdf([[GOOD] * 50] * 40), short__txt=GOOD.encode()) as f, Daemon("--source", f.path, "--text-size", "20000") as d:
        d.idle()
        assert d.ids() == ["papers/short.txt"], d.ids()
        assert "text-size" in failures(d)["long.pdf"]["reason"], failures(d)


def absent_or_switched_off():
    """Says what to install; when it is installed the files are read at the next look, unasked."""
    with Files(a__pdf=pdf([[GOOD]])) as f:
        bin = os.path.join(f.top, "bin")
        os.makedirs(bin)
        with Daemon("--source", f.path, env={"PATH": bin}) as d:
            d.idle()
            assert failures(d)["a.pdf"]["reason"] == "needs pdftotext: apt install poppler-utils", failures(d)
            assert failures(d)["a.pdf"]["code"] == "needs-program"
            os.symlink(shutil.which("pdftotext"), os.path.join(bin, "pdftotext"))
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}))
            d.idle()
            assert not failures(d) and d.ids() == ["papers/a.pdf"]
            os.unlink(os.path.join(bin, "pdftotext"))
            with open(os.path.join(f.path, "a.pdf"), "wb") as changed:
                changed.write(pdf([[GOOD + " More of it."]]))
            d.json("/v1/sources", "POST", json.dumps({"path": f.path}))
            d.idle()
            assert failures(d)["a.pdf"]["code"] == "needs-program" and d.ids() == ["papers/a.pdf"], "what nobody can look into keeps what was read before"
        with Daemon("--source", f.path, "--converters=no") as d:
            d.idle()
            assert "switched off" in failures(d)["a.pdf"]["reason"], failures(d)


def nobody_is_left_behind():
    """A reader that is killed takes its converter along."""
    with Files(a__txt=GOOD.encode(), a__pdf=pdf([[GOOD]])) as f, Daemon("--source", f.path) as d:
        d.idle()
        readers = [p for p, role in d.children().items() if role == "read"]
        converters = [int(p) for p in os.listdir("/proc") if p.isdigit() and parent_of(p) in readers]
        assert readers and len(converters) == len(readers), (readers, converters)
        for p in readers:
            os.kill(p, 9)
        for p in converters:
            fd = None
            try:
                fd = os.pidfd_open(p)
                assert select.select([fd], [], [], 10)[0], f"converter {p} lives on"
            except ProcessLookupError:
                pass
            finally:
                if fd is not None:
                    os.close(fd)
            assert not alive(p)


def parent_of(pid):
    try:
        return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    need("pdftotext")
    run([pdfs_are_read, word_files_are_read, programs_are_limited, absent_or_switched_off, nobody_is_left_behind])

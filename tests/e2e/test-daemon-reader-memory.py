#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a read process takes at most, whatever it reads: 128 MB. `--all` measures every kind of large file and prints a table; the test takes the worst."""
import gzip, io, json, os, sys, tempfile, zipfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, run

MB = 1_000_000
SENTENCE = "The minister spoke about the budget in Berlin on 4 March 2019, and the talks go on. "
WORDS = [f"word{i:05d}" for i in range(60000)]


def prose(n):
    """Running text in which no two lines are the same."""
    out, size, i = [], 0, 0
    while size < n:
        line = f"{WORDS[i % 60000]} {SENTENCE * 4}{WORDS[i * 7 % 60000]} {i}.\n"
        out.append(line)
        size += len(line)
        i += 1
    return "".join(out)[:n]


def of(text, n):
    return (text * (n // len(text) + 1))[:n]


def page(body):
    return f"<!doctype html><html><head><title>Talks in Berlin</title></head><body><article><h1>Talks in Berlin</h1>{body}</article></body></html>"


KINDS = {
    "small.txt": lambda n: prose(4000),
    "text.txt": lambda n: prose(n),
    "one-line.txt": lambda n: of(SENTENCE, n),
    "short-lines.txt": lambda n: of("a b\n", n),
    "text-4-MiB.txt": lambda n: prose(4_100_000),
    "letters-4-MiB.txt": lambda n: of("a b c d e f g ", 4_190_000),
    "han-4-MiB.txt": lambda n: of("政府发言人说会谈继续", 1_390_000),
    "lines-4-MiB.txt": lambda n: of("ab cd\n", 1_190_000),
    "latin.txt": lambda n: of("Besuch in Düsseldorf. " + SENTENCE, n).encode("latin-1", "replace"),
    "utf16.txt": lambda n: of(SENTENCE, n // 2).encode("utf-16"),
    "prose.html": lambda n: page("".join(f"<p>{x}</p>" for x in prose(n).split("\n"))),
    "paragraphs.html": lambda n: page(of("<p>" + SENTENCE + "</p>", n)),
    "tags.html": lambda n: page("<p>" + SENTENCE * 4 + of("<b>a</b>", n)),
    "links.html": lambda n: page("<p>" + SENTENCE * 4 + of("<li><a href='/a'>ab</a>", n)),
    "nested.html": lambda n: page("<p>" + SENTENCE * 4 + of("<div>x", n)),
    "attributes.html": lambda n: page("<p>" + SENTENCE * 4 + of("<p class=a id=b>", n)),
    "one-attribute.html": lambda n: page("<p " + of("class=a id=b title='c' ", n) + ">" + SENTENCE * 4),
    "picture.html": lambda n: page("<p>" + SENTENCE * 4 + "<img src='data:image/png;base64," + of("QUJD", n) + "'>"),
    "script.html": lambda n: page("<script type='application/ld+json'>{\"a\": \"" + of("QUJD", n) + "\"}</script><p>" + SENTENCE * 4),
    "latin.html": lambda n: page(of("<p>Düsseldorf. " + SENTENCE + "</p>", n)).encode("latin-1", "replace"),
    "object.json": lambda n: json.dumps({"title": "Talks", "text": SENTENCE * 40, "raw": of("QUJD", n)}),
    "text.json": lambda n: json.dumps({"title": "Talks", "text": prose(n)}),
    "escapes.json": lambda n: json.dumps({"title": "Talks", "text": of("Düsseldorf, 東京. ", n // 3)}),
    "html.json": lambda n: json.dumps({"title": "Talks", "html": page(of("<p>" + SENTENCE + "</p>", n))}),
    "line.jsonl": lambda n: json.dumps({"title": "Talks", "text": SENTENCE}) + "\n" + json.dumps({"title": "Talks", "text": prose(n)}) + "\n",
    "html.jsonl": lambda n: json.dumps({"title": "A", "text": SENTENCE}) + "\n" + json.dumps({"title": "Talks", "html": page(of("<p>\"" + SENTENCE + "</p>", n))}) + "\n",
    "latin.jsonl": lambda n: (json.dumps({"title": "A", "text": SENTENCE}) + "\n" + json.dumps({"title": "T", "html": of("<p>Düsseldorf. " + SENTENCE + "</p>", n)}, ensure_ascii=False) + "\n").encode("latin-1"),
    "row.csv": lambda n: "title,text\nTalks,\"" + prose(n).replace('"', "") + "\"\n",
    "mail.eml": lambda n: "From: a@example.org\nTo: b@example.org\nSubject: Talks\nDate: Mon, 4 Mar 2019 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain\n\n" + prose(n),
    "base64.eml": lambda n: "From: a@example.org\nTo: b@example.org\nSubject: Talks\nDate: Mon, 4 Mar 2019 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n" + base64_lines(page(of("<p>" + SENTENCE + "</p>", n * 3 // 4))),
    "huge.mbox": lambda n: "From a@example.org Mon Mar  4 10:00:00 2019\nFrom: a@example.org\nSubject: Talks\n\n" + prose(n),
    "document.xml": lambda n: '<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0"><text><body><div type="document">' + of("<p>" + SENTENCE + "</p>", n) + "</div></body></text></TEI>",
    "feed.rss": lambda n: '<?xml version="1.0"?><rss version="2.0"><channel><title>F</title><item><title>T</title><description>' + of("&lt;p&gt;" + SENTENCE, n) + "</description></item></channel></rss>",
    "notes.md": lambda n: "# Talks\n\n" + prose(n),
    "crlf.txt": lambda n: of(SENTENCE * 2 + "\r\n", min(n, 32 * MB)),
    "pictures.html": lambda n: page("".join(f"<p>{x}</p>" for x in prose(4 * MB).split("\n")) + "<img src='data:image/png;base64," + of("QUJD", n - 5 * MB) + "'>"),
    "comments.html": lambda n: page("<p>" + SENTENCE * 40 + "<div class='comments' id='comments'>" + "".join(f"<p>{x}</p>" for x in prose(n).split("\n")) + "</div>"),
    "entities.html": lambda n: page("".join(f"<p>&quot;{x}</p>" for x in prose(n).split("\n"))),
    "document.pdf": lambda n: pdf(n),
    "bomb.zip": lambda n: zipped({"a.txt": b"a" * 200 * MB}),
    "page.zip": lambda n: zipped({"page.html": page(of("<p>&quot;" + SENTENCE + "</p>", n)).encode()}),
    "chunked.warc": lambda n: warc(b"%x\r\n" % (n - 100) + page(of("<p>&quot;" + SENTENCE + "</p>", n)).encode()[:n - 100] + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"),
    "zipped.warc": lambda n: warc(gzip.compress(page(of("<p>&quot;" + SENTENCE + "</p>", n)).encode(), 1), "Content-Encoding: gzip\r\n"),
    "pushed": lambda n: json.dumps({"id": "p", "title": "Talks", "html": page(of("<p>\"" + SENTENCE + "</p>", n))}) + "\n",
    "bomb.txt.gz": lambda n: gzip.compress(b"a" * 200 * MB, 9),
    "page.html.gz": lambda n: gzip.compress(page("".join(f"<p>{x}</p>" for x in prose(n).split("\n"))).encode(), 1),
    "page.warc": lambda n: warc(page("".join(f"<p>{x}</p>" for x in prose(n).split("\n"))).encode()),
}
WORST = ["entities.html", "attributes.html", "pushed", "letters-4-MiB.txt"]
MOST = 128 << 20


def base64_lines(text):
    import base64
    return base64.encodebytes(text.encode()).decode()


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.getvalue()


def pdf(n):
    """Pages of text without compression, and a picture as large as the rest."""
    text = "BT /F 12 Tf 72 720 Td (" + SENTENCE + ") Tj ET"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
               f"<< /Length {len(text)} >>\nstream\n{text}\nendstream", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
               f"<< /Length {n} >>\nstream\n" + "x" * n + "\nendstream"]
    out, at = "%PDF-1.4\n", []
    for i, body in enumerate(objects):
        at.append(len(out))
        out += f"{i + 1} 0 obj\n{body}\nendobj\n"
    table = len(out)
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{x:010} 00000 n \n" for x in at) + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"


def warc(body, more=""):
    http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{more}\r\n".encode() + body
    return (f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/talks\r\nWARC-Date: 2019-03-04T10:00:00Z\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n").encode() + http + b"\r\n\r\n"


def peak(pid):
    return int(next(x for x in open(f"/proc/{pid}/status") if x.startswith("VmHWM")).split()[1]) * 1024


def measure(name, size):
    with tempfile.TemporaryDirectory(prefix="dossier-memory-") as top:
        folder = os.path.join(top, "news")
        os.mkdir(folder)
        content = KINDS[name](size)
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content.encode() if isinstance(content, str) else content)
        bytes_in = os.path.getsize(os.path.join(folder, name))
        del content
        with Daemon("--readers", "1", "--watch", "no", "--document-cpu", "60000", "--document-time", "120000") as d:
            if name == "pushed":
                d.ask("POST", "/v1/docs", open(os.path.join(folder, name), "rb").read(), {"Content-Type": "application/x-ndjson"}, timeout=600)
            else:
                d.json("/v1/sources", "POST", json.dumps({"path": folder}), status=201)
            d.idle()
            readers = {pid: role for pid, role in d.children().items() if "read" in role}
            failed = [x["reason"] for x in d.json("/v1/failed?limit=10")["files"]]
            return bytes_in, max(peak(p) for p in readers), len(d.ids()), failed


def table():
    for name in sys.argv[2:] or KINDS:
        try:
            n, most, documents, failed = measure(name, 60 * MB)
            print(f"{name:20} {n / MB:6.1f} MB in {most / MB:7.1f} MB  {documents} documents {(failed or [''])[0][:90]}", flush=True)
        except Exception as e:
            print(name, type(e).__name__, e, flush=True)


def one(name):
    def test():
        _, most, _, failed = measure(name, 60 * MB)
        assert most < MOST, f"{most / MB:.1f} MB"
        return f"{most / MB:.1f} MB; {(failed or ['read'])[0]}"
    test.__name__ = name
    return test


if __name__ == "__main__":
    if sys.argv[1:2] == ["--all"]:
        table()
    elif Daemon.sanitized():
        print("skipped: a sanitizer's memory is not the reader's")
    else:
        run([one(name) for name in WORST])

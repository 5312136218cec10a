#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts are what listing and counting gives: while files are being indexed, while documents are added, replaced and removed by somebody else,
and after 1,000 such changes, where what is there is known besides. CHANGES=n in the environment for more; SEED=n for another order."""
import collections, json, os, random, sys, threading
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from urllib.parse import urlencode
from daemon import Client, Daemon, run

CHANGES, SEED = int(os.environ.get("CHANGES", "1000")), int(os.environ.get("SEED", "5"))
NAMES = ["Vladimir Putin", "Angela Merkel", "Barack Obama", "Kim Jong-un", "Xi Jinping", "Margaret Thatcher"]
WORDS = "summit talks oil nuclear treaty war peace border election budget visit strike".split()
FACETS = "leader:10000,source:10000,lang:10000,date:month"
QUERIES = [{}, {"q": "summit"}, {"q": "talks OR oil", "match": "all"}, {"q": "war -peace"}, {"q": '"oil nuclear"'}, {"leader": "vladimir-putin"},
           {"q": "treaty", "leader": "angela-merkel,barack-obama"}, {"leader": "-xi-jinping", "source": "wire"}, {"from": "2014", "to": "2015-06"},
           {"q": "visit", "stories": 1}, {"stories": 1, "leader": "kim-jong-un"}]


def article(dice, name):
    text = " ".join(dice.choice(WORDS) for _ in range(dice.randrange(5, 30))).capitalize() + ". "
    text += " ".join(f"{n} spoke of {dice.choice(WORDS)} in the morning." for n in dice.sample(NAMES, dice.randrange(0, 4)))
    doc = {"id": name, "title": f"About {dice.choice(WORDS)}", "text": text, "source": dice.choice(["wire", "paper"]), "lang": "en"}
    when = dice.choice([None, "2014", "2015-03", f"201{dice.randrange(4, 7)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"])
    if when:
        doc["published"] = when
    return doc


def listed(client, par):
    """All pages: the first answer, and every hit."""
    hits, cursor, first = [], None, None
    while True:
        status, _, body = client.ask("GET", "/v1/search?" + urlencode({"facets": FACETS, "limit": 1000, "snippet": 0, **par, **({"cursor": cursor} if cursor else {})}))
        page = json.loads(body)
        assert status == 200 and "partial" not in page, (par, status, body[:300])
        first = first or page
        hits += page["hits"]
        cursor = page.get("next")
        if not cursor:
            return first, hits


def said(facet, key="values"):
    return {v.get("id", v.get("text")): v["count"] for v in facet[key]}


def agrees(client, par):
    first, hits = listed(client, par)
    facets, counts = first["facets"], collections.defaultdict(collections.Counter)
    ids = [h["id"] for h in hits]
    assert len(set(ids)) == len(ids) == first["total"], (par, len(ids), first["total"])
    if "stories" in par:  # a hit stands for its story: the others of it are not listed
        return ids
    for h in hits:
        counts["leader"].update({x["id"] for x in h["leaders"]} or ["missing"])
        counts["source"][h["source"]] += 1
        counts["lang"][h["lang"]] += 1
        days = h["published"]
        month = days and days["from"][:7] == days["to"][:7]
        counts["fine" if month else "coarse" if days else "undated"][days["from"][:7] if month else days["text"] if days else ""] += 1
    open_leaders = "," in par.get("leader", "")  # its own any-of filter is left out there
    missing = counts["leader"].pop("missing", 0)
    assert open_leaders or (said(facets["leader"]) == counts["leader"] and facets["leader"]["missing"] == missing), (par, facets["leader"], counts["leader"])
    assert said(facets["source"]) == counts["source"] and said(facets["lang"]) == counts["lang"], (par, facets, counts)
    date = facets["date"]
    assert said(date, "buckets") == counts["fine"] and said(date, "coarser") == counts["coarse"] and date["undated"] == sum(counts["undated"].values()), (par, date, counts)
    return ids


def while_indexing():
    dice, n = random.Random(SEED), 8000
    with Daemon("--commit-time", "20") as d:
        folder = os.path.join(d.folder, "src")
        os.mkdir(folder)
        for part in range(8):
            with open(os.path.join(folder, f"{part}.jsonl"), "w") as f:
                f.writelines(json.dumps(article(dice, f"s{part}/{i}")) + "\n" for i in range(n // 8))
        d.json("/v1/sources", "POST", json.dumps({"path": folder}), status=201)
        client, looks, seen = Client(d.socket), 0, set()
        done = threading.Event()
        threading.Thread(target=lambda: (d.idle(), done.set()), daemon=True).start()
        while True:
            last = done.is_set()
            seen.add(len(agrees(client, QUERIES[0])))
            agrees(client, QUERIES[looks % len(QUERIES)])
            looks += 1
            if last and looks >= len(QUERIES):
                break
        assert max(seen) == n and len(seen) > 1, seen
        return f"{2 * looks} looks at {len(seen)} different sizes, none differing"


class Changer:
    """Random additions, replacements and removals, and what must be there after each."""

    def __init__(self, path):
        self.client, self.dice, self.there, self.next, self.kinds = Client(path), random.Random(SEED + 1), {}, 0, collections.Counter()

    def put(self, names):
        docs = [article(self.dice, n) for n in names]
        code, _, body = self.client.ask("POST", "/v1/docs", "".join(json.dumps(x) + "\n" for x in docs), {"Content-Type": "application/x-ndjson"})
        assert code == 200, (code, body)
        for doc, line in zip(docs, map(json.loads, body.splitlines())):
            assert line["id"] == doc["id"] and line["status"] in (("replaced", "unchanged") if doc["id"] in self.there else ("added",)), line
            self.there[doc["id"]] = doc
            self.kinds[line["status"]] += 1

    def change(self):
        """Some new ones and some old ones at once, or one less."""
        if len(self.there) > 50 and self.dice.random() < 0.7:
            name = self.dice.choice(sorted(self.there))
            code, _, body = self.client.ask("DELETE", f"/v1/docs/{name}")
            assert code == 200, (code, body)
            del self.there[name]
            self.kinds["removed"] += 1
            return
        fresh = [f"d{self.next + i}" for i in range(self.dice.randrange(1, 12) if len(self.there) < 800 else 0)]
        self.next += len(fresh)
        self.put(fresh + self.dice.sample(sorted(self.there), min(len(self.there), self.dice.randrange(1, 8))))


def while_and_after_changes():
    with Daemon() as d:
        changer, failed = Changer(d.socket), []

        def work():
            try:
                while changer.kinds.total() < CHANGES:
                    changer.change()
            except Exception as e:  # told below, by the one who is asked
                failed.append(e)
        thread = threading.Thread(target=work)
        thread.start()
        client, looks = Client(d.socket), 0
        while thread.is_alive():  # under 1,000 documents: a list is one page, and so of one moment
            agrees(client, QUERIES[looks % len(QUERIES)])
            looks += 1
        thread.join()
        assert not failed, failed
        for par in QUERIES:
            agrees(client, par)
        assert sorted(agrees(client, {})) == sorted(changer.there)
        for source in ("wire", "paper"):
            assert sorted(agrees(client, {"source": source})) == sorted(i for i, x in changer.there.items() if x["source"] == source)
        assert sorted(agrees(client, {"q": "treaty", "match": "all"})) == sorted(
            i for i, x in changer.there.items() if {"treaty", "treaty."} & set((x["title"] + " " + x["text"]).lower().split()))
        assert changer.kinds["added"] and changer.kinds["replaced"] and changer.kinds["removed"], changer.kinds
        return f"{dict(changer.kinds)}, {looks} looks meanwhile, {len(changer.there)} documents left, none differing"


run([while_indexing, while_and_after_changes])

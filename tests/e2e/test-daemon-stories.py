#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stories across segments, commits and restarts; boilerplate that is learnt, shown, left out, switched off."""
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from daemon import Daemon, run

PLACES = ["Trieste", "Odense", "Gdansk", "Porto", "Bergen", "Antwerp", "Varna", "Malaga", "Turku", "Bristol", "Nantes", "Riga"]


def dispatch(n, more=""):
    """A report of its own for each n: words follow from it."""
    said = " ".join("The harbour board of %s put berth %d out to tender for %s and berth %d for %s." % (
        PLACES[n % 12], n * 31 + k * 7, PLACES[(n + k) % 12], n * 17 + k * 5, PLACES[(n * 5 + k) % 12]) for k in range(9))
    return "Dockers in %s ended their strike number %d on Monday. %s%s" % (PLACES[n % 12], n, said, more)


def article(i, n, more="", day=None, **given):
    return {"id": i, "text": dispatch(n, more), "title": "Strike number %d ends in %s" % (n, PLACES[n % 12]), "published": day or "1987-03-02", "source": "wire", **given}


def again(d, killed=False):
    d.kill() if killed else d.stop()
    d.start()


def story_of(d, i):
    return d.json("/v1/docs/" + i)["story"]


def counts_equal_listing(d):
    """stories=1: totals and facets are what listing every hit and counting its stories gives."""
    plain = d.json("/v1/search?q=strike&limit=1000")["hits"]
    once = d.json("/v1/search?q=strike&limit=1000&stories=1&facets=source:100,story:100")
    stories = {h["story"]["id"] for h in plain}
    assert once["total"] == len(stories) == len(once["hits"]) and {h["story"]["id"] for h in once["hits"]} == stories, once["total"]
    for value in once["facets"]["source"]["values"]:
        assert value["count"] == len({h["story"]["id"] for h in plain if h["source"] == value["id"]}), value
    for value in once["facets"]["story"]["values"]:
        assert value["count"] == sum(h["story"]["id"] == value["id"] for h in plain), value
    for h in plain:
        assert h["story"]["others"] == sum(o["story"]["id"] == h["story"]["id"] for o in plain) - 1, h
    return stories


def stories():
    with Daemon() as d:
        d.push([article("a1", 1), article("b1", 2)])
        d.push([article("a2", 1, " No date was given for the next talks.", source="herald")])  # another commit, another segment
        d.push([article("c1", 3), article("a0", 1, " A spokesman declined to comment.", day="1987-03-01", source="post")])
        a = story_of(d, "a1")
        assert story_of(d, "a2") == story_of(d, "a0") == a and a["others"] == 2, a
        assert story_of(d, "b1")["others"] == 0 and story_of(d, "c1")["others"] == 0
        similar = d.json("/v1/docs/a2/similar")
        assert [h["id"] for h in similar["story"]] == ["a0", "a1"], "the first published first"
        assert similar["members"] == 3 and similar["place"] == 3 and similar["story_id"] == a["id"], similar
        assert all(0.7 < h["alike"] < 1 for h in similar["story"]) and not any(h["id"].startswith("a") for h in similar["hits"]), similar
        counts_equal_listing(d)
        assert d.ask("DELETE", "/v1/docs/a1")[0] == 200
        assert story_of(d, "a2") == {"id": a["id"], "others": 1}, "its first member went, the story stays"
        d.push([article("a2", 1, " Talks go on in May.", source="herald")])
        assert story_of(d, "a2")["id"] == a["id"], "a new version stays in its story"
        for n in range(20):  # many commits: segments are merged meanwhile
            d.push([article("s%d" % n, 4 + n), article("t%d" % n, 4 + n, source="herald", day="1987-03-03")])
        d.push([article("a3", 1, day="1987-03-03")])
        assert story_of(d, "a3") == {"id": a["id"], "others": 2}
        before = {h["id"]: h["story"] for h in d.json("/v1/search?q=strike&limit=1000")["hits"]}
        assert len(counts_equal_listing(d)) == 23
        again(d, killed=True)
        after = {h["id"]: h["story"] for h in d.json("/v1/search?q=strike&limit=1000")["hits"]}
        assert before == after, "the same after a kill"
        d.push([article("s0-late", 4, day="1987-03-04")])
        assert story_of(d, "s0-late") == {"id": before["s0"]["id"], "others": 2}
    return "23 of 44 articles"


def exact_copies():
    with Daemon() as d:
        d.push([{"id": "copy-%d" % i, "text": dispatch(1), "source": "s%d" % (i % 3), "published": "1987-03-%02d" % (1 + i)} for i in range(12)])
        once = d.json("/v1/search?q=strike&stories=1&facets=source")
        assert once["total"] == 1 and once["hits"][0]["story"]["others"] == 11, once
        assert all(v["count"] == 1 for v in once["facets"]["source"]["values"])
        for i in range(12):  # each is a document of its own
            one = d.json("/v1/docs/copy-%d" % i)
            assert one["text"] == dispatch(1) and one["source"] == "s%d" % (i % 3) and one["published"]["from"] == "1987-03-%02d" % (1 + i)
        assert d.ask("DELETE", "/v1/docs/copy-0")[0] == 200
        again(d)
        assert d.json("/v1/docs/copy-7")["text"] == dispatch(1)


NOTICE = "The Herald is an independent paper, owned by its readers, and Angela Merkel has read it since 1991."


def page(i, n, source="herald", notice=NOTICE):
    return {"id": i, "text": dispatch(n) + "\n\n" + dispatch(n + 40) + "\n\n" + notice, "source": source, "published": "2012-05-02"}


def leaders(d, q):
    return {v["id"]: v["count"] for v in d.json("/v1/facets?facets=leader&q=" + q)["facets"]["leader"]["values"]}


def templates():
    with Daemon() as d:
        d.push([page("p%d" % i, i) for i in range(4)])
        assert leaders(d, "strike") == {"angela-merkel": 4}, leaders(d, "strike")
        assert d.json("/v1/templates")["templates"] == []
        d.push([page("p%d" % i, i) for i in range(4, 8)] + [page("x", 9, source="other")])
        d.idle()  # those that came before it was known are cleaned
        learnt = d.json("/v1/templates")
        assert learnt["on"] and learnt["total"] == 1 and learnt["templates"][0]["source"] == "herald" and NOTICE.startswith(learnt["templates"][0]["text"]), learnt
        assert leaders(d, "strike") == {"angela-merkel": 1}, (leaders(d, "strike"), learnt, d.log_text()[-800:])  # only the other source's article still names her
        one = d.json("/v1/docs/p0?dropped=1")
        assert NOTICE not in one["text"] and {"text": NOTICE, "why": "template"} in one["dropped"], one
        d.push([page("p9", 11)])
        assert NOTICE not in d.json("/v1/docs/p9")["text"], "a new one is read without it"
        seen = json.loads(d.ask("POST", "/v1/analyze", json.dumps(page("q", 30)))[2])
        assert {"text": NOTICE, "why": "template"} in seen["dropped"] and NOTICE not in seen["text"], seen
        again(d, killed=True)
        d.idle()
        assert d.json("/v1/templates")["templates"][0]["documents"] == 9, d.json("/v1/templates")
        seen = json.loads(d.ask("POST", "/v1/analyze", json.dumps(page("q", 30)))[2])
        assert NOTICE not in seen["text"], "known after a restart"
        assert d.ask("POST", "/v1/templates", '{"source":"herald"}')[0] == 400
        status, _, body = d.ask("POST", "/v1/templates", json.dumps({"source": "h" * 1025, "on": False}))
        assert json.loads(body)["code"] == "limit-exceeded", (status, body)
        assert d.ask("POST", "/v1/templates", json.dumps({"source": "h" * 1024, "on": True}))[0] == 200
        status, _, body = d.ask("POST", "/v1/templates", json.dumps({"source": "herald", "on": False}))
        assert status == 200 and json.loads(body)["changed"], body
        d.push([page("p10", 10)])
        assert NOTICE in d.json("/v1/docs/p10")["text"], "switched off for this source"
        d.idle()  # and those that were cleaned get it back, with whom it names
        for i in (0, 5, 9, 10):
            one = d.json(f"/v1/docs/p{i}?dropped=1")
            assert one["text"] == page("x", i if i < 9 else 11 if i == 9 else 10)["text"] and not one["dropped"], (i, one)
        assert leaders(d, "strike") == {"angela-merkel": 11}, leaders(d, "strike")
        assert d.ask("POST", "/v1/templates", json.dumps({"source": "herald", "on": True}))[0] == 200
        d.idle()
        assert leaders(d, "strike") == {"angela-merkel": 1} and NOTICE not in d.json("/v1/docs/p10")["text"], "on again"
        d.args = (*d.args, "--templates", "no")
        again(d)
        d.idle()
        assert leaders(d, "strike") == {"angela-merkel": 11}, "all of it switched off"
        d.args = d.args[:-2]
        again(d)
        d.idle()
        assert leaders(d, "strike") == {"angela-merkel": 1}, "and on"
        d.ask("POST", "/v1/templates", json.dumps({"source": "herald", "on": False}))
        assert not d.json("/v1/templates?source=herald")["templates"][0]["on"] and d.json("/v1/templates?source=other")["total"] == 0


def templates_off():
    with Daemon("--templates", "no") as d:
        d.push([page("p%d" % i, i) for i in range(8)])
        d.idle()
        assert leaders(d, "strike") == {"angela-merkel": 8} and not d.json("/v1/templates")["on"]


if __name__ == "__main__":
    run([stories, exact_copies, templates, templates_off])

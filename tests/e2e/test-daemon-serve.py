#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The interface as a client meets it: every route once, every kind of error once."""
import json, os, re, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, Client, run

MET = {"id": "met", "text": "Vladimir Putin met Kim Jong Un in Moscow on 3 May 2019. They spoke of trade.", "published": "2019-05-04"}
OIL = {"id": "oil", "text": "The price of oil rose on Tuesday, traders in London said.", "published": "2019-06-01", "source": "wire"}
NDJSON = {"Content-Type": "application/x-ndjson"}


def push_search_delete():
    with Daemon() as d:
        lines = d.push([MET, OIL, {"id": "bad"}, "no object", MET])
        assert [(x["id"], x["status"]) for x in lines[:2]] == [("met", "added"), ("oil", "added")], lines
        assert [x["status"] for x in lines[2:]] == ["rejected", "rejected", "unchanged"], lines
        assert lines[2]["reason"] and lines[2]["code"] == "bad-document", lines
        found = d.json("/v1/search?q=moscow&facets=leader")
        assert [h["id"] for h in found["hits"]] == ["met"], found
        assert {v["id"] for v in found["facets"]["leader"]["values"]} == {"vladimir-putin", "kim-jong-un"}, found
        assert d.json("/v1/facets?facets=source")["facets"]["source"]["values"][0]["id"] == "wire"
        assert d.json("/v1/docs/met")["text"].startswith("Vladimir Putin met")
        assert d.push([{**MET, "text": "Kim Jong Un stayed in Pyongyang."}])[0]["status"] == "replaced"
        assert d.json("/v1/search?q=moscow")["total"] == 0
        gone = d.json("/v1/docs/met", "DELETE")
        assert gone["status"] == "removed" and gone["revision"] == d.json("/v1/status")["revision"], gone
        assert d.json("/v1/docs/met", "DELETE", status=404)["code"] == "not-found"
        assert d.json("/v1/docs/met", status=404)["code"] == "not-found"
        assert d.json("/v1/status")["documents"] == 1
        return "pushed, found, replaced, removed"


def one_object_over_several_lines():
    with Daemon() as d:
        status, head, body = d.ask("POST", "/v1/docs", json.dumps(OIL, indent=2), {"Content-Type": "application/json"})
        assert status == 200 and json.loads(body)["status"] == "added", body
        status, head, body = d.ask("POST", "/v1/docs", json.dumps(MET) + "\n" + json.dumps({**OIL, "id": "oil2"}))
        assert [json.loads(x)["id"] for x in body.splitlines()] == ["met", "oil2"], body
        assert d.json("/v1/docs", "POST", b"", status=400)["code"] == "bad-request"
        assert d.json("/v1/docs", "POST", b" \n\n", status=400)["code"] == "bad-request"


def a_long_stream_is_slowed_not_stored():
    """More than the queue may hold: the client is read more slowly, memory stays small, every line gets its result."""
    with Daemon("--queue-size", "131072", "--seal-documents", "2000") as d:
        n, filler = 6000, "It was said in the chamber that the matter would be looked at again. " * 30

        def lines():
            for i in range(n):
                yield json.dumps({"id": f"s{i}", "text": f"Angela Merkel spoke about matter {i}. {filler}"}).encode() + b"\n"
        c = Client(d.socket, 300)
        c.request("POST", "/v1/docs", lines(), NDJSON, encode_chunked=True)
        r = c.getresponse()
        results = [json.loads(x) for x in r.read().splitlines()]
        c.close()
        assert r.status == 200 and [x["id"] for x in results] == [f"s{i}" for i in range(n)], (r.status, len(results))
        assert {x["status"] for x in results} == {"added"}
        peak = int([x for x in open(f"/proc/{d.process.pid}/status") if x.startswith("VmHWM")][0].split()[1]) // 1024
        assert d.json("/v1/status")["documents"] == n
        return f"{n * len(filler) >> 20} MiB through a queue of 128 KiB, front at most {peak} MiB"


def analyze():
    with Daemon() as d:
        a = d.json("/v1/analyze?clean=0", "POST", json.dumps(MET))
        assert a["text"] == MET["text"] and {x["id"] for x in a["leaders"]} == {"vladimir-putin", "kim-jong-un"}, a
        page = "<html><body>" + "<p>President Ronald Reagan met Mikhail Gorbachev in Geneva on 19 November 1985.</p>" * 1300 + "</body></html>"
        assert len(page) > 100000
        body = "".join(json.dumps({"id": f"p{i}", "html": page}) + "\n" for i in range(50))
        status, head, data = d.ask("POST", "/v1/analyze", body, NDJSON, timeout=600)
        answers = [json.loads(x) for x in data.splitlines()]
        assert status == 200 and [a["id"] for a in answers] == [f"p{i}" for i in range(50)], (status, [a.get("id") for a in answers])
        assert all("ronald-reagan" in [x["id"] for x in a["leaders"]] for a in answers)
        mixed = "\n".join(['{"id":"a","text":"Angela Merkel spoke."}', "{broken", '{"id":"b","text":7}', '{"id":"c","text":"Barack Obama spoke."}'])
        answers = [json.loads(x) for x in d.ask("POST", "/v1/analyze", mixed, NDJSON)[2].splitlines()]
        assert [bool(a.get("code")) for a in answers] == [False, True, True, False], answers
        assert d.json("/v1/analyze", "POST", '{"id":"b","text":7}', status=422)["code"] == "bad-document"
        assert d.json("/v1/analyze?clean=2", "POST", json.dumps(MET), status=400)["code"] == "bad-parameter"
        assert d.json("/v1/status")["documents"] == 0, "nothing is indexed"
        return "50 pages of 100 KB in order"


def sources():
    with tempfile.TemporaryDirectory() as top, Daemon() as d:
        news = os.path.join(top, "news")
        os.makedirs(os.path.join(news, "deep", "er"))
        for i in range(30):
            open(os.path.join(news, "deep/er" if i % 2 else "", f"{i}.txt"), "w").write(f"Angela Merkel spoke in Berlin about matter {i}.\n")
        s = d.json("/v1/sources", "POST", json.dumps({"path": news}), status=201)
        assert s["name"] == "news" and s["path"] == news, s
        last = d.idle()
        assert last["documents"] == 30 and last["failed"] == 0, last
        listed = d.json("/v1/sources")["sources"]
        assert [(x["name"], x["files"], x["documents"], x["state"]) for x in listed] == [("news", 30, 30, "idle")], listed
        assert "news/deep/er/1.txt" in d.ids()
        again = d.json("/v1/sources", "POST", json.dumps({"path": news}))
        assert again["new"] is False
        assert d.idle()["documents"] == 30
        assert d.json("/v1/sources", "POST", json.dumps({"path": top + "/nowhere"}), status=404)["code"] == "not-found"
        assert d.json("/v1/sources", "POST", json.dumps({"path": "relative"}), status=400)["code"] == "bad-parameter"
        assert d.json("/v1/sources", "POST", "{", status=400)["code"] == "bad-request"
        assert d.json("/v1/sources/nobody", "DELETE", status=404)["code"] == "not-found"
        gone = d.json("/v1/sources/news", "DELETE")
        assert gone["documents"] == 30, gone
        assert d.json("/v1/status")["documents"] == 0 and d.json("/v1/sources")["sources"] == []


def errors_and_conditions():
    with Daemon() as d:
        d.push([MET])
        cases = [
            ("GET", "/", 404, "no-such-route"), ("GET", "/v1", 404, "no-such-route"), ("GET", "/v1/search/x", 404, "no-such-route"),
            ("GET", "/v2/search", 404, "no-such-route"), ("GET", "/v1/docs/", 404, "no-such-route"),
            ("POST", "/v1/search", 405, "method-not-allowed"), ("PUT", "/v1/docs", 405, "method-not-allowed"),
            ("GET", "/v1/docs", 405, "method-not-allowed"), ("GET", "/v1/flush", 405, "method-not-allowed"),
            ("BREW", "/v1/status", 405, "method-not-allowed"),
            ("GET", "/v1/search?colour=red", 400, "bad-parameter"), ("GET", "/v1/status?x=1", 400, "bad-parameter"),
            ("GET", "/v1/templates?source=a&source=b", 400, "bad-parameter"), ("DELETE", "/v1/sources?name=a&keep=1&name=b", 400, "bad-parameter"),
            ("GET", "/v1/progress?follow=maybe", 400, "bad-parameter"), ("GET", "/v1/search?limit=x", 400, "bad-parameter"),
            ("GET", "/v1/search?limit=1001", 400, "bad-parameter"), ("GET", "/v1/search?leader=nobody%20at%20all", 422, "unknown-leader"),
            ("GET", "/v1/search?from=notaday", 400, "bad-date"), ("GET", "/v1/failed?limit=x", 400, "bad-parameter"),
        ]
        for method, target, status, code in cases:
            got, head, body = d.ask(method, target)
            assert got == status and json.loads(body)["code"] == code, (method, target, got, body)
            assert head["content-type"] == "application/problem+json", head
            assert json.loads(body)["status"] == status and json.loads(body)["detail"], body
        assert "Allow" in [k.title() for k in d.ask("PUT", "/v1/docs")[1]]
        c = Client(d.socket)
        status, head, body = c.ask("GET", "/v1/search?q=moscow")
        assert status == 200 and head["etag"].startswith('"')
        status, head2, body = c.ask("GET", "/v1/search?q=moscow", headers={"If-None-Match": head["etag"]})
        assert status == 304 and body == b"" and head2["etag"] == head["etag"], (status, head2)
        d.push([OIL])
        assert c.ask("GET", "/v1/search?q=moscow", headers={"If-None-Match": head["etag"]})[0] == 200, "a new revision, a new tag"
        status, head, body = c.ask("HEAD", "/v1/search?q=moscow")
        assert status == 200 and body == b"" and int(head["content-length"]) > 0
        c.close()
        return f"{len(cases)} errors"


def about():
    with Daemon() as d:
        s = d.json("/v1/status")
        for key in ("documents", "revision", "segments", "bytes", "queue", "failed", "sources", "versions", "sandbox", "limits", "health", "processes"):
            assert key in s, key
        assert s["health"] == "ok" and s["limits"]["deadline"] == 2000
        status, head, body = d.ask("GET", "/metrics")
        assert status == 200 and b"dossier_requests_total" in body and head["content-type"].startswith("text/plain")
        assert d.json("/v1/flush", "POST")["revision"] == s["revision"]
        status, _, body = d.ask("GET", "/v1/progress")
        assert status == 200 and json.loads(body.splitlines()[0])["state"] == "idle"


def small_print():
    """Corners of the interface that were wrong once."""
    with Daemon() as d:
        d.push([{"id": "x/similar", "text": "Angela Merkel spoke in Berlin."}, {"id": "x", "text": "Angela Merkel spoke in Bonn about the budget."}])
        assert d.json("/v1/docs/x%2Fsimilar")["id"] == "x/similar"
        assert "hits" in d.json("/v1/docs/x/similar") and d.json("/v1/docs/x%2Fsimilar")["id"] == "x/similar"
        assert "hits" in d.json("/v1/docs/x%2Fsimilar/similar")
        for target in ("/v1/status?=x", "/v1/sources?=", "/v1/progress?=x", "/v1/status?x", "/metrics?a=b"):
            assert d.ask("GET", target)[0] == 400, target
        for path in ("/" + "a" * 5000, "/" + "/".join(["b" * 300] * 3), "/tmp/" + "c/" * 3000):
            status, _, body = d.ask("POST", "/v1/sources", json.dumps({"path": path}))
            assert status in (400, 404) and len(body) < 1000, (status, body)
        lines = d.push([{"id": "a", "text": "Words of a kind.", "published": "the day before"}, {"id": "b", "text": "Other words.", "published": "2015-05-09"},
                        {"id": "c", "text": "More words."}])
        assert [x["status"] for x in lines] == ["added"] * 3 and "the day before" in lines[0]["warning"], lines
        assert "warning" not in lines[1] and "warning" not in lines[2], lines


def indexing_stands_back():
    """Processes that read and index have the niceness of the setting; those that answer have none."""
    with Daemon("--index-nice", "7") as d:
        d.push([MET])
        nice = {role: int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[16]) for pid, role in d.children().items()}
        own = os.nice(0)
        assert nice["index"] == own + 7 and nice["search"] == own, nice
        return nice


def numbers_by_route():
    """Requests that were made are in /metrics, by route and status, in a form that Prometheus takes; in short in the status."""
    with Daemon() as d:
        d.push([MET, OIL])
        made = {("GET /v1/search", "2xx"): 7, ("GET /v1/search", "4xx"): 2, ("GET /v1/docs/", "4xx"): 1, ("other", "4xx"): 3, ("GET /v1/leaders", "2xx"): 1, ("POST /v1/docs", "2xx"): 1}
        for _ in range(7):
            d.ask("GET", "/v1/search?q=oil")
        for target in ("/v1/search?limit=x", "/v1/search?nonsense=1", "/v1/docs/none", "/nowhere", "/nowhere/2", "/", "/v1/leaders?limit=1"):
            d.ask("GET", target)
        until, got = time.monotonic() + 30, {}
        while got != made:  # (a worker that has answered tells it a moment later)
            assert time.monotonic() < until, got
            text = d.ask("GET", "/metrics")[2].decode()
            got = {(r, s): int(n) for r, s, n in re.findall(r'^dossier_answers_total\{route="([^"]+)",status="(\dxx)"\} (\d+)$', text, re.M) if r != "GET /metrics"}
        types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
        for line in text.splitlines():
            name = re.match(r"#|([a-z_]+)(?:\{[^}]*\})? [0-9.e+-]+$", line)
            assert name, line
            if name.group(1):
                family = re.sub(r"_(bucket|sum|count)$", "", name.group(1))
                assert family in types or name.group(1) in types, line
        for route in ("GET /v1/search", "other"):
            steps = [int(n) for n in re.findall(rf'^dossier_answer_seconds_bucket\{{route="{route}",le="[^"]+"\}} (\d+)$', text, re.M)]
            assert len(steps) == 15 and steps == sorted(steps) and steps[-1] == sum(n for (r, _), n in made.items() if r == route), (route, steps)
        assert re.search(r"^dossier_documents 2$", text, re.M) and re.search(r"^dossier_failed_files 0$", text, re.M), text
        answers = d.json("/v1/status")["answers"]
        assert answers["count"] == 11 and 0 < answers["half_us"] <= answers["most_us"] <= answers["slowest_us"], answers


def the_last_commit_survives_a_restart():
    with tempfile.TemporaryDirectory() as top:
        with Daemon(folder=top) as d:
            d.push([MET, OIL])
        with Daemon(folder=top) as d:
            assert sorted(d.ids()) == ["met", "oil"]


if __name__ == "__main__":
    run([push_search_delete, one_object_over_several_lines, a_long_stream_is_slowed_not_stored, analyze, sources, errors_and_conditions, about, indexing_stands_back, numbers_by_route, small_print, the_last_commit_survives_a_restart])

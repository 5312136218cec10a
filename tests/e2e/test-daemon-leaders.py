#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about leaders, whole: while in office, whoever held an office then, ambiguous names, who met whom."""
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, run

DOCS = [
    {"id": "clinton-1996", "text": "Bill Clinton signed the bill in Washington.", "published": "1996-03-04"},
    {"id": "clinton-2010", "text": "Bill Clinton spoke in Harlem about health.", "published": "2010-03-04"},
    {"id": "both-2010", "text": "Bill Clinton called Barack Obama about health.", "published": "2010-05-04"},
    {"id": "putin-2010", "text": "Vladimir Putin, the prime minister, spoke in Sochi.", "published": "2010-05-04"},
    {"id": "russia-2010", "text": "The Russian president spoke in Kazan.", "published": "2010-06-04"},
    {"id": "russia-2015", "text": "The Russian president spoke in Kazan again.", "published": "2015-06-04"},
    {"id": "nobody", "text": "It rained on the hills.", "published": "2015-06-04"},
    {"id": "met", "text": "Vladimir Putin met Angela Merkel in Sochi on 2 May 2017. They talked for hours.", "published": "2017-05-03"},
    {"id": "met-too", "text": "Angela Merkel was received by Vladimir Putin in Sochi on 2 May 2017.", "published": "2017-05-04"},
    {"id": "refused", "text": "Vladimir Putin refused to meet Barack Obama.", "published": "2014-05-03"},
]


def counts(d, query, facet="leader"):
    return {v["id"]: v["count"] for v in d.json(f"/v1/facets?facets={facet}&{query}")["facets"][facet]["values"]}


def while_in_office():
    with Daemon() as d:
        d.push(DOCS)
        assert sorted(d.ids("leader=bill-clinton")) == ["both-2010", "clinton-1996", "clinton-2010"]
        assert d.ids("leader=bill-clinton&in_office=1") == ["clinton-1996"]
        assert sorted(d.ids("leader=bill-clinton&in_office=0")) == ["both-2010", "clinton-1996", "clinton-2010"]
        assert d.ids("q=leader:bill-clinton&in_office=1") == ["clinton-1996"]
        assert sorted(d.ids("leader=-bill-clinton&in_office=1")) == sorted(x["id"] for x in DOCS if x["id"] != "clinton-1996")
        assert counts(d, "q=health") == {"bill-clinton": 2, "barack-obama": 1}
        assert counts(d, "q=health&in_office=1") == {"barack-obama": 1}
        assert counts(d, "q=health") == {"bill-clinton": 2, "barack-obama": 1}, "the question before leaves nothing behind"
        assert counts(d, "in_office=1&stories=1")["bill-clinton"] == 1 and counts(d, "")["bill-clinton"] == 3
        assert d.json("/v1/facets?facets=leader&q=health&in_office=1")["facets"]["leader"]["missing"] == 1
        series = d.json("/v1/timeline?leader=bill-clinton&facets=date:year&in_office=1")["series"][0]
        assert [(b["text"], b["count"]) for b in series["buckets"]] == [("1996", 1)], series
        for bad in ("in_office=maybe", "in_office=2", "in_office=1&in_office=1"):
            assert d.ask("GET", "/v1/search?" + bad)[0] == 400, bad
        assert d.ask("GET", "/v1/leaders?name=putin&in_office=1")[0] == 400


def countries_and_offices_of_those_in_office():
    """A leader of before brings neither his country nor an office that he held then into the counts of today."""
    docs = [{"id": "old-days", "text": "Bill Clinton spoke in Harlem. In 1996 President Clinton signed a treaty with Vladimir Putin's country.", "published": "2010-03-04"}, *DOCS]
    with Daemon() as d:
        d.push(docs)
        assert counts(d, "q=harlem", "country") == {"US": 2, "RU": 1} and counts(d, "q=harlem&in_office=1", "country") == {"RU": 1}
        assert counts(d, "q=harlem", "country") == {"US": 2, "RU": 1}, "the question before leaves nothing behind"
        assert counts(d, "q=harlem&in_office=1", "office") in ({}, {"RU/head-of-government": 1})
        assert sorted(d.ids("country=US&in_office=1")) == ["both-2010", "clinton-1996", "refused"]
        assert "clinton-2010" in d.ids("country=US") and sorted(d.ids("office=US/head-of-state&in_office=1")) == ["both-2010", "clinton-1996", "refused"]
        missing = d.json("/v1/facets?facets=country&q=harlem&in_office=1")["facets"]["country"]["missing"]
        assert missing == 1, missing


def who_with_whom_while_in_office():
    with Daemon() as d:
        d.push([*DOCS, {"id": "ex-met", "text": "Bill Clinton met Kim Jong Il in Pyongyang.", "published": "2009-08-04"}])
        def company(query):
            return {x["id"]: (x["documents"], x["sentences"]) for x in d.json("/v1/who?" + query)["leaders"]}
        assert company("leader=barack-obama") == {"bill-clinton": (1, 1), "vladimir-putin": (1, 1)}
        assert company("leader=barack-obama&in_office=1") == {"vladimir-putin": (1, 1)}
        assert company("leader=bill-clinton&in_office=1") == {}, "he himself has to be in office"
        everybody = company("in_office=1")
        assert everybody["barack-obama"] == (2, 1) and everybody["kim-jong-il"] == (1, 0), "with somebody out of office is with nobody"
        assert everybody["bill-clinton"] == (1, 0) and company("")["bill-clinton"] == (4, 2)
        met = [sorted(x["id"] for x in m["leaders"]) for m in d.json("/v1/meetings")["meetings"]]
        then = [sorted(x["id"] for x in m["leaders"]) for m in d.json("/v1/meetings?in_office=1")["meetings"]]
        assert ["bill-clinton", "kim-jong-il"] in met and ["bill-clinton", "kim-jong-il"] not in then, (met, then)
        assert ["angela-merkel", "vladimir-putin"] in then, then


def whoever_held_it_then():
    with Daemon() as d:
        d.push(DOCS)
        assert sorted(d.ids("office=RU/head-of-state")) == ["met", "met-too", "refused", "russia-2010", "russia-2015"]
        assert d.ids("office=RU/head-of-state&to=2012") == ["russia-2010"]
        assert d.ids("office=RU/head-of-state&leader=dmitry-medvedev") == ["russia-2010"]
        assert counts(d, "", "office")["RU/head-of-state"] == 5
        assert d.ids("office=RU/head-of-government&leader=vladimir-putin") == ["putin-2010"]


def names_that_may_be_several():
    with Daemon() as d:
        d.push([{"id": "many", "text": "North Korea's Kim smiled at the children."}, {"id": "france", "text": "The French president spoke in May.", "published": "2007-05"}, *DOCS])
        shown = d.json("/v1/docs/many")
        said = [m["surface"] for m in shown.get("ambiguous", [])]
        assert said == ["Kim"], shown.get("ambiguous")
        assert "many" in d.ids("leader=?kim") and "nobody" not in d.ids("leader=?kim")
        assert d.json("/v1/search?leader=?Kim&limit=0")["total"] == len(d.ids("leader=?kim")) >= 1
        assert "many" not in d.ids("leader=-?kim") and "nobody" in d.ids("leader=-?kim")
        assert d.ids("leader=?president") == ["france"] and set(d.ids("leader=?president,?kim")) == {"france", "many"}


def who_met_whom():
    with Daemon() as d:
        d.push(DOCS)
        page = d.json("/v1/meetings?leader=putin")
        told = [(sorted(x["id"] for x in m["leaders"]), m["status"], m["documents"]) for m in page["meetings"]]
        assert (["angela-merkel", "vladimir-putin"], "held", 2) in told and (["barack-obama", "vladimir-putin"], "denied", 1) in told and len(told) == 2, told
        first = next(m for m in page["meetings"] if m["status"] == "held")
        assert (first["day"]["from"], first["day"]["how"], first["place"]) == ("2017-05-02", "stated", "Sochi"), first
        assert d.json("/v1/docs/met")["meetings"][0]["day"]["how"] == "stated"
        assert {e["text"] for e in first["evidence"]} == {"Vladimir Putin met Angela Merkel in Sochi on 2 May 2017", "Angela Merkel was received by Vladimir Putin in Sochi on 2 May 2017"} or \
            all("2 May 2017" in e["text"] for e in first["evidence"]), first
        d.push([{"id": "undated-met", "text": "George W. Bush met Tony Blair at Camp David.", "published": "2003-04-01"}])
        day = d.json("/v1/meetings?leader=tony-blair")["meetings"][0]["day"]
        assert (day["from"], day["to"], day["how"]) == ("2003-03-26", "2003-04-01", "inferred"), day
        assert d.json("/v1/docs/undated-met")["meetings"][0]["day"]["how"] == "inferred"
        assert [len(m["leaders"]) for m in d.json("/v1/meetings?leader=putin&leader=obama")["meetings"]] == [2]
        assert d.json("/v1/meetings?leader=bill-clinton")["meetings"] == []


if __name__ == "__main__":
    run([while_in_office, countries_and_offices_of_those_in_office, who_with_whom_while_in_office, whoever_held_it_then, names_that_may_be_several, who_met_whom])

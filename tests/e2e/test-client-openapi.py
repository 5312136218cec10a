#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/openapi.yaml says what the daemon does: every route of the table is in it, every real answer fits its schema."""
import json, os, re, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
from daemon import Daemon, ROOT, DATA, run

FILE = os.path.join(ROOT, "docs/openapi.yaml")


def scalar(text):
    """A plain or quoted scalar, [a, b] or {a: b}: the flow half of the YAML that the file uses. Returns value and rest."""
    text = text.lstrip()
    if text[0] in "[{":
        close, out = {"[": "]", "{": "}"}[text[0]], [] if text[0] == "[" else {}
        text = text[1:].lstrip()
        while text[0] != close:
            value, text = scalar(text)
            text = text.lstrip()
            if close == "}":
                assert text[0] == ":", text
                out[value], text = scalar(text[1:])
                text = text.lstrip()
            else:
                out.append(value)
            text = text[1:].lstrip() if text[0] == "," else text
        return out, text[1:]
    m = re.match(r'"((?:[^"\\]|\\.)*)"', text)
    if m:
        return json.loads(m.group(0)), text[m.end():]
    m = re.match(r"[^,\[\]{}:]+(?::(?! )[^,\[\]{}:]*)*", text)
    word = m.group(0).strip()
    return {"true": True, "false": False}.get(word, word), text[m.end():]


def block(lines, at, indent):
    """The block half: maps, and lists of maps, by indentation."""
    out = [] if lines[at][1].startswith("- ") else {}
    while at < len(lines) and lines[at][0] == indent:
        text = lines[at][1]
        if isinstance(out, list):
            assert text.startswith("- "), text
            if text[2] == "{":
                out.append(scalar(text[2:])[0])
                at += 1
            else:
                lines[at] = (indent + 2, text[2:])
                value, at = block(lines, at, indent + 2)
                out.append(value)
            continue
        m = re.match(r'("[^"]*"|[^:]+):(?: (.*))?$', text)
        key = m.group(1).strip('"')
        assert key not in out, f"{key} twice"
        if m.group(2):
            value = m.group(2)
            out[key] = scalar(value)[0] if value[0] in '[{"' else value
            at += 1
        else:
            out[key], at = block(lines, at + 1, lines[at + 1][0])
    return out, at


def load():
    lines = [(len(x) - len(x.lstrip()), x.strip()) for x in open(FILE) if x.strip() and not x.lstrip().startswith("#")]
    return block(lines, 0, 0)[0]


API = load()
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list, "null": type(None)}


def resolve(schema):
    while "$ref" in schema:
        schema = API["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def errors(value, schema, where):
    schema = resolve(schema)
    if "anyOf" in schema:
        found = [errors(value, s, where) for s in schema["anyOf"]]
        return [] if any(not e for e in found) else found[0]
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if not any(isinstance(value, TYPES[k]) and not (isinstance(value, bool) and k in ("integer", "number")) for k in kinds):
        return [f"{where}: {value!r} is no {'/'.join(kinds)}"]
    out = []
    if isinstance(value, dict):
        out += [f"{where}: {k} is missing" for k in schema.get("required", []) if k not in value]
        for k, s in schema.get("properties", {}).items():
            if k in value:
                out += errors(value[k], s, f"{where}.{k}")
        if "properties" in schema:  # strict: what an answer has is described
            out += [f"{where}: {k} is not described" for k in value if k not in schema["properties"]]
    if isinstance(value, list):
        for i, v in enumerate(value):
            out += errors(v, schema["items"], f"{where}[{i}]")
    return out


def check(d, path, target, method="GET", body=None):
    status, head, data = d.ask(method, target, body)
    operation = API["paths"][path][method.lower()]
    answer = operation["responses"].get(str(status)) or operation["responses"]["default"]
    kind = head["content-type"].split(";")[0]
    assert kind in answer["content"], (target, status, kind, list(answer["content"]))
    for line in data.splitlines() if kind == "application/x-ndjson" else [data]:
        wrong = errors(json.loads(line), answer["content"][kind]["schema"], target)
        assert not wrong, wrong
    return status


def routes_are_all_there():
    table = re.findall(r'^ROUTE\((\w+), +"([^"]+)",', open(os.path.join(ROOT, "daemon/routes.def")).read(), re.M)
    assert len(table) > 15
    for method, path in table:
        known = [p for p in API["paths"] if (p == path or (path.endswith("/") and p.startswith(path))) and method.lower() in API["paths"][p]]
        assert known or path == "/v1/sources/", f"{method} {path} is not described"
    return f"{len(table)} routes"


def parameters_are_all_there():
    text = open(os.path.join(ROOT, "index/query/params.def")).read()
    for path, route in (("/v1/search", "SEARCH"), ("/v1/timeline", "TIMELINE"), ("/v1/who", "WHO"), ("/v1/leaders", "LEADERS"), ("/v1/suggest", "SUGGEST"), ("/v1/docs/{id}", "DOC"),
                        ("/v1/docs/{id}/similar", "SIMILAR")):
        asks = re.search(r"#define R_ASK (.*)", text).group(1)
        known = {name for name, where in re.findall(r"^PARAM\((\w+), +(.*?), +[A-Z]+, +\"", text, re.M) if f"R({route})" in where.replace("R_ASK", asks)}
        said = {p["name"] for p in API["paths"][path]["get"]["parameters"] if p["in"] == "query"}
        assert known == said, (path, known ^ said)


def references_exist():
    for name in re.findall(r"#/components/schemas/(\w+)", open(FILE).read()):
        assert name in API["components"]["schemas"], name


def answers_fit():
    with Daemon("--source", os.path.join(DATA, "sample")) as d:
        d.idle()
        n = 0
        for path, target, method, body, want in (
            ("/v1/search", "/v1/search?q=talks&leader=putin&facets=leader:3,date:month,country,source,lang,office,story&limit=50", "GET", None, 200), ("/v1/search", "/v1/search?limit=0", "GET", None, 200),
            ("/v1/search", "/v1/search?q=zzzqqq&from=1900", "GET", None, 200), ("/v1/search", "/v1/search?nonsense=1", "GET", None, 400), ("/v1/search", "/v1/search?leader=kim", "GET", None, 422),
            ("/v1/facets", "/v1/facets?facets=leader,date:year", "GET", None, 200), ("/v1/timeline", "/v1/timeline?leader=trump&leader=xi-jinping", "GET", None, 200), ("/v1/timeline", "/v1/timeline", "GET", None, 200),
            ("/v1/who", "/v1/who?leader=putin", "GET", None, 200), ("/v1/who", "/v1/who", "GET", None, 200), ("/v1/meetings", "/v1/meetings?leader=putin", "GET", None, 200),
            ("/v1/leaders", "/v1/leaders?limit=200", "GET", None, 200), ("/v1/suggest", "/v1/suggest?field=leader&prefix=pu", "GET", None, 200), ("/v1/suggest", "/v1/suggest?field=word&prefix=sum", "GET", None, 200),
            ("/v1/docs", "/v1/docs", "POST", '{"id":"x","text":"Angela Merkel spoke."}\n{"id":"y"}\n', 200), ("/v1/docs/{id}", "/v1/docs/x", "DELETE", None, 200), ("/v1/docs/{id}", "/v1/docs/x", "GET", None, 404),
            ("/v1/docs/{id}/similar", "/v1/docs/sample%2Fwire%2F2019-04-25-vladivostok.txt/similar", "GET", None, 200),
            ("/v1/analyze", "/v1/analyze?clean=0", "POST", '{"text":"Angela Merkel met Emmanuel Macron in May 2019. Ellen Kim spoke."}', 200), ("/v1/sources", "/v1/sources", "GET", None, 200),
            ("/v1/sources", "/v1/sources", "POST", json.dumps({"path": os.path.join(DATA, "sample")}), 200), ("/v1/flush", "/v1/flush", "POST", None, 200), ("/v1/failed", "/v1/failed", "GET", None, 200),
            ("/v1/templates", "/v1/templates", "GET", None, 200), ("/v1/templates", "/v1/templates", "POST", '{"source":"sample","on":true}', 200), ("/v1/templates", "/v1/templates", "POST", '{}', 400),
            ("/v1/status", "/v1/status", "GET", None, 200), ("/v1/config", "/v1/config", "GET", None, 200), ("/v1/config", "/v1/config?x=1", "GET", None, 400), ("/v1/progress", "/v1/progress", "GET", None, 200),
        ):
            status = check(d, path, target, method, body)
            assert status == want, (target, status)
            n += 1
        for one in d.ids():
            from urllib.parse import quote
            check(d, "/v1/docs/{id}", "/v1/docs/" + quote(one, safe="") + "?dropped=1")
        status, head, data = d.ask("GET", "/v1/openapi.yaml")
        assert status == 200 and data == open(FILE, "rb").read(), (status, data[:200])
        assert d.ask("GET", "/metrics")[0] == 200
        return f"{n} requests, 68 documents"


def a_wrong_answer_is_seen():
    assert errors({"id": 7, "name": "x", "mentions": True}, {"$ref": "#/components/schemas/Named"}, "") == [".id: 7 is no string", ".mentions: True is no integer"]
    assert errors({"id": "x", "name": "x", "mentions": 1, "new": 1}, {"$ref": "#/components/schemas/Named"}, "x") == ["x: new is not described"]
    assert errors({}, {"$ref": "#/components/schemas/Flushed"}, "x") == ["x: revision is missing"]


run([routes_are_all_there, parameters_are_all_there, references_exist, answers_fit, a_wrong_answer_is_seen])

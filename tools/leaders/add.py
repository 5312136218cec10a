#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Add many leaders at once: short notes become rows of leaders.tsv and offices.tsv.

    tools/leaders/add.py [--reference DIR] [--fresh] NOTES...

Notes, one leader a line, fields parted by ';':

    @ FR                                  the country of what follows; "@ KR family-first" sets the order of names
    !P s President                        an office: letter(s), kinds (s state, g government, e effective), title
    Charles/de Gaulle; P 1959-01-08 1969-04-28, G 1958-06-01 1959-01-08; a=General de Gaulle; w=Charles de Gaulle
    =elizabeth-ii; Q 1952-02-06           more offices of a leader that is in the table

"/" parts given from family name; without it the last word (the first one in family-first) is the family name.
"González~Videla": the family name is used whole or up to "~".  "al-", "el-" before a family name is dropped from
the family name, a rule of the matcher adds it.  Keys: a= aliases, f= family names, g= given names ("+" first: in
addition), w= Wikipedia title, o= order, id=, c= country, r= names in the reference lists.
"P *" takes the dates from the reference lists ("P * 1970-01-01 1980-01-01": only what began within that time).

A leader that is there already is replaced by its new row; offices are replaced with it, "=id" adds.
--fresh starts from empty tables.  Dates come from the notes first; nothing is guessed."""

import os
import re
import sys

import names
import reference

KIND = {"s": "head-of-state", "g": "head-of-government", "e": "effective-leader"}


class Notes:
    def __init__(self, lists):
        self.lists = lists
        self.leaders, self.offices, self.errors = {}, {}, []
        self.country, self.order, self.codes, self.where = "", "family-last", {}, ""

    def complain(self, text):
        self.errors.append(f"{self.where}: {text}")

    def file(self, path, only_offices):
        """Twice over each file: offices first, for a leader may have one in a country that comes later."""
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                self.where = f"{path}:{number}"
                line = line.strip()
                if line and not line.startswith("#"):
                    self.line(line, only_offices)

    def line(self, line, only_offices):
        if line.startswith("@"):
            words = line[1:].split()
            self.country, self.order = words[0], words[1] if len(words) > 1 else "family-last"
        elif line.startswith("!"):
            code, kinds, title = line[1:].split(None, 2)
            self.codes[self.country, code] = ([KIND[k] for k in kinds], title)
        elif not only_offices:
            self.leader([f.strip() for f in line.split(";")])

    def leader(self, fields):
        keys = {}
        for field in fields[1:]:
            found = re.match(r"([a-z]{1,2})=(.*)", field)
            if found:
                keys[found[1]] = found[2].strip()
        terms = [f for f in fields[1:] if f and not re.match(r"[a-z]{1,2}=", f)]
        if fields[0].startswith("="):
            id = fields[0][1:]
            if id not in self.leaders:
                return self.complain(f"no leader {id}")
            row = self.leaders[id]
        else:
            row = self.row(fields[0], keys)
            id = row["id"]
            if id in self.leaders:
                return self.complain(f"{id} twice")
            self.leaders[id], self.offices[id] = row, []
        for term in ",".join(terms).split(","):
            if term.strip():
                self.term(id, row, term.split(), keys)

    def row(self, name, keys):
        order = keys.get("o", self.order)
        given, family = self.parts(name, order)
        families = [family.replace("~", " ")] + ([family.split("~")[0]] if "~" in family else [])
        families = [re.sub(r"^(al|el|ad|an|as|ash|ar|at)-", "", f, flags=re.I) for f in families if f]
        if order == "single" and " " in name:
            families = []
        plain = re.sub(r"\s+", " ", name.replace("/", " ").replace("~", " ").replace("_", " ")).strip()
        givens = [" ".join(w for w in given.split() if not re.fullmatch(r"[A-Z]\.?", w)) or given]
        return {"id": keys.get("id", names.slug(plain)), "name": plain,
                "family": self.more(families, keys.get("f")), "given": self.more(givens, keys.get("g")),
                "order": order, "country": keys.get("c", self.country), "aliases": keys.get("a", ""),
                "wikipedia": keys.get("w", plain)}

    @staticmethod
    def parts(name, order):
        if order == "single":
            return "", name
        if "/" in name:
            one, two = [p.strip() for p in name.split("/", 1)]
        elif order == "family-first":
            one, two = (name.split(None, 1) + [""])[:2]
        else:
            one, two = (name.rsplit(None, 1) + [""])[:2] if " " in name else ("", name)
        one, two = one.replace("_", " "), two.replace("_", " ")
        return (two, one) if order == "family-first" else (one, two)

    @staticmethod
    def more(own, note):
        own = [x for x in own if x]
        if note is not None:
            extra = [x.strip() for x in note.lstrip("+").split("|") if x.strip()]
            own = own + extra if note.startswith("+") else extra
        return "|".join(dict.fromkeys(own))

    def term(self, id, row, words, keys):
        country = self.country
        code = words[0]
        if ":" in code:
            country, code = code.split(":")
        if (country, code) not in self.codes:
            return self.complain(f"no office {code} in {country}")
        kinds, title = self.codes[country, code]
        if len(words) > 1 and words[1] == "*":
            spans = self.lists.terms(country, row, keys.get("r"))
            spans = [s for s in spans if (len(words) < 3 or s[0] >= words[2]) and (len(words) < 4 or s[0] < words[3])]
            if not spans:
                self.complain(f"{row['name']}: nothing in the reference lists")
        else:
            spans = [(words[1] if len(words) > 1 else "", words[2] if len(words) > 2 else "")]
        for start, end in spans:
            for kind in kinds:
                self.offices[id].append({"leader": id, "country": country, "kind": kind, "title": title,
                                         "from": start, "to": end})


def merge(notes, fresh):
    leaders, offices = {}, []
    paths = [os.path.join(names.DATA, t) for t in ("leaders.tsv", "offices.tsv")]
    if not fresh:
        leaders = {r["id"]: r for _, r in names.read(paths[0], names.LEADER)}
        offices = [r for _, r in names.read(paths[1], names.OFFICE) if r["leader"] not in notes.leaders]
    leaders.update(notes.leaders)
    offices += [o for rows in notes.offices.values() for o in rows]
    unique = {tuple(o[c] for c in names.OFFICE): o for o in offices}
    names.write(paths[0], names.LEADER, [leaders[i] for i in sorted(leaders)])
    order = ("country", "kind", "from", "leader", "title", "to")
    names.write(paths[1], names.OFFICE, sorted(unique.values(), key=lambda o: [o[c] for c in order]))


def main():
    args = sys.argv[1:]
    fresh = "--fresh" in args
    args = [a for a in args if a != "--fresh"]
    where = None
    if "--reference" in args:
        at = args.index("--reference")
        where = args[at + 1]
        del args[at:at + 2]
    if not args:
        sys.exit(__doc__)
    notes = Notes(reference.Lists(where))
    for only_offices in (True, False):
        for path in args:
            notes.file(path, only_offices)
    for error in notes.errors:
        print(error, file=sys.stderr)
    merge(notes, fresh)
    print(f"{len(notes.leaders)} leaders, {sum(map(len, notes.offices.values()))} offices, {len(notes.errors)} complaints")


if __name__ == "__main__":
    main()

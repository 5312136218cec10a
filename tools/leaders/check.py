#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check the tables: tools/leaders/check.py [--list] [--dates] [REFERENCE-DIR]

Says with file and line: broken rows, double or dangling ids, dates reversed, aliases that are too short or too long,
aliases that two leaders claim for themselves.  With a folder of reference lists (reign.tsv, leaders.tsv,
factbook_2014_2026.tsv) also how many of their leaders the table knows; --list names the missing ones, --dates
those whose start of office is not ours.  A leader counts as known if one of the same country bears the name (every
word of the name in the list stands in one full name of ours, initials count as words).  What the lists have wrong
stands in exceptions.tsv with its reason, and does not count.

Exit code 1: the tables have errors."""

import collections
import os
import re
import sys

import names
import reference

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
LONG = 120


class Check:
    def __init__(self):
        self.errors = 0
        self.tables = {}
        for table, columns in names.TABLES.items():
            self.tables[table] = self.load(table, columns)

    def say(self, table, line, text):
        self.errors += 1
        print(f"data/{table}:{line}: {text}")

    def load(self, table, columns):
        path = os.path.join(names.DATA, table)
        if not os.path.isfile(path):
            self.say(table, 0, "missing")
            return []
        return list(names.read(path, columns, lambda line, text: self.say(table, line, text)))

    def all(self):
        self.countries()
        self.leaders()
        self.offices()
        self.decoys()

    def countries(self):
        self.codes = set()
        for line, row in self.tables["countries.tsv"]:
            if row["code"] in self.codes:
                self.say("countries.tsv", line, f"code {row['code']} twice")
            self.codes.add(row["code"])
            for column in ("from", "to"):
                if row[column] and not re.fullmatch(r"\d{4}", row[column]):
                    self.say("countries.tsv", line, f"{column} is not a year: {row[column]}")
            if row["from"] and row["to"] and row["from"] > row["to"]:
                self.say("countries.tsv", line, "years reversed")

    def leaders(self):
        self.known, alone = {}, {}
        for line, row in self.tables["leaders.tsv"]:
            def say(text):
                self.say("leaders.tsv", line, f"{row['id']}: {text}")
            if row["id"] in self.known:
                say("id twice")
            self.known[row["id"]] = row
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]):
                say("id is not lower case letters, digits and hyphens")
            if not row["name"]:
                say("no name")
            if row["order"] not in names.ORDERS:
                say(f"order {row['order']}")
            if row["country"] not in self.codes:
                say(f"country {row['country']} is not in countries.tsv")
            families = {names.fold(f) for f in names.split(row["family"])}
            for alias in names.split(row["aliases"]):
                self.alias(say, alias, families, alone, row["id"])

    @staticmethod
    def alias(say, alias, families, alone, id):
        folded = names.fold(alias.lstrip("="))
        if alias != alias.strip() or len(alias) > LONG or len(folded) < 2:
            say(f"alias too short, too long or with spaces around: {alias[:40]}")
        elif alias.startswith("="):
            if alone.setdefault(folded, id) != id:
                say(f"alias {alias} belongs to {alone[folded]} already")
        elif folded in families and " " not in folded:
            say(f"alias {alias} is a family name alone")

    def offices(self):
        terms = collections.defaultdict(list)
        for line, row in self.tables["offices.tsv"]:
            def say(text):
                self.say("offices.tsv", line, f"{row['leader']}: {text}")
            if row["leader"] not in self.known:
                say("no such leader")
            if row["country"] not in self.codes:
                say(f"country {row['country']} is not in countries.tsv")
            if row["kind"] not in names.KINDS:
                say(f"kind {row['kind']}")
            for column in ("from", "to"):
                if row[column] and not DATE.fullmatch(row[column]):
                    say(f"{column} is not a date: {row[column]}")
            if row["to"] and row["to"] < row["from"][:len(row["to"])]:
                say(f"dates reversed: {row['from']} {row['to']}")
            terms[row["leader"], row["country"], row["kind"], row["title"]].append((row["from"], row["to"], line))
        for key, spans in terms.items():
            spans.sort()
            for one, two in zip(spans, spans[1:]):
                if not one[1] or two[0] < one[1][:len(two[0])]:
                    self.say("offices.tsv", two[2], f"{key[0]}: overlaps the term from {one[0]}")

    def decoys(self):
        seen = set()
        full = {names.fold(v): leader["id"] for leader in self.known.values() for v in names.variants(leader)}
        for line, row in self.tables["decoys.tsv"]:
            if row["kind"] not in names.DECOY_KINDS:
                self.say("decoys.tsv", line, f"kind {row['kind']}")
            if row["leader"] and row["leader"] not in self.known:
                self.say("decoys.tsv", line, f"no leader {row['leader']}")
            if row["kind"] != "word" and names.fold(row["phrase"]) in full and "*" not in row["phrase"]:
                self.say("decoys.tsv", line, f"{row['phrase']} is {full[names.fold(row['phrase'])]}")
            if (row["phrase"], row["kind"]) in seen or not row["phrase"]:
                self.say("decoys.tsv", line, f"phrase twice or empty: {row['phrase']}")
            seen.add((row["phrase"], row["kind"]))


class Coverage:
    def __init__(self, check, folder):
        self.lists = reference.Lists(folder)
        self.exceptions = self.read_exceptions()
        self.by_country = collections.defaultdict(dict)
        self.starts = collections.defaultdict(list)
        for leader in check.known.values():
            self.by_country[leader["country"]][leader["id"]] = leader
        for _, row in check.tables["offices.tsv"]:
            if row["leader"] in check.known:
                self.by_country[row["country"]][row["leader"]] = check.known[row["leader"]]
                self.starts[row["leader"], row["country"]].append((row["from"], row["to"]))
        self.words = {}

    @staticmethod
    def read_exceptions():
        columns = ["source", "country", "name", "start", "reason"]
        path = os.path.join(names.HERE, "exceptions.tsv")
        return {(r["source"], r["country"], names.fold(r["name"]), r["start"])
                for _, r in names.read(path, columns)} if os.path.isfile(path) else set()

    def excepted(self, ref):
        key = (ref.source, ref.country, names.fold(ref.name))
        return key + (ref.start,) in self.exceptions or key + ("",) in self.exceptions

    def full(self, leader):
        if leader["id"] not in self.words:
            folded = {names.fold(v) for v in names.variants(leader)} | {names.fold(f) for f in names.split(leader["family"])}
            self.words[leader["id"]] = [(set(f.split()), f.replace(" ", "")) for f in folded]
        return self.words[leader["id"]]

    def bears(self, leader, name):
        words = names.fold(name).split()
        words = [w for w in words if w not in {"the", "al", "el", "bin", "ibn", "of"}] or words
        whole = "".join(words)
        for have, joined in self.full(leader):
            if joined == whole or words and all(w in have or len(w) == 1 and any(h[0] == w for h in have) for w in words):
                return True
        return False

    def find(self, ref):
        out = []
        for leader in {**self.by_country[reference.SOVEREIGN.get(ref.country, "")], **self.by_country[ref.country]}.values():
            if any(self.bears(leader, n) for n in [ref.name] + ref.aliases):
                out.append(leader)
        return out

    def dated(self, ref, leader):
        """One of the leader's terms in the country starts within 31 days, or holds the day."""
        terms = self.starts[leader["id"], ref.country] or self.starts[leader["id"], reference.SOVEREIGN.get(ref.country)]
        for start, end in terms:
            if near(start, ref.start) or start <= ref.start and (not end or ref.start <= end):
                return True
        return False

    def report(self, listing, dates):
        for source, first in (("REIGN", ""), ("Archigos", "1900"), ("Factbook", "")):
            refs = [r for r in self.lists.refs if r.source == source and r.country and not self.excepted(r)
                    and (r.start >= first or r.end >= first)]
            state = {}
            for ref in refs:
                found = self.find(ref)
                good = bool(found)
                key = (ref.country, names.fold(ref.name))
                state[key] = max(state.get(key, False), good)
                if listing and not good:
                    print(f"missing\t{source}\t{ref.country}\t{ref.name}\t{ref.start}\t{ref.end}\t{ref.title}")
                if dates and good and ref.start and not any(self.dated(ref, l) for l in found):
                    print(f"date\t{source}\t{ref.country}\t{ref.name}\t{ref.start}\t{found[0]['id']}\t"
                          f"{self.starts[found[0]['id'], ref.country]}")
            held = sum(1 for r in refs if any(self.dated(r, l) for l in self.find(r)))
            n = len(state)
            print(f"{source}: {sum(state.values())} of {n} names known ({100 * sum(state.values()) / max(n, 1):.1f} %), "
                  f"{held} of {len(refs)} terms agree ({100 * held / max(len(refs), 1):.1f} %)")


def near(one, two):
    if not one or not two or len(one) < 7 or len(two) < 7:
        return one[:4] == two[:4]
    return abs(days(one) - days(two)) <= 31


def days(date):
    part = [int(x) for x in date.split("-")] + [15]
    return part[0] * 365 + part[1] * 30 + part[2]


def main():
    args = sys.argv[1:]
    listing, dates = "--list" in args, "--dates" in args
    folders = [a for a in args if not a.startswith("--")]
    check = Check()
    check.all()
    print(f"{len(check.known)} leaders, {len(check.tables['offices.tsv'])} offices, {len(check.tables['decoys.tsv'])} "
          f"decoys, {len(check.tables['countries.tsv'])} countries, {check.errors} errors")
    if folders:
        Coverage(check, folders[0]).report(listing, dates)
    sys.exit(1 if check.errors else 0)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the scripts for the leaders tables share: reading and writing the tables,
folding of names, codes of countries in the reference lists.

It does not know how the daemon matches text; it only compares names."""

import os
import re
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.normpath(os.path.join(HERE, "..", "..", "data"))

LEADER = ["id", "name", "family", "given", "order", "country", "aliases", "wikipedia"]
OFFICE = ["leader", "country", "kind", "title", "from", "to"]
DECOY = ["phrase", "kind", "leader", "note"]
COUNTRY = ["code", "name", "adjectives", "aliases", "capital", "from", "to"]
TABLES = {"leaders.tsv": LEADER, "offices.tsv": OFFICE, "decoys.tsv": DECOY, "countries.tsv": COUNTRY}
ORDERS = {"family-last", "family-first", "single"}
KINDS = {"head-of-state", "head-of-government", "effective-leader"}
DECOY_KINDS = {"place", "institution", "award", "ship", "airport", "company", "person", "law", "event",
               "word", "other"}

# letters that do not fall apart into a base letter and a mark
LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ß": "ss",
                         "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th", "ı": "i", "ə": "a",
                         "Ə": "A", "ħ": "h", "Ħ": "H", "ŋ": "ng", "’": "'", "‘": "'", "ʻ": "'", "ʿ": "'", "ʼ": "'"})


def fold(text):
    """Lower case, no marks; everything else than a letter or digit parts words."""
    text = unicodedata.normalize("NFKD", text.translate(LETTERS))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower().replace("'", "")
    return " ".join(re.findall(r"\w+", text))


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", fold(name).encode("ascii", "ignore").decode()).strip("-")


def split(cell):
    return [x for x in cell.split("|") if x]


def read(path, columns, complain=None):
    """Yield (line number, row as a dict); broken rows go to complain(line, text) and are left out."""
    head = None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            cells = line.split("\t")
            if head is None:
                head = cells
                if head != columns and complain:
                    complain(number, "header is not " + " ".join(columns))
                continue
            if len(cells) != len(columns):
                if complain:
                    complain(number, f"{len(cells)} columns where {len(columns)} belong")
                continue
            yield number, dict(zip(columns, cells))


def write(path, columns, rows):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write("\t".join(columns) + "\n")
        for row in rows:
            file.write("\t".join(row[c] for c in columns) + "\n")
    os.replace(path + ".new", path)


def variants(leader):
    """Every full name of a leader: name, aliases, given with family in both orders."""
    names = [leader["name"], leader["wikipedia"]] + [a.lstrip("=") for a in split(leader["aliases"])]
    for given in split(leader["given"]):
        for family in split(leader["family"]):
            names += [f"{given} {family}", f"{family} {given}"]
    return [n for n in names if n]

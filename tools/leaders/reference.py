# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference lists (REIGN, Archigos, CIA World Factbook) as rows of one kind, with our codes of countries.

REIGN gives the day of the start and the month of the end; where the next leader of the country starts
in that month (or the one after), his first day is taken as the end.  The Factbook gives the start alone.
Nothing here is shipped: the folder is an argument."""

import collections
import datetime
import html
import os
import re
import urllib.parse

import names

Ref = collections.namedtuple("Ref", "source country role name aliases start end title")

COW = dict(p.split("=") for p in """
USA=US CAN=CA BHM=BS CUB=CU HAI=HT DOM=DO JAM=JM TRI=TT BAR=BB DMA=DM GRN=GD SLU=LC SVG=VC AAB=AG SKN=KN MEX=MX
BLZ=BZ GUA=GT HON=HN SAL=SV NIC=NI COS=CR PAN=PA COL=CO VEN=VE GUY=GY SUR=SR ECU=EC PER=PE BRA=BR BOL=BO PAR=PY
CHL=CL ARG=AR URU=UY UKG=GB IRE=IE NTH=NL BEL=BE LUX=LU FRN=FR MNC=MC LIE=LI SWZ=CH SPN=ES AND=AD POR=PT GMY=DE
GFR=DE GDR=DD POL=PL AUS=AT HUN=HU CZE=CS CZR=CZ SLO=SK ITA=IT SNM=SM MLT=MT ALB=AL MNG=ME MAC=MK CRO=HR YUG=YU
BOS=BA KOS=XK SLV=SI GRC=GR CYP=CY BUL=BG MLD=MD ROM=RO RUS=RU EST=EE LAT=LV LIT=LT UKR=UA BLR=BY ARM=AM GRG=GE
AZE=AZ FIN=FI SWD=SE NOR=NO DEN=DK ICE=IS CAP=CV STP=ST GNB=GW EQG=GQ GAM=GM MLI=ML SEN=SN BEN=BJ MAA=MR NIR=NE
CDI=CI GUI=GN BFO=BF LBR=LR SIE=SL GHA=GH TOG=TG CAO=CM NIG=NG GAB=GA CEN=CF CHA=TD CON=CG DRC=CD UGA=UG KEN=KE
TAZ=TZ BUI=BI RWA=RW SOM=SO DJI=DJ ETH=ET ERI=ER ANG=AO MZM=MZ ZAM=ZM ZIM=ZW MAW=MW SAF=ZA NAM=NA LES=LS BOT=BW
SWA=SZ MAG=MG COM=KM MAS=MU SEY=SC MOR=MA ALG=DZ TUN=TN LIB=LY SUD=SD SSD=SS IRN=IR TUR=TR IRQ=IQ EGY=EG SYR=SY
LEB=LB JOR=JO ISR=IL SAU=SA YAR=YE YEM=YE YPR=YD KUW=KW BAH=BH QAT=QA UAE=AE OMA=OM AFG=AF TKM=TM TAJ=TJ KYR=KG
UZB=UZ KZK=KZ CHN=CN MON=MN PRK=KP ROK=KR JPN=JP IND=IN BHU=BT PAK=PK BNG=BD MYA=MM SRI=LK MAD=MV NEP=NP THI=TH
CAM=KH LAO=LA DRV=VN RVN=VD MAL=MY SIN=SG BRU=BN PHI=PH INS=ID ETM=TL AUL=AU PNG=PG NEW=NZ VAN=VU SOL=SB KIR=KI
TUV=TV FIJ=FJ TON=TO NAU=NR MSI=MH PAL=PW FSM=FM WSM=WS""".split())

SPELLED = dict(p.split("=") for p in """Austria-Hungary=AH|Bavaria=DE|Korea=KR|OFS=ZA|RUM=RO|SER=RS|TBT=XT|TRA=ZA|VIE=VN|
VNM=VN|Czechia=CZ|Swaziland=SZ|Burma=MM|Congo (Brazzaville)=CG|Congo=CG|C&ocirc;=CI|Laos&nbsp; Macau=MO|
The Dominican=DO|Holy See (Vatican City)=VA|Macedonia=MK|German Federal Republic=DE|Republic of Vietnam=VD|
Yemen People's Republic=YD|Yemen Arab Republic=YE|Antigua & Barbuda=AG|The Bahamas=BS|The Gambia=GM|Macau=MO|
Yugoslavia=YU|United States of America=US""".replace("\n", "").split("|"))

MONTHS = {m: i for i, m in enumerate("january february march april may june july august september october november "
                                     "december".split(), 1)}


def clean(text):
    return html.unescape(urllib.parse.unquote(text)).strip()


def rows(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return [dict(zip(lines[0], cells)) for cells in lines[1:]]


def day(text):
    """'28 April 1999' as an ISO date, as precise as it is."""
    found = re.search(r"(?:(\d{1,2}) )?(?:([A-Z][a-z]+) )?(\d{4})", text)
    if not found:
        return ""
    month = MONTHS.get((found[2] or "").lower())
    if not month:
        return found[3]
    return f"{found[3]}-{month:02}" + (f"-{int(found[1]):02}" if found[1] else "")


# what belongs to a sovereign elsewhere: its head of state stands under that code
SOVEREIGN = {"HK": "CN", "MO": "CN", "AW": "NL", "CW": "NL", "SX": "NL", "GL": "DK", "FO": "DK", "CK": "GB", "NU": "GB",
             "TK": "GB"}

NOISE = re.compile(r"^(also spelled|(vice )?president[- ]elect|elect|prime minister[- ]designate|deputy prime ministers?|prime minister|prime"
                   r"|president|french co-?prince|gnu interim prime minister|cnsp prime minister"
                   r"|sac chair, sr\. gen\.|is|ceo|capt\.?|tan sri|ms|first deputy prime minister|sir)\s+", re.I)
TAIL = re.compile(r"(,? also spelled|,? aka | - |,? (elected|appointed|serv(es|ing)) | in caretaker|,).*|,? [JS]r\.?$")


def plain_names(name, title):
    """The Factbook's name and what is left of it without the words that do not belong to it."""
    out = [name]
    rest = NOISE.sub("", TAIL.sub("", re.sub(r'"[^"]*"\s*', "", name)))
    out.append(rest)
    if re.search(r"\b(of|of the)$", title) or " government," in name:
        words = name.replace(",", "").split()
        out += [" ".join(words[k:]) for k in (1, 2, 3, 4) if len(words) - k > 1]
    return list(dict.fromkeys(n.strip() for n in out if n.strip()))


class Lists:
    def __init__(self, folder):
        self.refs = []
        if folder:
            self.codes = self.countries()
            self.reign(os.path.join(folder, "reign.tsv"))
            self.archigos(os.path.join(folder, "leaders.tsv"))
            self.factbook(os.path.join(folder, "factbook_2014_2026.tsv"))
            self.refs = [self.successor(ref) for ref in self.refs]

    @staticmethod
    def successor(ref):
        """The lists keep one code for states that have two here."""
        if ref.country == "RU" and "1917-11-07" <= ref.start < "1991-07-10":
            return ref._replace(country="SU")
        if ref.country == "YU" and ref.start >= "2006-06-03":
            return ref._replace(country="RS")
        return ref

    @staticmethod
    def countries():
        codes = {}
        for _, row in names.read(os.path.join(names.DATA, "countries.tsv"), names.COUNTRY):
            for name in names.split(row["aliases"]):
                codes.setdefault(names.fold(name), row["code"])
        for _, row in names.read(os.path.join(names.DATA, "countries.tsv"), names.COUNTRY):
            codes[names.fold(row["name"])] = row["code"]
        codes.update({names.fold(clean(k)): v for k, v in SPELLED.items()})
        return codes

    def code(self, country):
        return self.codes.get(names.fold(clean(country)), "")

    def reign(self, path):
        found = [Ref("REIGN", COW.get(r["country_cow"], ""), "leader", self.given_first(clean(r["name"])), [],
                     r["start"], r["end"], "") for r in rows(path)]
        self.refs += self.sharpen(found)

    @staticmethod
    def given_first(name):
        name = re.sub(r"\(.*", "", name).strip()
        return name

    @staticmethod
    def sharpen(found):
        """Ends by the start of the next one."""
        by = collections.defaultdict(list)
        for ref in found:
            by[ref.country].append(ref)
        out = []
        for refs in by.values():
            refs.sort(key=lambda r: r.start)
            for i, ref in enumerate(refs):
                after = [r.start for r in refs[i + 1:] if r.start > ref.start]
                if after and ref.end and 0 <= months(ref.end, after[0]) <= 1:
                    ref = ref._replace(end=after[0])
                out.append(ref)
        return out

    def archigos(self, path):
        for r in rows(path):
            if r["source"] == "Archigos":
                alias = [] if "Premiership" in r["aliases"] else [clean(a) for a in r["aliases"].split("|") if a.strip()]
                end = "" if r["end"] >= "2015-12-31" else r["end"]
                self.refs.append(Ref("Archigos", self.code(r["country"]), "leader", clean(r["canonical_name"]), alias,
                                     r["start"], end, ""))

    def factbook(self, path):
        for r in rows(path):
            name = re.sub(r"\b([A-Z][A-Z'’-]+|Mc[A-Z]+)\b", lambda m: m[0].title(), clean(r["name"]))
            plain = plain_names(name, clean(r["title"]))
            self.refs.append(Ref("Factbook", self.code(r["country"]), r["role"], name, plain[1:], day(r["since"]), "",
                                 clean(r["title"])))

    def terms(self, country, leader, wanted):
        """Spans of office of one leader, ends that meet joined."""
        known = [set(names.fold(v).split()) for v in names.variants(leader)]
        wanted = [names.fold(n) + at + year for n, at, year in (w.partition("@") for w in names.split(wanted or ""))]
        spans = []
        for ref in self.refs:
            if ref.country != country or ref.source == "Factbook" and not wanted:
                continue
            name = names.fold(ref.name)
            words = set(name.split())
            if name in wanted or f"{name}@{ref.start[:4]}" in wanted or \
                    not wanted and any(words and words <= k for k in known):
                spans.append((ref.start, ref.end, ref.source))
        return self.join(spans)

    @staticmethod
    def join(spans):
        out = []
        for start, end, source in sorted(spans):
            if out and (not out[-1][1] or start <= out[-1][1] or months(out[-1][1], start) == 0 and len(out[-1][1]) == 7):
                last = out[-1]
                if not end or end > last[1]:
                    out[-1] = (last[0], end, source)
            else:
                out.append((start, end, source))
        return [(s, e) for s, e, _ in out]


def months(one, two):
    return (int(two[:4]) - int(one[:4])) * 12 + int(two[5:7] or 1) - int(one[5:7] or 1)

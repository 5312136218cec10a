/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Days: civil day numbers (0 = 1970-01-01, proleptic Gregorian, any sign), and intervals of them with a precision.
 *
 * There are no time zones and no clock in here; "now" is somebody's parameter. A vague date is an interval: "2015" is
 * 2015-01-01 to 2015-12-31 with precision YEAR, never 1 January. Years run from 1 to 9999.
 */
#ifndef DOSSIER_BASE_DAY_H
#define DOSSIER_BASE_DAY_H

#include "base/err.h"
#include "base/str.h"

typedef int32_t day_t;
#define DAY_MIN ((day_t)-719162) /* 0001-01-01 */
#define DAY_MAX ((day_t)2932896) /* 9999-12-31 */

/* From fine to coarse; the order is used. */
#define PRECISIONS(X) \
	X(NONE, "none") X(DAY, "day") X(WEEK, "week") X(MONTH, "month") X(PART, "part-of-year") X(YEAR, "year") \
	X(YEARS, "years") X(DECADE, "decade") X(CENTURY, "century")
enum precision {
#define X(name, word) PREC_##name,
	PRECISIONS(X)
#undef X
	PREC_COUNT_
};

struct interval {
	day_t from, to;    /* both inclusive; from <= to unless precision is PREC_NONE */
	uint8_t precision; /* enum precision; PREC_NONE: no date at all */
};

/* A date with its provenance, as articles have it. */
struct when {
	struct interval days;
	uint8_t sure;    /* how reliable, in percent */
	bool conflict;   /* another source in the document says otherwise */
	const char *how; /* static or arena: "json-ld", "meta", "url", "byline", "dateline", "text", "given", "inferred", "file-time" */
};

day_t day_of(int year, int month, int dom); /* month 1..12; the day may run over (31 February = 3 March) */
void day_split(day_t d, int *year, int *month, int *dom); /* each may be NULL */
int day_weekday(day_t d);                   /* 1 Monday … 7 Sunday */
int day_month_length(int year, int month);
bool day_valid(int year, int month, int dom); /* year 1..9999 and a day that exists */
day_t day_of_week(int year, int week);      /* Monday of an ISO week */
void day_iso_week(day_t d, int *year, int *week);

struct interval interval_day(int year, int month, int dom);
struct interval interval_month(int year, int month);
struct interval interval_year(int year);
static inline bool interval_any(struct interval i) { return i.precision != PREC_NONE; }
static inline bool interval_overlaps(struct interval a, struct interval b) { return a.from <= b.to && b.from <= a.to; }
static inline bool interval_within(struct interval a, struct interval b) { return a.from >= b.from && a.to <= b.to; }

/* "2015", "2015-01", "2015-1-20", "2015-01-20T08:00:00Z" (the time is dropped), "1990s". False when it is none of these. */
bool interval_parse(struct span s, struct interval *out);
/* "2015-01-20", "2015-01", "2015", "1990s", "19xx"; other intervals "2013-09-01..2013-12-31". Appends. */
void interval_text(struct str *out, struct interval i);
void day_text(struct str *out, day_t d); /* "2015-01-20" */
const char *precision_name(enum precision p);
enum precision precision_of(struct span name); /* PREC_NONE if unknown */

#endif

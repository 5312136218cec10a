/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Points of the calendar: a stretch of a known size, counted. "The third quarter of 1989" is quarter number 1989*4+2.
 *
 *	point ─shift→ point        "two months ago" = the month of the publication day, minus two
 *	point ─value→ "1989-Q3"    as TIMEX3 writes it
 *	point ─days→  interval     1989-07-01 to 1989-09-30, precision part-of-year
 *
 * Numbers may run below year 1 or above 9999; such a point has no value and no days (point_valid).
 */
#ifndef DOSSIER_INDEX_FACTS_ANCHOR_H
#define DOSSIER_INDEX_FACTS_ANCHOR_H

#include "base/day.h"
#include "base/str.h"

#define GRAINS(X) X(NONE) X(DAY) X(WEEKEND) X(WEEK) X(MONTH) X(QUARTER) X(SEASON) X(HALF) X(YEAR) X(DECADE) X(CENTURY)
enum grain {
#define X(name) GRAIN_##name,
	GRAINS(X)
#undef X
	GRAIN_COUNT_
};

/* What narrows a point: "early 1990" is its first third. */
enum part { PART_WHOLE, PART_START, PART_MID, PART_END, PART_FIRST, PART_SECOND }; /* thirds, and halves */

struct point {
	enum grain grain; /* GRAIN_NONE: not known */
	int32_t number;   /* day: day_t; week, weekend: weeks since the Monday 1969-12-29; month: year*12+month-1; quarter: year*4+0..3;
	                     season: year*4, 0 spring 1 summer 2 autumn 3 winter; half: year*2+0..1; year; decade: year/10; century: year/100 */
};

struct point point_at(enum grain g, day_t d);             /* the stretch of that size in which the day lies */
struct point point_in(enum grain g, struct interval days); /* the same; GRAIN_NONE where both ends do not lie in one */
struct interval point_days(struct point p);               /* PREC_NONE unless valid */
struct interval point_part(struct point p, enum part part);
bool point_valid(struct point p);
void point_value(struct str *out, struct point p);        /* appends; "" unless valid */
static inline struct point point_shift(struct point p, int32_t n) { return (struct point){p.grain, p.number + n}; }
static inline struct point point_of(enum grain g, int32_t n) { return (struct point){g, n}; }

/* Easter Sunday of a year, Gregorian (Meeus, "Astronomical Algorithms", the anonymous rule of 1876). */
day_t day_easter(int year);
/* The n-th such weekday of a month, counted from its end where n < 0. */
day_t day_nth_weekday(int year, int month, int weekday, int n);

#endif

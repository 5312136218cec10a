/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the actions of the rules share: days-dates.c, days-amounts.c, days-periods.c are called by days-resolve.c alone. */
#ifndef DOSSIER_INDEX_FACTS_DAYS_RESOLVE_H
#define DOSSIER_INDEX_FACTS_DAYS_RESOLVE_H

#include "index/facts/days-parts.h"

#define NARRATIVE_REACH 4000 /* bytes that the thread of a story holds */

struct resolver {
	const struct day_context *c;
	struct exprs *all;
	struct point ref, quarter; /* the last stretch that was named, and the last quarter */
	struct point dated;        /* the last day or month that was named by its month */
	uint32_t dated_start;
	uint32_t ref_start, quarter_start, months_start; /* months: where "nine months" were the last thing reported on, 0 nowhere */
	bool narrative; /* tells of past years in order: "in March" is of the year it has come to */
};

/* One function an action; each sets point or value, how, and dead where the words mean no time after all. */
typedef void day_act(struct resolver *r, struct expr *e);
day_act act_date, act_fixed, act_weekday, act_relunit, act_deictic, act_weekof, act_holiday, act_anniversary, act_range;
day_act act_duration, act_ago, act_later, act_refunit, act_set, act_ref;
day_act act_quarter, act_half, act_season, act_decade, act_century, act_clock, act_partofday;

extern const char *const day_part_values[4];             /* "TMO" … by part of day */
extern const enum grain day_unit_grains[UNIT_COUNT_];    /* the stretch a unit is counted in */
extern const int day_unit_times[UNIT_COUNT_];            /* how many of its letter it is: a decade is 10 Y */
extern const char *const day_unit_letters[UNIT_COUNT_];  /* "D"; "TH": of the part after T */

static inline bool has(const struct expr *e, enum day_class c) { return e->has & CLASS_BIT(c); }
static inline struct point now_at(const struct resolver *r, enum grain g) { return point_in(g, r->c->now); }
static inline struct point nowhere(void) { return (struct point){GRAIN_NONE, 0}; }
static inline uint32_t start_of(const struct resolver *r, const struct expr *e) { return r->c->tokens->v[e->tok].start; }
/* A capital inside a sentence, on the last word: "60 Minutes", "Coach of the Year", "Startups Weekly" are names. */
static inline bool titled(const struct resolver *r, const struct expr *e)
{
	const struct token *t = &r->c->tokens->v[e->tok + e->n_tok - 1];
	return t->flags & TOKEN_UPPER && !(t->flags & (TOKEN_CAPS | TOKEN_SENTENCE));
}
static inline int tense(const struct resolver *r, const struct expr *e) { return tense_near(r->c->tokens, e->tok, e->tok + e->n_tok); }
static inline int unit_of(const struct expr *e) { return has(e, CL_UNITS) && has(e, CL_NUM) ? slot(e, CL_UNITS) : has(e, CL_UNIT) ? slot(e, CL_UNIT) : has(e, CL_UNITS) ? slot(e, CL_UNITS) : UNIT_YEAR; }
static inline int year_of(const struct expr *e) { return has(e, CL_YEAR) ? slot(e, CL_YEAR) : has(e, CL_OLDYEAR) ? slot(e, CL_OLDYEAR) : has(e, CL_YEAR2) ? slot(e, CL_YEAR2) : 0; }
static inline int month_of(const struct expr *e) { return has(e, CL_MONTH) ? slot(e, CL_MONTH) : has(e, CL_MONTHNAME) ? slot(e, CL_MONTHNAME) : has(e, CL_MAYBE) ? slot(e, CL_MAYBE) : slot(e, CL_MONTHX); }
static inline int season_of(const struct expr *e) { return has(e, CL_SEASON) ? slot(e, CL_SEASON) : slot(e, CL_SEASONX); }
static inline int dom_of(const struct expr *e) { return has(e, CL_DOM) ? slot(e, CL_DOM) : has(e, CL_DOMWORD) ? slot(e, CL_DOMWORD) : 0; }
static inline bool has_year(const struct expr *e) { return has(e, CL_YEAR) || has(e, CL_OLDYEAR) || has(e, CL_YEAR2); }
static inline bool has_month(const struct expr *e) { return has(e, CL_MONTH) || has(e, CL_MONTHNAME) || has(e, CL_MAYBE) || has(e, CL_MONTHX); }
static inline void set_text(struct expr *e, const char *z) { e->value = span_of(z); }

void day_absolute(struct expr *e, struct point p);                          /* the words alone say it; dead unless valid */
void day_relative(struct expr *e, struct point p, const char *unknown);     /* or the value `unknown` (static) */
void day_set_span_value(const struct resolver *r, struct expr *e, struct str *s);
struct point day_ref_at(struct resolver *r, struct expr *e, enum grain g);  /* where the last stretch lies; e then hangs on it */
/* Of candidate + k*step the one that the direction asks for, seen from `at`: past <= at, future >= at, 0 the nearest. */
int32_t day_choose(int32_t candidate, int32_t at, int32_t step, int direction);
bool day_before_is(const struct resolver *r, const struct expr *e, const char *z); /* the word in front of it */
bool day_inside(const struct resolver *r, const struct expr *e, const char *z);    /* a word of it */
void day_duration_value(struct resolver *r, struct expr *e, int n, int unit);
bool day_longer_period(const struct resolver *r, const struct expr *e);            /* figures for some months stand between it and the quarter */
void day_month_and_day(struct resolver *r, struct expr *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the temporal tagger, for its own files alone.
 *
 *	tokens ─days_lex→ items ─days_match→ exprs ─days_resolve→ values, days ─days_infer→ publication interval
 *	        days-lex.c       days-match.c        days-resolve.c             days-infer.c
 *	        days-words.def   days.def                                       days-events.def
 *
 * An item is a word of time with its meaning (a token, or several: "twenty-four", "10:35 a.m."); words that mean nothing
 * here make no item, so that two items are neighbours only when item.tok of one is the end of the other. An expr is a rule
 * that matched, with the values of its words in slots. Everything is linear: rules are bounded in length, nothing looks back
 * further than a sentence or a fixed number of tokens.
 */
#ifndef DOSSIER_INDEX_FACTS_DAYS_PARTS_H
#define DOSSIER_INDEX_FACTS_DAYS_PARTS_H

#include "index/document.h"
#include "index/facts/anchor.h"
#include "index/facts/tokens.h"

/* What a word can be in a rule; the upper-case words of days.def. */
#define DAY_CLASSES(X) \
	X(MONTH) X(MONTHNAME) X(MAYBE) X(MONTHX) X(DAYX) X(WEEKDAY) X(DAYABBR) X(WEEKDAYS) X(NUMBER) X(VAGUE) X(UNIT) X(UNITS) X(SEASON) X(SEASONX) X(YEARNOUN) \
	X(PARTOFDAY) X(PARTSOFDAY) X(HOURWORD) X(ZONE) X(REL) X(DEICTIC) X(DECADEWORD) X(EACH) X(OFTEN) \
	/* made from digits and runs of words */ \
	X(NUM) X(DOM) X(DOMWORD) X(YEAR) X(OLDYEAR) X(YEAR2) X(ORD) X(ORDNO) X(DECADE) X(CLOCK) X(DATE) X(YEARMONTH) X(QUARTERNO) X(HALFNO) X(WEEKNO) X(FISCAL)
enum day_class {
#define X(name) CL_##name,
	DAY_CLASSES(X)
#undef X
	CL_COUNT_
};
#define CLASS_BIT(c) (UINT64_C(1) << (c))

#define DAY_UNITS(X) \
	X(SECOND, "TS", NONE, 1) X(MINUTE, "TM", NONE, 1) X(HOUR, "TH", NONE, 1) X(DAY, "D", DAY, 1) X(NIGHT, "D", DAY, 1) X(WEEKEND, "WE", WEEKEND, 1) X(WEEK, "W", WEEK, 1) \
	X(FORTNIGHT, "W", WEEK, 2) X(MONTH, "M", MONTH, 1) X(QUARTER, "Q", QUARTER, 1) X(YEAR, "Y", YEAR, 1) X(DECADE, "Y", DECADE, 10) X(CENTURY, "Y", CENTURY, 100) \
	X(MILLENNIUM, "Y", NONE, 1000)
enum day_unit {
#define X(name, letter, grain, times) UNIT_##name,
	DAY_UNITS(X)
#undef X
	UNIT_COUNT_
};

/* Items that are made, not listed: the first word ids. Second column: the classes of such an item. */
#define MADE_ITEMS(X) \
	X(SMALL, CLASS_BIT(CL_NUM) | CLASS_BIT(CL_DOM)) X(COUNT, CLASS_BIT(CL_NUM)) X(YEAR, CLASS_BIT(CL_NUM) | CLASS_BIT(CL_YEAR)) \
	X(OLDYEAR, CLASS_BIT(CL_NUM) | CLASS_BIT(CL_OLDYEAR)) X(YEARWORD, CLASS_BIT(CL_YEAR)) X(YEAR2, CLASS_BIT(CL_YEAR2)) X(ORDDOM, CLASS_BIT(CL_ORD) | CLASS_BIT(CL_DOM)) \
	X(ORDNO, CLASS_BIT(CL_ORD) | CLASS_BIT(CL_DOM) | CLASS_BIT(CL_ORDNO)) X(ORD, CLASS_BIT(CL_ORD)) \
	X(DECADE, CLASS_BIT(CL_DECADE)) X(CLOCK, CLASS_BIT(CL_CLOCK)) X(DATE, CLASS_BIT(CL_DATE)) X(YEARMONTH, CLASS_BIT(CL_YEARMONTH)) \
	X(QUARTERNO, CLASS_BIT(CL_QUARTERNO)) X(HALFNO, CLASS_BIT(CL_HALFNO)) X(WEEKNO, CLASS_BIT(CL_WEEKNO)) X(FISCAL, CLASS_BIT(CL_FISCAL))
enum made_item {
	MADE_NOTHING,
#define X(name, classes) MADE_##name,
	MADE_ITEMS(X)
#undef X
	MADE_COUNT_
};

#define NUM_VAGUE (-1) /* "a few" */

struct item {
	uint32_t tok, n;  /* the tokens it covers */
	uint16_t word;    /* enum made_item, or a row of the word table */
	uint8_t quarters; /* of a number: "and a half" is 2 */
	bool article;     /* of a number: "a hundred", "a few": the article is part of it */
	int32_t value;    /* of a made item */
};

struct words; /* the compiled tables: built once, then only looked at */
const struct words *day_words(void);
uint64_t word_classes(const struct words *w, uint16_t word);
int32_t item_value(const struct words *w, const struct item *i, enum day_class c);
uint16_t word_find(const struct words *w, struct span folded); /* 0: none */
uint16_t word_literal(struct words *w, struct span folded);    /* while the tables are built: the id, made if need be */
bool word_abbreviates(const struct words *w, uint16_t word);

struct items {
	struct item *v;
	size_t n;
};
void days_lex(const struct document *d, const struct tokens *t, struct items *out); /* free(out->v): from here to days_match they are the largest thing about a text */

/* What a rule does with what it found; see days-resolve.c, one function each. */
#define DAY_ACTIONS(X) \
	X(DATE) X(FIXED) X(WEEKDAY) X(RELUNIT) X(DEICTIC) X(AGO) X(LATER) X(REFUNIT) X(DURATION) X(SET) X(REF) X(QUARTER) X(HALF) X(SEASON) X(DECADE) X(CENTURY) \
	X(CLOCK) X(PARTOFDAY) X(HOLIDAY) X(WEEKOF) X(ANNIVERSARY) X(EVENT) X(RANGE) X(VOID)
enum day_action {
#define X(name) ACT_##name,
	DAY_ACTIONS(X)
#undef X
	ACT_COUNT_
};

enum { REF_PRESENT, REF_PAST, REF_FUTURE };

struct day_rule {
	const char *name, *pattern;
	uint8_t action, part;
	int16_t arg;
};

/* A day that comes every year (days-holidays.def), or came once (days-events.def); a rule's argument is its row. */
enum holiday_kind { HOLIDAY_FIXED, HOLIDAY_NTH, HOLIDAY_EASTER, HOLIDAY_ELECTION, HOLIDAY_WEEK };
struct holiday {
	uint8_t kind;
	int8_t a, b, c;
};
struct day_event {
	int16_t year;
	int8_t month, dom;
};
extern const struct holiday day_holidays[];
extern const struct day_event day_events[];

#define SLOTS_MAX 10
struct expr {
	uint32_t item, n_items;      /* the core */
	uint32_t tok, n_tok;         /* with what stands before and after it */
	const struct day_rule *rule;
	uint64_t has;                /* which slots are filled */
	int32_t values[SLOTS_MAX];   /* of the classes in has, in their order */
	int32_t again;               /* the second value of a class that stands twice */
	uint8_t quarters, part;
	bool approximate, article, apostrophe; /* apostrophe: one belongs to it, in front */
	/* what resolving found */
	struct point point;          /* the stretch it means; GRAIN_NONE: none */
	struct interval days;
	const char *type, *how, *suffix; /* suffix: "TMO" after the value of the day */
	int32_t clock;               /* minutes, -1 none */
	struct span value;
	uint32_t anchor, sentence;
	bool dead, compared; /* compared: named beside another one, as "a year earlier"; what follows does not hang on it */
};

/* The value of a class among the words of the expression; 0 where it has none. */
static inline int32_t slot(const struct expr *e, enum day_class c)
{
	return e->has & CLASS_BIT(c) ? e->values[__builtin_popcountll(e->has & (CLASS_BIT(c) - 1))] : 0;
}
void slot_set(struct expr *e, enum day_class c, int32_t v); /* the eleventh class is left out */

struct exprs {
	struct expr *v;
	size_t n;
};
void days_match(const struct tokens *t, const struct items *items, struct exprs *out); /* free(out->v) */

struct day_context {
	struct arena *arena;
	const struct document *doc;
	const struct tokens *tokens;
	struct interval now; /* the publication day, or what is known of it */
};
void days_resolve(const struct day_context *c, struct exprs *e);

#define INFERRED_MAX 8
struct inference {
	struct interval days;         /* PREC_NONE: not known */
	bool conflict;                /* because the hints contradict one another */
	uint32_t from[INFERRED_MAX];  /* the expressions it rests on */
	size_t n;
};
void days_infer(const struct day_context *c, struct exprs *e, struct inference *out);

/* Direction of the verb nearest to the tokens [from, to): -1 past, 1 future, 0 cannot tell. */
int tense_near(const struct tokens *t, size_t from, size_t to);

#endif

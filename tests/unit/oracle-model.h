/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle's half that knows no index: made-up documents, and what looking at each of them says of a query. Included by
 * test-query-oracle.c alone. Nothing here shares code with the engine but the parsers of requests and query texts, whose own tests are tables.
 */
#ifndef DOSSIER_TESTS_ORACLE_MODEL_H
#define DOSSIER_TESTS_ORACLE_MODEL_H

#include "base/fold.h"
#include "index/query/tree.h"
#include "index/store/record.h"
#include "index/store/terms.h"
#include "index/store/writer.h"

#include <stdio.h>

#define N_DOCS    2000
#define MAX_WORDS 48
#define N_SERVED  (sizeof served / sizeof *served)

static const char *const words[] = {"talk", "talks", "talked", "talking", "talken", "summit", "summits", "visit", "visits", "visited", "visitor", "moscow", "paris", "nuclear",
	"nucleus", "nuclei", "president", "presidents", "presidential", "war", "wars", "peace", "treaty", "treaties", "the", "of", "a", "and", "jong", "un", "kim", "oil",
	"oils", "prime", "minister", "ministers", "u", "s", "états", "erdogan", "2015"};
#define N_WORDS (sizeof words / sizeof *words)

/* Values of the fields, by number; "" is none. Offices begin with their country. */
#define MAX_VALUES 8
static const char *const values[N_FIELDS][MAX_VALUES] = {
	[FACET_LEADER] = {"kim-jong-un", "vladimir-putin", "barack-obama", "xi-jinping", "angela-merkel", "nobody-known"},
	[FACET_COUNTRY] = {"KP", "RU", "US", "DE"},
	[FACET_SOURCE] = {"reuters", "new york times", "afp"},
	[FACET_LANG] = {"en", "de"},
	[FACET_OFFICE] = {"KP/effective-leader", "RU/head-of-state", "RU/head-of-government", "US/head-of-state", "DE/head-of-government"},
};
/* Who held which of these offices when ("": still), and whose leader he is: for in_office=1. The last leader is in no table. */
static const char *const home[] = {"KP", "RU", "US", "CN", "DE"};
static const struct {
	int leader, office;
	const char *from, *to;
} served[] = {{0, 0, "2015-01-15", ""}, {1, 1, "2014", "2015-01-20"}, {1, 2, "2015-02-01", ""}, {2, 3, "1985-04", "2015-06-30"}, {4, 4, "1880", "1999"}, {4, 4, "2016-02-29", ""}};
static bool only_in_office; /* what the query that is looked at wants */

static const char *const unclear[] = {"Kim", "Bush", "Clinton"}; /* names that stayed ambiguous: found by leader=?kim */
static const char *const dates[] = {"2015", "2015-01", "2015-01-20", "2016-02-29", "2014-12-31", "1890", "2015-06", "2016", "1990s", "", "2015-01-21", "2015-02-01", "2015-01-01",
	"1985-03-11"};
#define N_DATES (sizeof dates / sizeof *dates)

struct doc {
	char id[24];
	uint8_t title[8], text[MAX_WORDS]; /* numbers of words */
	int n_title, n_text;
	int leader[4], office[4], n_leaders; /* office: of the leader beside it, -1: none */
	unsigned has[N_FIELDS];              /* a bit for each value */
	unsigned then[N_FIELDS];             /* the same of leaders in office, for leaders, countries and offices */
	unsigned unclear;                    /* a bit for each name */
	int source, lang, n_days;
	struct interval published, days[3];
	bool there;
	uint64_t revision;
	json_int_t story; /* as the engine numbers it */
};

static struct doc docs[N_DOCS];
static uint32_t seed = 12345;
static uint32_t dice(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(seed >> 4) * n >> 28);
}
static uint8_t any_number(void) { return (uint8_t)dice(dice(3) ? N_WORDS : 8); }
static const char *any_word(void) { return words[any_number()]; }
static const char *any_value(enum facet f)
{
	uint32_t n = 0;
	while (n < MAX_VALUES && values[f][n])
		n++;
	return values[f][dice(n)];
}
static int value_number(enum facet f, struct span v)
{
	for (int i = 0; i < MAX_VALUES && values[f][i]; i++)
		if (span_is(v, values[f][i]))
			return i;
	return -1;
}

/* ---- making documents ---- */

static void name_leaders(struct doc *d)
{
	for (uint32_t i = dice(4); i--;) {
		int l = (int)dice(6);
		if (d->has[FACET_LEADER] >> l & 1)
			continue;
		int office = (int)dice(8);
		d->office[d->n_leaders] = office < 5 ? office : -1;
		d->leader[d->n_leaders++] = l;
		d->has[FACET_LEADER] |= 1u << l;
		if (office >= 5)
			continue;
		d->has[FACET_OFFICE] |= 1u << office;
		d->has[FACET_COUNTRY] |= 1u << value_number(FACET_COUNTRY, (struct span){values[FACET_OFFICE][office], 2});
	}
}

static bool overlaps_office(size_t i, struct interval days)
{
	struct interval from = {0}, to = {0};
	interval_parse(span_of(served[i].from), &from);
	bool over = interval_parse(span_of(served[i].to), &to);
	return from.from <= days.to && (!over || to.to >= days.from);
}

static bool served_then(const struct doc *d, size_t i)
{
	if (interval_any(d->published))
		return overlaps_office(i, d->published);
	for (int k = 0; k < d->n_days; k++)
		if (d->days[k].to - d->days[k].from <= 366 && overlaps_office(i, d->days[k]))
			return true;
	return false;
}

static void look_who_served(struct doc *d)
{
	for (size_t i = 0; i < N_SERVED; i++) {
		if (!(d->has[FACET_LEADER] >> served[i].leader & 1) || !served_then(d, i))
			continue;
		int country = value_number(FACET_COUNTRY, span_of(home[served[i].leader]));
		d->then[FACET_LEADER] |= 1u << served[i].leader;
		d->then[FACET_OFFICE] |= d->has[FACET_OFFICE] & 1u << served[i].office;
		d->then[FACET_COUNTRY] |= country < 0 ? 0 : d->has[FACET_COUNTRY] & 1u << country;
	}
}

static unsigned shown(const struct doc *d, enum facet f)
{
	return only_in_office && (f == FACET_LEADER || f == FACET_COUNTRY || f == FACET_OFFICE) ? d->then[f] : d->has[f];
}

static void make_doc(struct doc *d, int number)
{
	*d = (struct doc){.there = true};
	snprintf(d->id, sizeof d->id, "d/%d", number);
	d->n_title = (int)dice(6);
	d->n_text = 1 + (int)dice(MAX_WORDS - 1);
	for (int i = 0; i < d->n_title; i++)
		d->title[i] = any_number();
	for (int i = 0; i < d->n_text; i++)
		d->text[i] = any_number();
	if (number > 10 && dice(8) == 0) { /* the same story again */
		const struct doc *same = &docs[dice((uint32_t)number)];
		memcpy(d->text, same->text, sizeof d->text);
		d->n_text = same->n_text;
	}
	d->source = (int)dice(4) - 1;
	d->lang = (int)dice(3) - 1;
	if (d->source >= 0)
		d->has[FACET_SOURCE] = 1u << d->source;
	if (d->lang >= 0)
		d->has[FACET_LANG] = 1u << d->lang;
	interval_parse(span_of(dates[dice(N_DATES)]), &d->published);
	name_leaders(d);
	d->unclear = dice(3) ? 0 : 1u << dice(3);
	for (uint32_t i = dice(4); i--;)
		if (interval_parse(span_of(dates[dice(N_DATES)]), &d->days[d->n_days]))
			d->n_days++;
	look_who_served(d);
}

static struct span joined(struct arena *a, const uint8_t *v, int n)
{
	struct str s = {0};
	for (int i = 0; i < n; i++)
		str_printf(&s, "%s%s", i ? " " : "", words[v[i]]);
	struct span out = arena_span(a, str_view(&s));
	str_done(&s);
	return out;
}

static void put_facts(struct arena *a, const struct doc *d, struct facts *f)
{
	const struct mention plain = {.end = 1, .surface = SPAN("x"), .how = "full-name", .sure = 1, .office = -1};
	f->mentions = arena_array(a, struct mention, 4);
	f->ambiguous = arena_array(a, struct mention, 4);
	f->days = arena_array(a, struct timex3, 4);
	for (int i = 0; i < d->n_leaders; i++) {
		struct mention *m = &f->mentions[f->n_mentions++];
		*m = plain;
		m->leader = span_of(values[FACET_LEADER][d->leader[i]]);
		if (d->office[i] >= 0)
			m->office_key = span_of(values[FACET_OFFICE][d->office[i]]);
	}
	for (int i = 0; i < 3; i++)
		if (d->unclear >> i & 1) {
			f->ambiguous[f->n_ambiguous] = plain;
			f->ambiguous[f->n_ambiguous++].surface = span_of(unclear[i]);
		}
	for (int i = 0; i < d->n_days; i++)
		f->days[f->n_days++] = (struct timex3){.end = 1, .surface = SPAN("x"), .type = "DATE", .value = SPAN("x"), .days = d->days[i], .how = "absolute", .rule = "x", .anchor = UINT32_MAX};
}

static int put_doc(struct writer *w, const struct doc *d)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str rec = {0};
	enum put_status st;
	struct document x = {.id = span_of(d->id), .title = joined(&a, d->title, d->n_title), .text = joined(&a, d->text, d->n_text),
		.source = d->source >= 0 ? span_of(values[FACET_SOURCE][d->source]) : SPAN_NONE, .lang = d->lang >= 0 ? span_of(values[FACET_LANG][d->lang]) : SPAN_NONE,
		.title_how = SPAN("given"), .published = {.days = d->published, .how = "given", .sure = 100}};
	struct facts f = {0};
	put_facts(&a, d, &f);
	x.content_hash = span_hash(x.text) ^ span_hash(x.title) ^ dice(1u << 27);
	record_encode(&rec, &x, &f);
	return writer_put(w, str_view(&rec), &st, NULL);
}

/* ---- words ---- */

static struct { /* each word folded, and its stems */
	struct span folded, stem[2]; /* English, German */
} forms[N_WORDS];

static void make_forms(struct arena *a)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		AUTO_STR struct str s = {0};
		char stem[TERM_MAX];
		fold_add(&s, span_of(words[i]));
		forms[i].folded = arena_span(a, str_view(&s));
		for (int k = 0; k < 2; k++)
			forms[i].stem[k] = arena_span(a, (struct span){stem, terms_stem(str_view(&s), k ? SPAN("de") : SPAN("en"), stem)});
	}
}

/* A word of a query as sets of words of documents: the same one; those that begin so; by language of the document, those of the same stem. */
struct word_sets {
	uint64_t same, begins, stem[2];
};

static struct word_sets sets_of(struct span q)
{
	struct word_sets s = {0};
	size_t at = 0;
	while (at < N_WORDS && !span_eq(forms[at].folded, q))
		at++;
	for (size_t i = 0; i < N_WORDS; i++) {
		if (at < N_WORDS && span_eq(forms[i].folded, q))
			s.same |= (uint64_t)1 << i;
		if (forms[i].folded.n >= q.n && memcmp(forms[i].folded.p, q.p, q.n) == 0)
			s.begins |= (uint64_t)1 << i;
		for (int lang = 0; lang < 2 && at < N_WORDS; lang++) /* as documents of this language are stemmed, what it becomes in it, or in English */
			if (span_eq(forms[i].stem[lang], forms[at].stem[0]) || (lang && span_eq(forms[i].stem[lang], forms[at].stem[1])))
				s.stem[lang] |= (uint64_t)1 << i;
	}
	return s;
}

/* A query, made ready for looking at many documents. */
#define MAX_LEAF_WORDS 16
struct seen_tree {
	struct tree t;
	struct word_sets (*sets)[MAX_LEAF_WORDS]; /* by leaf */
};

static void look_at_tree(struct arena *a, struct seen_tree *s)
{
	s->sets = arena_alloc(a, (s->t.n_leaves + 1) * sizeof *s->sets);
	for (size_t i = 0; i < s->t.n_leaves; i++)
		for (uint32_t k = 0; k < s->t.leaves[i].n_words && k < MAX_LEAF_WORDS; k++)
			s->sets[i][k] = sets_of(s->t.leaves[i].words[k]);
}

static bool in(uint64_t set, uint8_t word) { return set >> word & 1; }

static bool near_chain(const uint8_t *v, int n, int at, const struct leaf *l, const struct word_sets *w, uint32_t step)
{
	if (step == l->n_words)
		return true;
	for (int i = 0; i < n; i++)
		if (i != at && (uint32_t)(i > at ? i - at : at - i) <= l->windows[step - 1] && in(w[step].same, v[i]) && near_chain(v, n, i, l, w, step + 1))
			return true;
	return false;
}

static bool part_has(const uint8_t *v, int n, int lang, const struct leaf *l, const struct word_sets *w)
{
	for (int i = 0; i < n; i++) {
		if ((l->kind == LEAF_WORD && in(w[0].stem[lang], v[i])) || (l->kind == LEAF_PREFIX && in(w[0].begins, v[i])))
			return true;
		if (l->kind == LEAF_EXACT || l->kind == LEAF_PHRASE) {
			uint32_t k = 0;
			while (k < l->n_words && i + (int)k < n && in(w[k].same, v[i + (int)k]))
				k++;
			if (k == l->n_words)
				return true;
		}
		if (l->kind == LEAF_NEAR && in(w[0].same, v[i]) && near_chain(v, n, i, l, w, 1))
			return true;
	}
	return false;
}

/* ---- what holds of a document ---- */

static bool day_fits(struct interval i, struct interval range, bool within)
{
	return interval_any(i) && (within ? i.from >= range.from && i.to <= range.to : i.from <= range.to && i.to >= range.from);
}

static bool on_axis(const struct doc *d, struct interval range, bool mentioned, bool within)
{
	for (int i = 0; mentioned && i < d->n_days; i++)
		if (day_fits(d->days[i], range, within))
			return true;
	return !mentioned && day_fits(d->published, range, within);
}

static bool has_value(const struct doc *d, enum facet f, struct span v)
{
	if (f == FACET_LEADER && v.n && v.p[0] == '?') {
		for (int i = 0; i < 3; i++)
			if (span_ieq(span_sub(v, 1, v.n), unclear[i]))
				return d->unclear >> i & 1;
		return false;
	}
	int number = value_number(f, v);
	return number >= 0 && (shown(d, f) >> number & 1);
}

static bool leaf_holds(const struct doc *d, const struct seen_tree *s, uint32_t leaf)
{
	const struct leaf *l = &s->t.leaves[leaf];
	if (l->kind == LEAF_DATE)
		return on_axis(d, l->range, l->mentioned, false);
	if (l->kind == LEAF_FIELD)
		return has_value(d, l->field, l->value);
	int lang = d->lang == 1; /* unknown is taken for English */
	return part_has(d->title, d->n_title, lang, l, s->sets[leaf]) || (!l->title && part_has(d->text, d->n_text, lang, l, s->sets[leaf]));
}

static bool holds(const struct doc *d, const struct seen_tree *s, const struct node *n)
{
	switch (n->kind) {
	case NODE_LEAF: return leaf_holds(d, s, n->leaf);
	case NODE_NOT: return !holds(d, s, n->kids[0]);
	case NODE_AND: case NODE_OR:
		for (size_t i = 0; i < n->n_kids; i++)
			if (holds(d, s, n->kids[i]) != (n->kind == NODE_AND))
				return n->kind == NODE_OR;
		return n->kind == NODE_AND;
	default: return false;
	}
}

/* Without the any-of filters of `without` (-1: with all). */
static bool filters_pass(const struct doc *d, const struct request *r, int without)
{
	for (size_t i = 0; i < r->n_filters; i++) {
		const struct filter *f = &r->filters[i];
		bool any = false;
		for (size_t k = 0; k < f->n; k++)
			any |= has_value(d, f->field, f->values[k]);
		if (any == (f->mode == FILTER_NONE) && !(f->mode == FILTER_ANY && (int)f->field == without))
			return false;
	}
	if (r->has_since && d->revision <= r->since)
		return false;
	return !(r->has_from || r->has_to) || on_axis(d, r->bounds, r->mentioned, r->within);
}

/* Where a day is counted: in the step of the granularity that holds it whole, or as it is. */
static struct interval counted_in(struct interval i, enum granularity g)
{
	int y, m, y2, m2, step = g == GRAIN_CENTURY ? 100 : g == GRAIN_DECADE ? 10 : 1;
	day_split(i.from, &y, &m, NULL);
	day_split(i.to, &y2, &m2, NULL);
	if (g == GRAIN_DAY || (g == GRAIN_MONTH && (y != y2 || m != m2)) || y / step != y2 / step)
		return i;
	if (g == GRAIN_MONTH)
		return (struct interval){day_of(y, m, 1), day_of(y, m + 1, 1) - 1, PREC_MONTH};
	return (struct interval){day_of(y / step * step, 1, 1), day_of(y / step * step + step, 1, 1) - 1, PREC_YEAR};
}

#endif

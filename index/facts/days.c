/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time expressions of a document: the door of the tagger.
 *
 *	tokens ─days_lex→ items ─days_match→ exprs ─days_resolve→ with value and days ─→ facts.days
 *
 * It finds no dates of events nobody dates, and reads no calendars but the Gregorian (Juche years apart).
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "index/facts/days-parts.h"
#include "index/facts/facts.h"

/* "'89": the apostrophe is part of it. */
static uint32_t apostrophe_before(const struct document *d, uint32_t start)
{
	size_t at = start ? utf8_floor(d->text, start - 1) : 0;
	return (uint32_t)at;
}

static void put_timex(struct arena *a, const struct document *d, const struct tokens *t, const struct expr *e, struct timex3 *x)
{
	(void)a;
	*x = (struct timex3){.start = t->v[e->tok].start, .end = t->v[e->tok + e->n_tok - 1].end, .type = e->type, .value = e->value, .days = e->days, .how = e->how ? e->how : "absolute",
		.rule = e->rule->name, .anchor = e->anchor};
	const struct token *last = &t->v[e->tok + e->n_tok - 1];
	if (last->len == 1 && x->end < d->text.n && d->text.p[x->end] == '.' && x->end >= x->start + 3 && d->text.p[x->end - 2] == '.')
		x->end++; /* "a.m.", "B.C." */
	if (e->apostrophe)
		x->start = apostrophe_before(d, x->start);
	x->surface = span_sub(d->text, x->start, x->end);
}

static void put_inference(struct arena *a, const struct inference *i, const struct exprs *e, const uint32_t *place, struct facts *out)
{
	out->inferred = (struct when){.days = i->days, .sure = interval_any(i->days) ? 60 : 0, .conflict = i->conflict, .how = "inferred"};
	out->inferred_from = arena_array(a, uint32_t, i->n + 1);
	out->n_inferred_from = 0;
	for (size_t k = 0; k < i->n; k++)
		if (i->from[k] < e->n && place[i->from[k]] != UINT32_MAX)
			out->inferred_from[out->n_inferred_from++] = place[i->from[k]];
}

/* In a text of another language English words of time are other words: only whole dates and figures count. */
static bool speaks(const struct document *d, const struct expr *e)
{
	if (d->lang.n < 2 || span_istarts(d->lang, "en"))
		return true;
	const uint64_t years = CLASS_BIT(CL_YEAR) | CLASS_BIT(CL_OLDYEAR) | CLASS_BIT(CL_YEAR2);
	uint8_t act = e->rule->action;
	return act == ACT_FIXED || act == ACT_RANGE || (act == ACT_DATE && (e->has & years || span_ends(span_of(e->rule->name), "-foreign")));
}

void days_find(struct arena *a, const struct document *d, const struct tokens *t, struct facts *out)
{
	struct items items;
	struct exprs e;
	struct inference told = {0};
	struct day_context c = {.arena = a, .doc = d, .tokens = t, .now = d->published.days};
	days_lex(d, t, &items);
	days_match(t, &items, &e);
	free(items.v);
	size_t kept = 0;
	for (size_t i = 0; i < e.n; i++)
		if (speaks(d, &e.v[i]))
			e.v[kept++] = e.v[i];
	e.n = kept;
	days_resolve(&c, &e);
	if (!interval_any(c.now)) {
		days_infer(&c, &e, &told);
		c.now = told.days;
		if (interval_any(c.now))
			days_resolve(&c, &e);
	}
	uint32_t *place = arena_raw(a, (e.n + 1) * sizeof *place);
	out->days = arena_raw(a, (e.n + 1) * sizeof *out->days);
	out->n_days = 0;
	for (size_t i = 0; i < e.n; i++) {
		place[i] = UINT32_MAX;
		if (e.v[i].dead || !e.v[i].value.n)
			continue;
		place[i] = (uint32_t)out->n_days;
		put_timex(a, d, t, &e.v[i], &out->days[out->n_days++]);
	}
	put_inference(a, &told, &e, place, out);
	free(e.v);
}

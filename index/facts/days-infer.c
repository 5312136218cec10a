/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When was it published? Asked of the text alone, where the page gave no date.
 *
 *	what the text says                                    what follows
 *	"the invasion of Ukraine in February last year"       2023: an event everybody can date, told from the publication day
 *	"this year … the 70th anniversary of …"               2015: an anniversary, told from the publication day
 *	"In 2019 he travelled"                                not before 2019
 *	"will be held in June 2018"                           not after June 2018
 *	"as the year comes to a close"                        December
 *	"recently, after three and a half years" of an event  that much after it, give or take half of the last digit
 *
 * Every hint is an interval; what is left of all of them is the answer. Nothing left: contradiction, and no answer. No end
 * on one side: no answer either. It never takes a date because it stands first or last.
 */
#include "index/facts/days-parts.h"

#define WIDEST_YEARS 10
#define NEAR 8 /* expressions to either side that a hint looks at: all stays linear */

struct bounds {
	day_t from, to;
	size_t from_hint, to_hint; /* SIZE_MAX: none */
	bool hinted; /* something told the year, and not only "not before" */
	bool december;
	struct inference *out;
};

static bool has(const struct expr *e, enum day_class c) { return e->has & CLASS_BIT(c); }

static void note(struct inference *out, size_t i)
{
	for (size_t k = 0; k < out->n; k++)
		if (out->from[k] == i)
			return;
	if (out->n < INFERRED_MAX)
		out->from[out->n++] = (uint32_t)i;
}

/* Only the hints that bind are remembered: the one that sets the first day, and the one that sets the last. */
static void narrow(struct bounds *b, day_t from, day_t to, size_t i)
{
	if (from > b->from) {
		b->from = from;
		b->from_hint = i;
	}
	if (to < b->to) {
		b->to = to;
		b->to_hint = i;
	}
}

static size_t gap_tokens(const struct expr *a, const struct expr *b)
{
	if (a->tok > b->tok)
		return gap_tokens(b, a);
	return b->tok > a->tok + a->n_tok ? b->tok - (a->tok + a->n_tok) : 0;
}

/* Where the expression lies, seen from the publication day: a whole number of months or years; false if it does not say. */
static bool told_offset(const struct expr *e, enum grain *g, int *n)
{
	int unit = has(e, CL_UNITS) ? slot(e, CL_UNITS) : slot(e, CL_UNIT);
	bool year = unit == UNIT_YEAR;
	if (e->rule->action == ACT_RELUNIT || (e->rule->action == ACT_DATE && has(e, CL_REL) && has(e, CL_YEARNOUN)))
		*n = has(e, CL_REL) ? slot(e, CL_REL) : e->rule->arg == 9 ? 0 : e->rule->arg;
	else if (e->rule->action == ACT_AGO && has(e, CL_NUM) && slot(e, CL_NUM) > 0 && !e->approximate)
		*n = e->rule->arg * slot(e, CL_NUM);
	else
		return false;
	*g = year || e->rule->action == ACT_DATE ? GRAIN_YEAR : GRAIN_MONTH;
	return year || unit == UNIT_MONTH || e->rule->action == ACT_DATE;
}

/* "the invasion of Ukraine in February last year": event and telling side by side; a month must be the event's. */
static void event_told(struct bounds *b, const struct expr *event, const struct expr *e, size_t i)
{
	const struct day_event *v = &day_events[event->rule->arg];
	enum grain g;
	int n;
	if (!told_offset(e, &g, &n))
		return;
	if (has(e, CL_MONTH) && slot(e, CL_MONTH) != v->month)
		return;
	struct point then = point_at(g, day_of(v->year, v->month, v->dom));
	struct interval now = point_days(point_shift(then, -n));
	if (!interval_any(now))
		return;
	b->hinted = true;
	narrow(b, now.from, now.to, i);
}

/* An anniversary that lies ahead or is over; "this year" near it makes it the year of publication. */
static void anniversary_told(struct bounds *b, const struct day_context *c, const struct exprs *all, size_t at)
{
	const struct expr *a = &all->v[at];
	day_t from = a->days.from, to = a->days.to;
	for (size_t i = at > NEAR ? at - NEAR : 0; i < all->n && i <= at + NEAR; i++) {
		const struct expr *e = &all->v[i];
		enum grain g;
		int n;
		if (e->dead || e->sentence > a->sentence + 1 || e->sentence + 1 < a->sentence)
			continue;
		if (told_offset(e, &g, &n) && n == 0 && g == GRAIN_YEAR && !has(e, CL_MONTH)) {
			b->hinted = true;
			narrow(b, from, to, at);
			note(b->out, i);
		} else if (e->sentence == a->sentence && e->rule->action == ACT_DATE && (has(e, CL_MAYBE) || has(e, CL_MONTHNAME)) && !has(e, CL_DOM) &&
			tense_near(c->tokens, e->tok, e->tok + e->n_tok) > 0) {
			int y, m = has(e, CL_MAYBE) ? slot(e, CL_MAYBE) : slot(e, CL_MONTHNAME);
			day_split(from, &y, NULL, NULL);
			narrow(b, DAY_MIN, interval_month(y, m).to, i); /* a ceremony in that month is still to come */
		}
	}
}

static bool word_in(const struct day_context *c, const struct expr *e, const char *const *list)
{
	const struct tokens *t = c->tokens;
	size_t i = e->tok;
	while (i > 0 && !(t->v[i].flags & TOKEN_SENTENCE) && e->tok - i < 40)
		i--;
	for (size_t end = i + 60; i < t->n && i < end; i++) {
		if (i > e->tok && t->v[i].flags & TOKEN_SENTENCE)
			break;
		for (int k = 0; list[k]; k++)
			if (span_is(token_word(t, i), list[k]))
				return true;
	}
	return false;
}

/* "has only recently resumed after a three-and-a-half-year blockade", an event being named just before. */
static void span_since_event(struct bounds *b, const struct day_context *c, const struct exprs *all, size_t at)
{
	static const char *const fresh[] = {"recently", NULL};
	const struct expr *e = &all->v[at], *event = NULL;
	if (e->rule->action != ACT_DURATION || !has(e, CL_NUM) || slot(e, CL_NUM) < 1 || slot(e, CL_NUM) > 100)
		return;
	if ((has(e, CL_UNITS) ? slot(e, CL_UNITS) : slot(e, CL_UNIT)) != UNIT_YEAR || !word_in(c, e, fresh))
		return;
	for (size_t i = at; i-- > 0 && at - i <= NEAR && all->v[i].sentence + 1 >= e->sentence;)
		if (all->v[i].rule->action == ACT_EVENT)
			event = &all->v[i];
	if (!event)
		return;
	const struct day_event *v = &day_events[event->rule->arg];
	int months = slot(e, CL_NUM) * 12 + e->quarters * 3, slack = e->quarters ? 3 : 6;
	b->hinted = true;
	narrow(b, day_of(v->year, v->month + months - slack, v->dom), day_of(v->year, v->month + months + slack, v->dom), at);
}

/* "It is 30 years since the fall of the Berlin Wall": so many and not yet one more, give or take a season. */
static void years_since(struct bounds *b, const struct day_context *c, const struct exprs *all, size_t at)
{
	const struct expr *e = &all->v[at], *event = at + 1 < all->n ? &all->v[at + 1] : NULL;
	const struct tokens *t = c->tokens;
	if (!event || event->rule->action != ACT_EVENT || e->rule->action != ACT_DURATION || !has(e, CL_NUM) || slot(e, CL_NUM) < 1 || slot(e, CL_NUM) > 500 || e->tok == 0)
		return;
	struct span before = token_word(t, e->tok - 1);
	bool now = span_is(before, "is") || span_is(before, "s") || span_is(before, "been");
	if (!now || (has(e, CL_UNITS) ? slot(e, CL_UNITS) : slot(e, CL_UNIT)) != UNIT_YEAR || event->tok != e->tok + e->n_tok + 1 || !span_is(token_word(t, event->tok - 1), "since"))
		return;
	const struct day_event *v = &day_events[event->rule->arg];
	b->hinted = true;
	narrow(b, day_of(v->year + slot(e, CL_NUM), v->month - 3, v->dom), day_of(v->year + slot(e, CL_NUM) + 1, v->month, v->dom), at);
}

static bool will_before(const struct day_context *c, const struct expr *e)
{
	static const char *const words[] = {"will", "scheduled", "slated", "due", "upcoming", NULL};
	static const char *const links[] = {"in", "on", "for", "by", "until", "from", NULL};
	const struct tokens *t = c->tokens;
	bool linked = false;
	if (e->tok == 0 || t->v[e->tok].flags & TOKEN_SENTENCE)
		return false;
	for (int k = 0; links[k]; k++)
		linked |= span_is(token_word(t, e->tok - 1), links[k]);
	for (size_t k = 2; linked && k <= 10 && k <= e->tok && !(t->v[e->tok - k + 1].flags & TOKEN_SENTENCE); k++) {
		struct span w = token_word(t, e->tok - k);
		if (span_is(w, "said") || span_is(w, "that"))
			return false;
		for (int i = 0; words[i]; i++)
			if (span_is(w, words[i]))
				return true;
	}
	return false;
}

static void absolute_told(struct bounds *b, const struct day_context *c, const struct expr *e, size_t i)
{
	if (!interval_any(e->days) || !e->how || strcmp(e->how, "absolute") != 0 || e->rule->action == ACT_ANNIVERSARY || e->days.precision > PREC_YEAR)
		return;
	if (will_before(c, e)) {
		b->hinted = true;
		narrow(b, DAY_MIN, e->days.to, i);
	} else if (tense_near(c->tokens, e->tok, e->tok + e->n_tok) < 0)
		narrow(b, e->days.from, DAY_MAX, i);
}

/* "this year (2018)", "last year, 2018". */
static void year_beside(struct bounds *b, const struct expr *e, const struct expr *next, size_t i)
{
	enum grain g;
	int n;
	if (!told_offset(e, &g, &n) || g != GRAIN_YEAR || has(e, CL_MONTH) || next->tok != e->tok + e->n_tok || next->point.grain != GRAIN_YEAR)
		return;
	struct interval now = point_days(point_shift(next->point, -n));
	b->hinted = true;
	narrow(b, now.from, now.to, i);
}

/* "As 2018 comes to a close", "as the year draws to an end": the last month; the year from the same sentence. */
static void year_closing(struct bounds *b, const struct exprs *all, size_t at)
{
	const struct expr *e = &all->v[at];
	if (e->rule->action != ACT_RELUNIT || e->rule->arg != 8)
		return;
	b->december = true;
	note(b->out, at);
	for (size_t i = at > NEAR ? at - NEAR : 0; i < all->n && i <= at + NEAR; i++)
		if (all->v[i].point.grain == GRAIN_YEAR && all->v[i].sentence <= e->sentence + 1 && e->sentence <= all->v[i].sentence + 1 && !strcmp(all->v[i].how, "absolute")) {
			b->hinted = true;
			narrow(b, all->v[i].days.from, all->v[i].days.to, i);
		}
}

static void number_sentences(const struct day_context *c, struct exprs *all)
{
	uint32_t s = 0;
	for (size_t i = 0; i < all->n; i++) {
		uint32_t at = c->tokens->v[all->v[i].tok].start;
		while (s + 1 < c->tokens->n_sentences && c->tokens->sentences[s + 1].start <= at)
			s++;
		all->v[i].sentence = s;
	}
}

/* Events look two expressions to either side; a text full of them stays linear. */
static void events_told(struct bounds *b, const struct exprs *all)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i].rule->action != ACT_EVENT)
			continue;
		size_t near = all->n, best = 3;
		for (size_t k = i > 2 ? i - 2 : 0; k < all->n && k <= i + 2; k++)
			if (!all->v[k].dead && all->v[k].sentence == all->v[i].sentence && gap_tokens(&all->v[i], &all->v[k]) < best) {
				near = k;
				best = gap_tokens(&all->v[i], &all->v[k]);
			}
		if (near < all->n)
			event_told(b, &all->v[i], &all->v[near], near);
	}
}

static uint8_t precision_for(day_t from, day_t to)
{
	if (from == to)
		return PREC_DAY;
	if (point_at(GRAIN_MONTH, from).number == point_at(GRAIN_MONTH, to).number)
		return PREC_MONTH;
	return point_at(GRAIN_YEAR, from).number == point_at(GRAIN_YEAR, to).number ? PREC_YEAR : PREC_YEARS;
}

void days_infer(const struct day_context *c, struct exprs *all, struct inference *out)
{
	struct bounds b = {.from = DAY_MIN, .to = DAY_MAX, .from_hint = SIZE_MAX, .to_hint = SIZE_MAX, .out = out};
	*out = (struct inference){0};
	number_sentences(c, all);
	events_told(&b, all);
	for (size_t i = 0; i < all->n; i++) {
		const struct expr *e = &all->v[i];
		if (e->dead)
			continue;
		if (e->rule->action == ACT_ANNIVERSARY)
			anniversary_told(&b, c, all, i);
		absolute_told(&b, c, e, i);
		span_since_event(&b, c, all, i);
		years_since(&b, c, all, i);
		year_closing(&b, all, i);
		if (i + 1 < all->n)
			year_beside(&b, e, &all->v[i + 1], i);
	}
	if (b.december && b.from > DAY_MIN && b.to < DAY_MAX) {
		int y;
		day_split(b.to, &y, NULL, NULL);
		if (day_of(y, 12, 1) > b.from)
			b.from = day_of(y, 12, 1);
	}
	if (b.hinted && b.from_hint != SIZE_MAX)
		note(out, b.from_hint);
	if (b.hinted && b.to_hint != SIZE_MAX)
		note(out, b.to_hint);
	out->conflict = b.hinted && b.from > b.to;
	if (!b.hinted || b.from > b.to || b.from == DAY_MIN || b.to == DAY_MAX || b.to - b.from > WIDEST_YEARS * 366)
		return;
	out->days = (struct interval){b.from, b.to, precision_for(b.from, b.to)};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Held or not, by the words around; when, by the nearest day of the sentence, else by when it was written; where, if "in Bonn" follows. */
#include "index/facts/meetings-inner.h"

#define NEAR 6

static uint32_t classes_between(const struct scene *s, uint32_t from, uint32_t to)
{
	uint32_t all = 0;
	for (uint32_t i = from; i < to && i < s->n; i++)
		all |= s->who[i] ? 0 : s->classes[i];
	return all;
}

/* "was to have met": it came to nothing. */
static bool was_to_have(const struct scene *s, uint32_t from, uint32_t trigger)
{
	for (uint32_t i = from + 1; i + 1 < trigger; i++)
		if (is(s, i, "to") && is(s, i + 1, "have") && (is(s, i - 1, "was") || is(s, i - 1, "were") || is(s, i - 1, "due") || is(s, i - 1, "scheduled") || is(s, i - 1, "supposed")))
			return true;
	return false;
}

static bool called_off(const struct scene *s, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i + 1 < to && i + 1 < s->n; i++)
		if ((is(s, i, "called") || is(s, i, "put") || is(s, i, "calls") || is(s, i, "pulled")) && (is(s, i + 1, "off") || is(s, i + 1, "out")))
			return true;
	return false;
}

/* "talks with X later this month", before a comma */
static bool near_word(const struct scene *s, uint32_t i, const char *word)
{
	for (uint32_t k = i; k < s->n && k < i + 3; k++) {
		if (is(s, k, word))
			return true;
	}
	return false;
}

/* An infinitive lies ahead, unless what came before it was done to that end. */
static bool infinitive(const struct scene *s, uint32_t trigger) { return trigger > 0 && (is(s, trigger - 1, "to") || is(s, trigger, "meet")); }

/* "… when they meet", where `from` is that "when"; "ahead of their summit": what is before "their" counts then. */
static bool clause_before(const struct scene *s, uint32_t from) { return is(s, from, "when") || is(s, from, "before") || is(s, from, "as") || is(s, from, "since") || is(s, from, "after") || is(s, from, "until"); }

/* "X, who was not invited, | met": what is said of him in passing is not about the meeting. */
static uint32_t past_apposition(const struct scene *s, uint32_t low, uint32_t trigger)
{
	bool open = false;
	for (uint32_t k = low + 1; k <= trigger; k++) {
		if (at(s, k)->before == ',' && open)
			return k;
		open |= at(s, k)->before == ',' && (is(s, k, "who") || is(s, k, "whose") || is(s, k, "which"));
	}
	return low;
}

/* The last comma before the subject begins its clause. */
static uint32_t clause_of(const struct scene *s, uint32_t near, uint32_t from)
{
	uint32_t start = near;
	for (uint32_t k = near + 1; k <= from; k++)
		if (at(s, k)->before == ',' || at(s, k)->before == ';')
			start = k;
	return start;
}

/* `from`: the first token of those who meet, `to`: the end of the last. */
const char *meeting_status(const struct scene *s, uint32_t trigger, uint32_t from, uint32_t to)
{
	bool theirs = is(s, from, "they") || is(s, from, "their") || is(s, from, "two") || clause_before(s, from); /* what was said of them before is not about the meeting */
	uint32_t near = is(s, from, "their") && from > 1 ? from - 2 : theirs ? from : from > NEAR ? from - NEAR : 0, low = from < trigger ? from : trigger, high = to > trigger + 1 ? to : trigger + 1;
	near = clause_of(s, near, from);
	uint32_t first = low;
	if (from > trigger)
		low = trigger > 4 ? trigger - 4 : 0;
	else
		low = past_apposition(s, low, trigger);
	uint32_t path = classes_between(s, low, trigger), around = path | classes_between(s, near, first), behind = classes_between(s, high, high + NEAR);
	if ((around & W_CANCEL) || (behind & W_CANCEL) || called_off(s, near, trigger) || called_off(s, high, high + NEAR) || was_to_have(s, low, trigger))
		return "cancelled";
	enum negation not = meeting_negation(s, path & W_SAY ? low : near, low, trigger, high);
	if (not == NEGATION_DENIES)
		return "denied";
	if (not == NEGATION_UNTIL)
		return classes_between(s, low, trigger) & W_PLAN ? "planned" : "held";
	if (not == NEGATION_NO_DATE)
		return "proposed";
	if (around & W_PROPOSE)
		return "proposed";
	bool ahead = is(s, from, "their") && (is(s, near, "ahead") || is(s, near + 1, "before"));
	if (((path & W_PLAN) && !(theirs && is(s, trigger, "met"))) || ahead)
		return "planned";
	if (near_word(s, high, "later") || near_word(s, high, "scheduled"))
		return "planned";
	if (infinitive(s, trigger) && !is(s, trigger, "meeting") && !(path & W_GO && path & W_HOLD))
		return "planned";
	return "held";
}

static bool usable(const struct timex3 *t) { return interval_any(t->days) && t->days.precision <= PREC_YEAR && (t->type[0] == 'D' || t->type[0] == 'T') && t->type[1] != 'U'; }

static uint32_t distance(const struct timex3 *t, uint32_t place) { return t->start > place ? t->start - place : place - t->start; }

/* "their first meeting since 2015", "who had stayed at home since May 2011, met": the day is that of something before. */
static bool since(const struct scene *s, const struct timex3 *t, uint32_t trigger)
{
	uint32_t i = 0;
	while (i < s->n && at(s, i)->start < t->start)
		i++;
	for (uint32_t n = 0; i > 0 && n < 8; i--, n++) {
		if (i == trigger || i >= s->n || at(s, i)->before == ',' || at(s, i)->before == ';')
			return false;
		if (is(s, i - 1, "since"))
			return true;
	}
	return false;
}

/* Those in office when it was written: then "met" is news. */
static bool in_office(const struct scene *s, const struct party *who)
{
	bool all = true;
	for (uint32_t i = 0; i < who->n; i++)
		all &= s->f->mentions[who->v[i]].office_key.n > 0;
	return all;
}

struct interval meeting_days(const struct scene *s, uint32_t trigger, const char **status, const struct party *who)
{
	uint32_t high = at(s, s->n - 1)->end, place = at(s, trigger)->start;
	const struct timex3 *best = NULL;
	bool dated = interval_any(s->d->published.days);
	struct interval written = dated ? s->d->published.days : s->f->inferred.days;
	for (size_t i = s->day; i < s->day_end; i++) {
		const struct timex3 *t = &s->f->days[i];
		if (t->end <= high && usable(t) && !since(s, t, trigger) && (!best || distance(t, place) < distance(best, place)))
			best = t;
	}
	bool held = strcmp(*status, "held") == 0;
	if (best) {
		if (held && dated && best->days.from > written.to)
			*status = "planned";
		bool over = !held && dated && best->days.to < written.from; /* the day is something else's */
		return over ? (struct interval){.precision = PREC_NONE} : best->days;
	}
	if (!held || !interval_any(written) || !in_office(s, who))
		return (struct interval){.precision = PREC_NONE};
	if (written.precision == PREC_DAY)
		return (struct interval){written.from - 6, written.to, PREC_WEEK};
	return written;
}

const char *meeting_day_how(const struct facts *f, const struct meeting *m)
{
	size_t i = 0, end = f->n_days;
	while (i < end) { /* the first of the sentence: they come in the order of the text */
		size_t middle = i + (end - i) / 2;
		if (f->days[middle].start < m->start)
			i = middle + 1;
		else
			end = middle;
	}
	for (; i < f->n_days && f->days[i].start < m->end; i++) {
		const struct timex3 *t = &f->days[i];
		if (t->end <= m->end && usable(t) && t->days.from == m->days.from && t->days.to == m->days.to)
			return "stated";
	}
	return "inferred";
}

struct span meeting_place(const struct scene *s, uint32_t trigger)
{
	for (uint32_t i = trigger + 1; i + 1 < s->n && i < trigger + 20; i++) {
		if (!(is(s, i, "in") || is(s, i, "at")) || at(s, i)->before == '"')
			continue;
		uint32_t k = i + 1;
		while (k < s->n && k < i + 4 && (at(s, k)->flags & TOKEN_UPPER) && !s->who[k] && !has(s, k, W_TIME | W_DET) && (at(s, k)->before == ' ' || (at(s, k)->before == '-' && k > i + 1)))
			k++;
		if (k > i + 1)
			return span_sub(s->t->text, at(s, i + 1)->start, at(s, k - 1)->end);
	}
	return SPAN_NONE;
}

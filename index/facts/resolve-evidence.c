/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What speaks for a leader where the text gives a family name alone: the date, the country, the title.
 * The weights are few and round; they were chosen on diplomatic papers and newswire, and the tests hold them in place.
 */
#include "index/facts/resolve.h"

bool person_of_country(const struct person *p, uint32_t country)
{
	for (uint32_t i = 0; i < p->n_countries; i++)
		if (p->countries[i] == country)
			return true;
	return false;
}

bool place_is_of(const struct gazetteer *g, const struct place_spot *place, const struct person *p)
{
	for (uint32_t h = hang_first(&g->trie, place->node, HANG_COUNTRY); h; h = hang_next(&g->trie, h))
		if (person_of_country(p, (uint32_t)g->trie.hangs[h].what / 4))
			return true;
	return false;
}

static bool office_covers(const struct office *o, struct interval ref)
{
	return o->from.from <= ref.to && (!interval_any(o->to) || o->to.to >= ref.from);
}

bool held_office(const struct person *p, unsigned kinds, struct interval ref)
{
	for (uint32_t i = 0; i < p->pub.n_offices; i++)
		if ((kinds >> p->pub.offices[i].kind & 1) && (!interval_any(ref) || office_covers(&p->pub.offices[i], ref)))
			return true;
	return false;
}

int32_t office_held(const struct gazetteer *g, const struct person *p, struct interval ref)
{
	const struct office *best = NULL;
	unsigned best_rank = 0;
	for (uint32_t i = 0; interval_any(ref) && i < p->pub.n_offices; i++) {
		const struct office *o = &p->pub.offices[i];
		unsigned rank = 8 - o->kind + (span_eq(o->country, p->pub.country) ? 8 : 0); /* France before Andorra, state before government */
		if (office_covers(o, ref) && rank > best_rank)
			best = o, best_rank = rank;
	}
	return best ? (int32_t)(best - g->offices) : -1;
}

/* A year in the same sentence before the time of the text: "in 1994 the Russian president …". */
struct interval sentence_days(const struct resolver *r, const struct reading *in, uint32_t from, uint32_t to)
{
	struct interval found = {.precision = PREC_NONE}, none = found;
	uint32_t low = from, high = to;
	while (low > 0 && from - low < 60 && !(in->t->v[low].flags & TOKEN_SENTENCE))
		low--;
	while (high < in->t->n && high - to < 60 && !(in->t->v[high].flags & TOKEN_SENTENCE))
		high++;
	for (uint32_t k = low; k < high; k++) {
		uint64_t year;
		if (!(in->t->v[k].flags & TOKEN_DIGITS) || in->t->v[k].len != 4 || !span_to_u64(token_word(in->t, k), &year) || year < 1900 || year >= 2100)
			continue;
		struct interval days = interval_year((int)year);
		if (interval_any(found) && found.from != days.from)
			return none; /* two years: neither */
		found = days;
	}
	return interval_any(found) && (!interval_any(r->ref) || found.to < r->ref.from) ? found : none;
}

/* How well the career fits the time of the text, or of the sentence. */
static double evidence_of_time(const struct resolver *r, const struct person *p)
{
	if (!interval_any(r->ref) || !interval_any(p->active))
		return p->great ? 0.5 : -0.5;
	if (held_office(p, 7, r->ref))
		return 3;
	if (interval_overlaps(p->active, r->ref))
		return 2;
	if (interval_any(r->then) && held_office(p, 7, r->then))
		return 2;
	if (p->active.to < r->ref.from) {
		int years = (r->ref.from - p->active.to) / 365;
		return years <= 1 ? 2 : years <= 5 ? 1.5 : years <= 12 ? 1 : years <= 25 ? 0 : years <= 60 ? -1 : -2;
	}
	int years = (p->active.from - r->ref.to) / 365;
	return years <= 0 ? 2 : years <= 2 ? 1 : years <= 6 ? 0 : years <= 15 ? -1.5 : years <= 25 ? -3 : -8;
}

static bool country_seen(const struct resolver *r, const struct person *p)
{
	for (uint32_t i = 0; i < p->n_countries; i++)
		if (r->countries[p->countries[i]])
			return true;
	return false;
}

double evidence_for(const struct resolver *r, const struct reading *in, const struct name_spot *s, const struct person *p)
{
	double e = evidence_of_time(r, p) + (double)p->weight - 0.5;
	if (s->title_class == TITLE_OTHER)
		e -= 2;
	if (s->place >= 0)
		e += place_is_of(r->g, &in->places[s->place], p) ? 3 : -3;
	if (s->title_class == TITLE_BOARD)
		e -= s->place >= 0 ? 0 : 1;
	else if (s->title >= 0 && titles[s->title].offices) {
		bool then = held_office(p, titles[s->title].offices, r->ref), ever = held_office(p, titles[s->title].offices, (struct interval){.precision = PREC_NONE});
		e += then && !s->former ? 2.5 : ever ? 1 : -1;
	}
	e += country_seen(r, p) ? 1.5 : p->great ? 0.5 : r->n_leaders && held_office(p, 7, r->ref) ? -0.5 : -1.5;
	return e;
}

/* When nobody says when a text was written: the year that it names most. */
struct interval reference_days(const struct resolver *r, bool *dated)
{
	*dated = interval_any(r->d->published.days);
	if (*dated)
		return r->d->published.days;
	uint16_t counts[200] = {0};
	int best = -1;
	const struct tokens *t = r->text.t;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t year;
		if (!(t->v[i].flags & TOKEN_DIGITS) || t->v[i].len != 4 || !span_to_u64(token_word(t, i), &year) || year < 1900 || year >= 2100)
			continue;
		int k = (int)year - 1900;
		counts[k]++;
		if (best < 0 || counts[k] > counts[best] || (counts[k] == counts[best] && k > best))
			best = k;
	}
	return best < 0 ? (struct interval){.precision = PREC_NONE} : interval_year(1900 + best);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* leaders_find: reads title and text, has them resolved, and writes the decisions down as mentions. */
#include "index/facts/facts.h"
#include "index/facts/resolve.h"

static uint32_t merged(const struct gazetteer *g, uint32_t who)
{
	return who < g->n_merged && g->merged[who] >= 0 ? (uint32_t)g->merged[who] : who;
}

static void office_key(struct resolver *r, struct mention *m, const struct decision *d)
{
	int32_t row = d->office >= 0 ? d->office : office_held(r->g, &r->g->people[d->leader], r->ref);
	m->office = d->office;
	if (row < 0)
		return;
	const struct office *o = &r->g->offices[row];
	m->office_key = arena_printf(r->a, "%.*s/%s", SPAN_ARG(o->country), office_kind_word(o->kind));
}

static void fill(struct resolver *r, struct mention *m, const struct decision *d)
{
	const struct tokens *t = r->text.t;
	const struct gazetteer *g = r->g;
	*m = (struct mention){.start = t->v[d->from].start, .end = t->v[d->to - 1].end, .how = d->how, .sure = d->sure, .why = d->why ? d->why : d->how, .office = -1};
	m->surface = span_sub(t->text, m->start, m->end);
	if (d->verdict == VERDICT_AMBIGUOUS) {
		m->candidates = arena_array(r->a, struct span, d->n_candidates);
		for (uint32_t i = 0; i < d->n_candidates; i++) {
			struct span id = g->people[merged(g, d->candidates[i])].pub.id;
			m->candidates[m->n_candidates++] = id;
		}
		return;
	}
	m->leader = g->people[merged(g, d->leader)].pub.id;
	if (d->verdict == VERDICT_LEADER)
		office_key(r, m, d);
}

static size_t collect(struct resolver *r, enum verdict verdict, struct mention **out)
{
	size_t n = 0, k = 0;
	for (size_t i = 0; i < r->n_out; i++)
		n += r->out[i].verdict == verdict;
	*out = arena_array(r->a, struct mention, n);
	for (size_t i = 0; i < r->n_out; i++)
		if (r->out[i].verdict == verdict)
			fill(r, &(*out)[k++], &r->out[i]);
	return n;
}

/* Decisions come nearly in order: names, then offices. */
static void sort_decisions(struct resolver *r)
{
	size_t mid = 0;
	while (mid + 1 < r->n_out && r->out[mid].from <= r->out[mid + 1].from)
		mid++;
	if (mid + 1 >= r->n_out)
		return;
	struct decision *sorted = arena_array(r->a, struct decision, r->n_out);
	uint32_t *count = arena_array(r->a, uint32_t, r->text.t->n + 1);
	for (size_t i = 0; i < r->n_out; i++)
		count[r->out[i].from + 1]++;
	for (size_t i = 0; i < r->text.t->n; i++)
		count[i + 1] += count[i];
	for (size_t i = 0; i < r->n_out; i++)
		sorted[count[r->out[i].from]++] = r->out[i];
	r->out = sorted;
}

void leaders_find(struct arena *a, const struct gazetteer *g, const struct document *d, const struct tokens *t, struct facts *out)
{
	struct resolver r = {.a = a, .g = g, .d = d};
	struct tokens title, source;
	tokens_make(a, d->title, &title);
	tokens_make(a, d->source, &source);
	mention_scan(a, g, &title, &r.title);
	mention_scan(a, g, &source, &r.source);
	mention_scan(a, g, t, &r.text);
	if (r.text.n_names || r.text.n_titles) {
		resolve_document(&r);
		sort_decisions(&r);
	}
	out->n_mentions = collect(&r, VERDICT_LEADER, &out->mentions);
	out->n_ambiguous = collect(&r, VERDICT_AMBIGUOUS, &out->ambiguous);
	out->n_rejected = collect(&r, VERDICT_REJECTED, &out->rejected);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct document + struct facts → JSON, as POST /v1/analyze and GET /v1/docs/{id} show them. Adds nothing and decides nothing:
 * leaders are grouped, most mentioned first, and everything else comes in the order of the text.
 */
#include "index/query/present.h"

#include "index/facts/facts.h"
#include "index/facts/meetings.h"

struct span present_name(const struct gazetteer *g, struct span id)
{
	const struct leader *l = g ? gazetteer_by_id(g, id) : NULL;
	return l && l->name.n ? l->name : id;
}

const struct when *present_published(const struct document *d, const struct facts *f)
{
	if (interval_any(d->published.days))
		return &d->published;
	return interval_any(f->inferred.days) ? &f->inferred : NULL;
}

static void title(struct jw *w, const struct document *d)
{
	jw_key(w, "title");
	if (!d->title.n) {
		jw_null(w);
		return;
	}
	jw_open(w, '{');
	jw_field_str(w, "text", d->title);
	jw_field_str(w, "how", d->title_how);
	jw_close(w, '}');
}

/* The sentence in which something stands; empty where sentences are unknown. */
static struct span sentence_of(const struct document *d, const struct facts *f, uint32_t at)
{
	for (size_t i = 0; i < f->n_sentences; i++)
		if (f->sentences[i].start <= at && at < f->sentences[i].end && f->sentences[i].end <= d->text.n)
			return span_sub(d->text, f->sentences[i].start, f->sentences[i].end);
	return SPAN_NONE;
}

/* What an inferred publication rests on: the days of the text that set its ends, or that contradict one another. */
static void rests_on(struct jw *w, const struct document *d, const struct facts *f)
{
	if (interval_any(d->published.days) || !f->n_inferred_from)
		return;
	jw_key(w, "inferred_from");
	jw_open(w, '[');
	for (size_t i = 0; i < f->n_inferred_from; i++) {
		const struct timex3 *t = &f->days[f->inferred_from[i]];
		jw_open(w, '{');
		jw_field_int(w, "start", t->start);
		jw_field_int(w, "end", t->end);
		jw_field_str(w, "surface", t->surface);
		jw_field_str_or_null(w, "sentence", sentence_of(d, f, t->start));
		jw_close(w, '}');
	}
	jw_close(w, ']');
	if (f->inferred.conflict)
		jw_field_bool(w, "contradictory", true);
}

/* When it was changed after it had appeared, if the page says so. */
static void updated(struct jw *w, const struct document *d)
{
	for (size_t i = 0; i < d->n_dates; i++) {
		const struct when *c = &d->dates[i];
		if (!c->how || strcmp(c->how, "modified") != 0 || (interval_any(d->published.days) && c->days.from <= d->published.days.to))
			continue;
		jw_key(w, "updated");
		jw_when(w, c);
		return;
	}
}

static void dates_found(struct jw *w, const struct document *d)
{
	if (d->n_dates < 1 || (d->n_dates == 1 && interval_any(d->published.days)))
		return;
	jw_key(w, "dates");
	jw_open(w, '[');
	for (size_t i = 0; i < d->n_dates; i++)
		jw_when(w, &d->dates[i]);
	jw_close(w, ']');
}

static void place(struct jw *w, const struct mention *m)
{
	jw_field_int(w, "start", m->start);
	jw_field_int(w, "end", m->end);
	jw_field_str(w, "surface", m->surface);
}

static void mention(struct jw *w, const struct mention *m)
{
	jw_open(w, '{');
	place(w, m);
	jw_field_z(w, "how", m->how);
	jw_key(w, "sure");
	jw_num(w, (double)m->sure);
	if (m->office_key.n)
		jw_field_str(w, "office", m->office_key);
	jw_close(w, '}');
}

static void leaders(struct jw *w, struct arena *a, const struct gazetteer *g, const struct facts *f)
{
	struct leader_count *counts = NULL;
	size_t n = facts_leaders(a, f, &counts);
	jw_key(w, "leaders");
	jw_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		jw_open(w, '{');
		jw_field_str(w, "id", counts[i].id);
		jw_field_str(w, "name", present_name(g, counts[i].id));
		jw_key(w, "mentions");
		jw_open(w, '[');
		for (size_t k = 0; k < f->n_mentions; k++)
			if (span_eq(f->mentions[k].leader, counts[i].id))
				mention(w, &f->mentions[k]);
		jw_close(w, ']');
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void rejected(struct jw *w, const struct facts *f)
{
	jw_key(w, "rejected");
	jw_open(w, '[');
	for (size_t i = 0; i < f->n_rejected; i++) {
		jw_open(w, '{');
		place(w, &f->rejected[i]);
		jw_field_str_or_null(w, "not", f->rejected[i].leader);
		jw_field_z(w, "why", f->rejected[i].why);
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void ambiguous(struct jw *w, const struct facts *f)
{
	jw_key(w, "ambiguous");
	jw_open(w, '[');
	for (size_t i = 0; i < f->n_ambiguous; i++) {
		const struct mention *m = &f->ambiguous[i];
		jw_open(w, '{');
		place(w, m);
		jw_key(w, "candidates");
		jw_open(w, '[');
		for (uint32_t k = 0; k < m->n_candidates; k++)
			jw_str(w, m->candidates[k]);
		jw_close(w, ']');
		if (m->why)
			jw_field_z(w, "why", m->why);
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void day(struct jw *w, const struct timex3 *t)
{
	jw_open(w, '{');
	jw_field_int(w, "start", t->start);
	jw_field_int(w, "end", t->end);
	jw_field_str(w, "surface", t->surface);
	jw_field_z(w, "type", t->type);
	jw_field_str(w, "value", t->value);
	if (interval_any(t->days))
		jw_interval(w, t->days, false);
	jw_field_z(w, "how", t->how);
	if (t->rule)
		jw_field_z(w, "rule", t->rule);
	if (t->anchor != UINT32_MAX)
		jw_field_int(w, "anchor", t->anchor);
	jw_close(w, '}');
}

static void meeting(struct jw *w, const struct facts *f, const struct meeting *m)
{
	jw_open(w, '{');
	jw_key(w, "leaders");
	jw_open(w, '[');
	for (uint32_t k = 0; k < m->n_leaders; k++)
		jw_str(w, m->leaders[k]);
	jw_close(w, ']');
	jw_field_z(w, "status", m->status);
	jw_key(w, "day");
	if (interval_any(m->days)) {
		jw_open(w, '{');
		jw_interval(w, m->days, true);
		jw_field_z(w, "how", meeting_day_how(f, m));
		jw_close(w, '}');
	} else {
		jw_null(w);
	}
	jw_field_str_or_null(w, "place", m->place);
	jw_field_int(w, "start", m->start);
	jw_field_int(w, "end", m->end);
	jw_close(w, '}');
}

static const char *why_dropped(enum drop_reason why)
{
	static const char *const words[] = {
#define X(name, word) word,
		DROP_REASONS(X)
#undef X
	};
	return words[why < DROP_COUNT_ ? why : DROP_OTHER];
}

static void dropped_blocks(struct jw *w, const struct document *d)
{
	jw_key(w, "dropped");
	jw_open(w, '[');
	for (size_t i = 0; i < d->n_dropped; i++) {
		jw_open(w, '{');
		jw_field_str(w, "text", d->dropped[i].text);
		jw_field_z(w, "why", why_dropped(d->dropped[i].why));
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

void present_members(struct jw *w, struct arena *a, const struct gazetteer *g, const struct document *d, const struct facts *f, bool dropped)
{
	jw_field_str(w, "id", d->id);
	title(w, d);
	jw_field_str_or_null(w, "author", d->author);
	jw_field_str_or_null(w, "lang", d->lang);
	jw_field_str_or_null(w, "url", d->url);
	jw_field_str_or_null(w, "source", d->source);
	jw_key(w, "published");
	jw_when(w, present_published(d, f));
	updated(w, d);
	rests_on(w, d, f);
	dates_found(w, d);
	jw_field_str(w, "text", d->text);
	if (dropped)
		dropped_blocks(w, d);
	leaders(w, a, g, f);
	rejected(w, f);
	ambiguous(w, f);
	jw_key(w, "days");
	jw_open(w, '[');
	for (size_t i = 0; i < f->n_days; i++)
		day(w, &f->days[i]);
	jw_close(w, ']');
	jw_key(w, "meetings");
	jw_open(w, '[');
	for (size_t i = 0; i < f->n_meetings; i++)
		meeting(w, f, &f->meetings[i]);
	jw_close(w, ']');
	if (d->replaced)
		jw_field_int(w, "replaced_bytes", d->replaced);
}

void present_analysis(struct jw *w, struct arena *a, const struct gazetteer *g, const struct document *d, const struct facts *f)
{
	jw_open(w, '{');
	present_members(w, a, g, d, f, true);
	jw_close(w, '}');
}

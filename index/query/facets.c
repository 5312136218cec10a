/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facets as JSON: what tally.c and dates.c have counted, the first n of it, and what was cut. Values and buckets are texts that are made once. */
#include "index/query/facets.h"

#include "base/mem.h"

struct counted {
	uint64_t count;
	uint32_t number;
	struct span id;
};

static int by_count(const void *x, const void *y)
{
	const struct counted *a = x, *b = y;
	return a->count != b->count ? (a->count > b->count ? -1 : 1) : span_cmp(a->id, b->id);
}

static bool before(const struct counted *a, const struct counted *b) { return by_count(a, b) < 0; }

/* v[0] is the last of the n; room for a new one at i, from where it moves towards its place. */
static void sift_down(struct counted *v, size_t n, struct counted x)
{
	size_t i = 0;
	for (size_t kid; (kid = 2 * i + 1) < n; i = kid) {
		kid += kid + 1 < n && before(&v[kid], &v[kid + 1]);
		if (!before(&x, &v[kid]))
			break;
		v[i] = v[kid];
	}
	v[i] = x;
}

/* The first `want` of n, in order. A long tail is looked at once, not sorted: the first `want` are kept as a heap whose top is their last. */
static void choose_first(struct counted *v, size_t n, size_t want)
{
	if (!n || !want)
		return;
	if (want >= n / 2)
		return qsort(v, n, sizeof *v, by_count);
	qsort(v, want, sizeof *v, by_count);
	for (size_t i = 0; i < want / 2; i++) { /* in falling order it is a heap */
		struct counted x = v[i];
		v[i] = v[want - 1 - i];
		v[want - 1 - i] = x;
	}
	for (size_t i = want; i < n; i++)
		if (before(&v[i], &v[0]))
			sift_down(v, want, v[i]);
	qsort(v, want, sizeof *v, by_count);
}

/* Members id, name, and "count": */
static struct span value_json(struct job *j, enum facet field, const struct counted *v)
{
	struct texts *t = &j->e->values[field];
	struct span known = texts_at(t, v->number);
	if (known.n)
		return known;
	struct jw w = {.out = texts_begin(t, v->number)};
	jw_field_str(&w, "id", v->id);
	jw_field_str(&w, "name", engine_value_name(j->e, field, v->number));
	jw_key(&w, "count");
	return texts_end(t, v->number);
}

static void write_values(struct job *j, enum facet field, const struct counted *v, size_t n)
{
	jw_key(&j->w, "values");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < n; i++)
		jw_counted(&j->w, value_json(j, field, &v[i]), v[i].count);
	jw_close(&j->w, ']');
}

static void cut(struct str *truncated, const char *name, size_t shown, size_t all)
{
	if (shown < all)
		str_printf(truncated, "%s\"%s\":\"top %zu of %zu\"", truncated->n ? "," : "", name, shown, all);
}

static void value_facet(struct job *j, const struct plan *p, const struct facet_ask *ask, struct str *truncated)
{
	uint32_t n = j->e->names[ask->facet].n;
	uint64_t *counts = arena_array(j->a, uint64_t, n + 1u), missing = 0;
	struct counted *v = arena_raw(j->a, (n + 1u) * sizeof *v);
	size_t distinct = 0;
	count_values(j, plan_rows(j, p, SIZE_MAX, ask->facet), ask->facet, j->r.stories, counts, &missing);
	for (uint32_t i = 0; i < n; i++)
		if (counts[i])
			v[distinct++] = (struct counted){counts[i], i, names_at(&j->e->names[ask->facet], i)};
	size_t shown = distinct < ask->n ? distinct : ask->n;
	choose_first(v, distinct, shown);
	write_values(j, ask->facet, v, shown);
	jw_field_int(&j->w, "distinct", distinct);
	jw_field_int(&j->w, "missing", missing);
	cut(truncated, facet_word(ask->facet), shown, distinct);
}

/* ---- dates ---- */

static void write_buckets(struct job *j, const char *key, enum granularity grain, const struct bucket *b, size_t n)
{
	jw_key(&j->w, key);
	jw_open(&j->w, '[');
	for (size_t i = 0; i < n; i++)
		jw_counted(&j->w, bucket_json(&j->e->buckets[grain], b[i].number), b[i].count);
	jw_close(&j->w, ']');
}

static void date_facet(struct job *j, const struct plan *p, const struct facet_ask *ask, struct str *truncated)
{
	struct date_counts d;
	count_dates(j, p->match_rows, j->r.mentioned, ask->grain, j->r.stories, &d);
	jw_field_z(&j->w, "axis", j->r.mentioned ? "mentioned" : "published");
	jw_field_z(&j->w, "granularity", granularity_word(d.grain));
	write_buckets(j, "buckets", d.grain, d.fine, d.n_fine);
	size_t shown = d.n_coarse < j->e->limits.buckets ? d.n_coarse : j->e->limits.buckets;
	write_buckets(j, "coarser", d.grain, d.coarse, shown);
	jw_field_int(&j->w, "undated", d.undated);
	if (d.cut)
		str_printf(truncated, "%s\"date\":\"%s instead of %s: more than %u buckets\"", truncated->n ? "," : "", granularity_word(d.grain),
			granularity_word(ask->grain), j->e->limits.buckets);
	else
		cut(truncated, "date", shown, d.n_coarse);
}

/* ---- stories ---- */

struct story_count {
	uint64_t story, count;
};

static int by_story_count(const void *x, const void *y)
{
	const struct story_count *a = x, *b = y;
	return a->count != b->count ? (a->count > b->count ? -1 : 1) : a->story < b->story ? -1 : a->story > b->story;
}

/* Stories with two documents or more in the match. */
static void story_facet(struct job *j, const struct plan *p, const struct facet_ask *ask, struct str *truncated)
{
	struct place_of *v;
	size_t n = story_places(j, p->match_rows, &v), n_stories = 0, several = 0;
	struct story_count *s = arena_raw(j->a, (n + 1) * sizeof *s);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || v[i].story != v[i - 1].story)
			s[n_stories++] = (struct story_count){v[i].story, 0};
		s[n_stories - 1].count++;
	}
	if (n_stories)
		qsort(s, n_stories, sizeof *s, by_story_count);
	while (several < n_stories && s[several].count > 1)
		several++;
	size_t shown = several < ask->n ? several : ask->n;
	jw_key(&j->w, "values");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < shown; i++) {
		jw_open(&j->w, '{');
		jw_field_int(&j->w, "id", story_shown(s[i].story));
		jw_field_int(&j->w, "count", s[i].count);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, ']');
	jw_field_int(&j->w, "distinct", n_stories);
	jw_field_int(&j->w, "missing", 0);
	cut(truncated, "story", shown, several);
}

void facets_write(struct job *j, const struct plan *p, struct str *truncated)
{
	jw_key(&j->w, "facets");
	jw_open(&j->w, '{');
	for (size_t i = 0; i < j->r.n_facets; i++) {
		const struct facet_ask *ask = &j->r.facets[i];
		jw_key(&j->w, facet_word(ask->facet));
		jw_open(&j->w, '{');
		if (ask->facet == FACET_DATE)
			date_facet(j, p, ask, truncated);
		else if (ask->facet == FACET_STORY)
			story_facet(j, p, ask, truncated);
		else
			value_facet(j, p, ask, truncated);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, '}');
}

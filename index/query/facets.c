/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One walk over the set for each facet:
 *
 *	rows ─ column ─► ordinals of the segment ─ counted there ─ global[] ─► counts by number of the engine ─► the top n
 *
 * For stories the rows of all segments are sorted by story, and each value remembers the last story that counted it.
 */
#include "index/query/facets.h"

#include "base/mem.h"

/* ---- rows of stories ---- */

static int by_story(const void *x, const void *y)
{
	const struct place_of *a = x, *b = y;
	if (a->story != b->story)
		return a->story < b->story ? -1 : 1;
	return a->view != b->view ? (a->view < b->view ? -1 : 1) : a->row < b->row ? -1 : a->row > b->row;
}

const uint64_t *set_of(struct job *j, const uint64_t *const *rows, size_t view)
{
	const struct view *v = j->e->views[view];
	if (rows[view])
		return rows[view];
	uint64_t *all = arena_raw(j->a, (v->n_words + 1) * sizeof *all);
	bits_fill(all, v->n_rows);
	return all;
}

size_t story_places(struct job *j, const uint64_t *const *rows, struct place_of **out)
{
	size_t n = 0, total = plan_count(j, rows);
	*out = arena_raw(j->a, (total + 1) * sizeof **out);
	for (uint32_t i = 0; i < j->e->n_views; i++) {
		const uint64_t *set = set_of(j, rows, i);
		BITS_EACH(set, j->e->views[i]->n_words, row)
			(*out)[n++] = (struct place_of){j->e->views[i]->c->story[row], i, row};
	}
	if (n)
		qsort(*out, n, sizeof **out, by_story);
	return n;
}

/* ---- values ---- */

static void count_in_view(struct job *j, const struct view *v, const uint64_t *set, enum facet field, uint64_t *counts, uint64_t *missing)
{
	const struct list_column *list = view_list(v, field);
	uint32_t n = view_dictionary(v, field)->n, *here = arena_array(j->a, uint32_t, n + 1u), without = 0;
	if (list) {
		BITS_EACH(set, v->n_words, row) {
			uint32_t i = list->start[row], end = list->start[row + 1];
			without += i == end;
			for (; i < end; i++)
				here[list->item[i]]++;
		}
	} else {
		const uint32_t *single = view_single(v, field);
		BITS_EACH(set, v->n_words, row) {
			uint32_t ordinal = single[row];
			without += ordinal == NO_ORDINAL;
			if (ordinal != NO_ORDINAL)
				here[ordinal]++;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		counts[v->global[field][i]] += here[i];
	*missing += without;
}

static uint32_t row_values(const struct view *v, enum facet field, uint32_t row, const uint32_t **out)
{
	const struct list_column *list = view_list(v, field);
	if (list) {
		*out = list->item + list->start[row];
		return list->start[row + 1] - list->start[row];
	}
	*out = view_single(v, field) + row;
	return **out != NO_ORDINAL;
}

static void count_stories(struct job *j, const uint64_t *const *rows, enum facet field, uint64_t *counts, uint64_t *missing)
{
	struct place_of *p;
	size_t n = story_places(j, rows, &p), some = 0, stories = 0;
	uint64_t *seen = arena_array(j->a, uint64_t, j->e->names[field].n + 1u); /* number of the story that counted it last */
	for (size_t i = 0, any = 0; i < n; i++) {
		const struct view *v = j->e->views[p[i].view];
		const uint32_t *values;
		bool fresh = i == 0 || p[i].story != p[i - 1].story;
		stories += fresh;
		any = fresh ? 0 : any;
		uint32_t k = row_values(v, field, p[i].row, &values);
		if (k && !any)
			any = 1, some++;
		while (k--) {
			uint32_t number = v->global[field][values[k]];
			if (seen[number] != stories)
				counts[number]++;
			seen[number] = stories;
		}
	}
	*missing += stories - some;
}

void count_values(struct job *j, const uint64_t *const *rows, enum facet field, bool stories, uint64_t *counts, uint64_t *missing)
{
	if (stories) {
		count_stories(j, rows, field, counts, missing);
		return;
	}
	for (size_t i = 0; i < j->e->n_views; i++)
		count_in_view(j, j->e->views[i], set_of(j, rows, i), field, counts, missing);
}

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

static void write_values(struct job *j, enum facet field, const struct counted *v, size_t n)
{
	jw_key(&j->w, "values");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < n; i++) {
		jw_open(&j->w, '{');
		jw_field_str(&j->w, "id", v[i].id);
		jw_field_str(&j->w, "name", engine_value_name(j->e, field, v[i].number));
		jw_field_int(&j->w, "count", v[i].count);
		jw_close(&j->w, '}');
	}
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
	if (distinct)
		qsort(v, distinct, sizeof *v, by_count);
	size_t shown = distinct < ask->n ? distinct : ask->n;
	write_values(j, ask->facet, v, shown);
	jw_field_int(&j->w, "distinct", distinct);
	jw_field_int(&j->w, "missing", missing);
	cut(truncated, facet_word(ask->facet), shown, distinct);
}

/* ---- dates ---- */

void bucket_write(struct jw *w, const struct bucket *b)
{
	struct str s = {0};
	interval_text(&s, b->days);
	jw_field_str(w, "text", str_view(&s));
	str_clear(&s);
	day_text(&s, b->days.from);
	jw_field_str(w, "from", str_view(&s));
	str_clear(&s);
	day_text(&s, b->days.to);
	jw_field_str(w, "to", str_view(&s));
	jw_field_int(w, "count", b->count);
	str_done(&s);
}

static void write_buckets(struct job *j, const char *key, const struct bucket *b, size_t n)
{
	jw_key(&j->w, key);
	jw_open(&j->w, '[');
	for (size_t i = 0; i < n; i++) {
		jw_open(&j->w, '{');
		bucket_write(&j->w, &b[i]);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, ']');
}

static void date_facet(struct job *j, const struct plan *p, const struct facet_ask *ask, struct str *truncated)
{
	struct date_counts d;
	count_dates(j, p->match_rows, j->r.mentioned, ask->grain, j->r.stories, &d);
	jw_field_z(&j->w, "axis", j->r.mentioned ? "mentioned" : "published");
	jw_field_z(&j->w, "granularity", granularity_word(d.grain));
	write_buckets(j, "buckets", d.fine, d.n_fine);
	size_t shown = d.n_coarse < j->e->limits.buckets ? d.n_coarse : j->e->limits.buckets;
	write_buckets(j, "coarser", d.coarse, shown);
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
		jw_field_int(&j->w, "id", story_number(s[i].story));
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

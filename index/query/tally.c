/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting values: lists (leaders, countries, offices) by their rows, single values (source, lang) by 64 rows at once. Stories are sorted, but for
 * those of one document, which are counted like any row.
 */
#include "index/query/tally.h"

#include "base/mem.h"
#include "index/query/story-rows.h"

struct view_tally {
	struct field_tally {
		uint64_t *has;    /* lists: rows with a value, */
		uint64_t *one;    /* with one, which is in */
		uint16_t *only;   /* by row; where values have too great numbers `one` is empty */
		uint32_t n_has;
		uint32_t *totals; /* by ordinal, over all rows */
		uint32_t *uniform; /* single values */
	} of[N_FIELDS];
};

void view_tally_free(struct view_tally *t)
{
	for (int f = 0; t && f < N_FIELDS; f++) {
		free(t->of[f].has);
		free(t->of[f].one);
		free(t->of[f].only);
		free(t->of[f].totals);
		free(t->of[f].uniform);
	}
	free(t);
}

/* ---- sets ---- */

const uint64_t *set_of(struct job *j, const uint64_t *const *rows, size_t view)
{
	const struct view *v = j->e->views[view];
	if (rows[view])
		return rows[view];
	uint64_t *all = arena_raw(j->a, (v->n_words + 1) * sizeof *all);
	bits_fill(all, v->n_rows);
	return all;
}

uint64_t sets_count(struct job *j, const uint64_t *const *rows)
{
	uint64_t n = 0;
	for (size_t i = 0; i < j->e->n_views; i++)
		n += rows[i] ? bits_count(rows[i], j->e->views[i]->n_words) : j->e->views[i]->n_rows;
	return n;
}

/* ---- lists ---- */

/* Every row of the set has a value. */
static void count_list(const struct list_column *c, const struct field_tally *t, const uint64_t *set, size_t n_words, uint32_t *here)
{
	const uint32_t *start = c->start, *item = c->item;
	for (size_t w = 0; w < n_words; w++) {
		const uint16_t *only = t->only + w * 64;
		for (uint64_t left = set[w] & t->one[w]; left; left &= left - 1)
			here[only[__builtin_ctzll(left)]]++;
		for (uint64_t left = set[w] & ~t->one[w]; left; left &= left - 1) {
			uint32_t row = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left), i = start[row], end = start[row + 1];
			do
				here[item[i]]++;
			while (++i < end);
		}
	}
}

static struct field_tally *list_tally(struct view *v, enum facet field, const struct list_column *c, uint32_t n_values)
{
	if (!v->tally)
		v->tally = mem_alloc(sizeof *v->tally);
	struct field_tally *t = &v->tally->of[field];
	if (t->has)
		return t;
	t->has = mem_alloc((v->n_words + 1) * sizeof *t->has);
	t->one = mem_alloc((v->n_words + 1) * sizeof *t->one);
	bool fit = n_values <= UINT16_MAX;
	t->only = mem_alloc((fit ? v->n_rows + 1u : 1u) * sizeof *t->only);
	for (uint32_t row = 0; row < v->n_rows; row++) {
		uint32_t n = c->start[row + 1] - c->start[row];
		if (n)
			bits_set(t->has, row);
		if (n != 1 || !fit)
			continue;
		bits_set(t->one, row);
		t->only[row] = (uint16_t)c->item[c->start[row]];
	}
	t->n_has = bits_count(t->has, v->n_words);
	t->totals = mem_alloc((n_values + 1u) * sizeof *t->totals);
	for (uint32_t i = 0, n = v->n_rows ? c->start[v->n_rows] : 0; i < n; i++)
		t->totals[c->item[i]]++;
	return t;
}

static void list_in_view(struct job *j, struct view *v, const uint64_t *set, enum facet field, uint64_t *counts, uint64_t *missing)
{
	const struct list_column *c = view_list(v, field);
	uint32_t n = view_dictionary(v, field)->n, *here = arena_array(j->a, uint32_t, n + 1u);
	const struct field_tally *t = list_tally(v, field, c, n);
	uint64_t *some = arena_raw(j->a, (v->n_words + 1) * sizeof *some);
	for (size_t w = 0; w < v->n_words; w++)
		some[w] = set[w] & t->has[w];
	uint32_t n_some = bits_count(some, v->n_words);
	bool others = n_some > t->n_has / 2; /* fewer are left out than are in */
	for (size_t w = 0; others && w < v->n_words; w++)
		some[w] = ~set[w] & t->has[w];
	count_list(c, t, some, v->n_words, here);
	for (uint32_t i = 0; i < n; i++)
		counts[v->global[field][i]] += others ? t->totals[i] - here[i] : here[i];
	*missing += bits_count(set, v->n_words) - n_some;
}

/* ---- single values ---- */

uint32_t *uniform_words(const uint32_t *by_row, const uint32_t *of, uint32_t n_rows)
{
	size_t n = bits_words(n_rows);
	uint32_t *u = mem_alloc((n + 1) * sizeof *u);
	for (size_t w = 0; w < n; w++) {
		uint32_t row = (uint32_t)(w * 64), end = n_rows - row < 64 ? n_rows : row + 64;
		uint32_t first = of ? of[by_row[row]] : by_row[row];
		while (row < end && (of ? of[by_row[row]] : by_row[row]) == first)
			row++;
		u[w] = row == end ? first : MIXED;
	}
	return u;
}

static const uint32_t *single_tally(struct view *v, enum facet field, const uint32_t *by_row)
{
	if (!v->tally)
		v->tally = mem_alloc(sizeof *v->tally);
	struct field_tally *t = &v->tally->of[field];
	if (!t->uniform)
		t->uniform = uniform_words(by_row, NULL, v->n_rows);
	return t->uniform;
}

/* (64 rows without a value are looked at one by one: NO_ORDINAL is MIXED.) */
static void single_in_view(struct job *j, struct view *v, const uint64_t *set, enum facet field, uint64_t *counts, uint64_t *missing)
{
	const uint32_t *by_row = view_single(v, field), *uniform = single_tally(v, field, by_row);
	uint32_t n = view_dictionary(v, field)->n, *here = arena_array(j->a, uint32_t, n + 1u), seen = 0;
	bits_count_by(set, uniform, v->n_words, here);
	for (size_t w = 0; w < v->n_words; w++)
		for (uint64_t left = uniform[w] == MIXED ? set[w] : 0; left; left &= left - 1) {
			uint32_t ordinal = by_row[w * 64 + (size_t)__builtin_ctzll(left)];
			if (ordinal != NO_ORDINAL)
				here[ordinal]++;
		}
	for (uint32_t i = 0; i < n; i++) {
		counts[v->global[field][i]] += here[i];
		seen += here[i];
	}
	*missing += bits_count(set, v->n_words) - seen;
}

/* ---- stories ---- */

static int by_story(const void *x, const void *y)
{
	const struct place_of *a = x, *b = y;
	if (a->story != b->story)
		return a->story < b->story ? -1 : 1;
	return a->view != b->view ? (a->view < b->view ? -1 : 1) : a->row < b->row ? -1 : a->row > b->row;
}

size_t story_places(struct job *j, const uint64_t *const *rows, struct place_of **out)
{
	size_t n = 0, total = sets_count(j, rows);
	*out = arena_raw(j->a, (total + 1) * sizeof **out);
	for (uint32_t i = 0; i < j->e->n_views; i++) {
		const uint64_t *set = set_of(j, rows, i);
		BITS_EACH(set, j->e->views[i]->n_words, row)
			(*out)[n++] = (struct place_of){view_story(j->e->views[i], row), i, row};
	}
	if (n)
		qsort(*out, n, sizeof **out, by_story);
	return n;
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

const uint64_t **sets_of_stories(struct job *j, const uint64_t *const *rows, bool lonely)
{
	const uint64_t **out = arena_array(j->a, const uint64_t *, j->e->n_views + 1);
	for (size_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		const uint64_t *set = set_of(j, rows, i), *alone = view_lonely(j->e, v);
		uint64_t *some = arena_raw(j->a, (v->n_words + 1) * sizeof *some);
		for (size_t w = 0; w < v->n_words; w++)
			some[w] = set[w] & (lonely ? alone[w] : ~alone[w]);
		out[i] = some;
	}
	return out;
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

static void count_rows(struct job *j, const uint64_t *const *rows, enum facet field, uint64_t *counts, uint64_t *missing)
{
	for (size_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		if (view_list(v, field))
			list_in_view(j, v, set_of(j, rows, i), field, counts, missing);
		else
			single_in_view(j, v, set_of(j, rows, i), field, counts, missing);
	}
}

void count_values(struct job *j, const uint64_t *const *rows, enum facet field, bool stories, uint64_t *counts, uint64_t *missing)
{
	if (stories)
		count_stories(j, sets_of_stories(j, rows, false), field, counts, missing);
	count_rows(j, stories ? sets_of_stories(j, rows, true) : rows, field, counts, missing);
}

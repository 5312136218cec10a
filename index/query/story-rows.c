/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stories are numbers, given in the order in which documents came, so nearly all rows are in order already:
 *
 *	row    0 1 2 3 4 5
 *	story  1 2 1 4 2 6     in order: 1 2 4 6; sorted by themselves and merged in: 1 2
 */
#include "index/query/story-rows.h"

#include "base/mem.h"

static int by_story(const void *x, const void *y)
{
	const struct story_row *a = x, *b = y;
	return a->story != b->story ? (a->story < b->story ? -1 : 1) : a->row < b->row ? -1 : a->row > b->row;
}

static void merge(const struct story_row *a, size_t n_a, const struct story_row *b, size_t n_b, struct story_row *to)
{
	for (size_t i = 0, k = 0; i < n_a || k < n_b;)
		*to++ = k == n_b || (i < n_a && by_story(&a[i], &b[k]) < 0) ? a[i++] : b[k++];
}

const struct story_row *view_stories(struct view *v)
{
	if (v->stories)
		return v->stories;
	AUTO_FREE struct story_row *parts = mem_alloc(2 * (size_t)v->n_rows * sizeof *parts);
	struct story_row *in_order = parts, *rest = parts + v->n_rows;
	size_t n = 0, n_rest = 0;
	for (uint32_t row = 0; row < v->n_rows; row++) {
		struct story_row x = {view_story(v, row), row};
		if (n == 0 || in_order[n - 1].story <= x.story)
			in_order[n++] = x;
		else
			rest[n_rest++] = x;
	}
	if (n_rest)
		qsort(rest, n_rest, sizeof *rest, by_story);
	v->stories = mem_alloc((v->n_rows + 1u) * sizeof *v->stories);
	merge(in_order, n, rest, n_rest, v->stories);
	return v->stories;
}

uint32_t view_story_first(struct view *v, uint64_t story)
{
	const struct story_row *s = view_stories(v);
	uint32_t lo = 0, hi = v->n_rows;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (s[mid].story < story)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint32_t engine_story_size(struct engine *e, uint64_t story)
{
	uint32_t n = 0;
	for (size_t i = 0; i < e->n_views; i++) {
		struct view *v = e->views[i];
		const struct story_row *s = view_stories(v);
		for (uint32_t k = view_story_first(v, story); k < v->n_rows && s[k].story == story; k++)
			n += view_alive(v, s[k].row);
	}
	return n;
}

/* ---- alone ---- */

#define SPARSE 16 /* numbers that leave out so many are hashes of an older schema: nobody is alone then, as far as is known */

static void find_lonely(struct engine *e)
{
	uint64_t most = 0;
	for (size_t i = 0; i < e->n_views; i++)
		for (uint32_t row = 0; row < e->views[i]->n_rows; row++) {
			uint64_t story = view_story(e->views[i], row);
			most = story > most ? story : most;
		}
	bool dense = most / SPARSE <= e->n_rows;
	AUTO_FREE uint8_t *rows = mem_alloc(dense ? most + 1 : 1); /* by story: one, or more */
	for (size_t i = 0; dense && i < e->n_views; i++)
		for (uint32_t row = 0; row < e->views[i]->n_rows; row++) {
			uint8_t *n = &rows[view_story(e->views[i], row)];
			*n = *n ? 2 : 1;
		}
	for (size_t i = 0; i < e->n_views; i++) {
		struct view *v = e->views[i];
		free(v->lonely);
		v->lonely = mem_alloc((v->n_words + 1) * sizeof *v->lonely);
		v->lonely_at = e->n_snapshots;
		for (uint32_t row = 0; dense && row < v->n_rows; row++)
			if (rows[view_story(v, row)] == 1)
				bits_set(v->lonely, row);
	}
}

const uint64_t *view_lonely(struct engine *e, struct view *v)
{
	if (!v->lonely || v->lonely_at != e->n_snapshots)
		find_lonely(e);
	return v->lonely;
}

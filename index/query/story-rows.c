/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows by story. Stories are small numbers, given in the order in which documents came: sorted digit by digit, in few passes, rows of
 * one story staying in order. (After a commit the first question to a worker waits for it.)
 */
#include "index/query/story-rows.h"

#include "base/mem.h"

#define DIGIT  11 /* bits */
#define DIGITS (1u << DIGIT)

/* Stable, by the digit at `shift`. */
static void sort_digit(const struct story_row *from, struct story_row *to, uint32_t n, unsigned shift)
{
	uint32_t at[DIGITS] = {0}, sum = 0;
	for (uint32_t i = 0; i < n; i++)
		at[from[i].story >> shift & (DIGITS - 1)]++;
	for (uint32_t d = 0; d < DIGITS; d++) {
		uint32_t many = at[d];
		at[d] = sum;
		sum += many;
	}
	for (uint32_t i = 0; i < n; i++)
		to[at[from[i].story >> shift & (DIGITS - 1)]++] = from[i];
}

const struct story_row *view_stories(struct view *v)
{
	if (v->stories)
		return v->stories;
	struct story_row *rows = mem_alloc((v->n_rows + 1u) * sizeof *rows), *other = mem_alloc((v->n_rows + 1u) * sizeof *other);
	uint64_t differ = 0, first = v->n_rows ? view_story(v, 0) : 0;
	for (uint32_t row = 0; row < v->n_rows; row++) {
		rows[row] = (struct story_row){view_story(v, row), row};
		differ |= rows[row].story ^ first;
	}
	for (unsigned shift = 0; shift < 64 && differ >> shift; shift += DIGIT) {
		if (!(differ >> shift & (DIGITS - 1)))
			continue;
		sort_digit(rows, other, v->n_rows, shift);
		struct story_row *sorted = other;
		other = rows;
		rows = sorted;
	}
	free(other);
	return v->stories = rows;
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

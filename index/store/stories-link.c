/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rows are one story: what a commit adds is held against everything that lives.
 *
 *	bands of the new rows ─┐ both sorted: one walk ─► candidates ─ same? ─► their numbers are joined ─► rows that get another
 *	bands of each segment ─┘                                                                            number: "moves"
 *
 * Stories are what hangs together by pairs that story_same() calls the same: which documents make up a story does not depend on the
 * order in which they came, only its number does: the smallest, that of the member that came first. When a newcomer is the same as
 * members of two stories, they are one from then on, under the smaller number. A story does not fall apart again when a member goes.
 *
 * A document that replaces one with its id stays in that one's story if it is still the same text or report.
 *
 * When more than RUN_MOST rows of a segment share a band – forms, tables –, only those nearest by date are looked at, so that the
 * work for a document is bounded. (So in such a crowd a story may remain two.)
 */
#include "index/store/writer-inner.h"

#include "base/mem.h"

#define RUN_MOST   16
#define SLICE_ROWS 20000 /* of older segments, in one commit */

/* ---- Numbers that became one ---- */

struct pair {
	uint64_t number, is; /* number 0: free */
};

struct joined {
	struct pair *v;
	size_t n, size;
};

static struct pair *slot_of(const struct joined *j, uint64_t number)
{
	size_t i = (size_t)(number * 0x9E3779B97F4A7C15u >> 20) & (j->size - 1);
	while (j->v[i].number && j->v[i].number != number)
		i = (i + 1) & (j->size - 1);
	return &j->v[i];
}

static uint64_t root_of(const struct joined *j, uint64_t number)
{
	for (const struct pair *p; j->n && (p = slot_of(j, number))->number;)
		number = p->is;
	return number;
}

static void grow(struct joined *j)
{
	struct joined old = *j;
	j->size = old.size ? old.size * 2 : 256;
	j->v = mem_alloc(j->size * sizeof *j->v);
	for (size_t i = 0; i < old.size; i++)
		if (old.v[i].number)
			*slot_of(j, old.v[i].number) = (struct pair){old.v[i].number, root_of(&old, old.v[i].is)};
	free(old.v);
}

/* a and b are roots. */
static void join_numbers(struct joined *j, uint64_t a, uint64_t b)
{
	if ((j->n + 1) * 2 > j->size)
		grow(j);
	uint64_t from = a > b ? a : b;
	*slot_of(j, from) = (struct pair){from, a > b ? b : a};
	j->n++;
}

/* ---- Candidates ---- */

static bool is_dead(const struct live *l, uint32_t row) { return l->dead && roaring_bitmap_contains(l->dead, row); }

static int days_between(const struct columns *a, uint32_t x, const struct columns *b, uint32_t y)
{
	if (a->published_precision[x] == PREC_NONE || b->published_precision[y] == PREC_NONE)
		return 0;
	int64_t after = (int64_t)b->published_from[y] - a->published_to[x], before = (int64_t)a->published_from[x] - b->published_to[y];
	int64_t gap = after > before ? after : before;
	return gap < 0 ? 0 : gap > INT32_MAX ? INT32_MAX : (int)gap;
}

static void consider(struct joined *j, const struct live *t, uint32_t row, const struct live *o, uint32_t other)
{
	if ((t == o && row == other) || is_dead(o, other))
		return;
	uint64_t a = root_of(j, story_number_of(&t->stories, row)), b = root_of(j, story_number_of(&o->stories, other));
	if (a != b && story_same(&t->body->stories.sigs[row], &o->body->stories.sigs[other], days_between(&t->body->columns, row, &o->body->columns, other)))
		join_numbers(j, a, b);
}

/* Of a crowd, the entries from … to-1 of o's bands, in order of days: those around the day, and some of the dated for an undated one or the other way round. */
static void consider_near(struct joined *j, const struct live *t, uint32_t row, const struct live *o, uint64_t from, uint64_t to)
{
	const struct columns *c = &o->body->columns;
	const struct story_bands *bands = &o->body->stories.bands;
	int32_t day = story_day(&t->body->columns, row);
	uint64_t low = from, high = to;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		uint32_t other = band_row(bands, mid);
		if (story_day(c, other) < day || (story_day(c, other) == day && o == t && other < row))
			low = mid + 1;
		else
			high = mid;
	}
	uint64_t first = low - from > RUN_MOST / 2 ? low - RUN_MOST / 2 : from, end = to - low > RUN_MOST / 2 ? low + RUN_MOST / 2 : to;
	for (uint64_t i = first; i < end; i++)
		consider(j, t, row, o, band_row(bands, i));
	for (uint64_t i = 0; i < RUN_MOST / 4; i++) {
		uint32_t other = band_row(bands, day == STORY_UNDATED ? to - 1 - i : from + i);
		if ((story_day(c, other) == STORY_UNDATED) != (day == STORY_UNDATED))
			consider(j, t, row, o, other);
	}
}

/* Rows from … to-1 of t against all of o. */
static void link_with(struct joined *j, const struct live *t, uint32_t from, uint32_t to, const struct live *o)
{
	const struct story_bands *s = &t->body->stories.bands, *os = &o->body->stories.bands;
	struct band_reader mine, theirs;
	uint64_t at = 0, end = 0;
	uint32_t band = 0;
	band_reader_begin(&mine, s);
	band_reader_begin(&theirs, os);
	for (uint64_t i = 0; i < s->n && at < os->n; i++) {
		uint32_t row = band_row(s, i), here = band_at(&mine, i);
		if (row < from || row >= to || is_dead(t, row))
			continue;
		if (here != band || end == 0) {
			band = here;
			at = band_seek(&theirs, at, band);
			end = band_seek(&theirs, at, (uint64_t)band + 1);
		}
		if (end - at > RUN_MOST) {
			consider_near(j, t, row, o, at, end);
			continue;
		}
		for (uint64_t k = at; k < end; k++)
			consider(j, t, row, o, band_row(os, k));
	}
}

/* ---- Documents that replace others ---- */

static void link_with_dead(struct joined *j, const struct live *t, uint32_t row, const struct live *o)
{
	const struct columns *c = &o->body->columns;
	const uint64_t hash = t->body->columns.id_hash[row];
	uint32_t low = columns_first_id(c, hash);
	for (; low < c->n_rows && c->id_sorted[low] == hash; low++) {
		uint32_t other = c->id_rows[low];
		const struct story_sig *x = &t->body->stories.sigs[row], *y = &o->body->stories.sigs[other];
		uint64_t a = root_of(j, story_number_of(&t->stories, row)), b = root_of(j, story_number_of(&o->stories, other));
		bool same = x->exact == y->exact || story_same(x, y, days_between(&t->body->columns, row, c, other));
		if (a != b && is_dead(o, other) && same)
			join_numbers(j, a, b);
	}
}

static void link_replaced(struct writer *w, struct joined *j, const struct live *t)
{
	for (struct live *o = w->live; o < w->live + w->n_live; o++) {
		if (!o->dead || !stories_any(&o->body->stories) || !o->e.numbered || !(o->fresh || o->n_new_dead))
			continue;
		for (uint32_t row = 0; row < t->e.n_rows; row++)
			if (!is_dead(t, row))
				link_with_dead(j, t, row, o);
	}
}

/* ---- The sum ---- */

static bool in_merge(const struct writer *w, const struct live *l)
{
	bool in = false;
	for (size_t i = 0; w->merge && i < w->merge->n; i++)
		in |= strcmp(w->merge->source[i].name, l->e.name) == 0;
	return in;
}

static void give_numbers(struct writer *w, struct live *l)
{
	l->e.numbered = true;
	l->e.story_base = l->stories.base = w->now.next_story;
	w->now.next_story += l->e.n_rows;
}

/* Rows whose number was joined to a smaller one get that. */
static void move_rows(struct live *l, const struct joined *j)
{
	struct story_move *v = NULL;
	size_t n = 0, cap = 0;
	for (uint32_t row = 0; row < l->e.n_rows; row++) {
		uint64_t number = story_number_of(&l->stories, row), is = root_of(j, number);
		if (is == number)
			continue;
		v = mem_grow(v, &cap, n + 1, sizeof *v);
		v[n++] = (struct story_move){is, row};
	}
	story_numbers_move(&l->stories, v, n);
	l->stories_dirty |= n > 0;
	free(v);
}

static uint32_t link_rows(struct writer *w, struct joined *j, struct live *t, uint32_t most)
{
	uint32_t from = t->e.linked, to = t->e.n_rows - from > most ? from + most : t->e.n_rows;
	for (struct live *o = w->live; o < w->live + w->n_live; o++)
		if (stories_any(&o->body->stories) && o->e.numbered)
			link_with(j, t, from, to, o);
	if (t->fresh)
		link_replaced(w, j, t);
	t->e.linked = to;
	w->relinked = true;
	return to - from;
}

static bool unlinked(const struct live *l) { return !l->staged && stories_any(&l->body->stories) && l->e.linked < l->e.n_rows; }

void stories_link(struct writer *w, bool quick)
{
	struct joined j = {0};
	uint64_t older = w->now.next_story; /* numbers up to it are of earlier commits */
	uint32_t budget = SLICE_ROWS;
	for (struct live *l = w->live; l < w->live + w->n_live; l++)
		if (unlinked(l) && !l->e.numbered && !(quick && l->later))
			give_numbers(w, l);
	for (struct live *l = w->live; l < w->live + w->n_live; l++) {
		if (!unlinked(l) || (quick && l->later) || (!l->fresh && (!budget || in_merge(w, l))))
			continue;
		uint32_t did = link_rows(w, &j, l, l->fresh ? UINT32_MAX : budget);
		budget -= l->fresh ? 0 : did;
	}
	bool old_ones = false;
	for (size_t i = 0; i < j.size; i++)
		old_ones |= j.v[i].number && j.v[i].number <= older;
	for (struct live *l = w->live; j.n && l < w->live + w->n_live; l++)
		if (l->e.numbered && (old_ones || l->e.story_base >= older))
			move_rows(l, &j);
	free(j.v);
}

uint64_t writer_unlinked(const struct writer *w)
{
	uint64_t n = 0;
	for (const struct live *l = w->live; l < w->live + w->n_live; l++)
		n += unlinked(l) && !in_merge(w, l) ? l->e.n_rows - l->e.linked : 0;
	return n;
}

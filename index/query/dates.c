/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting by time.
 *
 *	row ─► interval of the segment ─ table[axis][grain] ─► number of a bucket      (a table made once for each segment and granularity)
 *
 * A publication date is one interval a row: where 64 rows in a row fall into one bucket they are one popcount. Of mentioned days a row
 * has several, and counts once in each bucket; so does a story with all its rows: there the bucket remembers who counted it last. Of
 * mentioned days only those count that from= and to= let through: what a bucket counts is what asking for its days finds.
 *
 * `auto` is the finest granularity in which the time that the documents cover has at most 60 steps (a hundredth of them may lie outside at either
 * end), at most 60 buckets count something, and at least half of the dated documents are dated so finely.
 */
#include "index/query/dates.h"

#include "base/mem.h"

#define AUTO_BUCKETS 60
#define TAIL         100    /* so many-th part of the documents at either end does not stretch the time */
#define LOOK_FINER   6      /* more steps than these have surely too many finer ones */
#define LEFT_OUT     UINT32_MAX /* instead of a bucket: the bounds leave the day out */

struct view_dates {
	uint32_t *published;        /* by row: index into intervals */
	struct interval *intervals; /* distinct ones of publication; 0: no date */
	uint32_t n_intervals;
	uint32_t n_mentioned;       /* distinct mentioned intervals */
	uint32_t *table[2][GRAIN_COUNT_]; /* by axis: interval -> number of its bucket */
	struct by_grain {           /* of publication */
		uint32_t *uniform;  /* see uniform_words() */
		uint16_t *by_row;   /* number of the bucket; NULL: some do not fit */
		uint32_t *totals;   /* by number of the bucket: rows of the segment; the first n of them */
		uint32_t n;
	} of[GRAIN_COUNT_];
};

void view_dates_free(struct view_dates *d)
{
	if (!d)
		return;
	free(d->published);
	free(d->intervals);
	for (int g = 0; g < GRAIN_COUNT_; g++) {
		free(d->table[0][g]);
		free(d->table[1][g]);
		free(d->of[g].uniform);
		free(d->of[g].by_row);
		free(d->of[g].totals);
	}
	free(d);
}

/* ---- tables of a view ---- */

static void number_published(struct view_dates *d, const struct view *v)
{
	struct names seen = {0};
	struct { int32_t from, to; } key = {INT32_MIN, INT32_MIN}; /* no date */
	names_add(&seen, (struct span){(const char *)&key, sizeof key});
	d->published = mem_alloc((v->n_rows + 1u) * sizeof *d->published);
	for (uint32_t row = 0, last = 0; row < v->n_rows; row++) {
		if (v->c->published_precision[row] == PREC_NONE)
			continue;
		bool again = last && key.from == v->c->published_from[row] && key.to == v->c->published_to[row]; /* archives lie in order of time */
		key.from = v->c->published_from[row];
		key.to = v->c->published_to[row];
		last = again ? last : names_add(&seen, (struct span){(const char *)&key, sizeof key});
		d->published[row] = last;
	}
	d->n_intervals = seen.n;
	d->intervals = mem_alloc(seen.n * sizeof *d->intervals);
	for (uint32_t i = 1; i < seen.n; i++) {
		memcpy(&key, names_at(&seen, i).p, sizeof key);
		d->intervals[i] = (struct interval){key.from, key.to, PREC_PART};
	}
	names_done(&seen);
}

static struct view_dates *dates_of(struct view *v)
{
	if (v->dates)
		return v->dates;
	v->dates = mem_alloc(sizeof *v->dates);
	number_published(v->dates, v);
	for (uint32_t i = v->n_rows ? v->c->days.start[v->n_rows] : 0; i-- > 0;)
		if (v->c->days.item[i] >= v->dates->n_mentioned)
			v->dates->n_mentioned = v->c->days.item[i] + 1;
	return v->dates;
}

static struct interval mentioned_at(const struct view *v, uint32_t i)
{
	return (struct interval){v->c->day_from[i], v->c->day_to[i], v->c->day_precision[i]};
}

static const uint32_t *table_of(struct engine *e, struct view *v, bool mentioned, enum granularity grain)
{
	struct view_dates *d = dates_of(v);
	uint32_t **table = &d->table[mentioned][grain], n = mentioned ? d->n_mentioned : d->n_intervals;
	if (*table)
		return *table;
	*table = mem_alloc((n + 1u) * sizeof **table);
	for (uint32_t i = 0; i < n; i++)
		(*table)[i] = bucket_number(&e->buckets[grain], mentioned ? mentioned_at(v, i) : d->intervals[i]);
	return *table;
}

/* ---- walks ---- */

struct walk {
	struct job *j;
	const uint64_t *const *rows;
	bool mentioned;
	enum granularity grain;
	const uint32_t **tables; /* by view */
	uint64_t *counts;        /* by number of the bucket; NO_BUCKET: undated */
};

/* The table with what the bounds let through. */
static const uint32_t *within_bounds(struct job *j, struct view *v, const uint32_t *table)
{
	uint32_t n = dates_of(v)->n_mentioned, *out = arena_raw(j->a, (n + 1u) * sizeof *out);
	for (uint32_t i = 0; i < n; i++) {
		struct interval x = mentioned_at(v, i);
		out[i] = (j->r.within ? interval_within(x, j->r.bounds) : interval_overlaps(x, j->r.bounds)) ? table[i] : LEFT_OUT;
	}
	return out;
}

static void begin(struct walk *k, enum granularity grain)
{
	struct engine *e = k->j->e;
	bool bounded = k->mentioned && (k->j->r.has_from || k->j->r.has_to);
	k->grain = grain;
	k->tables = arena_array(k->j->a, const uint32_t *, e->n_views + 1);
	for (size_t i = 0; i < e->n_views; i++) {
		k->tables[i] = table_of(e, e->views[i], k->mentioned, grain);
		if (bounded)
			k->tables[i] = within_bounds(k->j, e->views[i], k->tables[i]);
	}
	k->counts = arena_array(k->j->a, uint64_t, buckets_known(&e->buckets[grain]));
}

/* What is known of the segment at this granularity. */
static const struct by_grain *grain_of_view(struct walk *k, struct view *v, const uint32_t *table)
{
	struct view_dates *d = dates_of(v);
	struct by_grain *g = &d->of[k->grain];
	if (g->uniform)
		return g;
	g->uniform = uniform_words(d->published, table, v->n_rows);
	g->n = buckets_known(&k->j->e->buckets[k->grain]);
	g->totals = mem_alloc(g->n * sizeof *g->totals);
	g->by_row = g->n <= UINT16_MAX ? mem_alloc((v->n_rows + 1u) * sizeof *g->by_row) : NULL;
	for (uint32_t row = 0; row < v->n_rows; row++) {
		uint32_t b = table[d->published[row]];
		g->totals[b]++;
		if (g->by_row)
			g->by_row[row] = (uint16_t)b;
	}
	return g;
}

/* Rows of 64 that are not all in one bucket. */
static void count_mixed(const struct by_grain *g, const struct view *v, const uint32_t *table, const uint64_t *set, uint32_t *here)
{
	const uint32_t *published = v->dates->published;
	for (size_t w = 0; w < v->n_words; w++) {
		uint64_t left = g->uniform[w] == MIXED ? set[w] : 0;
		if (g->by_row)
			for (const uint16_t *rows = g->by_row + w * 64; left; left &= left - 1)
				here[rows[__builtin_ctzll(left)]]++;
		else
			for (; left; left &= left - 1)
				here[table[published[w * 64 + (size_t)__builtin_ctzll(left)]]]++;
	}
}

/* A set of more than half of the rows is counted by those that it leaves out. */
static void count_published(struct walk *k)
{
	struct engine *e = k->j->e;
	uint32_t n = buckets_known(&e->buckets[k->grain]), *here = arena_array(k->j->a, uint32_t, n);
	for (size_t i = 0; i < e->n_views; i++) {
		struct view *v = e->views[i];
		const struct by_grain *g = grain_of_view(k, v, k->tables[i]);
		const uint64_t *set = set_of(k->j, k->rows, i);
		bool others = bits_count(set, v->n_words) > v->n_rows / 2;
		if (others) {
			uint64_t *rest = arena_raw(k->j->a, (v->n_words + 1) * sizeof *rest);
			memcpy(rest, set, v->n_words * sizeof *rest);
			bits_not(rest, v->n_rows);
			set = rest;
		}
		bits_count_by(set, g->uniform, v->n_words, here);
		count_mixed(g, v, k->tables[i], set, here);
		for (uint32_t b = 0; b < n; b++) {
			k->counts[b] += others ? (b < g->n ? g->totals[b] : 0) - here[b] : here[b];
			here[b] = 0;
		}
	}
}

/* One owner: a row, or the rows of a story one after another. */
struct owner {
	uint32_t *last, number; /* by bucket: who counted it last */
	bool dated;
};

static void own_row(struct walk *k, struct owner *o, size_t view, uint32_t row)
{
	const struct view *v = k->j->e->views[view];
	const uint32_t *items = k->mentioned ? v->c->days.item + v->c->days.start[row] : v->dates->published + row;
	for (uint32_t n = k->mentioned ? v->c->days.start[row + 1] - v->c->days.start[row] : 1; n--;) {
		uint32_t b = k->tables[view][items[n]];
		if (b == NO_BUCKET || b == LEFT_OUT)
			continue;
		o->dated = true;
		k->counts[b] += o->last[b] != o->number;
		o->last[b] = o->number;
	}
}

static struct owner owner_new(const struct walk *k)
{
	return (struct owner){.last = arena_array(k->j->a, uint32_t, buckets_known(&k->j->e->buckets[k->grain]))};
}

static void count_mentioned(struct walk *k)
{
	struct owner o = owner_new(k);
	for (size_t i = 0; i < k->j->e->n_views; i++) {
		const uint64_t *set = set_of(k->j, k->rows, i);
		BITS_EACH(set, k->j->e->views[i]->n_words, row) {
			o.number++;
			o.dated = false;
			own_row(k, &o, i, row);
			k->counts[NO_BUCKET] += !o.dated;
		}
	}
}

static void count_stories(struct walk *k)
{
	struct owner o = owner_new(k);
	struct place_of *p;
	size_t n = story_places(k->j, k->rows, &p);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || p[i].story != p[i - 1].story) {
			k->counts[NO_BUCKET] += i && !o.dated;
			o.number++;
			o.dated = false;
		}
		own_row(k, &o, p[i].view, p[i].row);
	}
	k->counts[NO_BUCKET] += n && !o.dated;
}

static void count(struct walk *k, enum granularity grain)
{
	begin(k, grain);
	if (k->mentioned)
		count_mentioned(k);
	else
		count_published(k);
}

/* ---- granularity ---- */

struct shape { /* of the counts at one granularity */
	uint64_t all, fine;
	uint32_t n_fine, steps; /* buckets; steps of the granularity without the tails */
};

static struct shape shape_of(const struct walk *k)
{
	struct buckets *b = &k->j->e->buckets[k->grain];
	const uint32_t *order = buckets_in_time(b);
	uint32_t n = buckets_known(b) - 1, first = 0, last = 0;
	uint64_t sum = 0;
	struct shape s = {0};
	for (uint32_t i = 0; i < n; i++) {
		uint64_t c = k->counts[order[i]];
		s.all += c;
		s.fine += bucket_fine(b, order[i]) ? c : 0;
		s.n_fine += c && bucket_fine(b, order[i]);
	}
	for (uint32_t i = 0; i < n && sum < s.all - s.all / TAIL; i++) {
		uint64_t c = k->counts[order[i]];
		sum += c;
		if (c && !first && sum > s.all / TAIL)
			first = order[i];
		if (c)
			last = order[i];
	}
	if (first)
		s.steps = buckets_apart(k->grain, bucket_days(b, first), bucket_days(b, last));
	return s;
}

static bool fits(const struct shape *s) { return s->n_fine <= AUTO_BUCKETS && s->steps <= AUTO_BUCKETS && s->fine >= s->all - s->fine; }

/* From years to what is finer, as long as it fits, or to what is coarser, until it does. */
static enum granularity fitting(struct walk *k)
{
	enum granularity g = GRAIN_YEAR;
	count(k, g);
	struct shape s = shape_of(k);
	if (!s.all)
		return GRAIN_DAY;
	while (!fits(&s) && g < GRAIN_CENTURY) {
		count(k, ++g);
		s = shape_of(k);
	}
	while (fits(&s) && g <= GRAIN_YEAR && g > GRAIN_DAY && s.steps <= LOOK_FINER) {
		count(k, g - 1);
		s = shape_of(k);
		g -= fits(&s);
	}
	return g;
}

/* ---- the sum ---- */

static void part_buckets(struct walk *k, struct date_counts *out)
{
	struct buckets *b = &k->j->e->buckets[k->grain];
	const uint32_t *order = buckets_in_time(b);
	uint32_t n = buckets_known(b) - 1, some = 0;
	for (uint32_t i = 0; i < n; i++)
		some += k->counts[order[i]] > 0;
	out->fine = arena_raw(k->j->a, (some + 1u) * sizeof *out->fine);
	out->coarse = arena_raw(k->j->a, (some + 1u) * sizeof *out->coarse);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = order[i];
		if (!k->counts[number])
			continue;
		struct bucket x = {bucket_days(b, number), k->counts[number], number};
		if (bucket_fine(b, number))
			out->fine[out->n_fine++] = x;
		else
			out->coarse[out->n_coarse++] = x;
	}
}

void count_dates(struct job *j, const uint64_t *const *rows, bool mentioned, enum granularity asked, bool stories, struct date_counts *out)
{
	struct walk k = {.j = j, .rows = rows, .mentioned = mentioned};
	enum granularity g = asked == GRAIN_AUTO ? fitting(&k) : asked;
	if (k.grain != g) /* not counted yet */
		count(&k, g);
	while (shape_of(&k).n_fine > j->e->limits.buckets && g < GRAIN_CENTURY)
		count(&k, ++g);
	if (stories) { /* what was counted until now were documents: it said which granularity fits */
		k.rows = sets_of_stories(j, rows, true);
		count(&k, g);
		k.rows = sets_of_stories(j, rows, false);
		count_stories(&k);
	}
	*out = (struct date_counts){.grain = g, .undated = k.counts[NO_BUCKET], .cut = asked != GRAIN_AUTO && g != asked};
	part_buckets(&k, out);
}

void bucket_write(struct job *j, enum granularity grain, const struct bucket *b)
{
	jw_raw(&j->w, bucket_json(&j->e->buckets[grain], b->number));
	j->w.comma = false;
	jw_int(&j->w, (int64_t)b->count);
}

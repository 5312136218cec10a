/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting by time.
 *
 *	row ─► interval of the segment ─ buckets[axis][grain] ─► number of a bucket      (a table made once for each segment and granularity)
 *
 * A publication date is one interval a row, so counts of intervals are enough, whatever the granularity. Of mentioned days a row
 * has several, and counts once in each bucket; so does a story with all its rows: there the bucket remembers who counted it last.
 * An interval that is longer than the granularity's buckets stands by itself among the coarser ones.
 */
#include "index/query/facets.h"

#include "base/mem.h"

#define AUTO_BUCKETS 60

struct interval grain_of(day_t day, enum granularity grain)
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	switch (grain) {
	case GRAIN_DAY: return (struct interval){day, day, PREC_DAY};
	case GRAIN_MONTH: return interval_month(y, m);
	case GRAIN_YEAR: return interval_year(y);
	case GRAIN_DECADE: y -= y % 10; return (struct interval){y > 0 ? day_of(y, 1, 1) : DAY_MIN, day_of(y + 9, 12, 31), PREC_DECADE};
	default: y -= y % 100; return (struct interval){y > 0 ? day_of(y, 1, 1) : DAY_MIN, day_of(y + 99, 12, 31), PREC_CENTURY};
	}
}

/* Where an interval is counted: in the bucket that holds it, or by itself when it is longer. */
static struct interval counted_at(struct interval i, enum granularity grain)
{
	for (int g = (int)grain; g <= GRAIN_CENTURY; g++) {
		struct interval b = grain_of(i.from, (enum granularity)g);
		if (g == (int)grain ? interval_within(i, b) : b.from == i.from && b.to == i.to)
			return b;
	}
	i.precision = PREC_PART;
	return i;
}

static bool fine(struct interval i, enum granularity grain)
{
	struct interval b = grain_of(i.from, grain);
	return b.from == i.from && b.to == i.to;
}

/* ---- tables of a view ---- */

struct days_of { /* the distinct intervals of an axis */
	const int32_t *from, *to;
	const uint8_t *precision;
	const struct interval *v; /* instead of the three */
	uint32_t n;
};

static void number_published(struct view *v)
{
	struct names seen = {0};
	v->published = mem_alloc((v->n_rows + 1u) * sizeof *v->published);
	for (uint32_t row = 0; row < v->n_rows; row++) {
		struct { int32_t from, to; } key = {v->c->published_from[row], v->c->published_to[row]};
		bool dated = v->c->published_precision[row] != PREC_NONE;
		v->published[row] = dated ? names_add(&seen, (struct span){(const char *)&key, sizeof key}) : NO_ORDINAL;
	}
	v->n_intervals = seen.n;
	v->intervals = mem_alloc((seen.n + 1u) * sizeof *v->intervals);
	for (uint32_t i = 0; i < seen.n; i++) {
		memcpy(&v->intervals[i].from, names_at(&seen, i).p, 4);
		memcpy(&v->intervals[i].to, names_at(&seen, i).p + 4, 4);
		v->intervals[i].precision = PREC_PART;
	}
	names_done(&seen);
}

static uint32_t n_mentioned(const struct view *v)
{
	uint32_t n = 0;
	for (uint32_t i = v->n_rows ? v->c->days.start[v->n_rows] : 0; i-- > 0;)
		n = v->c->days.item[i] >= n ? v->c->days.item[i] + 1 : n;
	return n;
}

static struct days_of days_of(struct view *v, bool mentioned)
{
	if (!v->published)
		number_published(v);
	if (!mentioned)
		return (struct days_of){.v = v->intervals, .n = v->n_intervals};
	if (!v->n_mentioned)
		v->n_mentioned = n_mentioned(v) + 1;
	return (struct days_of){.from = v->c->day_from, .to = v->c->day_to, .precision = v->c->day_precision, .n = v->n_mentioned - 1};
}

/* Interval -> number of its bucket; NO_ORDINAL: no date. */
static const uint32_t *bucket_table(struct engine *e, struct view *v, bool mentioned, enum granularity grain)
{
	uint32_t **table = &v->buckets[mentioned][grain];
	struct days_of d = days_of(v, mentioned);
	if (*table)
		return *table;
	*table = mem_alloc((d.n + 1u) * sizeof **table);
	for (uint32_t i = 0; i < d.n; i++) {
		struct interval x = d.v ? d.v[i] : (struct interval){d.from[i], d.to[i], d.precision[i]};
		struct interval b = interval_any(x) ? counted_at(x, grain) : x;
		struct { int32_t from, to, precision; } key = {b.from, b.to, b.precision};
		(*table)[i] = interval_any(x) ? names_add(&e->buckets[grain], (struct span){(const char *)&key, sizeof key}) : NO_ORDINAL;
	}
	return *table;
}

static struct interval bucket_at(const struct engine *e, enum granularity grain, uint32_t number)
{
	int32_t key[3];
	memcpy(key, names_at(&e->buckets[grain], number).p, sizeof key);
	return (struct interval){key[0], key[1], (uint8_t)key[2]};
}

/* ---- walks ---- */

struct walk {
	struct job *j;
	const uint64_t *const *rows;
	bool mentioned, stories;
	uint32_t **seen; /* by view and interval: rows that have it */
	uint64_t undated;
};

static uint32_t row_items(const struct walk *k, const struct view *v, uint32_t row, const uint32_t **items)
{
	if (k->mentioned) {
		*items = v->c->days.item + v->c->days.start[row];
		return v->c->days.start[row + 1] - v->c->days.start[row];
	}
	*items = v->published + row;
	return **items != NO_ORDINAL;
}

/* How often each interval is there: enough to know the buckets, and for publication dates all there is to know. */
static void see_intervals(struct walk *k)
{
	struct engine *e = k->j->e;
	k->seen = arena_array(k->j->a, uint32_t *, e->n_views + 1);
	for (size_t i = 0; i < e->n_views; i++) {
		struct view *v = e->views[i];
		uint32_t *seen = k->seen[i] = arena_array(k->j->a, uint32_t, days_of(v, k->mentioned).n + 1u), undated = 0;
		const uint64_t *set = set_of(k->j, k->rows, i);
		if (k->mentioned) {
			const uint32_t *start = v->c->days.start, *item = v->c->days.item;
			BITS_EACH(set, v->n_words, row)
				for (uint32_t m = start[row]; m < start[row + 1]; m++)
					seen[item[m]]++;
		} else {
			BITS_EACH(set, v->n_words, row) {
				uint32_t n = v->published[row];
				if (n == NO_ORDINAL)
					undated++;
				else
					seen[n]++;
			}
		}
		k->undated += undated;
	}
}

static size_t count_fine(const struct walk *k, enum granularity grain)
{
	struct engine *e = k->j->e;
	size_t n = 0;
	for (size_t i = 0; i < e->n_views; i++)
		bucket_table(e, e->views[i], k->mentioned, grain);
	uint8_t *known = arena_array(k->j->a, uint8_t, e->buckets[grain].n + 1u);
	for (size_t i = 0; i < e->n_views; i++) {
		const uint32_t *table = bucket_table(e, e->views[i], k->mentioned, grain);
		uint32_t n_days = days_of(e->views[i], k->mentioned).n;
		for (uint32_t d = 0; d < n_days; d++)
			if (k->seen[i][d] && table[d] != NO_ORDINAL && !known[table[d]]) {
				known[table[d]] = 1;
				n += fine(bucket_at(e, grain, table[d]), grain);
			}
	}
	return n;
}

static void add_up(const struct walk *k, enum granularity grain, uint64_t *counts)
{
	struct engine *e = k->j->e;
	for (size_t i = 0; i < e->n_views; i++) {
		const uint32_t *table = bucket_table(e, e->views[i], k->mentioned, grain);
		uint32_t n = days_of(e->views[i], k->mentioned).n;
		for (uint32_t d = 0; d < n; d++)
			counts[table[d]] += k->seen[i][d];
	}
}

/* One owner: a row, or the rows of a story one after another. */
struct owner {
	uint64_t *last, number; /* by bucket: who counted it last */
	bool dated;
};

static void own_row(struct walk *k, struct owner *o, const struct view *v, const uint32_t *table, uint32_t row, uint64_t *counts)
{
	const uint32_t *items;
	for (uint32_t n = row_items(k, v, row, &items); n--;) {
		uint32_t b = table[items[n]];
		if (b == NO_ORDINAL)
			continue;
		o->dated = true;
		counts[b] += o->last[b] != o->number;
		o->last[b] = o->number;
	}
}

static void walk_rows(struct walk *k, enum granularity grain, uint64_t *counts)
{
	struct engine *e = k->j->e;
	struct owner o = {.last = arena_array(k->j->a, uint64_t, e->buckets[grain].n + 1u)};
	k->undated = 0;
	for (size_t i = 0; i < e->n_views; i++) {
		struct view *v = e->views[i];
		const uint32_t *table = bucket_table(e, v, k->mentioned, grain);
		const uint64_t *set = set_of(k->j, k->rows, i);
		BITS_EACH(set, v->n_words, row) {
			o.number++;
			o.dated = false;
			own_row(k, &o, v, table, row, counts);
			k->undated += !o.dated;
		}
	}
}

static void walk_stories(struct walk *k, enum granularity grain, uint64_t *counts)
{
	struct engine *e = k->j->e;
	struct owner o = {.last = arena_array(k->j->a, uint64_t, e->buckets[grain].n + 1u)};
	struct place_of *p;
	size_t n = story_places(k->j, k->rows, &p);
	k->undated = 0;
	for (size_t i = 0; i < n; i++) {
		struct view *v = e->views[p[i].view];
		if (i == 0 || p[i].story != p[i - 1].story) {
			k->undated += i && !o.dated;
			o.number++;
			o.dated = false;
		}
		own_row(k, &o, v, bucket_table(e, v, k->mentioned, grain), p[i].row, counts);
	}
	k->undated += n && !o.dated;
}

static int by_time(const void *x, const void *y)
{
	const struct interval *a = &((const struct bucket *)x)->days, *b = &((const struct bucket *)y)->days;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static void part_buckets(struct job *j, const uint64_t *counts, struct date_counts *out)
{
	uint32_t n = j->e->buckets[out->grain].n, some = 0;
	for (uint32_t i = 0; i < n; i++)
		some += counts[i] > 0;
	out->fine = arena_raw(j->a, (some + 1u) * sizeof *out->fine);
	out->coarse = arena_raw(j->a, (some + 1u) * sizeof *out->coarse);
	for (uint32_t i = 0; i < n; i++) {
		if (!counts[i])
			continue;
		struct bucket b = {bucket_at(j->e, out->grain, i), counts[i]};
		if (fine(b.days, out->grain))
			out->fine[out->n_fine++] = b;
		else
			out->coarse[out->n_coarse++] = b;
	}
	if (out->n_fine)
		qsort(out->fine, out->n_fine, sizeof *out->fine, by_time);
	if (out->n_coarse)
		qsort(out->coarse, out->n_coarse, sizeof *out->coarse, by_time);
}

void count_dates(struct job *j, const uint64_t *const *rows, bool mentioned, enum granularity asked, bool stories, struct date_counts *out)
{
	struct walk k = {.j = j, .rows = rows, .mentioned = mentioned, .stories = stories};
	size_t most = asked == GRAIN_AUTO ? AUTO_BUCKETS : j->e->limits.buckets;
	enum granularity g = asked == GRAIN_AUTO ? GRAIN_DAY : asked;
	see_intervals(&k);
	while (count_fine(&k, g) > most && g < GRAIN_CENTURY)
		g++;
	uint64_t *counts = arena_array(j->a, uint64_t, j->e->buckets[g].n + 1u);
	if (stories)
		walk_stories(&k, g, counts);
	else if (mentioned)
		walk_rows(&k, g, counts);
	else
		add_up(&k, g, counts);
	*out = (struct date_counts){.grain = g, .undated = k.undated, .cut = asked != GRAIN_AUTO && g != asked};
	part_buckets(j, counts, out);
}

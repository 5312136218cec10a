/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intervals to buckets of one granularity. Order in time is kept by sorting what is new and merging it in. */
#include "index/query/buckets.h"

#include "base/json.h"
#include "base/mem.h"

/* The bucket that a day is in. */
static struct interval grain_of(day_t day, enum granularity grain)
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	switch (grain) {
	case GRAIN_AUTO: case GRAIN_DAY: return (struct interval){day, day, PREC_DAY};
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

struct key { /* an interval as a name */
	int32_t from, to, precision;
};

static void know(struct buckets *b, struct interval i)
{
	struct interval own = grain_of(i.from, b->grain);
	if (b->names.n > b->cap_fine)
		b->fine = mem_grow(b->fine, &b->cap_fine, b->names.n, sizeof *b->fine);
	b->fine[b->names.n - 1] = interval_any(i) && own.from == i.from && own.to == i.to;
}

static uint32_t add(struct buckets *b, struct interval i)
{
	struct key key = {i.from, i.to, i.precision};
	uint32_t n = b->names.n, number = names_add(&b->names, (struct span){(const char *)&key, sizeof key});
	if (number == n)
		know(b, i);
	return number;
}

uint32_t bucket_number(struct buckets *b, struct interval i)
{
	if (!b->names.n)
		add(b, (struct interval){0});
	return interval_any(i) ? add(b, counted_at(i, b->grain)) : NO_BUCKET;
}

struct interval bucket_days(const struct buckets *b, uint32_t number)
{
	struct key key;
	memcpy(&key, names_at(&b->names, number).p, sizeof key);
	return (struct interval){key.from, key.to, (uint8_t)key.precision};
}

uint32_t buckets_known(struct buckets *b)
{
	if (!b->names.n)
		add(b, (struct interval){0});
	return b->names.n;
}

/* ---- order ---- */

static int by_time(const void *x, const void *y, void *arg)
{
	struct interval a = bucket_days(arg, *(const uint32_t *)x), b = bucket_days(arg, *(const uint32_t *)y);
	if (a.from != b.from)
		return a.from < b.from ? -1 : 1;
	return a.to != b.to ? (a.to < b.to ? -1 : 1) : (a.precision > b.precision) - (a.precision < b.precision);
}

const uint32_t *buckets_in_time(struct buckets *b)
{
	uint32_t n = buckets_known(b) - 1, old = b->n_order, fresh = n - old;
	if (b->order && !fresh)
		return b->order;
	uint32_t *all = mem_alloc((n + 1u) * sizeof *all), *more = all + old;
	for (uint32_t i = 0; i < fresh; i++)
		more[i] = old + 1 + i; /* numbers come one after another, and 0 is left out */
	if (fresh)
		qsort_r(more, fresh, sizeof *more, by_time, b);
	for (uint32_t at = 0, i = 0, k = 0; i < old && at < n; at++) { /* what is merged never overtakes what is not yet */
		bool take_old = k == fresh || by_time(&b->order[i], &more[k], b) <= 0;
		all[at] = take_old ? b->order[i++] : more[k++];
	}
	free(b->order);
	b->order = all;
	b->n_order = n;
	return all;
}

/* ---- as shown ---- */

struct span bucket_json(struct buckets *b, uint32_t number)
{
	struct span known = texts_at(&b->json, number);
	if (known.n)
		return known;
	struct interval days = bucket_days(b, number);
	struct jw w = {.out = texts_begin(&b->json, number)};
	AUTO_STR struct str s = {0};
	interval_text(&s, days);
	jw_field_str(&w, "text", str_view(&s));
	str_clear(&s);
	day_text(&s, days.from);
	jw_field_str(&w, "from", str_view(&s));
	str_clear(&s);
	day_text(&s, days.to);
	jw_field_str(&w, "to", str_view(&s));
	jw_key(&w, "count");
	return texts_end(&b->json, number);
}

static int step_of(day_t day, enum granularity grain)
{
	int y, m;
	day_split(day, &y, &m, NULL);
	switch (grain) {
	case GRAIN_AUTO: case GRAIN_DAY: return day;
	case GRAIN_MONTH: return y * 12 + m - 1;
	case GRAIN_YEAR: return y;
	case GRAIN_DECADE: return y / 10;
	default: return y / 100;
	}
}

uint32_t buckets_apart(enum granularity grain, struct interval first, struct interval last)
{
	return (uint32_t)(step_of(last.to, grain) - step_of(first.from, grain) + 1);
}

void buckets_done(struct buckets *b)
{
	names_done(&b->names);
	free(b->fine);
	free(b->order);
	texts_done(&b->json);
	*b = (struct buckets){0};
}

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

struct place_of {
	uint64_t story;
	uint32_t view, row;
};

static int by_story(const void *x, const void *y)
{
	const struct place_of *a = x, *b = y;
	if (a->story != b->story)
		return a->story < b->story ? -1 : 1;
	return a->view != b->view ? (a->view < b->view ? -1 : 1) : a->row < b->row ? -1 : a->row > b->row;
}

static const uint64_t *set_of(struct job *j, const uint64_t *const *rows, size_t view)
{
	const struct view *v = j->e->views[view];
	if (rows[view])
		return rows[view];
	uint64_t *all = arena_raw(j->a, (v->n_words + 1) * sizeof *all);
	bits_fill(all, v->n_rows);
	return all;
}

static size_t story_places(struct job *j, const uint64_t *const *rows, struct place_of **out)
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

enum granularity grain_of_interval(struct interval i)
{
	for (int g = GRAIN_DAY; g < GRAIN_CENTURY; g++)
		if (interval_within(i, grain_of(i.from, (enum granularity)g)))
			return (enum granularity)g;
	return GRAIN_CENTURY;
}

/* Intervals with their counts, a hash table: few distinct ones, however many documents. */
struct tally {
	struct arena *a;
	struct bucket *v; /* count 0: free */
	uint64_t *seen;   /* number of the story or document that counted it last */
	size_t n, size;
};

static uint64_t hash_days(struct interval i)
{
	uint64_t h = ((uint64_t)(uint32_t)i.from << 32 | (uint32_t)i.to) * 0x9E3779B97F4A7C15u + i.precision;
	return h ^ h >> 29;
}

static size_t tally_slot(const struct tally *t, struct interval i)
{
	size_t at = hash_days(i) & (t->size - 1);
	while (t->v[at].count && (t->v[at].days.from != i.from || t->v[at].days.to != i.to || t->v[at].days.precision != i.precision))
		at = (at + 1) & (t->size - 1);
	return at;
}

static void tally_resize(struct tally *t, size_t size)
{
	struct tally old = *t;
	t->size = size;
	t->v = arena_array(t->a, struct bucket, size);
	t->seen = arena_array(t->a, uint64_t, size);
	for (size_t i = 0; i < old.size; i++)
		if (old.v[i].count) {
			size_t at = tally_slot(t, old.v[i].days);
			t->v[at] = old.v[i];
			t->seen[at] = old.seen[i];
		}
}

/* Counts an interval, once for each owner (a document or a story; from 1 up, in order). */
static void tally_add(struct tally *t, struct interval i, uint64_t owner, uint64_t count)
{
	if (t->n * 2 >= t->size)
		tally_resize(t, t->size ? t->size * 2 : 1024);
	size_t at = tally_slot(t, i);
	if (!t->v[at].count) {
		t->v[at].days = i;
		t->n++;
	} else if (owner && t->seen[at] == owner) {
		return;
	}
	t->v[at].count += count;
	t->seen[at] = owner;
}

/* The intervals of a row on the axis; how many. */
static uint32_t row_days(const struct view *v, uint32_t row, bool mentioned, uint32_t k, struct interval *out)
{
	const struct columns *c = v->c;
	if (!mentioned) {
		*out = view_published(v, row);
		return interval_any(*out);
	}
	uint32_t n = c->days.start[row + 1] - c->days.start[row];
	if (k < n) {
		uint32_t d = c->days.item[c->days.start[row] + k];
		*out = (struct interval){c->day_from[d], c->day_to[d], c->day_precision[d]};
	}
	return n;
}

/* Where an interval is counted at a granularity: in the bucket that holds it, or by itself when it is coarser than that. */
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

struct owners { /* walks documents or stories */
	struct tally *t;
	enum granularity grain;
	uint64_t undated, owner;
	bool dated;
};

static void own_row(struct owners *o, const struct view *v, uint32_t row, bool mentioned)
{
	struct interval i;
	uint32_t n = row_days(v, row, mentioned, 0, &i);
	for (uint32_t k = 0; k < n; k++) {
		row_days(v, row, mentioned, k, &i);
		if (!interval_any(i))
			continue;
		tally_add(o->t, counted_at(i, o->grain), o->owner, 1);
		o->dated = true;
	}
}

static void tally_rows(struct job *j, const uint64_t *const *rows, bool mentioned, bool stories, struct owners *o)
{
	struct place_of *p;
	if (stories) {
		size_t n = story_places(j, rows, &p);
		for (size_t i = 0; i < n; i++) {
			if (i == 0 || p[i].story != p[i - 1].story) {
				o->undated += i && !o->dated;
				o->owner++;
				o->dated = false;
			}
			own_row(o, j->e->views[p[i].view], p[i].row, mentioned);
		}
		o->undated += n && !o->dated;
		return;
	}
	for (size_t i = 0; i < j->e->n_views; i++) {
		const uint64_t *set = set_of(j, rows, i);
		BITS_EACH(set, j->e->views[i]->n_words, row) {
			o->owner++;
			o->dated = false;
			own_row(o, j->e->views[i], row, mentioned);
			o->undated += !o->dated;
		}
	}
}

static bool fine(struct interval i, enum granularity grain)
{
	struct interval b = grain_of(i.from, grain);
	return b.from == i.from && b.to == i.to;
}

static int by_time(const void *x, const void *y)
{
	const struct interval *a = &((const struct bucket *)x)->days, *b = &((const struct bucket *)y)->days;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return (int)a->precision - (int)b->precision;
}

/* Buckets at a granularity; false when there are more than `most`. */
static bool buckets_at(struct job *j, const uint64_t *const *rows, bool mentioned, bool stories, enum granularity grain, size_t most, struct date_counts *out)
{
	struct tally t = {.a = j->a};
	struct owners o = {.t = &t, .grain = grain};
	tally_rows(j, rows, mentioned, stories, &o);
	*out = (struct date_counts){.grain = grain, .undated = o.undated};
	out->fine = arena_raw(j->a, (t.n + 1) * sizeof *out->fine);
	out->coarse = arena_raw(j->a, (t.n + 1) * sizeof *out->coarse);
	for (size_t i = 0; i < t.size; i++)
		if (t.v[i].count && fine(t.v[i].days, grain))
			out->fine[out->n_fine++] = t.v[i];
		else if (t.v[i].count)
			out->coarse[out->n_coarse++] = t.v[i];
	if (out->n_fine > most && grain < GRAIN_CENTURY)
		return false;
	if (out->n_fine)
		qsort(out->fine, out->n_fine, sizeof *out->fine, by_time);
	if (out->n_coarse)
		qsort(out->coarse, out->n_coarse, sizeof *out->coarse, by_time);
	return true;
}

#define AUTO_BUCKETS 60
void count_dates(struct job *j, const uint64_t *const *rows, bool mentioned, enum granularity asked, bool stories, struct date_counts *out)
{
	size_t most = asked == GRAIN_AUTO ? AUTO_BUCKETS : j->e->limits.buckets;
	enum granularity g = asked == GRAIN_AUTO ? GRAIN_DAY : asked;
	while (!buckets_at(j, rows, mentioned, stories, g, most, out))
		g++;
	out->cut = asked != GRAIN_AUTO && g != asked;
}

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

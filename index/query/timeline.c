/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /v1/timeline: counts over time, a series for each leader asked for, or one for the query. All series have the same buckets, those in
 * which any of them counts something; each count stands beside its share of the archive's articles of that time.
 *
 * leader= names series here and filters nothing, but for leader=-a. limit= keeps so many buckets of those in order: the earliest, with
 * sort=newest the latest.
 */
#include "index/query/pages.h"

#include "index/query/facets.h"
#include "index/query/present.h"

struct series {
	struct span leader; /* empty: the query */
	const uint64_t **rows;
	uint64_t total;
	struct date_counts d;
};

struct timeline {
	struct series *v;
	size_t n, cap;
	struct bucket *buckets; /* of all together */
	size_t n_buckets;
	struct date_counts archive;
	enum granularity grain;
};

/* Takes the leaders out of the filters. */
static int take_leaders(struct job *j, struct timeline *t)
{
	size_t kept = 0;
	for (size_t i = 0; i < j->r.n_filters; i++) {
		struct filter *f = &j->r.filters[i];
		if (f->field != FACET_LEADER || f->mode == FILTER_NONE) {
			j->r.filters[kept++] = *f;
			continue;
		}
		for (size_t k = 0; k < f->n; k++) {
			struct span id;
			int rc = plan_value(j, FACET_LEADER, f->values[k], &id);
			if (rc)
				return rc;
			*arena_push(j->a, t->v, t->n, t->cap) = (struct series){.leader = id};
		}
	}
	j->r.n_filters = kept;
	if (!t->n)
		*arena_push(j->a, t->v, t->n, t->cap) = (struct series){.leader = SPAN_NONE};
	return 0;
}

static void series_rows(struct job *j, const struct plan *p, struct series *s)
{
	s->rows = p->match_rows;
	if (s->leader.n) {
		s->rows = arena_array(j->a, const uint64_t *, j->e->n_views + 1);
		for (size_t i = 0; i < j->e->n_views; i++) {
			struct view *v = j->e->views[i];
			uint64_t *rows = arena_raw(j->a, (v->n_words + 1) * sizeof *rows);
			memcpy(rows, value_rows(j, v, FACET_LEADER, s->leader), v->n_words * sizeof *rows);
			if (p->match_rows[i])
				bits_and(rows, p->match_rows[i], v->n_words);
			s->rows[i] = rows;
		}
	}
	s->total = plan_count(j, s->rows);
}

/* The rows of all series together, and from them the granularity. */
static void all_together(struct job *j, struct timeline *t, enum granularity asked)
{
	const uint64_t **any = arena_array(j->a, const uint64_t *, j->e->n_views + 1);
	struct date_counts d;
	for (size_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		uint64_t *rows = arena_array(j->a, uint64_t, v->n_words + 1);
		for (size_t k = 0; k < t->n; k++)
			if (t->v[k].rows[i])
				bits_or(rows, t->v[k].rows[i], v->n_words);
			else
				bits_fill(rows, v->n_rows);
		any[i] = rows;
	}
	count_dates(j, any, j->r.mentioned, asked, j->r.stories, &d);
	t->grain = d.grain;
	t->buckets = d.fine;
	t->n_buckets = d.n_fine;
}

/* Puts the buckets in the order asked for and cuts them where the limit says. */
static void order_buckets(const struct job *j, struct timeline *t, struct str *cut)
{
	for (size_t i = 0; j->r.sort == SORT_NEWEST && i < t->n_buckets / 2; i++) {
		struct bucket other = t->buckets[i];
		t->buckets[i] = t->buckets[t->n_buckets - 1 - i];
		t->buckets[t->n_buckets - 1 - i] = other;
	}
	if (!j->r.has_limit || j->r.limit >= t->n_buckets)
		return;
	str_printf(cut, "\"buckets\":\"first %u of %zu\"", j->r.limit, t->n_buckets);
	t->n_buckets = j->r.limit;
}

static uint64_t count_at(const struct date_counts *d, struct interval days)
{
	size_t lo = 0, hi = d->n_fine;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (d->fine[mid].days.from < days.from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->n_fine && d->fine[lo].days.from == days.from ? d->fine[lo].count : 0;
}

static void write_buckets(struct job *j, const struct timeline *t, const struct series *s)
{
	jw_key(&j->w, "buckets");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < t->n_buckets; i++) {
		struct bucket b = {t->buckets[i].days, count_at(&s->d, t->buckets[i].days), t->buckets[i].number};
		uint64_t all = count_at(&t->archive, b.days);
		jw_open(&j->w, '{');
		bucket_write(j, t->grain, &b);
		jw_key(&j->w, "share");
		jw_num(&j->w, all ? (double)b.count / (double)all : 0);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, ']');
	jw_key(&j->w, "coarser");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < s->d.n_coarse; i++) {
		jw_open(&j->w, '{');
		bucket_write(j, t->grain, &s->d.coarse[i]);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, ']');
}

static void write_series(struct job *j, const struct timeline *t, struct series *s)
{
	count_dates(j, s->rows, j->r.mentioned, t->grain, j->r.stories, &s->d);
	jw_open(&j->w, '{');
	jw_key(&j->w, "id");
	if (s->leader.n)
		jw_str(&j->w, s->leader);
	else
		jw_null(&j->w);
	jw_key(&j->w, "name");
	if (s->leader.n)
		jw_str(&j->w, present_name(j->e->g, s->leader));
	else
		jw_null(&j->w);
	jw_field_int(&j->w, "total", s->total);
	write_buckets(j, t, s);
	jw_field_int(&j->w, "undated", s->d.undated);
	jw_close(&j->w, '}');
}

int page_timeline(struct job *j)
{
	struct plan p = {.up_to = UINT64_MAX}, everything = {.up_to = UINT64_MAX};
	struct timeline t = {0};
	AUTO_STR struct str cut = {0};
	int rc = take_leaders(j, &t);
	if (rc || (rc = plan_make(j, &p)))
		return rc;
	for (size_t i = 0; i < t.n; i++)
		series_rows(j, &p, &t.v[i]);
	all_together(j, &t, j->r.n_facets ? j->r.facets[0].grain : GRAIN_AUTO);
	order_buckets(j, &t, &cut);
	count_dates(j, plan_rows(j, &everything, SIZE_MAX, N_FACETS), j->r.mentioned, t.grain, j->r.stories, &t.archive);
	query_write(j, &p);
	jw_field_int(&j->w, "total", p.total);
	jw_field_z(&j->w, "axis", j->r.mentioned ? "mentioned" : "published");
	jw_field_z(&j->w, "granularity", granularity_word(t.grain));
	jw_key(&j->w, "series");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < t.n; i++)
		write_series(j, &t, &t.v[i]);
	jw_close(&j->w, ']');
	truncated_write(j, &p, &cut);
	return j->err.code;
}

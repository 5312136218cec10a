/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /v1/who: the leaders who are named together with the one asked for (the first leader= that is no exclusion), or those
 * in the documents of the query: in how many documents, in how many of them in one sentence, when first, last and most.
 * With in_office=1 those alone who held an office then, the one asked for as well.
 */
#include "index/query/pages.h"

#include "index/query/facets.h"
#include "index/query/serving.h"

struct other {
	uint32_t number; /* of the engine */
	uint64_t documents, sentences;
	struct interval first, last;
	int busiest;     /* month: year * 12 + month - 1 */
	uint32_t busiest_count;
};

struct company {
	struct job *j;
	const struct plan *p;
	uint32_t subject;  /* NO_NAME: none */
	uint32_t *index;   /* by number of the engine: place in v + 1 */
	struct other *v;
	size_t n, distinct;
	int month_from, month_to;
	uint32_t *months;  /* by other and month */
};

static int month_of(day_t d)
{
	int y, m;
	day_split(d, &y, &m, NULL);
	return y * 12 + m - 1;
}

static int by_documents(const void *x, const void *y)
{
	const struct other *a = x, *b = y;
	return a->documents != b->documents ? (a->documents > b->documents ? -1 : 1) : a->number < b->number ? -1 : a->number > b->number;
}

/* Those who are shown: the most often named. */
static void choose(struct company *k)
{
	struct job *j = k->j;
	uint32_t n = j->e->names[FACET_LEADER].n;
	uint64_t *counts = arena_array(j->a, uint64_t, n + 1u), missing = 0;
	count_values(j, k->p->match_rows, FACET_LEADER, j->r.stories, counts, &missing);
	k->v = arena_array(j->a, struct other, n + 1u);
	k->index = arena_array(j->a, uint32_t, n + 1u);
	for (uint32_t i = 0; i < n; i++)
		if (counts[i] && i != k->subject)
			k->v[k->distinct++] = (struct other){.number = i, .documents = counts[i]};
	if (k->distinct)
		qsort(k->v, k->distinct, sizeof *k->v, by_documents);
	k->n = k->distinct < j->r.limit ? k->distinct : j->r.limit;
	for (size_t i = 0; i < k->n; i++)
		k->index[k->v[i].number] = (uint32_t)i + 1;
}

static void see_month_range(struct company *k)
{
	k->month_from = INT32_MAX;
	k->month_to = INT32_MIN;
	for (size_t i = 0; i < k->j->e->n_views; i++) {
		const struct view *v = k->j->e->views[i];
		const uint64_t *set = set_of(k->j, k->p->match_rows, i);
		day_t from = DAY_MAX, to = DAY_MIN;
		BITS_EACH(set, v->n_words, row) {
			if (v->c->published_precision[row] == PREC_NONE)
				continue;
			from = v->c->published_from[row] < from ? v->c->published_from[row] : from;
			to = v->c->published_to[row] > to ? v->c->published_to[row] : to;
		}
		if (from > to)
			continue;
		k->month_from = month_of(from) < k->month_from ? month_of(from) : k->month_from;
		k->month_to = month_of(to) > k->month_to ? month_of(to) : k->month_to;
	}
}

static void see_day(struct company *k, uint32_t place, struct interval i)
{
	struct other *o = &k->v[place];
	if (!interval_any(i))
		return;
	if (!interval_any(o->first) || i.from < o->first.from || (i.from == o->first.from && i.to < o->first.to))
		o->first = i;
	if (!interval_any(o->last) || i.to > o->last.to || (i.to == o->last.to && i.from > o->last.from))
		o->last = i;
	int month = month_of(i.from);
	if (!k->months || month != month_of(i.to))
		return;
	uint32_t n = ++k->months[(size_t)place * (size_t)(k->month_to - k->month_from + 1) + (size_t)(month - k->month_from)];
	if (n > o->busiest_count || (n == o->busiest_count && month < o->busiest)) {
		o->busiest_count = n;
		o->busiest = month;
	}
}

/* Does the row have this pair in one sentence? Without a subject: this leader with anybody. */
static bool same_sentence(const struct company *k, const struct view *v, uint32_t row, uint32_t number)
{
	const struct list_column *l = &v->c->pairs;
	for (uint32_t i = l->start[row]; i + 1 < l->start[row + 1]; i += 2) {
		uint32_t a = v->global[FACET_LEADER][l->item[i]], b = v->global[FACET_LEADER][l->item[i + 1]];
		if (v->in_office && (!view_row_has(v, FACET_LEADER, row, l->item[i]) || !view_row_has(v, FACET_LEADER, row, l->item[i + 1])))
			continue;
		if ((a == number && (k->subject == NO_NAME || b == k->subject)) || (b == number && (k->subject == NO_NAME || a == k->subject)))
			return true;
	}
	return false;
}

static void see_rows(struct company *k)
{
	for (size_t i = 0; i < k->j->e->n_views; i++) {
		const struct view *v = k->j->e->views[i];
		const struct list_column *l = view_list(v, FACET_LEADER);
		const uint64_t *set = set_of(k->j, k->p->match_rows, i);
		BITS_EACH(set, v->n_words, row)
			for (uint32_t m = l->start[row]; m < l->start[row + 1]; m++) {
				uint32_t number = v->global[FACET_LEADER][l->item[m]], place = k->index[number];
				if (!place)
					continue;
				see_day(k, place - 1, view_published(v, row));
				k->v[place - 1].sentences += same_sentence(k, v, row, number);
			}
	}
}

static void write_when(struct jw *w, const char *key, struct interval i)
{
	jw_key(w, key);
	if (!interval_any(i)) {
		jw_null(w);
		return;
	}
	jw_open(w, '{');
	jw_interval(w, i, true);
	jw_close(w, '}');
}

static void write_other(struct job *j, const struct other *o)
{
	jw_open(&j->w, '{');
	jw_field_str(&j->w, "id", names_at(&j->e->names[FACET_LEADER], o->number));
	jw_field_str(&j->w, "name", engine_leader_name(j->e, o->number));
	jw_field_int(&j->w, "documents", o->documents);
	jw_field_int(&j->w, "sentences", o->sentences);
	write_when(&j->w, "first", o->first);
	write_when(&j->w, "last", o->last);
	jw_key(&j->w, "busiest");
	if (o->busiest_count) {
		struct bucket b = {.days = interval_month(o->busiest / 12, o->busiest % 12 + 1), .count = o->busiest_count};
		b.number = bucket_number(&j->e->buckets[GRAIN_MONTH], b.days);
		jw_open(&j->w, '{');
		bucket_write(j, GRAIN_MONTH, &b);
		jw_close(&j->w, '}');
	} else {
		jw_null(&j->w);
	}
	jw_close(&j->w, '}');
}

static int find_subject(struct job *j, struct company *k)
{
	k->subject = NO_NAME;
	for (size_t i = 0; i < j->r.n_filters; i++) {
		struct span id;
		if (j->r.filters[i].field != FACET_LEADER || j->r.filters[i].mode != FILTER_ALL)
			continue;
		int rc = plan_value(j, FACET_LEADER, j->r.filters[i].values[0], &id);
		if (!rc)
			k->subject = names_find(&j->e->names[FACET_LEADER], id);
		return rc;
	}
	return 0;
}

#define MONTHS_MAX 4000000
int page_who(struct job *j)
{
	struct plan p = {.up_to = UINT64_MAX};
	struct company k = {.j = j, .p = &p};
	int rc = find_subject(j, &k);
	if (rc || (rc = plan_make(j, &p)))
		return rc;
	choose(&k);
	see_month_range(&k);
	if (k.month_from <= k.month_to && (uint64_t)(k.month_to - k.month_from + 1) * k.n <= MONTHS_MAX)
		k.months = arena_array(j->a, uint32_t, (size_t)(k.month_to - k.month_from + 1) * k.n + 1);
	see_rows(&k);
	query_write(j, &p);
	jw_field_int(&j->w, "total", p.total);
	jw_key(&j->w, "leader");
	if (k.subject == NO_NAME)
		jw_null(&j->w);
	else
		jw_str(&j->w, names_at(&j->e->names[FACET_LEADER], k.subject));
	jw_key(&j->w, "leaders");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < k.n; i++)
		write_other(j, &k.v[i]);
	jw_close(&j->w, ']');
	jw_field_int(&j->w, "distinct", k.distinct);
	truncated_write(j, &p, NULL);
	return j->err.code;
}

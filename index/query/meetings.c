/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /v1/meetings: who met whom when, as the facts of the matching documents have it.
 *
 *	documents with two leaders in a sentence ─ records ─► facts.meetings ─ same leaders, status, day ─► one event, with its evidence
 *
 * Events are read from the records, newest documents first, READ_MAX of them at most: meetings have no column. What was not
 * read is told in `truncated`. Ordered by day, latest first (sort=oldest: earliest first), those without a day last.
 */
#include "index/query/pages.h"

#include "index/facts/meetings.h"
#include "index/query/present.h"
#include "index/query/serving.h"
#include "index/store/record.h"

#include <stdlib.h>

#define READ_MAX     5000u
#define EVIDENCE_MAX 20u

struct evidence {
	struct span id, title, text;
	uint32_t start, end;
};

struct event {
	struct span *leaders;
	uint32_t n_leaders;
	const char *status;
	struct interval days;
	bool stated; /* some sentence has the day */
	struct span place;
	struct evidence *evidence;
	size_t n_evidence, cap_evidence, documents;
	uint64_t last_document; /* number of the document counted last */
};

struct events {
	struct job *j;
	const struct plan *p;
	struct event *v;
	size_t n, cap;
	uint64_t document;
};

static bool has_leader(const struct meeting *m, struct span id)
{
	for (uint32_t i = 0; i < m->n_leaders; i++)
		if (span_eq(m->leaders[i], id))
			return true;
	return false;
}

/* The leaders asked for are all in it. */
static bool asked_for(const struct events *e, const struct meeting *m)
{
	for (size_t i = 0; i < e->p->n_asked; i++)
		if (!has_leader(m, e->p->asked_leaders[i]))
			return false;
	return true;
}

/* With in_office=1 a meeting counts where all of them held an office when it was published. */
static bool all_in_office(const struct view *v, uint32_t row, const struct meeting *m)
{
	for (uint32_t i = 0; v->in_office && i < m->n_leaders; i++) {
		uint32_t ordinal = dictionary_find(&v->c->leader_names, m->leaders[i]);
		if (ordinal == NO_ORDINAL || !view_row_has(v, FACET_LEADER, row, ordinal))
			return false;
	}
	return true;
}

static bool same_event(const struct event *e, const struct meeting *m)
{
	if (e->n_leaders != m->n_leaders || strcmp(e->status, m->status) != 0 || e->days.from != m->days.from || e->days.to != m->days.to ||
		interval_any(e->days) != interval_any(m->days))
		return false;
	for (uint32_t i = 0; i < e->n_leaders; i++)
		if (!has_leader(m, e->leaders[i]))
			return false;
	return true;
}

static struct event *event_for(struct events *e, const struct meeting *m)
{
	for (size_t i = 0; i < e->n; i++)
		if (same_event(&e->v[i], m))
			return &e->v[i];
	struct event *x = arena_push(e->j->a, e->v, e->n, e->cap);
	*x = (struct event){.n_leaders = m->n_leaders, .status = arena_z(e->j->a, span_of(m->status)), .days = m->days, .leaders = arena_array(e->j->a, struct span, m->n_leaders + 1u)};
	for (uint32_t i = 0; i < m->n_leaders; i++)
		x->leaders[i] = arena_span(e->j->a, m->leaders[i]);
	return x;
}

static void add_meeting(struct events *e, const struct document *d, const struct facts *f, const struct meeting *m)
{
	struct event *x = event_for(e, m);
	if (x->last_document != e->document)
		x->documents++;
	x->last_document = e->document;
	x->stated |= strcmp(meeting_day_how(f, m), "stated") == 0;
	if (!x->place.n && m->place.n)
		x->place = arena_span(e->j->a, m->place);
	if (x->n_evidence >= EVIDENCE_MAX || m->end > d->text.n || m->start > m->end)
		return;
	*arena_push(e->j->a, x->evidence, x->n_evidence, x->cap_evidence) = (struct evidence){arena_span(e->j->a, d->id), arena_span(e->j->a, d->title),
		arena_span(e->j->a, span_sub(d->text, m->start, m->end)), m->start, m->end};
}

static int read_document(struct events *e, const struct hit *h)
{
	AUTO_ARENA struct arena a = {0};
	struct document d;
	struct facts f;
	struct span plain;
	int rc = snapshot_record(e->j->e->snapshot, (struct place){h->view, h->row}, &a, &plain, &e->j->err);
	if (rc || (rc = record_decode(&a, plain, &d, &f, &e->j->err)))
		return rc;
	e->document++;
	for (size_t i = 0; i < f.n_meetings; i++)
		if (f.meetings[i].status && asked_for(e, &f.meetings[i]) && all_in_office(e->j->e->views[h->view], h->row, &f.meetings[i]))
			add_meeting(e, &d, &f, &f.meetings[i]);
	return 0;
}

/* Leaves only rows with two leaders in one sentence. */
static void keep_pairs(struct job *j, struct plan *p)
{
	const uint64_t **rows = arena_array(j->a, const uint64_t *, j->e->n_views + 1);
	p->total = 0;
	for (size_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		const uint32_t *start = v->c->pairs.start;
		uint64_t *kept = arena_array(j->a, uint64_t, v->n_words + 1);
		for (uint32_t row = 0; row < v->n_rows; row++)
			if (start[row + 1] > start[row] && (!p->match_rows[i] || bits_has(p->match_rows[i], row)))
				bits_set(kept, row);
		rows[i] = kept;
		p->counts[i] = bits_count(kept, v->n_words);
		p->total += p->counts[i];
	}
	p->match_rows = rows;
}

static int by_day_falling(const void *x, const void *y)
{
	const struct event *a = x, *b = y;
	if (interval_any(a->days) != interval_any(b->days))
		return interval_any(a->days) ? -1 : 1;
	if (a->days.from != b->days.from)
		return a->days.from > b->days.from ? -1 : 1;
	return a->documents != b->documents ? (a->documents > b->documents ? -1 : 1) : strcmp(a->status, b->status);
}

static int by_day_rising(const void *x, const void *y)
{
	const struct event *a = x, *b = y;
	return interval_any(a->days) && interval_any(b->days) && a->days.from != b->days.from ? (a->days.from < b->days.from ? -1 : 1) : by_day_falling(x, y);
}

static void write_event(struct job *j, const struct event *x)
{
	struct jw *w = &j->w;
	jw_open(w, '{');
	jw_key(w, "leaders");
	jw_open(w, '[');
	for (uint32_t i = 0; i < x->n_leaders; i++) {
		jw_open(w, '{');
		jw_field_str(w, "id", x->leaders[i]);
		jw_field_str(w, "name", present_name(j->e->g, x->leaders[i]));
		jw_close(w, '}');
	}
	jw_close(w, ']');
	jw_field_z(w, "status", x->status);
	jw_key(w, "day");
	if (interval_any(x->days)) {
		jw_open(w, '{');
		jw_interval(w, x->days, true);
		jw_field_z(w, "how", x->stated ? "stated" : "inferred");
		jw_close(w, '}');
	} else {
		jw_null(w);
	}
	jw_key(w, "place");
	if (x->place.n)
		jw_str(w, x->place);
	else
		jw_null(w);
	jw_field_int(w, "documents", x->documents);
	jw_key(w, "evidence");
	jw_open(w, '[');
	for (size_t i = 0; i < x->n_evidence; i++) {
		jw_open(w, '{');
		jw_field_str(w, "id", x->evidence[i].id);
		jw_field_str(w, "title", x->evidence[i].title);
		jw_field_int(w, "start", x->evidence[i].start);
		jw_field_int(w, "end", x->evidence[i].end);
		jw_field_str(w, "text", x->evidence[i].text);
		jw_close(w, '}');
	}
	jw_close(w, ']');
	jw_close(w, '}');
}

static int read_all(struct events *e, struct plan *p, uint64_t *unread)
{
	struct job *j = e->j;
	struct cursor none = {.revision = UINT64_MAX};
	struct ranking k;
	uint32_t limit = j->r.limit;
	enum sort_mode sort = j->r.sort;
	keep_pairs(j, p);
	j->r.limit = READ_MAX;
	j->r.sort = SORT_NEWEST;
	j->r.stories = false;
	rank(j, p, &none, &k);
	j->r.limit = limit;
	j->r.sort = sort;
	*unread = p->total - k.n_hits;
	for (size_t i = 0; i < k.n_hits; i++) {
		if (job_late_now(j)) {
			*unread += k.n_hits - i;
			return 0;
		}
		int rc = read_document(e, &k.hits[i]);
		if (rc)
			return rc;
	}
	return 0;
}

int page_meetings(struct job *j)
{
	struct plan p = {.up_to = UINT64_MAX};
	struct events e = {.j = j, .p = &p};
	struct str cut = {0};
	uint64_t unread = 0;
	int rc = plan_make(j, &p);
	if (rc)
		return rc;
	query_write(j, &p);
	if ((rc = read_all(&e, &p, &unread)))
		return rc;
	if (e.n)
		qsort(e.v, e.n, sizeof *e.v, j->r.sort == SORT_OLDEST ? by_day_rising : by_day_falling);
	jw_field_int(&j->w, "total", e.n);
	jw_key(&j->w, "meetings");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < e.n && i < j->r.limit; i++)
		write_event(j, &e.v[i]);
	jw_close(&j->w, ']');
	if (unread)
		str_printf(&cut, "\"meetings\":\"%llu documents were not looked at\"", (unsigned long long)unread);
	else if (e.n > j->r.limit)
		str_printf(&cut, "\"meetings\":\"first %u of %zu\"", j->r.limit, e.n);
	truncated_write(j, &p, &cut);
	str_done(&cut);
	return j->err.code;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The door: reads the request, hands it to the page that knows the answer, puts the head on it. */
#include "index/query/answer.h"

#include "base/mem.h"
#include "index/query/pages.h"
#include "index/query/serving.h"

#include <stdio.h>

#define TOOK_ROOM "            " /* took_us is known last: its digits are put in here, and the rest closed up */

static void open_answer(struct job *j, size_t *took_at)
{
	jw_open(&j->w, '{');
	jw_field_int(&j->w, "schema", 1);
	jw_field_z(&j->w, "index", j->e->snapshot->uuid);
	jw_field_int(&j->w, "revision", j->e->snapshot->revision);
	jw_key(&j->w, "took_us");
	*took_at = j->w.out->n;
	jw_raw(&j->w, SPAN(TOOK_ROOM));
}

/* Puts the time into its place. */
static void fill_took(struct job *j, size_t took_at)
{
	char digits[24];
	struct str *s = j->w.out;
	int n = snprintf(digits, sizeof digits, "%lld", (long long)(clock_us() - j->started_us));
	size_t room = strlen(TOOK_ROOM), used = n > 0 && (size_t)n <= room ? (size_t)n : room;
	memcpy(s->p + took_at, digits, used);
	memmove(s->p + took_at + used, s->p + took_at + room, s->n - took_at - room + 1);
	s->n -= room - used;
}

/* ---- answers that were given before ---- */

#define KEEP_BYTES (128u << 10) /* longer answers are not kept */

struct kept { /* an answer with the room for its time still open */
	size_t took_at, n;
	char body[];
};

/* The same request at the same revision has the same answer. */
static struct span answer_key(struct job *j, const struct ask *ask)
{
	return arena_printf(j->a, "A%llu%s %.*s?%.*s", (unsigned long long)j->e->snapshot->revision, ask->whole_id ? "!" : "", SPAN_ARG(ask->path), SPAN_ARG(ask->query));
}

static bool answer_again(struct job *j, const struct ask *ask)
{
	const struct kept *k = cache_find(j->e->cache, answer_key(j, ask));
	if (!k)
		return false;
	str_add(j->w.out, k->body, k->n);
	fill_took(j, k->took_at);
	return true;
}

static void keep_answer(struct job *j, const struct ask *ask, size_t took_at)
{
	const struct str *s = j->w.out;
	if (j->partial || s->n > KEEP_BYTES || !j->e->limits.cache_bytes)
		return;
	struct kept *k = mem_resize(NULL, sizeof *k + s->n);
	k->took_at = took_at;
	k->n = s->n;
	memcpy(k->body, s->p, s->n);
	cache_take(j->e->cache, answer_key(j, ask), k, sizeof *k + s->n);
}

static int dispatch(struct job *j)
{
	switch (j->r.route) {
	case ROUTE_SEARCH: case ROUTE_FACETS: return page_search(j);
	case ROUTE_TIMELINE: return page_timeline(j);
	case ROUTE_WHO: return page_who(j);
	case ROUTE_MEETINGS: return page_meetings(j);
	case ROUTE_DOC: return page_doc(j);
	case ROUTE_SIMILAR: return page_similar(j);
	case ROUTE_LEADERS: return page_leaders(j);
	case ROUTE_SUGGEST: return page_suggest(j);
	}
	return err_set(&j->err, ERR_NO_ROUTE, "no such path");
}

static int64_t soft_deadline(const struct job *j, const struct ask *ask)
{
	int64_t soft = j->e->limits.soft_deadline_ms ? j->started_us + (int64_t)j->e->limits.soft_deadline_ms * 1000 : 0;
	if (ask->deadline_us && (!soft || ask->deadline_us < soft))
		soft = ask->deadline_us;
	return soft;
}

void engine_answer(struct engine *e, struct arena *a, const struct ask *ask, struct reply *r)
{
	struct job j = {.e = e, .a = a, .w = {.out = &r->body}, .started_us = clock_us()};
	size_t took_at = 0;
	str_clear(&r->body);
	str_clear(&r->etag);
	cache_round(e->cache);
	j.soft_us = soft_deadline(&j, ask);
	int rc = request_read(a, ask, &e->limits, &j.r, &j.err);
	bool again = !rc && answer_again(&j, ask);
	if (!rc && !again) {
		open_answer(&j, &took_at);
		engine_in_office(e, j.r.in_office);
		rc = dispatch(&j);
	}
	if (rc) {
		reply_problem(r, rc, j.extra.n ? str_cz(&j.extra) : NULL, "%s", j.err.msg);
	} else {
		if (!again) {
			jw_close(&j.w, '}');
			keep_answer(&j, ask, took_at);
			fill_took(&j, took_at);
		}
		r->status = 200;
		r->content_type = "application/json";
		if (!j.partial)
			str_printf(&r->etag, "\"%.8s-%llu-%016llx\"", e->snapshot->uuid, (unsigned long long)e->snapshot->revision, (unsigned long long)j.r.hash);
	}
	str_done(&j.extra);
}

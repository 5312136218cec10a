/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests and their answers: a row of routes.def says who answers; here the request is checked, handed on, and what comes back
 * is relayed.
 *
 *	exchange ─ route, right, parameters ─► search worker ─┐
 *	                                    ├► index process ─┼─► http_answer
 *	                                    └► about.c ───────┘      (streams of documents: documents.c; answers that workers send themselves: direct.h)
 */
#include "daemon/direct.h"
#include "daemon/front.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define PROBLEM "application/problem+json"

/* ---- Answers ---- */

void answer(struct front *f, struct exchange *x, int status, const char *content_type, const char *extra, struct span body)
{
	counts_add(&f->counts, x->route, status, front_now_us() - x->since_us);
	http_answer(x, status, content_type, extra, body);
}

void answer_problem(struct front *f, struct exchange *x, int code, const char *extra, const char *fmt, ...)
{
	AUTO_STR struct str body = {0};
	char words[480];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	struct jw w = {.out = &body};
	jw_problem(&w, code, words, NULL);
	str_ch(&body, '\n');
	answer(f, x, err_status(code), PROBLEM, extra, str_view(&body));
}

/* ---- What waits for somebody else ---- */

struct pending *pending_new(struct front *f, struct exchange *x, const struct route *r)
{
	struct pending *p = mem_alloc(sizeof *p);
	p->front = f;
	p->x = x;
	p->uid = x->uid;
	p->route = r;
	p->id = ++f->last_id;
	p->since_us = front_now_us();
	p->job.fd = -1;
	p->job.arg = p;
	p->job.lane = x->uid;
	p->next = f->pending;
	if (p->next)
		p->next->prev = p;
	f->pending = p;
	x->user = p;
	return p;
}

void pending_free(struct pending *p)
{
	if (p->prev)
		p->prev->next = p->next;
	else
		p->front->pending = p->next;
	if (p->next)
		p->next->prev = p->prev;
	if (p->x && p->x->user == p)
		p->x->user = NULL;
	str_done(&p->job.payload);
	free(p);
}

struct pending *pending_find(struct front *f, uint32_t id)
{
	for (struct pending *p = f->pending; p; p = p->next)
		if (p->id == id)
			return p;
	return NULL;
}

/* ---- Search ---- */

static bool etag_fits(struct span list, struct span etag)
{
	struct span one;
	if (span_is(span_trim(list), "*"))
		return etag.n > 0;
	while (span_cut(&list, ',', &one)) {
		one = span_trim(one);
		if (span_starts(one, "W/"))
			one = span_sub(one, 2, one.n);
		if (etag.n && span_eq(one, etag))
			return true;
	}
	return false;
}

static void relay_reply(struct front *f, struct exchange *x, struct span payload)
{
	struct unpack u = {payload, false};
	int status = (int)unpack_u64(&u);
	struct span type = unpack_span(&u), etag = unpack_span(&u), body = unpack_span(&u);
	char content_type[80], extra[HTTP_EXTRA];
	if (u.bad || status < 200 || status > 599 || span_find(etag, SPAN("\n")) >= 0 || span_find(type, SPAN("\n")) >= 0)
		return answer_problem(f, x, ERR_WORKER, NULL, "a helper process gave an answer that cannot be used");
	snprintf(content_type, sizeof content_type, "%.*s", SPAN_ARG(type));
	http_etag_lines(etag, extra);
	if (status == 200 && etag_fits(x->head.if_none_match, etag))
		return answer(f, x, 304, NULL, extra, SPAN_NONE);
	answer(f, x, status, content_type, extra, body);
}

static void count_sent(struct pending *p, int status)
{
	if (!p->counted && status)
		counts_add(&p->front->counts, p->route, status, front_now_us() - p->since_us);
	p->counted |= status != 0;
}

void serve_settle_counts(struct front *f)
{
	for (struct pending *p = f->pending; p; p = p->next)
		if (p->job.fd >= 0 && p->route->by == BY_SEARCH)
			count_sent(p, direct_began(p->id));
}

/* What a worker has done with the answer: a number, 0: here it is; else its status: it is out, so many bytes, and what is left of it. */
static void take_answer(struct pending *p, struct span payload)
{
	struct exchange *x = p->x;
	struct unpack u = {payload, false};
	int status = (int)unpack_u64(&u);
	if (!status && !u.bad)
		return relay_reply(p->front, x, u.rest);
	uint64_t sent = unpack_u64(&u);
	struct span rest = unpack_span(&u);
	count_sent(p, direct_began(p->id));
	if (u.bad || status < 200 || status > 599)
		return http_cut(x);
	http_sent(x, sent, rest);
}

/* It died. What the client has got of its answer, if it was given the connection, nothing can follow. */
static void tell_death(struct front *f, struct pending *p, int code, const char *why)
{
	if (p->job.fd < 0 || !direct_began(p->id))
		return answer_problem(f, p->x, code, NULL, "%s", why);
	count_sent(p, err_status(code));
	http_cut(p->x);
}

/* Of a client that did not wait until the front heard of its answer. */
static void count_late(struct pending *p, struct span payload)
{
	struct unpack u = {payload, false};
	count_sent(p, direct_began(p->id));
	if (unpack_u64(&u))
		http_sent_late(p->front->http, unpack_u64(&u));
}

static void search_end(struct job *j, int code, const char *why, struct span payload)
{
	struct pending *p = j->arg;
	if (p->x && code)
		tell_death(p->front, p, code, why);
	else if (p->x)
		take_answer(p, payload);
	else if (p->job.fd >= 0) /* it had its answer, perhaps, and has gone already */
		count_late(p, payload);
	pending_free(p);
}

static const struct job_calls search_calls = {NULL, NULL, search_end};

static void pack_request(struct str *out, const struct exchange *x)
{
	bool head = span_is(x->head.method, "HEAD");
	pack_span(out, head ? SPAN("GET") : x->head.method);
	pack_span(out, str_view(&x->path));
	pack_span(out, x->head.query);
	pack_span(out, str_view(&x->body));
	pack_u64(out, !span_ends(x->head.path, "/similar"));
}

/* Searches of one user that are not answered: nobody may fill the queue alone. */
static size_t waiting_of(const struct front *f, uid_t uid)
{
	size_t n = 0;
	for (const struct pending *p = f->pending; p; p = p->next)
		n += p->route->by == BY_SEARCH && p->x && p->x->uid == uid;
	return n;
}

static void ask_search(struct front *f, struct exchange *x, const struct route *r)
{
	if (f->search_err.code && pool_up(f->search) == 0)
		return answer_problem(f, x, f->search_err.code, NULL, "%s", f->search_err.msg);
	if (pool_waiting(f->search) >= f->cfg->queue_requests)
		return answer_problem(f, x, ERR_BUSY, "Retry-After: 1\r\n", "too many requests wait already; come again in a moment");
	if (waiting_of(f, x->uid) >= (f->cfg->queue_requests + 1) / 2 + f->cfg->search_workers)
		return answer_problem(f, x, ERR_BUSY, "Retry-After: 1\r\n", "you have many requests waiting already; come again in a moment");
	struct pending *p = pending_new(f, x, r);
	AUTO_STR struct str q = {0};
	p->job.kind = FRAME_ASK;
	p->job.calls = &search_calls;
	if (http_parameter(x->head.query, "q", &q)) /* the same words go to the same worker: its caches know them */
		p->job.affinity = (uint32_t)(span_hash(str_view(&q)) % f->cfg->search_workers);
	else
		p->job.affinity = p->id % (uint32_t)f->cfg->search_workers;
	pack_request(&p->job.payload, x);
	if (direct_may() && http_lend(x))
		p->job.fd = x->fd; /* it is taken out of the queue before the connection ends */
	pack_u64(&p->job.payload, p->id);
	pool_submit(f->search, &p->job);
}

/* No search worker can start: those that wait are told why. */
void serve_search_broken(struct front *f)
{
	for (struct pending *p = f->pending, *next; p; p = next) {
		next = p->next;
		if (p->route->by != BY_SEARCH || !pool_withdraw(f->search, &p->job))
			continue;
		if (p->x)
			answer_problem(f, p->x, f->search_err.code, NULL, "%s", f->search_err.msg);
		pending_free(p);
	}
}

/* ---- The index process ---- */

static void index_is_away(struct front *f, struct exchange *x)
{
	if (f->index_err.code)
		answer_problem(f, x, f->index_err.code, "Retry-After: 5\r\n", "%s", f->index_err.msg);
	else
		answer_problem(f, x, ERR_BUSY, "Retry-After: 1\r\n", "the indexer is being started again; send this again in a moment");
}

static void ask_index(struct front *f, struct exchange *x, const struct route *r)
{
	if (f->index_state != INDEX_UP)
		return index_is_away(f, x);
	struct pending *p = pending_new(f, x, r);
	AUTO_STR struct str s = {0};
	pack_request(&s, x);
	channel_send(f->index, FRAME_CALL, p->id, str_view(&s), -1);
}

void serve_index_frame(struct front *f, const struct frame *head, struct span payload)
{
	struct unpack u = {payload, false};
	if (head->kind == FRAME_CREDIT)
		return push_credit(f, head->id, unpack_u64(&u));
	struct pending *p = pending_find(f, head->id);
	if (!p)
		return;
	if (head->kind == FRAME_RESULTS && p->docs)
		return push_results(p, payload);
	if (head->kind == FRAME_RESULTS_END && p->docs)
		return push_end(p);
	if (head->kind != FRAME_REPLY || p->docs)
		return;
	if (p->x)
		relay_reply(f, p->x, payload);
	pending_free(p);
}

void serve_index_died(struct front *f)
{
	for (struct pending *p = f->pending, *next; p; p = next) {
		next = p->next;
		if (p->route->by == BY_PUSH)
			push_broken(p);
		else if (p->route->by == BY_INDEX) {
			if (p->x)
				answer_problem(f, p->x, f->index_err.code ? f->index_err.code : ERR_BUSY, "Retry-After: 1\r\n", "%s",
					f->index_err.code ? f->index_err.msg : "the indexer ended before it had answered; ask again in a moment");
			pending_free(p);
		}
	}
}

/* ---- Requests as they come ---- */

/* The row of a request that may be answered; NULL: it was refused. */
static const struct route *admit(struct front *f, struct exchange *x)
{
	AUTO_STR struct str allow = {0};
	struct err err = {0};
	const struct route *r = x->route = route_find(x->head.method, str_view(&x->path), &allow, &err);
	if (!r && err.code == ERR_METHOD) {
		char extra[120];
		snprintf(extra, sizeof extra, "Allow: %s\r\n", allow.p);
		return answer_problem(f, x, err.code, extra, "%s", err.msg), NULL;
	}
	if (!r)
		return answer_problem(f, x, err.code, NULL, "%s", err.msg), NULL;
	if (r->right == MAY_WRITE && !access_may_write(&f->access, x->uid, x->gid, x->fd)) {
		log_event(LOG_WARN, "write-refused", "uid", log_number(x->uid), "method", r->method, "path", r->path, NULL);
		answer_problem(f, x, ERR_DENIED, NULL, "user %u may search here, but not change anything; the setting `writer` names who may", (unsigned)x->uid);
		return NULL;
	}
	struct span unknown = r->parameters ? http_unknown_parameter(x->head.query, r->parameters) : SPAN_NONE;
	if (unknown.n)
		return answer_problem(f, x, ERR_BAD_ARGUMENT, NULL, "there is no parameter \"%.*s\" here; known: %s",
			SPAN_ARG(unknown), r->parameters[0] ? r->parameters : "none"), NULL;
	struct span twice = r->parameters ? http_twice_given(x->head.query) : SPAN_NONE;
	if (twice.n)
		return answer_problem(f, x, ERR_BAD_ARGUMENT, NULL, "%.*s is given twice", SPAN_ARG(twice)), NULL;
	return r;
}

static void on_head(void *arg, struct exchange *x)
{
	struct front *f = arg;
	x->since_us = front_now_us();
	const struct route *r = admit(f, x);
	bool has_body = x->head.chunked || x->head.length;
	if (!r)
		return;
	x->user = NULL;
	if (r->body == BODY_NONE && has_body)
		return answer_problem(f, x, ERR_BAD_REQUEST, NULL, "%s %s takes no body", r->method, r->path);
	x->body_limit = r->body == BODY_SMALL ? f->cfg->body_bytes : r->body == BODY_DOCUMENTS ? f->cfg->document_bytes : 0;
	if (r->body != BODY_STREAM)
		return;
	if (f->index_state != INDEX_UP)
		return index_is_away(f, x);
	if (f->paused)
		return answer_problem(f, x, ERR_DISK_FULL, "Retry-After: 10\r\n", "the disk of the index is full (min-free); make room, nothing else is needed");
	if (push_queue_full(f, x->uid))
		return answer_problem(f, x, ERR_BUSY, "Retry-After: 1\r\n", "more documents wait to be read than the queue may hold; come again in a moment");
	x->streams = true;
	push_begin(pending_new(f, x, r));
}

static void on_data(void *arg, struct exchange *x, struct span bytes)
{
	(void)arg;
	if (x->user)
		push_data(x->user, bytes);
}

static void on_request(void *arg, struct exchange *x)
{
	struct front *f = arg;
	AUTO_STR struct str allow = {0};
	if (x->streams) {
		if (x->user)
			push_body_done(x->user);
		return;
	}
	const struct route *r = route_find(x->head.method, str_view(&x->path), &allow, NULL);
	if (r->by == BY_SEARCH)
		ask_search(f, x, r);
	else if (r->by == BY_INDEX)
		ask_index(f, x, r);
	else if (r->by == BY_ANALYZE)
		analyze_begin(pending_new(f, x, r));
	else
		about_answer(f, x);
}

static void on_gone(void *arg, struct exchange *x)
{
	struct front *f = arg;
	struct pending *p = x->user;
	about_gone(f, x);
	if (!p)
		return;
	p->x = NULL;
	if (p->docs)
		return documents_gone(p);
	x->answered = p->job.fd >= 0 && direct_began(p->id);
	if (p->route->by == BY_SEARCH && pool_withdraw(f->search, &p->job))
		pending_free(p); /* one that is being answered ends by itself, within its deadline */
}

static void on_drained(void *arg, struct exchange *x)
{
	if (x->user)
		documents_drained(x->user);
	else
		about_drained(arg, x);
}

const struct http_calls front_http_calls = {on_head, on_data, on_request, on_gone, on_drained};

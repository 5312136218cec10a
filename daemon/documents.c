/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams of documents through the front: POST /v1/docs (to the index process) and POST /v1/analyze (to analyzers). The front
 * cuts bodies into documents and keeps answers in order; it never looks into one.
 *
 *	push:     bytes ─ lines ─► PUSH … PUSH_END ─► index … RESULTS (durable) ─► RESULTS_END
 *	          ▲ held when queue-size is reached, let go by CREDIT
 *	analyze:  body ─ batches of lines, a few at once ─► analyzers ─► answers in the order of the lines
 *	          ▲ no more batches while the client does not read
 *
 * NDJSON is one document a line. A body that does not say that it is NDJSON may also be one object over several lines: when
 * the first line is no whole object, all of it is one document.
 */
#include "daemon/front.h"

#include "daemon/roles.h"

#include "base/mem.h"

#include <stdio.h>

#define NDJSON      "application/x-ndjson"
#define BATCH_LINES 16
#define BATCH_BYTES 262144

struct batch { /* some lines at an analyzer */
	struct job job;
	struct batch *next;
	struct pending *p;
	struct str out; /* what came while others are before it */
	uint32_t n_lines;
	bool done;
};

enum cut { CUT_UNKNOWN, CUT_LINES, CUT_WHOLE };

struct documents {
	enum cut cut;
	bool single, body_done, begun, held, ended;
	size_t n_lines;
	struct str carry;   /* push: what is no whole line yet */
	struct str results; /* push: lines for the client, until its body is complete */
	struct span rest;   /* analyze: of the body */
	struct batch *batches, **tail;
	size_t n_batches;
	uint64_t flags;
};

/* Is this a JSON object from its first bracket to its last? Looks at brackets and strings alone. */
static bool whole_object(struct span s)
{
	int depth = 0;
	bool in_string = false;
	s = span_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
			continue;
		}
		in_string = c == '"';
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
	}
	return s.n && s.p[0] == '{' && depth == 0 && !in_string;
}

static struct documents *documents_new(struct pending *p)
{
	struct documents *d = mem_alloc(sizeof *d);
	struct span type = p->x->head.content_type;
	d->tail = &d->batches;
	d->cut = span_ifind(type, "ndjson") >= 0 || span_ifind(type, "jsonl") >= 0 ? CUT_LINES : CUT_UNKNOWN;
	p->docs = d;
	return d;
}

/* What is held of a push, told to the budget. False: there is no more. */
static bool keep(struct pending *p)
{
	return !p->x || http_keep(p->x, p->docs->carry.n + p->docs->results.n);
}

static void documents_free(struct pending *p)
{
	struct documents *d = p->docs;
	str_done(&d->carry), str_done(&d->results);
	free(d);
	p->docs = NULL;
	pending_free(p);
}

static void begin_answer(struct pending *p)
{
	struct documents *d = p->docs;
	if (d->begun || !p->x)
		return;
	d->begun = true;
	counts_add(&p->front->counts, p->route, 200, -1);
	http_begin(p->x, 200, d->single ? "application/json" : NDJSON);
}

/* ---- Push ---- */

void push_begin(struct pending *p) { documents_new(p); }

static void add_line(struct pending *p, struct str *frame, struct span line)
{
	line = span_trim(line);
	if (!line.n)
		return;
	pack_span(frame, line);
	p->docs->n_lines++;
}

bool push_queue_full(const struct front *f, uid_t uid) { return f->queue.bytes >= f->queue.limit || budget_of(&f->queue, uid) >= f->queue.share; }

static void send_lines(struct pending *p, struct span lines)
{
	struct front *f = p->front;
	if (!lines.n || !f->index)
		return;
	channel_send(f->index, FRAME_PUSH, p->id, lines, -1);
	budget_force(&f->queue, p->uid, lines.n);
	if (push_queue_full(f, p->uid) && p->x && !p->docs->body_done) {
		p->docs->held = true;
		http_hold(p->x, true);
	}
}

/* Cuts whole lines off what has come and sends them on. */
static void push_lines(struct pending *p)
{
	struct documents *d = p->docs;
	AUTO_STR struct str frame = {0};
	struct span all = str_view(&d->carry);
	const char *last = all.n ? memrchr(all.p, '\n', all.n) : NULL;
	if (!last)
		return;
	size_t used = (size_t)(last - all.p) + 1;
	struct span rest = span_sub(all, 0, used), line;
	while (span_cut(&rest, '\n', &line)) {
		add_line(p, &frame, line);
		if (frame.n > BATCH_BYTES) {
			send_lines(p, str_view(&frame));
			str_clear(&frame);
		}
	}
	send_lines(p, str_view(&frame));
	str_drop(&d->carry, used);
}

static void push_refuse(struct pending *p, int code, const char *words)
{
	struct exchange *x = p->x;
	struct front *f = p->front;
	p->x = NULL;
	x->user = NULL;
	answer_problem(f, x, code, code == ERR_BUSY ? "Retry-After: 1\r\n" : NULL, "%s", words);
	documents_gone(p);
}

void push_data(struct pending *p, struct span bytes)
{
	struct documents *d = p->docs;
	bool line = bytes.n && memchr(bytes.p, '\n', bytes.n), had_line = d->cut == CUT_UNKNOWN && line;
	str_span(&d->carry, bytes);
	if (had_line) {
		struct span all = str_view(&d->carry);
		while (all.n && (all.p[0] == '\n' || all.p[0] == '\r' || all.p[0] == ' '))
			all = span_sub(all, 1, all.n);
		const char *end = all.n ? memchr(all.p, '\n', all.n) : NULL;
		if (end)
			d->cut = whole_object(span_sub(all, 0, (size_t)(end - all.p))) ? CUT_LINES : CUT_WHOLE;
	}
	if (d->cut == CUT_LINES && line) /* else the carry has none either: it is not looked through again for each piece of a long line */
		push_lines(p);
	if (d->carry.n > p->front->cfg->document_bytes)
		return push_refuse(p, ERR_LIMIT, "one document is larger than is allowed (document-size)");
	if (!d->carry.n)
		str_done(&d->carry);
	keep(p);
}

void push_body_done(struct pending *p)
{
	struct documents *d = p->docs;
	AUTO_STR struct str frame = {0};
	d->body_done = true;
	d->single = d->cut != CUT_LINES;
	if (!p->front->index)
		return push_broken(p);
	add_line(p, &frame, str_view(&d->carry));
	str_done(&d->carry);
	send_lines(p, str_view(&frame));
	str_done(&frame);
	channel_send(p->front->index, FRAME_PUSH_END, p->id, SPAN_NONE, -1);
	if (!d->n_lines)
		return push_refuse(p, ERR_BAD_REQUEST, "there is no document in the body");
	if (d->results.n) {
		begin_answer(p);
		http_add(p->x, str_view(&d->results));
		str_clear(&d->results);
	}
}

void push_results(struct pending *p, struct span lines)
{
	struct documents *d = p->docs;
	if (!p->x)
		return;
	if (!d->body_done) {
		str_span(&d->results, lines);
		if (!keep(p))
			push_refuse(p, ERR_BUSY, "the results of what was sent so far hold more memory than is allowed (held-size): it is indexed; send the rest in another request");
		return;
	}
	begin_answer(p);
	http_add(p->x, lines);
}

void push_end(struct pending *p)
{
	if (p->x) {
		begin_answer(p);
		http_end(p->x);
	}
	documents_free(p);
}

void push_broken(struct pending *p)
{
	struct front *f = p->front;
	struct documents *d = p->docs;
	struct exchange *x = p->x;
	int code = f->index_err.code ? f->index_err.code : ERR_BUSY;
	const char *words = f->index_err.code ? f->index_err.msg : "the indexer ended before these documents were durable; send them again";
	p->x = NULL;
	if (x)
		x->user = NULL;
	if (x && d->begun) { /* some lines are out already: the rest is one line that says so */
		AUTO_STR struct str s = {0};
		struct jw w = {.out = &s};
		jw_open(&w, '{');
		jw_field_z(&w, "status", "failed");
		jw_field_z(&w, "code", err_name(code));
		jw_field_z(&w, "reason", words);
		jw_close(&w, '}');
		str_ch(&s, '\n');
		http_add(x, str_view(&s));
		http_end(x);
	} else if (x)
		answer_problem(f, x, code, "Retry-After: 1\r\n", "%s", words);
	documents_free(p);
}

void push_credit(struct front *f, uint32_t id, uint64_t bytes)
{
	const struct pending *of = pending_find(f, id);
	if (of)
		budget_give(&f->queue, of->uid, bytes);
	for (struct pending *p = f->pending, *next; p && f->queue.bytes < f->queue.limit / 2; p = next) {
		next = p->next;
		if (!p->docs || !p->docs->held || !p->x || budget_of(&f->queue, p->uid) >= f->queue.share / 2)
			continue;
		p->docs->held = false;
		http_hold(p->x, false); /* may hold itself again, may end p */
	}
}

/* ---- Analyze ---- */

static void problem_line(struct str *out, struct span id, int code, const char *why)
{
	struct jw w = {.out = out};
	jw_open(&w, '{');
	jw_key(&w, "id");
	if (id.n)
		jw_str(&w, id);
	else
		jw_null(&w);
	jw_field_z(&w, "title", err_title(code));
	jw_field_int(&w, "status", err_status(code));
	jw_field_z(&w, "code", err_name(code));
	jw_field_z(&w, "detail", why);
	jw_close(&w, '}');
	str_ch(out, '\n');
}

static void analyze_more(struct pending *p);

static void give(struct batch *b, struct span line)
{
	struct pending *p = b->p;
	if (!p->x)
		return;
	if (p->docs->batches != b)
		return str_span(&b->out, line);
	begin_answer(p);
	http_add(p->x, line);
}

/* Batches at the head that are complete make room for the next. */
static void advance(struct pending *p)
{
	struct documents *d = p->docs;
	for (struct batch *b; (b = d->batches) && b->done;) {
		d->batches = b->next;
		if (!d->batches)
			d->tail = &d->batches;
		d->n_batches--;
		str_done(&b->out), str_done(&b->job.payload);
		free(b);
		if (d->batches && d->batches->out.n) {
			give(d->batches, str_view(&d->batches->out));
			str_done(&d->batches->out);
		}
	}
	analyze_more(p);
}

static void batch_item(struct job *j, const struct frame *head, struct span payload)
{
	struct batch *b = j->arg;
	struct pending *p = b->p;
	AUTO_STR struct str line = {0};
	if (head->kind == FRAME_ITEM) {
		str_span(&line, payload);
		str_ch(&line, '\n');
		return give(b, str_view(&line));
	}
	struct unpack u = {payload, false};
	struct span id = unpack_span(&u);
	int code = (int)(int64_t)unpack_u64(&u);
	struct span words = unpack_span(&u);
	char why[480];
	snprintf(why, sizeof why, "%.*s", SPAN_ARG(words));
	if (p->x && p->docs->single && !p->docs->begun) { /* one document: the answer itself says so */
		struct exchange *x = p->x;
		p->x = NULL;
		x->user = NULL;
		return answer_problem(p->front, x, code, NULL, "%s", why);
	}
	problem_line(&line, id, code, why);
	give(b, str_view(&line));
}

static void batch_lost(struct job *j, int code, const char *why)
{
	AUTO_STR struct str line = {0};
	problem_line(&line, SPAN_NONE, code, why);
	job_blank_done(j);
	give(j->arg, str_view(&line));
}

static void batch_end(struct job *j, int code, const char *why, struct span payload)
{
	(void)payload;
	struct batch *b = j->arg;
	for (; code && j->items < b->n_lines; j->items++)
		batch_lost(j, code, why);
	b->done = true;
	advance(b->p);
}

static const struct job_calls batch_calls = {batch_item, batch_lost, batch_end};

/* The next document of the body; false at its end. */
static bool next_document(struct documents *d, struct span *out)
{
	if (d->cut == CUT_WHOLE) {
		*out = span_trim(d->rest);
		d->rest = SPAN_NONE;
		return out->n > 0;
	}
	while (span_cut(&d->rest, '\n', out)) {
		*out = span_trim(*out);
		if (out->n)
			return true;
	}
	return false;
}

static bool submit_batch(struct pending *p)
{
	struct documents *d = p->docs;
	struct batch *b = mem_alloc(sizeof *b);
	struct span line;
	b->p = p;
	b->job = (struct job){.kind = FRAME_READ_LINES, .fd = -1, .lane = p->uid, .resumable = true, .calls = &batch_calls, .arg = b};
	pack_u64(&b->job.payload, d->flags);
	while (b->n_lines < BATCH_LINES && b->job.payload.n < BATCH_BYTES && next_document(d, &line)) {
		pack_span(&b->job.payload, line);
		b->n_lines++;
	}
	if (!b->n_lines) {
		str_done(&b->job.payload);
		free(b);
		return false;
	}
	b->job.n_items = b->n_lines;
	d->n_lines += b->n_lines;
	*d->tail = b;
	d->tail = &b->next;
	d->n_batches++;
	pool_submit(p->front->analyze, &b->job);
	return true;
}

/* Keeps a few batches at work; ends the answer after the last. */
static void analyze_more(struct pending *p)
{
	struct documents *d = p->docs;
	bool more = p->x != NULL;
	while (more && d->n_batches < 2 * p->front->cfg->analyzers && !(d->begun && !http_add(p->x, SPAN_NONE)))
		more = submit_batch(p);
	if (d->n_batches || (p->x && d->rest.n))
		return;
	if (p->x) {
		begin_answer(p);
		http_end(p->x);
	}
	documents_free(p);
}

void analyze_begin(struct pending *p)
{
	struct documents *d = documents_new(p);
	struct exchange *x = p->x;
	AUTO_STR struct str clean = {0};
	d->rest = str_view(&x->body);
	d->flags = LINES_ANALYZE;
	if (http_parameter(x->head.query, "clean", &clean)) {
		bool keep = span_is(str_view(&clean), "0");
		if (!keep && !span_is(str_view(&clean), "1"))
			return push_refuse(p, ERR_BAD_ARGUMENT, "clean: give 0 (the text byte for byte) or 1");
		d->flags |= keep ? LINES_KEEP_TEXT : 0;
	}
	if (!span_trim(d->rest).n)
		return push_refuse(p, ERR_BAD_REQUEST, "there is no document in the body");
	if (!http_keep(x, x->body.n)) /* on their way to the analyzers they are here once more */
		return push_refuse(p, ERR_BUSY, "documents that wait hold more memory than is allowed (held-size); come again");
	if (pool_waiting(p->front->analyze) >= p->front->cfg->queue_requests)
		return push_refuse(p, ERR_BUSY, "too many requests wait already; come again in a moment");
	if (d->cut == CUT_UNKNOWN) {
		struct span text = span_trim(d->rest);
		const char *end = memchr(text.p, '\n', text.n);
		d->single = !end || !whole_object(span_sub(text, 0, (size_t)(end - text.p)));
		d->cut = d->single ? CUT_WHOLE : CUT_LINES;
	}
	analyze_more(p);
}

/* ---- Both ---- */

void documents_gone(struct pending *p)
{
	struct front *f = p->front;
	str_done(&p->docs->carry), str_done(&p->docs->results);
	if (p->route->by == BY_PUSH) {
		if (!f->index || f->index_state != INDEX_UP)
			return documents_free(p);
		if (!p->docs->body_done) /* what was sent goes in; the results have nobody to go to */
			channel_send(f->index, FRAME_PUSH_END, p->id, SPAN_NONE, -1);
		p->docs->body_done = true;
		return;
	}
	for (struct batch *b = p->docs->batches; b; b = b->next)
		if (!b->done && pool_withdraw(f->analyze, &b->job))
			b->done = true;
	advance(p);
}

void documents_drained(struct pending *p)
{
	if (p->docs && p->route->by == BY_ANALYZE)
		analyze_more(p);
}

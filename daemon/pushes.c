/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Documents from clients: lines in, a result for each line out, in the order of the lines, when it is durable.
 *
 *	PUSH ─ batches ─► readers ─► records ─ in order ─► writer_put_quick ─► result (held) ─ quick commit ─► RESULTS … RESULTS_END
 *	                                        long ones: writer_put                          whole commit
 *
 * Readers work side by side; a batch that is done before an earlier one waits with its records, so that of two documents with one
 * id the later wins. A batch is put whole: a push of up to BATCH_LINES documents is in one commit.
 */
#include "daemon/indexer.h"
#include "daemon/moves.h"

#include "base/mem.h"

#include <stdio.h>

#define BATCH_LINES 32
#define BATCH_BYTES 65536
#define QUICK_LINES 256 /* of one push; what is longer is a load: builders side by side do it faster */

struct batch {
	struct job job;
	struct batch *next;
	struct push *push;
	uint32_t n_lines;
	uint64_t bytes;
	bool done;
	struct str given; /* by the reader, until the batch is done and all before it: kind, payload */
};

struct push {
	struct push *next;
	struct indexer *ix;
	uint32_t id;
	bool ended;
	bool later;        /* what it waits for comes with the next whole commit */
	uint64_t n_lines;
	struct batch *batches, **tail;
	struct str results; /* put, and told after the next commit */
};

static struct push *push_of(struct indexer *ix, uint32_t id, bool make)
{
	struct push **at = &ix->pushes;
	while (*at && (*at)->id != id)
		at = &(*at)->next;
	if (*at || !make)
		return *at;
	struct push *p = mem_alloc(sizeof *p);
	p->ix = ix;
	p->id = id;
	p->tail = &p->batches;
	return *at = p;
}

bool pushes_any(const struct indexer *ix)
{
	for (const struct push *p = ix->pushes; p; p = p->next)
		if (p->batches || !p->ended)
			return true;
	return false;
}

/* ---- Results ---- */

static void add_result(struct push *p, struct span id, const char *status, int code, const char *reason, struct span unread)
{
	struct jw w = {.out = &p->results};
	jw_open(&w, '{');
	jw_key(&w, "id");
	if (id.n)
		jw_str(&w, id);
	else
		jw_null(&w);
	jw_field_z(&w, "status", status);
	if (code) {
		jw_field_z(&w, "code", err_name(code));
		jw_field_z(&w, "reason", reason);
	}
	if (unread.n) {
		AUTO_STR struct str words = {0};
		str_printf(&words, "published: \"%.*s\" cannot be read as a date; it was looked for in the document instead", (int)(unread.n < 80 ? unread.n : 80), unread.p);
		jw_field_str(&w, "warning", str_view(&words));
	}
	jw_close(&w, '}');
	str_ch(&p->results, '\n');
	p->ix->queued_documents--;
}

static int put(struct push *p, struct span record, enum put_status *status, struct err *err)
{
	bool later = true;
	int rc = p->n_lines > QUICK_LINES ? writer_put(p->ix->writer, record, status, err) : writer_put_quick(p->ix->writer, record, status, &later, err);
	p->later |= later;
	return rc;
}

static void put_record(struct push *p, struct span payload)
{
	static const char *const words[] = {"added", "replaced", "unchanged"};
	struct indexer *ix = p->ix;
	struct unpack u = {payload, false};
	struct span id = unpack_span(&u), unread = unpack_span(&u);
	enum put_status status = PUT_UNCHANGED;
	struct err err = {0};
	int rc = u.bad ? err_set(&err, ERR_WORKER, "the reader gave nothing that can be used") : put(p, u.rest, &status, &err);
	if (rc == ERR_CORRUPT || rc == ERR_WORKER || rc == ERR_BAD_DOCUMENT) /* the record, not the storage */
		return add_result(p, id, "rejected", rc, err.msg, SPAN_NONE);
	if (rc)
		index_store_failed(ix, &err);
	if (removed_forget(ix, id)) /* that is in the ledger, and so in whole commits */
		p->later = true;
	ix->now.documents++;
	ix->now.unchanged += status == PUT_UNCHANGED;
	add_result(p, id, words[status], 0, NULL, unread);
	index_changed(ix);
}

static void put_bad(struct push *p, struct span payload)
{
	struct unpack u = {payload, false};
	struct span id = unpack_span(&u);
	int code = (int)(int64_t)unpack_u64(&u);
	struct span words = unpack_span(&u);
	char why[480];
	snprintf(why, sizeof why, "%.*s", SPAN_ARG(words));
	p->ix->now.failed++;
	add_result(p, id, "rejected", code ? code : ERR_WORKER, why, SPAN_NONE);
}

static void take_item(struct push *p, uint64_t kind, struct span payload)
{
	if (kind == FRAME_ITEM)
		put_record(p, payload);
	else
		put_bad(p, payload);
}

/* Somebody waits for an answer as soon as nothing of a push that has ended is still being read. */
static void look_complete(struct push *p)
{
	if (p->ended && !p->batches)
		p->later ? index_commit_soon(p->ix) : index_commit_quick(p->ix);
}

/* The first batches that are done are put, each in one go: no commit comes in between. */
static void advance(struct push *p)
{
	for (struct batch *b; (b = p->batches) && b->done;) {
		struct unpack u = {str_view(&b->given), false};
		while (u.rest.n && !u.bad) {
			uint64_t kind = unpack_u64(&u);
			take_item(p, kind, unpack_span(&u));
		}
		p->batches = b->next;
		if (!p->batches)
			p->tail = &p->batches;
		str_done(&b->job.payload);
		str_done(&b->given);
		free(b);
	}
	look_complete(p);
}

/* ---- What readers give ---- */

static void give(struct batch *b, uint64_t kind, struct span payload)
{
	pack_u64(&b->given, kind);
	pack_span(&b->given, payload);
}

static void on_item(struct job *j, const struct frame *head, struct span payload) { give(j->arg, head->kind, payload); }

static void on_lost(struct job *j, int code, const char *why)
{
	AUTO_STR struct str s = {0};
	pack_span(&s, SPAN_NONE);
	pack_u64(&s, (uint64_t)(int64_t)code);
	pack_span(&s, span_of(why));
	job_blank_done(j);
	give(j->arg, FRAME_BAD, str_view(&s));
}

static void on_end(struct job *j, int code, const char *why, struct span payload)
{
	struct batch *b = j->arg;
	AUTO_STR struct str credit = {0};
	(void)payload;
	for (; j->items < b->n_lines; j->items++) /* given up, or a reader that did not do all of it */
		on_lost(j, code ? code : ERR_WORKER, code ? why : "the reader left it out");
	pack_u64(&credit, b->bytes);
	channel_send(b->push->ix->front, FRAME_CREDIT, b->push->id, str_view(&credit), -1);
	b->done = true;
	index_tell_soon(b->push->ix);
	advance(b->push);
}

static const struct job_calls batch_calls = {on_item, on_lost, on_end};

/* ---- What the front gives ---- */

void pushes_lines(struct indexer *ix, uint32_t id, struct span lines)
{
	struct push *p = push_of(ix, id, true);
	struct unpack u = {lines, false};
	while (u.rest.n && !u.bad) {
		struct batch *b = mem_alloc(sizeof *b);
		b->push = p;
		b->job = (struct job){.kind = FRAME_READ_LINES, .fd = -1, .resumable = true, .calls = &batch_calls, .arg = b};
		pack_u64(&b->job.payload, 0);
		while (u.rest.n && !u.bad && b->n_lines < BATCH_LINES && b->job.payload.n < BATCH_BYTES) {
			pack_span(&b->job.payload, unpack_span(&u));
			b->n_lines++;
		}
		b->job.n_items = b->n_lines;
		b->job.lane = id;
		p->n_lines += b->n_lines;
		b->bytes = b->job.payload.n - sizeof(uint64_t); /* without the flags */
		ix->queued_documents += b->n_lines;
		*p->tail = b;
		p->tail = &b->next;
		pool_submit(ix->pushers, &b->job);
	}
}

void pushes_end(struct indexer *ix, uint32_t id)
{
	struct push *p = push_of(ix, id, true);
	p->ended = true;
	look_complete(p);
}

void pushes_committed(struct indexer *ix, bool quick)
{
	for (struct push **at = &ix->pushes, *p; (p = *at);) {
		if (quick && p->later) {
			at = &p->next;
			continue;
		}
		p->later = false;
		if (p->results.n)
			channel_send(ix->front, FRAME_RESULTS, p->id, str_view(&p->results), -1);
		str_clear(&p->results);
		if (!p->ended || p->batches) {
			at = &p->next;
			continue;
		}
		channel_send(ix->front, FRAME_RESULTS_END, p->id, SPAN_NONE, -1);
		*at = p->next;
		str_done(&p->results);
		free(p);
	}
}

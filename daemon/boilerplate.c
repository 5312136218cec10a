/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boilerplate that the writer has learnt (index/facts/templates.h): those who read are told of it, documents that were indexed before
 * it was known are cleaned when there is nothing else to do, and people may look at it and switch it off for a source: then its articles get it back.
 *
 *	a commit, and something became known ─► TEMPLATES to the read processes, and through the front to the analyzers
 *	nothing else to do ─ writer_uncleaned ─ a batch of records ─► a reader: all templates back, those that are on out ─► changed? ─► writer_renew_same
 *	GET, POST /v1/templates
 */
#include "daemon/indexer.h"

#include "base/mem.h"
#include "daemon/http-parse.h"
#include "index/store/writer.h"

#define SOURCE_BYTES 1024 /* of a name in a request */
#define BATCH  64
#define LISTED 1000

struct boilerplate {
	struct job job;
	uint32_t n;       /* records in it; 0: none is under way */
	uint64_t version; /* that readers were told of */
};

static bool wanted(const struct indexer *ix) { return ix->cfg->templates; }

void boilerplate_tell(struct indexer *ix)
{
	AUTO_STR struct str keys = {0};
	if (!ix->boilerplate)
		ix->boilerplate = mem_alloc(sizeof *ix->boilerplate);
	uint64_t version = writer_templates(ix->writer, NULL);
	if (version == ix->boilerplate->version || !wanted(ix))
		return;
	ix->boilerplate->version = version;
	writer_templates(ix->writer, &keys);
	struct pool *pools[] = {ix->files, ix->pushers, ix->renewers};
	for (size_t i = 0; i < sizeof pools / sizeof *pools; i++)
		pool_preamble(pools[i], FRAME_TEMPLATES, str_view(&keys));
	channel_send(ix->front, FRAME_TEMPLATES, 0, str_view(&keys), -1);
}

/* ---- Cleaning what is indexed ---- */

static int take(void *arg, struct span record, struct err *err)
{
	struct boilerplate *b = arg;
	(void)err;
	pack_span(&b->job.payload, record);
	b->n++;
	return 0;
}

static void on_item(struct job *j, const struct frame *head, struct span payload)
{
	struct indexer *ix = j->arg;
	struct unpack u = {payload, false};
	struct err err = {0};
	unpack_span(&u); /* id */
	unpack_span(&u); /* a date that cannot be read */
	if (head->kind != FRAME_ITEM || u.bad || span_eq(u.rest, job_item(j, j->items - 1)))
		return; /* more than half of it would go: it stays as it is */
	int rc = writer_renew_same(ix->writer, u.rest, &err);
	if (rc && rc != ERR_CORRUPT && rc != ERR_BAD_DOCUMENT)
		index_store_failed(ix, &err);
	index_changed(ix);
}

static void on_lost(struct job *j, int code, const char *why) { (void)j, (void)code, (void)why; }

static void on_end(struct job *j, int code, const char *why, struct span payload)
{
	struct indexer *ix = j->arg;
	(void)code, (void)why, (void)payload;
	ix->boilerplate->n = 0;
	index_work(ix);
}

static const struct job_calls calls = {on_item, on_lost, on_end};

bool boilerplate_busy(const struct indexer *ix)
{
	return (ix->boilerplate && ix->boilerplate->n) || (!ix->paused && writer_any_uncleaned(ix->writer, wanted(ix)));
}

void boilerplate_work(struct indexer *ix)
{
	struct boilerplate *b = ix->boilerplate;
	struct err err = {0};
	if (!b || b->n || !boilerplate_busy(ix) || !ix->upgrade_over || ix->mixed || upgrade_urgent(ix) || ix->stopping || pushes_any(ix))
		return;
	str_clear(&b->job.payload);
	if (writer_uncleaned(ix->writer, wanted(ix), BATCH, take, b, &err) != 0)
		index_store_failed(ix, &err);
	if (!b->n)
		return index_commit_soon(ix); /* looked through: that is noted */
	struct str payload = b->job.payload;
	b->job = (struct job){.kind = FRAME_READ_RECORDS, .payload = payload, .fd = -1, .resumable = true, .n_items = b->n, .calls = &calls, .arg = ix};
	pool_submit(ix->renewers, &b->job);
}

void boilerplate_done(struct indexer *ix)
{
	if (ix->boilerplate)
		str_done(&ix->boilerplate->job.payload);
	free(ix->boilerplate);
}

/* ---- Looking and switching ---- */

struct listing {
	struct jw *w;
	struct span source; /* empty: all */
	uint64_t n;
};

static void list_one(void *arg, struct span source, bool on, struct span sample, uint32_t documents, uint32_t of)
{
	struct listing *l = arg;
	if ((l->source.n && !span_eq(l->source, source)) || l->n++ >= LISTED)
		return;
	jw_open(l->w, '{');
	jw_field_str(l->w, "source", source.n ? source : SPAN(""));
	jw_field_bool(l->w, "on", on);
	jw_field_str(l->w, "text", sample);
	jw_field_int(l->w, "documents", documents);
	jw_field_int(l->w, "of", of);
	jw_close(l->w, '}');
}

static void show(struct indexer *ix, uint32_t id, struct span query)
{
	AUTO_STR struct str body = {0}, source = {0};
	struct jw w = {.out = &body};
	http_parameter(query, "source", &source);
	struct listing l = {&w, str_view(&source), 0};
	jw_open(&w, '{');
	jw_field_bool(&w, "on", wanted(ix));
	jw_key(&w, "templates");
	jw_open(&w, '[');
	writer_templates_list(ix->writer, list_one, &l);
	jw_close(&w, ']');
	jw_field_int(&w, "total", l.n);
	jw_close(&w, '}');
	str_ch(&body, '\n');
	index_reply(ix, id, 200, str_view(&body));
}

static void set_switch(struct indexer *ix, uint32_t id, struct span body)
{
	json_t *j AUTO_JSON = NULL;
	struct err err = {0};
	struct str out = {0};
	if (json_read(body, 4, &j, &err) != 0)
		return index_problem(ix, id, ERR_BAD_REQUEST, "%s", err.msg);
	struct span source = json_span(j, "source");
	const json_t *on = json_object_get(j, "on");
	if (!json_is_string(json_object_get(j, "source")) || !json_is_boolean(on))
		return index_problem(ix, id, ERR_BAD_REQUEST, "give {\"source\":\"name\",\"on\":false}");
	if (source.n > SOURCE_BYTES)
		return index_problem(ix, id, ERR_LIMIT, "source: no name of a source has more than %d bytes", SOURCE_BYTES);
	bool changed = writer_templates_switch(ix->writer, source, json_is_true(on));
	boilerplate_tell(ix);
	struct jw w = {.out = &out};
	jw_open(&w, '{');
	jw_field_str(&w, "source", source);
	jw_field_bool(&w, "on", json_is_true(on));
	jw_field_bool(&w, "changed", changed);
	index_promise(ix, id, 200, &out);
}

void boilerplate_call(struct indexer *ix, uint32_t id, struct span method, struct span query, struct span body)
{
	if (span_is(method, "POST"))
		set_switch(ix, id, body);
	else
		show(ix, id, query);
}

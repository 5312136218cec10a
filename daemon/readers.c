/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read process: bytes in, documents with their facts out – as records for the index, or as JSON for POST /v1/analyze.
 *
 *	READ_FILE  + descriptor ─► reader_next ─► clean_document ─► facts_find ─► record ─► ITEM …  DONE
 *	READ_LINES              ─► reader_from_json ─► the same                 ─► record or analysis
 *	TEMPLATES               ─► what is left out from now on (no answer)
 *	READ_RECORDS            ─► record_decode    ─► facts_find               ─► record
 *
 * Jailed: it opens nothing, and meets one document at a time with a budget of processor time. A parent that restarts a job
 * says how many items to pass over. What is said of a file when it is done: its hash, its format.
 */
#include "daemon/convert.h"
#include "daemon/ipc.h"
#include "daemon/jail.h"
#include "daemon/roles.h"

#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "index/facts/facts.h"
#include "index/facts/templates.h"
#include "index/store/record.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
	const struct config *cfg;
	const struct gazetteer *g;
	struct read_limits limits;
	struct arena arena;
	struct str out;
	int fd;        /* to the parent */
	uint64_t skip; /* items of this job that were done by a reader before this one */
	uint64_t flags;
	bool broken;   /* the parent is gone */
	struct converter converter;
	struct template_set templates; /* owned */
};

static void say(struct reading *r, enum frame_kind kind)
{
	if (ipc_send(r->fd, kind, 0, str_view(&r->out), -1, NULL) != 0)
		r->broken = true;
}

static void say_bad(struct reading *r, struct span id, int code, const char *why)
{
	str_clear(&r->out);
	pack_span(&r->out, id);
	pack_u64(&r->out, (uint64_t)(int64_t)code);
	pack_span(&r->out, span_of(why));
	say(r, FRAME_BAD);
}

static void say_record(struct reading *r, const struct document *d, const struct facts *f)
{
	str_clear(&r->out);
	pack_span(&r->out, d->id);
	pack_span(&r->out, d->unread_date);
	record_encode(&r->out, d, f);
	say(r, FRAME_ITEM);
}

static void say_analysis(struct reading *r, const struct document *d, const struct facts *f)
{
	struct jw w = {.out = &r->out};
	str_clear(&r->out);
	present_analysis(&w, &r->arena, r->g, d, f);
	say(r, FRAME_ITEM);
}

/* A document as it came: cleaned, its facts found, given back. */
static void finish(struct reading *r, struct document *d)
{
	struct err err = {0};
	struct facts f = {0};
	if (r->flags & LINES_KEEP_TEXT)
		d->body_kind = BODY_KEPT;
	int rc = clean_document(&r->arena, &r->limits, d, &err);
	if (rc)
		return say_bad(r, d->id, rc, err.msg);
	template_set_clean(&r->templates, &r->arena, d);
	facts_find(&r->arena, r->g, d, &f);
	if (r->flags & LINES_ANALYZE)
		say_analysis(r, d, &f);
	else
		say_record(r, d, &f);
}

/* ---- Lines ---- */

static void read_line(struct reading *r, struct span line)
{
	struct document d = {0};
	struct err err = {0};
	jail_cpu_budget(r->cfg->cpu_ms);
	int rc = reader_from_own_json(&r->arena, line, &r->limits, &d, &err);
	if (rc)
		say_bad(r, d.id, rc, err.msg);
	else
		finish(r, &d);
	arena_reset(&r->arena);
}

/* payload: holds the lines; a large one that is alone goes with its document, page by page. */
static void read_lines(struct reading *r, struct unpack *u, struct str *payload)
{
	r->flags = unpack_u64(u);
	struct span one;
	while (!r->broken && u->rest.n) {
		one = unpack_span(u);
		if (!u->rest.n && payload->p && !r->skip && one.n > payload->n / 2) {
			arena_take(&r->arena, payload->p, payload->n);
			*payload = (struct str){0};
		}
		if (r->skip)
			r->skip--;
		else
			read_line(r, one);
	}
	str_clear(&r->out);
}

/* ---- Records ---- */

static void read_record(struct reading *r, struct span record)
{
	struct document d = {0};
	struct facts f = {0};
	struct err err = {0};
	jail_cpu_budget(r->cfg->cpu_ms);
	int rc = record_decode(&r->arena, record, &d, &f, &err);
	if (rc == 0) {
		f = (struct facts){0};
		template_restore(&r->arena, &d);
		template_set_clean(&r->templates, &r->arena, &d);
		facts_find(&r->arena, r->g, &d, &f);
		say_record(r, &d, &f);
	} else
		say_bad(r, SPAN_NONE, rc, err.msg);
	arena_reset(&r->arena);
}

static void read_records(struct reading *r, struct unpack *u)
{
	while (!r->broken && u->rest.n && !u->bad) {
		struct span one = unpack_span(u);
		if (r->skip)
			r->skip--;
		else
			read_record(r, one);
	}
	str_clear(&r->out);
}

/* ---- Files ---- */

static uint64_t hash_file(int fd, uint64_t size)
{
	uint64_t h = size;
	char *block = mem_alloc(1 << 20);
	off_t at = 0;
	for (ssize_t n; (n = pread(fd, block, 1 << 20, at)) > 0; at += n) { /* a hash of the hashes of blocks */
		uint64_t pair[2] = {h, span_hash((struct span){block, (size_t)n})};
		h = span_hash((struct span){(const char *)pair, sizeof pair});
	}
	free(block);
	return h;
}

/* Reads all documents of a file; the code it ends with is 0 or the file's own error. */
static int read_documents(struct reading *r, const struct read_input *in, struct err *err)
{
	struct reader *reader = NULL;
	int rc = reader_open(in, &r->limits, &reader, err);
	if (rc)
		return rc;
	while (!r->broken) {
		struct document d = {0};
		struct err why = {0};
		jail_cpu_budget(r->cfg->cpu_ms);
		rc = reader_next(reader, &r->arena, &d, &why);
		if (rc == 0)
			break;
		bool ends = rc < 0 && rc != ERR_BAD_DOCUMENT && rc != ERR_LIMIT;
		if (ends) {
			*err = why;
			break;
		}
		if (r->skip)
			r->skip--;
		else if (rc < 0)
			say_bad(r, d.id, rc, why.msg);
		else
			finish(r, &d);
		rc = 0;
		arena_reset(&r->arena);
	}
	str_clear(&r->out);
	pack_span(&r->out, span_of(reader_format(reader)));
	reader_close(reader);
	return rc;
}

/* payload: source, name, day of the file, hash that is known (0: none). DONE: code, words, hash, format; unchanged: code 0, no format. */
static void read_file(struct reading *r, struct unpack *u, int fd)
{
	struct read_input in = {.fd = fd, .helper = &r->converter.helper};
	struct err err = {0};
	in.source = unpack_span(u);
	in.name = unpack_span(u);
	int32_t day = (int32_t)(int64_t)unpack_u64(u);
	uint64_t known = unpack_u64(u);
	r->flags = 0;
	in.file_day = (struct interval){day, day, PREC_DAY};
	str_clear(&r->out);
	jail_cpu_budget(r->cfg->cpu_ms * 4); /* hashing a big file counts as well */
	off_t size = lseek(fd, 0, SEEK_END); /* (the jail knows no fstat) */
	uint64_t hash = size >= 0 && lseek(fd, 0, SEEK_SET) == 0 ? hash_file(fd, (uint64_t)size) : 0;
	int rc = 0;
	if (!known || known != hash)
		rc = read_documents(r, &in, &err);
	else
		pack_span(&r->out, SPAN_NONE);
	AUTO_STR struct str done = {0};
	pack_u64(&done, (uint64_t)(int64_t)rc);
	pack_span(&done, span_of(rc ? err.msg : ""));
	pack_u64(&done, hash);
	if (rc && !r->out.n)
		pack_span(&done, SPAN_NONE);
	str_span(&done, str_view(&r->out));
	str_clear(&r->out);
	str_span(&r->out, str_view(&done));
}

/* ---- The role ---- */

static bool take_templates(struct reading *r, struct span payload)
{
	free((uint64_t *)(uintptr_t)r->templates.keys);
	r->templates.n = payload.n / sizeof(uint64_t);
	r->templates.keys = mem_dup(payload.n ? payload.p : "", payload.n + !payload.n);
	return true;
}

static bool one_job(struct reading *r)
{
	AUTO_STR struct str payload = {0};
	struct frame head;
	AUTO_FD int passed = -1;
	if (ipc_recv(r->fd, &head, &payload, &passed, NULL) <= 0)
		return false;
	struct unpack u = {str_view(&payload), false};
	if (head.kind == FRAME_TEMPLATES)
		return take_templates(r, str_view(&payload));
	r->skip = unpack_u64(&u);
	if (head.kind == FRAME_READ_FILE && passed >= 0)
		read_file(r, &u, passed);
	else if (head.kind == FRAME_READ_LINES)
		read_lines(r, &u, &payload);
	else if (head.kind == FRAME_READ_RECORDS)
		read_records(r, &u);
	else
		return false;
	jail_cpu_budget(0);
	say(r, FRAME_DONE);
	return !r->broken;
}

int read_role(const struct config *cfg, const struct gazetteer *g, int fd)
{
	struct reading r = {.cfg = cfg, .g = g, .limits = config_read_limits(cfg), .fd = fd};
	struct jail jail = {.memory_bytes = cfg->memory_bytes};
	struct err err = {0};
	const char *level = "";
	reader_prepare();
	converter_start(&r.converter, cfg, fd);
	if (jail_enter(&jail, &level, &err) != 0)
		return role_failed(fd, &err), 1;
	if (ipc_send(fd, FRAME_READY, 0, span_of(level), -1, &err) != 0)
		return 1;
	while (one_job(&r))
		;
	converter_close(&r.converter);
	arena_done(&r.arena);
	str_done(&r.out);
	free((uint64_t *)(uintptr_t)r.templates.keys);
	return 0;
}
